//! What the executor starts: one or more passes, the last of which has the epilogue.

use crate::{Access, Element, Error, Shader, WORKGROUP, grid};

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

/// A kernel whose sums are split into `splits` parts of a shader that is started `count` times in workgroups of a given size: a second pass adds up, in
/// order, what part `s` of result `p` has put at `s * elements + p`.
pub(crate) fn split(
    shader: Shader,
    element: Element,
    splits: u32,
    elements: u32,
    (count, workgroup): (u128, u32),
) -> Result<Kernel, Error> {
    if splits <= 1 {
        return Kernel::single(shader, count, workgroup);
    }
    positions(&shader, "the number of partial sums", [elements as usize, splits as usize])?;
    let partial = shader
        .unbind("out")
        .bind("partial", Access::ReadWrite, "array<f32>", "[SPLITS, results]")
        .replace_function("epilogue", "fn epilogue(position: u32, acc: f32) {\n    partial[position] = acc;\n}");
    let total = Shader::new("sum_splits.wgsl").element(element).set("SPLITS", splits).set("ELEMENTS", elements);
    let mut passes = vec![Pass::new(partial, count, workgroup)?, Pass::new(total, elements.into(), WORKGROUP)?];
    passes.iter_mut().for_each(|pass| pass.scratch.push(("partial", 0)));
    Ok(Kernel { passes, scratch: vec![u64::from(elements) * u64::from(splits) * 4] })
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
