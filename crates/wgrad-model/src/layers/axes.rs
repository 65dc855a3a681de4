//! Axes that layers name, as Keras' integer or list of integers.

use serde::{Deserialize, Serialize};
use wgrad_tensor::Shape;

/// One axis or several; negative ones count from the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum AxisList {
    One(i64),
    Several(Vec<i64>),
}

impl From<i64> for AxisList {
    fn from(axis: i64) -> Self {
        AxisList::One(axis)
    }
}

impl<const N: usize> From<[i64; N]> for AxisList {
    fn from(axes: [i64; N]) -> Self {
        AxisList::Several(axes.into())
    }
}

impl From<Vec<i64>> for AxisList {
    fn from(axes: Vec<i64>) -> Self {
        AxisList::Several(axes)
    }
}

impl AxisList {
    /// The axes as numbers from 0 in rising order, or the rule that they break.
    pub(crate) fn resolve(&self, shape: &Shape) -> Result<Vec<usize>, String> {
        let given = match self {
            AxisList::One(axis) => std::slice::from_ref(axis),
            AxisList::Several(axes) => axes,
        };
        let mut axes = given.iter().map(|&axis| resolve(axis, shape)).collect::<Result<Vec<usize>, String>>()?;
        axes.sort_unstable();
        match axes.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("axis {} is named twice in {given:?}", pair[0])),
            None => Ok(axes),
        }
    }
}

/// The number from 0 of an axis that may count from the last.
pub(crate) fn resolve(axis: i64, shape: &Shape) -> Result<usize, String> {
    let rank = i64::try_from(shape.rank()).unwrap_or(i64::MAX);
    let from_start = if axis < 0 { axis.saturating_add(rank) } else { axis };
    usize::try_from(from_start)
        .ok()
        .filter(|&axis| axis < shape.rank())
        .ok_or_else(|| format!("there is no axis {axis} in the input {shape}"))
}
