//! The page about a training.

use std::fs;
use wgrad_board::Report;
use wgrad_cpu as _;
use wgrad_model::{Fit, Layer, Sequential, layers::Dense};
use wgrad_plot::confusion_matrix;
use wgrad_tensor::{Device, Tensor};

#[test]
fn a_page_holds_all_of_a_training() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.html");
    let layers = [Dense::new(8).activation("relu").named("hidden"), Dense::new(2).activation("softmax").named("classes")];
    let model = Sequential::new(layers).input_shape([2]).name("a <b> & c").device(&Device::open("cpu").unwrap());
    let mut model = model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
    let x: Vec<f32> = (0..80).map(|i| ((i * 7) % 11) as f32 / 11.0).collect();
    let y: Vec<i32> = x.chunks(2).map(|p| i32::from(p[0] > p[1])).collect();
    let (x, y) = (Tensor::from_vec(x, [40, 2]), Tensor::from_vec(y, [40]));
    let mut report = Report::new(&path).profile(true);
    let history = model.fit(&x, &y, Fit::epochs(3).batch_size(8).validation_split(0.25).verbose(0).callback(&mut report)).unwrap();

    report.add_figure("Confusion", &confusion_matrix(&[0, 1], &[0, 1], &["no", "yes"]).unwrap());
    report.write().unwrap();

    let page = fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("<h1>a &lt;b&gt; &amp; c</h1>"));
    for (logs, name) in history.epochs().iter().flat_map(|logs| ["loss", "val_accuracy"].map(|name| (logs, name))) {
        let cell = format!("<td>{:.4}</td>", logs.get(name).unwrap());
        assert!(page.contains(&cell), "{name}: {cell}");
    }
    // Curves, confusion matrix and model.
    assert_eq!(page.matches("<svg ").count(), 3);
    assert!(page.contains("hidden (Dense)") && page.contains("Total params: ") && page.contains("fast CPU"));
    // Where the time goes: a row for each step that ran, the longest first, all of them the whole.
    let profile = model.training_profile().unwrap();
    let (_, table) = page.split_once("Kernels of a training step").unwrap();
    let share =
        |row: &str| row.split_once("--share:").and_then(|(_, rest)| rest.split_once('%')).map(|(share, _)| share.parse::<f64>().unwrap());
    let shares: Vec<f64> = table.split("<td class=\"bar\"").filter_map(share).collect();
    assert!(shares.is_sorted_by(|a, b| a >= b) && (shares.iter().sum::<f64>() - 100.0).abs() < 1.0, "{shares:?}");
    assert_eq!(table.matches("<td class=\"bar\"").count(), profile.rows.iter().filter(|row| row.dispatches > 0).count());
    // Nothing of it comes from elsewhere; the names of XML's languages are no addresses.
    let addresses = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!addresses.contains("http") && !addresses.contains("src=") && !addresses.contains("<script"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "there is no file beside it");
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Report::new(folder.path().join("none/run.html")).write().unwrap_err().to_string();
    assert!(error.contains("run.html"), "{error}");
}
