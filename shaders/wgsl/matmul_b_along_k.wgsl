// For the matmul kernels: fetches of an operand `b` whose columns are contiguous. K, the offset and the other strides are multiples of 4.

alias T = f32; // type of the elements in memory

const K: u32 = 64u; // rows
const N: u32 = 64u; // columns
const B_OFFSET: i32 = 0; // element of b[0, 0, 0]
const B_STRIDE_B: i32 = 4096; // elements from one matrix of b to the next
const B_STRIDE_N: i32 = 64; // from one column to the next

@group(0) @binding(1) var<storage, read> b: array<vec4<T>>; // [BATCH, K / 4, N], strided

fn place_b(batch: u32, column: u32) -> vec4<i32> {
    return vec4<i32>((B_OFFSET + i32(batch) * B_STRIDE_B + i32(min(column, N - 1u)) * B_STRIDE_N) / 4);
}

fn fetch_b(place: vec4<i32>, k: u32) -> vec4<f32> {
    return vec4<f32>(b[place.x + i32(k / 4u)]);
}
