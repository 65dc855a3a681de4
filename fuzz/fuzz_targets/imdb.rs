//! IMDB's archive of pickles.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = wgrad_data::Imdb::parse(bytes, 10_000);
});
