//! Every study on a small budget: it runs, its results are nearly those of the full run, and its pictures are there.

use anyhow::Result;
use std::path::Path;
use wgrad_study::Study;

// `main` is what they are not asked for here.
#[allow(dead_code)]
#[path = "../examples/fashion_mnist_functional.rs"]
mod fashion_mnist_functional;

/// Runs a study in a folder of its own, and checks that it has written these files.
fn study(name: &str, run: fn(&Study) -> Result<()>, files: &[&str]) -> Result<Study> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let study = Study::small(Path::new(env!("CARGO_TARGET_TMPDIR")).join("studies").join(name), checkout.join("../shared/data"))?;
    run(&study)?;
    for file in files {
        let size = std::fs::metadata(study.path(file)).map_or(0, |file| file.len());
        assert!(size > 100, "{name} wrote {size} bytes of {file}");
    }
    Ok(study)
}

#[test]
fn fashion_mnist_functional() -> Result<()> {
    let files = ["curves.png", "model.svg", "predictions.png", "confusion.png"];
    let study = study("fashion_mnist_functional", fashion_mnist_functional::run, &files)?;
    assert!(study.get("sgd_test_accuracy")? > 0.5);
    assert!(study.get("rmsprop_test_accuracy")? > 0.5);
    Ok(())
}
