// out[p] = epilogue(g[w] where the first maximum of x in window w is at p, else 0): the gradient of max-pooling with windows that do not overlap.
//
// The result is cut into blocks of the window's strides, each of which holds one window or a part of the rest; one invocation does a block.

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
const LOW: array<i32, RANK> = array<i32, RANK>(0, 0, 0, 0); // padding before
const X_OFFSET: i32 = 0; // element of x[0, ...]
const X_STRIDE: array<i32, RANK> = array<i32, RANK>(192, 24, 3, 1);
const BLOCKS: array<i32, RANK> = array<i32, RANK>(2, 4, 4, 3); // number of blocks along each axis
const G_OFFSET: i32 = 0; // element of g[0, ...]
const G_STRIDE: array<i32, RANK> = array<i32, RANK>(48, 12, 3, 1);
const COUNT: u32 = 96u; // number of blocks
const BLOCK: i32 = 4; // number of elements of a block: product of STRIDE
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> x: array<E>; // [SHAPE], strided
@group(0) @binding(1) var<storage, read> g: array<E>; // [OUT_SHAPE], strided
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [SHAPE]

// What happens to the element of g of a position of [SHAPE].
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
    if (place >= COUNT) {
        return;
    }
    var start: array<i32, RANK>;
    var exists = true;
    var g_at = G_OFFSET;
    var rest = i32(place);
    for (var step = 0u; step < RANK; step++) {
        let axis = RANK - 1u - step;
        let block = rest % BLOCKS[axis];
        rest /= BLOCKS[axis];
        start[axis] = block * STRIDE[axis] - LOW[axis];
        exists = exists && block < OUT_SHAPE[axis];
        g_at += block * G_STRIDE[axis];
    }

    var best = U();
    var best_element = U();
    for (var element = 0; element < BLOCK; element++) {
        var left = element;
        var at = X_OFFSET;
        var inside = exists;
        for (var step = 0u; step < RANK; step++) {
            let axis = RANK - 1u - step;
            let index = left % STRIDE[axis];
            left /= STRIDE[axis];
            inside = inside && index < SIZE[axis] && start[axis] + index >= 0 && start[axis] + index < SHAPE[axis];
            at += (start[axis] + index) * X_STRIDE[axis];
        }
        if (inside) {
            let key = order(V(x[at]));
            best_element = select(best_element, U(u32(element)), key > best);
            best = max(best, key);
        }
    }
    var gradient = V();
    if (exists) {
        gradient = select(V(), V(g[g_at]), best > U());
    }

    for (var element = 0; element < BLOCK; element++) {
        var left = element;
        var out_place = 0;
        var below = 1;
        var inside = true;
        for (var step = 0u; step < RANK; step++) {
            let axis = RANK - 1u - step;
            let index = start[axis] + left % STRIDE[axis];
            left /= STRIDE[axis];
            inside = inside && index >= 0 && index < SHAPE[axis];
            out_place += index * below;
            below *= SHAPE[axis];
        }
        if (inside) {
            store(u32(out_place), select(V(), gradient, best_element == U(u32(element))));
        }
    }
}
