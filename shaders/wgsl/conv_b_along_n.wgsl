// For the matmul kernels: fetches of a kernel whose output channels are contiguous. N, the offset and the other strides are multiples of 4.

alias T = f32; // type of the elements in memory

const K: u32 = 36u; // columns of a: kernel positions and channels
const N: u32 = 4u; // columns of b: output channels of one group
const KERNEL: vec3<i32> = vec3<i32>(1, 3, 3); // lengths of the kernel: z, y, x
const CHANNELS: i32 = 4; // input channels that one output channel sees
const RHS_OFFSET: i32 = 0; // element of rhs[0, 0, 0, 0, 0]
const RHS_STRIDE_Z: i32 = 48;
const RHS_STRIDE_Y: i32 = 48;
const RHS_STRIDE_X: i32 = 16;
const RHS_STRIDE_I: i32 = 4;
const CHANNEL_FIRST: bool = false; // sums run over (channel, z, y, x), not (z, y, x, channel)

@group(0) @binding(1) var<storage, read> rhs: array<vec4<T>>; // [KERNEL.., CHANNELS, FILTERS], strided

// The terms of the sums: input channel, kernel z, y, x of column k.
fn term(k: u32) -> vec4<i32> {
    let taps = KERNEL.x * KERNEL.y * KERNEL.z;
    let channel = select(i32(k) % CHANNELS, i32(k) / taps, CHANNEL_FIRST);
    let tap = select(i32(k) / CHANNELS, i32(k) % taps, CHANNEL_FIRST);
    return vec4<i32>(channel, tap / (KERNEL.y * KERNEL.z), tap / KERNEL.z % KERNEL.y, tap % KERNEL.z);
}

fn place_b(group: u32, column: u32) -> vec4<i32> {
    return vec4<i32>(RHS_OFFSET + i32(group * N + min(column, N - 4u)));
}

// Four columns of a term.
fn fetch_b(place: vec4<i32>, k: u32) -> vec4<f32> {
    let step = term(min(k, K - 1u));
    let at = place.x + step.x * RHS_STRIDE_I + step.y * RHS_STRIDE_Z + step.z * RHS_STRIDE_Y + step.w * RHS_STRIDE_X;
    return select(vec4<f32>(), vec4<f32>(rhs[at / 4]), k < K);
}
