//! wgrad's GPU device, through wgpu: Vulkan, Metal and DX12.
//!
//! ```text
//! Plan -> shaders (generated, or specialised from wgrad-shaders) -> pipelines and bind groups -> one submission per run
//! ```
//!
//! The crate registers the backend `wgpu` by being linked in; open it with `Device::open("wgpu")`, `"wgpu:1"`, or `WGRAD_DEVICE=wgpu`.
//! `WGRAD_DUMP=wgsl` prints what is generated.

mod adapter;
mod backend;
mod codegen;
mod compile;
mod executable;
mod gpu;
mod lower;
mod memory;
mod module;
mod scan;
mod steps;
mod transfer;
#[cfg(test)]
mod tests;
