//! Texts as word ids, with a label each.

use crate::{Error, Result, random::permutation};
use std::ops::Range;
use wgrad_tensor::{HostData, HostTensor, Tensor};

/// Reviews as lists of word ids of different lengths, with labels 0 (bad) or 1 (good).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviews {
    /// The ids of all reviews, one after the other.
    ids: Vec<i32>,
    /// Where each review ends in `ids`.
    ends: Vec<usize>,
    labels: Vec<i32>,
}

impl Reviews {
    /// Adds a review.
    pub(crate) fn push(&mut self, ids: impl IntoIterator<Item = i32>, label: i32) {
        self.ids.extend(ids);
        self.ends.push(self.ids.len());
        self.labels.push(label);
    }

    /// The number of reviews.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no reviews.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The ids of review `i`.
    pub fn get(&self, i: usize) -> Option<&[i32]> {
        let end = *self.ends.get(i)?;
        let begin = i.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ids.get(begin..end)
    }

    /// The ids of the reviews, one after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[i32]> {
        (0..self.len()).map(|i| self.get(i).unwrap_or_default())
    }

    /// `i32[N]`, 0 or 1.
    pub fn labels(&self) -> Tensor {
        Tensor::from_vec(self.labels.clone(), [self.len()])
    }

    /// The reviews of a range of positions; those there are.
    pub fn slice(&self, range: Range<usize>) -> Reviews {
        self.select(range.start.min(self.len())..range.end.min(self.len()))
    }

    /// The reviews in a random order of `seed`.
    pub(crate) fn shuffled(&self, seed: u64) -> Reviews {
        self.select(permutation(self.len(), seed))
    }

    fn select(&self, positions: impl IntoIterator<Item = usize>) -> Reviews {
        let mut reviews = Reviews::default();
        for i in positions {
            if let (Some(ids), Some(&label)) = (self.get(i), self.labels.get(i)) {
                reviews.push(ids.iter().copied(), label);
            }
        }
        reviews
    }

    /// `f32[N, num_words]`: 1 in the columns of the ids that occur in a review, else 0.
    ///
    /// # Errors
    /// An id from `num_words` on; more elements than fit this machine's memory addresses.
    pub fn multi_hot(&self, num_words: usize) -> Result<Tensor> {
        let mut elements = self.zeros("multi_hot", num_words, 0.0_f32)?;
        for (row, ids) in elements.chunks_exact_mut(num_words.max(1)).zip(self.iter()) {
            for &id in ids {
                let column = usize::try_from(id).ok().and_then(|id| row.get_mut(id));
                *column.ok_or_else(|| Error::invalid("multi_hot", format!("the word id {id} is not in 0..{num_words}")))? = 1.0;
            }
        }
        tensor([self.len(), num_words], HostData::F32(elements))
    }

    /// `i32[N, length]`: the last `length` ids of each review, with zeros before shorter ones, as Keras' `pad_sequences` gives.
    ///
    /// # Errors
    /// More elements than fit this machine's memory addresses.
    pub fn padded(&self, length: usize) -> Result<Tensor> {
        let mut elements = self.zeros("padded", length, 0)?;
        for (row, ids) in elements.chunks_exact_mut(length.max(1)).zip(self.iter()) {
            row.iter_mut().rev().zip(ids.iter().rev()).for_each(|(place, id)| *place = *id);
        }
        tensor([self.len(), length], HostData::I32(elements))
    }

    fn zeros<T: Clone>(&self, place: &str, columns: usize, zero: T) -> Result<Vec<T>> {
        let mut elements = Vec::new();
        let count = self.len().checked_mul(columns);
        let reserved = count.filter(|&count| elements.try_reserve_exact(count).is_ok());
        let count = reserved.ok_or_else(|| Error::invalid(place, format!("there is no memory for {} rows of {columns}", self.len())))?;
        elements.resize(count, zero);
        Ok(elements)
    }
}

fn tensor(shape: [usize; 2], data: HostData) -> Result<Tensor> {
    let tensor = HostTensor::new(shape, data).ok_or_else(|| Error::invalid("reviews", format!("there are no elements for {shape:?}")))?;
    Ok(Tensor::from_value(tensor.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers;

    fn reviews() -> Reviews {
        let mut reviews = Reviews::default();
        reviews.push([1, 3, 3], 1);
        reviews.push([], 0);
        reviews.push([2], 0);
        reviews
    }

    #[test]
    fn rows_are_what_was_pushed() {
        let all = reviews();
        assert_eq!(all.iter().collect::<Vec<_>>(), [&[1, 3, 3][..], &[], &[2]]);
        assert_eq!((all.len(), all.get(3)), (3, None));
        let last = all.slice(1..9);
        assert_eq!((last.get(1), numbers(&last.labels())), (Some(&[2][..]), vec![0.0, 0.0]));
        assert!(all.slice(5..9).is_empty());
        let shuffled = all.shuffled(1);
        assert_eq!((shuffled.len(), shuffled.ids.len(), shuffled.labels.iter().sum::<i32>()), (3, 4, 1));
    }

    #[test]
    fn multi_hot_marks_the_words() {
        let rows = reviews().multi_hot(4).unwrap();
        assert_eq!(numbers(&rows), [0., 1., 0., 1., 0., 0., 0., 0., 0., 0., 1., 0.]);
        assert_eq!(reviews().multi_hot(3).unwrap_err().to_string(), "multi_hot: the word id 3 is not in 0..3");
        let error = reviews().multi_hot(usize::MAX / 8).unwrap_err().to_string();
        assert!(error.starts_with("multi_hot: there is no memory for 3 rows of "), "{error}");
        assert_eq!(Reviews::default().multi_hot(0).unwrap().shape()[..], [0, 0]);
    }

    #[test]
    fn padding_comes_before_and_what_is_cut_is_the_beginning() {
        assert_eq!(numbers(&reviews().padded(2).unwrap()), [3., 3., 0., 0., 0., 2.]);
        assert_eq!(reviews().padded(0).unwrap().shape()[..], [3, 0]);
    }
}
