//! The golden runner itself: good cases, wrong results, and folders that are not what they should be.

use safetensors::{Dtype, tensor::TensorView};
use serde_json::{Value as Json, json};
use std::{fs, path::Path, process::Command};
use tempfile::TempDir;
use wgrad_cpu as _;
use wgrad_tensor::Device;
use wgrad_testing::golden::{Index, run};

/// Name, description and tensors of a case.
type Written<'a> = (&'a str, Json, &'a [(&'a str, &'a [f32])]);

/// A folder with the cases `(id, description, tensors)`; a description that is null is not written.
fn folder(cases: &[Written<'_>]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut index = Vec::new();
    for (id, description, tensors) in cases {
        let kind = description["kind"].as_str().unwrap_or("activation");
        let path = |ending: &str| format!("{}.{ending}", id.replace('/', "_"));
        index.push(json!({"id": id, "kind": kind, "class_name": "C", "json": path("json"), "tensors": path("safetensors")}));
        if !description.is_null() {
            write(folder.path(), &path("json"), description);
        }
        let bytes: Vec<(&str, Vec<u8>)> =
            tensors.iter().map(|(name, values)| (*name, values.iter().flat_map(|v| v.to_le_bytes()).collect())).collect();
        let views = bytes.iter().map(|(name, bytes)| (*name, TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes).unwrap()));
        safetensors::serialize_to_file(views, None, &folder.path().join(path("safetensors"))).unwrap();
    }
    write(folder.path(), "index.json", &json!({"format": 1, "cases": index}));
    folder
}

fn write(folder: &Path, name: &str, json: &Json) {
    fs::write(folder.join(name), json.to_string()).unwrap();
}

/// The activation `relu` at -1 and 2, with this result in the file.
fn relu(results: &'static [f32]) -> (Json, [(&'static str, &'static [f32]); 4]) {
    let tolerance = json!({"rtol": 1e-5, "atol": 1e-6});
    let expect = json!({"output.0": tolerance, "grad_input.0": tolerance});
    let description = json!({"kind": "activation", "class_name": "relu", "config": {}, "expect": expect});
    (description, [("input.0", &[-1.0, 2.0]), ("upstream.0", &[1.0, 3.0]), ("output.0", results), ("grad_input.0", &[0.0, 3.0])])
}

/// What the runner says of each case, or "passed".
fn outcomes(folder: &Path) -> Vec<String> {
    let index = Index::open(folder).unwrap();
    let report = run(&index, &Device::open("reference").unwrap(), |_| true);
    report.outcomes.into_iter().map(|outcome| outcome.result.map_or_else(|why| why, |_| "passed".into())).collect()
}

#[test]
fn right_and_wrong_results() {
    let (description, good) = relu(&[0.0, 2.0]);
    let (_, bad) = relu(&[0.0, 2.5]);
    let mut more = description.clone();
    more["expect"]["other"] = json!({"rtol": 0, "atol": 0});
    let folder =
        folder(&[("activation/good", description.clone(), &good), ("activation/bad", description, &bad), ("activation/more", more, &good)]);
    let outcomes = outcomes(folder.path());
    assert_eq!(outcomes[0], "passed");
    assert!(outcomes[1].starts_with("output.0[1] is 2, Keras has 2.5, allowed difference 2.600e-5"), "{}", outcomes[1]);
    assert_eq!(outcomes[2], "not compared: other");
}

#[test]
fn cases_that_cannot_be_run_fail_with_a_text() {
    let (description, tensors) = relu(&[0.0, 2.0]);
    let with = |key: &str, value: Json| {
        let mut changed = description.clone();
        changed[key] = value;
        changed
    };
    let cases: [(&str, Json, &str); 7] = [
        ("activation/absent", Json::Null, "activation_absent.json: "),
        ("activation/list", json!([]), "the field \"kind\" must be a text, got null"),
        ("activation/kind", with("kind", json!("dance")), "there is no kind \"dance\""),
        ("activation/class", with("class_name", json!("rellu")), "there is no activation \"rellu\"; did you mean relu"),
        ("activation/argument", with("config", json!({"slope": 1})), "activation relu: there is no argument \"slope\""),
        ("activation/expect", with("expect", json!({"output.0": {"rtol": "x"}})), "the field \"rtol\" must be a number, got \"x\""),
        ("activation/nothing", with("expect", Json::Null), "\"output.0\" is not among what the case expects"),
    ];
    let listed: Vec<_> = cases.iter().map(|(id, description, _)| (*id, description.clone(), &tensors[..])).collect();
    for (outcome, (id, _, text)) in outcomes(folder(&listed).path()).iter().zip(&cases) {
        assert!(outcome.contains(text), "{id}: {outcome}");
    }
}

#[test]
fn every_kind_survives_an_empty_description() {
    let descriptions = wgrad_testing::golden::kinds().map(|kind| json!({"kind": kind, "class_name": "Dense"})).collect::<Vec<_>>();
    let cases: Vec<_> = descriptions.iter().map(|description| ("case", description.clone(), &[][..])).collect();
    let outcomes: Vec<String> = cases.into_iter().flat_map(|case| outcomes(folder(&[case]).path())).collect();
    assert_eq!(outcomes.len(), descriptions.len());
    for (outcome, description) in outcomes.iter().zip(&descriptions) {
        assert!(outcome != "passed" && !outcome.contains("panicked"), "{description}: {outcome}");
    }
}

#[test]
fn indices_that_are_not_of_the_format() {
    let folder = TempDir::new().unwrap();
    assert!(Index::open(folder.path()).unwrap_err().contains("index.json: "));
    write(folder.path(), "index.json", &json!({"cases": {}}));
    assert!(Index::open(folder.path()).unwrap_err().ends_with("the field \"cases\" must be a list, got {}"));
    write(folder.path(), "index.json", &json!({"cases": [3, {"json": "../secret.json"}, {"json": "/etc/hostname"}]}));
    for outcome in outcomes(folder.path()) {
        assert!(outcome.ends_with("is no path of a file in the folder of the cases"), "{outcome}");
    }
}

#[test]
fn the_program_tells_by_its_status() {
    let (description, good) = relu(&[0.0, 2.0]);
    let (_, bad) = relu(&[0.0, 2.5]);
    let folder = folder(&[("activation/good", description.clone(), &good), ("activation/bad", description, &bad)]);
    let golden = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_golden")).arg(folder.path()).args(["--device", "reference"]).args(arguments).output().unwrap();
        let last = String::from_utf8(output.stdout).unwrap().lines().last().unwrap_or_default().to_string();
        (output.status.code(), last)
    };
    assert_eq!(golden(&[]), (Some(1), "1 passed, 1 failed".into()));
    assert_eq!(golden(&["--case", "activation/good"]), (Some(0), "1 passed, 0 failed".into()));
    assert_eq!(golden(&["--kind", "loss"]), (Some(1), "0 passed, 0 failed".into()));
    assert_eq!(golden(&["--kind", "lost"]), (Some(1), String::new()));
    assert_eq!(golden(&["--kind"]), (Some(1), String::new()));
}
