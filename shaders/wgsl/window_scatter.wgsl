// out[p] = epilogue(sum of g[w] over the windows w whose first maximum of x is at p): the gradient of max-pooling.
//
// Each element of the result gathers: it looks at every window that contains it, so there are no atomics and the order of the sum is fixed.

alias T = f32; // type of the elements in memory
alias E = T; // what is fetched at once: one element or four neighbours of the last axis, which has no windows then
alias V = f32; // the same as numbers
alias U = u32; // the same as keys
alias B = bool; // the same as truth values

const RANK: u32 = 4u; // number of axes
const SHAPE: array<i32, RANK> = array<i32, RANK>(2, 8, 8, 3); // lengths of x and of the result
const OUT_SHAPE: array<i32, RANK> = array<i32, RANK>(2, 4, 4, 3); // number of windows along each axis
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

@group(0) @binding(0) var<storage, read> x: array<E>; // [SHAPE], strided
@group(0) @binding(1) var<storage, read> g: array<E>; // [OUT_SHAPE], strided
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [SHAPE]

// What happens to the sum of a position of [SHAPE].
fn epilogue(position: u32, acc: f32) {
    out[position] = T(acc);
}

// The same for all that was fetched at once.
fn store(place: u32, acc: V) {
    epilogue(place, acc);
}

// Unsigned numbers in the order of floats: -0 equals 0, NaN comes last, nothing maps to 0.
fn order(value: V) -> U {
    let bits = bitcast<U>(value);
    let size = bits & U(0x7fffffffu);
    let key = select(U(0x80000000u) + size, U(0x80000000u) - size, bits > U(0x80000000u));
    return select(key, U(0xffffffffu), size > U(0x7f800000u));
}

// Whether element `own` of the window that begins at `start` is its first maximum.
fn is_first_maximum(start: array<i32, RANK>, own: i32, key: U) -> B {
    var first = B(true);
    for (var element = 0; element < WINDOW; element++) {
        var left = element;
        var at = X_OFFSET;
        var inside = element != own;
        for (var step = 0u; step < RANK; step++) {
            let axis = RANK - 1u - step;
            let index = start[axis] + left % SIZE[axis] * DILATION[axis];
            left /= SIZE[axis];
            inside = inside && index >= 0 && index < SHAPE[axis];
            at += index * X_STRIDE[axis];
        }
        if (inside) {
            let other = order(V(x[at]));
            first = first & select(other < key, other <= key, B(element > own));
        }
    }
    return first;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let place = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    if (place >= ELEMENTS) {
        return;
    }
    var own: array<i32, RANK>;
    var own_at = X_OFFSET;
    var rest = i32(place);
    for (var step = 0u; step < RANK; step++) {
        let axis = RANK - 1u - step;
        own[axis] = rest % SHAPE[axis];
        rest /= SHAPE[axis];
        own_at += own[axis] * X_STRIDE[axis];
    }
    let key = order(V(x[own_at]));

    // The windows that contain the element are visited in their own row-major order, so the element's place in them runs backwards.
    var sum = V();
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
            sum += select(V(), V(g[g_at]), is_first_maximum(start, element, key));
        }
    }
    store(place, sum);
}
