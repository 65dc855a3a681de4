//! How operands are reached: which stored value is loaded through which view, and which movements must be copied first because no view
//! expresses them.

use super::{
    View,
    group::{Form, GroupId, Grouping, Link},
};
use crate::{Op, ValueId};
use std::collections::BTreeSet;

impl Grouping<'_> {
    /// The operand of a step that takes strided, unmasked views only; copies it first where it is none.
    pub(super) fn settle_whole(&mut self, user: ValueId, x: ValueId) -> Link {
        if matches!(self.op(user), Some(Op::Concat { .. })) {
            // `own.rs` made every part a value that is stored at its place.
            let source = self.part_chain(x).last().copied().unwrap_or(x);
            return Link::Load(source, View::contiguous(&self.program.spec(source).shape));
        }
        let (source, view) = self.settle(x);
        let fits = match self.op(user) {
            Some(Op::MatMul) => view.mask.is_none() && view.moved(&Op::Reshape(as_matrices(&view.shape).into())).is_some(),
            Some(Op::Scan(_)) => view.is_contiguous(),
            // Loaded by a kernel.
            Some(Op::Pad { .. }) => true,
            Some(_) | None => view.mask.is_none(),
        };
        if fits {
            return Link::Load(source, view);
        }
        self.copy(x);
        Link::Load(x, View::contiguous(&self.program.spec(x).shape))
    }

    /// The value that is loaded for `x`, and how. Copies are made where a movement cannot be expressed as a view.
    pub(super) fn settle(&mut self, x: ValueId) -> (ValueId, View) {
        let mut chain = Vec::new();
        let mut source = x;
        while self.group_of[source].is_none() && self.is_movement(source) {
            chain.push(source);
            source = self.operands(source)[0];
        }
        if self.inline[source] && self.group_of[source].is_none() {
            self.copy(source);
        }
        let mut view = View::contiguous(&self.program.spec(source).shape);
        for &value in chain.iter().rev() {
            let moved = self.op(value).and_then(|op| view.moved(op));
            view = match moved {
                Some(view) => view,
                None => {
                    source = self.operands(value)[0];
                    self.copy(source);
                    let whole = View::contiguous(&self.program.spec(source).shape);
                    match self.op(value).and_then(|op| whole.moved(op)) {
                        Some(view) => view,
                        None => {
                            source = value;
                            self.copy(source);
                            View::contiguous(&self.program.spec(source).shape)
                        }
                    }
                }
            };
        }
        (source, view)
    }

    /// From a part of a concatenation to the value that is stored for it: the part, what it reshapes or permutes, and so on.
    pub(super) fn part_chain(&self, part: ValueId) -> Vec<ValueId> {
        let next = |&x: &ValueId| match self.op(x) {
            Some(Op::Reshape(_) | Op::Permute(_)) if self.group_of[x].is_none() => Some(self.operands(x)[0]),
            Some(_) | None => None,
        };
        std::iter::successors(Some(part), next).collect()
    }

    /// Makes a movement or an inline value a member of a group of its own, so that it is stored.
    pub(super) fn copy(&mut self, x: ValueId) {
        if self.group_of[x].is_some() || x < self.program.inputs.len() {
            return;
        }
        let link = if self.is_movement(x) {
            let (source, view) = self.settle(self.operands(x)[0]);
            match self.op(x).and_then(|op| view.moved(op)) {
                Some(view) => Link::Load(source, view),
                None => {
                    // What the movement moves must be whole first.
                    let operand = self.operands(x)[0];
                    self.copy(operand);
                    let whole = View::contiguous(&self.program.spec(operand).shape);
                    let view = self.op(x).and_then(|op| whole.moved(op)).unwrap_or(whole);
                    Link::Load(operand, view)
                }
            }
        } else {
            Link::Inline(x)
        };
        let group = self.new_group(Form::Kernel, x, self.numel(x), None);
        self.links[x] = vec![link];
        self.groups[group].loads = self.loads_of(x);
    }

    /// Whether a value is what something else is, but to be computed with again rather than together with that.
    pub(super) fn is_behind_barrier(&self, mut x: ValueId) -> bool {
        while self.group_of[x].is_none() && self.is_movement(x) {
            if matches!(self.op(x), Some(Op::Barrier)) {
                return true;
            }
            x = self.operands(x)[0];
        }
        false
    }

    pub(super) fn is_movement(&self, value: ValueId) -> bool {
        match self.op(value) {
            Some(Op::Reshape(_) | Op::Permute(_) | Op::Expand(_) | Op::Slice(_) | Op::Barrier) => !self.inline[value],
            Some(Op::Pad { padding, .. }) => padding.iter().all(|p| p.interior == 0),
            Some(_) | None => false,
        }
    }

    /// Makes the copies that loading an operand needs.
    pub(super) fn settle_operand(&mut self, x: ValueId) {
        if self.light[x] {
            for operand in self.operands(x).to_vec() {
                self.settle_operand(operand);
            }
        } else if !self.inline[x] {
            self.settle(x);
        }
    }

    /// How `value`, as a member of `group`, reaches its operands.
    pub(super) fn links_in(&mut self, value: ValueId, group: GroupId) -> Vec<Link> {
        let operands = self.operands(value).to_vec();
        operands.into_iter().map(|x| self.link_in(value, x, group)).collect()
    }

    pub(super) fn link_in(&mut self, value: ValueId, x: ValueId, group: GroupId) -> Link {
        if self.inline[x] {
            return Link::Inline(x);
        }
        if self.light[x] {
            let operands = self.operands(x).to_vec();
            return Link::Light(x, operands.into_iter().map(|operand| self.link_in(value, operand, group)).collect());
        }
        match self.direct(x).filter(|direct| self.reaches(direct, group, value)) {
            Some(direct) => Link::Member(direct.member),
            None => {
                let (source, view) = self.settle(x);
                Link::Load(source, view)
            }
        }
    }

    /// The values that a member loads.
    pub(super) fn loads_of(&self, value: ValueId) -> BTreeSet<ValueId> {
        self.links[value].iter().filter_map(|link| Some(link.load()?.0)).collect()
    }
}

/// The shape of a stack of matrices with one batch axis.
pub(super) fn as_matrices(shape: &[usize]) -> Vec<usize> {
    let (batch, matrix) = shape.split_at(shape.len().saturating_sub(2));
    [&[batch.iter().product()], matrix].concat()
}
