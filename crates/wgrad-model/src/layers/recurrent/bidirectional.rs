//! A sequence in both directions.

use super::{Recurrence, Recurrent};
use crate::{
    Entry, Layer, Scope, UnknownName,
    layer::{inner_name, only},
    layers::arguments::arguments,
};
use serde::{Deserialize, Serialize};
use wgrad_tensor::Tensor;

arguments! {
    /// A recurrent layer over a sequence and over its reverse, and both results together (Keras `Bidirectional`; Schuster and Paliwal 1997). The first
    /// input is the sequence; the states before the first step, of both directions, may be further inputs. The states after the last are results
    /// where the layer returns them.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::{Bidirectional, LSTM}};
    /// use wgrad_tensor::Tensor;
    /// let mut model = Sequential::new([Bidirectional::new(LSTM::new(3).into()).into()]).input_shape([5, 2]).build()?;
    /// assert_eq!(model.predict(&Tensor::ones([4, 5, 2]))?.shape()[..], [4, 6]);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct Bidirectional(
        /// The layer for the forward direction.
        layer: Entry,
    ) {
        /// How the two results become one: `concat` (the default), `sum`, `ave`, `mul`, or two results with `None`.
        converts merge_mode: MergeMode = MergeMode::Concat;
        /// The layer for the other direction; the same with `go_backwards` by default.
        may_convert backward_layer: Entry;
    }
}

/// How [`Bidirectional`] makes one result of two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Option<String>", into = "Option<String>")]
pub enum MergeMode {
    /// Both, one after the other in the last axis.
    Concat,
    /// `forward + backward`
    Sum,
    /// `(forward + backward) / 2`
    Ave,
    /// `forward backward`
    Mul,
    /// They stay two.
    None,
    /// A name that stands for nothing.
    Unknown(String),
}

const MODES: [(&str, MergeMode); 4] =
    [("concat", MergeMode::Concat), ("sum", MergeMode::Sum), ("ave", MergeMode::Ave), ("mul", MergeMode::Mul)];

impl From<&str> for MergeMode {
    fn from(name: &str) -> Self {
        MODES.into_iter().find(|(known, _)| *known == name).map_or_else(|| MergeMode::Unknown(name.into()), |(_, mode)| mode)
    }
}

impl From<Option<String>> for MergeMode {
    fn from(name: Option<String>) -> Self {
        name.map_or(MergeMode::None, |name| name.as_str().into())
    }
}

impl From<MergeMode> for Option<String> {
    fn from(mode: MergeMode) -> Option<String> {
        match mode {
            MergeMode::None => None,
            MergeMode::Unknown(name) => Some(name),
            known => MODES.into_iter().find(|(_, mode)| *mode == known).map(|(name, _)| name.into()),
        }
    }
}

impl Bidirectional {
    /// The two layers as they run, forward first, or the rule that they break.
    fn directions(&self) -> Result<[Entry; 2], String> {
        let forward = recurrence(&self.layer)?.clone();
        let backward = match &self.backward_layer {
            Some(layer) => recurrence(layer)?.clone(),
            None => Recurrence { go_backwards: true, ..forward.clone() },
        };
        if forward.go_backwards == backward.go_backwards {
            return Err(format!("the layers must differ in go_backwards, both have {}", forward.go_backwards));
        }
        let common = [
            ("stateful", forward.stateful, backward.stateful),
            ("return_sequences", forward.return_sequences, backward.return_sequences),
            ("return_state", forward.return_state, backward.return_state),
        ];
        if let Some((name, forward, backward)) = common.into_iter().find(|(_, forward, backward)| forward != backward) {
            return Err(format!("the layers must have the same {name}, got {forward} and {backward}"));
        }
        let forward = running(&self.layer, forward, prefixed("forward_", &self.layer));
        let backward = match &self.backward_layer {
            Some(layer) => running(layer, backward, inner_name(layer)),
            None => running(&self.layer, backward, prefixed("backward_", &self.layer)),
        };
        Ok([forward, backward])
    }

    /// Both results as one, or as two.
    fn merge(&self, forward: &Tensor, backward: &Tensor) -> Result<Vec<Tensor>, String> {
        Ok(match &self.merge_mode {
            MergeMode::None => vec![forward.clone(), backward.clone()],
            MergeMode::Concat => vec![Tensor::concat(&[forward.clone(), backward.clone()], -1)],
            MergeMode::Sum => vec![forward + backward],
            MergeMode::Ave => vec![(forward + backward) / 2.0],
            MergeMode::Mul => vec![forward * backward],
            MergeMode::Unknown(name) => return Err(UnknownName::new("merge_mode", name, MODES.map(|(name, _)| name)).to_string()),
        })
    }

    #[track_caller]
    fn run(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Vec<Tensor>, String> {
        let [forward, backward] = self.directions()?;
        let [x, states @ ..] = inputs else { return Err("it takes a sequence, got no input".into()) };
        let (first, second) = states.split_at(states.len() / 2);
        let call = |scope: &mut Scope, entry: &Entry, states: &[Tensor]| {
            let name = inner_name(entry);
            scope.entry(&name, entry, &[std::slice::from_ref(x), states].concat())
        };
        let (ahead, back) = (call(scope, &forward, first), call(scope, &backward, second));
        let ([y, ahead @ ..], [z, back @ ..]) = (&ahead[..], &back[..]) else { return Err("a layer gave no result".into()) };
        let sequences = recurrence(&forward)?.return_sequences;
        let mut results = self.merge(y, &if sequences { z.flip(1) } else { z.clone() })?;
        if let (true, Some(mask)) = (sequences, scope.mask(x).cloned()) {
            results.iter().for_each(|result| scope.set_mask(result, &mask));
        }
        results.extend(ahead.iter().chain(back).cloned());
        Ok(results)
    }
}

/// How a layer runs, or the rule that it breaks.
fn recurrence(entry: &Entry) -> Result<&Recurrence, String> {
    let layer = entry.layer();
    layer.as_recurrent().map(Recurrent::recurrence).ok_or_else(|| format!("the layer {} does not run over a sequence", layer.class_name()))
}

/// The entry's layer as it runs in one direction. Masked steps must not repeat outputs: the other direction has others before them.
fn running(entry: &Entry, recurrence: Recurrence, name: String) -> Entry {
    let recurrence = Recurrence { zero_output_for_mask: recurrence.return_sequences, ..recurrence };
    let layer = entry.layer().as_recurrent().map_or_else(|| entry.layer.clone(), |layer| layer.with_recurrence(recurrence));
    Entry { layer, name: Some(name), ..entry.clone() }
}

/// The name of a direction's layer: `forward_lstm`.
fn prefixed(prefix: &str, entry: &Entry) -> String {
    let name = inner_name(entry);
    format!("{prefix}{}", name.strip_prefix(prefix).unwrap_or(&name))
}

impl Layer for Bidirectional {
    fn class_name(&self) -> &'static str {
        "Bidirectional"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        only(self, scope, x)
    }

    fn call_all(&self, scope: &mut Scope, inputs: &[Tensor]) -> Vec<Tensor> {
        let failed = |rule| vec![Tensor::invalid("Bidirectional", rule, &inputs.iter().collect::<Vec<_>>())];
        self.run(scope, inputs).unwrap_or_else(failed)
    }
}
