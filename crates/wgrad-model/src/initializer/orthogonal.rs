//! Random matrices with orthonormal columns or rows.

use super::draw::Draw;

/// `gain` times a matrix with orthonormal columns, or orthonormal rows where there are fewer of them, uniform among all such: normal random vectors made
/// orthonormal one after the other, which is the QR decomposition with a positive diagonal.
pub(super) fn values(rows: usize, columns: usize, gain: f64, draw: &Draw) -> Vec<f32> {
    let (length, n) = (rows.max(columns), rows.min(columns));
    let normals = draw.normal(length * n, 0.0, 1.0);
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(n);
    for vector in normals.chunks_exact(length.max(1)) {
        let mut vector: Vec<f64> = vector.iter().copied().map(f64::from).collect();
        // Twice, because the first pass leaves what rounding took away (Giraud et al. 2005).
        for earlier in basis.iter().chain(&basis) {
            let along = dot(earlier, &vector);
            vector.iter_mut().zip(earlier).for_each(|(v, e)| *v -= along * e);
        }
        let norm = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|v| *v /= norm);
        basis.push(vector);
    }
    let place = |i: usize| if rows < columns { (i / columns, i % columns) } else { (i % columns, i / columns) };
    (0..length * n).map(place).map(|(vector, at)| (gain * basis[vector][at]) as f32).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
