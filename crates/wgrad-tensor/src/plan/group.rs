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
    pub(super) options: &'a PlanOptions,
    pub(super) inline: Vec<bool>,
    /// Comparisons with a constant, such as the mask of a ReLU's gradient: cheaper to repeat than to store and load.
    pub(super) light: Vec<bool>,
    pub(super) groups: Vec<Group>,
    pub(super) group_of: Vec<Option<GroupId>>,
    /// Whether a member has one number for each row only.
    pub(super) is_row: Vec<bool>,
    /// How each member reaches its operands.
    pub(super) links: Vec<Vec<Link>>,
    pub(super) users: Vec<Vec<ValueId>>,
    pub(super) is_output: Vec<bool>,
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
            Op::Reshape(_) | Op::Permute(_) | Op::Expand(_) | Op::Slice(_) | Op::Barrier | Op::Constant(_) | Op::Iota { .. } => {}
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

    pub(super) fn new_group(&mut self, form: Form, value: ValueId, total: usize, cols: Option<usize>) -> GroupId {
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
