fn epilogue(position: u32, acc: f32) {
    let v0 = acc;
    let i0 = position % 100u;
    let v1 = e0[i0];
    let v2 = v0 + v1;
    let v3 = relu_f32(v2);
    e1[position] = v3;
}
