// For the matmul kernels: fetches of an operand `a` whose columns are contiguous. M, the offset and the other strides are multiples of 4.

alias T = f32; // type of the elements in memory

const M: u32 = 64u; // rows
const K: u32 = 64u; // columns
const A_OFFSET: i32 = 0; // element of a[0, 0, 0]
const A_STRIDE_B: i32 = 4096; // elements from one matrix of a to the next
const A_STRIDE_K: i32 = 64; // from one column to the next

@group(0) @binding(0) var<storage, read> a: array<vec4<T>>; // [BATCH, M / 4, K], strided

fn place_a(batch: u32, row: u32) -> vec4<i32> {
    return vec4<i32>((A_OFFSET + i32(batch) * A_STRIDE_B + i32(min(row, M - 4u))) / 4);
}

fn fetch_a(place: vec4<i32>, k: u32) -> vec4<f32> {
    return select(vec4<f32>(), vec4<f32>(a[place.x + i32(min(k, K - 1u)) * (A_STRIDE_K / 4)]), k < K);
}
