//! Code generation: the fused steps of a plan as WGSL.
//!
//! A kernel becomes one compute shader. Without reductions each invocation computes one position ([`elementwise`]); with reductions a tile of
//! invocations shares the rows ([`rows`]). The kernel that follows a matmul or convolution becomes the function `epilogue` of a hand-written shader
//! ([`epilogue`]). All sizes are constants of the text, so equal texts are equal pipelines.

mod bindings;
mod body;
mod elementwise;
mod epilogue;
mod flow;
mod functions;
mod index;
mod join;
mod ops;
mod quads;
mod rows;
mod types;

pub(crate) use bindings::{Bound, buffer_bytes};
pub(crate) use epilogue::{Epilogue, epilogue, store};
#[cfg(test)]
pub(crate) use functions::SOURCE as FUNCTIONS;
pub(crate) use types::storage_type;

use crate::tune::Known;
use bindings::Bindings;
use std::sync::Arc;
use wgrad_tensor::plan::{Buffer, Code, Kernel};
use wgrad_tensor::{DType, Error, Result};

/// What generated code may depend on.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The device's name, for errors.
    pub(crate) device: String,
    /// The most invocations of a workgroup.
    pub(crate) max_invocations: u32,
    /// Bytes of workgroup memory.
    pub(crate) max_workgroup_bytes: u32,
    /// The most storage buffers of a dispatch.
    pub(crate) max_buffers: usize,
    /// Whether the driver computes on the processor: what a processor finds dear differs from what a GPU does.
    pub(crate) software: bool,
    /// The least and the most invocations of a subgroup, where there are subgroup operations.
    pub(crate) subgroup: Option<(u32, u32)>,
    /// The size of cooperative matrices of f16 with sums of f32, where they are enabled.
    pub(crate) cooperative: Option<u32>,
    /// What was measured of variants, where the fastest are asked for.
    pub(crate) known: Option<Arc<Known>>,
}

/// A compute shader and how it is started. Binding `i` of group 0 is `bound[i]`; the entry point is `main`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shader {
    pub(crate) source: String,
    pub(crate) bound: Vec<Bound>,
    pub(crate) groups: [u32; 3],
}

/// The shader of a kernel that stands alone, or `None` where it has no positions.
pub(crate) fn kernel(kernel: &Kernel, buffers: &[Buffer], target: &Target) -> Result<Option<Shader>> {
    flow::check(kernel)?;
    let positions = positions(kernel, target)?;
    let reduces = kernel.code.iter().any(|line| matches!(line.code, Code::Reduce(..)));
    if kernel.rows == 0 || kernel.stores.is_empty() || (positions == 0 && !reduces) {
        return Ok(None);
    }
    let shader = if reduces { rows::rows(kernel, buffers, target)? } else { elementwise::elementwise(kernel, buffers, target)? };
    target.check_buffers(shader.bound.len())?;
    Ok(Some(shader))
}

impl Target {
    /// Fails where a dispatch binds more buffers than the device can.
    pub(crate) fn check_buffers(&self, count: usize) -> Result<()> {
        if count <= self.max_buffers {
            return Ok(());
        }
        Err(Error::Unsupported {
            device: self.device.clone(),
            what: format!("a kernel of {count} buffers"),
            why: format!("it binds at most {} at once (max_storage_buffers_per_shader_stage)", self.max_buffers),
        })
    }
}

/// The number of positions, which kernels count in 32 bits.
fn positions(kernel: &Kernel, target: &Target) -> Result<u32> {
    let count = kernel.rows.checked_mul(kernel.cols).and_then(|n| u32::try_from(n).ok());
    count.ok_or_else(|| Error::Unsupported {
        device: target.device.clone(),
        what: format!("a kernel over {} x {} positions", kernel.rows, kernel.cols),
        why: "it counts at most 4294967295; compute in parts".into(),
    })
}

/// A grid of at least `count` workgroups, and the expression of a workgroup's number in it.
fn grid(count: u32, target: &Target) -> Result<([u32; 3], String)> {
    let groups = wgrad_shaders::workgroups(count.into()).ok_or_else(|| Error::Unsupported {
        device: target.device.clone(),
        what: format!("a kernel of {count} workgroups"),
        why: "that is more than three dimensions have".into(),
    })?;
    let number = match groups {
        [_, 1, 1] => "group.x".into(),
        [x, _, 1] => format!("(group.x + {x}u * group.y)"),
        [x, y, _] => format!("(group.x + {x}u * (group.y + {y}u * group.z))"),
    };
    Ok((groups, number))
}

/// The whole text: bindings, workgroup variables, the functions that are called, the entry point.
fn assemble(bindings: &Bindings<'_>, variables: &str, invocations: u32, body: &str) -> Result<String> {
    let declarations = bindings.declarations()?;
    let functions = functions::called_by(body);
    let half = [&declarations, variables, &functions, body].iter().any(|text| text.contains(DType::F16.name()));
    let enable = if half { "enable f16;\n\n" } else { "" };
    let place = if body.contains(join::MEMBER) { join::BUILTINS } else { "@builtin(local_invocation_index) local: u32" };
    Ok(format!(
        "{enable}{declarations}\n{variables}{functions}@compute @workgroup_size({invocations})\n\
         fn main(@builtin(workgroup_id) group: vec3<u32>, {place}) {{\n{body}}}\n"
    ))
}
