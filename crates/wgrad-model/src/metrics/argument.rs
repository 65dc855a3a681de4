//! The metrics of a model as the user gives them: names, values, functions.

use super::{Metric, accuracy, from_config};
use crate::{ByName, Each, Metrics, Result, by_name::canonical};
use serde_json::Value as Json;
use std::sync::Arc;
use wgrad_tensor::Shape;

/// A metric by name or value; a function of labels and predictions is a value. Arrays hold metrics of one type, tuples those of several:
/// `("accuracy", AUC::new(), largest_error)`.
pub type MetricArgument = ByName<dyn Metric>;

impl<M: Metric + 'static> From<M> for MetricArgument {
    fn from(metric: M) -> Self {
        ByName::Value(Arc::new(metric))
    }
}

/// Metrics of several types, in order.
macro_rules! from_tuples {
    ($($($metric:ident)*;)*) => {$(
        impl<$($metric: Into<MetricArgument>),*> From<($($metric,)*)> for Metrics {
            #[allow(non_snake_case)]
            fn from(($($metric,)*): ($($metric,)*)) -> Self {
                Each::in_order([$(vec![$metric.into()]),*])
            }
        }
    )*};
}
from_tuples! { A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; }

/// A metric of a model for labels and predictions of certain shapes.
#[derive(Clone, Debug)]
pub(crate) struct NamedMetric {
    /// The name that histories show.
    pub(crate) name: String,
    pub(crate) metric: Arc<dyn Metric>,
    /// How many numbers it sums up.
    pub(crate) sums: usize,
}

impl MetricArgument {
    /// The metric for labels and predictions of these shapes (batch first).
    pub(crate) fn resolve(self, labels: &Shape, predictions: &Shape) -> Result<NamedMetric> {
        let (name, metric) = match self {
            ByName::Value(metric) => (metric.name().to_string(), metric),
            ByName::Name(name) if ["accuracy", "acc"].contains(&canonical(&name).as_str()) => {
                (name, accuracy::for_shapes(labels, predictions))
            }
            ByName::Name(name) => {
                let metric = from_config(&name, &Json::Null)?;
                (name, metric)
            }
        };
        let sums = metric.sums(labels, predictions);
        Ok(NamedMetric { name, metric, sums })
    }
}
