//! Tensors put together, taken apart and repeated.

use super::{axes::resolve_axis, operand::scalar};
use crate::{Op, Shape, Tensor, op::Padding};

/// More parts than anyone names one by one; the limit keeps the list of an absurd call from filling the memory.
const MAX_PARTS: usize = 1 << 20;

impl Tensor {
    /// The tensors one after the other along an axis; their other lengths are equal.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let x = Tensor::from([[1, 2]]);
    /// assert_eq!(Tensor::concat(&[x.clone(), x + 2], 0).to_string(), "[[1 2]\n [3 4]]");
    /// ```
    #[track_caller]
    pub fn concat(tensors: &[Tensor], axis: i64) -> Tensor {
        Tensor::join("concat", tensors.to_vec(), axis)
    }

    /// Tensors of one shape side by side along a new axis.
    #[track_caller]
    pub fn stack(tensors: &[Tensor], axis: i64) -> Tensor {
        let mut rows = Vec::with_capacity(tensors.len());
        for tensor in tensors {
            if tensor.shape() != tensors[0].shape() {
                let rule = format!("shapes {} and {} must be equal", tensors[0].shape(), tensor.shape());
                return Tensor::invalid("stack", rule, &tensors.iter().collect::<Vec<_>>());
            }
            rows.push(tensor.unsqueeze(axis));
        }
        Tensor::join("stack", rows, axis)
    }

    #[track_caller]
    fn join(name: &str, tensors: Vec<Tensor>, axis: i64) -> Tensor {
        if let Some(invalid) = tensors.iter().find(|t| t.error().is_some()) {
            return invalid.clone();
        }
        match &tensors[..] {
            [] => Tensor::invalid(name, "takes one tensor or more", &[]),
            [one] => {
                attempt!(name, [one], resolve_axis(axis, one.shape()));
                one.clone()
            }
            [first, ..] => {
                let axis = attempt!(name, [first], resolve_axis(axis, first.shape()));
                Tensor::apply_as(name, Op::Concat { axis }, tensors)
            }
        }
    }

    /// `sections` parts of equal length along an axis. Each part carries the error where there is one.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let parts = Tensor::arange(0, 6, 1).split(3, 0);
    /// assert_eq!(parts[2].to_string(), "[4 5]");
    /// ```
    #[track_caller]
    pub fn split(&self, sections: usize, axis: i64) -> Vec<Tensor> {
        if sections > MAX_PARTS {
            return vec![Tensor::invalid("split", format!("{sections} parts are more than {MAX_PARTS}"), &[self])];
        }
        let length = resolve_axis(axis, self.shape()).map(|axis| self.shape()[axis]).and_then(|n| match n.checked_rem(sections) {
            Some(0) => Ok(n / sections),
            Some(_) | None => Err(format!("axis {axis} of length {n} cannot be split into {sections} equal parts")),
        });
        match length {
            Ok(length) => self.split_at(&vec![length; sections], axis),
            Err(rule) => vec![Tensor::invalid("split", rule, &[self]); sections.max(1)],
        }
    }

    /// Parts of the lengths given, which add up to the axis. Each part carries the error where there is one.
    #[track_caller]
    pub fn split_at(&self, lengths: &[usize], axis: i64) -> Vec<Tensor> {
        let total = lengths.iter().try_fold(0usize, |sum, &n| sum.checked_add(n));
        let fits = resolve_axis(axis, self.shape()).and_then(|axis| match self.shape()[axis] {
            n if Some(n) == total => Ok(()),
            n => Err(format!("lengths {lengths:?} do not add up to axis {axis} of length {n}")),
        });
        if let Err(rule) = fits {
            return vec![Tensor::invalid("split_at", rule, &[self]); lengths.len().max(1)];
        }
        let mut start = 0;
        let mut parts = Vec::with_capacity(lengths.len());
        for &length in lengths {
            parts.push(self.narrow(axis, start, length));
            start += length;
        }
        parts
    }

    /// The whole tensor repeated `reps[i]` times along axis `i` (NumPy's `tile`; the shorter of shape and `reps` gets ones in front).
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from([1, 2]).tile(&[2]).to_string(), "[1 2 1 2]");
    /// ```
    #[track_caller]
    pub fn tile(&self, reps: &[usize]) -> Tensor {
        let rank = self.rank().max(reps.len());
        let aligned = |lengths: &[usize]| [&vec![1; rank - lengths.len()][..], lengths].concat();
        let (shape, reps) = (aligned(self.shape()), aligned(reps));
        let single: Shape = shape.iter().flat_map(|&n| [1, n]).collect();
        let repeated: Shape = shape.iter().zip(&reps).flat_map(|(&n, &times)| [times, n]).collect();
        // What overflows has been refused by then, unless it is empty.
        let merged: Shape = shape.iter().zip(&reps).map(|(&n, &times)| n.saturating_mul(times)).collect();
        self.reshape(single).expand_axes(&repeated).reshape(merged)
    }

    /// The elements moved by `shift` positions along an axis, those that leave the end coming in at the start (NumPy's `roll`);
    /// negative shifts move them towards the start.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from([1, 2, 3, 4]).roll(1, 0).to_string(), "[4 1 2 3]");
    /// ```
    #[track_caller]
    pub fn roll(&self, shift: i64, axis: i64) -> Tensor {
        let at = attempt!("roll", [self], resolve_axis(axis, self.shape()));
        let length = self.shape()[at];
        // Lengths fit i64: larger tensors cannot be made.
        let shift = shift.checked_rem_euclid(length as i64).unwrap_or(0) as usize;
        if shift == 0 {
            return self.clone();
        }
        let kept = length - shift;
        Tensor::concat(&[self.narrow(axis, kept, shift), self.narrow(axis, 0, kept)], axis)
    }

    /// Each element repeated `n` times along an axis (NumPy's `repeat`).
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from([1, 2]).repeat(2, 0).to_string(), "[1 1 2 2]");
    /// ```
    #[track_caller]
    pub fn repeat(&self, n: usize, axis: i64) -> Tensor {
        let axis = attempt!("repeat", [self], resolve_axis(axis, self.shape()));
        let mut single = self.shape().to_vec();
        single.insert(axis + 1, 1);
        let mut repeated = single.clone();
        repeated[axis + 1] = n;
        let mut merged = self.shape().to_vec();
        merged[axis] = merged[axis].saturating_mul(n);
        self.reshape(single).expand_axes(&repeated.into()).reshape(merged)
    }

    /// `(before, after)` elements of `value` added around each axis.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from([1, 2]).pad(&[(1, 2)], 0.0).to_string(), "[0 1 2 0 0]");
    /// ```
    #[track_caller]
    pub fn pad(&self, padding: &[(usize, usize)], value: f64) -> Tensor {
        let fill = attempt!("pad", [self], scalar(value, self.dtype()));
        if padding.len() == self.rank() && padding.iter().all(|&pair| pair == (0, 0)) {
            return self.clone();
        }
        let padding = padding.iter().map(|&(low, high)| Padding { low, high, interior: 0 }).collect();
        Tensor::apply(Op::Pad { padding, fill }, vec![self.clone()])
    }
}
