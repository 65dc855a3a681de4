// out[i, m, n] = epilogue(sum over k of a[i, m, k] * b[i, k, n]), operands of any strides.
//
// One invocation keeps a tile of TILE_M x TILE_N sums in registers and reads both operands straight from memory: no workgroup memory, no barrier.
// Rows and columns beyond the edge are computed from clamped addresses and not stored.

alias T = f32; // type of the elements in memory; sums are f32

const BATCH: u32 = 1u; // number of products
const M: u32 = 64u; // rows of the result
const K: u32 = 64u; // length of the sums
const N: u32 = 64u; // columns of the result
const A_OFFSET: i32 = 0; // element of a[0, 0, 0]
const A_STRIDE_B: i32 = 4096; // elements from one matrix of a to the next
const A_STRIDE_M: i32 = 64; // from one row to the next
const A_STRIDE_K: i32 = 1; // from one column to the next
const B_OFFSET: i32 = 0;
const B_STRIDE_B: i32 = 4096;
const B_STRIDE_K: i32 = 64;
const B_STRIDE_N: i32 = 1;
const TILE_M: u32 = 4u; // rows of the tile of one invocation
const TILE_N: u32 = 4u; // columns of the tile of one invocation
const WORKGROUP: u32 = 64u; // invocations of a workgroup
const B_SUM: bool = false; // whether to sum up the columns of b, too (BATCH is 1)

@group(0) @binding(0) var<storage, read> a: array<T>; // [BATCH, M, K], strided
@group(0) @binding(1) var<storage, read> b: array<T>; // [BATCH, K, N], strided
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [BATCH, M, N]

// What happens to the sum of a position (i * M + m) * N + n.
fn epilogue(position: u32, acc: f32) {
    out[position] = T(acc);
}

// What happens to the sum over k of b[0, k, column].
fn store_b_sum(column: u32, acc: f32) {
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let tiles_m = (M + TILE_M - 1u) / TILE_M;
    let tiles_n = (N + TILE_N - 1u) / TILE_N;
    let id = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    let batch = id / (tiles_m * tiles_n);
    if (batch >= BATCH) {
        return;
    }
    let row0 = id / tiles_n % tiles_m * TILE_M;
    let column0 = id % tiles_n * TILE_N;

    var a_at: array<i32, TILE_M>;
    for (var i = 0u; i < TILE_M; i++) {
        a_at[i] = A_OFFSET + i32(batch) * A_STRIDE_B + i32(min(row0 + i, M - 1u)) * A_STRIDE_M;
    }
    var b_at: array<i32, TILE_N>;
    for (var j = 0u; j < TILE_N; j++) {
        b_at[j] = B_OFFSET + i32(batch) * B_STRIDE_B + i32(min(column0 + j, N - 1u)) * B_STRIDE_N;
    }

    var sum: array<array<f32, TILE_N>, TILE_M>;
    var b_sum: array<f32, TILE_N>;
    for (var k = 0; k < i32(K); k++) {
        var right: array<f32, TILE_N>;
        for (var j = 0u; j < TILE_N; j++) {
            right[j] = f32(b[b_at[j] + k * B_STRIDE_K]);
            if (B_SUM) {
                b_sum[j] += right[j];
            }
        }
        for (var i = 0u; i < TILE_M; i++) {
            let left = f32(a[a_at[i] + k * A_STRIDE_K]);
            for (var j = 0u; j < TILE_N; j++) {
                sum[i][j] = fma(left, right[j], sum[i][j]);
            }
        }
    }

    for (var i = 0u; i < TILE_M; i++) {
        for (var j = 0u; j < TILE_N; j++) {
            if (row0 + i < M && column0 + j < N) {
                epilogue((batch * M + row0 + i) * N + column0 + j, sum[i][j]);
            }
        }
    }
    if (B_SUM && row0 == 0u) {
        for (var j = 0u; j < TILE_N; j++) {
            if (column0 + j < N) {
                store_b_sum(column0 + j, b_sum[j]);
            }
        }
    }
}
