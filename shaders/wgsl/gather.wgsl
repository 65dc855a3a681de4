// out[before, indices.., after] = x[before, indices[..], after]; an index outside the axis gives 0.

alias T = f32; // type of the elements

const AXIS: i32 = 8; // length of the axis of x that the indices choose from
const COUNT: i32 = 4; // number of indices
const AFTER: i32 = 4; // number of elements after the axis
const ELEMENTS: u32 = 32u; // number of results
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> x: array<T>; // [BEFORE, AXIS, AFTER]
@group(0) @binding(1) var<storage, read> indices: array<i32>; // [COUNT]
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [BEFORE, COUNT, AFTER]

// What happens to the element of a position of [BEFORE, COUNT, AFTER].
fn epilogue(position: u32, value: T) {
    out[position] = value;
}

// Where an operand has its elements, given their row-major positions.
fn x_at(position: i32) -> i32 {
    return position;
}

fn indices_at(position: i32) -> i32 {
    return position;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let position = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    if (position >= ELEMENTS) {
        return;
    }
    let id = i32(position);
    let index = indices[indices_at(id / AFTER % COUNT)];
    var value = T();
    if (index >= 0 && index < AXIS) {
        value = x[x_at((id / (AFTER * COUNT) * AXIS + index) * AFTER + id % AFTER)];
    }
    epilogue(position, value);
}
