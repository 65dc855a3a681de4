//! Printing as NumPy does: nested brackets, aligned columns, lines of at most 75 characters, and the edges only above 1000 elements.

use crate::{HostTensor, Scalar, Tensor};
use half::f16;
use std::fmt;

/// Tensors with more elements are summarised.
const THRESHOLD: usize = 1000;
/// Elements shown at each end of a summarised axis.
const EDGE: usize = 3;
/// Characters of a line.
const LINE_WIDTH: usize = 75;
/// Digits after the point, at most.
const PRECISION: usize = 8;

impl fmt::Display for HostTensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.data().is_empty() {
            return f.write_str("[]");
        }
        let positions: Vec<Vec<Option<usize>>> = self.shape().iter().map(|&n| shown(n, self.data().len() > THRESHOLD)).collect();
        let mut elements = Vec::new();
        collect(self, &positions, 0, &mut elements);
        if self.shape().rank() == 0 {
            return f.write_str(&elements.first().map_or_else(String::new, |&element| alone(element)));
        }
        let mut words = columns(&elements).into_iter();
        f.write_str(&nested(&positions, &mut words, 1))
    }
}

/// Evaluates the tensor; where that fails, prints why.
impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_host() {
            Ok(tensor) => tensor.fmt(f),
            Err(error) => error.fmt(f),
        }
    }
}

/// The positions of an axis that are shown; `None` for those left out.
fn shown(n: usize, summarise: bool) -> Vec<Option<usize>> {
    if summarise && n > 2 * EDGE {
        return (0..EDGE).map(Some).chain([None]).chain((n - EDGE..n).map(Some)).collect();
    }
    (0..n).map(Some).collect()
}

/// The elements that are shown, in order.
fn collect(tensor: &HostTensor, positions: &[Vec<Option<usize>>], offset: usize, elements: &mut Vec<Scalar>) {
    let Some((axis, inner)) = positions.split_first() else {
        return elements.extend(tensor.data().get(offset));
    };
    let length = tensor.shape()[tensor.shape().rank() - positions.len()];
    for position in axis.iter().flatten() {
        collect(tensor, inner, offset * length + position, elements);
    }
}

/// The text of the axes in `positions`; `words` are the elements, `indent` the column after the opening bracket.
fn nested(positions: &[Vec<Option<usize>>], words: &mut impl Iterator<Item = String>, indent: usize) -> String {
    let Some((axis, inner)) = positions.split_first() else { return words.next().unwrap_or_default() };
    let mut entries = Vec::with_capacity(axis.len());
    for position in axis {
        entries.push(if position.is_some() { nested(inner, words, indent + 1) } else { "...".into() });
    }
    if inner.is_empty() {
        return row(&entries, indent);
    }
    let separator = format!("{}{}", "\n".repeat(inner.len()), " ".repeat(indent));
    format!("[{}]", entries.join(&separator))
}

/// Words in brackets, on as many lines as they need; behind them there is room for as many brackets as before them.
fn row(words: &[String], indent: usize) -> String {
    let (mut lines, mut line) = (String::from("["), String::new());
    for word in words {
        if !line.is_empty() && 2 * indent + line.len() + word.len() > LINE_WIDTH {
            lines = lines + line.trim_end() + "\n" + &" ".repeat(indent);
            line.clear();
        }
        line += word;
        line.push(' ');
    }
    line.pop();
    lines + &line + "]"
}

/// The elements as words of one width.
fn columns(elements: &[Scalar]) -> Vec<String> {
    let words = match elements.first() {
        Some(Scalar::F16(_) | Scalar::F32(_) | Scalar::F64(_)) => float_words(elements),
        Some(Scalar::Bool(_) | Scalar::I32(_) | Scalar::U32(_)) | None => elements.iter().map(|&element| alone(element)).collect(),
    };
    let width = words.iter().map(String::len).max().unwrap_or(0);
    words.into_iter().map(|word| format!("{word:>width$}")).collect()
}

/// An element without others to align with.
fn alone(element: Scalar) -> String {
    match element {
        Scalar::Bool(value) => if value { "True" } else { "False" }.into(),
        Scalar::I32(_) | Scalar::U32(_) => element.to_string(),
        Scalar::F16(_) | Scalar::F32(_) | Scalar::F64(_) => {
            let size = element.to_f64().abs();
            let exponent = size != 0.0 && !(1e-4..1e16).contains(&size);
            match Decimal::new(element, exponent, usize::MAX) {
                None => special(element),
                Some(Decimal { whole, fraction, exponent: None }) => format!("{whole}.{fraction:0<1}"),
                Some(Decimal { whole, fraction, exponent: Some(e) }) if fraction.is_empty() => format!("{whole}e{e:+03}"),
                Some(Decimal { whole, fraction, exponent: Some(e) }) => format!("{whole}.{fraction}e{e:+03}"),
            }
        }
    }
}

/// Floats with their points below each other, or all with exponents where their sizes differ much.
fn float_words(elements: &[Scalar]) -> Vec<String> {
    let sizes = elements.iter().map(|element| element.to_f64().abs()).filter(|&size| size.is_finite() && size != 0.0);
    let (low, high) = sizes.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), size| (low.min(size), high.max(size)));
    let exponents = high >= 1e8 || low < 1e-4 || high > 1000.0 * low;
    let decimals: Vec<_> = elements.iter().map(|&element| Decimal::new(element, exponents, PRECISION)).collect();
    let digits = decimals.iter().flatten().map(|decimal| decimal.fraction.len()).max().unwrap_or(0);
    let width = decimals.iter().flatten().filter_map(|decimal| decimal.exponent).map(|e| format!("{e:+03}").len()).max().unwrap_or(0);
    let word = |(decimal, &element): (Option<Decimal>, &Scalar)| match decimal {
        None => special(element),
        Some(Decimal { whole, fraction, exponent: None }) => format!("{whole}.{fraction:<digits$}"),
        Some(Decimal { whole, fraction, exponent: Some(e) }) => format!("{whole}.{fraction:0<digits$}e{e:+0width$}"),
    };
    decimals.into_iter().zip(elements).map(word).collect()
}

/// NaN and the infinities.
fn special(element: Scalar) -> String {
    let value = element.to_f64();
    if value.is_nan() { "nan".into() } else { value.to_string() }
}

/// The parts of `-1.25e-7`: as few digits as tell the number from its neighbours in its dtype.
struct Decimal {
    whole: String,
    fraction: String,
    exponent: Option<i32>,
}

impl Decimal {
    /// With at most `precision` digits after the point; `None` for NaN and infinities.
    fn new(element: Scalar, exponent: bool, precision: usize) -> Option<Decimal> {
        let value = element.to_f64();
        if !value.is_finite() {
            return None;
        }
        let decimal = Decimal::parse(&match (element, exponent) {
            (Scalar::F32(value), true) => format!("{value:e}"),
            (Scalar::F32(value), false) => format!("{value}"),
            (Scalar::F16(value), true) => format!("{:e}", shortest(value)),
            (Scalar::F16(value), false) => format!("{}", shortest(value)),
            (_, true) => format!("{value:e}"),
            (_, false) => format!("{value}"),
        });
        if decimal.fraction.len() <= precision {
            return Some(decimal);
        }
        let mut rounded = Decimal::parse(&if exponent { format!("{value:.precision$e}") } else { format!("{value:.precision$}") });
        rounded.fraction.truncate(rounded.fraction.trim_end_matches('0').len());
        Some(rounded)
    }

    fn parse(text: &str) -> Decimal {
        let (mantissa, exponent) = text.split_once('e').map_or((text, None), |(mantissa, exponent)| (mantissa, exponent.parse().ok()));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        Decimal { whole: whole.into(), fraction: fraction.into(), exponent }
    }
}

/// The shortest decimal number that rounds to `value`.
fn shortest(value: f16) -> f64 {
    let decimals = (0..5).filter_map(|digits| format!("{:.digits$e}", value.to_f64()).parse().ok());
    decimals.into_iter().find(|&decimal| f16::from_f64(decimal) == value).unwrap_or(value.to_f64())
}
