//! Taking and adding at indices. ONNX counts negative ones from the end and refuses those outside; here both are outside, give 0 and are not added to.

use super::{
    graph::Graph,
    moves,
    proto::Attribute::{Int, Text},
};
use wgrad_tensor::{DType, Padding, Range, Scalar, Spec};

/// Whether each index is outside of `0..rows`, and the indices with `instead` in the place of those.
fn checked(graph: &mut Graph, indices: &str, rows: usize, instead: usize) -> (String, String) {
    let (zero, end) = (graph.scalar(Scalar::I32(0)), graph.number(rows as f64, DType::I32));
    let below = graph.node("Less", &[indices, &zero], &[]);
    let above = graph.node("GreaterOrEqual", &[indices, &end], &[]);
    let outside = graph.node("Or", &[&below, &above], &[]);
    let instead = graph.number(instead as f64, DType::I32);
    let inside = graph.node("Where", &[&outside, &instead, indices], &[]);
    (outside, inside)
}

/// `(x, indices)`: the positions of `x` along `axis`; 0 for an index outside.
pub(super) fn take(graph: &mut Graph, operands: &[(&str, &Spec)], axis: usize) -> Result<String, String> {
    let [(x, spec), (indices, at)] = operands else { return Err("gather has two operands".into()) };
    if spec.shape[axis] == 0 {
        return Err("ONNX cannot take from an axis without positions".into());
    }
    let (outside, inside) = checked(graph, indices, spec.shape[axis], 0);
    let found = graph.node("Gather", &[x, &inside], &[("axis", Int(axis as i64))]);
    let around: Vec<usize> = at.shape.iter().copied().chain(std::iter::repeat_n(1, spec.shape.rank() - axis - 1)).collect();
    let (outside, zero) = (moves::reshape(graph, &outside, &around), graph.number(0.0, spec.dtype));
    Ok(graph.node("Where", &[&outside, &zero, &found], &[]))
}

/// `(x, indices, updates)`: rows of `x`, which are the positions along `axis`, get those of the updates added. An index outside adds to one more row, which is
/// cut off.
pub(super) fn add(graph: &mut Graph, operands: &[(&str, &Spec)], axis: usize) -> Result<String, String> {
    let [(x, spec), (indices, at), (updates, updated)] = operands else { return Err("scatter_add has three operands".into()) };
    let (rank, found) = (spec.shape.rank(), at.shape.rank());
    let rows = spec.shape[axis];
    let others = || (0..rank).filter(|&other| other != axis);
    let width: usize = others().map(|other| spec.shape[other]).product();

    let order: Vec<usize> = [axis].into_iter().chain(others()).collect();
    let first = moves::transpose(graph, x, &order);
    let flat = moves::reshape(graph, &first, &[rows, width]);
    let more = [Padding { high: 1, ..Padding::default() }, Padding::default()];
    let with_spare = moves::pad(graph, &flat, &[rows, width], &more, Scalar::from_f64(0.0, spec.dtype));

    let count = at.shape.numel();
    let flat_updates: Vec<usize> = (axis..axis + found).chain(0..axis).chain(axis + found..updated.shape.rank()).collect();
    let updates = moves::transpose(graph, updates, &flat_updates);
    let updates = moves::reshape(graph, &updates, &[count, width]);

    let (_, inside) = checked(graph, indices, rows, rows);
    let column = moves::reshape(graph, &inside, &[count, 1]);
    let shape = graph.integers(&moves::signed(&[count, width]));
    let everywhere = graph.node("Expand", &[&column, &shape], &[]);

    let sums = graph.node("ScatterElements", &[&with_spare, &everywhere, &updates], &[("axis", Int(0)), ("reduction", Text("add"))]);
    let all = |len| Range { start: 0, len, step: 1 };
    let kept = moves::slice(graph, &sums, &[all(rows), all(width)]);
    let lengths: Vec<usize> = order.iter().map(|&axis| spec.shape[axis]).collect();
    let apart = moves::reshape(graph, &kept, &lengths);
    let inverse: Vec<usize> = (0..rank).filter_map(|axis| order.iter().position(|&moved| moved == axis)).collect();
    Ok(moves::transpose(graph, &apart, &inverse))
}
