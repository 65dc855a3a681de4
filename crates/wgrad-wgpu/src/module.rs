//! Shader modules, with or without checks of bounds, and what wgpu calls experimental. The one place of this crate with `unsafe`.
#![allow(unsafe_code)]

use wgpu::{ExperimentalFeatures, ShaderModule, ShaderModuleDescriptor, ShaderRuntimeChecks};

/// Leave for features of wgpu that may still have undefined behaviour, where the user `wants` them.
pub(crate) fn experimental(wanted: bool) -> ExperimentalFeatures {
    if wanted {
        // SAFETY: What wgpu asks for is consent; the user has given it by asking for these kernels (`WGRAD_KERNELS=cooperative`).
        unsafe { ExperimentalFeatures::enabled() }
    } else {
        ExperimentalFeatures::disabled()
    }
}

/// A module that checks the bounds of what it accesses where `checked`. Loops are not counted in either: what the compilers make of a loop whose
/// iterations are counted is ten times slower (llvmpipe, dense layers).
pub(crate) fn create(device: &wgpu::Device, descriptor: ShaderModuleDescriptor<'_>, checked: bool) -> ShaderModule {
    let checks = ShaderRuntimeChecks { bounds_checks: checked, ..ShaderRuntimeChecks::unchecked() };
    // SAFETY: Every loop of generated and hand-written shaders counts up to a constant or halves an interval. `Plan::new` verifies that every view of a step lies inside its
    // buffer (`Plan::verify`), and the shaders made of the plan compute addresses from these views only, for positions that they compare with the
    // plan's counts, or read and write the rest of the last vector of four, which is bound, too. Indices that are data (gather, scatter) are compared with their axis.
    unsafe { device.create_shader_module_trusted(descriptor, checks) }
}
