//! What convolution and pooling layers share: padding modes, and where windows lie.

use super::Sizes;
use serde::{Deserialize, Serialize};

/// How windows meet the borders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Padding {
    /// Only whole windows inside the input.
    #[default]
    Valid,
    /// Zeros around, so that the result has `ceil(n / stride)` positions; the odd one comes at the end.
    Same,
    /// Zeros before, so that a position sees nothing after it. [`super::Conv1D`] only.
    Causal,
    /// A name that stands for nothing; the layer gives the error.
    Unknown(String),
}

impl From<&str> for Padding {
    fn from(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "valid" => Padding::Valid,
            "same" => Padding::Same,
            "causal" => Padding::Causal,
            _ => Padding::Unknown(name.into()),
        }
    }
}

impl From<String> for Padding {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<Padding> for String {
    fn from(padding: Padding) -> String {
        match padding {
            Padding::Valid => "valid".into(),
            Padding::Same => "same".into(),
            Padding::Causal => "causal".into(),
            Padding::Unknown(name) => name,
        }
    }
}

impl Padding {
    /// The error of a layer that does not know this padding.
    pub(crate) fn wrong(&self) -> String {
        let name = String::from(self.clone());
        format!("there is no padding \"{name}\"; it is \"valid\" or \"same\", and for Conv1D \"causal\", too")
    }
}

/// Sizes, strides and dilations beyond it are errors: arithmetic with them stays exact.
const LARGEST: usize = i32::MAX as usize;

/// Windows over the axes between batch and channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows<'a> {
    pub(crate) size: &'a [usize],
    pub(crate) strides: &'a [usize],
    pub(crate) dilation: &'a [usize],
    pub(crate) padding: &'a Padding,
}

impl<'a> Windows<'a> {
    pub(crate) fn new<const N: usize>(
        size: &'a Sizes<N>,
        strides: &'a Sizes<N>,
        dilation: &'a Sizes<N>,
        padding: &'a Padding,
    ) -> Windows<'a> {
        Windows { size: &size.0, strides: &strides.0, dilation: &dilation.0, padding }
    }

    /// The rule that every number of the windows must keep.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Windows { size, strides, dilation, .. } = self;
        let fits = |numbers: &[usize]| numbers.iter().all(|n| (1..=LARGEST).contains(n));
        if fits(size) && fits(strides) && fits(dilation) {
            return Ok(());
        }
        Err(format!("sizes, strides and dilations must be in 1..={LARGEST}, got {size:?}, {strides:?}, {dilation:?}"))
    }

    /// How many positions a window spans along `axis`. Exact where [`Windows::check`] holds.
    pub(crate) fn span(&self, axis: usize) -> usize {
        (self.size[axis] - 1) * self.dilation[axis] + 1
    }

    /// Elements before and after each axis of an input with these lengths between batch and channels, or the broken rule.
    pub(crate) fn amounts(&self, lengths: &[usize]) -> Result<Vec<(usize, usize)>, String> {
        self.check()?;
        let amounts = lengths.iter().enumerate().map(|(axis, &n)| {
            let (span, stride) = (self.span(axis), self.strides[axis]);
            match self.padding {
                Padding::Valid if span > n => {
                    Err(format!("a window spans {span} positions, but the input has only {n} along spatial axis {axis} of {lengths:?}"))
                }
                Padding::Valid => Ok((0, 0)),
                Padding::Same if n == 0 => Ok((0, 0)),
                Padding::Same => {
                    // Of the last window, what goes beyond the end: (ceil(n / stride) - 1) * stride + span - n, in an order that does not overflow.
                    let last = (n - 1) / stride * stride;
                    let needed = span.saturating_sub(n - last);
                    Ok((needed / 2, needed - needed / 2))
                }
                Padding::Causal if lengths.len() == 1 => Ok((span - 1, 0)),
                other => Err(other.wrong()),
            }
        });
        amounts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(padding: &str, (n, size, stride, dilation): (usize, usize, usize, usize)) -> Result<(usize, usize), String> {
        let padding = padding.into();
        let windows = Windows { size: &[size], strides: &[stride], dilation: &[dilation], padding: &padding };
        windows.amounts(&[n]).map(|amounts| amounts[0])
    }

    #[test]
    fn same_padding_is_tensorflows() {
        // (n, size, stride, dilation) -> (before, after)
        for (case, expected) in [
            ((28, 5, 1, 1), (2, 2)),
            ((28, 4, 1, 1), (1, 2)),
            ((5, 3, 2, 1), (1, 1)),
            ((6, 3, 2, 1), (0, 1)),
            ((6, 2, 4, 1), (0, 0)),
            ((7, 3, 1, 2), (2, 2)),
            ((0, 3, 1, 1), (0, 0)),
        ] {
            assert_eq!(amounts("same", case), Ok(expected), "{case:?}");
        }
    }

    #[test]
    fn causal_padding_comes_before() {
        assert_eq!(amounts("CAUSAL", (7, 3, 1, 2)), Ok((4, 0)));
    }

    #[test]
    fn wrong_windows() {
        assert!(amounts("valid", (3, 0, 1, 1)).unwrap_err().contains("must be in 1..=2147483647, got [0], [1], [1]"));
        assert!(amounts("same", (3, 1, usize::MAX, 1)).is_err());
        assert!(
            amounts("valid", (3, 2, 1, 3)).unwrap_err().contains("spans 4 positions, but the input has only 3 along spatial axis 0 of [3]")
        );
        assert!(amounts("full", (3, 1, 1, 1)).unwrap_err().contains("no padding \"full\""));
    }
}
