//! What cannot be loaded says why.

use std::io::Write;
use wgrad_cpu as _;
use wgrad_io::load_model;

fn error(contents: &[u8]) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(contents).unwrap();
    let error = load_model(file.path()).unwrap_err().to_string();
    error.replace(&file.path().display().to_string(), "FILE")
}

#[test]
fn other_files_are_refused() {
    let text = load_model("/there/is/no/such.keras").unwrap_err().to_string();
    assert!(text.starts_with("/there/is/no/such.keras: "), "{text}");
    assert!(error(b"").starts_with("FILE: it is no archive, no HDF5 file and no safetensors: "));
    assert!(error(b"\x89HDF\r\n\x1a\n and no more").starts_with("FILE: it is no HDF5 file: "));
    assert!(error(b"PK\x03\x04 and no more").starts_with("FILE: it is no archive: "));
}
