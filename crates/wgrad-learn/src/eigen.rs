//! Eigenvalues and eigenvectors of symmetric matrices.

use nalgebra::{DMatrix, SymmetricEigen};

/// The most features of a learner: the work grows with their third power, 0.3 s for 784, 40 s for these.
pub(crate) const MOST_FEATURES: usize = 4096;

/// Eigenvalues of a symmetric matrix in descending order, and the eigenvector of each as a row. `None` where there are numbers that are not finite.
pub(crate) fn symmetric(a: &[f64], n: usize) -> Option<(Vec<f64>, Vec<Vec<f64>>)> {
    debug_assert_eq!(a.len(), n * n);
    if !a.iter().all(|x| x.is_finite()) {
        return None;
    }
    if n == 0 {
        return Some((Vec::new(), Vec::new()));
    }
    let scale = magnitude(a);
    let a = DMatrix::from_iterator(n, n, a.iter().map(|x| x / scale));
    // Two or three steps find an eigenvalue.
    let found = SymmetricEigen::try_new(a, f64::EPSILON, 64 * n.max(16))?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|i, j| found.eigenvalues[*j].total_cmp(&found.eigenvalues[*i]));
    let vector = |i: usize| found.eigenvectors.column(i).iter().copied().collect();
    Some(order.into_iter().map(|i| (found.eigenvalues[i] * scale, vector(i))).unzip())
}

/// The power of two next to the largest element: divided by it, squares do not overflow, and no digit is lost.
fn magnitude(a: &[f64]) -> f64 {
    let largest = a.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    if largest > 0.0 { largest.log2().floor().max(-1000.0).exp2() } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        let (values, vectors) = symmetric(&[2.0, 1.0, 1.0, 2.0], 2).unwrap();
        assert!((values[0] - 3.0).abs() < 1e-15 && (values[1] - 1.0).abs() < 1e-15);
        assert!((vectors[0][0] - vectors[0][1]).abs() < 1e-15);
        assert_eq!(symmetric(&[5.0], 1).unwrap().0, [5.0]);
        assert_eq!(symmetric(&[0.0; 9], 3).unwrap().0, [0.0; 3]);
        assert!(symmetric(&[], 0).unwrap().0.is_empty());
    }

    /// Equal values, of which some are 0 to the last bit.
    #[test]
    fn many_features_that_are_the_same() {
        let n = 300;
        let (values, vectors) = symmetric(&vec![1.0; n * n], n).unwrap();
        assert!((values[0] - n as f64).abs() < 1e-10 && values[1..].iter().all(|value| value.abs() < 1e-10));
        assert!(vectors[0].iter().all(|x| (x.abs() - (n as f64).powf(-0.5)).abs() < 1e-12));
        let diagonal: Vec<f64> = (0..n * n).map(|i| if i / n == i % n { (i / n % 3) as f64 } else { 0.0 }).collect();
        let (values, _) = symmetric(&diagonal, n).unwrap();
        assert_eq!([values[0], values[100], values[200]], [2.0, 1.0, 0.0]);
    }

    #[test]
    fn numbers_that_are_not_finite() {
        assert!(symmetric(&[f64::NAN, 0.0, 0.0, 1.0], 2).is_none());
        assert!(symmetric(&[f64::INFINITY; 4], 2).is_none());
    }

    #[test]
    fn squares_of_large_and_small_elements() {
        for scale in [1e300, 1e-300] {
            let (values, _) = symmetric(&[2.0 * scale, scale, scale, 2.0 * scale], 2).unwrap();
            assert!((values[0] / scale - 3.0).abs() < 1e-14 && (values[1] / scale - 1.0).abs() < 1e-14, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn vectors_are_orthonormal_and_stretched_by_their_values(elements in prop::collection::vec(-1.0_f64..1.0, 64)) {
            let n = 8;
            let a: Vec<f64> = (0..64).map(|i| elements[i] + elements[i % n * n + i / n]).collect();
            let (values, vectors) = symmetric(&a, n).unwrap();
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
