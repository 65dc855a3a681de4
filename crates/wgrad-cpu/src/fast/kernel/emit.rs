//! Instructions for a list of lines and stores, with registers that are reused as soon as their values are dead.

use super::{
    super::walk::Form,
    Action, Dst, Instr, Level, Order, Source, Src,
    compile::{Compiler, Item, Place},
    is_natural, width,
};
use std::collections::HashMap;
use wgrad_tensor::{
    DType,
    plan::{Code, LineId},
};

impl<'a> Compiler<'a> {
    /// Instructions for `items`; element registers live from their line to their last use.
    pub(super) fn emit(&mut self, items: &[Item]) -> Vec<Instr> {
        let mut last_use: HashMap<LineId, usize> = HashMap::new();
        let mut uses_of: HashMap<LineId, usize> = HashMap::new();
        for (i, item) in items.iter().enumerate() {
            for line in self.operands_of(*item) {
                last_use.insert(line, i);
                *uses_of.entry(line).or_default() += 1;
            }
        }
        let mut out = Vec::new();
        let mut expanded: HashMap<LineId, usize> = HashMap::new();
        let mut skip = None;
        for (i, item) in items.iter().enumerate() {
            match *item {
                Item::Line(line) if self.places[line].is_none() => {
                    let direct = self.direct_store(line, items.get(i + 1), uses_of.get(&line));
                    self.emit_line(line, direct, &mut expanded, &mut out);
                    skip = direct;
                }
                Item::Line(line) => self.emit_reduction(line, &mut expanded, &mut out),
                Item::Store(store) if skip == Some(store) => {}
                Item::Store(store) => {
                    let line = self.kernel.stores[store].0;
                    let level = self.fused.stores[store].level;
                    let src = self.filled(line, level, &mut expanded, &mut out);
                    let dtype = self.kernel.code[line].dtype;
                    out.push(Instr { action: Action::Store(store), dtype, level, dst: Dst::None, src: [src, Src::None, Src::None] });
                }
            }
            for line in self.operands_of(*item) {
                if last_use.get(&line) == Some(&i) {
                    self.release(line, &mut expanded);
                    last_use.remove(&line);
                }
            }
            if let Item::Line(line) = *item
                && !uses_of.contains_key(&line)
                && self.levels[line] == Level::Element
            {
                self.release(line, &mut expanded);
            }
        }
        for (line, register) in expanded {
            self.free[class(self.kernel.code[line].dtype)].push(register);
        }
        out
    }

    fn operands_of(&self, item: Item) -> Vec<LineId> {
        match item {
            Item::Line(line) => uses(&self.kernel.code[line].code).into_iter().flatten().collect(),
            Item::Store(store) => vec![self.kernel.stores[store].0],
        }
    }

    /// Gives the registers of a dead element value, and of the expansion of a row value, back.
    fn release(&mut self, line: LineId, expanded: &mut HashMap<LineId, usize>) {
        let class = class(self.kernel.code[line].dtype);
        if let Some(register) = expanded.remove(&line) {
            self.free[class].push(register);
        }
        if self.levels[line] == Level::Element
            && let Some(Place::Register(register)) = self.places[line]
        {
            self.free[class].push(register);
            self.places[line] = None;
        }
    }

    /// The store that a line can write straight to: its only use, contiguous, in the form of registers.
    fn direct_store(&self, line: LineId, next: Option<&Item>, uses: Option<&usize>) -> Option<usize> {
        let Some(&Item::Store(store)) = next else { return None };
        let target = &self.fused.stores[store];
        let contiguous = matches!(target.walk.form(), Form::Contiguous(_));
        let own = self.kernel.stores[store].0 == line && uses == Some(&1);
        let loads_out = self.load_of(line).is_some_and(|load| matches!(self.fused.loads[load].source, Source::Out(_)));
        let same = self.levels[line] == Level::Element && target.level == Level::Element && self.fused.order == Order::Rows;
        (own && contiguous && same && !loads_out && is_natural(target.dtype)).then_some(store)
    }

    /// The number of the load that a line makes.
    fn load_of(&self, line: LineId) -> Option<usize> {
        let is_load = |code: &Code| matches!(code, Code::Load(_) | Code::Acc);
        let code = &self.kernel.code;
        is_load(&code[line].code).then(|| code[..line].iter().filter(|line| is_load(&line.code)).count())
    }

    fn emit_line(&mut self, line: LineId, direct: Option<usize>, expanded: &mut HashMap<LineId, usize>, out: &mut Vec<Instr>) {
        let kernel = self.kernel;
        let level = self.levels[line];
        let dtype = kernel.code[line].dtype;
        let mut operand = |compiler: &mut Self, line: LineId| compiler.operand(line, level, expanded, out);
        let none = Src::None;
        let (action, dtype_of_action, src) = match &kernel.code[line].code {
            Code::Load(_) | Code::Acc => (Action::Load(self.load_of(line).unwrap_or(0)), dtype, [none; 3]),
            Code::Index { shape, axis } => {
                let inner = shape.iter().skip(axis + 1).product::<usize>().max(1);
                (Action::Index { inner, n: shape.get(*axis).copied().unwrap_or(1).max(1) }, dtype, [none; 3])
            }
            Code::Unary(op, a) => (Action::Unary(*op), dtype, [operand(self, *a), none, none]),
            Code::Binary(op, a, b) => (Action::Binary(*op), kernel.code[*a].dtype, [operand(self, *a), operand(self, *b), none]),
            Code::Select(c, a, b) => (Action::Select, dtype, [operand(self, *c), operand(self, *a), operand(self, *b)]),
            Code::Cast(a) => (Action::Cast(kernel.code[*a].dtype), dtype, [operand(self, *a), none, none]),
            // Both have a place already.
            Code::Constant(_) | Code::Reduce(..) => return,
        };
        let dst = match direct {
            Some(store) => Dst::Store(store),
            None => {
                let register = self.register(level, dtype);
                self.places[line] = Some(Place::Register(register));
                Dst::Register(register)
            }
        };
        out.push(Instr { action, dtype: dtype_of_action, level, dst, src });
    }

    /// The reduction of a line, if it is one; in blocks of whole rows it also begins here.
    fn emit_reduction(&mut self, line: LineId, expanded: &mut HashMap<LineId, usize>, out: &mut Vec<Instr>) {
        let Code::Reduce(_, operand) = self.kernel.code[line].code else { return };
        let Some(&accumulator) = self.accumulators.get(&line) else { return };
        let dtype = self.kernel.code[operand].dtype;
        if self.whole_rows {
            let action = Action::Begin(accumulator);
            out.push(Instr { action, dtype, level: Level::Row, dst: Dst::None, src: [Src::None; 3] });
        }
        let src = self.filled(operand, Level::Element, expanded, out);
        let action = Action::Reduce(accumulator);
        out.push(Instr { action, dtype, level: Level::Element, dst: Dst::None, src: [src, Src::None, Src::None] });
    }

    fn register(&mut self, level: Level, dtype: DType) -> usize {
        let fused = &mut self.fused;
        let numbers = match level {
            Level::Uniform => 1,
            Level::Row => fused.block_rows,
            Level::Element => fused.block_rows * fused.block_cols,
        };
        if level == Level::Element
            && let Some(register) = self.free[class(dtype)].pop()
        {
            return register;
        }
        fused.registers.push(numbers * width(dtype));
        fused.registers.len() - 1
    }

    /// How an instruction of `level` reads a line: a value of a lower level stands for all, or is expanded first.
    fn operand(&mut self, line: LineId, level: Level, expanded: &mut HashMap<LineId, usize>, out: &mut Vec<Instr>) -> Src {
        let own = self.levels[line];
        let expand = own == Level::Row && level == Level::Element && self.fused.block_rows > 1;
        let src = match self.places[line] {
            Some(Place::Constant(value)) => return Src::Constant(value),
            Some(Place::Register(register)) if own == level || expand => Src::Register(register),
            Some(Place::Register(register)) => Src::First(register),
            Some(Place::Load(load)) if own == level || expand => Src::Load(load),
            Some(Place::Load(load)) => Src::LoadFirst(load),
            None => Src::None,
        };
        if !expand {
            return src;
        }
        if let Some(&register) = expanded.get(&line) {
            return Src::Register(register);
        }
        let dtype = self.kernel.code[line].dtype;
        let register = self.register(Level::Element, dtype);
        expanded.insert(line, register);
        out.push(Instr {
            action: Action::Expand,
            dtype,
            level: Level::Row,
            dst: Dst::Register(register),
            src: [src, Src::None, Src::None],
        });
        Src::Register(register)
    }

    /// As [`Self::operand`], but never one number for all.
    fn filled(&mut self, line: LineId, level: Level, expanded: &mut HashMap<LineId, usize>, out: &mut Vec<Instr>) -> Src {
        let src = self.operand(line, level, expanded, out);
        if matches!(src, Src::Register(_) | Src::Load(_)) {
            return src;
        }
        let dtype = self.kernel.code[line].dtype;
        let register = match expanded.get(&line) {
            Some(&register) => register,
            None => self.register(level, dtype),
        };
        if level == Level::Element {
            expanded.insert(line, register);
        }
        out.push(Instr { action: Action::Copy, dtype, level, dst: Dst::Register(register), src: [src, Src::None, Src::None] });
        Src::Register(register)
    }
}

/// The list of free registers for a dtype.
fn class(dtype: DType) -> usize {
    usize::from(width(dtype) == 8)
}

/// The lines that a line uses.
pub(super) fn uses(code: &Code) -> [Option<LineId>; 3] {
    match *code {
        Code::Load(_) | Code::Acc | Code::Constant(_) | Code::Index { .. } => [None; 3],
        Code::Unary(_, a) | Code::Cast(a) | Code::Reduce(_, a) => [Some(a), None, None],
        Code::Binary(_, a, b) => [Some(a), Some(b), None],
        Code::Select(c, a, b) => [Some(c), Some(a), Some(b)],
    }
}
