//! Places in each level: as near as the order and the widths allow to the mean place of the neighbours.

use super::layout::Vertex;

/// Between two vertices of a level.
const BETWEEN: f64 = 28.0;
const SWEEPS: usize = 24;

/// The middle of each vertex; the least left side is 0.
pub(super) fn places(vertices: &[Vertex], rows: &[Vec<usize>]) -> Vec<f64> {
    let mut x = vec![0.0; vertices.len()];
    for row in rows {
        let mut left = 0.0;
        for &v in row {
            x[v] = left + vertices[v].width / 2.0;
            left += vertices[v].width + BETWEEN;
        }
        // Levels begin with one middle.
        row.iter().for_each(|&v| x[v] -= (left - BETWEEN) / 2.0);
    }
    for sweep in 0..SWEEPS {
        let levels: Vec<usize> = if sweep.is_multiple_of(2) { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
        for level in levels {
            let wanted: Vec<(f64, f64)> = rows[level].iter().map(|&v| wish(vertices, &x, v, sweep)).collect();
            let widths: Vec<f64> = rows[level].iter().map(|&v| vertices[v].width).collect();
            for (&v, place) in rows[level].iter().zip(settle(&wanted, &widths)) {
                x[v] = place;
            }
        }
    }
    let left = vertices.iter().zip(&x).map(|(vertex, x)| x - vertex.width / 2.0).fold(f64::INFINITY, f64::min);
    x.iter().map(|x| if left.is_finite() { x - left } else { *x }).collect()
}

/// Where a vertex wants to be, and how much: bends most of all, so that long edges are straight. The last sweeps look at both sides.
fn wish(vertices: &[Vertex], x: &[f64], v: usize, sweep: usize) -> (f64, f64) {
    let vertex = &vertices[v];
    let (above, below) = (vertex.above.iter(), vertex.below.iter());
    let near: Vec<usize> = match sweep.is_multiple_of(2) {
        _ if sweep + 8 >= SWEEPS || vertex.above.is_empty() || vertex.below.is_empty() => above.chain(below).copied().collect(),
        true => above.copied().collect(),
        false => below.copied().collect(),
    };
    // Long edges are straight, and so are chains.
    let is_chain = |upper: usize, lower: usize| vertices[upper].below.len() == 1 && vertices[lower].above.len() == 1;
    let weight = |n: usize| match (vertex.is_bend && vertices[n].is_bend, is_chain(n, v) || is_chain(v, n)) {
        (true, _) => 8.0,
        (false, true) => 4.0,
        (false, false) => 1.0,
    };
    let all: f64 = near.iter().map(|&n| weight(n)).sum();
    if all == 0.0 {
        return (x[v], 0.1);
    }
    (near.iter().map(|&n| weight(n) * x[n]).sum::<f64>() / all, if vertex.is_bend { 4.0 } else { all.max(1.0) })
}

/// Places `x` in order, `x[i + 1] - x[i]` no less than the widths ask for, with the least `sum(weight * (x - wish)^2)`. Subtracting the distances makes that
/// a rising sequence next to given numbers: neighbours that come in the wrong order share their mean.
fn settle(wanted: &[(f64, f64)], widths: &[f64]) -> Vec<f64> {
    let mut offsets = vec![0.0; widths.len()];
    for i in 1..widths.len() {
        offsets[i] = offsets[i - 1] + (widths[i - 1] + widths[i]) / 2.0 + BETWEEN;
    }
    // Mean, weight and number of the members of each block.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for ((wish, weight), offset) in wanted.iter().zip(&offsets) {
        let mut block = (wish - offset, *weight, 1);
        while let Some(last) = blocks.pop_if(|last| last.0 >= block.0) {
            let weight = last.1 + block.1;
            block = ((last.0 * last.1 + block.0 * block.1) / weight, weight, last.2 + block.2);
        }
        blocks.push(block);
    }
    let means = blocks.iter().flat_map(|(mean, _, members)| std::iter::repeat_n(*mean, *members));
    means.zip(&offsets).map(|(mean, offset)| mean + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_come_true_where_there_is_room() {
        assert_eq!(settle(&[(0.0, 1.0), (100.0, 1.0)], &[10.0, 10.0]), [0.0, 100.0]);
        // Both want to be at 0: half the distance each.
        assert_eq!(settle(&[(0.0, 1.0), (0.0, 1.0)], &[10.0, 10.0]), [-19.0, 19.0]);
        assert_eq!(settle(&[(0.0, 3.0), (0.0, 1.0)], &[10.0, 10.0]), [-9.5, 28.5]);
        assert_eq!(settle(&[], &[]), [0.0_f64; 0]);
    }
}
