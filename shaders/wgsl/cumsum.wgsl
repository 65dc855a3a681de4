// out[before, i, after] = sum over j <= i of x[before, j, after], or over j >= i where REVERSE.
//
// One invocation sums up one line along the axis, in order.

alias T = f32; // type of the elements in memory
alias S = f32; // type of the sums

const AXIS: i32 = 8; // length of the axis
const AFTER: i32 = 4; // number of elements after the axis
const LINES: u32 = 8u; // number of elements before and after the axis
const REVERSE: bool = false; // from the end
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> x: array<T>; // [BEFORE, AXIS, AFTER]
@group(0) @binding(1) var<storage, read_write> out: array<T>; // [BEFORE, AXIS, AFTER]

// What happens to the sum of a position of [BEFORE, AXIS, AFTER].
fn epilogue(position: u32, acc: S) {
    out[position] = T(acc);
}

// Where x has its elements, given their row-major positions.
fn x_at(position: i32) -> i32 {
    return position;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let id = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    if (id >= LINES) {
        return;
    }
    let start = i32(id) / AFTER * AFTER * AXIS + i32(id) % AFTER;
    var sum = S();
    for (var step = 0; step < AXIS; step++) {
        let position = start + select(step, AXIS - 1 - step, REVERSE) * AFTER;
        sum += S(x[x_at(position)]);
        epilogue(u32(position), sum);
    }
}
