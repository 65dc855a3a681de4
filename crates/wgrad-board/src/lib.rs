//! Looking at a training while it runs and afterwards.
//!
//! [`TensorBoard`] is Keras' callback of that name; [`SummaryWriter`] writes the same files for loops of one's own. [`Report`] writes a page of HTML,
//! [`TerminalView`] shows live curves in the terminal.

mod embeddings;
mod error;
mod events;
mod picture;
mod report;
mod summary_writer;
mod tensorboard;
mod terminal;
mod weight_image;

pub use events::{DataPoint, Histogram};
pub use report::Report;
pub use summary_writer::{Parameter, SummaryWriter};
pub use tensorboard::{TensorBoard, UpdateFreq};
pub use terminal::{TerminalView, leave_terminal};
