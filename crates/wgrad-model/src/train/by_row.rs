//! Gradients of tables row by row, as Keras' optimizers square them.

use crate::{layout::join, optimizers::ByRow, scope::Lookup};
use wgrad_tensor::Tensor;

/// Squares and magnitudes of gradients, those of tables row by row; `None` where no table is looked up.
pub(super) fn by_row(gradients: &[Tensor], lookups: &[Vec<&Lookup>], of_rows: Vec<Option<Tensor>>) -> Option<ByRow> {
    if of_rows.is_empty() {
        return None;
    }
    let mut of_rows = of_rows.into_iter();
    let (mut squares, mut magnitudes) = (Vec::new(), Vec::new());
    for (gradient, lookups) in gradients.iter().zip(lookups) {
        if lookups.is_empty() {
            squares.push(gradient.square());
            magnitudes.push(gradient.abs());
            continue;
        }
        let (mut square, mut magnitude) = (gradient.zeros_like(), gradient.zeros_like());
        for (lookup, rows) in lookups.iter().zip(of_rows.by_ref()) {
            let Some(rows) = rows else { continue };
            let columns = gradient.shape().iter().skip(1).map(|&n| n as i64);
            let rows = rows.cast(gradient.dtype()).reshape(std::iter::once(-1).chain(columns).collect::<Vec<i64>>());
            let indices = lookup.indices.flatten();
            square = square.scatter_add(&indices, &rows.square(), 0);
            magnitude = magnitude.scatter_add(&indices, &rows.abs(), 0);
        }
        squares.push(square);
        magnitudes.push(magnitude);
    }
    Some(ByRow { squares: join(&squares)?, magnitudes: join(&magnitudes)? })
}
