//! A fixed scale and offset.

use super::{float, numbers::Numbers};
use crate::{Layer, Scope, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// `x * scale + offset`, the same in training and after it; integers become f32 (Keras `Rescaling`).
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::Rescaling};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([Rescaling::new(1.0 / 127.5).offset(-1.0).into()]).input_shape([2]).build()?;
    /// assert_eq!(model.predict(&Tensor::from([[0f32, 255.0]]))?.to_vec::<f32>()?, [-1.0, 1.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct Rescaling(
        /// The factor: a number, or an array that broadcasts to the input.
        scale: Numbers [into],
    ) {
        /// Added after scaling: a number, or an array that broadcasts to the input; 0 by default.
        converts offset: Numbers = 0.0.into();
    }
}

impl Layer for Rescaling {
    fn class_name(&self) -> &'static str {
        "Rescaling"
    }

    fn supports_masking(&self) -> bool {
        true
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        let x = float(x);
        &x * self.scale.tensor(x.dtype()) + self.offset.tensor(x.dtype())
    }
}
