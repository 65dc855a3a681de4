//! Activations as layers.

mod function;
mod prelu;
mod rectifiers;
mod softmax;

pub use function::Activation;
pub use prelu::PReLU;
pub use rectifiers::{ELU, LeakyReLU, ReLU};
pub use softmax::Softmax;
