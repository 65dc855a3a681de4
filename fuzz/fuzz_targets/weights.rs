//! Weights of a model: `.weights.h5`, `.h5`, `.keras` and safetensors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wgrad_cpu as _;
use wgrad_model::{
    Sequential,
    layers::{Dense, LSTM},
};

fuzz_target!(|bytes: &[u8]| {
    let layers = [LSTM::new(2).into(), Dense::new(2).into()];
    let mut model = Sequential::new(layers).input_shape([4, 3]).build().expect("the model is right");
    let _ = wgrad_io::read_weights(&mut model, bytes.to_vec());
});
