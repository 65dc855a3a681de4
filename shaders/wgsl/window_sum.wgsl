// out[...] = epilogue(sum of the elements of x in a window), windows over every axis; padding counts as 0.

alias T = f32; // type of the elements in memory; sums are f32

const RANK: u32 = 4u; // number of axes
const SHAPE: array<i32, RANK> = array<i32, RANK>(2, 8, 8, 3); // lengths of x
const OUT_SHAPE: array<i32, RANK> = array<i32, RANK>(2, 4, 4, 3); // lengths of the result
const SIZE: array<i32, RANK> = array<i32, RANK>(1, 2, 2, 1); // lengths of a window
const STRIDE: array<i32, RANK> = array<i32, RANK>(1, 2, 2, 1); // from one window to the next
const DILATION: array<i32, RANK> = array<i32, RANK>(1, 1, 1, 1); // from one element of a window to the next
const LOW: array<i32, RANK> = array<i32, RANK>(0, 0, 0, 0); // padding before
const X_OFFSET: i32 = 0; // element of x[0, ...]
const X_STRIDE: array<i32, RANK> = array<i32, RANK>(192, 24, 3, 1);
const WINDOWS: u32 = 96u; // number of results
const WINDOW: i32 = 4; // number of elements of a window
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> x: array<T>; // [SHAPE], strided
@group(0) @binding(1) var<storage, read_write> out: array<T>; // [OUT_SHAPE]

// What happens to the sum of a position of [OUT_SHAPE].
fn epilogue(position: u32, acc: f32) {
    out[position] = T(acc);
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

    var sum = 0.0;
    for (var element = 0; element < WINDOW; element++) {
        var left = element;
        var at = X_OFFSET;
        var inside = true;
        for (var step = 0u; step < RANK; step++) {
            let axis = RANK - 1u - step;
            let place = start[axis] + left % SIZE[axis] * DILATION[axis];
            left /= SIZE[axis];
            inside = inside && place >= 0 && place < SHAPE[axis];
            at += place * X_STRIDE[axis];
        }
        if (inside) {
            sum += f32(x[at]);
        }
    }
    epilogue(position, sum);
}
