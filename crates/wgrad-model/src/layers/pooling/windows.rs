//! Pooling of windows.

use crate::{
    Layer, Scope,
    layers::{DataFormat, Padding, Sizes, arguments::arguments, window::Windows},
};
use wgrad_tensor::{Tensor, Window};

/// Declares the pooling layers over one to three axes.
macro_rules! pools {
    ($($(#[$about:meta])* $layer:ident: $axes:literal, $pool:ident;)*) => {$(
        arguments! {
            $(#[$about])*
            pub struct $layer(
                /// Lengths of a window.
                pool_size: Sizes<$axes> [into],
            ) {
                /// Distance of neighbouring windows; `pool_size` by default.
                may_convert strides: Sizes<$axes>;
                /// `"valid"` (the default) or `"same"`; padding is never part of the result.
                converts padding: Padding = Padding::Valid;
                /// Where the channels are; `"channels_last"` by default.
                converts data_format: DataFormat = DataFormat::ChannelsLast;
            }
        }

        impl Layer for $layer {
            fn class_name(&self) -> &'static str {
                stringify!($layer)
            }

            fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
                let (strides, dilation) = (self.strides.unwrap_or(self.pool_size), Sizes([1; $axes]));
                self.data_format.channels_last(stringify!($layer), x, $axes, |x| {
                    let windows = Windows::new(&self.pool_size, &strides, &dilation, &self.padding);
                    Ok(x.$pool(window(&windows, &x.shape()[1..$axes + 1])?))
                })
            }
        }
    )*};
}

pools! {
    /// The maximum of each window of a sequence (Keras `MaxPooling1D`): `[batch, steps, channels] -> [batch, steps', channels]`. Else as [`MaxPooling2D`].
    MaxPooling1D: 1, window_max;
    /// The maximum of each window (Keras `MaxPooling2D`): `[batch, height, width, channels] -> [batch, height', width', channels]`, where `height'` is
    /// `(height - size) / stride + 1`, or `height / stride` rounded up with padding `"same"`. The gradient goes to the first maximum of a window.
    ///
    /// Errors: a window that does not fit the input, numbers that are 0.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::MaxPooling2D};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([MaxPooling2D::new((1, 2)).into()]).input_shape([1, 4, 1]).build()?;
    /// let y = model.predict(&Tensor::from([[[[3f32], [1.0], [4.0], [1.0]]]]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [3.0, 4.0]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    MaxPooling2D: 2, window_max;
    /// The maximum of each window of a volume (Keras `MaxPooling3D`): `[batch, depth, height, width, channels] -> [batch, depth', height', width',
    /// channels]`. Else as [`MaxPooling2D`].
    MaxPooling3D: 3, window_max;
    /// The mean of each window of a sequence (Keras `AveragePooling1D`): `[batch, steps, channels] -> [batch, steps', channels]`. Else as
    /// [`AveragePooling2D`].
    AveragePooling1D: 1, window_mean;
    /// The mean of each window, over what of it lies in the input (Keras `AveragePooling2D`): `[batch, height, width, channels] -> [batch, height',
    /// width', channels]`. Shapes and errors as of [`MaxPooling2D`].
    AveragePooling2D: 2, window_mean;
    /// The mean of each window of a volume (Keras `AveragePooling3D`): `[batch, depth, height, width, channels] -> [batch, depth', height', width',
    /// channels]`. Else as [`AveragePooling2D`].
    AveragePooling3D: 3, window_mean;
}

/// The windows over all axes of an input, channels last, with these lengths between batch and channels.
fn window(windows: &Windows<'_>, lengths: &[usize]) -> Result<Window, String> {
    if *windows.padding == Padding::Causal {
        return Err(windows.padding.wrong());
    }
    // A padded window of twice the input's length sees all of it from every place; more would only cost time.
    windows.check()?;
    let size: Vec<usize> = windows.size.iter().zip(lengths).map(|(&size, &n)| shorter(size, n, windows.padding)).collect();
    let padding = Windows { size: &size, ..*windows }.amounts(lengths)?;
    let all_axes = |numbers: &[usize]| [&[1], numbers, &[1]].concat();
    Ok(Window {
        size: all_axes(&size),
        strides: all_axes(windows.strides),
        dilation: vec![1; size.len() + 2],
        padding: [&[(0, 0)], &padding[..], &[(0, 0)]].concat(),
    })
}

fn shorter(size: usize, n: usize, padding: &Padding) -> usize {
    if *padding == Padding::Same { size.min(n.saturating_mul(2).max(1)) } else { size }
}
