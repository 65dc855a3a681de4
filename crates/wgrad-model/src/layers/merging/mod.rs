//! Layers of several inputs.

mod concatenate;
mod dot;
mod elementwise;
mod inputs;

pub use concatenate::Concatenate;
pub use dot::Dot;
pub use elementwise::{Add, Average, Maximum, Minimum, Multiply, Subtract};
