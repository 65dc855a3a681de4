//! Kernels that follow a matmul or convolution: the function `epilogue` of its shader.

use super::bindings::Bindings;
use super::bindings::Bound;
use super::body::{Emitter, Position};
use super::{elementwise, flow, functions};
use wgrad_tensor::plan::{Buffer, Code, Kernel};
use wgrad_tensor::{Error, Result};

/// What replaces the default epilogue of a hand-written shader.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Epilogue {
    /// `fn epilogue(position: u32, acc: f32) { ... }`
    pub(crate) function: String,
    /// The functions that it calls.
    pub(crate) helpers: String,
    /// Names, element types and memory of the buffers that it uses.
    pub(crate) bound: Vec<(String, &'static str, Bound)>,
}

/// The epilogue of a kernel over `rows` positions, whose [`Code::Acc`] is `acc`.
pub(crate) fn epilogue(kernel: &Kernel, buffers: &[Buffer]) -> Result<Epilogue> {
    flow::check(kernel)?;
    if kernel.cols != 1 || kernel.code.iter().any(|line| matches!(line.code, Code::Reduce(..))) {
        return Err(Error::InvalidProgram("an epilogue has one column and no reductions".into()));
    }
    let mut emitter = Emitter::new(kernel, Bindings::new(buffers, "e"), Position::Linear);
    elementwise::stores(&mut emitter)?;
    let (body, bindings) = emitter.finish();
    let bound = bindings.list()?.into_iter().map(|(name, of, bound)| (name, of, bound.clone())).collect();
    Ok(Epilogue { helpers: functions::called_by(&body), function: format!("fn epilogue(position: u32, acc: f32) {{\n{body}}}"), bound })
}
