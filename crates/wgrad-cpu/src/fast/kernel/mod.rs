//! Kernels as short vector programs.
//!
//! A [`Kernel`](wgrad_tensor::plan::Kernel) is compiled once to a list of instructions, each of which is one vectorised loop over a *block* of positions.
//! Values between instructions are in *registers*: stretches of scratch memory that hold one block, are reused as soon as their value is dead, and
//! together fit the cache. Three levels of values: one number for the kernel (uniform), one for each row of the block, one for each position.
//!
//! Where a block holds whole rows, one list of instructions does everything. Longer rows are run in *phases*: each computes what the reductions
//! of one depth need, block after block; the results are row values of the next phase, which computes what it needs of the elements again.
//! Rows are cut into *chunks* that may run on different threads. Blocks and chunks depend on the shape alone, and partial results are
//! combined in their order, so the bits of the result do not depend on the number of threads.

/// Runs `$body` with `$T` as the kind of lane that registers of a dtype hold.
macro_rules! by_lane {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            wgrad_tensor::DType::F32 | wgrad_tensor::DType::F16 => {
                type $T = f32;
                $body
            }
            wgrad_tensor::DType::F64 => {
                type $T = f64;
                $body
            }
            wgrad_tensor::DType::I32 => {
                type $T = i32;
                $body
            }
            wgrad_tensor::DType::U32 | wgrad_tensor::DType::Bool => {
                type $T = u32;
                $body
            }
        }
    };
}

mod chain;
mod compile;
mod emit;
mod exec;
mod ops;
mod reduce;
mod run;

use super::walk::Walk;
use chain::Chain;
use wgrad_tensor::{Binary, DType, Reduce, Scalar, Unary, plan::BufferId};

pub(super) use compile::MAX_OUTS;
pub(super) use run::{Memory, Read};

/// A compiled kernel.
#[derive(Debug)]
pub(super) struct Fused {
    rows: usize,
    cols: usize,
    order: Order,
    /// The positions of a block.
    block_rows: usize,
    block_cols: usize,
    /// The columns of a task, a multiple of `block_cols` (or all).
    chunk_cols: usize,
    loads: Vec<Load>,
    stores: Vec<Store>,
    /// Computes the uniform values.
    prologue: Vec<Instr>,
    phases: Vec<Phase>,
    /// Row values and stores after all phases.
    finish: Vec<Instr>,
    /// Accumulators of the phases, in the order of their reductions.
    accumulators: Vec<Accumulator>,
    /// Bytes of each register.
    registers: Vec<usize>,
    /// The buffers that are written, each once.
    pub(super) outs: Vec<BufferId>,
    /// Whether tasks write disjoint stretches of each buffer, in the order of the tasks.
    divisible: bool,
    /// Rough cost of a position, in elementary operations.
    cost: usize,
    /// The same in one pass, where that can be.
    chain: Option<Chain>,
}

/// In which direction neighbours of a block are next to each other in a register.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    /// Along a row: for rows that are contiguous in memory.
    Rows,
    /// Along a column: where columns are contiguous in memory, as in the sum over the leading axis of a matrix.
    Columns,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Uniform,
    Row,
    Element,
}

#[derive(Debug)]
struct Load {
    source: Source,
    walk: Walk,
    dtype: DType,
    level: Level,
}

/// What a load reads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Buffer(BufferId),
    /// A buffer that the kernel also writes, by its place in `outs`.
    Out(usize),
    /// The sums of a matmul or convolution.
    Acc,
}

#[derive(Debug)]
struct Store {
    /// Place in `outs`.
    out: usize,
    walk: Walk,
    dtype: DType,
    level: Level,
}

#[derive(Debug, Default)]
struct Phase {
    /// Row values that are known when the phase begins.
    rows: Vec<Instr>,
    /// Run for each block.
    block: Vec<Instr>,
    /// Which accumulators it fills.
    accumulators: Vec<usize>,
}

/// The running result of a reduction, in registers of the row level.
#[derive(Clone, Copy, Debug)]
struct Accumulator {
    op: Reduce,
    dtype: DType,
    /// The number itself; the extreme value for `ArgMax` and `ArgMin`.
    value: usize,
    /// The position of the extreme value.
    index: Option<usize>,
}

#[derive(Debug)]
struct Instr {
    action: Action,
    /// The dtype of the operands; for casts and indices that of the result.
    dtype: DType,
    level: Level,
    dst: Dst,
    src: [Src; 3],
}

#[derive(Clone, Copy, Debug)]
enum Dst {
    Register(usize),
    /// Straight to the place of this store.
    Store(usize),
    /// The action says where.
    None,
}

/// An operand of an instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Src {
    None,
    Constant(Scalar),
    /// A register with as many numbers as the instruction's level has.
    Register(usize),
    /// The first number of a register, for all.
    First(usize),
    /// A contiguous load of the instruction's level, read in place.
    Load(usize),
    /// The first number of a load for this block, for all.
    LoadFirst(usize),
}

#[derive(Debug)]
enum Action {
    Load(usize),
    Index {
        inner: usize,
        n: usize,
    },
    Unary(Unary),
    Binary(Binary),
    Select,
    /// From the operand's dtype.
    Cast(DType),
    /// Repeats a row value along its row.
    Expand,
    /// Copies or fills.
    Copy,
    /// Adds the block to an accumulator.
    Reduce(usize),
    /// Sets an accumulator to its identity.
    Begin(usize),
    Store(usize),
}

impl Instr {
    /// The dtype of the result.
    fn result(&self) -> DType {
        match &self.action {
            Action::Binary(op) if op.is_comparison() => DType::Bool,
            Action::Load(_)
            | Action::Index { .. }
            | Action::Unary(_)
            | Action::Binary(_)
            | Action::Select
            | Action::Cast(_)
            | Action::Expand
            | Action::Copy
            | Action::Reduce(_)
            | Action::Begin(_)
            | Action::Store(_) => self.dtype,
        }
    }
}

/// Whether values of the dtype have the same form in registers as in memory. (f16 is f32 in registers, bool is u32.)
fn is_natural(dtype: DType) -> bool {
    match dtype {
        DType::I32 | DType::U32 | DType::F32 | DType::F64 => true,
        DType::Bool | DType::F16 => false,
    }
}

/// Bytes of a number in a register.
fn width(dtype: DType) -> usize {
    match dtype {
        DType::F64 => 8,
        DType::Bool | DType::I32 | DType::U32 | DType::F16 | DType::F32 => 4,
    }
}
