//! Shader modules, with or without the checks that the driver's compiler would add. The one place of this crate with `unsafe`.
#![allow(unsafe_code)]

use wgpu::{ShaderModule, ShaderModuleDescriptor, ShaderRuntimeChecks};

/// A module with bounds checks and bounded loops where `checked`.
pub(crate) fn create(device: &wgpu::Device, descriptor: ShaderModuleDescriptor<'_>, checked: bool) -> ShaderModule {
    if checked {
        return device.create_shader_module(descriptor);
    }
    // SAFETY: `Plan::new` verifies that every view of a step lies inside its buffer (`Plan::verify`), and the shaders made of the plan compute
    // addresses from these views only, for positions that they compare with the plan's counts. Indices that are data (gather, scatter) are compared
    // with their axis. Every loop counts up to a constant.
    unsafe { device.create_shader_module_trusted(descriptor, ShaderRuntimeChecks::unchecked()) }
}
