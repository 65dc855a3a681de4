//! Regression without layers: variables, a loss, `value_and_grad`, and an optimizer that applies the gradients.
//!
//! A line through points, polynomials of several degrees, and digits told apart by a linear map, its batches from a pipeline.
//!
//!     cargo run --release --example regression_from_scratch [-- --device D] [--quick] [--out DIR]
//!
//! The line is that of the normal equations to 5e-8; of 24 points a polynomial of degree 3 learns most, and one of degree 12 needs the penalty;
//! digits: 0.9184 test accuracy. 2 s on two cores.

mod linear;
mod logistic;
mod polynomial;

use anyhow::Result;
use std::process::ExitCode;
use wgrad_study::Study;

fn main() -> ExitCode {
    wgrad_study::main("regression_from_scratch", run)
}

pub(crate) fn run(study: &Study) -> Result<()> {
    linear::run(study)?;
    polynomial::run(study)?;
    logistic::run(study)
}
