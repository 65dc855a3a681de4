//! The program of a peer: `PROGRAM CASE [--backend B] [--seconds S]` prints one line of JSON.

use crate::{
    Batches, Case, Stepper, Training,
    data::matrices,
    measure::{Measured, measure},
};
use anyhow::{Context, Result, bail, ensure};
use std::time::Instant;

/// A framework.
pub trait Peer {
    /// A model with its optimizer and its data on the device.
    fn train(backend: &str, case: &Training, batches: &Batches) -> Result<Ready>;
    /// A chain of products `a (a (... b))` of matrices of `n` rows and columns. The loss is a corner of the last product, and begins a new chain.
    fn multiply(backend: &str, n: usize, a: &[f32], b: &[f32]) -> Result<Ready>;
}

/// What can be measured, and the device that it runs on.
pub struct Ready {
    pub stepper: Box<dyn Stepper>,
    pub adapter: String,
}

/// The `main` of a peer.
pub fn run<P: Peer>() -> Result<()> {
    let options = Options::parse()?;
    match Case::named(&options.case).with_context(|| format!("there is no case {}", options.case))? {
        Case::Train(case) => {
            let batches = Batches::new(&case);
            let measured = options.measure(|| P::train(&options.backend, &case, &batches))?;
            ensure!(measured.loss_last.is_finite(), "the loss is {}", measured.loss_last);
        }
        Case::MatMul(n) => {
            let (a, b) = matrices(n);
            let measured = options.measure(|| P::multiply(&options.backend, n, &a, &b))?;
            let corner: f64 = (0..n).map(|k| f64::from(a[k]) * f64::from(b[k * n])).sum();
            ensure!((f64::from(measured.loss_first) - corner).abs() < 1e-3, "a wrong product: {} for {corner}", measured.loss_first);
        }
    }
    Ok(())
}

struct Options {
    case: String,
    backend: String,
    seconds: f64,
}

impl Options {
    fn parse() -> Result<Options> {
        let mut arguments = std::env::args().skip(1);
        let mut options = Options { case: arguments.next().context("which case?")?, backend: "cpu".into(), seconds: 3.0 };
        while let Some(option) = arguments.next() {
            let value = arguments.next().with_context(|| format!("{option} needs a value"))?;
            match option.as_str() {
                "--backend" => options.backend = value,
                "--seconds" => options.seconds = value.parse()?,
                _ => bail!("there is no option {option}"),
            }
        }
        Ok(options)
    }

    /// Measures what `make` makes, and prints the line.
    fn measure(&self, make: impl FnOnce() -> Result<Ready>) -> Result<Measured> {
        let start = Instant::now();
        let Ready { mut stepper, adapter } = make()?;
        let setup = start.elapsed().as_secs_f64();
        let measured = measure(&mut *stepper, self.seconds)?;
        println!(
            r#"{{"case": "{}", "device": "{}", "steps_per_s": {}, "time_to_first_step_s": {}, "loss_first": {}, "loss_last": {}}}"#,
            self.case,
            adapter.replace(['"', '\\'], "'"),
            measured.steps_per_s,
            setup + measured.first_step_s,
            measured.loss_first,
            measured.loss_last
        );
        Ok(measured)
    }
}
