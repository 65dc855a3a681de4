//! Orders.

use super::axes::resolve_axis;
use crate::{Op, Tensor};

impl Tensor {
    /// The i32 positions that sort the tensor along an axis; equal elements keep their order, NaN comes last.
    #[track_caller]
    pub fn argsort(&self, axis: i64, descending: bool) -> Tensor {
        let axis = attempt!("argsort", [self], resolve_axis(axis, self.shape()));
        Tensor::apply(Op::ArgSort { axis, descending }, vec![self.clone()])
    }

    /// The elements in order along an axis; NaN comes last.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from([3, 1, 2]).sort(0, true).to_string(), "[3 2 1]");
    /// ```
    #[track_caller]
    pub fn sort(&self, axis: i64, descending: bool) -> Tensor {
        let place = attempt!("sort", [self], resolve_axis(axis, self.shape()));
        self.take_along(&self.argsort(axis, descending), place)
    }

    /// The `k` largest elements along the last axis, largest first, and their i32 positions; of equal elements the first comes first.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let (values, indices) = Tensor::from([3, 1, 4, 1, 5]).top_k(2);
    /// assert_eq!(format!("{values} {indices}"), "[5 4] [4 2]");
    /// ```
    #[track_caller]
    pub fn top_k(&self, k: usize) -> (Tensor, Tensor) {
        match self.shape().last() {
            Some(&n) if k <= n => {
                let indices = self.argsort(-1, true).narrow(-1, 0, k);
                (self.take_along(&indices, self.rank() - 1), indices)
            }
            Some(_) | None => {
                let invalid = Tensor::invalid("top_k", format!("{} has no {k} elements on its last axis", self.shape()), &[self]);
                (invalid.clone(), invalid)
            }
        }
    }
}
