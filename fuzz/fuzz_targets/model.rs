//! Whole models: `.keras` archives and `.h5`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wgrad_cpu as _;

fuzz_target!(|bytes: &[u8]| {
    let _ = wgrad_io::read_model(bytes.to_vec(), &wgrad_io::Load::new());
});
