// out[block start + rank of keys[i] in its block] = i: sorts blocks of lines along an axis.
//
// The rank of an element is the number of elements of its block that come before it; equal elements keep their order, NaN comes last.

alias T = f32; // type of the elements

const AXIS: i32 = 8; // length of the axis
const AFTER: i32 = 4; // number of elements after the axis
const ELEMENTS: u32 = 64u; // number of elements
const BLOCK: i32 = 64; // length of the blocks of a line
const DESCENDING: bool = false; // largest first
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> keys: array<T>; // [BEFORE, AXIS, AFTER]
@group(0) @binding(1) var<storage, read_write> out: array<i32>; // [BEFORE, AXIS, AFTER]

// What happens to the index of a position of [BEFORE, AXIS, AFTER].
fn epilogue(position: u32, index: i32) {
    out[position] = index;
}

// Where keys has its elements, given their row-major positions.
fn keys_at(position: i32) -> i32 {
    return position;
}

// Unsigned numbers in the order of the elements: -0 equals 0; NaN comes last in both directions.
fn order(value: T) -> u32 {
    let bits = bitcast<u32>(value);
    let size = bits & 0x7fffffffu;
    if (size > 0x7f800000u) {
        return 0xffffffffu;
    }
    let key = select(0x80000000u + size, 0x80000000u - size, bits > 0x80000000u);
    return select(key, ~key, DESCENDING);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let position = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    if (position >= ELEMENTS) {
        return;
    }
    let id = i32(position);
    let line = id / (AFTER * AXIS) * AFTER * AXIS + id % AFTER;
    let own = id / AFTER % AXIS;
    let start = own / BLOCK * BLOCK;
    let end = min(start + BLOCK, AXIS);
    let key = order(keys[keys_at(id)]);
    var rank = start;
    for (var i = start; i < end; i++) {
        let other = order(keys[keys_at(line + i * AFTER)]);
        rank += select(0, 1, other < key || (other == key && i < own));
    }
    epilogue(u32(line + rank * AFTER), own);
}
