enable f16;
enable wgpu_cooperative_matrix;
// out[i, m, n] = epilogue(sum over k of a[i, m, k] * b[i, k, n]) for elements of f16 by cooperative matrices (tensor cores), with sums of f32.
//
// A workgroup is one subgroup and computes 2 x 2 tiles of SIZE x SIZE sums. Loads know no edges: M and N are multiples of two tiles, K of one, and in each
// operand one axis is contiguous.

alias T = f16; // type of the elements in memory; sums are f32
alias Left = coop_mat16x16<f16, A>;
alias Right = coop_mat16x16<f16, B>;
alias Sums = coop_mat16x16<f32, C>;

const SIZE: u32 = 16u; // rows and columns of a tile
const LANES: u32 = 32u; // invocations of a subgroup
const BATCH: u32 = 1u; // number of products
const M: u32 = 64u; // rows of the result
const K: u32 = 64u; // length of the sums
const N: u32 = 64u; // columns of the result
const A_OFFSET: i32 = 0; // element of a[0, 0, 0]
const A_STRIDE_B: i32 = 4096; // elements from one matrix of a to the next
const A_STRIDE_M: i32 = 64; // from one row to the next
const A_STRIDE_K: i32 = 1; // from one column to the next
const A_ROWS: bool = true; // whether the rows of a are contiguous, else its columns
const B_OFFSET: i32 = 0;
const B_STRIDE_B: i32 = 4096;
const B_STRIDE_K: i32 = 64;
const B_STRIDE_N: i32 = 1;
const B_ROWS: bool = true;

@group(0) @binding(0) var<storage, read> a: array<f16>; // [BATCH, M, K], strided
@group(0) @binding(1) var<storage, read> b: array<f16>; // [BATCH, K, N], strided
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [BATCH, M, N]

var<workgroup> sums: array<f32, 4 * SIZE * SIZE>; // four tiles, one after the other

// What happens to the sum of a position.
fn epilogue(position: u32, acc: f32) {
    out[position] = T(acc);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let tiles_m = M / (2u * SIZE);
    let tiles_n = N / (2u * SIZE);
    let id = group.x + grid.x * (group.y + grid.y * group.z);
    if (id >= BATCH * tiles_m * tiles_n) {
        return;
    }
    let batch = id / (tiles_m * tiles_n);
    let row = id / tiles_n % tiles_m * 2u * SIZE;
    let column = id % tiles_n * 2u * SIZE;

    for (var i = local; i < 4u * SIZE * SIZE; i += LANES) {
        sums[i] = 0.0;
    }
    workgroupBarrier();
    var sum00 = coopLoadT<Sums>(&sums[0], SIZE);
    var sum01 = coopLoadT<Sums>(&sums[0], SIZE);
    var sum10 = coopLoadT<Sums>(&sums[0], SIZE);
    var sum11 = coopLoadT<Sums>(&sums[0], SIZE);

    let a_first = A_OFFSET + i32(batch) * A_STRIDE_B + i32(row) * A_STRIDE_M;
    let b_first = B_OFFSET + i32(batch) * B_STRIDE_B + i32(column) * B_STRIDE_N;
    for (var k = 0u; k < K; k += SIZE) {
        let a0_at = a_first + i32(k) * A_STRIDE_K;
        let a1_at = a0_at + i32(SIZE) * A_STRIDE_M;
        let b0_at = b_first + i32(k) * B_STRIDE_K;
        let b1_at = b0_at + i32(SIZE) * B_STRIDE_N;
        var a0: Left;
        var a1: Left;
        if (A_ROWS) {
            a0 = coopLoadT<Left>(&a[a0_at], u32(A_STRIDE_M));
            a1 = coopLoadT<Left>(&a[a1_at], u32(A_STRIDE_M));
        } else {
            a0 = coopLoad<Left>(&a[a0_at], u32(A_STRIDE_K));
            a1 = coopLoad<Left>(&a[a1_at], u32(A_STRIDE_K));
        }
        var b0: Right;
        var b1: Right;
        if (B_ROWS) {
            b0 = coopLoadT<Right>(&b[b0_at], u32(B_STRIDE_K));
            b1 = coopLoadT<Right>(&b[b1_at], u32(B_STRIDE_K));
        } else {
            b0 = coopLoad<Right>(&b[b0_at], u32(B_STRIDE_N));
            b1 = coopLoad<Right>(&b[b1_at], u32(B_STRIDE_N));
        }
        sum00 = coopMultiplyAdd(a0, b0, sum00);
        sum01 = coopMultiplyAdd(a0, b1, sum01);
        sum10 = coopMultiplyAdd(a1, b0, sum10);
        sum11 = coopMultiplyAdd(a1, b1, sum11);
    }

    workgroupBarrier();
    coopStoreT(sum00, &sums[0], SIZE);
    coopStoreT(sum01, &sums[SIZE * SIZE], SIZE);
    coopStoreT(sum10, &sums[2u * SIZE * SIZE], SIZE);
    coopStoreT(sum11, &sums[3u * SIZE * SIZE], SIZE);
    workgroupBarrier();
    for (var i = local; i < 4u * SIZE * SIZE; i += LANES) {
        let tile = i / (SIZE * SIZE);
        let m = row + tile / 2u * SIZE + i / SIZE % SIZE;
        let n = column + tile % 2u * SIZE + i % SIZE;
        epilogue((batch * M + m) * N + n, sums[i]);
    }
}
