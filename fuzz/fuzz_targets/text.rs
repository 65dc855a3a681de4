//! Models as texts: JSON and YAML.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wgrad_cpu as _;
use wgrad_tensor::Device;

fuzz_target!(|text: &str| {
    let device = Device::open("cpu").expect("it is linked in");
    let _ = wgrad_io::model_from_json(text, &device);
    let _ = wgrad_io::model_from_yaml(text, &device);
});
