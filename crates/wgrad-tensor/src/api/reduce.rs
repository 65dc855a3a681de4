//! Reductions, and what is made of them. Each has a form that drops the axes and one (`_keep`) that leaves them with length 1.

use super::{Axes, axes::resolve_axis, movement::without};
use crate::{DType, Op, Reduce, Tensor};

macro_rules! reductions {
    ($($(#[$doc:meta])* $name:ident $keep:ident),* $(,)?) => {
        impl Tensor {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self, axes: impl Into<Axes>) -> Tensor {
                let axes = axes.into();
                let dropped = attempt!(stringify!($name), [self], axes.resolve(self.shape()));
                let shape = without(self.shape(), &dropped);
                self.$keep(axes).reshape(shape)
            }
        )*}
    };
}

reductions! {
    /// The sum over axes; of none it is 0.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// let x = Tensor::from([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.sum(0).to_string(), "[5 7 9]");
    /// assert_eq!(x.sum_keep(-1).to_string(), "[[ 6]\n [15]]");
    /// assert_eq!(x.sum(()).to_string(), "21");
    /// ```
    sum sum_keep,
    /// The product over axes; of none it is 1.
    prod prod_keep,
    /// The largest element over axes.
    max max_keep,
    /// The smallest element over axes.
    min min_keep,
    /// The i32 position of the first maximum; over several axes in row-major order.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from([[1, 7, 7], [9, 0, 2]]).argmax(1).to_string(), "[1 0]");
    /// ```
    argmax argmax_keep,
    /// The i32 position of the first minimum; over several axes in row-major order.
    argmin argmin_keep,
    /// Whether any element is true (not 0).
    any any_keep,
    /// Whether all elements are true (not 0).
    all all_keep,
    /// The mean over axes; floats only.
    mean mean_keep,
    /// The variance over axes, `mean((x - mean(x))^2)`; floats only.
    var var_keep,
    /// The standard deviation over axes, the root of the variance; floats only.
    std std_keep,
    /// `log(sum(e^x))` over axes, without overflow; floats only.
    logsumexp logsumexp_keep,
}

macro_rules! primitive_reductions {
    ($($name:ident $keep:ident => $op:ident),* $(,)?) => {
        impl Tensor {$(
            #[doc = concat!("[`Tensor::", stringify!($name), "`] with the axes kept.")]
            #[track_caller]
            pub fn $keep(&self, axes: impl Into<Axes>) -> Tensor {
                self.reduce(stringify!($name), Reduce::$op, axes.into())
            }
        )*}
    };
}

primitive_reductions! {
    sum sum_keep => Sum,
    prod prod_keep => Prod,
    max max_keep => Max,
    min min_keep => Min,
    argmax argmax_keep => ArgMax,
    argmin argmin_keep => ArgMin,
}

impl Tensor {
    #[track_caller]
    fn reduce(&self, name: &str, op: Reduce, axes: Axes) -> Tensor {
        let axes = attempt!(name, [self], axes.resolve(self.shape()));
        Tensor::apply_as(name, Op::Reduce { op, axes }, vec![self.clone()])
    }

    /// [`Tensor::any`] with the axes kept.
    #[track_caller]
    pub fn any_keep(&self, axes: impl Into<Axes>) -> Tensor {
        self.cast(DType::Bool).reduce("any", Reduce::Max, axes.into())
    }

    /// [`Tensor::all`] with the axes kept.
    #[track_caller]
    pub fn all_keep(&self, axes: impl Into<Axes>) -> Tensor {
        self.cast(DType::Bool).reduce("all", Reduce::Min, axes.into())
    }

    /// [`Tensor::mean`] with the axes kept.
    #[track_caller]
    pub fn mean_keep(&self, axes: impl Into<Axes>) -> Tensor {
        attempt!("mean", [self], self.needs_float());
        let axes = attempt!("mean", [self], axes.into().resolve(self.shape()));
        if self.dtype() == DType::F16 {
            // Neither the sum nor the count need fit f16.
            return self.cast(DType::F32).mean_keep(axes).cast(DType::F16);
        }
        let count: f64 = axes.iter().map(|&axis| self.shape()[axis] as f64).product();
        self.sum_keep(axes).div(count)
    }

    /// [`Tensor::var`] with the axes kept.
    #[track_caller]
    pub fn var_keep(&self, axes: impl Into<Axes>) -> Tensor {
        attempt!("var", [self], self.needs_float());
        let axes = axes.into();
        self.sub(self.mean_keep(axes.clone())).square().mean_keep(axes)
    }

    /// [`Tensor::std`] with the axes kept.
    #[track_caller]
    pub fn std_keep(&self, axes: impl Into<Axes>) -> Tensor {
        attempt!("std", [self], self.needs_float());
        self.var_keep(axes).sqrt()
    }

    /// [`Tensor::logsumexp`] with the axes kept.
    #[track_caller]
    pub fn logsumexp_keep(&self, axes: impl Into<Axes>) -> Tensor {
        attempt!("logsumexp", [self], self.needs_float());
        let axes = axes.into();
        // The result does not depend on the shift, so no gradient flows through it; an infinite one would give inf - inf.
        let max = self.max_keep(axes.clone()).stop_gradient();
        let shift = max.is_finite().where_(&max, 0.0);
        self.sub(&shift).exp().sum_keep(axes).log().add(shift)
    }

    /// `e^x / sum(e^x)` along an axis, without overflow; floats only.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from([1000.0, 1000.0]).softmax(-1).to_string(), "[0.5 0.5]");
    /// ```
    #[track_caller]
    pub fn softmax(&self, axis: i64) -> Tensor {
        let exp = attempt!("softmax", [self], self.shifted(axis)).exp();
        exp.div(exp.sum_keep(axis))
    }

    /// `log(softmax(x))` along an axis, without overflow or underflow; floats only.
    #[track_caller]
    pub fn log_softmax(&self, axis: i64) -> Tensor {
        let shifted = attempt!("log_softmax", [self], self.shifted(axis));
        shifted.sub(shifted.exp().sum_keep(axis).log())
    }

    /// `x - max(x)` along an axis, the maximum held constant: what softmax starts from.
    #[track_caller]
    fn shifted(&self, axis: i64) -> Result<Tensor, String> {
        self.needs_float()?;
        resolve_axis(axis, self.shape())?;
        Ok(self.sub(self.max_keep(axis).stop_gradient()))
    }

    /// The running sum along an axis.
    #[track_caller]
    pub fn cumsum(&self, axis: i64) -> Tensor {
        let axis = attempt!("cumsum", [self], resolve_axis(axis, self.shape()));
        Tensor::apply(Op::CumSum { axis, reverse: false }, vec![self.clone()])
    }

    /// The rule of operations that need floats.
    fn needs_float(&self) -> Result<(), String> {
        if self.dtype().is_float() {
            return Ok(());
        }
        Err(format!("does not take {}; convert to a float with cast", self.dtype()))
    }
}
