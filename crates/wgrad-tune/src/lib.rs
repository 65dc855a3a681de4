//! Model selection: folds and cross-validation as scikit-learn has them, grid search, random search and Hyperband as Keras Tuner has them.
//!
//! A search calls a function that builds a model and a function that trains it. Both ask a [`HyperParameters`] for what is not decided yet, and that is all the
//! description that a space needs. What is tried depends on the seed alone, not on how many trials run at once.
//!
//! ```
//! # use wgrad_cpu as _;
//! use wgrad_model::{Sequential, layers::Dense, optimizers::Adam};
//! use wgrad_tensor::Tensor;
//! use wgrad_tune::RandomSearch;
//!
//! let x = Tensor::uniform([64, 2], -1.0, 1.0, 1);
//! let y = x.sum(-1).reshape([64, 1]);
//! let results = RandomSearch::new("val_loss", 3).seed(7).epochs(2).search(
//!     |hp| {
//!         let units: usize = hp.int("units", 4..=16).step(4).get()?;
//!         let rate = hp.float("learning_rate", 1e-3..=1e-1).log().get()?;
//!         let layers = [Dense::new(units).activation("tanh").into(), Dense::new(1).into()];
//!         Sequential::new(layers).input_shape([2]).compile(Adam::new(rate), "mse", ())
//!     },
//!     |hp, model, fit| model.fit(&x, &y, fit.batch_size(hp.choice("batch_size", [8, 16]).get()?).validation_split(0.25)),
//! )?;
//! assert_eq!(results.trials().len(), 3);
//! println!("{results}"); // a table, the best trial first
//! let mut best = results.into_best_model().unwrap();
//! assert_eq!(best.predict(&x)?.shape().to_vec(), [64, 1]);
//! # Ok::<(), wgrad_model::Error>(())
//! ```

mod draw;
mod folds;
mod hyper_parameters;
mod objective;
mod search;
mod space;
mod trial;

pub use folds::{Fold, KFold, Scores, Split, StratifiedKFold, TrainTest, cross_val_score};
pub use hyper_parameters::{ChoiceParameter, FloatParameter, HyperParameters, IntParameter};
pub use objective::Objective;
pub use search::{GridSearch, Hyperband, RandomSearch, SearchResults, SuccessiveHalving};
pub use space::{Domain, Setting};
pub use trial::{Parameter, Trial};

use wgrad_model::Error;

/// The error of a setting: `place: rule`.
fn invalid(place: impl Into<String>, rule: impl Into<String>) -> Error {
    Error::Invalid { place: place.into(), rule: rule.into() }
}
