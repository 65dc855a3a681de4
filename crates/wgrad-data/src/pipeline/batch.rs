//! Items put together to arrays.

use super::{Items, Pipeline};
use crate::{Error, Result};
use wgrad_tensor::{Element, HostData, HostTensor, Shape, each_dtype};

/// Items are not padded to more elements together.
const MAX_ELEMENTS: usize = 1 << 40;

/// Items that can be put together along a new first axis: arrays, numbers, vectors, and tuples of them.
pub trait Collate: Sized {
    /// All items in one: an array, or a tuple of arrays.
    type Batch: Send + 'static;

    /// Puts items together. With a `padding`, items may differ in their lengths: each axis gets that of the longest, and the rest is filled.
    ///
    /// # Errors
    /// Items of different dtypes or ranks, and of different shapes where there is no padding.
    fn collate(items: Vec<Self>, padding: Option<f64>) -> Result<Self::Batch>;
}

impl<T: Collate + Send + 'static> Pipeline<T> {
    /// Batches of `size` items (at least 1), put together along a new first axis. The last of a pass may be smaller.
    #[must_use]
    pub fn batch(self, size: usize) -> Pipeline<T::Batch> {
        self.batches(size, None, false)
    }

    /// [`Pipeline::batch`] without a last batch that is smaller, so that all have one shape.
    #[must_use]
    pub fn batch_drop_remainder(self, size: usize) -> Pipeline<T::Batch> {
        self.batches(size, None, true)
    }

    /// [`Pipeline::batch`] of items of different lengths, filled up with `padding` to the longest of the batch in each axis.
    #[must_use]
    pub fn padded_batch(self, size: usize, padding: f64) -> Pipeline<T::Batch> {
        self.batches(size, Some(padding), false)
    }

    fn batches(self, size: usize, padding: Option<f64>, drop_remainder: bool) -> Pipeline<T::Batch> {
        self.then(move |items, _| Batches { items, size: size.max(1), waiting: Vec::new(), padding, drop_remainder })
    }
}

struct Batches<T> {
    items: Items<T>,
    size: usize,
    waiting: Vec<T>,
    padding: Option<f64>,
    drop_remainder: bool,
}

impl<T: Collate> Iterator for Batches<T> {
    type Item = Result<T::Batch>;

    fn next(&mut self) -> Option<Result<T::Batch>> {
        while self.waiting.len() < self.size {
            match self.items.next() {
                Some(Ok(item)) => self.waiting.push(item),
                Some(Err(error)) => return Some(Err(error)),
                None if self.waiting.is_empty() || self.drop_remainder => return None,
                None => break,
            }
        }
        Some(T::collate(std::mem::take(&mut self.waiting), self.padding))
    }
}

impl Collate for HostTensor {
    type Batch = HostTensor;

    fn collate(items: Vec<HostTensor>, padding: Option<f64>) -> Result<HostTensor> {
        let Some(first) = items.first() else { return tensor(vec![0], HostData::F32(Vec::new())) };
        let fits = |item: &HostTensor| {
            let alike = padding.is_some() && item.shape().len() == first.shape().len();
            item.dtype() == first.dtype() && (alike || item.shape() == first.shape())
        };
        if let Some(other) = items.iter().find(|item| !fits(item)) {
            let rule = if padding.is_some() {
                "one dtype and number of axes"
            } else {
                "one dtype and shape (padded_batch takes different lengths)"
            };
            return Err(Error::Pipeline {
                stage: "batch",
                why: format!("items must have {rule}, got {} and {}", first.spec(), other.spec()),
            });
        }
        let longest = |axis: usize| items.iter().map(|item| item.shape()[axis]).max().unwrap_or(0);
        let shape: Vec<usize> = std::iter::once(items.len()).chain((0..first.shape().len()).map(longest)).collect();
        let padding = padding.unwrap_or(0.0);
        let exact = first.dtype().is_float() || HostData::F64(vec![padding]).cast(first.dtype()).to_f64() == [padding];
        if !exact && items.iter().any(|item| **item.shape() != shape[1..]) {
            let why = format!("items of {} cannot be filled up with {padding}", first.dtype());
            return Err(Error::Pipeline { stage: "batch", why });
        }
        let numel = Shape::from(shape.clone()).checked_numel().filter(|&numel| numel <= MAX_ELEMENTS);
        let data = each_dtype!(first.data(), values => together(values, &items, &shape[1..], numel, padding));
        let why = || format!("{} items, together of the shape {shape:?}, are more than there is memory for", items.len());
        tensor(shape.clone(), data.ok_or_else(|| Error::Pipeline { stage: "batch", why: why() })?)
    }
}

/// The `numel` elements of items of the dtype of `_like`, each filled up to `shape`; `None` where there is no memory for them.
fn together<E: Element>(_like: &[E], items: &[HostTensor], shape: &[usize], numel: Option<usize>, padding: f64) -> Option<HostData> {
    let fill = E::nearest(padding);
    let mut all = Vec::new();
    all.try_reserve_exact(numel?).ok()?;
    // Where an axis is empty, the others may be of any length.
    for item in items.iter().filter(|_| numel != Some(0)) {
        let values = E::slice(item.data()).unwrap_or_default();
        if **item.shape() == *shape {
            all.extend_from_slice(values);
        } else {
            pad(values, item.shape(), shape, fill, &mut all);
        }
    }
    Some(E::into_data(all))
}

/// Appends `values` of shape `from`, filled up to the shape `to`.
fn pad<E: Element>(values: &[E], from: &[usize], to: &[usize], fill: E, all: &mut Vec<E>) {
    let (Some((&rows, from)), Some((&wanted, to))) = (from.split_first(), to.split_first()) else { return all.extend_from_slice(values) };
    if values.is_empty() {
        return all.resize(all.len() + wanted * to.iter().product::<usize>(), fill);
    }
    let numel: usize = from.iter().product();
    (0..rows).for_each(|row| pad(values.get(row * numel..(row + 1) * numel).unwrap_or_default(), from, to, fill, all));
    all.resize(all.len() + (wanted - rows) * to.iter().product::<usize>(), fill);
}

fn tensor(shape: Vec<usize>, data: HostData) -> Result<HostTensor> {
    let why = format!("{} elements do not make the shape {shape:?}", data.len());
    HostTensor::new(shape, data).ok_or(Error::Pipeline { stage: "batch", why })
}

macro_rules! numbers {
    ($($type:ty)*) => {
        $(impl Collate for $type {
            type Batch = HostTensor;

            fn collate(items: Vec<$type>, _: Option<f64>) -> Result<HostTensor> {
                tensor(vec![items.len()], Element::into_data(items))
            }
        })*
    };
}
numbers!(f32 f64 i32 u32 bool);

impl<E: Element + 'static> Collate for Vec<E> {
    type Batch = HostTensor;

    fn collate(items: Vec<Vec<E>>, padding: Option<f64>) -> Result<HostTensor> {
        let row = |item: Vec<E>| tensor(vec![item.len()], E::into_data(item));
        HostTensor::collate(items.into_iter().map(row).collect::<Result<_>>()?, padding)
    }
}

impl<A: Collate, B: Collate> Collate for (A, B) {
    type Batch = (A::Batch, B::Batch);

    fn collate(items: Vec<(A, B)>, padding: Option<f64>) -> Result<Self::Batch> {
        let (a, b) = items.into_iter().unzip();
        Ok((A::collate(a, padding)?, B::collate(b, padding)?))
    }
}

impl<A: Collate, B: Collate, C: Collate> Collate for (A, B, C) {
    type Batch = (A::Batch, B::Batch, C::Batch);

    fn collate(items: Vec<(A, B, C)>, padding: Option<f64>) -> Result<Self::Batch> {
        let (a, (b, c)): (_, (Vec<B>, Vec<C>)) = items.into_iter().map(|(a, b, c)| (a, (b, c))).unzip();
        Ok((A::collate(a, padding)?, B::collate(b, padding)?, C::collate(c, padding)?))
    }
}
