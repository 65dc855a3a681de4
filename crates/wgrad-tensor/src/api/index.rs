//! Parts of a tensor, with NumPy's indices: `x.i((1.., -1, Step(.., 2), NewAxis, Ellipsis))`.

use super::{
    Axes,
    axes::{from_end, resolve_axis, signed},
};
use crate::{Op, Range, Shape, Tensor};
use std::ops;

/// What an index says of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// One position, counted from the end where negative; the axis is dropped.
    At(i64),
    /// Every `step`-th position from `start` up to but without `stop` (downwards where `step` is negative), as Python's slices: negative bounds count
    /// from the end, bounds beyond the axis are cut.
    #[allow(missing_docs)]
    Range { start: Option<i64>, stop: Option<i64>, step: i64 },
    /// A new axis of length 1.
    NewAxis,
    /// All the axes that the other indices do not mention.
    Ellipsis,
}

/// In an index: a new axis of length 1.
#[derive(Clone, Copy, Debug)]
pub struct NewAxis;

/// In an index: all the axes that the other indices do not mention.
#[derive(Clone, Copy, Debug)]
pub struct Ellipsis;

/// In an index: every n-th position of a range; `Step(.., -1)` reverses.
#[derive(Clone, Copy, Debug)]
pub struct Step<R>(pub R, pub i64);

/// Whatever can stand for one axis in an index: integers, ranges, [`Step`], [`NewAxis`], [`Ellipsis`].
pub trait ToIndex {
    /// The index.
    fn to_index(self) -> Index;
}

/// The ranges, whose bounds a [`Step`] can take.
pub trait ToBounds {
    /// First position, and the one after the last.
    fn to_bounds(self) -> (Option<i64>, Option<i64>);
}

/// Whatever can stand for all axes in an index: what stands for one, tuples and lists of it.
pub trait ToIndices {
    /// The indices, outermost axis first.
    fn to_indices(self) -> Vec<Index>;
}

impl ToIndex for Index {
    fn to_index(self) -> Index {
        self
    }
}

impl ToIndex for NewAxis {
    fn to_index(self) -> Index {
        Index::NewAxis
    }
}

impl ToIndex for Ellipsis {
    fn to_index(self) -> Index {
        Index::Ellipsis
    }
}

impl<R: ToBounds> ToIndex for Step<R> {
    fn to_index(self) -> Index {
        let (start, stop) = self.0.to_bounds();
        Index::Range { start, stop, step: self.1 }
    }
}

/// The position after an inclusive bound; after the last one there is none.
fn after(last: i64) -> Option<i64> {
    last.checked_add(1).filter(|&next| next != 0)
}

macro_rules! ranges {
    ($([$($generic:tt)*] $range:ty, $self:ident => $bounds:expr);* $(;)?) => {$(
        impl $($generic)* ToBounds for $range {
            fn to_bounds($self) -> (Option<i64>, Option<i64>) {
                $bounds
            }
        }
        impl $($generic)* ToIndex for $range {
            fn to_index(self) -> Index {
                Step(self, 1).to_index()
            }
        }
    )*};
}

ranges! {
    [] ops::RangeFull, self => (None, None);
    [<T: TryInto<i64>>] ops::Range<T>, self => (Some(signed(self.start)), Some(signed(self.end)));
    [<T: TryInto<i64>>] ops::RangeFrom<T>, self => (Some(signed(self.start)), None);
    [<T: TryInto<i64>>] ops::RangeTo<T>, self => (None, Some(signed(self.end)));
    [<T: TryInto<i64>>] ops::RangeToInclusive<T>, self => (None, after(signed(self.end)));
}

impl<T: TryInto<i64> + Clone> ToBounds for ops::RangeInclusive<T> {
    fn to_bounds(self) -> (Option<i64>, Option<i64>) {
        let (start, end) = self.into_inner();
        (Some(signed(start)), after(signed(end)))
    }
}

impl<T: TryInto<i64> + Clone> ToIndex for ops::RangeInclusive<T> {
    fn to_index(self) -> Index {
        Step(self, 1).to_index()
    }
}

macro_rules! positions {
    ($($type:ty),*) => {$(
        impl ToIndex for $type {
            fn to_index(self) -> Index {
                Index::At(signed(self))
            }
        }
    )*};
}
positions!(i64, i32, usize);

impl<T: ToIndex> ToIndices for T {
    fn to_indices(self) -> Vec<Index> {
        vec![self.to_index()]
    }
}

impl<T: ToIndex, const N: usize> ToIndices for [T; N] {
    fn to_indices(self) -> Vec<Index> {
        self.into_iter().map(T::to_index).collect()
    }
}

impl<T: ToIndex> ToIndices for Vec<T> {
    fn to_indices(self) -> Vec<Index> {
        self.into_iter().map(T::to_index).collect()
    }
}

impl<T: ToIndex + Clone> ToIndices for &[T] {
    fn to_indices(self) -> Vec<Index> {
        self.iter().cloned().map(T::to_index).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {$(
        impl<$($name: ToIndex),+> ToIndices for ($($name,)+) {
            #[allow(non_snake_case)]
            fn to_indices(self) -> Vec<Index> {
                let ($($name,)+) = self;
                vec![$($name.to_index()),+]
            }
        }
    )*};
}
tuples!((A)(A B)(A B C)(A B C D)(A B C D E)(A B C D E F)(A B C D E F G)(A B C D E F G H));

impl Tensor {
    /// A part of the tensor, as NumPy's `x[...]`: an integer takes one position and drops the axis, a range takes several, [`NewAxis`] adds an axis,
    /// [`Ellipsis`] stands for the axes not mentioned (at the end, where it is left out).
    ///
    /// ```
    /// # use wgrad_tensor::{Ellipsis, NewAxis, Step, Tensor};
    /// let x = Tensor::zeros([4, 5, 6]);
    /// assert_eq!(x.i(-1).shape()[..], [5, 6]);
    /// assert_eq!(x.i((1..3, .., NewAxis, Step(.., 2))).shape()[..], [2, 5, 1, 3]);
    /// assert_eq!(x.i((Ellipsis, ..-1)).shape()[..], [4, 5, 5]);
    /// assert!(x.i(4).error().is_some());
    /// ```
    #[track_caller]
    pub fn i(&self, indices: impl ToIndices) -> Tensor {
        let (ranges, shape) = attempt!("index", [self], resolve(&indices.to_indices(), self.shape()));
        self.slice("index", ranges).reshape(shape)
    }

    /// `len` positions of one axis from `start` on.
    #[track_caller]
    pub fn narrow(&self, axis: i64, start: usize, len: usize) -> Tensor {
        let axis = attempt!("narrow", [self], resolve_axis(axis, self.shape()));
        let mut ranges = whole(self.shape());
        ranges[axis] = Range { start, len, step: 1 };
        self.slice("narrow", ranges)
    }

    /// The order of the elements reversed along axes.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from([1, 2, 3]).flip(0).to_string(), "[3 2 1]");
    /// ```
    #[track_caller]
    pub fn flip(&self, axes: impl Into<Axes>) -> Tensor {
        let mut ranges = whole(self.shape());
        for axis in attempt!("flip", [self], axes.into().resolve(self.shape())) {
            if let Some(last) = self.shape()[axis].checked_sub(1) {
                ranges[axis] = Range { start: last, len: last + 1, step: -1 };
            }
        }
        self.slice("flip", ranges)
    }

    /// [`Op::Slice`]; the tensor itself where the ranges are whole.
    #[track_caller]
    fn slice(&self, name: &str, ranges: Vec<Range>) -> Tensor {
        if ranges == whole(self.shape()) {
            return self.clone();
        }
        Tensor::apply_as(name, Op::Slice(ranges), vec![self.clone()])
    }
}

fn whole(shape: &Shape) -> Vec<Range> {
    shape.iter().map(|&len| Range { start: 0, len, step: 1 }).collect()
}

/// One range for each axis, and the shape of the result.
fn resolve(indices: &[Index], shape: &Shape) -> Result<(Vec<Range>, Shape), String> {
    let mentioned = indices.iter().filter(|index| matches!(index, Index::At(_) | Index::Range { .. })).count();
    let ellipses = indices.iter().filter(|index| matches!(index, Index::Ellipsis)).count();
    let rest = shape.rank().checked_sub(mentioned).ok_or_else(|| format!("{mentioned} indices for {} axes of {shape}", shape.rank()))?;
    if ellipses > 1 {
        return Err("more than one ellipsis".into());
    }
    let (mut ranges, mut result) = (Vec::new(), Vec::new());
    let take_rest = |ranges: &mut Vec<Range>, result: &mut Vec<usize>| {
        for &len in &shape[ranges.len()..ranges.len() + rest] {
            ranges.push(Range { start: 0, len, step: 1 });
            result.push(len);
        }
    };
    for index in indices {
        let axis = ranges.len();
        match *index {
            Index::At(at) => {
                let start = from_end(at, shape[axis])
                    .ok_or_else(|| format!("index {at} is out of range for axis {axis} of length {}", shape[axis]))?;
                ranges.push(Range { start, len: 1, step: 1 });
            }
            Index::Range { start, stop, step } => {
                let range = resolve_range(start, stop, step, shape[axis])?;
                ranges.push(range);
                result.push(range.len);
            }
            Index::NewAxis => result.push(1),
            Index::Ellipsis => take_rest(&mut ranges, &mut result),
        }
    }
    if ellipses == 0 {
        take_rest(&mut ranges, &mut result);
    }
    Ok((ranges, result.into()))
}

/// Python's `slice.indices`: the positions of a slice that lie on an axis of length `n`.
fn resolve_range(start: Option<i64>, stop: Option<i64>, step: i64, n: usize) -> Result<Range, String> {
    if step == 0 {
        return Err("a step of 0 leads nowhere".into());
    }
    let (n, wide_step) = (n as i128, i128::from(step));
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let place = |bound: i64| (i128::from(bound) + if bound < 0 { n } else { 0 }).clamp(low, high);
    let start = start.map_or(if step > 0 { low } else { high }, place);
    let stop = stop.map_or(if step > 0 { high } else { low }, place);
    let len = ((stop - start + wide_step - wide_step.signum()) / wide_step).max(0) as usize;
    // Ranges of at most one element are written in one way, so that equal parts are equal operations.
    Ok(match len {
        0 => Range { start: 0, len, step: 1 },
        1 => Range { start: start as usize, len, step: 1 },
        _ => Range { start: start as usize, len, step: step as isize },
    })
}
