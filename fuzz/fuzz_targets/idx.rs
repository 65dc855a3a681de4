//! Arrays of MNIST's format.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = wgrad_data::idx::read(bytes);
});
