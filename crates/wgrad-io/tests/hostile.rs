//! Files that somebody spoiled: every reader gives `Ok` or `Err`, and never takes much more memory than a file is large.
//!
//! The mutations follow from a seed. What a reader may allocate is limited for the whole test: a reader that believes a size in a file ends it.

mod spoil;

use cap::Cap;
use spoil::attack;
use std::{alloc::System, io::Write as _};
use wgrad_cpu as _;
use wgrad_io::{
    Load, model_from_json, model_from_yaml, model_to_json, model_to_yaml, read_model, read_npy, read_npz, read_safetensors, read_weights,
    save_model, save_weights, write_npy, write_npz,
};
use wgrad_model::{
    Fit, Functional, Layer, Model, Sequential, Symbol,
    callbacks::{BackupAndRestore, EarlyStopping},
    layers::*,
};
use wgrad_tensor::{HostData, HostTensor};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, 512 << 20);

fn model() -> Model {
    let x = Symbol::input([4, 3]).named("x");
    let y = LSTM::new(2).on(&x);
    let block = Sequential::new([Dense::new(3).activation("relu").into(), BatchNormalization::new().into()]).input_shape([2]).name("block");
    let y = Dense::new(2).activation("softmax").on(&block.on(&y));
    let mut model = Functional::new(&x, &y).compile("adam", "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
    let x = wgrad_tensor::Tensor::ones([2, 4, 3]);
    model.train_on_batch(&x, wgrad_tensor::Tensor::from([0, 1])).unwrap();
    model
}

fn saved(form: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(form);
    if form.contains("weights") { save_weights(&model(), &path) } else { save_model(&model(), &path) }.unwrap();
    std::fs::read(path).unwrap()
}

fn read(bytes: Vec<u8>) -> wgrad_model::Result<Model> {
    read_model(bytes, &Load::new())
}

#[test]
fn archives() {
    attack(1, &saved("m.keras"), read);
}

/// The archive's own checksums hide its members from most mutations, so they are spoiled before they are packed.
#[test]
fn members_of_archives() {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(saved("m.keras"))).unwrap();
    let names: Vec<String> = (0..archive.len()).map(|i| archive.by_index(i).unwrap().name().unwrap().to_string()).collect();
    let mut member = |name: &str| {
        let mut bytes = Vec::new();
        std::io::copy(&mut archive.by_name(name).unwrap(), &mut bytes).unwrap();
        bytes
    };
    let members: Vec<(String, Vec<u8>)> = names.iter().map(|name| (name.clone(), member(name))).collect();
    for (spoil, (_, contents)) in members.iter().enumerate().skip(1) {
        attack(2 + spoil as u64, contents, |new| {
            let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            for (i, (name, contents)) in members.iter().enumerate() {
                zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
                zip.write_all(if i == spoil { &new } else { contents }).unwrap();
            }
            read(zip.finish().unwrap().into_inner())
        });
    }
}

#[test]
fn whole_models_in_hdf5() {
    attack(5, &saved("m.h5"), read);
}

#[test]
fn whole_models_in_safetensors() {
    attack(13, &saved("whole.safetensors"), read);
}

/// Checkpoints are read from files alone.
#[test]
fn checkpoints() {
    let (folder, mut target) = (tempfile::tempdir().unwrap(), model());
    let path = folder.path().join("checkpoint");
    target.save_checkpoint(&path).unwrap();
    attack(14, &std::fs::read(&path).unwrap(), |bytes| {
        std::fs::write(&path, bytes).unwrap();
        target.load_checkpoint(&path)
    });
}

/// A training that goes on from a backup which somebody spoiled ends, well or with an error.
#[test]
fn backups() {
    let folder = tempfile::tempdir().unwrap();
    let (x, y) = (wgrad_tensor::Tensor::ones([2, 4, 3]), wgrad_tensor::Tensor::from([0, 1]));
    let mut target = model();
    let mut train = |fit: Fit<'_>| {
        let backup = BackupAndRestore::new(folder.path()).delete_checkpoint(false);
        let stopping = EarlyStopping::new().monitor("loss").restore_best_weights(true);
        target.fit(&x, &y, fit.verbose(0).callback(backup).callback(stopping))
    };
    train(Fit::epochs(2)).unwrap();
    let path = folder.path().join("backup.safetensors");
    attack(15, &std::fs::read(&path).unwrap(), |bytes| {
        std::fs::write(&path, bytes).unwrap();
        train(Fit::epochs(2))
    });
}

#[test]
fn weights_in_hdf5_and_safetensors() {
    let mut target = model();
    attack(6, &saved("m.weights.h5"), |bytes| read_weights(&mut target, bytes));
    attack(7, &saved("weights.safetensors"), |bytes| read_weights(&mut target, bytes));
    attack(8, &saved("weights.safetensors"), |bytes| read_safetensors(&bytes));
}

#[test]
fn texts() {
    let (device, model) = (wgrad_tensor::Device::default_device().unwrap(), model());
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    attack(11, model_to_json(&model).unwrap().as_bytes(), |bytes| model_from_json(&text(bytes), &device));
    attack(12, model_to_yaml(&model).unwrap().as_bytes(), |bytes| model_from_yaml(&text(bytes), &device));
}

#[test]
fn numpy() {
    let array = HostTensor::new([3, 4], HostData::F32((0..12).map(|i| i as f32).collect())).unwrap();
    attack(9, &write_npy(&array), |bytes| read_npy(&bytes));
    attack(10, &write_npz([("a", &array), ("b", &array)]).unwrap(), |bytes| read_npz(&bytes));
}

#[test]
fn bombs_and_paths() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let packed = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("config.json", packed).unwrap();
    let zeros = vec![b' '; 1 << 20];
    (0..64).for_each(|_| zip.write_all(&zeros).unwrap());
    zip.start_file("../model.weights.h5", packed).unwrap();
    let bomb = zip.finish().unwrap().into_inner();
    assert_eq!(read(bomb).unwrap_err().to_string(), "memory: config.json: it unpacks to more than 100 times the archive's length");
    // Weights may be as large as that, a text may not.
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("config.json", packed).unwrap();
    (0..64).for_each(|_| zip.write_all(&zeros).unwrap());
    zip.start_file("padding", packed.compression_method(zip::CompressionMethod::Stored)).unwrap();
    zip.write_all(&zeros).unwrap();
    let text = read(zip.finish().unwrap().into_inner()).unwrap_err().to_string();
    assert_eq!(text, "memory: config.json: it unpacks to more than 16777216 bytes, the most for a text here");
    // A member outside of the archive's folder is a member of another name, and never a file.
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("config.json", packed).unwrap();
    zip.write_all(b"{}").unwrap();
    zip.start_file("../model.weights.h5", packed).unwrap();
    let tricky = zip.finish().unwrap().into_inner();
    assert_eq!(read(tricky).unwrap_err().to_string(), "memory: model.weights.h5: specified file not found in archive");
}

#[test]
fn descriptions_larger_than_their_file() {
    let deep = "[".repeat(100_000);
    let huge = r#"{"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "InputLayer", "config": {"batch_shape": [null, 1000000], "name": "i"}},
        {"class_name": "Dense", "config": {"units": 1000000000, "name": "d"}}]}}"#;
    for (config, rule) in
        [(deep.as_str(), "recursion limit exceeded"), (huge, "the variables have 1000001000000000 elements, but the file can hold")]
    {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("config.json", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(config.as_bytes()).unwrap();
        zip.start_file("model.weights.h5", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&saved("m.weights.h5")).unwrap();
        let text = read(zip.finish().unwrap().into_inner()).unwrap_err().to_string();
        assert!(text.contains(rule), "{text}");
    }
}

#[test]
fn numbers_that_are_none_are_loaded_as_they_are() {
    let mut poisoned = model();
    let weights: Vec<_> = poisoned.weights().unwrap();
    let (path, first) = &weights[0];
    let nans = HostTensor::new(first.shape(), HostData::F32(vec![f32::NAN; first.data().len()])).unwrap();
    poisoned.set_weights([(path, nans)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    save_model(&poisoned, folder.path().join("m.keras")).unwrap();
    let again = read(std::fs::read(folder.path().join("m.keras")).unwrap()).unwrap();
    assert!(again.weights().unwrap()[0].1.to_vec::<f32>().unwrap().iter().all(|value| value.is_nan()));
}
