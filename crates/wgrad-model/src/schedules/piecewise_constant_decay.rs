//! Rates for intervals of steps.

use super::{Schedule, named};
use serde::{Deserialize, Serialize};

/// `values[i]` for the smallest `i` with `step <= boundaries[i]`, the last value after all boundaries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PiecewiseConstantDecay {
    /// The last step of each interval, in ascending order; what is behind the decimal point does not matter.
    pub boundaries: Vec<f64>,
    /// One value more than there are boundaries.
    pub values: Vec<f64>,
}

impl PiecewiseConstantDecay {
    /// The values of the intervals that the boundaries make.
    pub fn new(boundaries: impl IntoIterator<Item = u64>, values: impl Into<Vec<f64>>) -> PiecewiseConstantDecay {
        PiecewiseConstantDecay { boundaries: boundaries.into_iter().map(|b| b as f64).collect(), values: values.into() }
    }
}

impl Schedule for PiecewiseConstantDecay {
    named!("PiecewiseConstantDecay");

    fn at(&self, step: u64) -> f64 {
        let interval = self.boundaries.iter().filter(|boundary| step as f64 > boundary.trunc()).count();
        self.values.get(interval).copied().unwrap_or(f64::NAN)
    }

    fn check(&self) -> Result<(), String> {
        let (boundaries, values) = (self.boundaries.len(), self.values.len());
        if boundaries + 1 != values {
            return Err(format!("there must be one value more than boundaries, got {values} values and {boundaries} boundaries"));
        }
        if !self.boundaries.is_sorted() {
            return Err(format!("the boundaries must be in ascending order, got {:?}", self.boundaries));
        }
        Ok(())
    }
}
