//! The tuner: which of the variants of a kernel is the fastest on this adapter.
//!
//! ```text
//! compile with what is known, or the default -> runs -> measured on a thread of its own -> the pipeline is replaced between two runs
//!                             ^                                        |
//!                             '------------- a file for each adapter <-'
//! ```
//!
//! Results do not depend on what was measured: the variants of a [`Tunable`] give the same bits (`shaders/src/choice.rs`). The tuner
//! begins when a program has run [`WORTH`] times and opens the adapter a second time, so that its errors do not concern the programs. It compiles while
//! they run; they wait only for the two times of a comparison, a tenth of a second. It stops when its budget is spent; what is left is for the next
//! process. `WGRAD_TUNE=off` turns it off, `WGRAD_TUNE=5000` gives
//! it 5 seconds; `WGRAD_DUMP=tune` prints what it finds.

mod bench;
mod known;
#[cfg(test)]
mod tests;
mod tuner;

pub(crate) use known::Known;
pub(crate) use tuner::Tuner;

use crate::codegen::Shader;
use crate::gpu::{Gpu, Pipeline};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Runs after which a program is worth the tuner's time.
const WORTH: usize = 16;

/// A shader that is one of several: in which bucket, under which name, and which others there are that were not measured yet.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) bucket: String,
    pub(crate) name: String,
    pub(crate) others: Vec<Candidate>,
}

/// A variant of a kernel.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) shader: Shader,
}

/// A pipeline and the grid that it is started with.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) groups: [u32; 3],
}

/// A dispatch for which the tuner may find something faster.
#[derive(Debug)]
pub(crate) struct Tunable {
    label: String,
    bucket: String,
    /// The first is what runs now.
    candidates: Vec<Candidate>,
    /// How long it took to make the pipeline that runs now.
    compiled_in: Duration,
    faster: OnceLock<Ready>,
}

impl Tunable {
    pub(crate) fn new(label: &str, shader: Shader, choice: Choice, compiled_in: Duration) -> Tunable {
        let Choice { bucket, name, others } = choice;
        let candidates = [Candidate { name, shader }].into_iter().chain(others).collect();
        Tunable { label: label.into(), bucket, candidates, compiled_in, faster: OnceLock::new() }
    }

    /// What the tuner has found.
    pub(crate) fn faster(&self) -> Option<&Ready> {
        self.faster.get()
    }
}

/// The dispatches of a program that may become faster.
#[derive(Debug, Default)]
pub(crate) struct Tunables {
    pub(crate) all: Vec<Arc<Tunable>>,
    runs: AtomicUsize,
}

impl Tunables {
    /// Counts a run.
    pub(crate) fn count(&self, gpu: &Arc<Gpu>) {
        if let Some(tuner) = &gpu.tuner
            && !self.all.is_empty()
            && self.runs.fetch_add(1, Ordering::Relaxed) == WORTH
        {
            tuner.tune(gpu, &self.all);
        }
    }
}

/// Prints, where `WGRAD_DUMP` has `tune`.
fn note(text: impl FnOnce() -> String) {
    if std::env::var("WGRAD_DUMP").is_ok_and(|wanted| wanted.split(',').any(|what| what.trim() == "tune")) {
        eprintln!("tune: {}", text());
    }
}
