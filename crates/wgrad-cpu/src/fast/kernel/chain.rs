//! Kernels that are a chain of simple operations on f32, as an optimizer's step is, in one pass.
//!
//! A block of a few vectors goes through all operations before the next one is begun. The block is so short that the processor works on several
//! at once: a division of one hides behind the additions of its neighbours, and nothing is copied between memory and registers twice.
#![allow(clippy::needless_range_loop, clippy::manual_memcpy, reason = "loops over the vectors of a register are unrolled")]

mod ops;

use super::{
    super::{
        outs::{MAX_OUTS, Outs},
        storage::whole,
        walk::Form,
    },
    Action, Dst, Fused, Instr, Level, Order, Source, Src,
    run::{Memory, Scratch},
};
use ops::{One, Two, binary, one, two, unary};
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;
use wgrad_tensor::{DType, Scalar};

/// Vectors of a register.
const WIDTH: usize = 8;
/// Registers; the number is a power of 2, so that an index is checked by a mask.
const REGISTERS: usize = 32;
/// Lanes of the widest vectors.
const MOST_LANES: usize = 16;
/// The most operands in memory.
const LOADS: usize = 16;

/// A kernel as a chain.
#[derive(Debug)]
pub(super) struct Chain {
    /// What registers hold from the beginning: constants, and uniform values.
    fills: Vec<(usize, Src)>,
    /// Registers for loads that repeat themselves in each block.
    patterns: Vec<(usize, usize)>,
    steps: Vec<Step>,
    /// The loads of the kernel that are read.
    loads: Vec<usize>,
}

/// An operation; `d`, `a`, `b` and `c` are registers.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// From the place of a load in [`Chain::loads`].
    Load {
        d: usize,
        load: usize,
    },
    Store {
        store: usize,
        a: usize,
    },
    One {
        op: One,
        d: usize,
        a: usize,
    },
    Two {
        op: Two,
        d: usize,
        a: usize,
        b: usize,
    },
    Select {
        d: usize,
        c: usize,
        a: usize,
        b: usize,
    },
    Copy {
        d: usize,
        a: usize,
    },
}

impl Chain {
    /// `None` where the kernel is not such a chain.
    pub(super) fn new(fused: &Fused) -> Option<Chain> {
        let [phase] = &fused.phases[..] else { return None };
        let flat = fused.rows == 1 && fused.order == Order::Rows && fused.accumulators.is_empty();
        if !flat || !phase.rows.is_empty() || !fused.finish.is_empty() {
            return None;
        }
        let stores = |store: &super::Store| store.dtype == DType::F32 && matches!(store.walk.form(), Form::Contiguous(_));
        if !fused.stores.iter().all(stores) {
            return None;
        }
        let mut building =
            Building { fused, chain: Chain { fills: vec![], patterns: vec![], steps: vec![], loads: vec![] }, own: vec![], next: 0 };
        phase.block.iter().try_for_each(|instr| building.add(instr))?;
        Some(building.chain)
    }

    /// Runs the first positions of a range, and tells how many.
    pub(super) fn run(&self, fused: &Fused, range: Range<usize>, memory: Memory<'_>, outs: &mut Outs<'_>, scratch: &Scratch) -> usize {
        Arch::new().dispatch(Run { chain: self, fused, range, memory, outs, scratch })
    }
}

/// What a register of the chain holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    /// The value that is in a register of the kernel now.
    Value(usize),
    /// All values that are computed to a register of the kernel.
    Computed(usize),
    Load(usize),
    Fill(Src),
}

struct Building<'a> {
    fused: &'a Fused,
    chain: Chain,
    own: Vec<(Held, usize)>,
    next: usize,
}

impl Building<'_> {
    /// The register of a value; new ones are given out until there are none.
    fn register(&mut self, held: Held) -> Option<usize> {
        if let Some(&(_, register)) = self.own.iter().find(|(other, _)| *other == held) {
            return Some(register);
        }
        let register = self.next;
        self.next += 1;
        self.own.push((held, register));
        (register < REGISTERS).then_some(register)
    }

    /// The register for a value that is computed.
    fn define(&mut self, register: usize) -> Option<usize> {
        let own = self.register(Held::Computed(register))?;
        self.hold(register, own);
        Some(own)
    }

    /// Makes a register the one that holds the value of a register of the kernel.
    fn hold(&mut self, register: usize, own: usize) {
        self.own.retain(|(held, _)| *held != Held::Value(register));
        self.own.push((Held::Value(register), own));
    }

    /// Reads a load to a register.
    fn load(&mut self, load: usize) -> Option<usize> {
        let own = &self.fused.loads[load];
        let known = self.own.iter().any(|(held, _)| *held == Held::Load(load));
        if own.dtype != DType::F32 || own.level != Level::Element {
            return None;
        }
        let d = self.register(Held::Load(load))?;
        if !matches!(own.walk.form(), Form::Contiguous(_)) {
            let repeats = matches!(own.source, Source::Buffer(_)) && own.walk.period().is_some();
            self.chain.patterns.push((d, load));
            return repeats.then_some(d);
        }
        if !known {
            self.chain.steps.push(Step::Load { d, load: self.chain.loads.len() });
            self.chain.loads.push(load);
        }
        (self.chain.loads.len() <= LOADS).then_some(d)
    }

    fn operand(&mut self, src: Src) -> Option<usize> {
        match src {
            Src::None => None,
            Src::Register(register) => self.own.iter().find(|(held, _)| *held == Held::Value(register)).map(|&(_, own)| own),
            Src::Load(load) => self.load(load),
            Src::Constant(_) | Src::First(_) | Src::LoadFirst(_) => {
                let known = self.own.iter().any(|(held, _)| *held == Held::Fill(src));
                let register = self.register(Held::Fill(src))?;
                if !known {
                    self.chain.fills.push((register, src));
                }
                Some(register)
            }
        }
    }

    fn add(&mut self, instr: &Instr) -> Option<()> {
        let is_mask = |src: Src| matches!(src, Src::Constant(Scalar::Bool(_)) | Src::Register(_));
        let f32 = instr.dtype == DType::F32;
        if instr.level != Level::Element || !f32 {
            return None;
        }
        let [x, y, z] = instr.src;
        let step = match &instr.action {
            Action::Load(load) => {
                let a = self.load(*load)?;
                let Dst::Register(register) = instr.dst else { return None };
                self.hold(register, a);
                return Some(());
            }
            Action::Copy => Step::Copy { d: 0, a: self.operand(x)? },
            // Masks are 0 and 1.
            Action::Cast(DType::Bool) if is_mask(x) => Step::Copy { d: 0, a: self.operand(x)? },
            Action::Unary(op) => Step::One { op: one(*op)?, d: 0, a: self.operand(x)? },
            Action::Binary(op) => Step::Two { op: two(*op)?, d: 0, a: self.operand(x)?, b: self.operand(y)? },
            Action::Select if is_mask(x) => Step::Select { d: 0, c: self.operand(x)?, a: self.operand(y)?, b: self.operand(z)? },
            Action::Store(store) => {
                let a = self.operand(x)?;
                self.chain.steps.push(Step::Store { store: *store, a });
                return Some(());
            }
            Action::Cast(_) | Action::Select | Action::Index { .. } | Action::Expand | Action::Reduce(_) | Action::Begin(_) => return None,
        };
        let result = match instr.dst {
            Dst::Register(register) => self.define(register)?,
            Dst::Store(_) => self.define(usize::MAX)?,
            Dst::None => return None,
        };
        self.chain.steps.push(step.to(result));
        if let Dst::Store(store) = instr.dst {
            self.chain.steps.push(Step::Store { store, a: result });
        }
        Some(())
    }
}

impl Step {
    /// The step with its result in register `d`.
    fn to(self, d: usize) -> Step {
        match self {
            Step::Load { load, .. } => Step::Load { d, load },
            Step::Store { .. } => self,
            Step::One { op, a, .. } => Step::One { op, d, a },
            Step::Two { op, a, b, .. } => Step::Two { op, d, a, b },
            Step::Select { c, a, b, .. } => Step::Select { d, c, a, b },
            Step::Copy { a, .. } => Step::Copy { d, a },
        }
    }
}

struct Run<'a, 'b> {
    chain: &'a Chain,
    fused: &'a Fused,
    range: Range<usize>,
    memory: Memory<'a>,
    outs: &'a mut Outs<'b>,
    scratch: &'a Scratch,
}

/// What a load reads: a slice that begins with the range, or an output with the element that the range begins with.
#[derive(Clone, Copy)]
enum From<'a> {
    Slice(&'a [f32]),
    Out(usize, usize),
}

impl Run<'_, '_> {
    /// The number that a register is filled with.
    fn fill(&self, src: Src) -> f32 {
        let first = |values: &[f32]| values.first().copied().unwrap_or(0.0);
        match src {
            Src::Constant(value) => value.to_f64() as f32,
            Src::First(register) => first(self.scratch.registers[register].values()),
            Src::LoadFirst(load) => match (self.fused.loads[load].source, self.fused.loads[load].walk.form()) {
                (Source::Buffer(buffer), Form::Uniform(at)) => first(&whole(self.memory.buffers.bytes(buffer))[at..]),
                _ => 0.0,
            },
            Src::None | Src::Register(_) | Src::Load(_) => 0.0,
        }
    }
}

impl WithSimd for Run<'_, '_> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let block = WIDTH * S::F32_LANES;
        let blocks = self.range.len() / block;
        if blocks == 0 || S::F32_LANES > MOST_LANES {
            return 0;
        }
        let mut registers = [[simd.splat_f32s(0.0); WIDTH]; REGISTERS];
        for &(register, src) in &self.chain.fills {
            registers[register % REGISTERS] = [simd.splat_f32s(self.fill(src)); WIDTH];
        }
        let start = self.range.start;
        for &(register, load) in &self.chain.patterns {
            let load = &self.fused.loads[load];
            let (Source::Buffer(buffer), Some((offset, period))) = (load.source, load.walk.period()) else { return 0 };
            if !block.is_multiple_of(period) || !start.is_multiple_of(period) {
                return 0;
            }
            let values: &[f32] = &whole(self.memory.buffers.bytes(buffer))[offset..][..period];
            let mut pattern = [0.0; WIDTH * MOST_LANES];
            pattern[..block].chunks_exact_mut(period).for_each(|part| part.copy_from_slice(values));
            read(simd, &mut registers[register % REGISTERS], &pattern[..block]);
        }
        let outs = self.outs.each();
        let mut loads = [From::Slice(&[]); LOADS];
        for (place, &load) in loads.iter_mut().zip(&self.chain.loads) {
            let load = &self.fused.loads[load];
            let Form::Contiguous(offset) = load.walk.form() else { continue };
            *place = match load.source {
                Source::Buffer(buffer) => From::Slice(&whole(self.memory.buffers.bytes(buffer))[offset + start..]),
                Source::Acc => From::Slice(&whole(self.memory.acc)[start - self.memory.acc_base..]),
                Source::Out(out) => From::Out(out, offset + start - outs[out].0),
            };
        }
        let mut stores = [(0, 0); MAX_OUTS];
        for (place, store) in stores.iter_mut().zip(&self.fused.stores) {
            let Form::Contiguous(offset) = store.walk.form() else { continue };
            *place = (store.out, offset + start - outs[store.out].0);
        }
        for first in (0..blocks).map(|number| number * block) {
            for step in &self.chain.steps {
                match *step {
                    Step::Load { d, load } => {
                        let values = match loads[load % LOADS] {
                            From::Slice(slice) => &slice[first..][..block],
                            From::Out(out, at) => &outs[out % MAX_OUTS].1[at + first..][..block],
                        };
                        read(simd, &mut registers[d % REGISTERS], values);
                    }
                    Step::Store { store, a } => {
                        let (out, at) = stores[store % MAX_OUTS];
                        write(simd, &registers[a % REGISTERS], &mut outs[out % MAX_OUTS].1[at + first..][..block]);
                    }
                    Step::Copy { d, a } => registers[d % REGISTERS] = registers[a % REGISTERS],
                    Step::One { op, d, a } => unary(simd, op, &mut registers, d % REGISTERS, a % REGISTERS),
                    Step::Two { op, d, a, b } => binary(simd, op, &mut registers, d % REGISTERS, [a % REGISTERS, b % REGISTERS]),
                    Step::Select { d, c, a, b } => {
                        let [d, c, a, b] = [d, c, a, b].map(|register| register % REGISTERS);
                        let zero = simd.splat_f32s(0.0);
                        for i in 0..WIDTH {
                            let mask = simd.equal_f32s(registers[c][i], zero);
                            registers[d][i] = simd.select_f32s(mask, registers[b][i], registers[a][i]);
                        }
                    }
                }
            }
        }
        blocks * block
    }
}

#[inline(always)]
fn read<S: Simd>(_: S, register: &mut [S::f32s; WIDTH], values: &[f32]) {
    let (vectors, _) = S::as_simd_f32s(values);
    for i in 0..WIDTH {
        register[i] = vectors[i];
    }
}

#[inline(always)]
fn write<S: Simd>(_: S, register: &[S::f32s; WIDTH], values: &mut [f32]) {
    let (vectors, _) = S::as_mut_simd_f32s(values);
    for i in 0..WIDTH {
        vectors[i] = register[i];
    }
}
