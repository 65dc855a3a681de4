//! Training over batches that come one by one: pipelines, generators, data that does not fit into memory.

use super::{
    batch::IntoBatch,
    data::Feed,
    fit::Fit,
    history::History,
    program::Kind,
    session::Session,
    source::{Batches, Source},
};
use crate::{Error, Model, Result};
use std::sync::Arc;

impl Model {
    /// [`Model::fit`] over batches: `begin` starts one pass over them. An epoch ends with the pass, or after [`Fit::steps_per_epoch`] steps; passes
    /// may then be endless. Batch size, shuffling and weights are matters of the batches. A `wgrad_data::Pipeline` of pairs is given as `|| &pipeline`.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Fit, Sequential, layers::Dense};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([Dense::new(1).into()]).input_shape([2]).compile("sgd", "mse", ())?;
    /// let batches = || (0..5).map(|i| (Tensor::uniform([8, 2], 0.0, 1.0, i), Tensor::ones([8, 1])));
    /// let history = model.fit_batches(batches, Fit::epochs(3).verbose(0))?;
    /// assert!(history.last("loss") < history.epochs()[0].get("loss"));
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Model::fit`]; those of the batches; none at all; a split or weights, which are for arrays.
    pub fn fit_batches<'s, I>(&mut self, begin: impl FnMut() -> I + 's, fit: Fit<'_>) -> Result<History>
    where
        I: IntoIterator<Item: IntoBatch + 's>,
        I::IntoIter: 's,
    {
        fit.check_for_batches()?;
        let mut batches = Batches::new(begin);
        let Some(first) = batches.peek(self)? else {
            return Err(Error::invalid("fit_batches", "there is no batch to train with"));
        };
        let (label_shapes, feed) = (first.label_shapes.clone(), Arc::new(Feed::Host(first.columns.clone())));
        let session = Session::new(self, Kind::Train, feed, &label_shapes)?;
        let validation = self.given_validation(&fit)?;
        self.train(session, Source::Batches(batches), validation, fit)
    }
}
