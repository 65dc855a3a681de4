//! How fast a model trains: steps per second, time to the first step, dispatches, memory.
//!
//!     cargo run --release --example train_bench -- CASE [--batch B] [--device D] [--seconds S] [--json]
//!
//! Cases: `mlp-a` (784-100-10, Adam, batch 32), `mlp-b` (784-256-128-64-32-10, SGD, batch 128), `cnn` (that of `fashion_mnist`, Adam, batch 32),
//! `tiny` (6-100-100-3, Adam, batch 16), `matmul-N` (f32, GFLOP/s), `matmul-N-f16`. The median of three windows of S seconds (default 3) counts.

mod data;
mod matmul;
mod measure;
mod training;

use anyhow::{Context, Result, anyhow, bail};
use matmul::MatMul;
use measure::measure;
use serde_json::{Map, Value, json};
use std::time::Instant;
use training::Training;
use wgrad::{Choice, DType, Device};

const USAGE: &str = "usage: train_bench mlp-a|mlp-b|cnn|tiny|matmul-N[-f16] [--batch B] [--device D] [--seconds S] [--json]";

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let report = match options.case.strip_prefix("matmul-") {
        Some(product) => multiply(&options, product)?,
        None => train(&options)?,
    };
    if options.json {
        println!("{}", Value::Object(report));
    } else {
        report.iter().for_each(|(name, value)| println!("{name:>22}  {}", value.as_str().map_or(value.to_string(), str::to_string)));
    }
    Ok(())
}

/// A training case: steps per second.
fn train(options: &Options) -> Result<Map<String, Value>> {
    let mut case = training::case(&options.case).ok_or_else(|| anyhow!("there is no case \"{}\"; {USAGE}", options.case))?;
    case.batch = options.batch.unwrap_or(case.batch);
    let (batch, data) = (case.batch, case.data()?);
    let start = Instant::now();
    let device = options.device()?;
    let mut model = case.model()?;
    let mut training = Training::new(&mut model, data, batch)?;
    let memory = training.memory()?;
    eprintln!("memory of a step: {memory}");
    let setup = start.elapsed().as_secs_f64();
    let measured = measure(&mut training, options.seconds)?;
    report(
        options,
        &device,
        json!({
            "batch": batch,
            "steps_per_s": measured.steps_per_s,
            "time_to_first_step_s": setup + measured.first_step_s,
            "dispatches_per_step": training.stats()?.dispatches,
            "host_us_per_step": measured.host_us,
            "driver_us_per_step": measured.driver_us,
            "compiled_programs": training.compilations(),
            "step_bytes_peak": memory.peak,
            "loss_first": measured.loss_first,
            "loss_last": measured.loss_last,
        }),
    )
}

/// A product of two matrices, `N` or `N-f16`: GFLOP/s.
fn multiply(options: &Options, product: &str) -> Result<Map<String, Value>> {
    let (n, dtype) = product.strip_suffix("-f16").map_or((product, DType::F32), |n| (n, DType::F16));
    let n: usize = n.parse().with_context(|| format!("matmul-{product}: \"{n}\" is not a number"))?;
    let start = Instant::now();
    let device = options.device()?;
    let mut product = MatMul::new(&device, n, dtype)?;
    let setup = start.elapsed().as_secs_f64();
    let measured = measure(&mut product, options.seconds)?;
    report(
        options,
        &device,
        json!({
            "batch": null,
            "gflops": 2.0 * (n as f64).powi(3) * measured.steps_per_s / 1e9,
            "time_to_first_step_s": setup + measured.first_step_s,
            "dispatches_per_step": product.dispatches(),
            "host_us_per_step": measured.host_us,
            "driver_us_per_step": measured.driver_us,
            "compiled_programs": MatMul::PROGRAMS,
            "step_bytes_peak": null,
            "loss_first": null,
            "loss_last": null,
        }),
    )
}

/// The fields of the case, and those that all cases have.
fn report(options: &Options, device: &Device, fields: Value) -> Result<Map<String, Value>> {
    let Value::Object(mut fields) = fields else { bail!("a report is an object") };
    fields.insert("case".into(), json!(options.case));
    fields.insert("device".into(), json!(device.to_string()));
    fields.insert("device_bytes_peak".into(), json!(device.memory().peak));
    fields.insert("rss_peak_mb".into(), json!(rss_peak_mb()));
    Ok(fields)
}

/// The most memory that this process had in RAM at once, where the system tells.
fn rss_peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

struct Options {
    case: String,
    batch: Option<usize>,
    device: Option<String>,
    seconds: f64,
    json: bool,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
        let case = arguments.next().filter(|case| !case.starts_with('-')).context(USAGE)?;
        let mut options = Options { case, batch: None, device: None, seconds: 3.0, json: false };
        while let Some(option) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| anyhow!("{option} needs a value; {USAGE}"));
            match option.as_str() {
                "--json" => options.json = true,
                "--device" => options.device = Some(value()?),
                "--batch" => options.batch = Some(value()?.parse().context("--batch takes a number")?),
                "--seconds" => options.seconds = value()?.parse().context("--seconds takes a number")?,
                _ => bail!("there is no option {option}; {USAGE}"),
            }
        }
        Ok(options)
    }

    /// The device of this run, which becomes the default of the process.
    fn device(&self) -> Result<Device> {
        let choice = Choice::new(self.device.as_deref(), "--device")?;
        eprintln!("device: {choice}");
        Device::set_default(&choice.device);
        Ok(choice.device)
    }
}
