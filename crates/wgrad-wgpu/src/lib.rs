//! wgrad's GPU device, through wgpu: Vulkan, Metal and DX12.
//!
//! ```text
//! Plan -> shaders (generated, or specialised from wgrad-shaders) -> pipelines and bind groups -> commands, several runs in a submission
//! ```
//!
//! The crate registers the backend `wgpu` by being linked in; open it with `Device::open("wgpu")`, `"wgpu:1"`, or `WGRAD_DEVICE=wgpu`.
//! `WGRAD_DUMP=wgsl` prints what is generated. Shaders check the bounds of what they access where the crate is built for debugging, as in tests, or
//! `WGRAD_CHECKED=1`; elsewhere the plan's verifier has proved them. `WGRAD_KERNELS=gpu` has the kernels of real GPUs run on a driver that computes on the processor, so that
//! the conformance kit can try them there.
//!
//! While a program runs, variants of its matrix products and convolutions are measured on a thread beside it, for at most a second in a process
//! (`WGRAD_TUNE=off`, or another number of milliseconds). The fastest replace what runs and are kept for the next process, in `wgpu` in the user's
//! cache directory (`WGRAD_CACHE`). Results do not depend on it: only variants that give the same bits are compared.

mod adapter;
mod backend;
mod codegen;
mod compile;
mod executable;
mod gpu;
mod inbox;
mod lower;
mod memory;
mod module;
mod pending;
mod roof;
mod scan;
mod steps;
#[cfg(test)]
mod tests;
mod timing;
mod transfer;
mod tune;
