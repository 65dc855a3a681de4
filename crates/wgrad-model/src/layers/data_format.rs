//! The order of the axes of images, volumes and sequences.

use serde::{Deserialize, Serialize};
use std::ops::Range;
use wgrad_tensor::Tensor;

/// Where the channels are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DataFormat {
    /// `[batch, height, width, channels]`
    #[default]
    ChannelsLast,
    /// `[batch, channels, height, width]`
    ChannelsFirst,
    /// A name that stands for nothing; the layer gives the error.
    Unknown(String),
}

impl From<&str> for DataFormat {
    fn from(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "channels_last" => DataFormat::ChannelsLast,
            "channels_first" => DataFormat::ChannelsFirst,
            _ => DataFormat::Unknown(name.into()),
        }
    }
}

impl From<String> for DataFormat {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<DataFormat> for String {
    fn from(format: DataFormat) -> String {
        match format {
            DataFormat::ChannelsLast => "channels_last".into(),
            DataFormat::ChannelsFirst => "channels_first".into(),
            DataFormat::Unknown(name) => name,
        }
    }
}

/// The names of the axes between batch and channels.
const SPATIAL: [&[&str]; 4] = [&[], &["steps"], &["height", "width"], &["depth", "height", "width"]];

impl DataFormat {
    /// The axes between batch and channels, `axes` of them; an error-carrying tensor where `x` has another number of axes.
    #[track_caller]
    pub(crate) fn spatial(&self, layer: &str, x: &Tensor, axes: usize) -> Result<Range<usize>, Tensor> {
        let (range, names) = match self {
            DataFormat::ChannelsLast => (1..axes + 1, [&["batch"], SPATIAL[axes], &["channels"]].concat()),
            DataFormat::ChannelsFirst => (2..axes + 2, [&["batch", "channels"], SPATIAL[axes]].concat()),
            DataFormat::Unknown(_) => return Err(Tensor::invalid(layer, self.wrong(), &[x])),
        };
        super::check_rank(layer, x, &names).map(|()| range)
    }

    /// The error of a name that stands for nothing.
    pub(crate) fn wrong(&self) -> String {
        let name = String::from(self.clone());
        format!("there is no data_format \"{name}\"; it is \"channels_last\" or \"channels_first\"")
    }

    /// `f` of `x` with the channels last, brought back to this order; a broken rule becomes an error-carrying tensor.
    #[track_caller]
    pub(crate) fn channels_last(&self, layer: &str, x: &Tensor, axes: usize, f: impl FnOnce(&Tensor) -> Result<Tensor, String>) -> Tensor {
        if let Err(invalid) = self.spatial(layer, x, axes) {
            return invalid;
        }
        let first = *self == DataFormat::ChannelsFirst;
        match f(&if first { last_from_first(x) } else { x.clone() }) {
            Ok(y) if first && y.error().is_none() => first_from_last(&y),
            Ok(y) => y,
            Err(rule) => Tensor::invalid(layer, rule, &[x]),
        }
    }
}

/// Axis 1 becomes the last one.
#[track_caller]
pub(crate) fn last_from_first(x: &Tensor) -> Tensor {
    let axes: Vec<i64> = (0..x.rank() as i64).collect();
    x.permute([&axes[..1], &axes[2..], &axes[1..2]].concat())
}

/// The last axis becomes axis 1.
#[track_caller]
fn first_from_last(x: &Tensor) -> Tensor {
    let axes: Vec<i64> = (0..x.rank() as i64).collect();
    let channels = axes.len() - 1;
    x.permute([&axes[..1], &axes[channels..], &axes[1..channels]].concat())
}
