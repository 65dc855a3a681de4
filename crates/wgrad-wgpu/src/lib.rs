//! wgrad's GPU device: wgpu buffers, WGSL generated for fused steps, one submission per run.
#![allow(dead_code)]
mod codegen;
