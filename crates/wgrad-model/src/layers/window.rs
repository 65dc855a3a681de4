//! What convolution and pooling layers share: pairs of sizes, padding modes, the arithmetic of "same".

use serde::{Deserialize, Deserializer, Serialize};

/// A size for each of `N` axes, given as one number or one for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sizes<const N: usize>(#[serde(serialize_with = "as_slice")] pub [usize; N]);

fn as_slice<const N: usize, S: serde::Serializer>(sizes: &[usize; N], serializer: S) -> Result<S::Ok, S::Error> {
    sizes.as_slice().serialize(serializer)
}

impl<const N: usize> From<usize> for Sizes<N> {
    fn from(size: usize) -> Self {
        Sizes([size; N])
    }
}

impl From<(usize, usize)> for Sizes<2> {
    fn from((height, width): (usize, usize)) -> Self {
        Sizes([height, width])
    }
}

impl<const N: usize> From<[usize; N]> for Sizes<N> {
    fn from(sizes: [usize; N]) -> Self {
        Sizes(sizes)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Sizes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            One(usize),
            Each(Vec<usize>),
        }
        let each = match Form::deserialize(deserializer)? {
            Form::One(size) => vec![size; N],
            Form::Each(sizes) => sizes,
        };
        let count = each.len();
        let sizes = each.try_into().map_err(|_| serde::de::Error::custom(format!("expected {N} sizes, got {count}")))?;
        Ok(Sizes(sizes))
    }
}

/// How windows meet the borders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Padding {
    /// Only whole windows inside the input.
    #[default]
    Valid,
    /// Zeros around, so that the result has `ceil(n / stride)` positions; the odd one comes at the end.
    Same,
    /// A name that stands for nothing; the layer gives the error.
    Unknown(String),
}

impl From<&str> for Padding {
    fn from(name: &str) -> Self {
        match name {
            "valid" => Padding::Valid,
            "same" => Padding::Same,
            other => Padding::Unknown(other.into()),
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
            Padding::Unknown(name) => name,
        }
    }
}

impl Padding {
    /// Elements before and after an axis of length `n`, or the broken rule.
    pub(crate) fn amounts(&self, n: usize, size: usize, stride: usize, dilation: usize) -> Result<(usize, usize), String> {
        if size == 0 || stride == 0 || dilation == 0 {
            return Err(format!("sizes, strides and dilations must be at least 1, got {size}, {stride}, {dilation}"));
        }
        match self {
            Padding::Valid => Ok((0, 0)),
            Padding::Same => {
                let span = (size - 1).saturating_mul(dilation).saturating_add(1);
                let needed = n.div_ceil(stride).saturating_mul(stride).saturating_add(span).saturating_sub(stride.saturating_add(n));
                Ok((needed / 2, needed - needed / 2))
            }
            Padding::Unknown(name) => Err(format!("there is no padding \"{name}\"; it is \"valid\" or \"same\"")),
        }
    }
}

/// The only order of axes that there is: `channels_last`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChannelsLast {
    #[default]
    ChannelsLast,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_is_tensorflows() {
        // (n, size, stride, dilation) -> (before, after)
        for ((n, size, stride, dilation), expected) in [
            ((28, 5, 1, 1), (2, 2)),
            ((28, 4, 1, 1), (1, 2)),
            ((5, 3, 2, 1), (1, 1)),
            ((6, 3, 2, 1), (0, 1)),
            ((6, 2, 4, 1), (0, 0)),
            ((7, 3, 1, 2), (2, 2)),
            ((0, 3, 1, 1), (1, 1)),
        ] {
            assert_eq!(Padding::Same.amounts(n, size, stride, dilation), Ok(expected), "{n} {size} {stride} {dilation}");
        }
        assert!(Padding::Valid.amounts(3, 0, 1, 1).is_err());
        assert!(Padding::from("causal").amounts(3, 1, 1, 1).unwrap_err().contains("no padding \"causal\""));
    }
}
