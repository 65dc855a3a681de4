//! Which group a value joins, and which groups merge.

use super::group::{Form, Group, GroupId, Grouping, Link};
use crate::{Op, ValueId};
use std::collections::BTreeSet;

/// How an operand is reached inside a group.
#[derive(Clone, Copy)]
pub(super) struct Direct {
    pub(super) group: GroupId,
    pub(super) member: ValueId,
    /// The columns over which a row value is repeated; `None` where positions correspond one to one.
    repeat: Option<usize>,
}

impl Grouping<'_> {
    /// Reaches `x` position by position: through reshapes, and from a row value to its elements.
    pub(super) fn direct(&self, x: ValueId) -> Option<Direct> {
        let (member, repeat) = self.peel(x, None);
        let group = self.group_of[member]?;
        Some(Direct { group, member, repeat })
    }

    fn peel(&self, mut x: ValueId, mut repeat: Option<usize>) -> (ValueId, Option<usize>) {
        while self.group_of[x].is_none() {
            match self.op(x) {
                Some(Op::Reshape(_)) => x = self.operands(x)[0],
                Some(Op::Expand(to)) if repeat.is_none() => {
                    let from = self.operands(x)[0];
                    let Some(cols) = repeated_columns(&self.program.spec(from).shape, to) else { break };
                    repeat = Some(cols);
                    x = from;
                }
                Some(_) | None => break,
            }
        }
        (x, repeat)
    }

    pub(super) fn place_in_kernel(&mut self, value: ValueId) {
        let operands = self.operands(value).to_vec();
        for &x in &operands {
            self.settle_operand(x);
        }
        let mut candidates: Vec<Direct> = operands.iter().filter_map(|&x| self.direct(x)).collect();
        candidates.sort_by_key(|direct| std::cmp::Reverse(direct.group));
        let joined = self.options.fuse && (candidates.iter().any(|&direct| self.join(value, direct)) || self.join_beside(value));
        if !joined {
            self.start_kernel(value);
        }
    }

    fn start_kernel(&mut self, value: ValueId) {
        let (total, cols) = self.space(value, None);
        let group = self.new_group(Form::Kernel, value, total, cols);
        self.links[value] = self.links_in(value, group);
        self.groups[group].loads = self.loads_of(value);
        self.groups[group].has_reduce = cols.is_some();
        self.is_row[value] = cols.is_some();
    }

    /// Positions and columns of the iteration space that a value asks for.
    fn space(&self, value: ValueId, repeat: Option<usize>) -> (usize, Option<usize>) {
        match self.op(value) {
            Some(Op::Reduce { axes, .. }) => {
                let shape = &self.program.spec(self.operands(value)[0]).shape;
                (shape.numel(), Some(axes.iter().map(|&axis| shape[axis]).product()))
            }
            Some(_) | None => (self.numel(value), repeat),
        }
    }

    /// Whether `value`, as a member of `group`, finds an operand among the members position by position.
    pub(super) fn reaches(&self, direct: &Direct, group: GroupId, value: ValueId) -> bool {
        if direct.group != group {
            return false;
        }
        let g = &self.groups[group];
        match (direct.repeat, self.is_row[direct.member]) {
            (None, true) => !matches!(self.op(value), Some(Op::Reduce { .. })),
            (None, false) => true,
            (Some(cols), row) => row && g.cols == Some(cols),
        }
    }

    /// Adds `value` to the group of one of its operands, where that is possible.
    fn join(&mut self, value: ValueId, via: Direct) -> bool {
        let is_reduce = matches!(self.op(value), Some(Op::Reduce { .. }));
        let operand_is_row = self.is_row[via.member] && self.groups[via.group].cols.is_some();
        if is_reduce && (via.repeat.is_some() || operand_is_row) {
            return false;
        }
        let operands = self.operands(value).iter();
        let involved: BTreeSet<GroupId> = operands.filter_map(|&x| Some(self.direct(x)?.group)).chain([via.group]).collect();
        let saved: Vec<(GroupId, Group)> = involved.into_iter().map(|id| (id, self.groups[id].clone())).collect();
        if self.try_join(value, via, is_reduce, operand_is_row) {
            return true;
        }
        self.group_of[value] = None;
        self.is_row[value] = false;
        self.restore(saved);
        false
    }

    /// Undoes merges and changes of the iteration space.
    fn restore(&mut self, saved: Vec<(GroupId, Group)>) {
        for (id, group) in saved {
            for &member in &group.members {
                self.group_of[member] = Some(id);
                // Only kernels without rows can have been given rows.
                if group.cols.is_none() {
                    self.is_row[member] = false;
                }
            }
            self.groups[id] = group;
        }
    }

    fn try_join(&mut self, value: ValueId, via: Direct, is_reduce: bool, operand_is_row: bool) -> bool {
        let row = is_reduce || (operand_is_row && via.repeat.is_none());
        let (total, cols) =
            if row && !is_reduce { (self.groups[via.group].total, self.groups[via.group].cols) } else { self.space(value, via.repeat) };
        let mut group = via.group;
        if !self.adapt(group, total, cols, is_reduce) {
            return false;
        }
        if via.repeat.is_some() && !self.is_row[via.member] {
            return false;
        }
        for x in self.operands(value).to_vec() {
            let Some(other) = self.direct(x).filter(|d| d.group != group) else { continue };
            if row && !is_reduce && other.repeat.is_some() {
                continue;
            }
            group = self.merge(group, other, total).unwrap_or(group);
        }
        self.links[value] = self.links_in(value, group);
        let loads = self.loads_of(value);
        let own = loads.iter().any(|&source| self.group_of[source] == Some(group));
        if own || loads.iter().filter_map(|&s| self.group_of[s]).any(|h| self.depends(h, group)) {
            return false;
        }
        self.groups[group].members.insert(value);
        self.groups[group].loads.extend(loads);
        self.groups[group].has_reduce |= is_reduce;
        self.group_of[value] = Some(group);
        self.is_row[value] = row;
        self.within_limits(group)
    }

    /// Brings a group to an iteration space, where its form allows that.
    fn adapt(&mut self, group: GroupId, total: usize, cols: Option<usize>, is_reduce: bool) -> bool {
        let g = &mut self.groups[group];
        match g.form {
            Form::Kernel => {}
            Form::Epilogue(_) => return g.total == total && cols.is_none() && !is_reduce,
            Form::Alone(_) | Form::Gone => return false,
        }
        if g.total == total {
            if cols.is_some() && g.cols.is_some() && cols != g.cols {
                return false;
            }
            g.cols = g.cols.or(cols);
            return true;
        }
        // A kernel of single numbers becomes the row part of one that repeats them.
        let Some(columns) = cols else { return false };
        if g.cols.is_some() || g.total.checked_mul(columns) != Some(total) {
            return false;
        }
        (g.total, g.cols) = (total, cols);
        for member in g.members.clone() {
            self.is_row[member] = true;
        }
        true
    }

    /// Merges the group that `other` leads to into `group` (or the reverse); gives the survivor.
    fn merge(&mut self, group: GroupId, other: Direct, total: usize) -> Option<GroupId> {
        let (a, b) = (group, other.group);
        if self.depends(a, b) || self.depends(b, a) {
            return None;
        }
        let cols = other.repeat.or(self.groups[a].cols);
        let saved = vec![(a, self.groups[a].clone()), (b, self.groups[b].clone())];
        let fits = self.adapt(b, total, cols, false) && {
            let cols = self.groups[b].cols;
            self.adapt(a, total, cols, false)
        };
        let plain = |g: &Group| g.form == Form::Kernel && g.cols.is_none() && !g.has_reduce;
        let (into, from, may) = match (self.groups[a].form, self.groups[b].form) {
            (Form::Kernel, Form::Kernel) => (a, b, true),
            (Form::Epilogue(_), Form::Kernel) => (a, b, plain(&self.groups[b])),
            (Form::Kernel, Form::Epilogue(_)) => (b, a, plain(&self.groups[a])),
            (Form::Epilogue(_) | Form::Alone(_) | Form::Gone, _) | (Form::Kernel, Form::Alone(_) | Form::Gone) => (a, b, false),
        };
        if !fits || !may {
            self.restore(saved);
            return None;
        }
        self.groups[from].form = Form::Gone;
        let Group { members, loads, has_reduce, cols, .. } = self.groups[from].clone();
        self.groups[from].members.clear();
        self.groups[from].loads.clear();
        for &member in &members {
            self.group_of[member] = Some(into);
        }
        let g = &mut self.groups[into];
        g.members.extend(members);
        g.loads.extend(loads);
        g.has_reduce |= has_reduce;
        g.cols = g.cols.or(cols);
        Some(into)
    }

    /// Puts a reduction of loaded values beside another one over the same space that loads from the same group.
    fn join_beside(&mut self, value: ValueId) -> bool {
        let is_reduce = matches!(self.op(value), Some(Op::Reduce { .. }));
        if !is_reduce || self.operands(value).iter().any(|&x| self.inline[x] || self.light[x]) {
            return false;
        }
        let (total, cols) = self.space(value, None);
        if self.is_behind_barrier(self.operands(value)[0]) {
            return false;
        }
        let (source, view) = self.settle(self.operands(value)[0]);
        let Some(home) = self.group_of[source] else { return false };
        let loads_from_home = |g: &Group| g.loads.iter().any(|&load| self.group_of[load] == Some(home));
        let fits = |g: &Group| g.form == Form::Kernel && g.has_reduce && (g.total, g.cols) == (total, cols) && loads_from_home(g);
        let Some(group) = self.groups.iter().position(fits) else { return false };
        if self.depends(home, group) {
            return false;
        }
        let saved = self.groups[group].clone();
        self.groups[group].members.insert(value);
        self.groups[group].loads.insert(source);
        self.links[value] = vec![Link::Load(source, view)];
        self.group_of[value] = Some(group);
        self.is_row[value] = true;
        if self.within_limits(group) {
            return true;
        }
        self.groups[group] = saved;
        self.group_of[value] = None;
        self.is_row[value] = false;
        false
    }

    /// Whether the buffers that a kernel reads and writes at most are within the limits. Values whose users come later count as stored.
    fn within_limits(&self, group: GroupId) -> bool {
        let g = &self.groups[group];
        let stored =
            |member: &&ValueId| self.is_output[**member] || self.users[**member].iter().any(|&user| self.used_outside(user, group));
        let donated =
            |value: ValueId| self.program.donations.iter().any(|&(i, o)| self.program.outputs[o] == value && g.loads.contains(&i));
        let stores = g.members.iter().filter(stored).filter(|&&member| !donated(member)).count();
        // A matmul or convolution reads two operands of its own, which are among the loads.
        let buffers = g.loads.len() + stores;
        buffers <= self.options.max_buffers.max(4) && buffers <= self.options.max_operands.max(4)
    }

    fn used_outside(&self, user: ValueId, group: GroupId) -> bool {
        match self.group_of[user] {
            Some(home) => home != group,
            None if self.is_movement(user) || self.inline[user] || self.light[user] => {
                self.is_output[user] || self.users[user].iter().any(|&user| self.used_outside(user, group))
            }
            None => true,
        }
    }
}

/// The number of trailing positions over which an expansion repeats each element, where it repeats trailing axes only.
fn repeated_columns(from: &[usize], to: &[usize]) -> Option<usize> {
    let split = (0..to.len()).rev().take_while(|&i| from[i] == 1).last().unwrap_or(to.len());
    (from[..split] == to[..split]).then(|| to[split..].iter().product())
}
