//! Kernels that follow a matmul or convolution: the function `epilogue` of its shader.

use super::bindings::{Bindings, Bound};
use super::body::{Emitter, Position, element};
use super::types::value_type;
use super::{elementwise, flow, functions};
use wgrad_tensor::plan::{Buffer, Code, Kernel, View};
use wgrad_tensor::{DType, Error, Result};

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

/// The function `name(index: u32, value)` that stores a value, declared as `value: type`, at a position of a view of `buffer`.
pub(crate) fn store(name: &str, buffer: &str, index: &str, value: &str, dtype: DType, view: &View) -> Result<String> {
    let variable = value.split(':').next().unwrap_or(value);
    let converted = if dtype == DType::F16 { format!("{}({variable})", value_type(dtype)?) } else { variable.into() };
    Ok(format!("fn {name}({index}: u32, {value}) {{\n    {buffer}[{}] = {converted};\n}}", element(view, index)))
}
