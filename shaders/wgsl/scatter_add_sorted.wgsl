// out[before, i, after] = x[before, i, after] + sum over c with indices[c] == i of updates[before, c, after], in the order of c.
//
// Each element of the result finds its first index among the sorted ones by bisection: no atomics, and the order of the sum is fixed, since equal
// indices keep their order. The same bits as scatter_add.wgsl.

alias T = f32; // type of the elements in memory
alias S = f32; // type of the sums

const AXIS: i32 = 8; // length of the axis of x
const COUNT: i32 = 4; // number of indices
const AFTER: i32 = 4; // number of elements after the axis
const ELEMENTS: u32 = 32u; // number of elements of x
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> x: array<T>; // [BEFORE, AXIS, AFTER]
@group(0) @binding(1) var<storage, read> indices: array<i32>; // [COUNT]
@group(0) @binding(2) var<storage, read> updates: array<T>; // [BEFORE, COUNT, AFTER]
@group(0) @binding(3) var<storage, read> sorted: array<i32>; // [COUNT], the order of the indices
@group(0) @binding(4) var<storage, read_write> out: array<T>; // [BEFORE, AXIS, AFTER]

// What happens to the sum of a position of [BEFORE, AXIS, AFTER].
fn epilogue(position: u32, acc: S) {
    out[position] = T(acc);
}

// Where an operand has its elements, given their row-major positions.
fn x_at(position: i32) -> i32 {
    return position;
}

fn indices_at(position: i32) -> i32 {
    return position;
}

fn updates_at(position: i32) -> i32 {
    return position;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let position = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    if (position >= ELEMENTS) {
        return;
    }
    let id = i32(position);
    let before = id / (AFTER * AXIS);
    let own = id / AFTER % AXIS;
    var sum = S(x[x_at(id)]);
    // (`first`, `end`) closes in on the first of the sorted indices that is not less.
    var first = 0;
    var end = COUNT;
    while (first < end) {
        let middle = (first + end) / 2;
        if (indices[indices_at(sorted[middle])] < own) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    for (var i = first; i < COUNT; i++) {
        let c = sorted[i];
        if (indices[indices_at(c)] != own) {
            break;
        }
        sum += S(updates[updates_at((before * COUNT + c) * AFTER + id % AFTER)]);
    }
    epilogue(position, sum);
}
