//! The other operand of an element-wise operation: a tensor, or a number that takes the tensor's dtype.

use crate::{DType, Scalar, Shape, Tensor};
use half::f16;

/// A tensor, or a number that takes the dtype of the tensor that it meets.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Operand {
    Tensor(Tensor),
    Number(f64),
}

impl From<Tensor> for Operand {
    fn from(tensor: Tensor) -> Self {
        Operand::Tensor(tensor)
    }
}

impl From<&Tensor> for Operand {
    fn from(tensor: &Tensor) -> Self {
        Operand::Tensor(tensor.clone())
    }
}

macro_rules! from_numbers {
    ($($type:ty => $convert:expr),*) => {$(
        impl From<$type> for Operand {
            fn from(number: $type) -> Self {
                Operand::Number($convert(number))
            }
        }
    )*};
}
from_numbers!(
    f64 => std::convert::identity, f32 => f64::from, f16 => f16::to_f64, i32 => f64::from, u32 => f64::from,
    bool => |b| f64::from(u8::from(b)), usize => |n| n as f64, i64 => |n| n as f64
);

impl Operand {
    /// The operand as a tensor; a number becomes one of `dtype`.
    #[track_caller]
    pub(crate) fn tensor(self, op: &str, dtype: DType) -> Tensor {
        match self {
            Operand::Tensor(tensor) => tensor,
            Operand::Number(number) => Tensor::constant(attempt!(op, [], scalar(number, dtype)), ()),
        }
    }

    /// The dtype, where the operand has one of its own.
    pub(crate) fn dtype(&self) -> Option<DType> {
        match self {
            Operand::Tensor(tensor) => Some(tensor.dtype()),
            Operand::Number(_) => None,
        }
    }
}

/// A number as an element of `dtype`, or why it is none: `2.5` is no i32.
pub(crate) fn scalar(number: f64, dtype: DType) -> Result<Scalar, String> {
    let scalar = Scalar::from_f64(number, dtype);
    if dtype.is_float() || scalar.to_f64() == number {
        return Ok(scalar);
    }
    Err(format!("{number} is no {dtype}; convert the tensor with cast"))
}

impl Tensor {
    /// The tensor expanded to `shape`, which it broadcasts to; itself where it has that shape.
    #[track_caller]
    pub(crate) fn broadcast_to(&self, op: &str, shape: &Shape) -> Tensor {
        if self.shape() == shape {
            return self.clone();
        }
        let Some(missing) = shape.rank().checked_sub(self.rank()).filter(|_| self.shape().broadcast(shape).as_ref() == Some(shape)) else {
            return Tensor::invalid(op, format!("{} does not broadcast to {shape}", self.shape()), &[self]);
        };
        let aligned: Shape = std::iter::repeat_n(1, missing).chain(self.shape().iter().copied()).collect();
        self.reshape(&aligned).expand_axes(shape)
    }
}

/// The operands expanded to the shape that all of them broadcast to by NumPy's rule.
#[track_caller]
pub(crate) fn broadcast(op: &str, operands: &[&Tensor]) -> Result<Vec<Tensor>, Tensor> {
    let mut shape = Shape::default();
    for operand in operands {
        shape = match shape.broadcast(operand.shape()) {
            Some(shape) => shape,
            None => return Err(Tensor::invalid(op, not_broadcastable(operands), operands)),
        };
    }
    let mut expanded = Vec::with_capacity(operands.len());
    for operand in operands {
        expanded.push(operand.broadcast_to(op, &shape));
    }
    Ok(expanded)
}

fn not_broadcastable(operands: &[&Tensor]) -> String {
    let shapes: Vec<_> = operands.iter().map(|t| t.shape().to_string()).collect();
    format!("shapes {} do not broadcast: aligned at the last axis, lengths must be equal or 1", shapes.join(" and "))
}
