//! Whole training steps: the cases of `train_bench`.

use crate::{
    measure::Stepper,
    subject::{Bench, Subject},
    training::{self, Training},
};
use anyhow::{Context, Result};
use criterion::Throughput;
use std::{cell::RefCell, rc::Rc};
use wgrad::Device;

const CASES: [&str; 4] = ["tiny", "mlp-a", "mlp-b", "cnn"];

/// Each case, on the default device, which is `device`. The elements of the throughput are samples.
pub(crate) fn bench(device: &Device, bench: &mut Bench) {
    for name in CASES {
        let batch = training::case(name).map_or(0, |case| case.batch as u64);
        bench.measure(("step", name, device), Throughput::Elements(batch), || subject(name));
    }
}

fn subject(name: &str) -> Result<Subject> {
    let case = training::case(name).context("a case of train_bench")?;
    let (batch, data) = (case.batch, case.data()?);
    // A trainer borrows its model; both live as long as the process.
    let model = Box::leak(Box::new(case.model()?));
    let mut training = Training::new(model, data, batch)?;
    let stats = training.stats()?;
    let training = Rc::new(RefCell::new(training));
    let (waiting, mut step) = (training.clone(), 0);
    Ok(Subject {
        stats,
        run: Box::new(move || {
            training.borrow_mut().step(step)?;
            step += 1;
            Ok(())
        }),
        wait: Box::new(move || {
            waiting.borrow_mut().loss()?;
            Ok(())
        }),
    })
}
