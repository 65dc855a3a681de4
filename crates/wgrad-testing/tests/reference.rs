//! The table itself, and the reference device against known values.

use wgrad_cpu as _;
use wgrad_tensor::{Device, Unary};
use wgrad_testing::{OPS, against_known, cases, repeats, sweep};

#[test]
fn every_operation_has_a_row() {
    let cases = cases();
    let missing: Vec<_> = OPS.iter().filter(|op| !cases.iter().any(|case| case.covers.contains(op))).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
    let unknown: Vec<_> = cases.iter().flat_map(|case| &case.covers).filter(|name| !OPS.contains(name)).collect();
    assert!(unknown.is_empty(), "not in the list of operations: {unknown:?}");
}

/// The list must have every public function of the API that gives tensors; they are read from the sources and from the table of functions of one operand.
#[test]
fn the_list_is_complete() {
    let api = concat!(env!("CARGO_MANIFEST_DIR"), "/../wgrad-tensor/src/api");
    let mut names: Vec<String> = Unary::ALL.iter().map(|op| op.name().into()).collect();
    for file in std::fs::read_dir(api).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let functions = source.split("    pub fn ").skip(1).filter_map(|rest| rest.split_once('{')).filter(|(head, _)| gives_tensors(head));
        names.extend(
            functions.filter_map(|(head, _)| Some(head.split(['(', '<']).next()?.to_string())).filter(|name| !name.starts_with('$')),
        );
    }
    assert!(names.len() > 100, "the sources of the API are no longer where they were: {names:?}");
    let missing: Vec<_> = names.iter().filter(|name| !OPS.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "not in the list of operations: {missing:?}");
}

fn gives_tensors(head: &str) -> bool {
    head.rsplit_once("->").is_some_and(|(_, result)| result.contains("Tensor"))
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
