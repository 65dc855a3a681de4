// out[i] = x[i]: as fast as memory carries.
//
// One invocation copies EACH vectors, a whole grid apart, so that neighbours touch neighbours.

const EACH: u32 = 4u; // vectors of an invocation
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>; // [EACH * invocations]
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>; // [EACH * invocations]

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let id = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    let invocations = grid.x * grid.y * grid.z * WORKGROUP;
    for (var i = 0u; i < EACH; i++) {
        out[id + i * invocations] = x[id + i * invocations];
    }
}
