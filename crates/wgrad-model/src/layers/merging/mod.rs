//! Layers of several inputs.

mod inputs;

layer_family! {
    concatenate::{Concatenate}
    dot::{Dot}
    elementwise::{Add, Average, Maximum, Minimum, Multiply, Subtract}
}
