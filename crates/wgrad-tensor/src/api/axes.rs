//! Arguments that name axes or lengths, with NumPy's negative numbers.

use crate::Shape;
use std::ops::RangeFull;

/// The axes that an operation works on: `()` or `..` for all, `1`, `-1`, `[0, -1]`. Negative axes count from the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axes(Option<Vec<i64>>);

impl Axes {
    /// The axes as sorted, distinct numbers from 0, or the rule that they break.
    pub(crate) fn resolve(&self, shape: &Shape) -> Result<Vec<usize>, String> {
        let mut axes = self.in_order(shape)?;
        axes.sort_unstable();
        match axes.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("axis {} is named twice", pair[0])),
            None => Ok(axes),
        }
    }

    /// The axes as numbers from 0, in the order given.
    pub(crate) fn in_order(&self, shape: &Shape) -> Result<Vec<usize>, String> {
        match &self.0 {
            None => Ok((0..shape.rank()).collect()),
            Some(axes) => axes.iter().map(|&axis| resolve_axis(axis, shape)).collect(),
        }
    }
}

/// The number from 0 of an axis that may count from the last.
pub(crate) fn resolve_axis(axis: i64, shape: &Shape) -> Result<usize, String> {
    from_end(axis, shape.rank()).ok_or_else(|| format!("axis {axis} is out of range for {shape}, which has {} axes", shape.rank()))
}

/// Position `at` of `len`, where negative positions count from the end.
pub(crate) fn from_end(at: i64, len: usize) -> Option<usize> {
    let at = if at < 0 { i128::from(at) + len as i128 } else { i128::from(at) };
    usize::try_from(at).ok().filter(|&at| at < len)
}

/// The lengths of a shape, one of which may be `-1`: what is left of the elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dims(Vec<i64>);

impl Dims {
    /// The shape for the elements of `from`, or the rule that the lengths break.
    pub(crate) fn resolve(&self, from: &Shape) -> Result<Shape, String> {
        let Dims(dims) = self;
        if let Some(bad) = dims.iter().find(|&&n| n < -1) {
            return Err(format!("{bad} is not a length; -1 stands for what is left"));
        }
        let known: Shape = dims.iter().filter_map(|&n| usize::try_from(n).ok()).collect();
        let left = match (dims.len() - known.rank(), known.checked_numel()) {
            (0, _) => 0,
            (1, Some(n)) if n > 0 && from.numel().is_multiple_of(n) => from.numel() / n,
            (1, _) => return Err(format!("the {} elements of {from} cannot fill {dims:?}", from.numel())),
            _ => return Err(format!("{dims:?} has more than one -1")),
        };
        Ok(dims.iter().map(|&n| usize::try_from(n).unwrap_or(left)).collect())
    }
}

/// An integer as i64. What does not fit is out of range for every tensor, and so is the largest i64.
pub(crate) fn signed<T: TryInto<i64>>(n: T) -> i64 {
    n.try_into().unwrap_or(i64::MAX)
}

/// Conversions from integers and their arrays, slices and vectors.
macro_rules! from_integers {
    ($($type:ty),*) => {$(
        from_integers!(@ Axes, Some, $type);
        from_integers!(@ Dims, std::convert::identity, $type);
    )*};
    (@ $target:ident, $wrap:expr, $type:ty) => {
        impl From<$type> for $target {
            fn from(n: $type) -> Self {
                $target($wrap(vec![signed(n)]))
            }
        }
        impl<const N: usize> From<[$type; N]> for $target {
            fn from(list: [$type; N]) -> Self {
                $target($wrap(list.into_iter().map(signed).collect()))
            }
        }
        impl From<&[$type]> for $target {
            fn from(list: &[$type]) -> Self {
                $target($wrap(list.iter().copied().map(signed).collect()))
            }
        }
        impl From<Vec<$type>> for $target {
            fn from(list: Vec<$type>) -> Self {
                $target($wrap(list.into_iter().map(signed).collect()))
            }
        }
    };
}
from_integers!(i64, i32, usize);

impl From<()> for Axes {
    fn from((): ()) -> Self {
        Axes(None)
    }
}

impl From<RangeFull> for Axes {
    fn from(_: RangeFull) -> Self {
        Axes(None)
    }
}

impl From<()> for Dims {
    fn from((): ()) -> Self {
        Dims(Vec::new())
    }
}

impl From<&Shape> for Dims {
    fn from(shape: &Shape) -> Self {
        Dims::from(&shape[..])
    }
}

impl From<Shape> for Dims {
    fn from(shape: Shape) -> Self {
        Dims::from(&shape)
    }
}
