//! Reading and adding at indices, and running sums.

use crate::{ArgSort, Element, Error, Kernel, Pass, Shader, Strided, WORKGROUP, kernel::positions};

/// From so many comparisons of elements with indices on, sorted indices are found by bisection.
const SORTED: usize = 1 << 22;

/// `out = x.shape[..axis] + indices.shape + x.shape[axis + 1..]`; an index outside the axis gives 0. Bindings `x`, `indices`, `out`;
/// `epilogue(position: u32, value: T)`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Gather<'a> {
    pub element: Element,
    pub x_shape: &'a [usize],
    pub x: &'a Strided,
    pub indices_shape: &'a [usize],
    pub indices: &'a Strided,
    pub axis: usize,
}

/// `out = x` with `updates` added at `indices` along `axis`, in their order. Bindings `x`, `indices` (also as `keys`, and `sorted`, scratch), `updates`,
/// `out`; `epilogue(position: u32, acc: S)`, where `S` is f32 for floats.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ScatterAdd<'a> {
    pub element: Element,
    pub x_shape: &'a [usize],
    pub x: &'a Strided,
    pub indices_shape: &'a [usize],
    pub indices: &'a Strided,
    pub updates_shape: &'a [usize],
    pub updates: &'a Strided,
    pub axis: usize,
}

/// Running sums along `axis`. Bindings `x`, `out`; `epilogue(position: u32, acc: S)`, where `S` is f32 for floats.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct CumSum<'a> {
    pub element: Element,
    pub shape: &'a [usize],
    pub x: &'a Strided,
    pub axis: usize,
    pub reverse: bool,
}

/// A shape seen from one of its axes.
pub(crate) struct Around {
    pub(crate) before: usize,
    pub(crate) axis: usize,
    pub(crate) after: usize,
}

impl Around {
    pub(crate) fn new(shader: &Shader, shape: &[usize], axis: usize) -> Result<Around, Error> {
        positions(shader, "the number of elements", shape.iter().copied())?;
        let split = shape.get(axis).map(|&length| (length, shape.split_at(axis)));
        let Some((length, (before, rest))) = split else {
            return Err(Error::Unsupported { file: shader.file(), what: format!("axis {axis} of {} axes", shape.len()) });
        };
        Ok(Around { before: before.iter().product(), axis: length, after: rest[1..].iter().product() })
    }
}

impl Gather<'_> {
    /// The kernel. No length of the result may be 0.
    ///
    /// # Errors
    /// An operand that 31-bit positions cannot address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        let shader = Shader::new("gather.wgsl").element(self.element);
        let around = Around::new(&shader, self.x_shape, self.axis)?;
        let count = positions(&shader, "the number of indices", self.indices_shape.iter().copied())?;
        let elements = positions(&shader, "the number of results", [around.before, count as usize, around.after])?;
        let shader = shader
            .set("AXIS", around.axis)
            .set("COUNT", count)
            .set("AFTER", around.after)
            .set("ELEMENTS", elements)
            .locate("x_at", self.x_shape, self.x)
            .locate("indices_at", self.indices_shape, self.indices);
        Kernel::single(shader, elements.into(), WORKGROUP)
    }
}

impl ScatterAdd<'_> {
    /// The kernel. No length of `x` may be 0.
    ///
    /// # Errors
    /// An operand that 31-bit positions cannot address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        let numel = |shape: &[usize]| shape.iter().fold(1, |numel: usize, &n| numel.saturating_mul(n));
        let is_sorted = numel(self.x_shape).saturating_mul(numel(self.indices_shape)) >= SORTED;
        let file = if is_sorted { "scatter_add_sorted.wgsl" } else { "scatter_add.wgsl" };
        let shader = Shader::new(file).element(self.element).set_alias("S", self.element.accumulator().wgsl());
        let around = Around::new(&shader, self.x_shape, self.axis)?;
        let count = positions(&shader, "the number of indices", self.indices_shape.iter().copied())?;
        positions(&shader, "the number of updates", self.updates_shape.iter().copied())?;
        let elements = positions(&shader, "the number of results", self.x_shape.iter().copied())?;
        let shader = shader
            .set("AXIS", around.axis)
            .set("COUNT", count)
            .set("AFTER", around.after)
            .set("ELEMENTS", elements)
            .locate("x_at", self.x_shape, self.x)
            .locate("indices_at", self.indices_shape, self.indices)
            .locate("updates_at", self.updates_shape, self.updates);
        if !is_sorted {
            return Kernel::single(shader, elements.into(), WORKGROUP);
        }
        let last = Pass::new(shader, elements.into(), WORKGROUP)?;
        ArgSort { element: Element::I32, shape: self.indices_shape, keys: self.indices, axis: 0, descending: false }.then(last)
    }
}

impl CumSum<'_> {
    /// The kernel. No length may be 0.
    ///
    /// # Errors
    /// An operand that 31-bit positions cannot address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        let shader = Shader::new("cumsum.wgsl").element(self.element).set_alias("S", self.element.accumulator().wgsl());
        let around = Around::new(&shader, self.shape, self.axis)?;
        let lines = around.before * around.after;
        let shader = shader
            .set("AXIS", around.axis)
            .set("AFTER", around.after)
            .set("LINES", lines)
            .set("REVERSE", self.reverse)
            .locate("x_at", self.shape, self.x);
        Kernel::single(shader, lines as u128, WORKGROUP)
    }
}
