//! How fast kernels and whole training steps are on every device, and how far from the roof of the device.
//!
//!     cargo bench                                # everything, in some minutes
//!     cargo bench -- matmul                      # what has this in its name, which is KIND/SIZE/DEVICE
//!     cargo bench -- --save-baseline before      # and after a change: cargo bench -- --baseline before
//!     WGRAD_DEVICE=wgpu:1 cargo bench            # one device; without it all but the reference
//!
//! The kernels are rows of the conformance kit's table, so what is measured here is compared with the reference by the tests; the steps are the cases of
//! the example `train_bench`. The last thing that is printed is a table in Markdown.

mod kernels;
mod subject;
mod table;
mod training_steps;

// The cases of the example, for criterion to repeat.
#[path = "../../examples/train_bench/data.rs"]
mod data;
#[path = "../../examples/train_bench/measure.rs"]
#[allow(dead_code, reason = "criterion has a loop of its own")]
mod measure;
#[path = "../../examples/train_bench/training.rs"]
#[allow(dead_code, reason = "what the example prints beside speed")]
mod training;

use anyhow::Result;
use criterion::Criterion;
use std::time::Duration;
use subject::Bench;
use wgrad::{Device, device::DeviceKind};

fn main() -> Result<()> {
    let settings = Criterion::default().without_plots().sample_size(10);
    let settings = settings.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(300)).configure_from_args();
    let kernels = kernels::all()?;
    let mut bench = Bench::new(settings);
    for device in devices()? {
        Device::set_default(&device);
        kernels.iter().for_each(|kernel| kernel.bench(&device, &mut bench));
        training_steps::bench(&device, &mut bench);
    }
    bench.finish();
    Ok(())
}

/// The device that `WGRAD_DEVICE` names, else all that are made for speed.
fn devices() -> Result<Vec<Device>> {
    if std::env::var("WGRAD_DEVICE").is_ok_and(|name| !name.trim().is_empty()) {
        return Ok(vec![Device::best()?]);
    }
    let fast = Device::all().into_iter().filter(|info| info.kind != DeviceKind::Reference);
    Ok(fast.map(|info| Device::open(&info.name)).collect::<Result<_, _>>()?)
}
