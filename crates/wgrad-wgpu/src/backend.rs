//! The device as the rest of wgrad sees it.

use crate::compile::compile;
use crate::executable::GpuExecutable;
use crate::gpu::Gpu;
use crate::memory::GpuBuffer;
use std::sync::Arc;
use wgrad_tensor::device::{BoxFuture, DeviceInfo, Memory, Roof, Stats};
use wgrad_tensor::plan::{Plan, PlanOptions};
use wgrad_tensor::{Backend, Device, Error, Executable, HostTensor, Program, Result, Storage, Value, timeline};

/// A GPU through wgpu.
#[derive(Debug)]
pub(crate) struct WgpuBackend {
    pub(crate) gpu: Arc<Gpu>,
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
        let _span = timeline::host("compile");
        self.gpu.check()?;
        Device::check_dtypes(&self.gpu.info, (0..program.len()).map(|value| program.spec(value)))?;
        let plan = Plan::new(program, &PlanOptions { max_buffers: self.gpu.max_buffers(), ..PlanOptions::default() })?;
        let compiled = compile(&self.gpu, &plan)?;
        for (slot, &bytes) in compiled.slots.iter().enumerate() {
            self.gpu.check_size(&|| format!("temporary {slot}"), bytes)?;
        }
        let stats = Stats { dispatches: compiled.started, ..plan.stats().with_temporary_bytes(compiled.slots.iter().sum()) };
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

    fn roof(&self) -> Result<Roof> {
        self.gpu.roof()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::connect_for_test;
    use pollster::block_on;
    use wgrad_tensor::{DType, HostData, Spec, Tensor};

    fn doubled(name: &str) -> Result<Program> {
        let x = Tensor::placeholder(name, Spec::new(DType::F32, [3]));
        Ok(Program::trace(std::slice::from_ref(&x), &[&x * 2.0])?.program)
    }

    fn host() -> Result<HostTensor> {
        HostTensor::new([3], HostData::F32(vec![1.0, 2.0, 3.0])).ok_or_else(|| Error::InvalidProgram("three elements".into()))
    }

    /// A device that is lost says so from then on, whatever it is asked for.
    #[test]
    fn a_lost_device_gives_errors() -> Result<()> {
        let Some(gpu) = connect_for_test()? else { return Ok(()) };
        let backend = WgpuBackend::new(gpu);
        let executable = backend.compile(&doubled("x")?)?;
        let value = || -> Result<Value> { Ok(Value { spec: host()?.spec(), storage: backend.upload(&host()?)? }) };
        let (input, kept) = (value()?, value()?);
        assert_eq!(block_on(backend.download(&executable.run(vec![value()?])?.remove(0)))?.data(), &HostData::F32(vec![2.0, 4.0, 6.0]));

        backend.gpu.device.destroy();
        // The callback that tells of it runs when the device is polled.
        let _ = backend.gpu.device.poll(wgpu::PollType::Poll);
        // Twice: an error that is reported is not forgotten.
        for _ in 0..2 {
            let errors = [
                ("upload", backend.upload(&host()?).err()),
                ("run", executable.run(vec![input.clone()]).err()),
                ("download", block_on(backend.download(&kept)).err()),
                ("compile", backend.compile(&doubled("y")?).err()),
            ];
            for (what, error) in errors {
                let text = error.map_or_else(|| "no error".into(), |error| error.to_string());
                assert!(text.starts_with("device wgpu:0 failed: it was lost"), "{what}: {text}");
            }
        }
        Ok(())
    }
}
