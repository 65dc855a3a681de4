//! Sweeps over the table, and the choice of the device.

use crate::{Case, cases};
use wgrad_tensor::{DType, Device};

/// What a sweep found.
#[derive(Debug, Default)]
pub struct Report {
    /// How many rows (times dtypes) were checked.
    pub checked: usize,
    /// One line for each that failed.
    pub failures: Vec<String>,
}

impl Report {
    /// Counts one check.
    pub fn add(&mut self, what: &str, result: Result<(), String>) {
        self.checked += 1;
        self.failures.extend(result.err().map(|error| format!("{what}: {error}")));
    }

    /// Fails the test with all failures at once; also where nothing was checked.
    ///
    /// # Panics
    /// Where a check failed.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.checked > 0, "nothing was checked");
        assert!(self.failures.is_empty(), "{} of {} failed:\n{}", self.failures.len(), self.checked, self.failures.join("\n"));
    }
}

/// Runs `mode` on every case in every dtype that the case and the device have.
pub fn sweep(device: &Device, mode: impl Fn(&Case, DType) -> Result<(), String>) -> Report {
    let mut report = Report::default();
    for case in cases() {
        for &dtype in case.dtypes.iter().filter(|dtype| device.info().dtypes.contains(dtype)) {
            report.add(&format!("{} in {dtype}", case.name), mode(&case, dtype));
        }
    }
    report
}

/// Opens a device, or says loudly that its tests are skipped; in CI (`CI=true`) that fails instead.
///
/// # Panics
/// In CI, where there is no such device.
pub fn device_or_skip(name: &str) -> Option<Device> {
    match Device::open(name) {
        Ok(device) => Some(device),
        Err(error) => {
            let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!ci, "in CI no test may be skipped, but: {error}");
            eprintln!("\n*** SKIPPED: the conformance of {name} was not tested: {error} ***\n");
            None
        }
    }
}
