//! The hand-written WGSL kernels of wgrad, and how they are specialised.
//!
//! Every file in `wgsl/` is legal WGSL as it stands: constants with defaults on top, a comment with the shape on every binding, then a plain
//! body. A [`Shader`] is such a file with some constants, functions and bindings replaced *by name*; an unknown name is an error. There is no
//! preprocessor and no template language. The modules say, kernel by kernel, what to replace for a given problem, which variants there are,
//! which one to take by default, and how many workgroups to start. This crate knows text only; it does not depend on a GPU library.

mod choice;
mod conv;
mod conv_block;
mod cooperative;
mod edit;
mod error;
mod files;
mod gemm;
mod grid;
mod index;
mod kernel;
mod matmul;
mod random;
mod shader;
mod sort;
mod unrolled;
mod view;
mod window;

pub use choice::fingerprint;
pub use conv::{Conv, ConvVariant};
pub use error::Error;
pub use files::file_names;
pub use grid::{Adapter, workgroups};
pub use index::{CumSum, Gather, ScatterAdd};
pub use kernel::{Kernel, Pass};
pub use matmul::{MatMul, MatMulVariant, Tile};
pub use random::Random;
pub use shader::{Access, Binding, Shader};
pub use sort::ArgSort;
pub use view::{Element, Strided};
pub use window::{Window, WindowScatter, WindowSelect, WindowSum};

/// Invocations of a workgroup of the kernels that have one invocation for each result.
const WORKGROUP: u32 = 64;
