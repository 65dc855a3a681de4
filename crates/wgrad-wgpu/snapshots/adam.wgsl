@group(0) @binding(0) var<storage, read> b0: array<f32>; // f32[78400]
@group(0) @binding(1) var<storage, read> b1: array<f32>; // f32[78400]
@group(0) @binding(2) var<storage, read> b2: array<f32>; // f32[78400]
@group(0) @binding(3) var<storage, read> b3: array<f32>; // f32[1]
@group(0) @binding(4) var<storage, read> b4: array<f32>; // f32[78400]
@group(0) @binding(5) var<storage, read_write> b5: array<f32>; // f32[78400]
@group(0) @binding(6) var<storage, read_write> b6: array<f32>; // f32[78400]
@group(0) @binding(7) var<storage, read_write> b7: array<f32>; // f32[78400]

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let position = group.x * 256u + local;
    if (position >= 78400u) { return; }
    let v0 = b0[position];
    let v1 = 0.9f;
    let v2 = v0 * v1;
    let v3 = b1[position];
    let v4 = 0.1f;
    let v5 = v3 * v4;
    let v6 = v2 + v5;
    let v7 = b2[position];
    let v8 = 0.999f;
    let v9 = v7 * v8;
    let v10 = v3 * v3;
    let v11 = 0.001f;
    let v12 = v10 * v11;
    let v13 = v9 + v12;
    let v14 = b3[0u];
    let v15 = v6 * v14;
    let v16 = sqrt(v13);
    let v17 = 1e-7f;
    let v18 = v16 + v17;
    let v19 = v15 / v18;
    let v20 = b4[position];
    let v21 = v20 - v19;
    b5[position] = v6;
    b6[position] = v13;
    b7[position] = v21;
}
