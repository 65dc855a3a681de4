// out[i, m, n] = epilogue(sum over k of a[i, m, k] * b[i, k, n]), operands of any strides.
//
// A workgroup of 256 invocations computes 64 x 64 sums, 4 x 4 for each invocation, from tiles of 64 x 16 and 16 x 64 elements in workgroup memory (8 KiB).

alias T = f32; // type of the elements in memory; sums are f32

const BATCH: u32 = 1u; // number of products
const M: u32 = 64u; // rows of the result
const K: u32 = 64u; // length of the sums
const N: u32 = 64u; // columns of the result
const A_OFFSET: i32 = 0; // element of a[0, 0, 0]
const A_STRIDE_B: i32 = 4096; // elements from one matrix of a to the next
const A_STRIDE_M: i32 = 64; // from one row to the next
const A_STRIDE_K: i32 = 1; // from one column to the next
const A_STEP: u32 = 1u; // rows of one fetch of a: 1 (and 4 columns) or 4 (and 1 column)
const B_OFFSET: i32 = 0;
const B_STRIDE_B: i32 = 4096;
const B_STRIDE_K: i32 = 64;
const B_STRIDE_N: i32 = 1;
const B_STEP: u32 = 4u; // columns of one fetch of b: 4 (and 1 row) or 1 (and 4 rows)
const B_SUM: bool = false; // whether to sum up the columns of b, too
const SPLITS: u32 = 1u; // parts of the sums; part s of position p is at s * BATCH * M * N + p

@group(0) @binding(0) var<storage, read> a: array<T>; // [BATCH, M, K], strided
@group(0) @binding(1) var<storage, read> b: array<T>; // [BATCH, K, N], strided
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [BATCH, M, N]

var<workgroup> left: array<vec4<f32>, 256>; // [16 of k, 64 rows]
var<workgroup> right: array<vec4<f32>, 256>; // [16 of k, 64 columns]

// What happens to the sum of a position.
fn epilogue(position: u32, acc: f32) {
    out[position] = T(acc);
}

// What happens to the sum over k of b[0, k, column].
fn store_b_sum(column: u32, acc: f32) {
}

// The position of an element of the result.
fn position_of(batch: u32, row: u32, column: u32) -> u32 {
    return (batch * M + row) * N + column;
}

// What a fetch of a row needs to know: here, its first element. Rows beyond the edge are the last row.
fn place_a(batch: u32, row: u32) -> vec4<i32> {
    return vec4<i32>(A_OFFSET + i32(batch) * A_STRIDE_B + i32(min(row, M - 1u)) * A_STRIDE_M);
}

// Elements k to k + 3 of a row; 0 beyond the edge.
fn fetch_a(place: vec4<i32>, k: u32) -> vec4<f32> {
    let columns = vec4<u32>(k, k + 1u, k + 2u, k + 3u);
    let at = place + vec4<i32>(min(columns, vec4<u32>(K - 1u))) * A_STRIDE_K;
    let elements = vec4<f32>(f32(a[at.x]), f32(a[at.y]), f32(a[at.z]), f32(a[at.w]));
    return select(vec4<f32>(), elements, columns < vec4<u32>(K));
}

// What a fetch of four columns needs to know: here, their first elements. Columns beyond the edge are the last column.
fn place_b(batch: u32, column: u32) -> vec4<i32> {
    let columns = min(vec4<u32>(column, column + 1u, column + 2u, column + 3u), vec4<u32>(N - 1u));
    return B_OFFSET + i32(batch) * B_STRIDE_B + vec4<i32>(columns) * B_STRIDE_N;
}

// Four columns of row k; 0 beyond the edge.
fn fetch_b(place: vec4<i32>, k: u32) -> vec4<f32> {
    let at = place + i32(min(k, K - 1u)) * B_STRIDE_K;
    let elements = vec4<f32>(f32(b[at.x]), f32(b[at.y]), f32(b[at.z]), f32(b[at.w]));
    return select(vec4<f32>(), elements, k < K);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let tiles_m = (M + 63u) / 64u;
    let tiles_n = (N + 63u) / 64u;
    let id = group.x + grid.x * (group.y + grid.y * group.z);
    let batch = id / (tiles_m * tiles_n) % BATCH;
    let split = id / (tiles_m * tiles_n * BATCH);
    if (split >= SPLITS) {
        return;
    }
    let part = (K + SPLITS * 4u - 1u) / (SPLITS * 4u) * 4u;
    let end = min(K, (split + 1u) * part);
    let tile_row = id / tiles_n % tiles_m * 64u;
    let tile_column = id % tiles_n * 64u;
    let row0 = tile_row + local / 16u * 4u;
    let column0 = tile_column + local % 16u * 4u;

    // Each invocation fetches four elements of each tile, along the axis that is contiguous in memory.
    let a_row = select(local / 4u, local % 16u * 4u, A_STEP == 4u);
    let a_k = select(local % 4u * 4u, local / 16u, A_STEP == 4u);
    let b_column = select(local / 4u, local % 16u * 4u, B_STEP == 4u);
    let b_k = select(local % 4u * 4u, local / 16u, B_STEP == 4u);
    let a_place = place_a(batch, tile_row + a_row);
    let b_place = place_b(batch, tile_column + b_column);

    var sum: array<vec4<f32>, 4>;
    var b_sum: vec4<f32>;
    for (var k = split * part; k < end; k += 16u) {
        workgroupBarrier();
        let a_elements = select(vec4<f32>(), fetch_a(a_place, min(k + a_k, K - 1u)), k + a_k < end);
        let b_elements = select(vec4<f32>(), fetch_b(b_place, min(k + b_k, K - 1u)), k + b_k < end);
        if (A_STEP == 4u) {
            left[a_k * 16u + a_row / 4u] = a_elements;
        } else {
            for (var q = 0u; q < 4u; q++) {
                left[(a_k + q) * 16u + a_row / 4u][a_row % 4u] = a_elements[q];
            }
        }
        if (B_STEP == 4u) {
            right[b_k * 16u + b_column / 4u] = b_elements;
        } else {
            for (var q = 0u; q < 4u; q++) {
                right[(b_k + q) * 16u + b_column / 4u][b_column % 4u] = b_elements[q];
            }
        }
        workgroupBarrier();
        for (var q = 0u; q < 16u; q++) {
            let column = left[q * 16u + local / 16u];
            let row = right[q * 16u + local % 16u];
            for (var i = 0u; i < 4u; i++) {
                sum[i] = fma(vec4<f32>(column[i]), row, sum[i]);
            }
            if (B_SUM) {
                b_sum += row;
            }
        }
    }

    for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
            if (row0 + i < M && column0 + j < N) {
                epilogue(split * BATCH * M * N + position_of(batch, row0 + i, column0 + j), sum[i][j]);
            }
        }
    }
    if (B_SUM && row0 == 0u) {
        for (var j = 0u; j < 4u; j++) {
            if (column0 + j < N) {
                store_b_sum(column0 + j, b_sum[j]);
            }
        }
    }
}
