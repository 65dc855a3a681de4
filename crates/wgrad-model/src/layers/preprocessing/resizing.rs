//! Images of another size.

use super::{affine::FillMode, float};
use crate::{
    Layer, Scope,
    layers::{
        DataFormat, arguments::arguments,
        resize::{Interpolation, Method},
    },
};
use wgrad_tensor::{DType, Tensor};

arguments! {
    /// Images of another size (Keras `Resizing`): `[batch, h, w, channels] -> [batch, height, width, channels]`. Interpolations are those of
    /// TensorFlow's `image.resize` with pixels' centres at halves. Integers stay integers, rounded.
    ///
    /// Errors: sizes that are 0 or beyond 2^24; names that stand for nothing; both ways to keep the aspect ratio.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::Resizing};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([Resizing::new(1, 4).into()]).input_shape([1, 2, 1]).build()?;
    /// assert_eq!(model.predict(&Tensor::from([[[[0f32], [4.0]]]]))?.to_vec::<f32>()?, [0.0, 1.0, 3.0, 4.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct Resizing(
        /// The height of the results.
        height: usize,
        /// The width of the results.
        width: usize,
    ) {
        /// `"nearest"`, `"bilinear"` (the default), `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        converts interpolation: Interpolation = BILINEAR;
        /// Whether to cut the image to the results' aspect ratio before.
        takes crop_to_aspect_ratio: bool = false;
        /// Whether to fill the image up to the results' aspect ratio before.
        takes pad_to_aspect_ratio: bool = false;
        /// Must be `"constant"`.
        converts fill_mode: FillMode = FillMode::Constant;
        /// What the image is filled up with; 0 by default.
        takes fill_value: f64 = 0.0;
        /// Whether more pixels take part where the image becomes smaller.
        takes antialias: bool = false;
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

arguments! {
    /// The middle of images (Keras `CenterCrop`): `[batch, h, w, channels] -> [batch, height, width, channels]`. A smaller image is cut to the results'
    /// aspect ratio and made larger, bilinearly. Integers become f32.
    ///
    /// Errors: sizes that are 0 or beyond 2^24.
    pub struct CenterCrop(
        /// The height of the results.
        height: usize,
        /// The width of the results.
        width: usize,
    ) {
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

arguments! {
    /// A random part of the images in training, the same for all images of the batch (Keras `RandomCrop`):
    /// `[batch, h, w, channels] -> [batch, height, width, channels]`. Outside training, images are cut in their middle to the results' aspect ratio and
    /// resized, so that the shape is the same; in training that happens to images that are not larger both ways, as in Keras.
    ///
    /// Where the part lies, follows from the seed of the training and the step. Errors: sizes that are 0 or beyond 2^24.
    pub struct RandomCrop(
        /// The height of the results.
        height: usize,
        /// The width of the results.
        width: usize,
    ) {
        /// Keras' own seed of the layer; the numbers here follow from the seed of `fit`, so it does not matter.
        may_take seed: i64;
        /// Where the channels are; `"channels_last"` by default.
        converts data_format: DataFormat = DataFormat::ChannelsLast;
    }
}

/// Height and width.
type Size = [usize; 2];

fn size(x: &Tensor) -> Size {
    [x.shape()[1], x.shape()[2]]
}

/// The longest axis of an image.
const LONGEST: usize = 1 << 24;

/// The rule that sizes break.
fn check(sizes: [Size; 2]) -> Result<(), String> {
    if sizes.as_flattened().iter().all(|length| (1..=LONGEST).contains(length)) {
        return Ok(());
    }
    Err(format!("height and width must be in 1..={LONGEST}, got {:?} for images of {:?}", sizes[1], sizes[0]))
}

/// The lengths of both axes that have the aspect ratio of `target`, each by the other axis of `given`.
fn by_ratio([height, width]: Size, target: Size) -> Size {
    let scaled = |n: usize, to: usize, by: usize| (n as f64 * to as f64 / by as f64) as usize;
    [scaled(width, target[0], target[1]), scaled(height, target[1], target[0])]
}

/// The part of `x` of this size from these places.
#[track_caller]
fn part(x: &Tensor, start: Size, size: Size) -> Tensor {
    x.narrow(1, start[0], size[0]).narrow(2, start[1], size[1])
}

/// The middle of `x` with the aspect ratio of `target`.
#[track_caller]
fn cut_to_ratio(x: &Tensor, target: Size) -> Tensor {
    let given = size(x);
    let fitting = by_ratio(given, target);
    let kept = [0, 1].map(|axis| fitting[axis].clamp(1, given[axis]));
    part(x, [0, 1].map(|axis| (given[axis] - kept[axis]) / 2), kept)
}

/// `x` in the middle of a larger image with the aspect ratio of `target`.
#[track_caller]
fn filled_to_ratio(x: &Tensor, target: Size, value: f64) -> Tensor {
    let (given, fitting) = (size(x), by_ratio(size(x), target));
    let sides = [0, 1].map(|axis| fitting[axis].saturating_sub(given[axis]) / 2).map(|side| (side, side));
    x.pad(&[(0, 0), sides[0], sides[1], (0, 0)], value)
}

/// `x` of the size `target`.
#[track_caller]
fn resize(x: &Tensor, target: Size, interpolation: &Interpolation, antialias: bool) -> Result<Tensor, String> {
    [1, 2].into_iter().zip(target).try_fold(x.clone(), |y, (axis, positions)| interpolation.resize(&y, axis, positions, antialias))
}

const BILINEAR: Interpolation = Interpolation::Weighted(Method::Bilinear);

/// Keras' `smart_resize`.
#[track_caller]
fn cut_and_resize(x: &Tensor, target: Size) -> Result<Tensor, String> {
    resize(&cut_to_ratio(x, target), target, &BILINEAR, false)
}

impl Layer for Resizing {
    fn class_name(&self) -> &'static str {
        "Resizing"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        let target = [self.height, self.width];
        self.data_format.channels_last("Resizing", x, 2, |given| {
            check([size(given), target])?;
            let x = match (self.crop_to_aspect_ratio, self.pad_to_aspect_ratio) {
                (true, true) => return Err("only one of crop_to_aspect_ratio and pad_to_aspect_ratio can be true".into()),
                (true, false) => cut_to_ratio(given, target),
                (false, true) if self.fill_mode != FillMode::Constant => return Err("the fill_mode must be \"constant\"".into()),
                (false, true) => filled_to_ratio(given, target, self.fill_value),
                (false, false) => given.clone(),
            };
            let nearest = self.interpolation == Interpolation::Nearest;
            let y = resize(&if nearest { x } else { float(&x) }, target, &self.interpolation, self.antialias)?;
            Ok(if given.dtype().is_int() && !nearest { y.round().cast(given.dtype()) } else { y })
        })
    }
}

impl Layer for CenterCrop {
    fn class_name(&self) -> &'static str {
        "CenterCrop"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        let target = [self.height, self.width];
        self.data_format.channels_last("CenterCrop", &float(x), 2, |x| {
            let given = size(x);
            check([given, target])?;
            if given[0] < target[0] || given[1] < target[1] {
                return cut_and_resize(x, target);
            }
            Ok(part(x, [0, 1].map(|axis| (given[axis] - target[axis]) / 2), target))
        })
    }
}

impl RandomCrop {
    /// The part of images in training that are not larger both ways.
    #[track_caller]
    fn of_small(x: &Tensor, target: Size) -> Result<Tensor, String> {
        let (given, fitting) = (size(x), by_ratio(size(x), target));
        let start = [0, 1].map(|axis| (given[axis] - fitting[axis].clamp(1, given[axis])) / 2);
        let kept = [0, 1].map(|axis| target[axis].min(given[axis] - start[axis]));
        resize(&part(x, start, kept), target, &BILINEAR, false)
    }
}

impl Layer for RandomCrop {
    fn class_name(&self) -> &'static str {
        "RandomCrop"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let target = [self.height, self.width];
        self.data_format.channels_last("RandomCrop", &float(x), 2, |x| {
            let given = size(x);
            check([given, target])?;
            if !scope.training() {
                return cut_and_resize(x, target);
            }
            if given[0] <= target[0] || given[1] <= target[1] {
                return RandomCrop::of_small(x, target);
            }
            [1i64, 2].into_iter().zip([0, 1]).try_fold(x.clone(), |y, (axis, i)| {
                let (key, stream) = scope.random_key();
                let start = Tensor::uniform_with(&key, stream, [1], 0.0, (given[i] - target[i] + 1) as f32).cast(DType::I32);
                Ok(y.take(&(Tensor::iota([target[i]], 0, DType::I32) + start), axis))
            })
        })
    }
}
