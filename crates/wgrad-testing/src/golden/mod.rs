//! Cases that Keras itself computed: inputs, weights and the results that Keras gave for them, in a folder with an `index.json`.
//!
//! [`Index`] reads the folder, [`run`] builds the object of each case from its configuration, evaluates it on a device and compares every tensor that
//! the case expects. There is one file for each kind of case. A case that cannot be read or built, or that panics, is a failed case.

mod activation;
mod case;
mod compare;
mod constraint;
mod index;
mod initializer;
mod layer;
mod loss;
mod metric;
mod model;
mod network;
mod optimizer;
mod regularizer;
mod report;
mod schedule;
mod train;

pub use case::Case;
pub use compare::{Comparison, Worst};
pub use index::{Entry, Index};
pub use report::{Outcome, Report};

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, available_parallelism},
    time::Instant,
};
use wgrad_tensor::{Device, Tensor, device::DeviceKind, vjp};

/// Builds the object of a case, computes on the device, and compares.
type Runner = fn(&Case, &Device) -> Result<Comparison, String>;

/// Every kind of case and what runs it, in the order of the report.
const KINDS: [(&str, Runner); 11] = [
    ("layer", layer::run),
    ("activation", activation::run),
    ("loss", loss::run),
    ("metric", metric::run),
    ("optimizer", optimizer::run),
    ("schedule", schedule::run),
    ("regularizer", regularizer::run),
    ("constraint", constraint::run),
    ("initializer", initializer::run),
    ("train", train::run),
    ("model", model::run),
];

/// The kinds of cases that there are.
pub fn kinds<'a>() -> impl Iterator<Item = &'a str> {
    KINDS.iter().map(|(kind, _)| *kind)
}

/// Runs the cases of `index` that `wanted` chooses on `device`: one after the other, or on all cores where the device itself uses only one (the
/// reference). The report is in the order of the index.
pub fn run(index: &Index, device: &Device, wanted: impl Fn(&Entry) -> bool) -> Report {
    let entries: Vec<&Entry> = index.entries.iter().filter(|entry| wanted(entry)).collect();
    let outcomes: Vec<OnceLock<Outcome>> = entries.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((entry, place)) = Some(next.fetch_add(1, Relaxed)).and_then(|i| Some((entries.get(i)?, outcomes.get(i)?))) {
            place.get_or_init(|| outcome(index, entry, device));
        }
    };
    let threads = if device.info().kind == DeviceKind::Reference { available_parallelism().map_or(1, usize::from) } else { 1 };
    thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    Report { outcomes: outcomes.into_iter().filter_map(OnceLock::into_inner).collect() }
}

fn outcome(index: &Index, entry: &Entry, device: &Device) -> Outcome {
    let start = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| run_entry(index, entry, device))).unwrap_or_else(|panic| Err(panic_text(&*panic)));
    Outcome { id: entry.id.clone(), kind: entry.kind.clone(), class_name: entry.class_name.clone(), result, time: start.elapsed() }
}

fn run_entry(index: &Index, entry: &Entry, device: &Device) -> Result<Option<Worst>, String> {
    let case = index.read(entry)?;
    let (_, runner) = KINDS.iter().find(|(kind, _)| *kind == case.kind).ok_or_else(|| format!("there is no kind \"{}\"", case.kind))?;
    runner(&case, device)?.finish(&case)
}

/// The gradient of the sum of all `ys * upstreams` for each of `sources`, 0 where nothing depends on it.
fn gradients(ys: &[&Tensor], upstreams: &[&Tensor], sources: &[&Tensor]) -> Vec<Tensor> {
    let gradients = vjp(ys, upstreams, sources).into_iter().zip(sources);
    gradients.map(|(gradient, source)| gradient.unwrap_or_else(|| source.zeros_like())).collect()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panicked: {}", text.unwrap_or("without a text"))
}
