//! Runs cases that Keras computed: `golden DIR [--device D] [--kind K] [--case ID]`.
//!
//! Prints every failure, a table with a line for each kind, and last `N passed, N failed`. The exit status is 1 where a case failed or none was chosen.

use anyhow::{Context, Result, anyhow, bail};
use std::process::ExitCode;
use wgrad_cpu as _;
use wgrad_tensor::Device;
use wgrad_testing::golden::{Index, kinds, run};
#[cfg(feature = "wgpu")]
use wgrad_wgpu as _;

const USAGE: &str = "usage: golden DIR [--device D] [--kind K] [--case ID]";

#[derive(Default)]
struct Arguments {
    folder: Option<String>,
    device: Option<String>,
    kind: Option<String>,
    case: Option<String>,
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments> {
    let mut arguments = Arguments::default();
    while let Some(argument) = given.next() {
        let place = match argument.as_str() {
            "--device" => &mut arguments.device,
            "--kind" => &mut arguments.kind,
            "--case" => &mut arguments.case,
            option if option.starts_with('-') => bail!("there is no option {option}\n{USAGE}"),
            _ if arguments.folder.is_some() => bail!("more than one folder\n{USAGE}"),
            _ => {
                arguments.folder = Some(argument);
                continue;
            }
        };
        *place = Some(given.next().with_context(|| format!("{argument} needs a value\n{USAGE}"))?);
    }
    if let Some(kind) = arguments.kind.as_deref().filter(|kind| kinds().all(|known| known != *kind)) {
        bail!("there is no kind {kind}; it is one of {}", kinds().collect::<Vec<_>>().join(", "));
    }
    Ok(arguments)
}

fn main() -> Result<ExitCode> {
    let arguments = arguments(std::env::args().skip(1))?;
    let index = Index::open(arguments.folder.context(USAGE)?).map_err(|e| anyhow!(e))?;
    let device = arguments.device.map_or_else(Device::default_device, |name| Device::open(&name))?;
    eprintln!("golden cases on {device}");
    let chosen = |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
    let report = run(&index, &device, |entry| chosen(&arguments.kind, &entry.kind) && chosen(&arguments.case, &entry.id));
    println!("{report}");
    let good = report.failed() == 0 && report.passed() > 0;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
