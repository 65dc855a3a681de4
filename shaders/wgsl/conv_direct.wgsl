// out[n, z, y, x, o] = epilogue(sum over kernel positions and input channels of lhs * rhs): the general dilated convolution.
//
// One invocation computes one output element with plain loops: the fallback for every case. Its body is written out for some neighbours at once where
// groups have few filters. Fewer than three spatial axes are three of which the first have length 1.

alias T = f32; // type of the elements in memory; sums are f32

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
const RHS_STRIDE_Z: i32 = 144;
const RHS_STRIDE_Y: i32 = 48;
const RHS_STRIDE_X: i32 = 16;
const RHS_STRIDE_I: i32 = 4;
const RHS_STRIDE_O: i32 = 1;
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> lhs: array<T>; // [LHS.., CHANNELS * FEATURE_GROUPS], strided
@group(0) @binding(1) var<storage, read> rhs: array<T>; // [KERNEL.., CHANNELS, FILTERS], strided
@group(0) @binding(2) var<storage, read_write> out: array<T>; // [OUT.., FILTERS]

// What happens to the sum of a position of [OUT.., FILTERS].
fn epilogue(position: u32, acc: f32) {
    out[position] = T(acc);
}

// Whether a place of the dilated, padded input is an element, for each axis.
fn inside(place: vec3<i32>) -> bool {
    let element = place / LHS_DILATION;
    return all(place >= vec3<i32>()) && all(element < LHS.yzw) && all(element * LHS_DILATION == place);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let position = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    let id = i32(position);
    if (position >= u32(OUT.x * OUT.y * OUT.z * OUT.w * FILTERS)) {
        return;
    }
    let filter_ = id % FILTERS;
    let start = vec3<i32>(id / (FILTERS * OUT.w * OUT.z) % OUT.y, id / (FILTERS * OUT.w) % OUT.z, id / FILTERS % OUT.w) * STRIDE - LOW;
    let batch = id / (FILTERS * OUT.w * OUT.z * OUT.y) + filter_ / (FILTERS / BATCH_GROUPS) * OUT.x;
    let channel = filter_ / (FILTERS / FEATURE_GROUPS) * CHANNELS;
    let lhs_start = LHS_OFFSET + batch * LHS_STRIDE_N + channel * LHS_STRIDE_C;
    let rhs_start = RHS_OFFSET + filter_ * RHS_STRIDE_O;

    var sum = 0.0;
    for (var z = 0; z < KERNEL.x; z++) {
        for (var y = 0; y < KERNEL.y; y++) {
            for (var x = 0; x < KERNEL.z; x++) {
                let place = start + vec3<i32>(z, y, x) * RHS_DILATION;
                if (inside(place)) {
                    let element = place / LHS_DILATION;
                    let lhs_at = lhs_start + element.x * LHS_STRIDE_Z + element.y * LHS_STRIDE_Y + element.z * LHS_STRIDE_X;
                    let rhs_at = rhs_start + z * RHS_STRIDE_Z + y * RHS_STRIDE_Y + x * RHS_STRIDE_X;
                    for (var i = 0; i < CHANNELS; i++) {
                        sum = fma(f32(lhs[lhs_at + i * LHS_STRIDE_C]), f32(rhs[rhs_at + i * RHS_STRIDE_I]), sum);
                    }
                }
            }
        }
    }
    epilogue(position, sum);
}
