//! Convolutions and reductions of windows.

use crate::{Conv, Op, Tensor, Window};

impl Tensor {
    /// The general dilated convolution of `[N, s..., C]` with a kernel `[k..., I, O]`: see [`Conv`].
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::{Conv, Tensor};
    /// let (signal, kernel) = (Tensor::arange(0f32, 4.0, 1.0).reshape([1, 4, 1]), Tensor::ones([2, 1, 1]));
    /// assert_eq!(signal.conv(&kernel, Conv::plain(1)).flatten().to_string(), "[1. 3. 5.]");
    /// ```
    #[track_caller]
    pub fn conv(&self, kernel: &Tensor, conv: Conv) -> Tensor {
        Tensor::apply(Op::Conv(conv), vec![self.clone(), kernel.clone()])
    }

    /// The sum over each window; padding counts as 0.
    #[track_caller]
    pub fn window_sum(&self, window: Window) -> Tensor {
        Tensor::apply(Op::WindowSum(window), vec![self.clone()])
    }

    /// The maximum of each window; padding is never chosen, and a window of nothing else gives 0. Its gradient goes to the first maximum.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::{Tensor, Window};
    /// let halves = Window { size: vec![2], strides: vec![2], dilation: vec![1], padding: vec![(0, 0)] };
    /// assert_eq!(Tensor::from([3f32, 1.0, 4.0, 1.0]).window_max(halves).to_string(), "[3. 4.]");
    /// ```
    #[track_caller]
    pub fn window_max(&self, window: Window) -> Tensor {
        Tensor::apply_as("window_max", Op::WindowSelect(window), vec![self.clone(), self.clone()])
    }

    /// The minimum of each window; padding is never chosen, and a window of nothing else gives 0.
    #[track_caller]
    pub fn window_min(&self, window: Window) -> Tensor {
        self.neg().window_max(window).neg()
    }

    /// The mean of each window over the elements that are not padding; a window of padding only gives 0.
    #[track_caller]
    pub fn window_mean(&self, window: Window) -> Tensor {
        let sum = self.window_sum(window.clone());
        if window.padding.iter().all(|&pair| pair == (0, 0)) {
            return sum.div(window.size.iter().map(|&n| n as f64).product::<f64>());
        }
        sum.div(self.window_counts(window))
    }

    /// How many elements each window has: of ones, on the axes that have padding; it broadcasts over the others.
    #[track_caller]
    fn window_counts(&self, mut window: Window) -> Tensor {
        let whole: f64 = window.size.iter().zip(&window.padding).filter(|(_, pair)| **pair == (0, 0)).map(|(&n, _)| n as f64).product();
        let mut shape = self.shape().to_vec();
        for axis in (0..shape.len()).filter(|&axis| window.padding.get(axis) == Some(&(0, 0))) {
            shape[axis] = 1;
            for parameter in [&mut window.size, &mut window.strides, &mut window.dilation] {
                if let Some(n) = parameter.get_mut(axis) {
                    *n = 1;
                }
            }
        }
        Tensor::scalar_like(self, 1.0).expand(shape).window_sum(window).maximum(1.0).mul(whole)
    }
}
