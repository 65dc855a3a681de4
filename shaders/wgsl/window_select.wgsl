// out[...] = epilogue(the element of v at the place of the first maximum of x in a window): max-pooling where v is x.
//
// Padding is never chosen; a window of padding only gives 0; NaN is larger than any number.

alias T = f32; // type of the elements in memory
alias E = T; // what is fetched at once: one element or four neighbours of the last axis, which has no windows then
alias V = f32; // the same as numbers
alias U = u32; // the same as keys
alias B = bool; // the same as truth values

const RANK: u32 = 4u; // number of axes
const SHAPE: array<i32, RANK> = array<i32, RANK>(2, 8, 8, 3); // lengths of x and v
const OUT_SHAPE: array<i32, RANK> = array<i32, RANK>(2, 4, 4, 3); // number of windows along each axis
const SIZE: array<i32, RANK> = array<i32, RANK>(1, 2, 2, 1); // lengths of a window
const STRIDE: array<i32, RANK> = array<i32, RANK>(1, 2, 2, 1); // from one window to the next
const DILATION: array<i32, RANK> = array<i32, RANK>(1, 1, 1, 1); // from one element of a window to the next
const LOW: array<i32, RANK> = array<i32, RANK>(0, 0, 0, 0); // padding before
const X_OFFSET: i32 = 0; // element of x[0, ...]
const X_STRIDE: array<i32, RANK> = array<i32, RANK>(192, 24, 3, 1);
const V_OFFSET: i32 = 0; // element of v[0, ...]
const V_STRIDE: array<i32, RANK> = array<i32, RANK>(192, 24, 3, 1);
const V_IS_X: bool = false; // whether both are the same view of the same buffer
const WINDOWS: u32 = 96u; // number of windows
const WINDOW: i32 = 4; // number of elements of a window
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> x: array<E>; // [SHAPE], strided
@group(0) @binding(1) var<storage, read> v: array<E>; // [SHAPE], strided
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [OUT_SHAPE]

// What happens to the element of a position of [OUT_SHAPE].
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

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let place = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    if (place >= WINDOWS) {
        return;
    }
    var start: array<i32, RANK>;
    var rest = i32(place);
    for (var step = 0u; step < RANK; step++) {
        let axis = RANK - 1u - step;
        start[axis] = rest % OUT_SHAPE[axis] * STRIDE[axis] - LOW[axis];
        rest /= OUT_SHAPE[axis];
    }

    var best = U();
    var chosen = V();
    for (var element = 0; element < WINDOW; element++) {
        var left = element;
        var x_at = X_OFFSET;
        var v_at = V_OFFSET;
        var inside = true;
        for (var step = 0u; step < RANK; step++) {
            let axis = RANK - 1u - step;
            let index = start[axis] + left % SIZE[axis] * DILATION[axis];
            left /= SIZE[axis];
            inside = inside && index >= 0 && index < SHAPE[axis];
            x_at += index * X_STRIDE[axis];
            v_at += index * V_STRIDE[axis];
        }
        if (inside) {
            var value = V(x[x_at]);
            let key = order(value);
            if (!V_IS_X) {
                value = V(v[v_at]);
            }
            chosen = select(chosen, value, key > best);
            best = max(best, key);
        }
    }
    store(place, chosen);
}
