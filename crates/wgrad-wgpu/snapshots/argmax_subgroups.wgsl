enable f16;

@group(0) @binding(0) var<storage, read> b0: array<f16>; // f16[32000]
@group(0) @binding(1) var<storage, read_write> b1: array<i32>; // i32[32]

var<workgroup> best1_shown: array<f16, 128>;
var<workgroup> place1_shown: array<u32, 128>;

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn above_f32(value: f32, best: f32) -> bool {
    return value > best || (is_nan(value) && !is_nan(best));
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_id) subgroup: u32, @builtin(subgroup_size) subgroup_size: u32, @builtin(subgroup_invocation_id) subgroup_member: u32) {
    let local = (subgroup * subgroup_size + subgroup_member) % 128u;
    let width = min(subgroup_size, 128u);
    let lane = local % 128u;
    let here = group.x * 1u + local / 128u < 32u;
    let row = min(group.x * 1u + local / 128u, 31u);
    var best1: f16 = f16(0.0h);
    var place1 = 0xffffffffu;
    for (var col = lane; col < select(0u, 1000u, here); col += 128u) {
        let v0 = b0[row * 1000u + col];
        if (place1 == 0xffffffffu || above_f32(f32(v0), f32(best1))) { best1 = v0; place1 = col; }
    }
    for (var span = width / 2u; span > 0u; span /= 2u) {
        let theirs = f16(subgroupShuffleXor(f32(best1), span));
        let their_place = subgroupShuffleXor(place1, span);
        let wins = place1 == 0xffffffffu || above_f32(f32(theirs), f32(best1)) || (!above_f32(f32(best1), f32(theirs)) && their_place < place1);
        if (their_place != 0xffffffffu && wins) { best1 = theirs; place1 = their_place; }
    }
    if (lane % width == 0u) {
        best1_shown[local / width] = best1;
        place1_shown[local / width] = place1;
    }
    workgroupBarrier();
    best1 = best1_shown[(local - lane) / width];
    place1 = place1_shown[(local - lane) / width];
    for (var i = width; i < 128u; i += width) {
        let theirs = best1_shown[(local - lane + i) / width];
        let their_place = place1_shown[(local - lane + i) / width];
        let wins = place1 == 0xffffffffu || above_f32(f32(theirs), f32(best1)) || (!above_f32(f32(best1), f32(theirs)) && their_place < place1);
        if (their_place != 0xffffffffu && wins) { best1 = theirs; place1 = their_place; }
    }
    let v1 = i32(select(place1, 0u, place1 == 0xffffffffu));
    if (lane == 0u && here) {
        b1[row] = v1;
    }
}
