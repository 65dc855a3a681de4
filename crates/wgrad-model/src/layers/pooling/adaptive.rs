//! Pooling to a given number of positions.

use crate::{
    Layer, Scope,
    layers::{DataFormat, Sizes, along::map_axis, arguments::arguments},
};
use wgrad_tensor::{Tensor, Window};

/// Declares the adaptive pooling layers over one to three axes.
macro_rules! adaptive_pools {
    ($($(#[$about:meta])* $layer:ident: $axes:literal, $pool:ident;)*) => {$(
        arguments! {
            $(#[$about])*
            pub struct $layer(
                /// Lengths of the axes of the result.
                output_size: Sizes<$axes> [into],
            ) {
                /// Where the channels are; `"channels_last"` by default.
                converts data_format: DataFormat = DataFormat::ChannelsLast;
            }
        }

        impl Layer for $layer {
            fn class_name(&self) -> &'static str {
                stringify!($layer)
            }

            fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
                let axes = match self.data_format.spatial(stringify!($layer), x, $axes) {
                    Ok(axes) => axes,
                    Err(invalid) => return invalid,
                };
                let pooled = axes.zip(self.output_size.0).try_fold(x.clone(), |x, (axis, size)| $pool(&x, axis, size));
                pooled.unwrap_or_else(|rule| Tensor::invalid(stringify!($layer), rule, &[x]))
            }
        }
    )*};
}

adaptive_pools! {
    /// The maxima of `output_size` parts of a sequence (Keras `AdaptiveMaxPooling1D`): `[batch, steps, channels] -> [batch, output_size, channels]`. Else as
    /// [`AdaptiveMaxPooling2D`].
    AdaptiveMaxPooling1D: 1, maximum;
    /// The maxima of `output_size` parts of an image (Keras `AdaptiveMaxPooling2D`): `[batch, height, width, channels] -> [batch, height', width',
    /// channels]`. Of an axis of length `n`, part `i` of `m` is from `i n / m`, rounded down, to `(i + 1) n / m`, rounded up; neighbours may overlap.
    ///
    /// Errors: an input or a result without positions.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::AdaptiveMaxPooling2D};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([AdaptiveMaxPooling2D::new((1, 2)).into()]).input_shape([1, 3, 1]).build()?;
    /// let y = model.predict(&Tensor::from([[[[1f32], [3.0], [2.0]]]]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [3.0, 3.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    AdaptiveMaxPooling2D: 2, maximum;
    /// The maxima of `output_size` parts of a volume (Keras `AdaptiveMaxPooling3D`): `[batch, depth, height, width, channels] -> [batch, depth',
    /// height', width', channels]`. Else as [`AdaptiveMaxPooling2D`].
    AdaptiveMaxPooling3D: 3, maximum;
    /// The means of `output_size` parts of a sequence (Keras `AdaptiveAveragePooling1D`): `[batch, steps, channels] -> [batch, output_size, channels]`.
    /// Parts and errors as of [`AdaptiveMaxPooling2D`].
    AdaptiveAveragePooling1D: 1, mean;
    /// The means of `output_size` parts of an image (Keras `AdaptiveAveragePooling2D`): `[batch, height, width, channels] -> [batch, height', width',
    /// channels]`. Parts and errors as of [`AdaptiveMaxPooling2D`].
    AdaptiveAveragePooling2D: 2, mean;
    /// The means of `output_size` parts of a volume (Keras `AdaptiveAveragePooling3D`): `[batch, depth, height, width, channels] -> [batch, depth',
    /// height', width', channels]`. Parts and errors as of [`AdaptiveMaxPooling2D`].
    AdaptiveAveragePooling3D: 3, mean;
}

/// Axes of more positions are errors.
const LARGEST: usize = 1 << 24;

/// The rule that both lengths keep.
fn check(n: usize, size: usize) -> Result<(), String> {
    if n.min(size) > 0 && n.max(size) <= LARGEST {
        return Ok(());
    }
    Err(format!("{n} positions cannot be pooled to {size}; both must be in 1..={LARGEST}"))
}

/// First position and length of a part.
fn part(n: usize, size: usize, part: usize) -> (usize, usize) {
    let (start, end) = (part * n / size, ((part + 1) * n).div_ceil(size));
    (start, end - start)
}

fn mean(x: &Tensor, axis: usize, size: usize) -> Result<Tensor, String> {
    let n = x.shape()[axis];
    check(n, size)?;
    map_axis(x, axis, size, |i| {
        let (start, length) = part(n, size, i);
        (start, vec![1.0 / length as f32; length])
    })
}

/// The parts one after the other, all made as long as the longest, then windows of that length.
fn maximum(x: &Tensor, axis: usize, size: usize) -> Result<Tensor, String> {
    let n = x.shape()[axis];
    check(n, size)?;
    let longest = (0..size).map(|i| part(n, size, i).1).max().unwrap_or(1);
    // The last position of a shorter part comes again: the maximum is the same.
    let positions = (0..size).map(|i| part(n, size, i)).flat_map(|(start, length)| (0..longest).map(move |i| start + i.min(length - 1)));
    let positions = Tensor::from_vec(positions.map(|position| position as i32).collect(), [size * longest]);
    let mut along = vec![1; x.rank()];
    along[axis] = longest;
    let window = Window { size: along.clone(), strides: along, dilation: vec![1; x.rank()], padding: vec![(0, 0); x.rank()] };
    Ok(x.take(&positions, axis as i64).window_max(window))
}
