//! Element-wise functions of one operand.

use crate::{DType, Op, Scalar, Tensor, Unary, scalar::unary_table};
use half::f16;

macro_rules! unary_methods {
    ($($(#[$doc:meta])* $variant:ident $name:ident $dtypes:ident),* $(,)?) => {
        impl Tensor {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self) -> Tensor {
                Tensor::apply(Op::Unary(Unary::$variant), vec![self.clone()])
            }
        )*}
    };
}

unary_table!(unary_methods);

impl Tensor {
    /// `x * x`
    #[track_caller]
    pub fn square(&self) -> Tensor {
        self.mul(self)
    }

    /// `1 / x`
    #[track_caller]
    pub fn reciprocal(&self) -> Tensor {
        Tensor::scalar_like(self, 1.0).div(self)
    }

    /// `log(1 + e^x)`, without overflow.
    #[track_caller]
    pub fn softplus(&self) -> Tensor {
        // m + log(e^-m + e^(x - m)) is the same for any m, so m may be held constant: the gradient is the sigmoid everywhere, at 0 too.
        let m = self.relu().stop_gradient();
        self.sub(&m).exp().add(m.neg().expm1()).log1p().add(&m)
    }

    /// `log(sigmoid(x))`, without underflow.
    #[track_caller]
    pub fn log_sigmoid(&self) -> Tensor {
        self.neg().softplus().neg()
    }

    /// Whether the element is not a number.
    #[track_caller]
    pub fn is_nan(&self) -> Tensor {
        self.ne(self)
    }

    /// Whether the element is infinite, of either sign.
    #[track_caller]
    pub fn is_inf(&self) -> Tensor {
        match largest(self.dtype()) {
            Some(largest) => self.abs().gt(Tensor::constant(largest, ())),
            None => self.zeros_like().cast(DType::Bool),
        }
    }

    /// Whether the element is neither infinite nor NaN.
    #[track_caller]
    pub fn is_finite(&self) -> Tensor {
        match largest(self.dtype()) {
            Some(largest) => self.abs().le(Tensor::constant(largest, ())),
            None => self.ones_like().cast(DType::Bool),
        }
    }

    /// The elements converted to `dtype`: floats round to nearest, integers truncate toward zero and saturate, bool is `x != 0`.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::{DType, Tensor};
    /// assert_eq!(Tensor::from([-1.7, 2.7]).cast(DType::I32).to_string(), "[-1  2]");
    /// ```
    #[track_caller]
    pub fn cast(&self, dtype: DType) -> Tensor {
        if self.dtype() == dtype {
            return self.clone();
        }
        Tensor::apply(Op::Cast(dtype), vec![self.clone()])
    }

    /// The same elements, through which no gradient flows.
    #[track_caller]
    pub fn stop_gradient(&self) -> Tensor {
        Tensor::apply(Op::StopGradient, vec![self.clone()])
    }
}

/// The largest finite number of a float dtype.
fn largest(dtype: DType) -> Option<Scalar> {
    match dtype {
        DType::F16 => Some(Scalar::F16(f16::MAX)),
        DType::F32 => Some(Scalar::F32(f32::MAX)),
        DType::F64 => Some(Scalar::F64(f64::MAX)),
        DType::Bool | DType::I32 | DType::U32 => None,
    }
}
