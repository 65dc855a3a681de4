//! wgrad-wgpu
