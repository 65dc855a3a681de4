// Independent chains a = a * x + y: as fast as the arithmetic goes.
//
// One invocation runs 16 chains, enough to hide the latency of a multiply-add; their sum is stored, so that none can be left out.

const ROUNDS: u32 = 1024u; // multiply-adds of each chain
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>; // [2], what is multiplied with and what is added
@group(0) @binding(1) var<storage, read_write> out: array<f32>; // [invocations]

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let id = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    let by = x[0];
    let add = x[1];
    var a = vec4(f32(id)) + by;
    var b = a + add;
    var c = b + add;
    var d = c + add;
    for (var i = 0u; i < ROUNDS; i++) {
        a = fma(a, by, add);
        b = fma(b, by, add);
        c = fma(c, by, add);
        d = fma(d, by, add);
    }
    out[id] = dot(a + b, c + d);
}
