//! How the invocations that share a row join what each has found, so that all of them have the row's result.
//!
//! Where the adapter has subgroup operations, the lanes of a row that are in one subgroup exchange what they have, and one of them shows it to the
//! row's other subgroups in workgroup memory: one barrier, or none where a subgroup has all lanes of the row. The size of subgroups is read while the
//! kernel runs. Elsewhere the lanes meet in a tree in workgroup memory, with a barrier for each of its levels. What is added in which order depends on
//! the sizes and the adapter: how to join is a rule, nothing that is measured.

use super::body::Emitter;
use super::rows::{Reduction, Tile};
use super::types::value_type;
use super::{Target, ops};
use wgrad_tensor::{DType, Result};

/// How lanes join.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Join {
    /// By workgroup memory.
    Tree,
    /// By subgroup operations, and by workgroup memory where a row may have lanes in several subgroups.
    Subgroups { several: bool },
}

/// The place of an invocation in its subgroup.
pub(crate) const MEMBER: &str = "subgroup_member";

/// What a kernel whose text has [`MEMBER`] is told.
pub(crate) const BUILTINS: &str = "@builtin(subgroup_id) subgroup: u32, @builtin(subgroup_size) subgroup_size: u32, @builtin(subgroup_invocation_id) subgroup_member: u32";

impl Join {
    /// The rule. Subgroups must be whole, so that all whom an invocation asks are there, and neighbours must be lanes of one row.
    pub(crate) fn new(lanes: u32, invocations: u32, lanes_inner: bool, target: &Target) -> Join {
        match target.subgroup {
            Some((least, most)) if lanes > 1 && lanes_inner && least > 1 && most.is_power_of_two() && invocations.is_multiple_of(most) => {
                Join::Subgroups { several: lanes > least }
            }
            Some(_) | None => Join::Tree,
        }
    }

    /// Numbers the invocations of a workgroup so that those of a subgroup are neighbours; `width` of the lanes of a row are in one subgroup.
    pub(crate) fn enter(self, emitter: &mut Emitter<'_>, invocations: u32, lanes: u32) {
        if self != Join::Tree {
            emitter.line(format!("let local = (subgroup * subgroup_size + {MEMBER}) % {invocations}u;"));
            emitter.line(format!("let width = min(subgroup_size, {lanes}u);"));
        }
    }

    /// Joins the lanes for some reductions. Returns the workgroup variables that this needs.
    pub(crate) fn all(self, emitter: &mut Emitter<'_>, tile: Tile, reductions: &[Reduction]) -> Result<String> {
        let mut variables = String::new();
        match self {
            Join::Tree => {
                for reduction in reductions {
                    variables += &tree(*reduction, emitter, tile)?;
                }
            }
            Join::Subgroups { several } => {
                for reduction in reductions {
                    exchange(*reduction, emitter)?;
                }
                if several {
                    for reduction in reductions {
                        variables += &show(*reduction, emitter, tile)?;
                    }
                    emitter.line("workgroupBarrier();");
                    for reduction in reductions {
                        collect(*reduction, emitter, tile)?;
                    }
                }
            }
        }
        Ok(variables)
    }
}

/// Each lane asks another in its subgroup, twice as near each time, until all of a row have the same.
fn exchange(reduction: Reduction, emitter: &mut Emitter<'_>) -> Result<()> {
    let (best, place) = (reduction.best(), reduction.place());
    let before = emitter.open("for (var span = width / 2u; span > 0u; span /= 2u)");
    let ask = |value: &str| format!("subgroupShuffleXor({value}, span)");
    // Only numbers of 32 bits are exchanged everywhere.
    let theirs = match reduction.partial() {
        DType::Bool => format!("{} != 0u", ask(&format!("u32({best})"))),
        DType::F16 => format!("f16({})", ask(&format!("f32({best})"))),
        DType::I32 | DType::U32 | DType::F32 | DType::F64 => ask(&best),
    };
    let their_place = ask(&place);
    found(reduction, emitter, &theirs, &their_place)?;
    emitter.close(before);
    Ok(())
}

/// One lane of each subgroup of a row puts what they have into workgroup memory.
fn show(reduction: Reduction, emitter: &mut Emitter<'_>, tile: Tile) -> Result<String> {
    let [bests, places] = arrays(reduction);
    let before = emitter.open("if (lane % width == 0u)");
    emitter.line(format!("{bests}[local / width] = {};", reduction.best()));
    if reduction.op.is_arg() {
        emitter.line(format!("{places}[local / width] = {};", reduction.place()));
    }
    emitter.close(before);
    declarations(reduction, tile)
}

/// Every lane takes what the subgroups of its row have shown, in order.
fn collect(reduction: Reduction, emitter: &mut Emitter<'_>, tile: Tile) -> Result<()> {
    let [bests, places] = arrays(reduction);
    emitter.line(format!("{} = {bests}[(local - lane) / width];", reduction.best()));
    if reduction.op.is_arg() {
        emitter.line(format!("{} = {places}[(local - lane) / width];", reduction.place()));
    }
    let before = emitter.open(format!("for (var i = width; i < {}u; i += width)", tile.lanes));
    let at = "[(local - lane + i) / width]";
    found(reduction, emitter, &format!("{bests}{at}"), &format!("{places}{at}"))?;
    emitter.close(before);
    Ok(())
}

/// Joins what another lane has found to what is found.
fn found(reduction: Reduction, emitter: &mut Emitter<'_>, theirs: &str, their_place: &str) -> Result<()> {
    emitter.line(format!("let theirs = {theirs};"));
    if reduction.op.is_arg() {
        emitter.line(format!("let their_place = {their_place};"));
    }
    take(reduction, emitter, [&reduction.best(), &reduction.place()], ["theirs", "their_place"])
}

fn tree(reduction: Reduction, emitter: &mut Emitter<'_>, tile: Tile) -> Result<String> {
    let (best, place, [bests, places]) = (reduction.best(), reduction.place(), arrays(reduction));
    // The distance between neighbouring lanes of a row, and the place of a row's first lane.
    let (stride, first) = if tile.lanes_inner { (1, "local - lane".into()) } else { (tile.rows, format!("local - lane * {}u", tile.rows)) };
    let arg = reduction.op.is_arg();
    emitter.line(format!("{bests}[local] = {best};"));
    if arg {
        emitter.line(format!("{places}[local] = {place};"));
    }
    emitter.line("workgroupBarrier();");
    let outer = emitter.open(format!("for (var span = {}u; span > 0u; span /= 2u)", tile.lanes / 2));
    let inner = emitter.open("if (lane < span)");
    emitter.line(format!("let other = local + span * {stride}u;"));
    let (mine, theirs) = ([format!("{bests}[local]"), format!("{places}[local]")], [format!("{bests}[other]"), format!("{places}[other]")]);
    take(reduction, emitter, [&mine[0], &mine[1]], [&theirs[0], &theirs[1]])?;
    emitter.close(inner);
    emitter.line("workgroupBarrier();");
    emitter.close(outer);
    emitter.line(format!("{best} = {bests}[{first}];"));
    if arg {
        emitter.line(format!("{place} = {places}[{first}];"));
    }
    declarations(reduction, tile)
}

/// Joins what somebody else has found (value and place) to what is mine.
fn take(reduction: Reduction, emitter: &mut Emitter<'_>, mine: [&str; 2], theirs: [&str; 2]) -> Result<()> {
    let ([mine, my_place], [theirs, their_place]) = (mine, theirs);
    if !reduction.op.is_arg() {
        emitter.line(format!("{mine} = {};", ops::combine(reduction.op, reduction.partial(), mine, theirs)?));
        return Ok(());
    }
    // The better value wins, and of equal ones the first; a lane that has seen nothing loses.
    let wins = ops::better(reduction.op, reduction.dtype, theirs, mine)?;
    let loses = ops::better(reduction.op, reduction.dtype, mine, theirs)?;
    let first = format!("(!{loses} && {their_place} < {my_place})");
    emitter.line(format!("let wins = {my_place} == 0xffffffffu || {wins} || {first};"));
    emitter.line(format!("if ({their_place} != 0xffffffffu && wins) {{ {mine} = {theirs}; {my_place} = {their_place}; }}"));
    Ok(())
}

/// The names of a reduction's workgroup variables: values and places.
fn arrays(reduction: Reduction) -> [String; 2] {
    [format!("{}_shown", reduction.best()), format!("{}_shown", reduction.place())]
}

fn declarations(reduction: Reduction, tile: Tile) -> Result<String> {
    let ([bests, places], size) = (arrays(reduction), tile.rows * tile.lanes);
    let of = value_type(reduction.partial())?;
    let places = if reduction.op.is_arg() { format!("var<workgroup> {places}: array<u32, {size}>;\n") } else { String::new() };
    Ok(format!("var<workgroup> {bests}: array<{of}, {size}>;\n{places}\n"))
}
