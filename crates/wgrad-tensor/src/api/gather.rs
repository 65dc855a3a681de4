//! Elements taken from, and added at, positions that are computed. Positions are i32; one outside the axis gives 0 or is ignored.

use super::{axes::resolve_axis, movement::without};
use crate::{DType, Op, Shape, Tensor};

impl Tensor {
    /// The parts of the tensor at positions of an axis (NumPy's `take`): `shape[..axis] + indices.shape + shape[axis + 1..]`. Positions are i32;
    /// one outside the axis gives 0.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let x = Tensor::from([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.take(&Tensor::from([2, 0]), 1).to_string(), "[[3 1]\n [6 4]]");
    /// ```
    #[track_caller]
    pub fn take(&self, indices: &Tensor, axis: i64) -> Tensor {
        let axis = attempt!("take", [self, indices], resolve_axis(axis, self.shape()));
        Tensor::apply_as("take", Op::Gather { axis }, vec![self.clone(), indices.clone()])
    }

    /// For each position along an axis the element there (NumPy's `take_along_axis`): shapes are equal but for that axis. Positions are i32; one
    /// outside the axis gives 0.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let x = Tensor::from([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.take_along_axis(&Tensor::from([[2], [0]]), 1).to_string(), "[[3]\n [4]]");
    /// ```
    #[track_caller]
    pub fn take_along_axis(&self, indices: &Tensor, axis: i64) -> Tensor {
        const NAME: &str = "take_along_axis";
        let axis = attempt!(NAME, [self, indices], resolve_axis(axis, self.shape()));
        if self.rank() != indices.rank() || without(self.shape(), &[axis]) != without(indices.shape(), &[axis]) {
            let rule = format!("shapes {} and {} must be equal but for axis {axis}", self.shape(), indices.shape());
            return Tensor::invalid(NAME, rule, &[self, indices]);
        }
        if indices.dtype() != DType::I32 {
            return Tensor::invalid(NAME, format!("indices must be i32, not {}", indices.dtype()), &[self, indices]);
        }
        let n = self.shape()[axis];
        let outside = indices.lt(0).logical_or(indices.ge(attempt!(NAME, [self, indices], count(n))));
        self.take_along(&outside.where_(i32::MIN, indices), axis)
    }

    /// [`Tensor::take_along_axis`] of positions that lie on the axis.
    #[track_caller]
    pub(crate) fn take_along(&self, indices: &Tensor, axis: usize) -> Tensor {
        if self.rank() == 1 {
            return self.take(indices, 0);
        }
        attempt!("take_along_axis", [self, indices], count(self.shape().numel()));
        // With the axis last, row r starts at r * n of the flat elements.
        let (x, at) = (swap_last(self, axis), swap_last(indices, axis));
        let rows = Shape::from(&at.shape()[..at.rank() - 1]);
        let start = Tensor::iota(rows.numel(), 0, DType::I32).mul(self.shape()[axis]).reshape([&rows[..], &[1]].concat());
        swap_last(&x.flatten().take(&at.add(start), 0), axis)
    }

    /// The tensor with `updates` added at positions of an axis: the updates have the shape that [`Tensor::take`] gives. What meets at one position
    /// adds up; positions outside the axis are ignored.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let (places, updates) = (Tensor::from([2, 0, 2]), Tensor::from([1, 2, 4]));
    /// assert_eq!(Tensor::from([0, 0, 0]).scatter_add(&places, &updates, 0).to_string(), "[2 0 5]");
    /// ```
    #[track_caller]
    pub fn scatter_add(&self, indices: &Tensor, updates: &Tensor, axis: i64) -> Tensor {
        let axis = attempt!("scatter_add", [self, indices, updates], resolve_axis(axis, self.shape()));
        Tensor::apply(Op::ScatterAdd { axis }, vec![self.clone(), indices.clone(), updates.clone()])
    }

    /// `depth` f32 numbers for each integer `i`: 1 at position `i`, else 0.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from([2, 0]).one_hot(3).to_string(), "[[0. 0. 1.]\n [1. 0. 0.]]");
    /// ```
    #[track_caller]
    pub fn one_hot(&self, depth: usize) -> Tensor {
        if !self.dtype().is_int() {
            return Tensor::invalid("one_hot", format!("takes integers, not {}", self.dtype()), &[self]);
        }
        self.unsqueeze(-1).eq(Tensor::iota(depth, 0, self.dtype())).cast(DType::F32)
    }
}

#[track_caller]
fn swap_last(x: &Tensor, axis: usize) -> Tensor {
    let mut order: Vec<usize> = (0..x.rank()).collect();
    order.swap(axis, x.rank().saturating_sub(1));
    x.permute(order)
}

/// A number of positions, which an i32 must be able to tell apart.
fn count(n: usize) -> Result<i32, String> {
    i32::try_from(n).map_err(|_| format!("{n} positions are too many for i32"))
}
