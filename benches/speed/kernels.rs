//! Single kernels: rows of the conformance kit.

use crate::subject::{Bench, Subject};
use anyhow::Result;
use criterion::Throughput;
use std::rc::Rc;
use wgrad::{
    DType, Device, Tensor, Value,
    tensor::plan::{Plan, PlanOptions},
};
use wgrad_testing::{Traced, cases, large_cases, trace};

/// A row in f32: its kind, its size, its program.
pub(crate) struct Kernel {
    kind: String,
    size: String,
    traced: Rc<Traced>,
    throughput: Throughput,
}

/// The rows of the sizes that training has, and some small ones, whose time is that of a launch.
pub(crate) fn all() -> Result<Vec<Kernel>> {
    let split = |name: &str| name.split_once(": ").map(|(kind, size)| (kind.to_string(), size.to_string()));
    let large = large_cases().into_iter().filter_map(|case| split(&case.name).map(|name| (name, case)));
    let small = cases().into_iter().filter(|case| case.timed).map(|case| (("small".to_string(), case.name.replace(": ", ", ")), case));
    let kernel = |((kind, size), case)| {
        let traced = trace(&case, DType::F32)?;
        let stats = Plan::new(&traced.program, &PlanOptions::default())?.stats();
        let bytes = stats.bytes_read + stats.bytes_written;
        let throughput = match stats.flops {
            0 => Throughput::Bytes(bytes),
            flops => Throughput::ElementsAndBytes { elements: flops, bytes },
        };
        Ok(Kernel { kind, size, traced: Rc::new(traced), throughput })
    };
    large.chain(small).map(kernel).collect()
}

impl Kernel {
    pub(crate) fn bench(&self, device: &Device, bench: &mut Bench) {
        bench.measure((&self.kind, &self.size, device), self.throughput.clone(), || self.subject(device));
    }

    fn subject(&self, device: &Device) -> Result<Subject> {
        let executable = device.compile(&self.traced.program)?;
        let inputs: Vec<Value> = self.traced.inputs.iter().map(|input| device.put(&device.read(input)?)).collect::<Result<_, _>>()?;
        // Commands run in order, so a value that is read after them waits for them.
        let (last, device) = (device.put(&Tensor::from(0.0f32).to_host()?)?, device.clone());
        Ok(Subject {
            stats: executable.stats().clone(),
            run: Box::new(move || {
                executable.run(inputs.clone())?;
                Ok(())
            }),
            wait: Box::new(move || {
                device.read(&last)?;
                Ok(())
            }),
        })
    }
}
