//! Fusion: which values are computed together.
//!
//! Every value that is neither inline nor a mere movement belongs to one group; a group becomes one step. Element-wise values join the group of
//! an operand that they use position by position (through reshapes, and from a row value to its elements), reductions join the group of their
//! operand, groups that meet in a value merge. Whatever is used in another way is loaded through a view, which makes one group
//! depend on another; no join may close a circle of dependencies.

use super::{PlanOptions, View, prepare::inline_values};
use crate::{Instr, Op, Program, ValueId};
use std::collections::BTreeSet;

pub(super) type GroupId = usize;

/// What a group becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    /// A kernel of its own.
    Kernel,
    /// A matmul or convolution with the rest of the group as its epilogue.
    Epilogue(ValueId),
    /// A step of its own that nothing joins.
    Alone(ValueId),
    /// Merged into another group.
    Gone,
}

/// Values that are computed together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) form: Form,
    /// In program order once grouping is done.
    pub(super) members: BTreeSet<ValueId>,
    /// Positions of element values.
    pub(super) total: usize,
    /// Positions along a row, once something asks for rows.
    pub(super) cols: Option<usize>,
    pub(super) has_reduce: bool,
    /// The values of other groups (or inputs) that are loaded.
    pub(super) loads: BTreeSet<ValueId>,
    /// Groups that must run before for another reason than a load.
    pub(super) after: BTreeSet<GroupId>,
}

/// The groups of a program.
pub(super) struct Grouping<'a> {
    pub(super) program: &'a Program,
    options: &'a PlanOptions,
    pub(super) inline: Vec<bool>,
    /// Comparisons with a constant, such as the mask of a ReLU's gradient: cheaper to repeat than to store and load.
    light: Vec<bool>,
    pub(super) groups: Vec<Group>,
    pub(super) group_of: Vec<Option<GroupId>>,
    /// Whether a member has one number for each row only.
    pub(super) is_row: Vec<bool>,
    /// How each member reaches its operands.
    pub(super) links: Vec<Vec<Link>>,
    users: Vec<Vec<ValueId>>,
    is_output: Vec<bool>,
}

/// How a member reaches an operand.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Link {
    /// Computed in place from constants and indices.
    Inline(ValueId),
    /// A line of the same group, at the same position or row.
    Member(ValueId),
    /// Read from what another group (or the caller) stored.
    Load(ValueId, View),
    /// A light value, computed once more from its own operands rather than stored.
    Light(ValueId, Vec<Link>),
}

impl Link {
    /// The value and view that are loaded, if any. A light value loads one operand at most.
    pub(super) fn load(&self) -> Option<(ValueId, &View)> {
        match self {
            Link::Load(source, view) => Some((*source, view)),
            Link::Light(_, links) => links.iter().find_map(Link::load),
            Link::Inline(_) | Link::Member(_) => None,
        }
    }
}

/// How an operand is reached inside a group.
#[derive(Clone, Copy)]
struct Direct {
    group: GroupId,
    member: ValueId,
    /// The columns over which a row value is repeated; `None` where positions correspond one to one.
    repeat: Option<usize>,
}

pub(super) fn group<'a>(program: &'a Program, options: &'a PlanOptions) -> Grouping<'a> {
    let mut users = vec![Vec::new(); program.len()];
    for (i, instr) in program.instrs.iter().enumerate() {
        for &operand in &instr.operands {
            users[operand].push(program.inputs.len() + i);
        }
    }
    let mut is_output = vec![false; program.len()];
    for &output in &program.outputs {
        is_output[output] = true;
    }
    let inline = inline_values(program);
    let light = light_values(program, &inline, &users, &is_output);
    let mut grouping = Grouping {
        program,
        options,
        inline,
        light: if options.fuse { light } else { vec![false; program.len()] },
        groups: Vec::new(),
        group_of: vec![None; program.len()],
        is_row: vec![false; program.len()],
        links: vec![Vec::new(); program.len()],
        users,
        is_output,
    };
    for value in program.inputs.len()..program.len() {
        grouping.place(value);
    }
    grouping
}

impl Grouping<'_> {
    pub(super) fn op(&self, value: ValueId) -> Option<&Op> {
        self.program.instr(value).map(|instr| &instr.op)
    }

    pub(super) fn operands(&self, value: ValueId) -> &[ValueId] {
        self.program.instr(value).map_or(&[], |instr| &instr.operands)
    }

    pub(super) fn numel(&self, value: ValueId) -> usize {
        self.program.spec(value).shape.numel()
    }

    fn place(&mut self, value: ValueId) {
        let Some(op) = self.op(value).cloned() else { return };
        if self.inline[value] || self.light[value] {
            return;
        }
        match op {
            Op::Reshape(_) | Op::Permute(_) | Op::Expand(_) | Op::Slice(_) | Op::Constant(_) | Op::Iota { .. } => {}
            Op::Pad { padding, .. } if padding.iter().all(|p| p.interior == 0) => {}
            Op::Unary(_) | Op::Binary(_) | Op::Select | Op::Cast(_) | Op::StopGradient | Op::Reduce { .. } => self.place_in_kernel(value),
            Op::MatMul | Op::Conv(_) => self.place_alone(value, Form::Epilogue(value)),
            Op::Pad { .. }
            | Op::Random { .. }
            | Op::Concat { .. }
            | Op::WindowSum(_)
            | Op::WindowSelect(_)
            | Op::WindowScatter(_)
            | Op::Gather { .. }
            | Op::ScatterAdd { .. }
            | Op::ArgSort { .. }
            | Op::CumSum { .. }
            | Op::Scan(_)
            | Op::Part(_) => self.place_alone(value, Form::Alone(value)),
        }
    }

    fn new_group(&mut self, form: Form, value: ValueId, total: usize, cols: Option<usize>) -> GroupId {
        let group = Group {
            form,
            members: BTreeSet::from([value]),
            total,
            cols,
            has_reduce: false,
            loads: BTreeSet::new(),
            after: BTreeSet::new(),
        };
        self.groups.push(group);
        self.group_of[value] = Some(self.groups.len() - 1);
        self.groups.len() - 1
    }

    fn place_alone(&mut self, value: ValueId, form: Form) {
        let operands = self.operands(value).to_vec();
        let links: Vec<Link> = operands.into_iter().map(|x| self.settle_whole(value, x)).collect();
        let group = self.new_group(form, value, self.numel(value), None);
        self.links[value] = links;
        self.groups[group].loads = self.loads_of(value);
    }

    /// The operand of a step that takes strided, unmasked views only; copies it first where it is none.
    fn settle_whole(&mut self, user: ValueId, x: ValueId) -> Link {
        let (source, view) = self.settle(x);
        let fits = match self.op(user) {
            Some(Op::MatMul) => view.mask.is_none() && view.moved(&Op::Reshape(as_matrices(&view.shape).into())).is_some(),
            Some(Op::Scan(_)) => view.is_contiguous(),
            // Loaded by a kernel, or stored by the part itself.
            Some(Op::Pad { .. } | Op::Concat { .. }) => true,
            Some(_) | None => view.mask.is_none(),
        };
        if fits {
            return Link::Load(source, view);
        }
        self.copy(x);
        Link::Load(x, View::contiguous(&self.program.spec(x).shape))
    }

    /// The value that is loaded for `x`, and how. Copies are made where a movement cannot be expressed as a view.
    fn settle(&mut self, x: ValueId) -> (ValueId, View) {
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

    fn is_movement(&self, value: ValueId) -> bool {
        match self.op(value) {
            Some(Op::Reshape(_) | Op::Permute(_) | Op::Expand(_) | Op::Slice(_)) => !self.inline[value],
            Some(Op::Pad { padding, .. }) => padding.iter().all(|p| p.interior == 0),
            Some(_) | None => false,
        }
    }

    /// Makes a movement or an inline value a member of a group of its own, so that it is stored.
    fn copy(&mut self, x: ValueId) {
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

    /// Reaches `x` position by position: through reshapes, and from a row value to its elements.
    fn direct(&self, x: ValueId) -> Option<Direct> {
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

    fn place_in_kernel(&mut self, value: ValueId) {
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

    /// Makes the copies that loading an operand needs.
    fn settle_operand(&mut self, x: ValueId) {
        if self.light[x] {
            for operand in self.operands(x).to_vec() {
                self.settle_operand(operand);
            }
        } else if !self.inline[x] {
            self.settle(x);
        }
    }

    /// How `value`, as a member of `group`, reaches its operands.
    fn links_in(&mut self, value: ValueId, group: GroupId) -> Vec<Link> {
        let operands = self.operands(value).to_vec();
        operands.into_iter().map(|x| self.link_in(value, x, group)).collect()
    }

    fn link_in(&mut self, value: ValueId, x: ValueId, group: GroupId) -> Link {
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
    fn loads_of(&self, value: ValueId) -> BTreeSet<ValueId> {
        self.links[value].iter().filter_map(|link| Some(link.load()?.0)).collect()
    }

    /// Whether `value`, as a member of `group`, finds an operand among the members position by position.
    fn reaches(&self, direct: &Direct, group: GroupId, value: ValueId) -> bool {
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

    /// Whether group `a` needs group `b` to run before it.
    pub(super) fn depends(&self, a: GroupId, b: GroupId) -> bool {
        let mut seen = BTreeSet::from([a]);
        let mut pending = vec![a];
        while let Some(group) = pending.pop() {
            for before in self.before(group) {
                if before == b {
                    return true;
                }
                if seen.insert(before) {
                    pending.push(before);
                }
            }
        }
        false
    }

    /// The groups that must run directly before a group.
    pub(super) fn before(&self, group: GroupId) -> BTreeSet<GroupId> {
        let g = &self.groups[group];
        let sources = g.loads.iter().filter_map(|&source| self.group_of[source]);
        sources.chain(g.after.iter().copied()).filter(|&before| before != group).collect()
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

    /// The members of a group that must be stored: outputs, and what other groups load.
    pub(super) fn stored(&self) -> Vec<bool> {
        let mut stored = self.is_output.clone();
        for source in self.groups.iter().flat_map(|g| &g.loads) {
            stored[*source] = true;
        }
        stored
    }
}

/// Comparisons of a value with a constant that only element-wise work and reductions use.
fn light_values(program: &Program, inline: &[bool], users: &[Vec<ValueId>], is_output: &[bool]) -> Vec<bool> {
    let in_kernels = |user: &ValueId| {
        let op = program.instr(*user).map(|instr| &instr.op);
        matches!(op, Some(Op::Unary(_) | Op::Binary(_) | Op::Select | Op::Cast(_) | Op::Reduce { .. }))
    };
    let is_light = |value: ValueId| match program.instr(value) {
        Some(Instr { op: Op::Binary(op), operands, .. }) => {
            let computed = operands.iter().filter(|&&x| !inline[x]).count();
            op.is_comparison() && computed == 1 && !is_output[value] && users[value].iter().all(in_kernels)
        }
        Some(_) | None => false,
    };
    (0..program.len()).map(is_light).collect()
}

/// The number of trailing positions over which an expansion repeats each element, where it repeats trailing axes only.
fn repeated_columns(from: &[usize], to: &[usize]) -> Option<usize> {
    let split = (0..to.len()).rev().take_while(|&i| from[i] == 1).last().unwrap_or(to.len());
    (from[..split] == to[..split]).then(|| to[split..].iter().product())
}

/// The shape of a stack of matrices with one batch axis.
pub(super) fn as_matrices(shape: &[usize]) -> Vec<usize> {
    let (batch, matrix) = shape.split_at(shape.len().saturating_sub(2));
    [&[batch.iter().product()], matrix].concat()
}
