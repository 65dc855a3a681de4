// out[i] = lane i % 4 of the Philox4x32-10 block with counter [i / 4, 0, STREAM, step] and key [seed low, seed high].
//
// Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011. One invocation makes one block of four numbers.

const STREAM: u32 = 0u; // distinguishes the random operations of a program
const KEY_OFFSET: i32 = 0; // element of key[0]
const KEY_STRIDE: i32 = 1;
const ELEMENTS: u32 = 64u; // number of results
const WORKGROUP: u32 = 64u; // invocations of a workgroup

@group(0) @binding(0) var<storage, read> key: array<u32>; // [3]: seed low, seed high, step
@group(0) @binding(1) var<storage, read_write> out: array<u32>; // [ELEMENTS]

// What happens to the bits of a position.
fn epilogue(position: u32, bits: u32) {
    out[position] = bits;
}

// The high word of a product of two words, from products of half words.
fn multiply_high(a: u32, b: u32) -> u32 {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let low = a_low * b_low;
    let middle = a_high * b_low + (low >> 16u);
    let middle_low = a_low * b_high + (middle & 0xffffu);
    return a_high * b_high + (middle >> 16u) + (middle_low >> 16u);
}

fn philox(start: vec4<u32>, start_key: vec2<u32>) -> vec4<u32> {
    var counter = start;
    var round_key = start_key;
    for (var round = 0; round < 10; round++) {
        let high = vec2<u32>(multiply_high(0xd2511f53u, counter.x), multiply_high(0xcd9e8d57u, counter.z));
        let low = vec2<u32>(0xd2511f53u * counter.x, 0xcd9e8d57u * counter.z);
        counter = vec4<u32>(high.y ^ counter.y ^ round_key.x, low.y, high.x ^ counter.w ^ round_key.y, low.x);
        round_key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return counter;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let block = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    if (block >= (ELEMENTS + 3u) / 4u) {
        return;
    }
    let seed = vec2<u32>(key[KEY_OFFSET], key[KEY_OFFSET + KEY_STRIDE]);
    let bits = philox(vec4<u32>(block, 0u, STREAM, key[KEY_OFFSET + 2 * KEY_STRIDE]), seed);
    for (var lane = 0u; lane < 4u; lane++) {
        if (block * 4u + lane < ELEMENTS) {
            epilogue(block * 4u + lane, bits[lane]);
        }
    }
}
