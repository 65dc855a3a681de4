//! Kernels with reductions. A workgroup is a tile of `rows x lanes` invocations; the lanes of a row share its columns and join ([`join`](super::join))
//! what they have found. One lane: a plain loop. One row: the whole workgroup reduces it. The order of all additions depends on the sizes and the
//! adapter only.
//!
//! A reduction needs a pass over its row, and what depends on it comes in a later pass. Element values are computed anew in each pass that needs
//! them. All element stores are in the last pass, so that no pass reads what an earlier one has overwritten in place.

use super::bindings::Bindings;
use super::body::{Emitter, Position, variable};
use super::flow::{is_row, live, needed, phases};
use super::index::{axes, join, split};
use super::join::Join;
use super::types::{value_type, zero};
use super::{Shader, Target, assemble, grid, ops};
use wgrad_tensor::plan::{Buffer, Code, Kernel, Level, LineId};
use wgrad_tensor::{DType, Reduce, Result};

/// How a workgroup is laid over the rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tile {
    /// Rows of a workgroup.
    pub(crate) rows: u32,
    /// Invocations of a row; a power of two.
    pub(crate) lanes: u32,
    /// Whether neighbouring invocations are lanes of one row, else they are rows: whatever lies together in memory.
    pub(crate) lanes_inner: bool,
    /// How the lanes of a row join what they have found.
    join: Join,
}

/// A reduction of a pass.
#[derive(Clone, Copy)]
pub(crate) struct Reduction {
    id: LineId,
    pub(crate) op: Reduce,
    operand: LineId,
    pub(crate) dtype: DType,
}

/// The shader of a kernel with reductions that has at least one row.
pub(crate) fn rows(kernel: &Kernel, buffers: &[Buffer], target: &Target) -> Result<Shader> {
    let passes = passes(kernel);
    let most = passes.iter().map(Vec::len).sum::<usize>();
    let tile = Tile::new(kernel, most, target);
    let (groups, group) = grid((kernel.rows as u32).div_ceil(tile.rows), target)?;

    let mut emitter = Emitter::new(kernel, Bindings::new(buffers, "b"), Position::RowColumn);
    tile.enter(&mut emitter, &group);
    let mut variables = String::new();
    for (phase, reductions) in passes.iter().enumerate() {
        row_values(&mut emitter, phase)?;
        pass(&mut emitter, tile, reductions, phase + 1 == passes.len())?;
        if tile.lanes > 1 && !reductions.is_empty() {
            variables += &tile.join.all(&mut emitter, tile, reductions)?;
        }
        for reduction in reductions {
            reduction.finish(&mut emitter)?;
        }
    }
    row_values(&mut emitter, passes.len())?;
    row_stores(&mut emitter, tile)?;

    let (body, bindings) = emitter.finish();
    let source = assemble(&bindings, &variables, tile.rows * tile.lanes, &body)?;
    Ok(Shader { source, bound: bindings.into_bound(), groups })
}

/// The reductions of each pass over the rows. The last pass may have none: it only stores.
fn passes(kernel: &Kernel) -> Vec<Vec<Reduction>> {
    let (live, phases) = (live(kernel), phases(kernel));
    let stored = kernel.stores.iter().map(|(id, _)| *id).filter(|&id| !is_row(kernel, id)).map(|id| phases[id] + 1).max();
    let reduced =
        (0..kernel.code.len()).filter(|&id| live[id] && matches!(kernel.code[id].code, Code::Reduce(..))).map(|id| phases[id]).max();
    let mut passes = vec![Vec::new(); stored.max(reduced).unwrap_or(0)];
    for (id, line) in kernel.code.iter().enumerate().filter(|(id, _)| live[*id]) {
        if let Code::Reduce(op, operand) = line.code {
            passes[phases[id] - 1].push(Reduction { id, op, operand, dtype: kernel.code[operand].dtype });
        }
    }
    passes
}

/// Row values that can be computed before pass `phase` and that something needs.
fn row_values(emitter: &mut Emitter<'_>, phase: usize) -> Result<()> {
    let (live, phases) = (live(emitter.kernel), phases(emitter.kernel));
    let ready = |&id: &LineId| {
        let line = &emitter.kernel.code[id];
        live[id] && line.level == Level::Row && phases[id] <= phase && !matches!(line.code, Code::Reduce(..))
    };
    let lines: Vec<LineId> = (0..emitter.kernel.code.len()).filter(ready).collect();
    emitter.values(&lines)
}

/// One pass over the columns: what this lane finds for each reduction and, in the last pass, the element stores.
fn pass(emitter: &mut Emitter<'_>, tile: Tile, reductions: &[Reduction], last: bool) -> Result<()> {
    let kernel = emitter.kernel;
    for reduction in reductions {
        reduction.start(emitter)?;
    }
    let stores: Vec<_> = kernel.stores.iter().filter(|(id, _)| last && !is_row(kernel, *id)).collect();
    let before = emitter.open(tile.columns(kernel.cols));
    let lines = needed(kernel, reductions.iter().map(|r| r.operand).chain(stores.iter().map(|(id, _)| *id)));
    emitter.values(&lines)?;
    for reduction in reductions {
        reduction.step(emitter)?;
    }
    for (id, target) in stores {
        emitter.store(*id, target)?;
    }
    emitter.close(before);
    Ok(())
}

fn row_stores(emitter: &mut Emitter<'_>, tile: Tile) -> Result<()> {
    let kernel = emitter.kernel;
    let stores: Vec<_> = kernel.stores.iter().filter(|(id, _)| is_row(kernel, *id)).collect();
    if stores.is_empty() {
        return Ok(());
    }
    let before = (tile.lanes > 1).then(|| emitter.open("if (lane == 0u && here)"));
    for (id, target) in stores {
        emitter.store(*id, target)?;
    }
    if let Some(before) = before {
        emitter.close(before);
    }
    Ok(())
}

impl Tile {
    fn new(kernel: &Kernel, reductions: usize, target: &Target) -> Tile {
        let lanes_inner = columns_adjacent(kernel);
        // Two arrays of 4 bytes for each reduction (a position search has a value and a position) share the workgroup's memory.
        let room = (target.max_workgroup_bytes as usize / (8 * reductions.max(1))).max(1);
        let largest = (target.max_invocations.min(256) as usize).min(room);
        let wanted = lanes_wanted(kernel, lanes_inner, target).clamp(1, largest);
        let lanes = if wanted.is_power_of_two() { wanted } else { wanted.next_power_of_two() / 2 };
        let invocations = if lanes == 1 { 64 } else { lanes.max(if lanes_inner { 64 } else { 256 }) }.min(largest.max(lanes));
        let join = Join::new(lanes as u32, invocations as u32, lanes_inner, target);
        Tile { rows: (invocations / lanes) as u32, lanes: lanes as u32, lanes_inner, join }
    }

    /// Defines `row` and `lane`, and `here` where rows beyond the last one must go along to the barriers.
    fn enter(self, emitter: &mut Emitter<'_>, group: &str) {
        let Tile { rows, lanes, lanes_inner, join } = self;
        let count = emitter.kernel.rows;
        join.enter(emitter, rows * lanes, lanes);
        match (rows, lanes) {
            (rows, 1) => {
                emitter.line(format!("let row = {group} * {rows}u + local;"));
                emitter.line(format!("if (row >= {count}u) {{ return; }}"));
            }
            (rows, lanes) => {
                let (row, lane) = if lanes_inner {
                    (format!("local / {lanes}u"), format!("local % {lanes}u"))
                } else {
                    (format!("local % {rows}u"), format!("local / {rows}u"))
                };
                emitter.line(format!("let lane = {lane};"));
                emitter.line(format!("let here = {group} * {rows}u + {row} < {count}u;"));
                emitter.line(format!("let row = min({group} * {rows}u + {row}, {}u);", count - 1));
            }
        }
    }

    /// The head of the loop over the columns of a lane.
    fn columns(self, cols: usize) -> String {
        match self.lanes {
            1 => format!("for (var col = 0u; col < {cols}u; col++)"),
            lanes => format!("for (var col = lane; col < select(0u, {cols}u, here); col += {lanes}u)"),
        }
    }
}

/// How many invocations should share a row.
fn lanes_wanted(kernel: &Kernel, lanes_inner: bool, target: &Target) -> usize {
    let (rows, cols, software) = (kernel.rows, kernel.cols, target.software);
    // On a processor a row is a loop, and only rows that are too few for its cores are shared: by a subgroup of eight or more, or by a workgroup where
    // the row is so long that barriers do not matter.
    let enough_rows = if software { 64 } else { 1 << 14 };
    if let Some((least, most)) = target.subgroup
        && (software && lanes_inner && least == most && least >= 8 && cols >= 512 && rows < enough_rows)
    {
        return least as usize;
    }
    let shortest = if software { 4096 } else { 32 };
    if cols < shortest || (rows >= enough_rows && (software || !lanes_inner)) {
        return 1;
    }
    let share = if lanes_inner { cols / 4 } else { cols / 8 };
    share.clamp(1, if lanes_inner { 256 } else { 16 })
}

/// Whether most loaded elements have their neighbour in the next column rather than in the next row.
fn columns_adjacent(kernel: &Kernel) -> bool {
    let loads = kernel.code.iter().filter_map(|line| match &line.code {
        Code::Load(operand) if line.level == Level::Element => split(&axes(&operand.view), kernel.rows),
        _ => None,
    });
    let innermost = |axes: &[super::index::Axis]| join(axes).last().map_or(0, |axis| axis.stride.unsigned_abs());
    let votes: i32 = loads
        .map(|(rows, columns)| match (innermost(&rows), innermost(&columns)) {
            (1, column) if column != 1 => -1,
            (_, 0) => 0,
            (_, _) => 1,
        })
        .sum();
    votes >= 0
}

impl Reduction {
    /// The type that partial results have: sums and products of f16 accumulate in f32.
    pub(crate) fn partial(self) -> DType {
        let wide = self.dtype == DType::F16 && matches!(self.op, Reduce::Sum | Reduce::Prod);
        if wide { DType::F32 } else { self.dtype }
    }

    pub(crate) fn best(self) -> String {
        format!("best{}", self.id)
    }

    pub(crate) fn place(self) -> String {
        format!("place{}", self.id)
    }

    /// Declares what the lane has found so far: nothing.
    fn start(self, emitter: &mut Emitter<'_>) -> Result<()> {
        let of = value_type(self.partial())?;
        if self.op.is_arg() {
            emitter.line(format!("var {}: {of} = {};", self.best(), zero(self.dtype)?));
            emitter.line(format!("var {} = 0xffffffffu;", self.place()));
        } else {
            emitter.line(format!("var {}: {of} = {};", self.best(), ops::identity(self.op, self.partial())?));
        }
        Ok(())
    }

    /// Takes the element of this column in.
    fn step(self, emitter: &mut Emitter<'_>) -> Result<()> {
        let (best, place, value) = (self.best(), self.place(), variable(self.operand));
        if self.op.is_arg() {
            let better = ops::better(self.op, self.dtype, &value, &best)?;
            emitter.line(format!("if ({place} == 0xffffffffu || {better}) {{ {best} = {value}; {place} = col; }}"));
        } else {
            let value = ops::cast(self.dtype, self.partial(), &value)?;
            emitter.line(format!("{best} = {};", ops::combine(self.op, self.partial(), &best, &value)?));
        }
        Ok(())
    }

    /// Defines the variable of the result, once the lanes have joined.
    fn finish(self, emitter: &mut Emitter<'_>) -> Result<()> {
        let (best, place) = (self.best(), self.place());
        let result = if self.op.is_arg() {
            format!("i32(select({place}, 0u, {place} == 0xffffffffu))")
        } else {
            ops::cast(self.partial(), self.dtype, &best)?
        };
        emitter.line(format!("let {} = {result};", variable(self.id)));
        emitter.set_known(self.id);
        Ok(())
    }
}
