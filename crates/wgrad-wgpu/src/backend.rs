//! The device as the rest of wgrad sees it.

use crate::compile::compile;
use crate::executable::GpuExecutable;
use crate::gpu::Gpu;
use crate::memory::GpuBuffer;
use std::sync::Arc;
use wgrad_tensor::device::{BoxFuture, DeviceInfo, Memory, Stats};
use wgrad_tensor::plan::{Plan, PlanOptions};
use wgrad_tensor::{Backend, Device, Error, Executable, HostTensor, Program, Result, Storage, Value};

/// A GPU through wgpu.
#[derive(Debug)]
pub(crate) struct WgpuBackend {
    gpu: Arc<Gpu>,
}

impl WgpuBackend {
    pub(crate) fn new(gpu: Gpu) -> WgpuBackend {
        WgpuBackend { gpu: Arc::new(gpu) }
    }
}

impl Backend for WgpuBackend {
    fn info(&self) -> &DeviceInfo {
        &self.gpu.info
    }

    fn compile(&self, program: &Program) -> Result<Arc<dyn Executable>> {
        self.gpu.check()?;
        Device::check_dtypes(&self.gpu.info, (0..program.len()).map(|value| program.spec(value)))?;
        let plan = Plan::new(program, &PlanOptions { max_buffers: self.gpu.max_buffers(), ..PlanOptions::default() })?;
        let compiled = compile(&self.gpu, &plan)?;
        let stats = Stats { dispatches: compiled.started, ..plan.stats() };
        Ok(Arc::new(GpuExecutable::new(self.gpu.clone(), program, &plan, compiled, stats)?))
    }

    fn upload(&self, tensor: &HostTensor) -> Result<Arc<dyn Storage>> {
        Device::check_dtypes(&self.gpu.info, [&tensor.spec()])?;
        Ok(Arc::new(self.gpu.upload(&|| format!("a tensor of {}", tensor.spec()), tensor.data())?))
    }

    fn download<'a>(&'a self, value: &'a Value) -> BoxFuture<'a, Result<HostTensor>> {
        Box::pin(async move {
            let buffer = value.storage.as_any().downcast_ref::<GpuBuffer>().filter(|_| value.storage.device() == Some(&self.gpu.info.name));
            let buffer = buffer.ok_or_else(|| Error::Mismatch {
                what: "a value to be read".into(),
                expected: format!("one on {}", self.gpu.info.name),
                got: format!("one on {}", value.storage.device().unwrap_or("the host")),
            })?;
            self.gpu.download(&value.spec, buffer).await
        })
    }

    fn memory(&self) -> Memory {
        self.gpu.pool.memory()
    }
}
