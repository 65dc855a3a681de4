//! Hyperparameters of a run, as TensorBoard's table of them wants it (`hparams/plugin_data.proto`).

use super::proto::Message;

/// The value of a hyperparameter.
#[derive(Clone, Debug, PartialEq)]
pub enum DataPoint {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Yes or no.
    Bool(bool),
}

impl From<f64> for DataPoint {
    fn from(value: f64) -> Self {
        DataPoint::Number(value)
    }
}

impl From<i32> for DataPoint {
    fn from(value: i32) -> Self {
        DataPoint::Number(value.into())
    }
}

impl From<usize> for DataPoint {
    fn from(value: usize) -> Self {
        DataPoint::Number(value as f64)
    }
}

impl From<bool> for DataPoint {
    fn from(value: bool) -> Self {
        DataPoint::Bool(value)
    }
}

impl From<&str> for DataPoint {
    fn from(value: &str) -> Self {
        DataPoint::Text(value.into())
    }
}

impl DataPoint {
    /// `google.protobuf.Value`
    fn message(&self) -> Message {
        match self {
            DataPoint::Number(value) => Message::new().set_double(2, *value),
            DataPoint::Text(value) => Message::new().element(3, value),
            DataPoint::Bool(value) => Message::new().set_int(4, i64::from(*value)),
        }
    }

    /// `DataType`
    fn kind(&self) -> i64 {
        match self {
            DataPoint::Text(_) => 1,
            DataPoint::Bool(_) => 2,
            DataPoint::Number(_) => 3,
        }
    }
}

/// Which hyperparameters there are, and which numbers tell how good they are.
pub(crate) fn experiment(parameters: &[(String, DataPoint)], metrics: &[&str]) -> Message {
    let infos = parameters.iter().map(|(name, value)| (4, Message::new().bytes(1, name).int(4, value.kind())));
    let metrics = metrics.iter().map(|tag| (5, Message::new().message(1, Message::new().bytes(2, tag))));
    Message::new().message(2, infos.chain(metrics).fold(Message::new(), |all, (field, info)| all.message(field, info)))
}

/// The hyperparameters of this run.
pub(crate) fn session_start(parameters: &[(String, DataPoint)], seconds: f64) -> Message {
    let entry = |(name, value): &(String, DataPoint)| Message::new().bytes(1, name).message(2, value.message());
    let start = parameters.iter().fold(Message::new(), |start, parameter| start.message(1, entry(parameter)));
    Message::new().message(3, start.double(5, seconds))
}

/// The run ended well.
pub(crate) fn session_end(seconds: f64) -> Message {
    const SUCCESS: i64 = 1;
    Message::new().message(4, Message::new().int(1, SUCCESS).double(2, seconds))
}
