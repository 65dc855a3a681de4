//! NumPy's `.npy`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = wgrad_io::read_npy(bytes);
});
