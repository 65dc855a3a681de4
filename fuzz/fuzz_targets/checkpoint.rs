//! Checkpoints of models.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wgrad_cpu as _;
use wgrad_model::{Sequential, layers::Dense};

fuzz_target!(|bytes: &[u8]| {
    let mut model = Sequential::new([Dense::new(2).into()]).input_shape([3]).compile("adam", "mse", ()).expect("the model is right");
    let path = std::env::temp_dir().join(format!("wgrad-fuzz-{}.safetensors", std::process::id()));
    std::fs::write(&path, bytes).expect("there is a folder for temporary files");
    let _ = model.load_checkpoint(&path);
});
