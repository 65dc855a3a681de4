@group(0) @binding(0) var<storage, read> b0: array<f32>; // f32[100000]
@group(0) @binding(1) var<storage, read_write> b1: array<f32>; // f32[100]

var<workgroup> best1_shown: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let lane = local / 16u;
    let here = group.x * 16u + local % 16u < 100u;
    let row = min(group.x * 16u + local % 16u, 99u);
    var best1: f32 = 0.0f;
    for (var col = lane; col < select(0u, 1000u, here); col += 16u) {
        let v0 = b0[row + col * 100u];
        best1 = best1 + v0;
    }
    best1_shown[local] = best1;
    workgroupBarrier();
    for (var span = 8u; span > 0u; span /= 2u) {
        if (lane < span) {
            let other = local + span * 16u;
            best1_shown[local] = best1_shown[local] + best1_shown[other];
        }
        workgroupBarrier();
    }
    best1 = best1_shown[local - lane * 16u];
    let v1 = best1;
    if (lane == 0u && here) {
        b1[row] = v1;
    }
}
