//! The reference device: what every operation means, in plain loops.
//!
//! It runs a [`Program`] as it is, instruction by instruction, on one thread, without fusion, and every other device is compared with it.
//! It is written to be read, and to be more exact than what it judges:
//!
//! * element-wise arithmetic happens in the dtype itself; f16 is rounded after each operation;
//! * transcendental functions are computed in f64 and rounded once;
//! * sums and products of floats (reductions, matmul, convolution, windows, scatters, running sums) accumulate in f64 and are rounded once, at the end;
//! * integers wrap around; division by integer zero gives 0.

mod conv;
mod gather;
mod index;
mod interpret;
mod matmul;
mod movement;
mod number;
mod random;
mod reduce;
mod scalar;
mod scan;
mod sort;
pub(crate) mod special;
mod stats;
mod window;

use std::sync::Arc;
use wgrad_tensor::{
    Backend, DType, Device, Error, Executable, HostData, HostTensor, Program, Result, Storage, Value,
    device::{BackendEntry, BoxFuture, DeviceInfo, DeviceKind, Memory, Stats},
};

/// The name of the device.
const NAME: &str = "reference";

inventory::submit! {
    BackendEntry { name: NAME, open, best: || Some((0, Device::new(Reference::new()))), list: || vec![Reference::new().info] }
}

fn open(index: Option<usize>) -> Result<Device> {
    match index {
        None | Some(0) => Ok(Device::new(Reference::new())),
        Some(index) => Err(Error::NoDevice { requested: format!("{NAME}:{index}"), why: "there is one reference device, number 0".into() }),
    }
}

#[derive(Debug)]
struct Reference {
    info: DeviceInfo,
}

impl Reference {
    fn new() -> Reference {
        Reference {
            info: DeviceInfo {
                name: NAME.into(),
                description: "interpreter, plain loops on one thread".into(),
                kind: DeviceKind::Reference,
                dtypes: DType::ALL.into(),
                max_tensor_bytes: isize::MAX as u64,
            },
        }
    }
}

impl Backend for Reference {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn compile(&self, program: &Program) -> Result<Arc<dyn Executable>> {
        program.verify()?;
        Ok(Arc::new(Interpreter { program: program.clone(), stats: stats::stats(program) }))
    }

    fn upload(&self, tensor: &HostTensor) -> Result<Arc<dyn Storage>> {
        Ok(Arc::new(tensor.data().clone()))
    }

    fn download<'a>(&'a self, value: &'a Value) -> BoxFuture<'a, Result<HostTensor>> {
        Box::pin(async move {
            let data = value.host().ok_or_else(|| elsewhere("the value to download", value))?;
            HostTensor::new(&value.spec.shape, data.clone()).ok_or_else(|| wrong_storage("the value to download", value, data))
        })
    }

    /// What is left: values of this device are ordinary memory of the host, which is not counted.
    fn memory(&self) -> Memory {
        Memory { available: crate::memory::available(), ..Memory::default() }
    }
}

/// A program, ready to be interpreted.
#[derive(Debug)]
struct Interpreter {
    program: Program,
    stats: Stats,
}

impl Executable for Interpreter {
    fn run(&self, inputs: Vec<Value>) -> Result<Vec<Value>> {
        let data = check_inputs(&self.program, inputs)?;
        let outputs = interpret::run(&self.program, data)?;
        let spec = |&value: &usize| self.program.spec(value).clone();
        Ok(self.program.outputs.iter().map(spec).zip(outputs).map(|(spec, data)| Value { spec, storage: data }).collect())
    }

    fn stats(&self) -> &Stats {
        &self.stats
    }

    fn source(&self) -> String {
        self.program.to_string()
    }
}

/// The elements of the inputs, which must be as the program says.
fn check_inputs(program: &Program, inputs: Vec<Value>) -> Result<Vec<Arc<HostData>>> {
    if inputs.len() != program.inputs.len() {
        let expected = format!("{} value(s)", program.inputs.len());
        return Err(Error::Mismatch { what: "inputs of the program".into(), expected, got: inputs.len().to_string() });
    }
    let check = |(number, (value, input)): (usize, (Value, &wgrad_tensor::Input))| {
        let what = format!("input {number} ({:?}) of the program", input.name);
        if value.spec != input.spec {
            return Err(Error::Mismatch { what, expected: input.spec.to_string(), got: value.spec.to_string() });
        }
        let data = value.storage.clone().into_any().downcast::<HostData>().map_err(|_| elsewhere(&what, &value))?;
        if data.dtype() != value.spec.dtype || Some(data.len()) != value.spec.shape.checked_numel() {
            return Err(wrong_storage(&what, &value, &data));
        }
        Ok(data)
    };
    inputs.into_iter().zip(&program.inputs).enumerate().map(check).collect()
}

fn elsewhere(what: &str, value: &Value) -> Error {
    let got = format!("{} on {}", value.spec, value.storage.device().unwrap_or("another device"));
    Error::Mismatch { what: what.into(), expected: format!("a value of the host or of {NAME}"), got }
}

fn wrong_storage(what: &str, value: &Value, data: &HostData) -> Error {
    let got = format!("storage of {} elements of {}", data.len(), data.dtype());
    Error::Mismatch { what: what.into(), expected: value.spec.to_string(), got }
}
