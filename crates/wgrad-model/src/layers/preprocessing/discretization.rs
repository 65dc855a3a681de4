//! Numbers as the intervals that they lie in.

use super::{
    encoding::{OutputMode, count_not_above, encode},
    float,
    numbers::Numbers,
    quantiles,
};
use crate::{Error, Layer, Result, Scope, layers::arguments::arguments};
use std::borrow::Borrow;
use wgrad_tensor::{DType, Tensor};

arguments! {
    /// The number of the interval that each element lies in: `i` where `bin_boundaries[i - 1] <= x < bin_boundaries[i]` (Keras `Discretization`).
    ///
    /// The shape stays in the mode `"int"`, which gives i32; the other modes give f32 vectors as [`crate::layers::CategoryEncoding`] does, of one more
    /// element than there are boundaries. NaN lies in the last interval.
    ///
    /// Errors: neither boundaries nor `num_bins`; boundaries that do not ascend; a mode that it does not have.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::layers::Discretization;
    /// use wgrad_tensor::Tensor;
    /// let mut layer = Discretization::new().num_bins(2);
    /// layer.adapt(&Tensor::from([1f32, 2.0, 3.0, 4.0]))?;
    /// assert_eq!(layer.bin_boundaries.as_deref(), Some(&[2.0][..]));
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct Discretization() {
        /// The ascending boundaries between the intervals.
        may_convert bin_boundaries: Vec<f64>;
        /// How many intervals `adapt` makes.
        may_take num_bins: usize;
        /// The error of quantiles that `adapt` may make to use less memory; 0.01 by default.
        takes epsilon: f64 = 0.01;
        /// `"int"` (the default), `"one_hot"`, `"multi_hot"` or `"count"`.
        converts output_mode: OutputMode = OutputMode::Int;
        /// Must be `false`: there are no sparse tensors.
        takes sparse: bool = false;
    }
}

impl Discretization {
    /// Makes `num_bins` intervals that hold equal shares of `data`, of any shape; to call before the model is built.
    ///
    /// # Errors
    /// No `num_bins`; `epsilon` that is not in (0, 1]; a device that fails.
    pub fn adapt(&mut self, data: &Tensor) -> Result<()> {
        self.adapt_batches([data])
    }

    /// [`Discretization::adapt`] of data in batches.
    ///
    /// # Errors
    /// Those of [`Discretization::adapt`].
    pub fn adapt_batches<T: Borrow<Tensor>>(&mut self, batches: impl IntoIterator<Item = T>) -> Result<()> {
        let invalid = |rule: String| Error::invalid("Discretization", rule);
        let Some(bins) = self.num_bins else {
            return Err(invalid("it adapts where num_bins is given, not bin_boundaries".into()));
        };
        if bins == 0 || !(self.epsilon > 0.0 && self.epsilon <= 1.0) {
            return Err(invalid(format!("num_bins must be at least 1 and epsilon in (0, 1], got {bins} and {}", self.epsilon)));
        }
        let mut summary = quantiles::Summary::default();
        for batch in batches {
            summary = quantiles::Summary::of(batch.borrow().cast(DType::F32).to_vec()?, self.epsilon).merge(summary, self.epsilon);
        }
        self.bin_boundaries = Some(summary.boundaries(bins));
        Ok(())
    }

    #[track_caller]
    fn discretize(&self, x: &Tensor) -> Result<Tensor, String> {
        super::dense(self.sparse)?;
        if *self.output_mode.known()? == OutputMode::TfIdf {
            return Err("the output_mode is one of int, one_hot, multi_hot, count, got \"tf_idf\"".into());
        }
        let boundaries = self.bin_boundaries.as_ref().ok_or("it has no bin_boundaries; give them, or num_bins and call adapt")?;
        if !boundaries.is_sorted_by(|a, b| a <= b) {
            return Err(format!("the bin_boundaries must ascend, got {boundaries:?}"));
        }
        let x = float(x);
        let sorted = Numbers::from(boundaries.clone()).tensor(x.dtype());
        let bins = x.is_nan().where_(Tensor::constant(wgrad_tensor::Scalar::I32(boundaries.len() as i32), ()), count_not_above(&sorted, &x));
        encode(&bins, &self.output_mode, boundaries.len() + 1, None)
    }
}

impl Layer for Discretization {
    fn class_name(&self) -> &'static str {
        "Discretization"
    }

    fn call(&self, _scope: &mut Scope, x: &Tensor) -> Tensor {
        self.discretize(x).unwrap_or_else(|rule| Tensor::invalid("Discretization", rule, &[x]))
    }
}
