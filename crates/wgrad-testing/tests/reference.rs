//! The table itself, and the reference device against known values.

use wgrad_cpu as _;
use wgrad_tensor::Device;
use wgrad_testing::{OPS, against_known, cases, repeats, sweep};

#[test]
fn every_operation_has_a_row() {
    let cases = cases();
    let missing: Vec<_> = OPS.iter().filter(|op| !cases.iter().any(|case| case.covers.contains(op))).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
    let unknown: Vec<_> = cases.iter().flat_map(|case| &case.covers).filter(|name| !OPS.contains(name)).collect();
    assert!(unknown.is_empty(), "not in the list of operations: {unknown:?}");
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = cases().into_iter().map(|case| format!("{} {:?}", case.name, case.dtypes)).collect();
    names.sort();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn known_values() {
    let device = Device::open("reference").unwrap();
    sweep(&device, |case, _| against_known(case, &device)).assert();
}

#[test]
fn two_runs_give_the_same_bits() {
    let device = Device::open("reference").unwrap();
    sweep(&device, |case, dtype| repeats(case, &device, dtype)).assert();
}
