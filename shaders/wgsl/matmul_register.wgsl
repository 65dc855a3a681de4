// out[i, m, n] = epilogue(sum over k of a[i, m, k] * b[i, k, n]), operands of any strides.
//
// One invocation keeps a tile of TILE_M x TILE_N sums in registers and reads both operands straight from memory, four elements at a time: no workgroup
// memory, no barrier. Rows and columns beyond the edge are computed from the last ones and not stored.

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
const TILE_M: u32 = 8u; // rows of the tile of one invocation, a multiple of 4
const TILE_N: u32 = 8u; // columns of the tile of one invocation, a multiple of 4
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> a: array<T>; // [BATCH, M, K], strided
@group(0) @binding(1) var<storage, read> b: array<T>; // [BATCH, K, N], strided
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [BATCH, M, N]

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

// Term k, or the first after it, in steps, that is not known to be 0 for all rows of the tile that begins at a place.
fn next_term(place: vec4<i32>, k: u32, step: u32) -> u32 {
    return k;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let tiles_m = (M + TILE_M - 1u) / TILE_M;
    let tiles_n = (N + TILE_N - 1u) / TILE_N;
    let id = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    let batch = id / (tiles_m * tiles_n) % BATCH;
    let split = id / (tiles_m * tiles_n * BATCH);
    if (split >= SPLITS) {
        return;
    }
    let row0 = id / tiles_n % tiles_m * TILE_M;
    let column0 = id % tiles_n * TILE_N;
    let part = (K + SPLITS * 4u - 1u) / (SPLITS * 4u) * 4u;

    var a_place: array<vec4<i32>, TILE_M>;
    for (var i = 0u; i < TILE_M; i += A_STEP) {
        a_place[i] = place_a(batch, row0 + i);
    }
    var b_place: array<vec4<i32>, TILE_N>;
    for (var j = 0u; j < TILE_N; j += B_STEP) {
        b_place[j] = place_b(batch, column0 + j);
    }

    var sum: array<array<vec4<f32>, TILE_N / 4u>, TILE_M>;
    var b_sum: array<vec4<f32>, TILE_N / 4u>;
    for (var k = next_term(a_place[0], split * part, 4u); k < min(K, (split + 1u) * part); k = next_term(a_place[0], k + 4u, 4u)) {
        var left: array<mat4x4<f32>, TILE_M / 4u>;
        for (var i = 0u; i < TILE_M / 4u; i++) {
            if (A_STEP == 4u) {
                let place = a_place[i * 4u];
                left[i] = mat4x4<f32>(fetch_a(place, k), fetch_a(place, k + 1u), fetch_a(place, k + 2u), fetch_a(place, k + 3u));
            } else {
                left[i] = transpose(mat4x4<f32>(
                    fetch_a(a_place[i * 4u], k),
                    fetch_a(a_place[i * 4u + 1u], k),
                    fetch_a(a_place[i * 4u + 2u], k),
                    fetch_a(a_place[i * 4u + 3u], k),
                ));
            }
        }
        var right: array<mat4x4<f32>, TILE_N / 4u>;
        for (var j = 0u; j < TILE_N / 4u; j++) {
            if (B_STEP == 4u) {
                let place = b_place[j * 4u];
                right[j] = mat4x4<f32>(fetch_b(place, k), fetch_b(place, k + 1u), fetch_b(place, k + 2u), fetch_b(place, k + 3u));
            } else {
                right[j] = transpose(mat4x4<f32>(
                    fetch_b(b_place[j * 4u], k),
                    fetch_b(b_place[j * 4u + 1u], k),
                    fetch_b(b_place[j * 4u + 2u], k),
                    fetch_b(b_place[j * 4u + 3u], k),
                ));
            }
            if (B_SUM) {
                b_sum[j] = b_sum[j] + right[j][0] + right[j][1] + right[j][2] + right[j][3];
            }
        }
        for (var q = 0u; q < 4u; q++) {
            for (var i = 0u; i < TILE_M; i++) {
                let element = left[i / 4u][q][i % 4u];
                for (var j = 0u; j < TILE_N / 4u; j++) {
                    sum[i][j] = fma(vec4<f32>(element), right[j][q], sum[i][j]);
                }
            }
        }
    }

    for (var i = 0u; i < TILE_M; i++) {
        for (var j = 0u; j < TILE_N; j++) {
            if (row0 + i < M && column0 + j < N) {
                epilogue(split * BATCH * M * N + position_of(batch, row0 + i, column0 + j), sum[i][j / 4u][j % 4u]);
            }
        }
    }
    if (B_SUM && row0 == 0u) {
        for (var j = 0u; j < TILE_N; j++) {
            if (column0 + j < N) {
                store_b_sum(column0 + j, b_sum[j / 4u][j % 4u]);
            }
        }
    }
}
