//! Activations as layers.

layer_family! {
    function::{Activation}
    prelu::{PReLU}
    rectifiers::{ELU, LeakyReLU, ReLU}
    softmax::{Softmax}
}
