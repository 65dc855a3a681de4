//! The messages of TensorFlow's event files (`event.proto`, `summary.proto`, `graph.proto`).

mod graph;
mod histogram;
mod hparams;
pub(crate) mod proto;
pub(crate) mod record;

pub(crate) use graph::graph_def;
pub use histogram::Histogram;
pub use hparams::DataPoint;
pub(crate) use hparams::{experiment, session_end, session_start};
use proto::Message;

/// What an event is about.
pub(crate) enum What {
    /// The first event of a file.
    FileVersion,
    Graph(Message),
    /// Values of a summary.
    Summary(Vec<Message>),
}

/// An event: when, at which step, and what.
pub(crate) fn event(wall_time: f64, step: i64, what: What) -> Message {
    let event = Message::new().double(1, wall_time).int(2, step);
    match what {
        What::FileVersion => event.bytes(3, "brain.Event:2"),
        What::Graph(graph) => event.bytes(4, graph.into_bytes()),
        What::Summary(values) => event.message(5, values.into_iter().fold(Message::new(), |summary, value| summary.message(1, value))),
    }
}

/// A number.
pub(crate) fn scalar(tag: &str, value: f32) -> Message {
    Message::new().bytes(1, tag).set_float(2, value)
}

/// A picture in PNG.
pub(crate) fn image(tag: &str, [height, width, channels]: [usize; 3], png: &[u8]) -> Message {
    let size = Message::new().int(1, height as i64).int(2, width as i64).int(3, channels as i64);
    Message::new().bytes(1, tag).message(4, size.bytes(4, png))
}

/// The distribution of many numbers.
pub(crate) fn histogram(tag: &str, histogram: &Histogram) -> Message {
    Message::new().bytes(1, tag).message(5, histogram.message())
}

/// Text, or other bytes, for the plugin of that name.
pub(crate) fn text(tag: &str, plugin: &str, content: &[u8], text: &str) -> Message {
    const STRING: i64 = 7;
    let tensor = Message::new().int(1, STRING).message(2, Message::new()).element(8, text);
    Message::new().bytes(1, tag).message(8, tensor).message(9, metadata(plugin, content))
}

/// A value that is all in the data of its plugin.
pub(crate) fn plugin_data(tag: &str, plugin: &str, content: Message) -> Message {
    Message::new().bytes(1, tag).message(9, metadata(plugin, &content.into_bytes()))
}

fn metadata(plugin: &str, content: &[u8]) -> Message {
    Message::new().message(1, Message::new().bytes(1, plugin).bytes(2, content))
}
