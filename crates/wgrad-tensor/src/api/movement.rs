//! The same elements in another order or shape.

use super::{Axes, Dims, axes::resolve_axis};
use crate::{Op, Shape, Tensor};

impl Tensor {
    /// The same elements in row-major order under another shape; one length may be `-1`: what is left.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let x = Tensor::arange(0, 6, 1).reshape([2, -1]);
    /// assert_eq!(x.to_string(), "[[0 1 2]\n [3 4 5]]");
    /// ```
    #[track_caller]
    pub fn reshape(&self, dims: impl Into<Dims>) -> Tensor {
        let shape = attempt!("reshape", [self], dims.into().resolve(self.shape()));
        if &shape == self.shape() {
            return self.clone();
        }
        Tensor::apply(Op::Reshape(shape), vec![self.clone()])
    }

    /// All elements on one axis.
    #[track_caller]
    pub fn flatten(&self) -> Tensor {
        self.reshape(self.shape().numel())
    }

    /// `out.shape[i] = shape[axes[i]]`: every axis once, in the order wanted.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::zeros([2, 3, 4]).permute([-1, 0, 1]).shape()[..], [4, 2, 3]);
    /// ```
    #[track_caller]
    pub fn permute(&self, axes: impl Into<Axes>) -> Tensor {
        let order = attempt!("permute", [self], axes.into().in_order(self.shape()));
        if order.iter().copied().eq(0..self.rank()) {
            return self.clone();
        }
        Tensor::apply(Op::Permute(order), vec![self.clone()])
    }

    /// The last two axes swapped.
    #[track_caller]
    pub fn transpose(&self) -> Tensor {
        if self.rank() < 2 {
            return Tensor::invalid("transpose", format!("{} has fewer than 2 axes", self.shape()), &[self]);
        }
        self.swap_axes(-2, -1)
    }

    /// Two axes swapped.
    #[track_caller]
    pub fn swap_axes(&self, a: i64, b: i64) -> Tensor {
        let a = attempt!("swap_axes", [self], resolve_axis(a, self.shape()));
        let b = attempt!("swap_axes", [self], resolve_axis(b, self.shape()));
        let mut order: Vec<usize> = (0..self.rank()).collect();
        order.swap(a, b);
        self.permute(order)
    }

    /// Axes of length 1 repeated, and axes added in front, to `shape` (NumPy's `broadcast_to`).
    #[track_caller]
    pub fn expand(&self, shape: impl Into<Shape>) -> Tensor {
        self.broadcast_to("expand", &shape.into())
    }

    /// [`Op::Expand`]: the rank stays.
    #[track_caller]
    pub(crate) fn expand_axes(&self, shape: &Shape) -> Tensor {
        if self.shape() == shape {
            return self.clone();
        }
        Tensor::apply(Op::Expand(shape.clone()), vec![self.clone()])
    }

    /// Without the axes named, whose length must be 1; `()` drops all of length 1.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let x = Tensor::zeros([1, 2, 1]);
    /// assert_eq!(x.squeeze(0).shape()[..], [2, 1]);
    /// assert_eq!(x.squeeze(()).shape()[..], [2]);
    /// ```
    #[track_caller]
    pub fn squeeze(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        let dropped = attempt!("squeeze", [self], axes.resolve(self.shape()));
        let ones: Vec<usize> = dropped.iter().copied().filter(|&axis| self.shape()[axis] == 1).collect();
        if ones != dropped && axes != Axes::from(()) {
            return Tensor::invalid("squeeze", format!("axes {dropped:?} of {} are not all of length 1", self.shape()), &[self]);
        }
        self.reshape(without(self.shape(), &ones))
    }

    /// With a new axis of length 1 at position `axis` of the result.
    #[track_caller]
    pub fn unsqueeze(&self, axis: i64) -> Tensor {
        let mut dims = self.shape().to_vec();
        dims.push(1);
        let axis = attempt!("unsqueeze", [self], resolve_axis(axis, &Shape::from(&dims[..])));
        dims.pop();
        dims.insert(axis, 1);
        self.reshape(dims)
    }
}

/// The lengths of the axes that are not in `axes`.
pub(crate) fn without(shape: &Shape, axes: &[usize]) -> Shape {
    shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, &n)| n).collect()
}
