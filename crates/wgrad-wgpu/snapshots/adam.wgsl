@group(0) @binding(0) var<storage, read> b0: array<vec4<f32>>; // f32[78400]
@group(0) @binding(1) var<storage, read> b1: array<vec4<f32>>; // f32[78400]
@group(0) @binding(2) var<storage, read> b2: array<vec4<f32>>; // f32[78400]
@group(0) @binding(3) var<storage, read> b3: array<vec4<f32>>; // f32[78400]
@group(0) @binding(4) var<storage, read> b4: array<f32>; // f32[1]
@group(0) @binding(5) var<storage, read_write> b5: array<vec4<f32>>; // f32[78400]
@group(0) @binding(6) var<storage, read_write> b6: array<vec4<f32>>; // f32[78400]
@group(0) @binding(7) var<storage, read_write> b7: array<vec4<f32>>; // f32[78400]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let quad = group.x * 64u + local;
    if (quad >= 19600u) { return; }
    let w0 = b0[quad + 0u];
    let w3 = b1[quad + 0u];
    let w7 = b2[quad + 0u];
    let w20 = b3[quad + 0u];
    let v14 = b4[0u];
    var s0: vec4<f32>;
    var s1: vec4<f32>;
    var s2: vec4<f32>;
     {
        let position = quad * 4u + 0u;
        let v0 = w0.x;
        let v3 = w3.x;
        let v7 = w7.x;
        let v20 = w20.x;
        let v1 = 0.9f;
        let v2 = v0 * v1;
        let v4 = 0.1f;
        let v5 = v3 * v4;
        let v6 = v2 + v5;
        let v8 = 0.999f;
        let v9 = v7 * v8;
        let v10 = v3 * v3;
        let v11 = 0.001f;
        let v12 = v10 * v11;
        let v13 = v9 + v12;
        let v15 = v6 * v14;
        let v16 = sqrt(v13);
        let v17 = 1e-7f;
        let v18 = v16 + v17;
        let v19 = v15 / v18;
        let v21 = v20 - v19;
        s0.x = v6;
        s1.x = v13;
        s2.x = v21;
    }
     {
        let position = quad * 4u + 1u;
        let v0 = w0.y;
        let v3 = w3.y;
        let v7 = w7.y;
        let v20 = w20.y;
        let v1 = 0.9f;
        let v2 = v0 * v1;
        let v4 = 0.1f;
        let v5 = v3 * v4;
        let v6 = v2 + v5;
        let v8 = 0.999f;
        let v9 = v7 * v8;
        let v10 = v3 * v3;
        let v11 = 0.001f;
        let v12 = v10 * v11;
        let v13 = v9 + v12;
        let v15 = v6 * v14;
        let v16 = sqrt(v13);
        let v17 = 1e-7f;
        let v18 = v16 + v17;
        let v19 = v15 / v18;
        let v21 = v20 - v19;
        s0.y = v6;
        s1.y = v13;
        s2.y = v21;
    }
     {
        let position = quad * 4u + 2u;
        let v0 = w0.z;
        let v3 = w3.z;
        let v7 = w7.z;
        let v20 = w20.z;
        let v1 = 0.9f;
        let v2 = v0 * v1;
        let v4 = 0.1f;
        let v5 = v3 * v4;
        let v6 = v2 + v5;
        let v8 = 0.999f;
        let v9 = v7 * v8;
        let v10 = v3 * v3;
        let v11 = 0.001f;
        let v12 = v10 * v11;
        let v13 = v9 + v12;
        let v15 = v6 * v14;
        let v16 = sqrt(v13);
        let v17 = 1e-7f;
        let v18 = v16 + v17;
        let v19 = v15 / v18;
        let v21 = v20 - v19;
        s0.z = v6;
        s1.z = v13;
        s2.z = v21;
    }
     {
        let position = quad * 4u + 3u;
        let v0 = w0.w;
        let v3 = w3.w;
        let v7 = w7.w;
        let v20 = w20.w;
        let v1 = 0.9f;
        let v2 = v0 * v1;
        let v4 = 0.1f;
        let v5 = v3 * v4;
        let v6 = v2 + v5;
        let v8 = 0.999f;
        let v9 = v7 * v8;
        let v10 = v3 * v3;
        let v11 = 0.001f;
        let v12 = v10 * v11;
        let v13 = v9 + v12;
        let v15 = v6 * v14;
        let v16 = sqrt(v13);
        let v17 = 1e-7f;
        let v18 = v16 + v17;
        let v19 = v15 / v18;
        let v21 = v20 - v19;
        s0.w = v6;
        s1.w = v13;
        s2.w = v21;
    }
    b5[quad + 0u] = s0;
    b6[quad + 0u] = s1;
    b7[quad + 0u] = s2;
}
