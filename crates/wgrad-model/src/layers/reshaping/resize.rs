//! Interpolation along one axis: which positions, with which weights. As TensorFlow's `image.resize` on the CPU, in f32.

use serde::{Deserialize, Serialize};
use std::f32::consts::PI;

/// How images become larger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Interpolation {
    /// Repeats each position.
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
    pub(crate) fn names() -> String {
        ["nearest"].into_iter().chain(METHODS.map(|(name, _)| name)).collect::<Vec<_>>().join(", ")
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
    /// For a position of an axis of length `n` made `factor` times as long: the first position of the input and the weights from there on.
    pub(crate) fn row(self, n: usize, factor: usize, position: usize) -> (usize, Vec<f32>) {
        let scale = n as f32 / (n * factor) as f32;
        let centre = (position as f32 + 0.5) * scale; // in the input, whose first pixel goes from 0 to 1
        match self {
            Method::Bilinear => bilinear(centre, n),
            Method::Bicubic => bicubic(centre, n),
            Method::Lanczos3 => lanczos(centre, n, 3.0),
            Method::Lanczos5 => lanczos(centre, n, 5.0),
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
    let near = |x: f32| (1.5 * x - 2.5) * x * x + 1.0;
    let far = |x: f32| ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0;
    let weights = [far(share + 1.0), near(share), near(1.0 - share), far(2.0 - share)];
    inside(low as i64 - 1, weights.to_vec(), n)
}

fn lanczos(centre: f32, n: usize, radius: f32) -> (usize, Vec<f32>) {
    let (first, last) = ((centre - radius - 0.5).ceil(), (centre + radius - 0.5).floor());
    let weight = |place: i64| {
        let x = (place as f32 + 0.5 - centre).abs();
        match x {
            _ if x > radius => 0.0,
            _ if x <= 1e-3 => 1.0,
            _ => radius * (PI * x).sin() * (PI * x / radius).sin() / (PI * PI * x * x),
        }
    };
    inside(first as i64, (first as i64..=last as i64).map(weight).collect(), n)
}

/// The weights of positions that exist, made to sum up to 1.
fn inside(first: i64, weights: Vec<f32>, n: usize) -> (usize, Vec<f32>) {
    let kept = (first..).zip(weights).filter(|(place, _)| (0..n as i64).contains(place));
    let kept: Vec<f32> = kept.map(|(_, weight)| weight).collect();
    let sum: f32 = kept.iter().sum();
    (first.max(0) as usize, kept.into_iter().map(|weight| weight / sum).collect())
}
