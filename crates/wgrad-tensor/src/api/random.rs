//! Random numbers: pure functions of a key, the same on every device.
//!
//! Uniform numbers are made of 24 bits, so that they are exact in f32; normal ones of them by the inverse of the error function, the one way that needs
//! no accurate sine and no rejection.

use crate::{DType, Op, Shape, Tensor};
use std::f64::consts::SQRT_2;

/// `erf(sqrt(2))`: the part of the normal distribution within two standard deviations.
const WITHIN_TWO: f64 = 0.954_499_736_103_641_6;

impl Tensor {
    /// The key of a seed, for the forms that take one: u32 `[seed low, seed high, step 0]`.
    #[track_caller]
    pub fn random_key(seed: u64) -> Tensor {
        Tensor::from([seed as u32, (seed >> 32) as u32, 0])
    }

    /// u32 random bits: a function of the key (u32 `[seed low, seed high, step]`), the stream and the position.
    #[track_caller]
    pub fn random_bits(key: &Tensor, shape: impl Into<Shape>, stream: u32) -> Tensor {
        Tensor::apply(Op::Random { shape: shape.into(), stream }, vec![key.clone()])
    }

    /// f32 numbers, uniform in `[low, high)`.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let x = Tensor::uniform([2, 3], -1.0, 1.0, 42);
    /// assert_eq!(x.to_string(), Tensor::uniform([2, 3], -1.0, 1.0, 42).to_string());
    /// ```
    #[track_caller]
    pub fn uniform(shape: impl Into<Shape>, low: f32, high: f32, seed: u64) -> Tensor {
        Tensor::uniform_with(&Tensor::random_key(seed), 0, shape, low, high)
    }

    /// f32 numbers, normally distributed.
    #[track_caller]
    pub fn normal(shape: impl Into<Shape>, mean: f32, std: f32, seed: u64) -> Tensor {
        Tensor::normal_with(&Tensor::random_key(seed), 0, shape, mean, std)
    }

    /// f32 numbers, normally distributed within two standard deviations of the mean, none outside (Keras' `TruncatedNormal`).
    #[track_caller]
    pub fn truncated_normal(shape: impl Into<Shape>, mean: f32, std: f32, seed: u64) -> Tensor {
        Tensor::truncated_normal_with(&Tensor::random_key(seed), 0, shape, mean, std)
    }

    /// The numbers `0..n` in random order, as i32.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::permutation(100, 7).sort(0, false).to_string(), Tensor::arange(0, 100, 1).to_string());
    /// ```
    #[track_caller]
    pub fn permutation(n: usize, seed: u64) -> Tensor {
        Tensor::permutation_with(&Tensor::random_key(seed), 0, n)
    }

    /// [`Tensor::uniform`] of a key that may be the input of a program.
    #[track_caller]
    pub fn uniform_with(key: &Tensor, stream: u32, shape: impl Into<Shape>, low: f32, high: f32) -> Tensor {
        if !(low <= high && (high - low).is_finite()) {
            return Tensor::invalid("uniform", format!("{low} to {high} is no finite range"), &[key]);
        }
        let unit = Tensor::random_bits(key, shape, stream).div(256).cast(DType::F32).mul(f32::EPSILON / 2.0);
        if low == 0.0 && high == 1.0 {
            return unit;
        }
        // The product may round up to `high` itself.
        unit.mul(high - low).add(low).minimum(high.next_down().max(low))
    }

    /// [`Tensor::normal`] of a key that may be the input of a program.
    #[track_caller]
    pub fn normal_with(key: &Tensor, stream: u32, shape: impl Into<Shape>, mean: f32, std: f32) -> Tensor {
        symmetric(key, stream, shape.into()).erfinv().mul(SQRT_2 * f64::from(std)).add(mean)
    }

    /// [`Tensor::truncated_normal`] of a key that may be the input of a program.
    #[track_caller]
    pub fn truncated_normal_with(key: &Tensor, stream: u32, shape: impl Into<Shape>, mean: f32, std: f32) -> Tensor {
        let standard = symmetric(key, stream, shape.into()).mul(WITHIN_TWO).erfinv().mul(SQRT_2);
        standard.clip(-2.0, 2.0).mul(std).add(mean)
    }

    /// [`Tensor::permutation`] of a key that may be the input of a program.
    #[track_caller]
    pub fn permutation_with(key: &Tensor, stream: u32, n: usize) -> Tensor {
        if i32::try_from(n).is_err() {
            return Tensor::invalid("permutation", format!("{n} numbers are too many for i32"), &[key]);
        }
        Tensor::random_bits(key, n, stream).argsort(0, false)
    }
}

/// f32 numbers, uniform on the odd multiples of 2^-23 strictly inside (-1, 1). No step rounds, so that every device gives the same.
#[track_caller]
fn symmetric(key: &Tensor, stream: u32, shape: Shape) -> Tensor {
    let half_step = f32::EPSILON;
    Tensor::random_bits(key, shape, stream).div(512).cast(DType::F32).mul(2.0 * half_step).add(half_step - 1.0)
}
