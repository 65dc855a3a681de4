//! Products of matrices.

use crate::{Error, Op, Shape, Tensor};

impl Tensor {
    /// The matrix product with NumPy's rules: `[B..., M, K] x [B..., K, N] -> [B..., M, N]`. Batch axes broadcast; a vector counts as a row on the
    /// left and as a column on the right, and its axis of length 1 is dropped from the result. Floats only.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let (a, b) = (Tensor::from([[1f32, 2.0], [3.0, 4.0]]), Tensor::from([1f32, -1.0]));
    /// assert_eq!(a.matmul(&b).to_string(), "[-1. -1.]");
    /// assert!(a.matmul(&Tensor::zeros([3, 2])).to_string().contains("the inner lengths must be equal"));
    /// ```
    #[track_caller]
    pub fn matmul(&self, other: &Tensor) -> Tensor {
        let (a, b) = (self, other);
        if a.dtype() != b.dtype() {
            return Tensor::invalid("matmul", Error::mixed_dtypes(a.dtype(), b.dtype()), &[a, b]);
        }
        if a.rank() == 0 || b.rank() == 0 {
            return Tensor::invalid("matmul", "does not take scalars; multiply with *", &[a, b]);
        }
        let (rows, columns) = (a.rank() > 1, b.rank() > 1);
        let product = matrices(&if rows { a.clone() } else { a.unsqueeze(0) }, &if columns { b.clone() } else { b.unsqueeze(1) });
        let product = if columns { product } else { product.squeeze(-1) };
        if rows { product } else { product.squeeze(if columns { -2 } else { -1 }) }
    }

    /// NumPy's `dot`: the sum of products over the last axis of `a` and the last but one (or only) of `b`.
    #[track_caller]
    pub fn dot(&self, other: &Tensor) -> Tensor {
        let (a, b) = (self, other);
        if a.rank() == 0 || b.rank() == 0 {
            return a.mul(b);
        }
        if b.rank() < 3 {
            return a.matmul(b);
        }
        // [B..., K, N] as [K, B... * N].
        let contracted = b.rank() - 2;
        let rest: Shape = super::movement::without(b.shape(), &[contracted]);
        let mut order = vec![contracted];
        order.extend((0..b.rank()).filter(|&axis| axis != contracted));
        let product = a.matmul(&b.permute(order).reshape([b.shape()[contracted], rest.numel()]));
        product.reshape([&a.shape()[..a.rank() - 1], &rest[..]].concat())
    }
}

/// The product of tensors of rank 2 or more, batch axes broadcast.
#[track_caller]
fn matrices(a: &Tensor, b: &Tensor) -> Tensor {
    let (a_batch, a_matrix) = a.shape().split_at(a.rank() - 2);
    let (b_batch, b_matrix) = b.shape().split_at(b.rank() - 2);
    if a_matrix[1] != b_matrix[0] {
        let rule =
            format!("the inner lengths must be equal: {} has {} columns, {} has {} rows", a.shape(), a_matrix[1], b.shape(), b_matrix[0]);
        return Tensor::invalid("matmul", rule, &[a, b]);
    }
    if b.rank() == 2 && a.rank() > 2 {
        // One tall product is better than many with a repeated right operand.
        let rows = Shape::from(&a.shape()[..a.rank() - 1]);
        let product = Tensor::apply(Op::MatMul, vec![a.reshape([rows.numel(), a_matrix[1]]), b.clone()]);
        return product.reshape([&rows[..], &[b_matrix[1]]].concat());
    }
    let Some(batch) = Shape::from(a_batch).broadcast(&Shape::from(b_batch)) else {
        return Tensor::invalid("matmul", format!("the batch axes of {} and {} do not broadcast", a.shape(), b.shape()), &[a, b]);
    };
    let expand = |matrix: &[usize]| Shape::from([&batch[..], matrix].concat());
    let (a_shape, b_shape) = (expand(a_matrix), expand(b_matrix));
    Tensor::apply(Op::MatMul, vec![a.broadcast_to("matmul", &a_shape), b.broadcast_to("matmul", &b_shape)])
}
