//! Kernels without reductions whose results lie in one piece: one invocation for four positions, which memory is asked for at once. On software drivers
//! a vector costs hardly more than an element.

use super::bindings::Bindings;
use super::body::{Emitter, Position, variable};
use super::flow::{is_row, live, needed};
use super::index::{Axis, axes, join};
use super::types::storage_type;
use super::{Shader, Target, assemble, grid};
use wgrad_tensor::plan::{Buffer, Code, Kernel, LineId, Operand, Place};
use wgrad_tensor::{DType, Result};

/// Kernels of fewer positions keep an invocation for each, to reach more of the device.
const FEW: u32 = 1 << 12;

/// The shader of such a kernel, `None` where it is not one.
pub(crate) fn quads(kernel: &Kernel, buffers: &[Buffer], positions: u32, target: &Target) -> Result<Option<Shader>> {
    let Some(places) = places(kernel, buffers, positions).filter(|_| positions >= FEW) else { return Ok(None) };
    let quads = positions.div_ceil(4);
    let invocations = 64.min(target.max_invocations);
    let (groups, group) = grid(quads.div_ceil(invocations), target)?;
    let lines = needed(kernel, kernel.stores.iter().map(|(id, _)| *id));
    let loads: Vec<(LineId, &Operand)> = lines.iter().filter_map(|&id| Some((id, load(kernel, id)?))).collect();
    let (whole, others): (Vec<_>, Vec<_>) = loads.into_iter().partition(|(_, operand)| placed(operand, buffers, &places));

    let mut emitter = Emitter::new(kernel, Bindings::of_quads(buffers, "b", places), Position::Linear);
    emitter.line(format!("let quad = {group} * {invocations}u + local;"));
    emitter.line(format!("if (quad >= {quads}u) {{ return; }}"));
    for (id, operand) in &whole {
        let name = emitter.bindings.name(operand.buffer, false)?;
        emitter.line(format!("let w{id} = {name}[quad + {}u];", operand.view.offset / 4));
    }
    let same: Vec<LineId> = others.iter().filter(|(_, operand)| is_one(operand)).map(|(id, _)| *id).collect();
    emitter.values(&same)?;
    for (number, (_, operand)) in kernel.stores.iter().enumerate() {
        let of = storage_type(emitter.bindings.dtype(operand.buffer)?)?;
        emitter.line(format!("var s{number}: vec4<{of}>;"));
    }
    for (i, axis) in ["x", "y", "z", "w"].into_iter().enumerate() {
        let before = emitter.open("");
        let position = format!("quad * 4u + {i}u");
        // Positions beyond the last one are computed from elements that exist; what is stored there nobody reads.
        let position = if positions.is_multiple_of(4) { position } else { format!("min({position}, {}u)", positions - 1) };
        emitter.line(format!("let position = {position};"));
        if lines.iter().any(|&id| is_row(kernel, id)) {
            emitter.line("let row = position;");
        }
        for (id, _) in &whole {
            emitter.line(format!("let {} = w{id}.{axis};", variable(*id)));
            emitter.set_known(*id);
        }
        emitter.values(&lines)?;
        for (number, (id, _)) in kernel.stores.iter().enumerate() {
            emitter.line(format!("s{number}.{axis} = {};", variable(*id)));
        }
        emitter.close(before);
    }
    for (number, (_, operand)) in kernel.stores.iter().enumerate() {
        let name = emitter.bindings.name(operand.buffer, true)?;
        emitter.line(format!("{name}[quad + {}u] = s{number};", operand.view.offset / 4));
    }
    let (body, bindings) = emitter.finish();
    let source = assemble(&bindings, "", invocations, &body)?;
    Ok(Some(Shader { source, bound: bindings.into_bound(), groups }))
}

/// The memory that is accessed by four, if that is so for all results: in one piece, from a multiple of four on.
fn places(kernel: &Kernel, buffers: &[Buffer], positions: u32) -> Option<Vec<Place>> {
    let live = live(kernel);
    if kernel.cols != 1 && (0..kernel.code.len()).any(|id| live[id] && is_row(kernel, id)) {
        return None;
    }
    let loads = (0..kernel.code.len()).filter(|&id| live[id]).filter_map(|id| load(kernel, id));
    let accesses: Vec<&Operand> = loads.chain(kernel.stores.iter().map(|(_, operand)| operand)).collect();
    let place = |operand: &Operand| buffers.get(operand.buffer).map(|buffer| buffer.place);
    let by_four = |operand: &Operand| {
        let Some(buffer) = buffers.get(operand.buffer) else { return false };
        let whole = [Axis { len: positions as usize, stride: 1, valid: None }];
        matches!(buffer.dtype, DType::F32 | DType::I32 | DType::U32) && operand.view.offset % 4 == 0 && join(&axes(&operand.view)) == whole
    };
    // The last vector must not reach into what lies behind.
    let ends = |operand: &Operand| {
        let end = operand.view.offset.unsigned_abs() + positions as usize;
        positions.is_multiple_of(4) || buffers.get(operand.buffer).is_some_and(|buffer| buffer.len == end)
    };
    if !kernel.stores.iter().all(|(_, operand)| by_four(operand) && ends(operand)) {
        return None;
    }
    let all = |of: Place| accesses.iter().filter(|operand| place(operand) == Some(of)).all(|operand| by_four(operand));
    let found: Vec<Place> = accesses.iter().filter_map(|operand| place(operand)).filter(|&place| all(place)).collect();
    kernel.stores.iter().all(|(_, operand)| place(operand).is_some_and(|place| found.contains(&place))).then_some(found)
}

fn load(kernel: &Kernel, id: LineId) -> Option<&Operand> {
    match &kernel.code[id].code {
        Code::Load(operand) => Some(operand),
        _ => None,
    }
}

fn placed(operand: &Operand, buffers: &[Buffer], places: &[Place]) -> bool {
    buffers.get(operand.buffer).is_some_and(|buffer| places.contains(&buffer.place))
}

/// Whether every position loads the same element.
fn is_one(operand: &Operand) -> bool {
    operand.view.mask.is_none() && operand.view.strides.iter().zip(&operand.view.shape).all(|(&stride, &len)| stride == 0 || len == 1)
}
