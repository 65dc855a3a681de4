//! Any cell over a sequence.

use super::{
    Recurrence, Recurrent,
    class::loop_arguments,
    recurrence::{Place, parts},
};
use crate::{
    Entry, Error, Layer, Scope,
    layer::{inner_name, only},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use wgrad_tensor::Tensor;

/// Runs a [`Cell`](super::Cell) over a sequence, `[batch, time, ...] -> [batch, ...]` (Keras `RNN`). The first input is the sequence; the states
/// before the first step may be further inputs.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{Entry, Sequential, layers::{GRUCell, LSTMCell, RNN, StackedRNNCells}};
/// use wgrad_tensor::Tensor;
/// let cells: [Entry; 2] = [LSTMCell::new(4).into(), GRUCell::new(3).into()];
/// let mut model = Sequential::new([RNN::new(StackedRNNCells::new(cells)).into()]).input_shape([5, 2]).build()?;
/// assert_eq!(model.predict(&Tensor::ones([1, 5, 2]))?.shape()[..], [1, 3]);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Json>")]
pub struct RNN {
    /// What it does in a step: a layer that is a [`Cell`](super::Cell).
    pub cell: Entry,
    /// How it runs over the sequence.
    #[serde(flatten)]
    pub recurrence: Recurrence,
}

impl RNN {
    /// The layer with Keras' defaults.
    pub fn new(cell: impl Into<Entry>) -> RNN {
        RNN { cell: cell.into(), recurrence: Recurrence::new() }
    }
}

loop_arguments!(RNN);

impl TryFrom<Map<String, Json>> for RNN {
    type Error = Error;

    fn try_from(arguments: Map<String, Json>) -> Result<RNN, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Rest {
            cell: Entry,
        }
        let (recurrence, rest) = parts::<Rest>(arguments)?;
        Ok(RNN { cell: rest.cell, recurrence })
    }
}

impl Layer for RNN {
    fn class_name(&self) -> &'static str {
        "RNN"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        only(self, scope, x)
    }

    fn call_all(&self, scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        let Some(cell) = self.cell.layer().as_cell() else {
            let rule = format!("the layer {} is no cell", self.cell.layer().class_name());
            return vec![Tensor::invalid("RNN", rule, &inputs.iter().collect::<Vec<_>>())];
        };
        let name = inner_name(&self.cell);
        self.recurrence.run(scope, &Place { layer: "RNN", name: &name, trainable: self.cell.trainable, cell }, inputs)
    }

    fn as_recurrent(&self) -> Option<&dyn Recurrent> {
        Some(self)
    }
}
