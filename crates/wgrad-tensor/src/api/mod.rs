//! What users call on tensors, one file for each family. Everything here is made of the primitives of `op.rs`.

/// The value of a `Result<_, String>`, or the early return of a tensor that carries the broken rule.
macro_rules! attempt {
    ($op:expr, [$($operand:expr),*], $result:expr) => {
        match $result {
            Ok(value) => value,
            Err(rule) => return Tensor::invalid($op, rule, &[$($operand),*]),
        }
    };
}

mod arithmetic;
mod axes;
mod create;
mod display;
mod gather;
mod index;
mod join;
mod linalg;
mod movement;
mod operand;
mod operators;
mod random;
mod reduce;
mod sort;
mod unary;
mod window;

pub use axes::{Axes, Dims};
pub use create::Block;
pub use index::{Ellipsis, Index, NewAxis, Step, ToBounds, ToIndex, ToIndices};
pub use operand::Operand;
