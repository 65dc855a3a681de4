//! The hand-written WGSL kernels of wgrad, and how they are specialised.
//!
//! Every file in `wgsl/` is legal WGSL as it stands: constants with defaults on top, a comment with the shape on every binding, then a plain
//! body. A [`Shader`] is such a file with some constants, functions and bindings replaced *by name*; an unknown name is an error. There is no
//! preprocessor and no template language. The modules say, kernel by kernel, what to replace for a given problem, which variants there are,
//! which one to take by default, and how many workgroups to start. This crate knows text only; it does not depend on a GPU library.

mod edit;
mod error;
mod files;
mod grid;
mod matmul;
mod shader;

pub use error::Error;
pub use files::file_names;
pub use grid::{Adapter, workgroups};
pub use matmul::{MatMul, MatMulVariant};
pub use shader::{Access, Binding, Shader, Strided};
