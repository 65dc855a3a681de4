//! The cases `matmul-N` and `matmul-N-f16`: a chain of products of `[N, N]`.

use crate::measure::Stepper;
use anyhow::{Context, Result};
use std::{sync::Arc, time::Duration};
use wgrad::{DType, Device, Executable, Program, Tensor, Value};

pub(crate) struct MatMul {
    device: Device,
    product: Arc<dyn Executable>,
    /// One element of the last product is read, to know that it is there.
    corner: Arc<dyn Executable>,
    a: Value,
    b: Value,
    last: Value,
}

impl MatMul {
    /// The product and the corner.
    pub(crate) const PROGRAMS: usize = 2;

    pub(crate) fn new(device: &Device, n: usize, dtype: DType) -> Result<MatMul> {
        // Products of this matrix neither grow nor vanish.
        let a = Tensor::normal([n, n], 0.0, (n as f32).sqrt().recip(), 1).cast(dtype);
        let b = Tensor::normal([n, n], 0.0, 1.0, 2).cast(dtype);
        let [x, y] = ["a", "b"].map(|name| Tensor::placeholder(name, a.spec().clone()));
        let product = device.compile(&Program::trace(&[x.clone(), y.clone()], &[x.matmul(&y)])?.program)?;
        let corner = device.compile(&Program::trace(std::slice::from_ref(&x), &[x.i((0, 0)).cast(DType::F32)])?.program)?;
        let cpu = Device::open("cpu")?;
        let [a, b] = [device.put(&a.to_host_on(&cpu)?)?, device.put(&b.to_host_on(&cpu)?)?];
        Ok(MatMul { device: device.clone(), product, corner, last: b.clone(), a, b })
    }

    pub(crate) fn dispatches(&self) -> usize {
        self.product.stats().dispatches
    }
}

impl Stepper for MatMul {
    fn step(&mut self, _: usize) -> Result<()> {
        let product = self.product.run(vec![self.a.clone(), self.last.clone()])?;
        self.last = product.into_iter().next().context("a product is one value")?;
        Ok(())
    }

    /// Reads a corner of the product, and begins a new chain.
    fn loss(&mut self) -> Result<f32> {
        let last = std::mem::replace(&mut self.last, self.b.clone());
        let corner = self.corner.run(vec![last])?;
        let corner = self.device.read(corner.first().context("a corner is one value")?)?;
        corner.to_vec().and_then(|corner| corner.first().copied()).context("a corner is one f32")
    }

    fn driver_time(&self) -> Duration {
        wgrad::profile::driver_time()
    }
}
