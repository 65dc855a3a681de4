//! Records of CIFAR-10.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = wgrad_data::Cifar10::parse(bytes);
});
