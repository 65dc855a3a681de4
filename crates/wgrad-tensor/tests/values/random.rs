use crate::{host, same};
use wgrad_tensor::{Tensor, philox};

const N: usize = 40_000;

fn numbers(tensor: &Tensor) -> Vec<f64> {
    host(tensor).data().to_f64()
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, variance.sqrt())
}

#[track_caller]
fn near(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() < tolerance, "{got} is not {expected}");
}

#[test]
fn bits_are_philox() {
    let key = Tensor::from([7u32, 9, 3]);
    let block = philox([1, 0, 5, 3], [7, 9]);
    same(&Tensor::random_bits(&key, [2, 4], 5).i(1), block);
}

#[test]
fn uniform() {
    let bits = numbers(&Tensor::random_bits(&Tensor::random_key(1 << 32), 100, 0));
    let units: Vec<_> = bits.iter().map(|b| (b / 256.0).floor() / 16_777_216.0).collect();
    assert_eq!(numbers(&Tensor::uniform(100, 0.0, 1.0, 1 << 32)), units);
    let x = numbers(&Tensor::uniform(N, 1.0, 2.0, 0));
    assert!(x.iter().all(|v| (1.0..2.0).contains(v)));
    let (mean, std) = moments(&x);
    near(mean, 1.5, 0.01);
    near(std, 12f64.sqrt().recip(), 0.01);
    same(&Tensor::uniform(2, 3.0, 3.0, 0), [3f32, 3.0]);
    assert!(Tensor::uniform(2, 1.0, 0.0, 0).error().is_some());
    assert!(Tensor::uniform(2, f32::MIN, f32::MAX, 0).error().is_some());
}

#[test]
fn normal() {
    let x = numbers(&Tensor::normal(N, 10.0, 2.0, 1));
    let (mean, std) = moments(&x);
    near(mean, 10.0, 0.05);
    near(std, 2.0, 0.03);
    let within = x.iter().filter(|v| (*v - 10.0).abs() < 2.0).count() as f64 / N as f64;
    near(within, 0.6827, 0.01);
    assert!(x.iter().all(|v| v.is_finite()));
}

#[test]
fn truncated_normal() {
    let x = numbers(&Tensor::truncated_normal(N, 0.0, 1.0, 2));
    assert!(x.iter().all(|v| v.abs() <= 2.0));
    let (mean, std) = moments(&x);
    near(mean, 0.0, 0.02);
    // Keras divides by this number to correct for the truncation.
    near(std, 0.879_625_66, 0.01);
}

#[test]
fn permutation() {
    let mut x = numbers(&Tensor::permutation(100, 3));
    let in_order: Vec<_> = (0..100).map(f64::from).collect();
    assert_ne!(x, in_order);
    x.sort_by(f64::total_cmp);
    assert_eq!(x, in_order);
}

#[test]
fn seeds_and_streams_differ_and_repeat() {
    let draw = |seed, stream| numbers(&Tensor::uniform_with(&Tensor::random_key(seed), stream, 8, 0.0, 1.0));
    assert_eq!(draw(5, 0), draw(5, 0));
    assert_ne!(draw(5, 0), draw(6, 0));
    assert_ne!(draw(5, 0), draw(5, 1));
    assert_ne!(draw(5, 0), draw(5 + (1 << 32), 0));
}
