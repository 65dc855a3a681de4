// For the matmul kernels: fetches of an input whose channels are contiguous. CHANNELS, the offset and the other strides are multiples of 4.

alias T = f32; // type of the elements in memory

const M: u32 = 64u; // rows: positions of the result that one group has
const K: u32 = 36u; // columns of a: kernel positions and channels
const LHS: vec4<i32> = vec4<i32>(1, 1, 8, 8); // lengths of the input: batch, z, y, x
const KERNEL: vec3<i32> = vec3<i32>(1, 3, 3); // lengths of the kernel: z, y, x
const CHANNELS: i32 = 4; // input channels that one output channel sees
const OUT: vec4<i32> = vec4<i32>(1, 1, 8, 8); // lengths of the result: batch, z, y, x
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
const BATCH_LAST: bool = false; // rows are ordered (z, y, x, batch), not (batch, z, y, x)
const CHANNEL_FIRST: bool = false; // sums run over (channel, z, y, x), not (z, y, x, channel)
const ONE_PLACE: bool = false; // whether all rows of a tile are one place of different batches: with BATCH_LAST

@group(0) @binding(0) var<storage, read> lhs: array<vec4<T>>; // [LHS.., CHANNELS * FEATURE_GROUPS], strided

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

// Four channels of a row.
fn fetch_a(place: vec4<i32>, k: u32) -> vec4<f32> {
    let at = lhs_at(place, k);
    return select(vec4<f32>(), vec4<f32>(lhs[max(at, 0) / 4]), at >= 0);
}

// Term k, or the first after it, in steps, that is no padding for the rows of a tile. In steps of 4 terms that is asked where a position of the kernel begins.
fn next_term(place: vec4<i32>, k: u32, step: u32) -> u32 {
    var next = k;
    if (ONE_PLACE && (step > 4u || k % u32(CHANNELS) == 0u)) {
        while (next < K && lhs_at(place, next) < 0) {
            next += select(u32(CHANNELS), step, step > 4u);
        }
    }
    return next;
}
