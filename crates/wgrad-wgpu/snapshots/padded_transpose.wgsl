@group(0) @binding(0) var<storage, read> b0: array<f32>; // f32[12]
@group(0) @binding(1) var<storage, read_write> b1: array<f32>; // f32[24]

fn float_from(bits: u32) -> f32 {
    var opaque = bits;
    return bitcast<f32>(opaque);
}

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
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

fn sigmoid_f32(x: f32) -> f32 {
    let e = exp_f32(-abs(x));
    return select(e, 1.0f, x >= 0.0f) / (1.0f + e);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let position = group.x * 64u + local;
    if (position >= 24u) { return; }
    let i0 = (position & 3u);
    let i1 = (position >> 2u);
    var v0: f32 = 7.0f;
    if (i0 >= 1u && i1 < 4u) { v0 = b0[i0 * 4u + i1 - 4u]; }
    let v1 = sigmoid_f32(v0);
    b1[position] = v1;
}
