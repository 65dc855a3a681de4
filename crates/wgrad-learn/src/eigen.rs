//! Eigenvalues and eigenvectors of symmetric matrices, by Jacobi's rotations (Golub and Van Loan, "Matrix Computations", 8.5): slow for many hundreds of rows, exact to the last digits.

/// Rotations go over all pairs of axes this often at most; six to ten times are enough in practice.
const SWEEPS: usize = 60;

/// The most features of a learner: the work grows with their third power.
pub(crate) const MOST_FEATURES: usize = 1024;

/// Eigenvalues of a symmetric matrix in descending order, and the eigenvector of each as a row.
pub(crate) fn symmetric(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    debug_assert_eq!(a.len(), n * n);
    let scale = magnitude(&a);
    a.iter_mut().for_each(|x| *x /= scale);
    let mut vectors: Vec<f64> = (0..n * n).map(|i| f64::from(u8::from(i / n == i % n))).collect();
    for _ in 0..SWEEPS {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * n + j].powi(2)).sum();
        let all: f64 = a.iter().map(|x| x * x).sum();
        if off <= f64::EPSILON.powi(2) * all {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, n, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|i, j| a[j * n + j].total_cmp(&a[i * n + i]));
    order.into_iter().map(|i| (a[i * n + i] * scale, vectors[i * n..(i + 1) * n].to_vec())).unzip()
}

/// The power of two next to the largest element: divided by it, squares do not overflow, and no digit is lost.
fn magnitude(a: &[f64]) -> f64 {
    let largest = a.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    if largest > 0.0 && largest.is_finite() { largest.log2().floor().max(-1000.0).exp2() } else { 1.0 }
}

/// Turns axes `p` and `q` so that their element off the diagonal becomes 0.
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    let turn = |x: &mut [f64], i: usize, j: usize| (x[i], x[j]) = (c * x[i] - s * x[j], s * x[i] + c * x[j]);
    for k in 0..n {
        turn(a, k * n + p, k * n + q);
    }
    for k in 0..n {
        turn(a, p * n + k, q * n + k);
        turn(vectors, p * n + k, q * n + k);
    }
    // What rounding left.
    (a[p * n + q], a[q * n + p]) = (0.0, 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        let (values, vectors) = symmetric(vec![2.0, 1.0, 1.0, 2.0], 2);
        assert!((values[0] - 3.0).abs() < 1e-15 && (values[1] - 1.0).abs() < 1e-15);
        assert!((vectors[0][0] - vectors[0][1]).abs() < 1e-15);
        assert_eq!(symmetric(vec![5.0], 1).0, [5.0]);
        assert_eq!(symmetric(vec![0.0; 9], 3).0, [0.0; 3]);
    }

    #[test]
    fn squares_of_large_and_small_elements() {
        for scale in [1e300, 1e-300] {
            let (values, _) = symmetric(vec![2.0 * scale, scale, scale, 2.0 * scale], 2);
            assert!((values[0] / scale - 3.0).abs() < 1e-14 && (values[1] / scale - 1.0).abs() < 1e-14, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn vectors_are_orthonormal_and_stretched_by_their_values(elements in prop::collection::vec(-1.0_f64..1.0, 64)) {
            let n = 8;
            let a: Vec<f64> = (0..64).map(|i| elements[i] + elements[i % n * n + i / n]).collect();
            let (values, vectors) = symmetric(a.clone(), n);
            for (i, (value, vector)) in values.iter().zip(&vectors).enumerate() {
                for row in 0..n {
                    let product: f64 = (0..n).map(|k| a[row * n + k] * vector[k]).sum();
                    prop_assert!((product - value * vector[row]).abs() < 1e-12);
                }
                for (j, other) in vectors.iter().enumerate() {
                    let dot: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
                    prop_assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12);
                }
            }
            prop_assert!(values.is_sorted_by(|a, b| a >= b));
        }
    }
}
