//! Plans: fused steps over planned memory. One planner serves every backend; a backend only executes plans.
//!
//! ```text
//! Program -> simplify -> prepare -> own -> group (fusion) -> store (places) -> emit (steps) -> memory (liveness) -> Plan
//! ```
//!
//! A [`Plan`] is a list of [`Step`]s that run in order. Every step reads [`Operand`]s (strided views of buffers) and writes whole buffers, or parts
//! of them ([`Target`]). Most of the work is in [`Kernel`]s: fused element-wise code, with reductions over the inner axis, that either
//! stands alone ([`Step::Kernel`]) or runs on every result element of a matmul or convolution before it is stored.

mod build;
mod column_sums;
mod display;
mod emit;
mod group;
mod join;
mod memory;
mod own;
mod prepare;
mod settle;
mod stats;
mod store;
mod verify;
mod view;

pub use stats::Cost;
pub use view::{Mask, View};

use crate::{Binary, Conv, DType, Program, Reduce, Scalar, Unary, Window};

/// The index of a virtual buffer of a plan.
pub type BufferId = usize;

/// A program as fused steps over planned memory.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Every buffer that a step reads or writes.
    pub buffers: Vec<Buffer>,
    /// The buffers of the program's inputs, in their order: buffer `inputs[i]` is placed at `Place::Input(i)`.
    pub inputs: Vec<BufferId>,
    /// The buffers of the program's outputs, in their order. An output may be the buffer of a donated input, which is then overwritten in place.
    pub outputs: Vec<BufferId>,
    /// Bytes of each slot of temporary memory. Buffers whose lives do not overlap share one.
    pub slots: Vec<u64>,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// A virtual buffer: `len` elements, without a shape (views have the shapes).
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    /// Element type.
    pub dtype: DType,
    /// Number of elements.
    pub len: usize,
    /// Where its memory is.
    pub place: Place,
}

/// Where the memory of a buffer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The storage of an input of the program.
    Input(usize),
    /// Fresh storage of an output of the program.
    Output(usize),
    /// The beginning of a slot of temporary memory.
    Slot(usize),
}

/// A strided view of a buffer, to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// What is read.
    pub buffer: BufferId,
    /// How positions map to its elements.
    pub view: View,
}

/// A place to write: positions of a strided view (never masked, never overlapping) of a buffer.
pub type Target = Operand;

/// A step of a plan. Steps other than kernels store their result in row-major order in `out`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Step {
    /// Fused element-wise work and reductions.
    Kernel(Kernel),
    MatMul(MatMul),
    Conv(Convolution),
    /// [`crate::Op::WindowSum`]
    WindowSum {
        x: Operand,
        window: Window,
        out: Target,
    },
    /// [`crate::Op::WindowSelect`]
    WindowSelect {
        x: Operand,
        v: Operand,
        window: Window,
        out: Target,
    },
    /// [`crate::Op::WindowScatter`]
    WindowScatter {
        x: Operand,
        g: Operand,
        window: Window,
        out: Target,
    },
    /// [`crate::Op::Gather`]
    Gather {
        x: Operand,
        indices: Operand,
        axis: usize,
        out: Target,
    },
    /// [`crate::Op::ScatterAdd`]
    ScatterAdd {
        x: Operand,
        indices: Operand,
        updates: Operand,
        axis: usize,
        out: Target,
    },
    /// [`crate::Op::ArgSort`]
    ArgSort {
        x: Operand,
        axis: usize,
        descending: bool,
        out: Target,
    },
    /// [`crate::Op::CumSum`]
    CumSum {
        x: Operand,
        axis: usize,
        reverse: bool,
        out: Target,
    },
    /// [`crate::Op::Random`]
    Random {
        key: Operand,
        stream: u32,
        out: Target,
    },
    Scan(Box<Loop>),
}

/// `out[b, m, n] = epilogue(sum over k of a[b, m, k] * b[b, k, n])`; f16 accumulates in f32.
#[derive(Clone, Debug)]
pub struct MatMul {
    /// View of shape `[batch, m, k]`; any strides, never masked.
    pub a: Operand,
    /// View of shape `[batch, k, n]`; any strides, never masked.
    pub b: Operand,
    /// Number of matrices.
    pub batch: usize,
    /// Rows of the result.
    pub m: usize,
    /// Length of the sums.
    pub k: usize,
    /// Columns of the result.
    pub n: usize,
    /// Element type of both operands and of the accumulator that the epilogue sees.
    pub dtype: DType,
    /// What happens to the sums, over `rows = batch * m * n`, `cols = 1`: its [`Code::Acc`] is the sum of the position `(b * m + row) * n + column`.
    pub epilogue: Kernel,
    /// Where present (`batch` is 1): also store `sum over k of b[0, k, n]` here, a view of shape `[n]`. This is the gradient of a bias.
    pub b_sum: Option<Target>,
}

/// `out = epilogue(conv(lhs, rhs))`, see [`Conv`].
#[derive(Clone, Debug)]
pub struct Convolution {
    /// View of shape `[N, s..., C]`; any strides, never masked.
    pub lhs: Operand,
    /// View of shape `[k..., I, O]`; any strides, never masked.
    pub rhs: Operand,
    /// Strides, padding, dilations, groups.
    pub conv: Conv,
    /// Shape of the result, `[N', s'..., O]`.
    pub out_shape: Vec<usize>,
    /// Element type.
    pub dtype: DType,
    /// What happens to the sums, over `rows = numel(out_shape)` in row-major order, `cols = 1`.
    pub epilogue: Kernel,
}

/// [`crate::Op::Scan`]: the body is a plan of its own, run `length` times.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The program of the body, for backends that compile it.
    pub body: Program,
    /// The body as a plan.
    pub plan: Plan,
    /// Initial carries, row-major and whole.
    pub carries: Vec<Operand>,
    /// Sequences, row-major and whole, leading axis `length`.
    pub sequences: Vec<Operand>,
    /// Constants, row-major and whole.
    pub constants: Vec<Operand>,
    /// Iterations.
    pub length: usize,
    /// From the last element to the first.
    pub reverse: bool,
    /// Final carries, then stacked results, row-major and whole.
    pub out: Vec<Target>,
}

/// Fused code over an iteration space of `rows x cols` positions, position `(row, col)` having the linear index `row * cols + col`.
///
/// The code is in single-assignment form. Every value is of one of two levels: *element* values have one number for each position, *row*
/// values one for each row. [`Code::Reduce`] turns elements into a row value; wherever an element operation has a row operand, that operand is
/// the same along the row. In a kernel with `cols == 1` and no reduction, everything is of element level.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Outer positions.
    pub rows: usize,
    /// Inner positions, along which reductions run.
    pub cols: usize,
    /// Values in single-assignment form: operands come first.
    pub code: Vec<Line>,
    /// What is kept. A target's view has `rows` positions for a row value, `rows * cols` for an element value.
    /// A kernel may read and overwrite the same buffer only at the same position with the same contiguous view (an update in place).
    pub stores: Vec<(LineId, Target)>,
}

/// The index of a line of a kernel's code.
pub type LineId = usize;

/// One value of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is.
    pub code: Code,
    /// Its dtype.
    pub dtype: DType,
    /// Whether it has one number for each position or one for each row.
    pub level: Level,
}

/// How many numbers a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// One for each row.
    Row,
    /// One for each position.
    Element,
}

/// An operation of a kernel. Operands are earlier lines.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Code {
    /// The element of a buffer at this position: the view has `rows` (row level) or `rows * cols` (element level) positions in row-major order.
    Load(Operand),
    /// The sum that a matmul or convolution computed for this position.
    Acc,
    Constant(Scalar),
    /// The index along an axis of this position, unravelled by `shape` (which has as many positions as the level says): `shape` are the lengths,
    /// `axis` the one that counts.
    Index {
        shape: Vec<usize>,
        axis: usize,
    },
    Unary(Unary, LineId),
    Binary(Binary, LineId, LineId),
    Select(LineId, LineId, LineId),
    Cast(LineId),
    /// Over the columns of an element value; gives a row value.
    Reduce(Reduce, LineId),
}

/// What the planner must respect.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// Fuse at all; without, each instruction is a step of its own.
    pub fuse: bool,
    /// Reduce few long rows in two steps, for devices that run a row on one unit.
    pub split_reductions: bool,
    /// The most buffers that one kernel may read and write together.
    pub max_buffers: usize,
    /// The most loads and stores together of one kernel (each costs registers and address arithmetic).
    pub max_operands: usize,
}

impl Default for PlanOptions {
    fn default() -> Self {
        PlanOptions { fuse: true, split_reductions: true, max_buffers: 8, max_operands: 32 }
    }
}
