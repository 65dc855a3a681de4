//! The order of the vertices of each level: each goes to the mean place of its neighbours, from above and from below in turns, as long as that leads to fewer
//! crossings.

use super::layout::Vertex;

const SWEEPS: usize = 12;

/// The vertices of each level from left to right.
pub(super) fn order(vertices: &[Vertex]) -> Vec<Vec<usize>> {
    let count = vertices.iter().map(|vertex| vertex.level + 1).max().unwrap_or(0);
    let mut rows = vec![Vec::new(); count];
    for (v, vertex) in vertices.iter().enumerate() {
        rows[vertex.level].push(v);
    }
    let (mut best, mut least) = (rows.clone(), crossings(vertices, &rows));
    for sweep in 0..SWEEPS {
        if least == 0 {
            break;
        }
        if sweep.is_multiple_of(2) {
            (1..count).for_each(|level| by_neighbours(vertices, &mut rows, level, level - 1));
        } else {
            (0..count.saturating_sub(1)).rev().for_each(|level| by_neighbours(vertices, &mut rows, level, level + 1));
        }
        let found = crossings(vertices, &rows);
        if found < least {
            (best, least) = (rows.clone(), found);
        }
    }
    best
}

fn neighbours(vertex: &Vertex, above: bool) -> &[usize] {
    if above { &vertex.above } else { &vertex.below }
}

/// Where each vertex of a row is in it.
fn positions(vertices: &[Vertex], row: &[usize]) -> Vec<usize> {
    let mut positions = vec![0; vertices.len()];
    row.iter().enumerate().for_each(|(i, &v)| positions[v] = i);
    positions
}

/// Sorts a level by the mean place of the neighbours on another; what has none there stays where it is.
fn by_neighbours(vertices: &[Vertex], rows: &mut [Vec<usize>], level: usize, other: usize) {
    let positions = positions(vertices, &rows[other]);
    let mut row: Vec<(f64, usize)> = Vec::new();
    for (i, &v) in rows[level].iter().enumerate() {
        let near = neighbours(&vertices[v], other < level);
        let sum: usize = near.iter().map(|&n| positions[n]).sum();
        row.push((if near.is_empty() { i as f64 } else { sum as f64 / near.len() as f64 }, v));
    }
    row.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows[level] = row.into_iter().map(|(_, v)| v).collect();
}

/// How many pairs of edges between neighbouring levels cross: inversions, counted by a tree of sums (Barth, Jünger and Mutzel 2002).
fn crossings(vertices: &[Vertex], rows: &[Vec<usize>]) -> usize {
    rows.windows(2)
        .map(|pair| {
            let positions = positions(vertices, &pair[1]);
            let mut sums = vec![0_usize; pair[1].len() + 1];
            let (mut seen, mut crossings) = (0, 0);
            for &v in &pair[0] {
                let mut ends: Vec<usize> = vertices[v].below.iter().map(|&n| positions[n]).collect();
                ends.sort_unstable();
                for &end in &ends {
                    // Edges of vertices further left that end further right.
                    let (mut left, mut i) = (0, end + 1);
                    while i > 0 {
                        left += sums[i];
                        i &= i - 1;
                    }
                    crossings += seen - left;
                }
                for end in ends {
                    let mut i = end + 1;
                    while i < sums.len() {
                        sums[i] += 1;
                        i += i & i.wrapping_neg();
                    }
                    seen += 1;
                }
            }
            crossings
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vertices(levels: &[usize], edges: &[(usize, usize)]) -> Vec<Vertex> {
        let vertex = |&level: &usize| Vertex { width: 1.0, height: 1.0, level, is_bend: false, above: Vec::new(), below: Vec::new() };
        let mut vertices: Vec<Vertex> = levels.iter().map(vertex).collect();
        for &(from, to) in edges {
            vertices[from].below.push(to);
            vertices[to].above.push(from);
        }
        vertices
    }

    #[test]
    fn crossings_are_counted_and_undone() {
        let crossed = vertices(&[0, 0, 0, 1, 1, 1], &[(0, 5), (1, 4), (2, 3), (0, 4)]);
        assert_eq!(crossings(&crossed, &[vec![0, 1, 2], vec![3, 4, 5]]), 4);
        assert_eq!(crossings(&crossed, &order(&crossed)), 0);
        // A complete graph of two and two has one crossing in any order.
        let complete = vertices(&[0, 0, 1, 1], &[(0, 2), (0, 3), (1, 2), (1, 3)]);
        assert_eq!(crossings(&complete, &order(&complete)), 1);
    }
}
