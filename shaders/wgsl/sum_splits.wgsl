// out[p] = epilogue(sum over s of partial[s, p]), in the order of s: the second pass of kernels that split their sums.

alias T = f32; // type of the elements in memory

const SPLITS: u32 = 4u; // number of parts of a sum
const ELEMENTS: u32 = 64u; // number of sums
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> partial: array<f32>; // [SPLITS, ELEMENTS]
@group(0) @binding(1) var<storage, read_write> out: array<T>; // [ELEMENTS]

// What happens to the sum of a position.
fn epilogue(position: u32, acc: f32) {
    out[position] = T(acc);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let position = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    if (position >= ELEMENTS) {
        return;
    }
    var sum = 0.0;
    for (var split = 0u; split < SPLITS; split++) {
        sum += partial[split * ELEMENTS + position];
    }
    epilogue(position, sum);
}
