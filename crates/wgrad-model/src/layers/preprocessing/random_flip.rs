//! Images that are mirrored at random in training.

use super::{factor::draw, float, named::named};
use crate::{
    Layer, Scope,
    layers::{DataFormat, arguments::arguments},
};
use wgrad_tensor::Tensor;

named! {
    /// How images are mirrored.
    pub enum FlipMode, "mode" {
        /// Left and right change places.
        "horizontal" => Horizontal,
        /// Top and bottom change places.
        "vertical" => Vertical,
        /// Both.
        "horizontal_and_vertical" => HorizontalAndVertical,
    }
}

arguments! {
    /// Mirrors each image with probability 1/2 in training; else the identity (Keras `RandomFlip`). In the mode `"horizontal_and_vertical"` an image
    /// is mirrored both ways or not at all. Which ones are, follows from the seed of the training and the step.
    ///
    /// Errors: a mode that does not exist.
    pub struct RandomFlip() {
        /// `"horizontal"`, `"vertical"` or `"horizontal_and_vertical"` (the default).
        converts mode: FlipMode = FlipMode::HorizontalAndVertical;
        /// Keras' own seed of the layer; the numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

impl Layer for RandomFlip {
    fn class_name(&self) -> &'static str {
        "RandomFlip"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        self.data_format.channels_last("RandomFlip", &float(x), 2, |x| {
            let axes: &[i64] = match self.mode.known()? {
                FlipMode::Horizontal => &[2],
                FlipMode::Vertical => &[1],
                FlipMode::HorizontalAndVertical | FlipMode::Unknown(_) => &[1, 2],
            };
            if !scope.training() {
                return Ok(x.clone());
            }
            let mirrored = draw(scope, x.shape()[0], (0.0, 1.0)).le(0.5);
            Ok(mirrored.where_(x.flip(axes.to_vec()), x))
        })
    }
}
