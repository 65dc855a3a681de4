//! The fast device: executes [`Plan`]s on all cores.
//!
//! A plan is lowered once to commands over memory that is allocated once ([`lower`]); a run only executes them ([`machine`]). Fused kernels
//! are short vector programs over blocks that fit the cache ([`kernel`]); matrix products and convolutions use the `gemm` crates.
//! Results have the same bits whatever the number of threads.

mod conv;
mod executable;
mod gemm;
mod index;
mod kernel;
mod lower;
mod machine;
mod math;
mod matmul;
mod outs;
mod random;
mod roof;
mod scan;
mod simd;
mod storage;
mod team;
#[cfg(test)]
mod tests;
mod tile;
mod tiled;
mod walk;
mod window;

use executable::FastExecutable;
use std::sync::Arc;
use storage::{Buffer, Counters, host_bytes};
use wgrad_tensor::{
    Backend, DType, Device, Error, Executable, HostData, HostTensor, Program, Result, Storage, Value,
    device::{BackendEntry, BoxFuture, DeviceInfo, DeviceKind, Memory, Roof},
    plan::{Plan, PlanOptions},
    timeline,
};

/// The name of the device.
const NAME: &str = "cpu";

inventory::submit! {
    BackendEntry { name: NAME, open, best: || Some((10, Device::new(Cpu::new(team::threads().ok()?)))), list: || vec![Cpu::new(team::threads().unwrap_or(1)).info] }
}

fn open(index: Option<usize>) -> Result<Device> {
    match index {
        None | Some(0) => Ok(Device::new(Cpu::new(team::threads()?))),
        Some(index) => Err(Error::NoDevice { requested: format!("{NAME}:{index}"), why: "there is one fast CPU device, number 0".into() }),
    }
}

#[derive(Debug)]
struct Cpu {
    info: DeviceInfo,
    counters: Arc<Counters>,
}

impl Cpu {
    fn new(threads: usize) -> Cpu {
        let info = DeviceInfo {
            name: NAME.into(),
            description: format!("fast CPU, {threads} thread{}", if threads == 1 { "" } else { "s" }),
            kind: DeviceKind::Cpu,
            dtypes: DType::ALL.into(),
            max_tensor_bytes: isize::MAX as u64,
        };
        Cpu { info, counters: Arc::default() }
    }
}

impl Backend for Cpu {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn compile(&self, program: &Program) -> Result<Arc<dyn Executable>> {
        let _span = timeline::host("compile");
        let options = PlanOptions { fuse: true, split_reductions: false, max_buffers: kernel::MAX_OUTS, max_operands: 64 };
        let plan = Plan::new(program, &options)?;
        Ok(Arc::new(FastExecutable::new(program, &plan, &self.counters)?))
    }

    fn upload(&self, tensor: &HostTensor) -> Result<Arc<dyn Storage>> {
        let bytes = host_bytes(tensor.data());
        let mut buffer = Buffer::counted(bytes.len(), &self.counters)?;
        buffer.bytes_mut().copy_from_slice(bytes);
        Ok(Arc::new(buffer))
    }

    fn download<'a>(&'a self, value: &'a Value) -> BoxFuture<'a, Result<HostTensor>> {
        Box::pin(async move {
            let wrong = || Error::Mismatch {
                what: "the value to download".into(),
                expected: format!("a value of {NAME}"),
                got: format!("{} on {}", value.spec, value.storage.device().unwrap_or("the host")),
            };
            let buffer = value.storage.as_any().downcast_ref::<Buffer>().ok_or_else(wrong)?;
            let data = match value.spec.dtype {
                DType::Bool => HostData::Bool(buffer.bytes().iter().map(|&v| v != 0).collect()),
                DType::I32 => HostData::I32(buffer.values().to_vec()),
                DType::U32 => HostData::U32(buffer.values().to_vec()),
                DType::F16 => HostData::F16(buffer.values().to_vec()),
                DType::F32 => HostData::F32(buffer.values().to_vec()),
                DType::F64 => HostData::F64(buffer.values().to_vec()),
            };
            HostTensor::new(&value.spec.shape, data).ok_or_else(wrong)
        })
    }

    fn memory(&self) -> Memory {
        self.counters.memory()
    }

    fn roof(&self) -> Result<Roof> {
        roof::measure()
    }
}
