//! Looking at a training while it runs and afterwards.
//!
//! [`TensorBoard`] is Keras' callback of that name; [`SummaryWriter`] writes the same files for loops of one's own.

mod error;
mod events;
mod picture;
mod summary_writer;
mod tensorboard;
mod weight_image;

pub use events::{DataPoint, Histogram};
pub use summary_writer::{Parameter, SummaryWriter};
pub use tensorboard::{TensorBoard, UpdateFreq};
