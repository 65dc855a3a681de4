//! Kernels without reductions: one invocation for each position.

use super::bindings::Bindings;
use super::body::{Emitter, Position};
use super::flow::{is_row, needed};
use super::quads::quads;
use super::{Shader, Target, assemble, grid, positions};
use wgrad_tensor::plan::{Buffer, Kernel};
use wgrad_tensor::{Error, Result};

/// Kernels of fewer positions take small workgroups, to reach more of the device.
const FEW: u32 = 1 << 14;

/// The shader of a kernel without reductions that has at least one position.
pub(crate) fn elementwise(kernel: &Kernel, buffers: &[Buffer], target: &Target) -> Result<Shader> {
    let positions = positions(kernel, target)?;
    if let Some(shader) = quads(kernel, buffers, positions, target)? {
        return Ok(shader);
    }
    let invocations = if positions <= FEW { 64 } else { 256 }.min(target.max_invocations);
    let (groups, group) = grid(positions.div_ceil(invocations), target)?;

    let mut emitter = Emitter::new(kernel, Bindings::new(buffers, "b"), Position::Linear);
    emitter.line(format!("let position = {group} * {invocations}u + local;"));
    emitter.line(format!("if (position >= {positions}u) {{ return; }}"));
    stores(&mut emitter)?;

    let (body, bindings) = emitter.finish();
    let source = assemble(&bindings, "", invocations, &body)?;
    Ok(Shader { source, bound: bindings.into_bound(), groups })
}

/// The values and stores of one `position`. Everything is loaded before anything is stored, for updates in place.
pub(crate) fn stores(emitter: &mut Emitter<'_>) -> Result<()> {
    let kernel = emitter.kernel;
    let lines = needed(kernel, kernel.stores.iter().map(|(id, _)| *id));
    let whole = kernel.cols == 1;
    if lines.iter().any(|&id| is_row(kernel, id)) {
        emitter.line(if whole { "let row = position;".into() } else { format!("let row = position / {}u;", kernel.cols) });
    }
    emitter.values(&lines)?;
    for (id, target) in kernel.stores.iter().filter(|(id, _)| whole || !is_row(kernel, *id)) {
        emitter.store(*id, target)?;
    }
    let rows: Vec<_> = kernel.stores.iter().filter(|(id, _)| !whole && is_row(kernel, *id)).collect();
    if !rows.is_empty() {
        if kernel.cols == 0 {
            return Err(Error::InvalidProgram("a kernel of no columns stores rows without a reduction".into()));
        }
        let before = emitter.open(format!("if (position % {}u == 0u)", kernel.cols));
        for (id, target) in rows {
            emitter.store(*id, target)?;
        }
        emitter.close(before);
    }
    Ok(())
}
