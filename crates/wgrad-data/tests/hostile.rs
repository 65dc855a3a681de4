//! Files that somebody spoiled: every reader gives `Ok` or `Err`, and never takes much more memory than a file is large.

#[path = "../../wgrad-io/tests/spoil/mod.rs"]
mod spoil;

use cap::Cap;
use spoil::attack;
use std::{
    alloc::System,
    io::{Cursor, Write as _},
};
use wgrad_data::{AutoMpg, Cifar10, Csv, Imdb, Scaler, WordIndex, idx};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, 256 << 20);

#[test]
fn idx_files() {
    attack(1, &[&[0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6][..], &[7; 120]].concat(), |bytes| idx::read(&bytes));
}

#[test]
fn records_of_cifar10() {
    let record = |label: u8| [&[label][..], &[0; 3072]].concat();
    attack(2, &[record(1), record(9)].concat(), |bytes| Cifar10::parse(&bytes));
}

/// A table that was read can also be described, printed and written.
#[test]
fn tables() {
    let cars = AutoMpg::load().unwrap().head(30).to_csv();
    attack(3, cars.as_bytes(), |bytes| {
        let (table, report) = Csv::new().comment('#').parse(&bytes, "cars")?;
        let texts = [table.to_string(), table.describe().to_string(), table.to_csv(), report.to_string()];
        assert!(texts[0].len() < 1 << 20);
        table.to_tensor().or_else(|_| table.drop(["name", "origin"])?.dropna().to_tensor())
    });
}

/// Many short lines take a few times their length of memory, not that of a text for each.
#[test]
fn tables_of_short_lines() {
    let table = Csv::new().names(["x"]).parse(&b"1\n".repeat(1 << 21), "ones").unwrap().0;
    assert_eq!(table.len(), 1 << 21);
}

#[test]
fn word_indices_and_scalers() {
    attack(4, br#"{"the": 1, "and": 2, "film": 19, "b\u00e9b\u00e9": 80000}"#, |bytes| WordIndex::parse(&bytes));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scaler.json");
    Scaler::standard(&AutoMpg::load().unwrap()).unwrap().save(&path).unwrap();
    attack(5, &std::fs::read(&path).unwrap(), |bytes| {
        std::fs::write(&path, bytes).unwrap();
        Scaler::load(&path)
    });
}

fn npy(descr: &str, body: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,), }}\n");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), body].concat()
}

fn npz(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(format!("{name}.npy"), SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// As pickled by NumPy: `array([[1, 300, 70000], [7]], dtype=object)`.
const PICKLE: &[u8] = b"\x80\x04\x95\x9b\x00\x00\x00\x00\x00\x00\x00\x8c\x16numpy._core.multiarray\x94\x8c\x0c_reconstruct\x94\x93\x94\x8c\x05numpy\x94\x8c\
    \x07ndarray\x94\x93\x94K\x00\x85\x94C\x01b\x94\x87\x94R\x94(K\x01K\x02\x85\x94h\x03\x8c\x05dtype\x94\x93\x94\x8c\x02O8\x94\x89\x88\x87\x94R\x94(K\x03\
    \x8c\x01|\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?t\x94b\x89]\x94(]\x94(K\x01M,\x01Jp\x11\x01\x00e]\x94K\x07aet\x94b.";

/// The archive's own checksums hide its members from most mutations, so they are spoiled before they are packed, too.
#[test]
fn reviews() {
    let (x, y) = (npy("|O", PICKLE), npy("<i8", &[[1, 0, 0, 0, 0, 0, 0, 0], [0; 8]].concat()));
    let file = |x: &[u8], y: &[u8]| npz(&[("x_train", x), ("y_train", y), ("x_test", x), ("y_test", y)]);
    let read = Imdb::parse(&file(&x, &y), 10_000).unwrap().0;
    assert_eq!(read.iter().collect::<Vec<_>>(), [&[1, 4, 303, 2][..], &[1, 10]]);
    attack(6, &file(&x, &y), |bytes| Imdb::parse(&bytes, 10_000));
    attack(7, &x, |x| Imdb::parse(&file(&x, &y), 10_000));
    attack(8, &y, |y| Imdb::parse(&file(&x, &y), 10_000));
}
