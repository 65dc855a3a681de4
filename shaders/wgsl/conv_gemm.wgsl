// For the matmul kernels: the matrices that a convolution implies. Row: a position of the result; column of `a`, row of `b`: a position of the kernel
// and an input channel; column of `b`: an output channel. Each group is a product of its own. Nothing is materialised: fetches find the elements.

alias T = f32; // type of the elements in memory

const M: u32 = 64u; // rows: positions of the result that one group has
const K: u32 = 36u; // columns of a: kernel positions and channels
const N: u32 = 4u; // columns of b: output channels of one group
const LHS: vec4<i32> = vec4<i32>(1, 1, 8, 8); // lengths of the input: batch, z, y, x
const KERNEL: vec3<i32> = vec3<i32>(1, 3, 3); // lengths of the kernel: z, y, x
const CHANNELS: i32 = 4; // input channels that one output channel sees
const OUT: vec4<i32> = vec4<i32>(1, 1, 8, 8); // lengths of the result: batch, z, y, x
const FILTERS: i32 = 4; // output channels
const STRIDE: vec3<i32> = vec3<i32>(1, 1, 1); // window strides
const LOW: vec3<i32> = vec3<i32>(0, 1, 1); // padding before; negative crops
const LHS_DILATION: vec3<i32> = vec3<i32>(1, 1, 1);
const RHS_DILATION: vec3<i32> = vec3<i32>(1, 1, 1);
const FEATURE_GROUPS: i32 = 1; // output channels see the input channels of their group
const BATCH_GROUPS: i32 = 1; // output channels see the batches of their group
const LHS_OFFSET: i32 = 0; // element of lhs[0, 0, 0, 0, 0]
const LHS_STRIDE_N: i32 = 256;
const LHS_STRIDE_Z: i32 = 256;
const LHS_STRIDE_Y: i32 = 32;
const LHS_STRIDE_X: i32 = 4;
const LHS_STRIDE_C: i32 = 1;
const RHS_OFFSET: i32 = 0; // element of rhs[0, 0, 0, 0, 0]
const RHS_STRIDE_Z: i32 = 48;
const RHS_STRIDE_Y: i32 = 48;
const RHS_STRIDE_X: i32 = 16;
const RHS_STRIDE_I: i32 = 4;
const RHS_STRIDE_O: i32 = 1;
const BATCH_LAST: bool = false; // rows are ordered (z, y, x, batch), not (batch, z, y, x)
const CHANNEL_FIRST: bool = false; // sums run over (channel, z, y, x), not (z, y, x, channel)

@group(0) @binding(0) var<storage, read> lhs: array<T>; // [LHS.., CHANNELS * FEATURE_GROUPS], strided
@group(0) @binding(1) var<storage, read> rhs: array<T>; // [KERNEL.., CHANNELS, FILTERS], strided

// The position of an element of the result in [OUT.., FILTERS].
fn position_of(group: u32, row: u32, column: u32) -> u32 {
    let at = row_position(row);
    let place = ((at.x * OUT.y + at.y) * OUT.z + at.z) * OUT.w + at.w;
    return u32(place * FILTERS) + group * N + column;
}

// The batch and the position z, y, x of a row.
fn row_position(row: u32) -> vec4<i32> {
    let positions = OUT.y * OUT.z * OUT.w;
    let batch = select(i32(row) / positions, i32(row) % OUT.x, BATCH_LAST);
    let place = select(i32(row) % positions, i32(row) / OUT.x, BATCH_LAST);
    return vec4<i32>(batch, place / (OUT.z * OUT.w), place / OUT.w % OUT.z, place % OUT.w);
}

// The terms of the sums: input channel, kernel z, y, x of column k.
fn term(k: u32) -> vec4<i32> {
    let taps = KERNEL.x * KERNEL.y * KERNEL.z;
    let channel = select(i32(k) % CHANNELS, i32(k) / taps, CHANNEL_FIRST);
    let tap = select(i32(k) / CHANNELS, i32(k) % taps, CHANNEL_FIRST);
    return vec4<i32>(channel, tap / (KERNEL.y * KERNEL.z), tap / KERNEL.z % KERNEL.y, tap % KERNEL.z);
}

// The element of the input that a row meets at a term; negative in padding and between dilated elements.
fn lhs_at(place: vec4<i32>, k: u32) -> i32 {
    let at = term(k);
    let dilated = place.yzw + at.yzw * RHS_DILATION;
    let element = dilated / LHS_DILATION;
    let inside = all(dilated >= vec3<i32>()) && all(element < LHS.yzw) && all(element * LHS_DILATION == dilated);
    let offset = element.x * LHS_STRIDE_Z + element.y * LHS_STRIDE_Y + element.z * LHS_STRIDE_X + at.x * LHS_STRIDE_C;
    return select(-1, place.x + offset, inside && k < K);
}

// The first element of the batch and group of a row, and where its window begins: z, y, x.
fn place_a(group: u32, row: u32) -> vec4<i32> {
    let position = row_position(min(row, M - 1u));
    let batch = position.x + select(0, i32(group) * OUT.x, BATCH_GROUPS > 1);
    let channel = select(0, i32(group) * CHANNELS, FEATURE_GROUPS > 1);
    return vec4<i32>(LHS_OFFSET + batch * LHS_STRIDE_N + channel * LHS_STRIDE_C, position.yzw * STRIDE - LOW);
}

// Four terms of a row.
fn fetch_a(place: vec4<i32>, k: u32) -> vec4<f32> {
    let at = vec4<i32>(lhs_at(place, k), lhs_at(place, k + 1u), lhs_at(place, k + 2u), lhs_at(place, k + 3u));
    let safe = max(at, vec4<i32>());
    let elements = vec4<f32>(f32(lhs[safe.x]), f32(lhs[safe.y]), f32(lhs[safe.z]), f32(lhs[safe.w]));
    return select(vec4<f32>(), elements, at >= vec4<i32>());
}

// The first elements of four columns. Columns beyond the edge are the last column.
fn place_b(group: u32, column: u32) -> vec4<i32> {
    let columns = min(vec4<u32>(column, column + 1u, column + 2u, column + 3u), vec4<u32>(N - 1u));
    return RHS_OFFSET + vec4<i32>(group * N + columns) * RHS_STRIDE_O;
}

// Four columns of a term.
fn fetch_b(place: vec4<i32>, k: u32) -> vec4<f32> {
    let step = term(min(k, K - 1u));
    let at = place + step.x * RHS_STRIDE_I + step.y * RHS_STRIDE_Z + step.z * RHS_STRIDE_Y + step.w * RHS_STRIDE_X;
    let elements = vec4<f32>(f32(rhs[at.x]), f32(rhs[at.y]), f32(rhs[at.z]), f32(rhs[at.w]));
    return select(vec4<f32>(), elements, k < K);
}
