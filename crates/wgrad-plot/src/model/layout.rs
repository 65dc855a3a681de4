//! Layered drawing of directed graphs, after Sugiyama, Tagawa and Toda (1981): nodes on levels, so that every edge goes down; levels in an order with few
//! crossings; then places, so that edges are short and long ones straight.

use super::{order, place};

/// An edge between nodes, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Where everything is; the upper left corner is `(0, 0)`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    /// Of each node.
    pub(super) centers: Vec<(f64, f64)>,
    /// The points of each edge, from its node's lower side to the other's upper side.
    pub(super) routes: Vec<Vec<(f64, f64)>>,
    pub(super) size: (f64, f64),
}

/// Between levels.
const BETWEEN_LEVELS: f64 = 40.0;

/// A node, or a bend of an edge that passes a level.
#[derive(Clone, Debug)]
pub(super) struct Vertex {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) level: usize,
    pub(super) is_bend: bool,
    pub(super) above: Vec<usize>,
    pub(super) below: Vec<usize>,
}

impl Layout {
    /// Places nodes of these sizes. An edge that would close a circle is left out.
    pub(super) fn new(sizes: &[(f64, f64)], edges: &[Edge]) -> Layout {
        let edges: Vec<Edge> = edges.iter().copied().filter(|edge| edge.from < edge.to).collect();
        let levels = levels(sizes.len(), &edges);
        let node = |(&(width, height), &level): (&(f64, f64), &usize)| Vertex {
            width,
            height,
            level,
            is_bend: false,
            above: Vec::new(),
            below: Vec::new(),
        };
        let mut vertices: Vec<Vertex> = sizes.iter().zip(&levels).map(node).collect();
        let paths: Vec<Vec<usize>> = edges.iter().map(|edge| bend(&mut vertices, edge)).collect();
        let rows = order::order(&vertices);
        let x = place::places(&vertices, &rows);
        let (tops, heights, total) = heights(&vertices, &rows);
        let y = |vertex: &Vertex| tops[vertex.level] + heights[vertex.level] / 2.0;
        let centers: Vec<(f64, f64)> = vertices.iter().zip(&x).map(|(vertex, x)| (*x, y(vertex))).collect();
        let routes = paths.iter().map(|path| route(path, &vertices, &centers, &tops, &heights)).collect();
        let width = vertices.iter().zip(&x).map(|(vertex, x)| x + vertex.width / 2.0).fold(0.0, f64::max);
        Layout { centers: centers.into_iter().take(sizes.len()).collect(), routes, size: (width, total) }
    }
}

/// Each node below all that it reads, and what reads nothing right above what reads it.
fn levels(nodes: usize, edges: &[Edge]) -> Vec<usize> {
    let mut levels = vec![0_usize; nodes];
    // Nodes come after what they read.
    let mut by_target = edges.to_vec();
    by_target.sort_by_key(|edge| edge.to);
    for edge in &by_target {
        levels[edge.to] = levels[edge.to].max(levels[edge.from] + 1);
    }
    for node in (0..nodes).filter(|node| !edges.iter().any(|edge| edge.to == *node)) {
        let first = edges.iter().filter(|edge| edge.from == node).map(|edge| levels[edge.to]).min();
        levels[node] = first.map_or(0, |first| first.saturating_sub(1));
    }
    levels
}

/// The vertices of an edge, one on each level.
fn bend(vertices: &mut Vec<Vertex>, edge: &Edge) -> Vec<usize> {
    let mut path = vec![edge.from];
    for level in vertices[edge.from].level + 1..vertices[edge.to].level {
        path.push(vertices.len());
        vertices.push(Vertex { width: 6.0, height: 0.0, level, is_bend: true, above: Vec::new(), below: Vec::new() });
    }
    path.push(edge.to);
    for pair in path.windows(2) {
        vertices[pair[0]].below.push(pair[1]);
        vertices[pair[1]].above.push(pair[0]);
    }
    path
}

/// Where each level begins, how high it is, and how high all are.
fn heights(vertices: &[Vertex], rows: &[Vec<usize>]) -> (Vec<f64>, Vec<f64>, f64) {
    let heights: Vec<f64> = rows.iter().map(|row| row.iter().map(|&v| vertices[v].height).fold(0.0, f64::max)).collect();
    let mut tops = Vec::new();
    let mut top = 0.0;
    for height in &heights {
        tops.push(top);
        top += height + BETWEEN_LEVELS;
    }
    (tops, heights, (top - BETWEEN_LEVELS).max(0.0))
}

/// The points of an edge. Several edges into one node arrive beside each other.
fn route(path: &[usize], vertices: &[Vertex], centers: &[(f64, f64)], tops: &[f64], heights: &[f64]) -> Vec<(f64, f64)> {
    let ([from, ..], [.., before, to]) = (path, path) else { return Vec::new() };
    let mut points = vec![(centers[*from].0, centers[*from].1 + vertices[*from].height / 2.0)];
    let start = tops[vertices[*from].level] + heights[vertices[*from].level];
    if start > points[0].1 {
        points.push((centers[*from].0, start));
    }
    for &v in path.iter().filter(|&&v| vertices[v].is_bend) {
        let level = vertices[v].level;
        points.extend([(centers[v].0, tops[level]), (centers[v].0, tops[level] + heights[level])]);
    }
    let mut sources = vertices[*to].above.clone();
    sources.sort_by(|a, b| centers[*a].0.total_cmp(&centers[*b].0));
    let port = sources.iter().position(|source| source == before).unwrap_or(0) as f64;
    let gap = (vertices[*to].width / (sources.len() as f64 + 1.0)).min(26.0);
    let x = centers[*to].0 + (port - (sources.len() as f64 - 1.0) / 2.0) * gap;
    let (top, level_top) = (centers[*to].1 - vertices[*to].height / 2.0, tops[vertices[*to].level]);
    if top > level_top {
        points.push((x, level_top));
    }
    points.push((x, top));
    points.dedup();
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(nodes: usize, edges: &[(usize, usize)]) -> Layout {
        let edges: Vec<Edge> = edges.iter().map(|&(from, to)| Edge { from, to }).collect();
        Layout::new(&vec![(100.0, 30.0); nodes], &edges)
    }

    fn overlap(layout: &Layout) -> bool {
        let near = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() < 100.0 - 1e-6 && (a.1 - b.1).abs() < 30.0;
        let centers = &layout.centers;
        (0..centers.len()).any(|i| (0..i).any(|j| near(centers[i], centers[j])))
    }

    #[test]
    fn a_chain_is_straight() {
        let layout = layout(4, &[(0, 1), (1, 2), (2, 3)]);
        assert_eq!(layout.size, (100.0, 4.0 * 30.0 + 3.0 * BETWEEN_LEVELS));
        assert!(layout.centers.iter().all(|center| center.0 == 50.0));
        assert!(layout.routes.iter().all(|route| route.len() == 2));
    }

    #[test]
    fn a_residual_connection_goes_around() {
        let layout = layout(4, &[(0, 1), (1, 2), (2, 3), (0, 3)]);
        let long = &layout.routes[3];
        // Beside the nodes that it passes.
        let passed = long.iter().filter(|point| point.1 > layout.centers[1].1 - 15.0 && point.1 < layout.centers[2].1 + 15.0);
        assert!(passed.clone().count() >= 2 && passed.clone().all(|point| (point.0 - layout.centers[1].0).abs() > 50.0), "{long:?}");
        assert!(!overlap(&layout));
    }

    #[test]
    fn inputs_stand_above_what_reads_them() {
        let layout = layout(4, &[(0, 2), (2, 3), (1, 3)]);
        assert_eq!(layout.centers[1].1, layout.centers[2].1);
    }

    #[test]
    fn everything_is_in_the_picture() {
        let edges: Vec<(usize, usize)> = (0..40).flat_map(|i| [(i, i + 1), (i, (i * 7 + 3) % 41), (i / 2, i + 1)]).collect();
        let layout = layout(41, &edges);
        let inside = |(x, y): &(f64, f64)| (0.0..=layout.size.0).contains(x) && (0.0..=layout.size.1).contains(y);
        assert!(layout.centers.iter().chain(layout.routes.iter().flatten()).all(inside));
        assert!(!overlap(&layout));
        assert_eq!(Layout::new(&[], &[]).size, (0.0, 0.0));
    }
}
