//! Layers over time: cells and what runs them over a sequence.
//!
//! What a cell computes from the input alone is one operation for all steps, before the loop; the loop's body is traced once, so that a layer
//! compiles in the same time for every length.

mod bidirectional;
mod cell;
mod class;
mod conv_lstm;
mod gru;
mod lstm;
mod recurrence;
mod rnn;
mod simple_rnn;
mod stacked_rnn_cells;
mod time_distributed;

pub use bidirectional::{Bidirectional, MergeMode};
pub use cell::Cell;
pub use conv_lstm::{ConvLSTM1D, ConvLSTM1DCell, ConvLSTM2D, ConvLSTM2DCell, ConvLSTM3D, ConvLSTM3DCell};
pub use gru::{GRU, GRUCell};
pub use lstm::{LSTM, LSTMCell};
pub use recurrence::{Recurrence, Recurrent};
pub use rnn::RNN;
pub use simple_rnn::{SimpleRNN, SimpleRNNCell};
pub use stacked_rnn_cells::StackedRNNCells;
pub use time_distributed::TimeDistributed;
