//! Axes of other lengths by interpolation, as TensorFlow's `image.resize` on the CPU, in f32: which positions, with which weights.

use super::along::map_axis;
use serde::{Deserialize, Serialize};
use std::f32::consts::PI;
use wgrad_tensor::Tensor;

/// How images become larger or smaller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Interpolation {
    /// Takes the nearest position.
    #[default]
    Nearest,
    /// A weighted sum of neighbours.
    Weighted(Method),
    /// A name that stands for nothing; the layer gives the error.
    Unknown(String),
}

/// A weighted sum of neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Of two, linear in the distance.
    Bilinear,
    /// Of four, by Keys' cubic (1981) with a = -1/2.
    Bicubic,
    /// Of six, by Lanczos' windowed sinc.
    Lanczos3,
    /// Of ten, by Lanczos' windowed sinc.
    Lanczos5,
}

const METHODS: [(&str, Method); 4] =
    [("bilinear", Method::Bilinear), ("bicubic", Method::Bicubic), ("lanczos3", Method::Lanczos3), ("lanczos5", Method::Lanczos5)];

impl Interpolation {
    /// The names that there are.
    fn names() -> String {
        ["nearest"].into_iter().chain(METHODS.map(|(name, _)| name)).collect::<Vec<_>>().join(", ")
    }

    /// `x` with `positions` positions along `axis`. With `antialias` an axis that becomes shorter is smoothed (not by [`Interpolation::Nearest`]).
    ///
    /// Errors: an axis without positions; a name that stands for nothing; a result that is too large.
    pub(crate) fn resize(&self, x: &Tensor, axis: usize, positions: usize, antialias: bool) -> Result<Tensor, String> {
        let n = x.shape()[axis];
        match self {
            Interpolation::Unknown(name) => Err(format!("there is no interpolation \"{name}\"; it is one of {}", Interpolation::names())),
            _ if n == 0 || positions == 0 => Err(format!("an axis of {n} positions cannot become one of {positions}")),
            Interpolation::Nearest if positions.is_multiple_of(n) => Ok(x.repeat(positions / n, axis as i64)),
            Interpolation::Nearest => map_axis(x, axis, positions, |position| {
                let place = (position as f32 + 0.5) * (n as f32 / positions as f32);
                ((place as usize).min(n - 1), vec![1.0])
            }),
            Interpolation::Weighted(method) => map_axis(x, axis, positions, |position| method.row(n, positions, antialias, position)),
        }
    }
}

impl From<&str> for Interpolation {
    fn from(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        match METHODS.iter().find(|(known, _)| *known == lower) {
            Some((_, method)) => Interpolation::Weighted(*method),
            None if lower == "nearest" => Interpolation::Nearest,
            None => Interpolation::Unknown(name.into()),
        }
    }
}

impl From<String> for Interpolation {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<Interpolation> for String {
    fn from(interpolation: Interpolation) -> String {
        match interpolation {
            Interpolation::Nearest => "nearest".into(),
            Interpolation::Weighted(method) => METHODS.iter().find(|(_, known)| *known == method).map_or("", |(name, _)| name).into(),
            Interpolation::Unknown(name) => name,
        }
    }
}

impl Method {
    /// For a position of an axis of length `n` that gets `positions` of them: the first position of the input and the weights from there on.
    fn row(self, n: usize, positions: usize, antialias: bool, position: usize) -> (usize, Vec<f32>) {
        let scale = n as f32 / positions as f32;
        let centre = (position as f32 + 0.5) * scale; // in the input, whose first pixel goes from 0 to 1
        let width = if antialias { scale.max(1.0) } else { 1.0 };
        match self {
            Method::Bilinear if antialias => spread(centre, n, width, 1.0, |x| 1.0 - x),
            Method::Bilinear => bilinear(centre, n),
            Method::Bicubic if antialias => spread(centre, n, width, 2.0, |x| if x < 1.0 { near(x) } else { far(x) }),
            Method::Bicubic => bicubic(centre, n),
            Method::Lanczos3 => spread(centre, n, width, 3.0, |x| lanczos(x, 3.0)),
            Method::Lanczos5 => spread(centre, n, width, 5.0, |x| lanczos(x, 5.0)),
        }
    }
}

fn bilinear(centre: f32, n: usize) -> (usize, Vec<f32>) {
    let place = centre - 0.5;
    let (low, share) = (place.floor(), place - place.floor());
    if low < 0.0 {
        return (0, vec![1.0]); // both neighbours are the first position
    }
    let low = low as usize;
    if low + 1 >= n { (n - 1, vec![1.0]) } else { (low, vec![1.0 - share, share]) }
}

/// TensorFlow reads the weights from a table with so many steps between two positions.
const STEPS: f32 = 1024.0;

fn bicubic(centre: f32, n: usize) -> (usize, Vec<f32>) {
    let place = centre - 0.5;
    let low = place.floor();
    let share = ((place - low) * STEPS).round_ties_even() / STEPS;
    let weights = [far(share + 1.0), near(share), near(1.0 - share), far(2.0 - share)];
    inside(low as i64 - 1, weights.to_vec(), n)
}

/// Keys' cubic at a distance below 1.
fn near(x: f32) -> f32 {
    (1.5 * x - 2.5) * x * x + 1.0
}

/// Keys' cubic at a distance from 1 to 2.
fn far(x: f32) -> f32 {
    ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
}

fn lanczos(x: f32, radius: f32) -> f32 {
    if x <= 1e-3 { 1.0 } else { radius * (PI * x).sin() * (PI * x / radius).sin() / (PI * PI * x * x) }
}

/// The positions at a distance up to `radius * width`, weighted by `kernel` of the distance in units of `width`.
fn spread(centre: f32, n: usize, width: f32, radius: f32, kernel: impl Fn(f32) -> f32) -> (usize, Vec<f32>) {
    let (first, last) = ((centre - radius * width - 0.5).ceil() as i64, (centre + radius * width - 0.5).floor() as i64);
    let weight = |place: i64| {
        let x = (place as f32 + 0.5 - centre).abs() / width;
        if x > radius { 0.0 } else { kernel(x) }
    };
    inside(first, (first..=last).map(weight).collect(), n)
}

/// The weights of positions that exist, made to sum up to 1.
fn inside(first: i64, weights: Vec<f32>, n: usize) -> (usize, Vec<f32>) {
    let kept = (first..).zip(weights).filter(|(place, _)| (0..n as i64).contains(place));
    let kept: Vec<f32> = kept.map(|(_, weight)| weight).collect();
    let sum: f32 = kept.iter().sum();
    (first.max(0) as usize, kept.into_iter().map(|weight| weight / sum).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with TensorFlow 2.21.
    #[test]
    fn shorter_and_longer_axes_are_tensorflows() {
        let x = [1f32, 5.0, -2.0, 0.5, 3.0];
        let cases: &[(&str, bool, &[f32])] = &[
            ("bilinear", false, &[4.0, 1.125]),
            ("bilinear", false, &[2.33333, -2.0, 2.16667]),
            ("bilinear", false, &[1.0, 3.28571, 3.0, -2.0, -0.214285, 1.57143, 3.0]),
            ("bilinear", true, &[1.93182, 0.931818]),
            ("bilinear", true, &[2.71429, 0.111111, 1.92857]),
            ("bilinear", true, &[1.0, 3.28571, 3.0, -2.0, -0.214285, 1.57143, 3.0]),
            ("bicubic", false, &[4.59542, 1.22519]),
            ("bicubic", false, &[2.34306, -2.0, 2.39731]),
            ("bicubic", false, &[0.767357, 3.70282, 3.52144, -2.0, -0.492949, 1.76772, 3.1454]),
            ("bicubic", true, &[1.8671, 0.884763]),
            ("bicubic", true, &[2.8, 0.0441856, 1.82308]),
            ("bicubic", true, &[0.766991, 3.7036, 3.52478, -2.0, -0.491253, 1.76731, 3.14563]),
            ("lanczos3", false, &[4.72976, 1.58071]),
            ("lanczos3", false, &[2.61797, -2.0, 2.58586]),
            ("lanczos3", false, &[0.502769, 3.9416, 3.63133, -2.0, -1.04592, 2.11446, 3.13762]),
            ("lanczos3", true, &[1.74279, 0.89489]),
            ("lanczos3", true, &[2.93236, 0.072605, 1.6592]),
            ("lanczos3", true, &[0.502769, 3.9416, 3.63133, -2.0, -1.04592, 2.11446, 3.13762]),
            ("lanczos5", false, &[4.74066, 1.8425]),
            ("lanczos5", false, &[2.72535, -2.0, 2.86762]),
            ("lanczos5", false, &[0.369548, 3.99862, 3.71702, -2.0, -1.34791, 2.45316, 2.98806]),
            ("lanczos5", true, &[1.68974, 0.895696]),
            ("lanczos5", true, &[3.0183, 0.0843223, 1.54058]),
            ("lanczos5", true, &[0.369548, 3.99862, 3.71702, -2.0, -1.34791, 2.45316, 2.98806]),
        ];
        for (name, antialias, all) in cases {
            let Interpolation::Weighted(method) = Interpolation::from(*name) else { panic!("no {name}") };
            for (position, expected) in all.iter().enumerate() {
                let (start, weights) = method.row(x.len(), all.len(), *antialias, position);
                let y: f32 = x[start..].iter().zip(weights).map(|(x, weight)| x * weight).sum();
                assert!((y - expected).abs() < 3e-5, "{name} {antialias} [{position}]: {y}, TensorFlow has {expected}");
            }
        }
    }
}
