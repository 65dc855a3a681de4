// out[...] = epilogue(the element of v at the place of the first maximum of x in a window): max-pooling where v is x.
//
// Padding is never chosen; a window of padding only gives 0; NaN is larger than any number.

alias T = f32; // type of the elements in memory

const RANK: u32 = 4u; // number of axes
const SHAPE: array<i32, RANK> = array<i32, RANK>(2, 8, 8, 3); // lengths of x and v
const OUT_SHAPE: array<i32, RANK> = array<i32, RANK>(2, 4, 4, 3); // lengths of the result
const SIZE: array<i32, RANK> = array<i32, RANK>(1, 2, 2, 1); // lengths of a window
const STRIDE: array<i32, RANK> = array<i32, RANK>(1, 2, 2, 1); // from one window to the next
const DILATION: array<i32, RANK> = array<i32, RANK>(1, 1, 1, 1); // from one element of a window to the next
const LOW: array<i32, RANK> = array<i32, RANK>(0, 0, 0, 0); // padding before
const X_OFFSET: i32 = 0; // element of x[0, ...]
const X_STRIDE: array<i32, RANK> = array<i32, RANK>(192, 24, 3, 1);
const V_OFFSET: i32 = 0; // element of v[0, ...]
const V_STRIDE: array<i32, RANK> = array<i32, RANK>(192, 24, 3, 1);
const WINDOWS: u32 = 96u; // number of results
const WINDOW: i32 = 4; // number of elements of a window
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> x: array<T>; // [SHAPE], strided
@group(0) @binding(1) var<storage, read> v: array<T>; // [SHAPE], strided
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [OUT_SHAPE]

// What happens to the element chosen for a position of [OUT_SHAPE].
fn epilogue(position: u32, acc: f32) {
    out[position] = T(acc);
}

// Unsigned numbers in the order of floats: -0 equals 0, NaN comes last, nothing maps to 0.
fn order(value: f32) -> u32 {
    let bits = bitcast<u32>(value);
    let size = bits & 0x7fffffffu;
    if (size > 0x7f800000u) {
        return 0xffffffffu;
    }
    return select(0x80000000u + size, 0x80000000u - size, bits > 0x80000000u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let position = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    if (position >= WINDOWS) {
        return;
    }
    var start: array<i32, RANK>;
    var rest = i32(position);
    for (var step = 0u; step < RANK; step++) {
        let axis = RANK - 1u - step;
        start[axis] = rest % OUT_SHAPE[axis] * STRIDE[axis] - LOW[axis];
        rest /= OUT_SHAPE[axis];
    }

    var best = 0u;
    var best_at = 0;
    for (var element = 0; element < WINDOW; element++) {
        var left = element;
        var x_at = X_OFFSET;
        var v_at = V_OFFSET;
        var inside = true;
        for (var step = 0u; step < RANK; step++) {
            let axis = RANK - 1u - step;
            let place = start[axis] + left % SIZE[axis] * DILATION[axis];
            left /= SIZE[axis];
            inside = inside && place >= 0 && place < SHAPE[axis];
            x_at += place * X_STRIDE[axis];
            v_at += place * V_STRIDE[axis];
        }
        if (inside) {
            let key = order(f32(x[x_at]));
            if (key > best) {
                best = key;
                best_at = v_at;
            }
        }
    }
    var chosen = 0.0;
    if (best > 0u) {
        chosen = f32(v[best_at]);
    }
    epilogue(position, chosen);
}
