//! Element-wise functions of two or three operands, with broadcasting and numbers.

use super::operand::{Operand, broadcast};
use crate::{Binary, DType, Error, Op, Tensor};

/// Applies `op` to operands of one dtype, broadcast; errors name the operation as the user called it.
#[track_caller]
fn binary(name: &str, op: Binary, a: &Tensor, b: &Tensor) -> Tensor {
    if a.dtype() != b.dtype() {
        return Tensor::invalid(name, Error::mixed_dtypes(a.dtype(), b.dtype()), &[a, b]);
    }
    match broadcast(name, &[a, b]) {
        Ok(operands) => Tensor::apply_as(name, Op::Binary(op), operands),
        Err(invalid) => invalid,
    }
}

macro_rules! binary_methods {
    ($($(#[$doc:meta])* $name:ident => $op:ident),* $(,)?) => {
        impl Tensor {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self, other: impl Into<Operand>) -> Tensor {
                let name = stringify!($name);
                binary(name, Binary::$op, self, &other.into().tensor(name, self.dtype()))
            }
        )*}
    };
}

binary_methods! {
    /// `a + b`
    add => Add,
    /// `a - b`
    sub => Sub,
    /// `a * b`
    mul => Mul,
    /// `a / b`. Integers truncate toward zero; division by integer zero gives 0.
    div => Div,
    /// The remainder with the sign of the divisor, as Python's `%`; by integer zero it is 0.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!((Tensor::from([7, -7]) % 3).to_string(), "[1 2]");
    /// ```
    rem => Rem,
    /// `a` to the power of `b`; floats only.
    pow => Pow,
    /// The angle of the point `(b, a)`; floats only.
    atan2 => Atan2,
    /// The larger element.
    maximum => Max,
    /// The smaller element.
    minimum => Min,
    /// `a == b` as bool.
    eq => Eq,
    /// `a < b` as bool.
    lt => Lt,
    /// `a <= b` as bool.
    le => Le,
    /// `a and b`; bool only.
    logical_and => And,
    /// `a or b`; bool only.
    logical_or => Or,
}

impl Tensor {
    /// `a != b` as bool.
    #[track_caller]
    pub fn ne(&self, other: impl Into<Operand>) -> Tensor {
        binary("ne", Binary::Eq, self, &other.into().tensor("ne", self.dtype())).logical_not()
    }

    /// `a > b` as bool.
    #[track_caller]
    pub fn gt(&self, other: impl Into<Operand>) -> Tensor {
        binary("gt", Binary::Lt, &other.into().tensor("gt", self.dtype()), self)
    }

    /// `a >= b` as bool.
    #[track_caller]
    pub fn ge(&self, other: impl Into<Operand>) -> Tensor {
        binary("ge", Binary::Le, &other.into().tensor("ge", self.dtype()), self)
    }

    /// Either `a` or `b`, but not both; bool only.
    #[track_caller]
    pub fn logical_xor(&self, other: impl Into<Operand>) -> Tensor {
        let other = other.into().tensor("logical_xor", self.dtype());
        for operand in [self, &other] {
            if operand.dtype() != DType::Bool {
                return Tensor::invalid("logical_xor", format!("does not take {}", operand.dtype()), &[self, &other]);
            }
        }
        self.ne(other)
    }

    /// The power with a number as exponent.
    #[track_caller]
    pub fn powf(&self, exponent: f64) -> Tensor {
        self.pow(exponent)
    }

    /// `low` where the element is less, `high` where it is more.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from([-1.0, 0.5, 3.0]).clip(0, 1).to_string(), "[0.  0.5 1. ]");
    /// ```
    #[track_caller]
    pub fn clip(&self, low: impl Into<Operand>, high: impl Into<Operand>) -> Tensor {
        self.maximum(low).minimum(high)
    }

    /// `condition ? a : b` of a bool condition; the three broadcast. Two numbers give f32.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let x = Tensor::from([1.0, -2.0]);
    /// assert_eq!(x.gt(0).where_(&x, 0).to_string(), "[1. 0.]");
    /// ```
    #[track_caller]
    pub fn where_(&self, a: impl Into<Operand>, b: impl Into<Operand>) -> Tensor {
        let (a, b) = (a.into(), b.into());
        let dtype = a.dtype().or(b.dtype()).unwrap_or(DType::F32);
        let (a, b) = (a.tensor("where", dtype), b.tensor("where", dtype));
        match broadcast("where", &[self, &a, &b]) {
            Ok(operands) => Tensor::apply(Op::Select, operands),
            Err(invalid) => invalid,
        }
    }
}
