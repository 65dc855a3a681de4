//! Runs one instruction on one block.

use super::{
    super::{
        outs::Outs,
        simd::{Lanes, map, zip3},
        storage::{Buffer, whole, whole_mut},
        walk::Form,
    },
    Action, Dst, Fused, Instr, Level, Order, Source, Src, is_natural,
    ops::{self, Lane},
    reduce,
    run::{Block, Memory, Scratch},
    width,
};
use half::{f16, slice::HalfFloatSliceExt};
use wgrad_tensor::{DType, Scalar};

impl Fused {
    pub(super) fn run_instr(&self, instr: &Instr, block: Block, memory: Memory<'_>, outs: &mut Outs<'_>, scratch: &mut Scratch) {
        match &instr.action {
            Action::Begin(accumulator) => self.begin_accumulator(*accumulator, block.rows, scratch),
            Action::Reduce(accumulator) => by_lane!(instr.dtype, T => self.accumulate::<T>(*accumulator, instr, block, memory, scratch)),
            Action::Store(store) => by_lane!(instr.dtype, T => self.store::<T>(*store, instr, block, memory, outs, &scratch.registers)),
            Action::Load(_)
            | Action::Index { .. }
            | Action::Unary(_)
            | Action::Binary(_)
            | Action::Select
            | Action::Cast(_)
            | Action::Expand
            | Action::Copy => self.run_value(instr, block, memory, outs, scratch),
        }
    }

    /// An instruction with a result.
    fn run_value(&self, instr: &Instr, block: Block, memory: Memory<'_>, outs: &mut Outs<'_>, scratch: &mut Scratch) {
        let numbers = if matches!(instr.action, Action::Expand) { block.rows * block.cols } else { numbers(instr.level, block) };
        let size = width(instr.result());
        match instr.dst {
            Dst::None => {}
            Dst::Register(register) => {
                // The destination is never an operand, so it can be taken out of the list while the operands are read.
                let mut taken = std::mem::take(&mut scratch.registers[register]);
                let target = &mut taken.bytes_mut()[..numbers * size];
                match instr.action {
                    Action::Load(load) => self.load(load, block, memory, outs, target),
                    Action::Index { .. }
                    | Action::Unary(_)
                    | Action::Binary(_)
                    | Action::Select
                    | Action::Cast(_)
                    | Action::Expand
                    | Action::Copy
                    | Action::Reduce(_)
                    | Action::Begin(_)
                    | Action::Store(_) => self.compute(instr, block, memory, &scratch.registers, target),
                }
                if instr.result() == DType::F16 {
                    round(whole_mut(target), &mut scratch.halves);
                }
                scratch.registers[register] = taken;
            }
            Dst::Store(store) => {
                let store = &self.stores[store];
                let none = Outs::default();
                let (base, bytes) = outs.get(store.out).values::<u8>();
                let first = (store.walk.element(self.start(block)) - base) * size;
                let target = &mut bytes[first..first + numbers * size];
                match instr.action {
                    Action::Load(load) => self.load(load, block, memory, &none, target),
                    Action::Index { .. }
                    | Action::Unary(_)
                    | Action::Binary(_)
                    | Action::Select
                    | Action::Cast(_)
                    | Action::Expand
                    | Action::Copy
                    | Action::Reduce(_)
                    | Action::Begin(_)
                    | Action::Store(_) => self.compute(instr, block, memory, &scratch.registers, target),
                }
            }
        }
    }

    /// The linear position of a block's first position; in columns where these hold all rows.
    fn start(&self, block: Block) -> usize {
        match self.order {
            Order::Rows => block.row * self.cols + block.col,
            Order::Columns => block.col * self.rows + block.row,
        }
    }

    /// Calls `f(first linear position, first place in the register, number)` for the stretches of linear positions of a block.
    fn stretches(&self, level: Level, block: Block, mut f: impl FnMut(usize, usize, usize)) {
        match (level, self.order) {
            (Level::Uniform, _) => f(0, 0, 1),
            (Level::Row, _) => f(block.row, 0, block.rows),
            (Level::Element, Order::Columns) if block.rows < self.rows => {
                (0..block.cols).for_each(|col| f((block.col + col) * self.rows + block.row, col * block.rows, block.rows));
            }
            (Level::Element, _) => f(self.start(block), 0, block.rows * block.cols),
        }
    }

    /// The operand of an instruction that computes `numbers(instr.level, block)` numbers.
    fn lanes<'s, T: Lane>(&self, src: Src, level: Level, block: Block, memory: Memory<'s>, registers: &'s [Buffer]) -> Lanes<'s, T> {
        let n = numbers(level, block);
        match src {
            Src::None => Lanes::Slice(&[]),
            Src::Constant(value) => Lanes::Splat(T::from_scalar(value)),
            Src::Register(register) => Lanes::Slice(&registers[register].values()[..n]),
            Src::First(register) => registers[register].values().first().map_or(Lanes::Slice(&[]), |&v| Lanes::Splat(v)),
            Src::Load(load) => Lanes::Slice(self.borrow(load, block, memory, n)),
            Src::LoadFirst(load) => self.borrow(load, block, memory, 1).first().map_or(Lanes::Slice(&[]), |&v| Lanes::Splat(v)),
        }
    }

    /// Elements of a contiguous load, in place.
    fn borrow<'s, T: Lane>(&self, load: usize, block: Block, memory: Memory<'s>, n: usize) -> &'s [T] {
        let load = &self.loads[load];
        let start = match load.level {
            Level::Uniform => 0,
            Level::Row => block.row,
            Level::Element => self.start(block),
        };
        match load.source {
            Source::Acc => &whole(memory.acc)[start - memory.acc_base..][..n],
            Source::Buffer(buffer) => match load.walk.form() {
                Form::Contiguous(offset) => &whole(memory.buffers.bytes(buffer))[offset + start..][..n],
                Form::Uniform(offset) => &whole(memory.buffers.bytes(buffer))[offset..][..n.min(1)],
                Form::General => &[],
            },
            Source::Out(_) => &[],
        }
    }

    /// Copies the positions of a block to a register.
    fn load(&self, load: usize, block: Block, memory: Memory<'_>, outs: &Outs<'_>, target: &mut [u8]) {
        let load = &self.loads[load];
        let (base, bytes) = match load.source {
            Source::Buffer(buffer) => (0, memory.buffers.bytes(buffer)),
            Source::Out(out) => memory.outs.unwrap_or(outs).read(out),
            // Sums of f16 are f32.
            Source::Acc => {
                let target = whole_mut::<u32>(target);
                let start = self.start(block) - memory.acc_base;
                return target.copy_from_slice(&whole(memory.acc)[start..][..target.len()]);
            }
        };
        if let (true, Form::Contiguous(offset)) = (is_natural(load.dtype), load.walk.form()) {
            let size = width(load.dtype);
            return self.stretches(load.level, block, |start, at, n| {
                let from = (offset + start - base) * size;
                target[at * size..(at + n) * size].copy_from_slice(&bytes[from..from + n * size]);
            });
        }
        let fill = load.walk.fill().unwrap_or(Scalar::Bool(false));
        self.stretches(load.level, block, |start, at, n| match load.dtype {
            DType::Bool => {
                let out = &mut whole_mut::<u32>(target)[at..at + n];
                load.walk.read((base, bytes), start, out, Lane::from_scalar(fill), |v| u32::from(v != 0));
            }
            DType::F16 => {
                let out = &mut whole_mut::<f32>(target)[at..at + n];
                load.walk.read((base, whole::<f16>(bytes)), start, out, Lane::from_scalar(fill), f16::to_f32);
            }
            DType::I32 | DType::U32 | DType::F32 | DType::F64 => by_lane!(load.dtype, T => {
                let out = &mut whole_mut::<T>(target)[at..at + n];
                load.walk.read((base, whole::<T>(bytes)), start, out, Lane::from_scalar(fill), |v| v);
            }),
        });
    }

    fn store<T: Lane>(&self, store: usize, instr: &Instr, block: Block, memory: Memory<'_>, outs: &mut Outs<'_>, registers: &[Buffer]) {
        let Lanes::Slice(values) = self.lanes::<T>(instr.src[0], instr.level, block, memory, registers) else { return };
        let store = &self.stores[store];
        let out = outs.get(store.out);
        if let (true, Form::Contiguous(offset)) = (is_natural(store.dtype), store.walk.form()) {
            let (base, out) = out.values::<T>();
            return self.stretches(store.level, block, |start, at, n| {
                out[offset + start - base..][..n].copy_from_slice(&values[at..at + n]);
            });
        }
        self.stretches(store.level, block, |start, at, n| {
            let values = &values[at..at + n];
            match store.dtype {
                DType::Bool => store.walk.write(out.values::<u8>(), start, whole::<u32>(bytemuck::cast_slice(values)), |v| v as u8),
                DType::F16 => store.walk.write(out.values::<f16>(), start, whole::<f32>(bytemuck::cast_slice(values)), f16::from_f32),
                DType::I32 | DType::U32 | DType::F32 | DType::F64 => store.walk.write(out.values::<T>(), start, values, |v| v),
            }
        });
    }

    fn compute(&self, instr: &Instr, block: Block, memory: Memory<'_>, registers: &[Buffer], target: &mut [u8]) {
        let [a, b, c] = instr.src;
        match &instr.action {
            Action::Index { inner, n } => by_lane!(instr.dtype, T => self.index::<T>(*inner, *n, instr.level, block, whole_mut(target))),
            Action::Unary(op) => by_lane!(instr.dtype, T => {
                T::unary(*op, whole_mut(target), self.lanes(a, instr.level, block, memory, registers));
            }),
            Action::Binary(op) => by_lane!(instr.dtype, T => {
                let a = self.lanes::<T>(a, instr.level, block, memory, registers);
                let b = self.lanes::<T>(b, instr.level, block, memory, registers);
                if op.is_comparison() {
                    ops::compare(*op, whole_mut(target), a, b);
                } else {
                    ops::binary(*op, whole_mut(target), a, b);
                }
            }),
            Action::Select => by_lane!(instr.dtype, T => {
                let condition = self.lanes::<u32>(a, instr.level, block, memory, registers);
                let a = self.lanes::<T>(b, instr.level, block, memory, registers);
                let b = self.lanes::<T>(c, instr.level, block, memory, registers);
                zip3(whole_mut(target), condition, a, b, |c, a, b| if c != 0 { a } else { b });
            }),
            Action::Cast(from) => by_lane!(*from, T => {
                cast(self.lanes::<T>(a, instr.level, block, memory, registers), instr.dtype, target);
            }),
            Action::Expand => by_lane!(instr.dtype, T => {
                self.expand(self.lanes::<T>(a, instr.level, block, memory, registers), block, whole_mut(target));
            }),
            Action::Copy => by_lane!(instr.dtype, T => {
                map(whole_mut(target), self.lanes::<T>(a, instr.level, block, memory, registers), |v| v);
            }),
            // These have no register as a result.
            Action::Load(_) | Action::Reduce(_) | Action::Begin(_) | Action::Store(_) => {}
        }
    }

    /// Row values, repeated along their rows.
    fn expand<T: Lane>(&self, rows: Lanes<'_, T>, block: Block, out: &mut [T]) {
        match (rows, self.order) {
            (Lanes::Splat(value), _) => out.fill(value),
            (Lanes::Slice(rows), Order::Rows) => {
                out.chunks_exact_mut(block.cols.max(1)).zip(rows).for_each(|(out, &value)| out.fill(value));
            }
            (Lanes::Slice(rows), Order::Columns) => {
                out.chunks_exact_mut(block.rows.max(1)).for_each(|out| out.copy_from_slice(rows));
            }
        }
    }

    /// `position / inner % n`
    fn index<T: Lane>(&self, inner: usize, n: usize, level: Level, block: Block, out: &mut [T]) {
        let position = |i: usize| match (level, self.order) {
            (Level::Uniform, _) => 0,
            (Level::Row, _) => block.row + i,
            (Level::Element, Order::Rows) => self.start(block) + i,
            (Level::Element, Order::Columns) => (block.row + i % block.rows) * self.cols + block.col + i / block.rows,
        };
        for (i, out) in out.iter_mut().enumerate() {
            *out = T::from_scalar(Scalar::F64((position(i) / inner % n) as f64));
        }
    }

    fn accumulate<T: Lane>(&self, accumulator: usize, instr: &Instr, block: Block, memory: Memory<'_>, scratch: &mut Scratch) {
        let accumulator = self.accumulators[accumulator];
        let mut taken = std::mem::take(&mut scratch.registers[accumulator.value]);
        let total = &mut taken.values_mut::<T>()[..block.rows];
        if let Some(index) = accumulator.index {
            let mut indices = std::mem::take(&mut scratch.registers[index]);
            if let Lanes::Slice(values) = self.lanes::<T>(instr.src[0], Level::Element, block, memory, &scratch.registers) {
                let all = total.iter_mut().zip(indices.values_mut::<i32>()).enumerate();
                for (row, (best, index)) in all {
                    for col in 0..block.cols {
                        let value = match self.order {
                            Order::Rows => values[row * block.cols + col],
                            Order::Columns => values[col * block.rows + row],
                        };
                        if reduce::beats(accumulator.op, value, *best) {
                            (*best, *index) = (value, (block.col + col) as i32);
                        }
                    }
                }
            }
            scratch.registers[index] = indices;
        } else if let Lanes::Slice(values) = self.lanes::<T>(instr.src[0], Level::Element, block, memory, &scratch.registers) {
            match self.order {
                Order::Rows => reduce::rows(accumulator.op, accumulator.dtype, total, values, block.cols),
                Order::Columns => reduce::columns(accumulator.op, accumulator.dtype, total, values),
            }
        }
        scratch.registers[accumulator.value] = taken;
    }
}

/// How many numbers an instruction of a level computes.
fn numbers(level: Level, block: Block) -> usize {
    match level {
        Level::Uniform => 1,
        Level::Row => block.rows,
        Level::Element => block.rows * block.cols,
    }
}

/// Rounds to the nearest f16.
fn round(values: &mut [f32], halves: &mut Vec<f16>) {
    halves.resize(values.len(), f16::ZERO);
    halves.convert_from_f32_slice(values);
    halves.convert_to_f32_slice(values);
}

/// Conversion as [`Scalar::from_f64`] defines it.
fn cast<T: Lane + Into<f64>>(a: Lanes<'_, T>, to: DType, target: &mut [u8]) {
    match to {
        DType::Bool => map(whole_mut::<u32>(target), a, |v| u32::from(v != T::ZERO)),
        DType::I32 => map(whole_mut::<i32>(target), a, |v| Into::<f64>::into(v) as i32),
        DType::U32 => map(whole_mut::<u32>(target), a, |v| Into::<f64>::into(v) as u32),
        DType::F16 => map(whole_mut::<f32>(target), a, |v| f16::from_f64(v.into()).to_f32()),
        DType::F32 => map(whole_mut::<f32>(target), a, |v| Into::<f64>::into(v) as f32),
        DType::F64 => map(whole_mut::<f64>(target), a, Into::<f64>::into),
    }
}
