//! Before fusion: a program whose reductions run over trailing axes, whose movements stand at the leaves where that costs nothing, and whose
//! outputs and concatenated parts are values of their own where they cannot be stored at their final place otherwise (`own.rs`).

use super::{PlanOptions, own::own};
use crate::{Binary, DType, Op, Program, Range, Reduce, Scalar, Shape, Spec, ValueId, builder::Builder, simplify::simplified};
use std::panic::Location;

type At = &'static Location<'static>;

/// Few long rows are reduced in two stages: rows up to this number ...
const FEW_ROWS: usize = 64;
/// ... with more columns than this.
const LONG_ROW: usize = 16384;
/// How far a movement is pushed towards the leaves.
const SINK_DEPTH: usize = 32;

/// The program in the form that grouping expects. It computes the same.
pub(super) fn prepare(program: &Program, options: &PlanOptions) -> Program {
    let program = program.simplify();
    let mut uses = vec![0usize; program.len()];
    for &operand in program.instrs.iter().flat_map(|instr| &instr.operands).chain(&program.outputs) {
        uses[operand] += 1;
    }
    let mut p = Prepare {
        b: Builder::new(&program.inputs),
        uses: vec![0; program.inputs.len()],
        inline: vec![false; program.inputs.len()],
        split: options.split_reductions,
    };
    let mut map: Vec<ValueId> = (0..program.inputs.len()).collect();
    for (i, instr) in program.instrs.iter().enumerate() {
        let operands: Vec<ValueId> = instr.operands.iter().map(|&operand| map[operand]).collect();
        let value = p.lower(&instr.op, operands, &instr.spec, instr.at);
        p.used(value, uses[program.inputs.len() + i]);
        map.push(value);
    }
    let mut prepared = p.b.program;
    prepared.outputs = program.outputs.iter().map(|&output| map[output]).collect();
    prepared.donations = program.donations;
    own(&prepared.without_dead())
}

/// Whether an operation is element-wise: the same function at each position.
pub(super) fn is_elementwise(op: &Op) -> bool {
    matches!(op, Op::Unary(_) | Op::Binary(_) | Op::Select | Op::Cast(_) | Op::StopGradient)
}

/// Whether each value is made of constants and indices only, so that it is computed where it is used and never stored.
pub(super) fn inline_values(program: &Program) -> Vec<bool> {
    let mut inline = Vec::with_capacity(program.len());
    for value in 0..program.len() {
        inline.push(is_inline(program, value, &inline));
    }
    inline
}

fn is_inline(program: &Program, value: ValueId, inline: &[bool]) -> bool {
    let Some(instr) = program.instr(value) else { return false };
    match &instr.op {
        Op::Constant(_) | Op::Iota { .. } => true,
        Op::Reshape(_) | Op::Unary(_) | Op::Binary(_) | Op::Select | Op::Cast(_) => instr.operands.iter().all(|&x| inline[x]),
        // A constant spread over a shape is that constant wherever it is; an index is not.
        Op::Expand(_) => uniform(program, instr.operands[0]).is_some(),
        Op::Random { .. }
        | Op::StopGradient
        | Op::Barrier
        | Op::Reduce { .. }
        | Op::Permute(_)
        | Op::Slice(_)
        | Op::Pad { .. }
        | Op::Concat { .. }
        | Op::MatMul
        | Op::Conv(_)
        | Op::WindowSum(_)
        | Op::WindowSelect(_)
        | Op::WindowScatter(_)
        | Op::Gather { .. }
        | Op::ScatterAdd { .. }
        | Op::ArgSort { .. }
        | Op::CumSum { .. }
        | Op::Scan(_)
        | Op::Part(_) => false,
    }
}

/// The constant that a value is, whatever its shape.
pub(super) fn uniform(program: &Program, mut value: ValueId) -> Option<Scalar> {
    loop {
        let instr = program.instr(value)?;
        match &instr.op {
            Op::Constant(scalar) => return Some(*scalar),
            Op::Reshape(_) | Op::Expand(_) => value = instr.operands[0],
            _ => return None,
        }
    }
}

struct Prepare {
    b: Builder,
    /// How often each value is used.
    uses: Vec<usize>,
    inline: Vec<bool>,
    /// Whether few long rows are reduced in two steps.
    split: bool,
}

impl Prepare {
    fn used(&mut self, value: ValueId, times: usize) {
        self.uses.resize(self.b.program.len(), 0);
        self.uses[value] += times;
    }

    fn push(&mut self, op: Op, operands: Vec<ValueId>, spec: &Spec, at: At) -> ValueId {
        let value = simplified(&mut self.b, op, operands, spec, at);
        self.note_inline();
        value
    }

    fn fill(&mut self, number: f64, spec: &Spec, at: At) -> ValueId {
        let value = self.b.fill(Scalar::from_f64(number, spec.dtype), spec, at);
        self.note_inline();
        value
    }

    /// Brings the list of inline values up to date.
    fn note_inline(&mut self) {
        for value in self.inline.len()..self.b.program.len() {
            self.inline.push(is_inline(&self.b.program, value, &self.inline));
        }
    }

    fn lower(&mut self, op: &Op, operands: Vec<ValueId>, spec: &Spec, at: At) -> ValueId {
        match op {
            Op::Reduce { op, axes } => self.reduce(*op, axes, operands[0], at),
            Op::Reshape(_) | Op::Permute(_) | Op::Expand(_) | Op::Slice(_) => self.moved(op, operands[0], spec, at, 0),
            op => self.push(op.clone(), operands, spec, at),
        }
    }

    /// A movement, pushed below element-wise work that is inline or used only here.
    fn moved(&mut self, op: &Op, x: ValueId, spec: &Spec, at: At, depth: usize) -> ValueId {
        let inline = self.inline.get(x).copied().unwrap_or(false);
        let shrinks = matches!(op, Op::Permute(_) | Op::Slice(_)) && self.uses.get(x).is_some_and(|&uses| uses <= 1);
        if let Some((Op::Iota { dtype, shape, axis }, _)) = self.b.definition(x)
            && let Some(value) = self.moved_index(op, *dtype, &shape.clone(), *axis, spec, at)
        {
            return value;
        }
        if (inline || shrinks)
            && depth < SINK_DEPTH
            && let Some((inner, operands)) = self.b.definition(x)
            && is_elementwise(inner)
        {
            let (inner, operands) = (inner.clone(), operands.to_vec());
            let moved = operands
                .into_iter()
                .map(|operand| {
                    let spec = Spec::new(self.b.program.spec(operand).dtype, &spec.shape);
                    self.moved(op, operand, &spec, at, depth + 1)
                })
                .collect();
            return self.push(inner, moved, spec, at);
        }
        self.push(op.clone(), vec![x], spec, at)
    }

    /// Slices and repetitions of an index are indices again, where the dtype counts exactly along the whole axis.
    fn moved_index(&mut self, op: &Op, dtype: DType, shape: &Shape, axis: usize, spec: &Spec, at: At) -> Option<ValueId> {
        let Range { start, step, .. } = match op {
            Op::Expand(_) if shape[axis] == 1 => return Some(self.fill(0.0, spec, at)),
            Op::Slice(ranges) if ranges[axis].len == 1 => return Some(self.fill(ranges[axis].start as f64, spec, at)),
            Op::Slice(ranges) if spec.shape.numel() > 0 => ranges[axis],
            _ => return None,
        };
        let exact = match dtype {
            DType::F16 => shape[axis] <= 1 << 11,
            DType::F32 => shape[axis] <= 1 << 24,
            DType::U32 => step > 0,
            DType::Bool | DType::I32 | DType::F64 => true,
        };
        if !exact {
            return None;
        }
        let index = self.push(Op::Iota { dtype, shape: spec.shape.clone(), axis }, vec![], spec, at);
        let scale = self.fill(step as f64, spec, at);
        let shift = self.fill(start as f64, spec, at);
        let scaled = if step == 1 { index } else { self.push(Op::Binary(Binary::Mul), vec![index, scale], spec, at) };
        Some(if start == 0 { scaled } else { self.push(Op::Binary(Binary::Add), vec![scaled, shift], spec, at) })
    }

    /// A reduction over trailing axes, in two stages where few rows are long.
    fn reduce(&mut self, op: Reduce, axes: &[usize], x: ValueId, at: At) -> ValueId {
        let spec = self.b.program.spec(x).clone();
        let (kept, reduced): (Vec<usize>, Vec<usize>) = (0..spec.shape.rank()).partition(|axis| !axes.contains(axis));
        let kept_shape: Shape = (0..spec.shape.rank()).map(|i| if axes.contains(&i) { 1 } else { spec.shape[i] }).collect();
        let permutation = [kept.as_slice(), reduced.as_slice()].concat();
        let permuted: Shape = permutation.iter().map(|&axis| spec.shape[axis]).collect();
        let longer = |axes: &[usize]| axes.iter().copied().filter(|&axis| spec.shape[axis] != 1).collect::<Vec<_>>();
        let trailing = longer(&permutation).is_sorted();
        let x = if trailing {
            self.push(Op::Reshape(permuted.clone()), vec![x], &Spec::new(spec.dtype, &permuted), at)
        } else {
            self.moved(&Op::Permute(permutation), x, &Spec::new(spec.dtype, &permuted), at, 0)
        };
        let rows: usize = permuted[..kept.len()].iter().product();
        let cols: usize = permuted[kept.len()..].iter().product();
        let value = match split(rows, cols).filter(|_| self.split && !op.is_arg()) {
            None => self.reduce_trailing(op, x, kept.len(), at),
            Some((chunks, length)) => self.reduce_in_two(op, x, (rows, cols), (chunks, length), at),
        };
        let dtype = self.b.program.spec(value).dtype;
        self.push(Op::Reshape(kept_shape.clone()), vec![value], &Spec::new(dtype, kept_shape), at)
    }

    fn reduce_trailing(&mut self, op: Reduce, x: ValueId, kept: usize, at: At) -> ValueId {
        let spec = self.b.program.spec(x).clone();
        let axes: Vec<usize> = (kept..spec.shape.rank()).collect();
        let shape: Shape = spec.shape.iter().enumerate().map(|(i, &n)| if i < kept { n } else { 1 }).collect();
        let dtype = if op.is_arg() { DType::I32 } else { spec.dtype };
        self.push(Op::Reduce { op, axes }, vec![x], &Spec::new(dtype, shape), at)
    }

    fn reduce_in_two(&mut self, op: Reduce, x: ValueId, (rows, cols): (usize, usize), (chunks, length): (usize, usize), at: At) -> ValueId {
        let dtype = self.b.program.spec(x).dtype;
        let flat = Spec::new(dtype, [rows, cols]);
        let x = self.push(Op::Reshape(flat.shape.clone()), vec![x], &flat, at);
        let part = |start: usize, len: usize| Op::Slice(vec![Range { start: 0, len: rows, step: 1 }, Range { start, len, step: 1 }]);
        let even = chunks * length;
        let main = self.push(part(0, even), vec![x], &Spec::new(dtype, [rows, even]), at);
        let split = Spec::new(dtype, [rows, chunks, length]);
        let main = self.push(Op::Reshape(split.shape.clone()), vec![main], &split, at);
        let main = self.reduce_trailing(op, main, 2, at);
        let main = self.push(Op::Reshape([rows, chunks].into()), vec![main], &Spec::new(dtype, [rows, chunks]), at);
        let main = self.reduce_trailing(op, main, 1, at);
        if even == cols {
            return main;
        }
        let rest = self.push(part(even, cols - even), vec![x], &Spec::new(dtype, [rows, cols - even]), at);
        let rest = self.reduce_trailing(op, rest, 1, at);
        let both = match op {
            Reduce::Sum => Op::Binary(Binary::Add),
            Reduce::Prod => Op::Binary(Binary::Mul),
            Reduce::Max | Reduce::ArgMax if dtype == DType::Bool => Op::Binary(Binary::Or),
            Reduce::Min | Reduce::ArgMin if dtype == DType::Bool => Op::Binary(Binary::And),
            Reduce::Max | Reduce::ArgMax => Op::Binary(Binary::Max),
            Reduce::Min | Reduce::ArgMin => Op::Binary(Binary::Min),
        };
        self.push(both, vec![main, rest], &Spec::new(dtype, [rows, 1]), at)
    }
}

/// How to divide the columns of a few long rows: into how many chunks of which length. The rest is less than one chunk.
fn split(rows: usize, cols: usize) -> Option<(usize, usize)> {
    if rows == 0 || rows > FEW_ROWS || cols <= LONG_ROW {
        return None;
    }
    let root = cols.isqrt();
    let length = (root / 2..=root * 2).filter(|n| cols.is_multiple_of(*n)).min_by_key(|n| n.abs_diff(root)).unwrap_or(root);
    Some((cols / length, length))
}
