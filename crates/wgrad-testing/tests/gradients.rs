//! Gradients of every operation, and gradients of gradients, against finite differences in f64.

use wgrad_cpu as _;
use wgrad_testing::{Report, Smoothness, against_differences, cases};

#[test]
fn gradients_match_finite_differences() {
    let mut report = Report::default();
    for case in cases().iter().filter(|case| case.smooth != Smoothness::No) {
        report.add(&case.name, against_differences(case));
    }
    report.assert();
}
