//! From any shape to rows.

use crate::{
    Layer, Scope,
    layers::{DataFormat, arguments::arguments, data_format::last_from_first},
};
use wgrad_tensor::Tensor;

arguments! {
    /// `[batch, ...] -> [batch, product of the others]` (Keras `Flatten`); numbers become rows of one.
    pub struct Flatten() {
        /// With `"channels_first"` axis 1 is moved to the end before; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

impl Layer for Flatten {
    fn class_name(&self) -> &'static str {
        "Flatten"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        if let DataFormat::Unknown(_) = self.data_format {
            return Tensor::invalid("Flatten", self.data_format.wrong(), &[x]);
        }
        let Some((&batch, rest)) = x.shape().split_first() else {
            return Tensor::invalid("Flatten", "the input must have a batch axis, got a scalar", &[x]);
        };
        let x = if self.data_format == DataFormat::ChannelsFirst && x.rank() > 2 { last_from_first(x) } else { x.clone() };
        // Not -1, which a batch of size 0 would leave open.
        x.reshape([batch as i64, rest.iter().product::<usize>() as i64])
    }
}
