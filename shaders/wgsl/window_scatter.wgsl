// out[p] = epilogue(sum of g[w] over the windows w whose first maximum of x is at p): the gradient of max-pooling.
//
// Each element of the result gathers: it looks at every window that contains it, so there are no atomics and the order of the sum is fixed.

alias T = f32; // type of the elements in memory; sums are f32

const RANK: u32 = 4u; // number of axes
const SHAPE: array<i32, RANK> = array<i32, RANK>(2, 8, 8, 3); // lengths of x and of the result
const OUT_SHAPE: array<i32, RANK> = array<i32, RANK>(2, 4, 4, 3); // lengths of g: number of windows along each axis
const SIZE: array<i32, RANK> = array<i32, RANK>(1, 2, 2, 1); // lengths of a window
const STRIDE: array<i32, RANK> = array<i32, RANK>(1, 2, 2, 1); // from one window to the next
const DILATION: array<i32, RANK> = array<i32, RANK>(1, 1, 1, 1); // from one element of a window to the next
const LOW: array<i32, RANK> = array<i32, RANK>(0, 0, 0, 0); // padding before
const X_OFFSET: i32 = 0; // element of x[0, ...]
const X_STRIDE: array<i32, RANK> = array<i32, RANK>(192, 24, 3, 1);
const G_OFFSET: i32 = 0; // element of g[0, ...]
const G_STRIDE: array<i32, RANK> = array<i32, RANK>(48, 12, 3, 1);
const ELEMENTS: u32 = 384u; // number of elements of x
const WINDOW: i32 = 4; // number of elements of a window
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> x: array<T>; // [SHAPE], strided
@group(0) @binding(1) var<storage, read> g: array<T>; // [OUT_SHAPE], strided
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [SHAPE]

// What happens to the sum of a position of [SHAPE].
fn epilogue(position: u32, acc: f32) {
    out[position] = T(acc);
}

// Unsigned numbers in the order of floats: -0 equals 0, NaN comes last.
fn order(value: f32) -> u32 {
    let bits = bitcast<u32>(value);
    let size = bits & 0x7fffffffu;
    if (size > 0x7f800000u) {
        return 0xffffffffu;
    }
    return select(0x80000000u + size, 0x80000000u - size, bits > 0x80000000u);
}

// Whether element `own` of the window that begins at `start` is its first maximum.
fn is_first_maximum(start: array<i32, RANK>, own: i32, key: u32) -> bool {
    var first = true;
    for (var element = 0; element < WINDOW; element++) {
        var left = element;
        var at = X_OFFSET;
        var inside = element != own;
        for (var step = 0u; step < RANK; step++) {
            let axis = RANK - 1u - step;
            let place = start[axis] + left % SIZE[axis] * DILATION[axis];
            left /= SIZE[axis];
            inside = inside && place >= 0 && place < SHAPE[axis];
            at += place * X_STRIDE[axis];
        }
        if (inside) {
            let other = order(f32(x[at]));
            first = first && (other < key || (other == key && element > own));
        }
    }
    return first;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let position = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    if (position >= ELEMENTS) {
        return;
    }
    var own: array<i32, RANK>;
    var own_at = X_OFFSET;
    var rest = i32(position);
    for (var step = 0u; step < RANK; step++) {
        let axis = RANK - 1u - step;
        own[axis] = rest % SHAPE[axis];
        rest /= SHAPE[axis];
        own_at += own[axis] * X_STRIDE[axis];
    }
    let key = order(f32(x[own_at]));

    // The windows that contain the element are visited in their own row-major order, so the element's place in them runs backwards.
    var sum = 0.0;
    for (var backward = 0; backward < WINDOW; backward++) {
        let element = WINDOW - 1 - backward;
        var left = element;
        var start: array<i32, RANK>;
        var g_at = G_OFFSET;
        var exists = true;
        for (var step = 0u; step < RANK; step++) {
            let axis = RANK - 1u - step;
            start[axis] = own[axis] - left % SIZE[axis] * DILATION[axis];
            left /= SIZE[axis];
            let shifted = start[axis] + LOW[axis];
            let window = shifted / STRIDE[axis];
            exists = exists && shifted >= 0 && window * STRIDE[axis] == shifted && window < OUT_SHAPE[axis];
            g_at += window * G_STRIDE[axis];
        }
        if (exists) {
            if (is_first_maximum(start, element, key)) {
                sum += f32(g[g_at]);
            }
        }
    }
    epilogue(position, sum);
}
