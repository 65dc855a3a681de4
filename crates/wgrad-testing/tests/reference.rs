//! The table itself, and the reference device against known values.

use wgrad_cpu as _;
use wgrad_tensor::{DType, Device, Unary};
use wgrad_testing::{Report, against_known, cases, gradient_case, plans, repeats, sweep};

#[test]
fn every_operation_has_a_row() {
    let (cases, operations) = (cases(), operations());
    let missing: Vec<_> = operations.iter().filter(|op| !cases.iter().any(|case| case.covers.contains(&op.as_str()))).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
    let unknown: Vec<_> = cases.iter().flat_map(|case| &case.covers).filter(|name| !operations.iter().any(|op| op == *name)).collect();
    assert!(unknown.is_empty(), "no operations: {unknown:?}");
}

/// Every public function of the API that gives tensors, from the sources and from the table of functions of one operand.
fn operations() -> Vec<String> {
    let api = concat!(env!("CARGO_MANIFEST_DIR"), "/../wgrad-tensor/src/api");
    let mut names: Vec<String> = Unary::ALL.iter().map(|op| op.name().into()).collect();
    // Loops and what is computed again are built beside the API's families.
    names.extend(["scan", "remat"].map(String::from));
    for file in std::fs::read_dir(api).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let functions = source.split("    pub fn ").skip(1).filter_map(|rest| rest.split_once('{')).filter(|(head, _)| gives_tensors(head));
        let written = functions.filter_map(|(head, _)| Some(head.split(['(', '<']).next()?.to_string()));
        names.extend(written.filter(|name| !name.starts_with('$')));
        names.extend(source.lines().flat_map(table_row));
    }
    assert!(names.len() > 100, "the sources of the API are no longer where they were: {names:?}");
    names
}

/// The names in a row of a macro's table: `add => Add,`, `sum sum_keep,` or `max max_keep => Max,`.
fn table_row(line: &str) -> Vec<String> {
    let Some(row) = line.trim().strip_suffix(',') else { return vec![] };
    let (names, op) = row.split_once(" => ").map_or((row, None), |(names, op)| (names, Some(op)));
    let names: Vec<&str> = names.split(' ').collect();
    let is_name = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let is_op = |op: &str| op.starts_with(|c: char| c.is_ascii_uppercase()) && op.chars().all(char::is_alphanumeric);
    let is_row = names.iter().all(is_name) && names.len() <= 2 && op.map_or(names.len() == 2, is_op);
    if is_row { names.into_iter().map(String::from).collect() } else { vec![] }
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

/// Planning knows no device; it is tested with the table all the same, gradients included.
#[test]
fn plans_are_legal_with_and_without_fusion() {
    let device = Device::open("reference").unwrap();
    sweep(&device, plans).assert();
    let mut report = Report::default();
    for case in cases().into_iter().filter_map(gradient_case) {
        report.add(&case.name, plans(&case, DType::F32));
    }
    report.assert();
}

#[test]
fn two_runs_give_the_same_bits() {
    let device = Device::open("reference").unwrap();
    sweep(&device, |case, dtype| repeats(case, &device, dtype)).assert();
}
