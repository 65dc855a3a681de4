//! The closed set of primitive operations. Everything else in the crate is made of these, and they are closed under
//! differentiation. Shape rules are in `infer.rs`, gradient rules in `gradient/`.

use crate::{Binary, DType, Program, Reduce, Scalar, Shape, Unary};
use std::sync::Arc;

/// A primitive operation. Its operands are kept beside it (in the tensor's node or the program's instruction), never inside.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A scalar: `() -> []`.
    Constant(Scalar),
    /// `out[i...] = i[axis]` in `dtype` (i32, u32 or a float): `() -> shape`.
    #[allow(missing_docs)]
    Iota { dtype: DType, shape: Shape, axis: usize },
    /// Philox4x32-10 bits: `(key: u32[3]) -> u32 shape`, with `key = [seed low, seed high, step]`. Element `i` is lane `i % 4` of the
    /// block with counter `[i / 4, 0, stream, step]` and key `[seed low, seed high]`; see [`crate::philox`].
    #[allow(missing_docs)]
    Random { shape: Shape, stream: u32 },
    /// Element-wise function of one operand; keeps shape and dtype (see [`Unary`] for the dtypes accepted).
    Unary(Unary),
    /// Element-wise function of two operands of one shape and dtype (the API broadcasts by [`Op::Expand`]).
    Binary(Binary),
    /// `(condition: bool, a, b) -> condition ? a : b`; one shape, `a` and `b` of one dtype.
    Select,
    /// Conversion as [`Scalar::from_f64`] defines it.
    Cast(DType),
    /// The identity, through which no gradient flows.
    StopGradient,
    /// The identity, which neither simplification nor fusion looks through: what is computed from it is computed again. See [`crate::remat`].
    Barrier,
    /// Reduction over `axes` (sorted, distinct), which stay with length 1.
    #[allow(missing_docs)]
    Reduce { op: Reduce, axes: Vec<usize> },
    /// The same elements in row-major order under another shape.
    Reshape(Shape),
    /// `out.shape[i] = in.shape[axes[i]]`.
    Permute(Vec<usize>),
    /// Repeats axes of length 1 to the lengths of a shape of the same rank.
    Expand(Shape),
    /// One [`Range`] for each axis.
    Slice(Vec<Range>),
    /// One [`Padding`] for each axis; new elements are `fill`.
    #[allow(missing_docs)]
    Pad { padding: Vec<Padding>, fill: Scalar },
    /// One or more operands, equal but for `axis`, one after the other along it.
    #[allow(missing_docs)]
    Concat { axis: usize },
    /// `[B..., M, K] x [B..., K, N] -> [B..., M, N]`, float; batch axes equal. f16 accumulates in f32.
    MatMul,
    /// General dilated convolution, float: see [`Conv`].
    Conv(Conv),
    /// Sum over each window: `x -> y`. Padding counts as 0.
    WindowSum(Window),
    /// `(x, v) -> out`: for each window the element of `v` at the place of the first maximum of `x` (row-major order in the window; padding is
    /// never chosen; 0 where a window holds padding only). Max-pooling is `WindowSelect(x, x)`. Linear in `v`; its adjoint is [`Op::WindowScatter`].
    WindowSelect(Window),
    /// `(x, g) -> out` of the shape of `x`: adds each window's element of `g` at the place of the first maximum of `x` in that window.
    WindowScatter(Window),
    /// `(x, indices: i32) -> x.shape[..axis] + indices.shape + x.shape[axis + 1..]`. An index outside `0..x.shape[axis]` gives 0.
    #[allow(missing_docs)]
    Gather { axis: usize },
    /// `(x, indices: i32, updates) -> x` with `updates` (of the shape that the gather would give) added at the indices; repeated indices add up
    /// in row-major order of `indices`; an index outside the axis is ignored.
    #[allow(missing_docs)]
    ScatterAdd { axis: usize },
    /// The i32 positions along `axis` that sort the operand; stable; NaN last.
    #[allow(missing_docs)]
    ArgSort { axis: usize, descending: bool },
    /// Running sum along `axis`; from the end where `reverse`.
    #[allow(missing_docs)]
    CumSum { axis: usize, reverse: bool },
    /// A loop whose body is a program: see [`Scan`]. Its results are taken by [`Op::Part`]; the node itself stands for part 0.
    Scan(Arc<Scan>),
    /// Result number `.0` of a [`Op::Scan`], its only operand.
    Part(usize),
}

/// The elements `start, start + step, ...` of an axis, `len` of them; all lie on the axis. `step` is not 0; negative steps flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Range {
    pub start: usize,
    pub len: usize,
    pub step: isize,
}

/// Padding of one axis: `low` elements before, `high` after, `interior` between each two neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Padding {
    pub low: usize,
    pub high: usize,
    pub interior: usize,
}

/// The general dilated convolution (as XLA's), in any number of spatial axes S >= 1:
/// `lhs [N, s..., C]`, `rhs [k..., I, O]` -> `out [N', s'..., O]`.
///
/// * The lhs is dilated (`lhs_dilation - 1` zeros between neighbours), then padded by `padding` (low, high; negative crops), then the rhs, dilated by
///   `rhs_dilation`, is slid over it with `strides` (cross-correlation: the rhs is not flipped).
/// * `s' = (dilated_padded_s - dilated_k) / stride + 1`, or 0 where the kernel does not fit.
/// * `feature_groups` G: `C = G * I`, `O` a multiple of G; output channel `o` sees the input channels of group `o / (O / G)`. `N' = N`.
/// * `batch_groups` G: `N` and `O` are multiples of G, `I = C`, `N' = N / G`; output channel `o` of batch `n` sees lhs batch `(o / (O / G)) * N' + n`.
/// * At most one of the two group counts differs from 1. f16 accumulates in f32.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Conv {
    pub strides: Vec<usize>,
    pub padding: Vec<(isize, isize)>,
    pub lhs_dilation: Vec<usize>,
    pub rhs_dilation: Vec<usize>,
    pub feature_groups: usize,
    pub batch_groups: usize,
}

/// Windows over every axis of a tensor: `out = (low + n + high - ((size - 1) * dilation + 1)) / stride + 1`, or 0 where none fits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Window {
    pub size: Vec<usize>,
    pub strides: Vec<usize>,
    pub dilation: Vec<usize>,
    pub padding: Vec<(usize, usize)>,
}

/// A loop over the leading axis of some operands.
///
/// Operands of the op: `carries` initial values, then `sequences` tensors with leading axis `length`, then constants.
/// Inputs of `body`: the carries, one element of each sequence (leading axis removed), the constants.
/// Outputs of `body`: the new carries (same specs), then one element of each stacked result.
/// Results of the op ([`Op::Part`]): the final carries, then the stacked results, with leading axis `length`.
/// Where `reverse`, the loop runs from the last element to the first; stacked results stay at their element's place.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Scan {
    pub body: Program,
    pub carries: usize,
    pub sequences: usize,
    pub length: usize,
    pub reverse: bool,
}
