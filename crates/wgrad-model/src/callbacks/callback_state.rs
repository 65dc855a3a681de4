//! What callbacks remember over an interruption.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt::Display, str::FromStr};
use wgrad_tensor::HostTensor;

/// What a callback must know to go on after an interruption: numbers and texts by their names, and tensors by theirs.
///
/// ```
/// use wgrad_model::callbacks::CallbackState;
/// let state = CallbackState::default().with("waited", 3).with_some("best", Some(0.1)).with_some("worst", None::<f64>);
/// assert_eq!((state.get("waited"), state.get("best"), state.get::<f64>("worst")), (Some(3), Some(0.1), None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallbackState {
    texts: BTreeMap<String, String>,
    /// Tensors with their names.
    #[serde(skip)]
    pub tensors: Vec<(String, HostTensor)>,
}

impl CallbackState {
    /// With a number or a text.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Display) -> CallbackState {
        self.texts.insert(name.into(), value.to_string());
        self
    }

    /// With a number or a text, where there is one.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Display>) -> CallbackState {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The number or text of that name; none where it is absent or something else.
    pub fn get<T: FromStr>(&self, name: &str) -> Option<T> {
        self.texts.get(name)?.parse().ok()
    }
}
