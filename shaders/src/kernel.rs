//! What the executor starts: one or more passes, the last of which has the epilogue.

use crate::{Error, Shader, grid};

/// Passes that run in order.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// All but the last write scratch memory only.
    pub passes: Vec<Pass>,
    /// Bytes of each piece of scratch memory. It needs no initial contents.
    pub scratch: Vec<u64>,
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Pass {
    /// The kernel. Its bindings are named after the operands.
    pub shader: Shader,
    /// The grid to start.
    pub workgroups: [u32; 3],
    /// Which bindings, by name, are pieces of scratch memory, by index.
    pub scratch: Vec<(&'static str, usize)>,
}

impl Kernel {
    /// A kernel of one pass with one invocation for each of `count` things.
    pub(crate) fn single(shader: Shader, count: u128, per_workgroup: u32) -> Result<Kernel, Error> {
        Ok(Kernel { passes: vec![Pass::new(shader, count, per_workgroup)?], scratch: Vec::new() })
    }

    /// Replaces the shader of the last pass, where the results are stored.
    #[must_use]
    pub fn map_last(mut self, edit: impl FnOnce(Shader) -> Shader) -> Kernel {
        if let Some(last) = self.passes.pop() {
            self.passes.push(Pass { shader: edit(last.shader), ..last });
        }
        self
    }
}

impl Pass {
    /// A dispatch of `count` invocations in workgroups of `per_workgroup`.
    pub(crate) fn new(shader: Shader, count: u128, per_workgroup: u32) -> Result<Pass, Error> {
        let limit = u128::from(u32::MAX) - u128::from(per_workgroup);
        let too_large = Error::TooLarge { file: shader.file(), what: "the number of invocations", value: count, limit };
        if count > limit {
            return Err(too_large);
        }
        let groups = grid::workgroups((count as u64).div_ceil(u64::from(per_workgroup).max(1)));
        Ok(Pass { shader, workgroups: groups.ok_or(too_large)?, scratch: Vec::new() })
    }
}

/// The product of lengths, if positions fit 31 bits, as addresses in WGSL are `i32`.
pub(crate) fn positions(shader: &Shader, what: &'static str, lengths: impl IntoIterator<Item = usize>) -> Result<u32, Error> {
    let value = lengths.into_iter().fold(1u128, |product, n| product.saturating_mul(n as u128));
    let limit = i32::MAX as u128;
    let too_large = || Error::TooLarge { file: shader.file(), what, value, limit };
    if value > limit { Err(too_large()) } else { Ok(value as u32) }
}
