//! Batches of data that come one by one.

use crate::{Arrays, Error, Result};
use wgrad_tensor::{HostTensor, Tensor};

/// Some samples: inputs, labels and, where there are, weights.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Inputs.
    pub x: Arrays,
    /// Labels.
    pub y: Arrays,
    /// Weights of the samples in the loss.
    pub sample_weight: Arrays,
}

impl Batch {
    /// Inputs and labels without weights.
    pub fn new(x: impl Into<Arrays>, y: impl Into<Arrays>) -> Batch {
        Batch { x: x.into(), y: y.into(), sample_weight: Arrays::default() }
    }

    /// With a weight for each sample (or position).
    #[must_use]
    pub fn sample_weight(self, weight: impl Into<Arrays>) -> Batch {
        Batch { sample_weight: weight.into(), ..self }
    }
}

/// What a pipeline of batches may give: batches, pairs `(x, y)`, triples `(x, y, sample_weight)`, and results of these.
pub trait IntoBatch {
    /// The batch.
    ///
    /// # Errors
    /// Those that came in place of a batch.
    fn into_batch(self) -> Result<Batch>;
}

impl IntoBatch for Batch {
    fn into_batch(self) -> Result<Batch> {
        Ok(self)
    }
}

macro_rules! arrays {
    ($($type:ty)*) => {
        $(impl IntoBatch for ($type, $type) {
            fn into_batch(self) -> Result<Batch> {
                Ok(Batch::new(self.0, self.1))
            }
        }

        impl IntoBatch for ($type, $type, $type) {
            fn into_batch(self) -> Result<Batch> {
                Ok(Batch::new(self.0, self.1).sample_weight(self.2))
            }
        })*
    };
}
arrays!(Tensor HostTensor);

impl<B: IntoBatch, E: Into<Box<dyn std::error::Error + Send + Sync>>> IntoBatch for Result<B, E> {
    fn into_batch(self) -> Result<Batch> {
        // An error of this crate stays what it is.
        self.map_err(|error| error.into().downcast::<Error>().map_or_else(Error::Data, |error| *error))?.into_batch()
    }
}
