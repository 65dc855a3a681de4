@group(0) @binding(0) var<storage, read> b0: array<f32>; // f32[32000]
@group(0) @binding(1) var<storage, read_write> b1: array<f32>; // f32[32000]

var<workgroup> best1_shown: array<f32, 64>;

var<workgroup> best4_shown: array<f32, 64>;

fn float_from(bits: u32) -> f32 {
    var opaque = bits;
    return bitcast<f32>(opaque);
}

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn max_f32(a: f32, b: f32) -> f32 {
    return select(b, a, a >= b || is_nan(a));
}

fn power_of_two(k: i32) -> f32 {
    return bitcast<f32>(u32(k + 127) << 23u);
}

fn exp_f32(x: f32) -> f32 {
    if (!(x <= 88.72284f)) {
        return select(float_from(0x7f800000u), x, is_nan(x));
    }
    if (x < -103.97208f) {
        return 0.0f;
    }
    let n = round(x * 1.442695041f);
    let r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    var p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    // In two steps, because 2^n alone may overflow or underflow.
    let k = i32(n);
    let lower = k / 2;
    return p * power_of_two(lower) * power_of_two(k - lower);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let lane = local % 64u;
    let here = group.x * 1u + local / 64u < 32u;
    let row = min(group.x * 1u + local / 64u, 31u);
    var best1: f32 = float_from(0xff800000u);
    for (var col = lane; col < select(0u, 1000u, here); col += 64u) {
        let v0 = b0[row * 1000u + col];
        best1 = max_f32(best1, v0);
    }
    best1_shown[local] = best1;
    workgroupBarrier();
    for (var span = 32u; span > 0u; span /= 2u) {
        if (lane < span) {
            let other = local + span * 1u;
            best1_shown[local] = max_f32(best1_shown[local], best1_shown[other]);
        }
        workgroupBarrier();
    }
    best1 = best1_shown[local - lane];
    let v1 = best1;
    var best4: f32 = 0.0f;
    for (var col = lane; col < select(0u, 1000u, here); col += 64u) {
        let v0 = b0[row * 1000u + col];
        let v2 = v0 - v1;
        let v3 = exp_f32(v2);
        best4 = best4 + v3;
    }
    best4_shown[local] = best4;
    workgroupBarrier();
    for (var span = 32u; span > 0u; span /= 2u) {
        if (lane < span) {
            let other = local + span * 1u;
            best4_shown[local] = best4_shown[local] + best4_shown[other];
        }
        workgroupBarrier();
    }
    best4 = best4_shown[local - lane];
    let v4 = best4;
    for (var col = lane; col < select(0u, 1000u, here); col += 64u) {
        let v0 = b0[row * 1000u + col];
        let v2 = v0 - v1;
        let v3 = exp_f32(v2);
        let v5 = v3 / v4;
        b1[row * 1000u + col] = v5;
    }
}
