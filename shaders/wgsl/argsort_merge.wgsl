// Merges each two neighbouring sorted blocks of a line into one: `sorted` and `out` hold indices along the axis.
//
// An element's place is its place in its own block plus the number of elements of the other block that come before it, found by bisection.

alias T = f32; // type of the elements

const AXIS: i32 = 8; // length of the axis
const AFTER: i32 = 4; // number of elements after the axis
const ELEMENTS: u32 = 64u; // number of elements
const BLOCK: i32 = 64; // length of the sorted blocks
const DESCENDING: bool = false; // largest first
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> keys: array<T>; // [BEFORE, AXIS, AFTER]
@group(0) @binding(1) var<storage, read> sorted: array<i32>; // [BEFORE, AXIS, AFTER], sorted in blocks
@group(0) @binding(2) var<storage, read_write> out: array<i32>; // [BEFORE, AXIS, AFTER], sorted in blocks of twice the length

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
    let place = id / AFTER % AXIS;
    let block = place / BLOCK;
    let is_left = block % 2 == 0;
    let other_start = min(select(block - 1, block + 1, is_left) * BLOCK, AXIS);
    let index = sorted[id];
    let key = order(keys[keys_at(line + index * AFTER)]);

    // Equal elements of the left block come first. (`low`, `high`) closes in on the number of elements of the other block that come before.
    var low = 0;
    var high = min(other_start + BLOCK, AXIS) - other_start;
    while (low < high) {
        let middle = (low + high) / 2;
        let other = order(keys[keys_at(line + sorted[line + (other_start + middle) * AFTER] * AFTER)]);
        if (other < key || (other == key && !is_left)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let own_start = min(block * BLOCK, other_start);
    epilogue(u32(line + (own_start + place - block * BLOCK + low) * AFTER), index);
}
