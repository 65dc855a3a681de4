//! Lazy tensors, gradients, programs and plans: the device-agnostic heart of wgrad.
//!
//! A [`Tensor`] is a handle to a node of an immutable graph of a small closed set of operations ([`Op`]). Arithmetic records;
//! nothing runs until a value is asked for. What runs is a [`Program`], which a shared planner turns into a
//! [`Plan`](plan::Plan) that a [`Backend`] executes.

mod api;
mod builder;
mod cache;
mod conv_flops;
mod dtype;
mod dump;
mod empty;
mod error;
mod eval;
mod executables;
mod function;
mod gradient;
mod infer;
mod loops;
mod op;
mod random;
mod scalar;
mod shape;
mod simplify;
mod value;
mod verify;
mod windows;

pub mod device;
pub mod plan;
pub mod profile;
mod program;
mod scan;
pub mod scope;
mod tensor;
pub mod timeline;
mod trace;

pub use api::{Axes, Block, Dims, Ellipsis, Index, NewAxis, Operand, Step, ToBounds, ToIndex, ToIndices};
pub use cache::cache_directory;
pub use device::{Backend, Device, Executable};
pub use dtype::{DType, Element, Scalar};
pub use error::{Error, OpError, Result};
pub use function::Function;
pub use gradient::{grad, grads_by_name, hvp, jacobian, remat, value_and_grad, vjp};
pub use op::{Conv, Op, Padding, Range, Scan, Window};
pub use program::{Input, Instr, Program, ValueId};
pub use random::{below, philox, shuffle};
pub use scalar::{Binary, Reduce, Unary};
pub use scan::{Body, Loop, scan};
pub use shape::{Shape, Spec};
pub use tensor::Tensor;
pub use trace::Traced;
pub use value::{HostData, HostTensor, Storage, Value};
