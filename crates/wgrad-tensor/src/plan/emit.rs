//! Groups become steps.

use super::{
    Code, Convolution, Kernel, Level, Line, LineId, Loop, MatMul, Operand, Plan, PlanOptions, Step,
    group::{Form, GroupId, Grouping, Link},
    prepare::uniform,
    settle::as_matrices,
    store::Storage,
};
use crate::{Error, Op, Result, ValueId};
use std::collections::HashMap;

/// The steps of a group, none where it stores nothing.
pub(super) fn emit(
    grouping: &Grouping<'_>,
    storage: &Storage,
    stored: &[bool],
    group: GroupId,
    options: &PlanOptions,
) -> Result<Vec<Step>> {
    let emitter = Emitter { grouping, storage, stored, group };
    match grouping.groups[group].form {
        Form::Gone => Ok(vec![]),
        Form::Kernel => Ok(emitter.kernel(None)?.into_iter().map(Step::Kernel).collect()),
        Form::Epilogue(anchor) => Ok(emitter.with_epilogue(anchor)?.into_iter().collect()),
        Form::Alone(value) => emitter.alone(value, options),
    }
}

struct Emitter<'a> {
    grouping: &'a Grouping<'a>,
    storage: &'a Storage,
    stored: &'a [bool],
    group: GroupId,
}

fn lost(what: &str, value: ValueId) -> Error {
    Error::InvalidProgram(format!("%{value}: the plan has no {what}"))
}

impl Emitter<'_> {
    /// The code of the group's members, `acc` standing for the sums of a matmul or convolution.
    fn kernel(&self, acc: Option<ValueId>) -> Result<Option<Kernel>> {
        let group = &self.grouping.groups[self.group];
        let members = || group.members.iter().copied();
        let kept: Vec<ValueId> = members().filter(|&m| self.stored[m] && self.grouping.numel(m) > 0).collect();
        if kept.is_empty() {
            return Ok(None);
        }
        let cols = group.cols.unwrap_or(1);
        // Rows have elements: what a reduction of none gives is a constant (`empty.rs`).
        let rows = group.total.checked_div(cols).ok_or_else(|| lost("columns", kept[0]))?;
        let mut code = CodeBuilder { emitter: self, cols, lines: vec![], loads: vec![], inline: HashMap::new(), members: HashMap::new() };
        for member in members() {
            let line = if Some(member) == acc {
                code.push(Code::Acc, self.grouping.program.spec(member).dtype, Level::Element)
            } else {
                code.member(member)?
            };
            code.members.insert(member, line);
        }
        let stores = kept.iter().map(|&member| Ok((code.members[&member], self.target(member)?))).collect::<Result<Vec<_>>>()?;
        Ok(Some(Kernel { rows, cols, code: code.lines, stores }))
    }

    /// Where a value is stored, with as few axes as possible.
    fn target(&self, value: ValueId) -> Result<Operand> {
        let place = self.storage.places[value].as_ref().ok_or_else(|| lost("place", value))?;
        Ok(Operand { buffer: place.buffer, view: place.view.simplified() })
    }

    /// Operand `index` of a member as it is loaded.
    fn loaded(&self, member: ValueId, index: usize) -> Result<Operand> {
        match self.grouping.links[member].get(index) {
            Some(Link::Load(source, view)) => self.storage.operand(*source, view).ok_or_else(|| lost("place", *source)),
            Some(Link::Inline(_) | Link::Member(_) | Link::Light(..)) | None => Err(lost("operand", member)),
        }
    }

    fn with_epilogue(&self, anchor: ValueId) -> Result<Option<Step>> {
        let Some(epilogue) = self.kernel(Some(anchor))? else { return Ok(None) };
        let spec = self.grouping.program.spec(anchor);
        let (lhs, rhs) = (self.loaded(anchor, 0)?, self.loaded(anchor, 1)?);
        if let Some(Op::Conv(conv)) = self.grouping.op(anchor) {
            let (conv, out_shape) = (conv.clone(), spec.shape.to_vec());
            return Ok(Some(Step::Conv(Convolution { lhs, rhs, conv, out_shape, dtype: spec.dtype, epilogue })));
        }
        let flat = |x: &Operand| {
            let view = x.view.moved(&Op::Reshape(as_matrices(&x.view.shape).into()));
            view.map(|view| Operand { buffer: x.buffer, view }).ok_or_else(|| lost("matrix view", anchor))
        };
        let (a, b) = (flat(&lhs)?, flat(&rhs)?);
        let (batch, m, k, n) = (a.view.shape[0], a.view.shape[1], a.view.shape[2], b.view.shape[2]);
        Ok(Some(Step::MatMul(MatMul { a, b, batch, m, k, n, dtype: spec.dtype, epilogue, b_sum: None })))
    }

    fn alone(&self, value: ValueId, options: &PlanOptions) -> Result<Vec<Step>> {
        let Some(op) = self.grouping.op(value) else { return Ok(vec![]) };
        if let Op::Scan(scan) = op {
            return Ok(vec![self.scan(value, scan, options)?]);
        }
        if !self.stored[value] || self.grouping.numel(value) == 0 {
            return Ok(vec![]);
        }
        let operand = |index: usize| self.loaded(value, index);
        let whole = || -> Result<Operand> {
            let place = self.storage.places[value].clone();
            place.ok_or_else(|| lost("place", value))
        };
        let step = match op {
            Op::WindowSum(window) => Step::WindowSum { x: operand(0)?, window: window.clone(), out: whole()? },
            Op::WindowSelect(window) => Step::WindowSelect { x: operand(0)?, v: operand(1)?, window: window.clone(), out: whole()? },
            Op::WindowScatter(window) => Step::WindowScatter { x: operand(0)?, g: operand(1)?, window: window.clone(), out: whole()? },
            Op::Gather { axis } => Step::Gather { x: operand(0)?, indices: operand(1)?, axis: *axis, out: whole()? },
            Op::ScatterAdd { axis } => {
                Step::ScatterAdd { x: operand(0)?, indices: operand(1)?, updates: operand(2)?, axis: *axis, out: whole()? }
            }
            Op::ArgSort { axis, descending } => Step::ArgSort { x: operand(0)?, axis: *axis, descending: *descending, out: whole()? },
            Op::CumSum { axis, reverse } => Step::CumSum { x: operand(0)?, axis: *axis, reverse: *reverse, out: whole()? },
            Op::Random { stream, .. } => Step::Random { key: operand(0)?, stream: *stream, out: whole()? },
            Op::Pad { padding, fill } => return self.spread(value, padding, *fill),
            // Its parts are stored in place; a scan stores its results itself.
            Op::Concat { .. } | Op::Part(_) => return Ok(vec![]),
            Op::Constant(_)
            | Op::Iota { .. }
            | Op::Unary(_)
            | Op::Binary(_)
            | Op::Select
            | Op::Cast(_)
            | Op::StopGradient
            | Op::Barrier
            | Op::Reduce { .. }
            | Op::Reshape(_)
            | Op::Permute(_)
            | Op::Expand(_)
            | Op::Slice(_)
            | Op::MatMul
            | Op::Conv(_)
            | Op::Scan(_) => return Err(lost("step of its own", value)),
        };
        Ok(vec![step])
    }

    /// Interior padding: fill everything, then store the elements at their distance.
    fn spread(&self, value: ValueId, padding: &[crate::Padding], fill: crate::Scalar) -> Result<Vec<Step>> {
        let place = self.storage.places[value].clone().ok_or_else(|| lost("place", value))?;
        let x = self.loaded(value, 0)?;
        let line = |code| Line { code, dtype: fill.dtype(), level: Level::Element };
        let kernel = |code, target: Operand| {
            let rows = target.view.numel();
            Step::Kernel(Kernel { rows, cols: 1, code: vec![line(code)], stores: vec![(0, target)] })
        };
        let mut inner = place.clone();
        for (axis, p) in padding.iter().enumerate() {
            inner.view.shape[axis] = x.view.shape[axis];
            inner.view.offset += p.low as isize * place.view.strides[axis];
            inner.view.strides[axis] = place.view.strides[axis] * (p.interior as isize + 1);
        }
        inner.view = inner.view.simplified();
        let whole = Operand { buffer: place.buffer, view: place.view.simplified() };
        let x = Operand { buffer: x.buffer, view: x.view.simplified() };
        let filled = kernel(Code::Constant(fill), whole);
        if x.view.numel() == 0 {
            return Ok(vec![filled]);
        }
        Ok(vec![filled, kernel(Code::Load(x), inner)])
    }

    fn scan(&self, value: ValueId, scan: &crate::Scan, options: &PlanOptions) -> Result<Step> {
        let operands = (0..scan.body.inputs.len()).map(|i| self.loaded(value, i)).collect::<Result<Vec<_>>>()?;
        let (carries, rest) = operands.split_at(scan.carries);
        let (sequences, constants) = rest.split_at(scan.sequences);
        let out = self.storage.results.get(&value).cloned().ok_or_else(|| lost("place of its results", value))?;
        Ok(Step::Scan(Box::new(Loop {
            plan: Plan::new(&scan.body, options)?,
            body: scan.body.clone(),
            carries: carries.to_vec(),
            sequences: sequences.to_vec(),
            constants: constants.to_vec(),
            length: scan.length,
            reverse: scan.reverse,
            out,
        })))
    }
}

/// The lines of a kernel in the making.
struct CodeBuilder<'a> {
    emitter: &'a Emitter<'a>,
    cols: usize,
    lines: Vec<Line>,
    loads: Vec<LineId>,
    inline: HashMap<(ValueId, Level), LineId>,
    members: HashMap<ValueId, LineId>,
}

impl CodeBuilder<'_> {
    fn push(&mut self, code: Code, dtype: crate::DType, level: Level) -> LineId {
        self.lines.push(Line { code, dtype, level });
        self.lines.len() - 1
    }

    fn member(&mut self, member: ValueId) -> Result<LineId> {
        let grouping = self.emitter.grouping;
        let instr = grouping.program.instr(member).ok_or_else(|| lost("instruction", member))?;
        let is_reduce = matches!(instr.op, Op::Reduce { .. });
        let level = if grouping.is_row[member] && !is_reduce { Level::Row } else { Level::Element };
        let links = &grouping.links[member];
        if *links == [Link::Inline(member)] {
            // What would be computed in place is stored, because a step of its own reads it.
            return self.inline(member, level);
        }
        let mut operands = links.iter().map(|link| self.operand(link, level)).collect::<Result<Vec<_>>>()?;
        if let (true, &[x]) = (is_reduce, operands.as_slice())
            && self.lines[x].level == Level::Row
        {
            // The operand was the same along the row and became a row value; reductions run over elements.
            operands = vec![self.push(Code::Cast(x), self.lines[x].dtype, Level::Element)];
        }
        let result = if grouping.is_row[member] { Level::Row } else { Level::Element };
        self.operation(&instr.op, &operands, instr.spec.dtype, result).ok_or_else(|| lost("code", member))
    }

    /// The line of an operation; a movement or copy is the line of what it copies.
    fn operation(&mut self, op: &Op, operands: &[LineId], dtype: crate::DType, level: Level) -> Option<LineId> {
        let code = match (op, operands) {
            (Op::Unary(op), &[x]) => Code::Unary(*op, x),
            (Op::Binary(op), &[a, b]) => Code::Binary(*op, a, b),
            (Op::Select, &[c, a, b]) => Code::Select(c, a, b),
            (Op::Cast(_), &[x]) => Code::Cast(x),
            (Op::Reduce { op, .. }, &[x]) => Code::Reduce(*op, x),
            (Op::StopGradient | Op::Barrier | Op::Reshape(_) | Op::Permute(_) | Op::Expand(_) | Op::Slice(_) | Op::Pad { .. }, &[x]) => {
                if self.lines[x].level == level {
                    return Some(x);
                }
                // A row value that is copied to its elements becomes an element value.
                Code::Cast(x)
            }
            _ => return None,
        };
        Some(self.push(code, dtype, level))
    }

    fn operand(&mut self, link: &Link, level: Level) -> Result<LineId> {
        match link {
            Link::Member(member) => self.members.get(member).copied().ok_or_else(|| lost("line", *member)),
            Link::Inline(value) => self.inline(*value, level),
            Link::Light(value, links) => {
                let instr = self.emitter.grouping.program.instr(*value).ok_or_else(|| lost("instruction", *value))?;
                let operands = links.iter().map(|link| self.operand(link, level)).collect::<Result<Vec<_>>>()?;
                self.operation(&instr.op, &operands, instr.spec.dtype, level).ok_or_else(|| lost("code", *value))
            }
            Link::Load(source, view) => {
                let operand = self.emitter.storage.operand(*source, view).ok_or_else(|| lost("place", *source))?;
                let dtype = self.emitter.grouping.program.spec(*source).dtype;
                Ok(self.load(operand, dtype, level))
            }
        }
    }

    /// A load, at row level where the number is the same along the row; equal loads are one.
    fn load(&mut self, mut operand: Operand, dtype: crate::DType, mut level: Level) -> LineId {
        if level == Level::Element
            && self.cols > 1
            && let Some(rows) = operand.view.as_rows(self.cols)
        {
            operand.view = rows;
            level = Level::Row;
        }
        operand.view = operand.view.simplified();
        let code = Code::Load(operand);
        if let Some(&line) = self.loads.iter().find(|&&line| self.lines[line].code == code && self.lines[line].level == level) {
            return line;
        }
        let line = self.push(code, dtype, level);
        self.loads.push(line);
        line
    }

    fn inline(&mut self, value: ValueId, level: Level) -> Result<LineId> {
        if let Some(&line) = self.inline.get(&(value, level)) {
            return Ok(line);
        }
        let program = self.emitter.grouping.program;
        let instr = program.instr(value).ok_or_else(|| lost("instruction", value))?;
        let line = match (&instr.op, uniform(program, value)) {
            (_, Some(scalar)) => self.push(Code::Constant(scalar), scalar.dtype(), level),
            (Op::Iota { dtype, shape, axis }, None) => self.push(Code::Index { shape: shape.to_vec(), axis: *axis }, *dtype, level),
            (op, None) => {
                let operands = instr.operands.iter().map(|&x| self.inline(x, level)).collect::<Result<Vec<_>>>()?;
                self.operation(op, &operands, instr.spec.dtype, level).ok_or_else(|| lost("code", value))?
            }
        };
        self.inline.insert((value, level), line);
        Ok(line)
    }
}
