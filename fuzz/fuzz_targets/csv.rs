//! Tables in texts, with and without comments.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = wgrad_data::Csv::new().parse(bytes, "csv");
    let _ = wgrad_data::Csv::new()
        .separator(';')
        .comment('#')
        .parse(bytes, "csv")
        .map(|(table, _)| (table.describe().to_string(), table.to_string()));
});
