//! Layers over time: cells and what runs them over a sequence.
//!
//! What a cell computes from the input alone is one operation for all steps, before the loop; the loop's body is traced once, so that a layer
//! compiles in the same time for every length.

mod cell;
mod class;
mod recurrence;

pub use bidirectional::MergeMode;
pub use cell::Cell;
pub use conv_lstm::{ConvLSTM1DCell, ConvLSTM2DCell, ConvLSTM3DCell};
pub use recurrence::{Recurrence, Recurrent};

layer_family! {
    bidirectional::{Bidirectional}
    conv_lstm::{ConvLSTM1D, ConvLSTM2D, ConvLSTM3D}
    gru::{GRU, GRUCell}
    lstm::{LSTM, LSTMCell}
    rnn::{RNN}
    simple_rnn::{SimpleRNN, SimpleRNNCell}
    stacked_rnn_cells::{StackedRNNCells}
    time_distributed::{TimeDistributed}
}
