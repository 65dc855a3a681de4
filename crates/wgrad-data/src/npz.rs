//! Arrays in NumPy's archives, as Keras keeps its data sets: numbers, and lists of integers in a pickle.
//!
//! (`wgrad-io` reads arrays of numbers as tensors; this reads what the files of data sets have beside those.)

use crate::pickle;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// An archive in memory.
pub(crate) struct Npz<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// How many bytes may still be unpacked.
    budget: u64,
}

impl<'a> Npz<'a> {
    /// Opens an archive that unpacks to at most `budget` bytes.
    pub(crate) fn new(bytes: &'a [u8], budget: u64) -> Result<Npz<'a>, String> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|e| format!("it is no archive: {e}"))?;
        Ok(Npz { zip, budget })
    }

    /// The elements of the one-dimensional array of 64-bit integers `name`.
    pub(crate) fn integers(&mut self, name: &str) -> Result<Vec<i64>, String> {
        self.words(name, "<i8").map(|words| words.into_iter().map(i64::from_le_bytes).collect())
    }

    /// The elements of the array of 64-bit floats `name`, the last axis fastest.
    pub(crate) fn floats(&mut self, name: &str) -> Result<Vec<f64>, String> {
        self.words(name, "<f8").map(|words| words.into_iter().map(f64::from_le_bytes).collect())
    }

    /// The lists of integers in the array of objects `name`.
    pub(crate) fn lists(&mut self, name: &str) -> Result<Vec<Vec<i32>>, String> {
        let bytes = self.read(name)?;
        body(&bytes, "|O").and_then(|(offset, body)| pickle::integer_lists(body, offset)).map_err(|why| format!("{name}: {why}"))
    }

    fn words(&mut self, name: &str, descr: &str) -> Result<Vec<[u8; 8]>, String> {
        let bytes = self.read(name)?;
        let (_, body) = body(&bytes, descr).map_err(|why| format!("{name}: {why}"))?;
        let (words, rest) = body.as_chunks::<8>();
        if rest.is_empty() { Ok(words.to_vec()) } else { Err(format!("{name}: its last element has {} bytes, not 8", rest.len())) }
    }

    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        let member = self.zip.by_name(&format!("{name}.npy")).map_err(|e| format!("{name}: {e}"))?;
        let mut bytes = Vec::new();
        // What the archive says of sizes is not believed.
        member.take(self.budget.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| format!("{name}: {e}"))?;
        let left = self.budget.checked_sub(bytes.len() as u64);
        self.budget = left.ok_or_else(|| format!("{name}: the archive unpacks to too much; {} bytes were left", self.budget))?;
        Ok(bytes)
    }
}

/// The elements of a `.npy` file whose type must be `descr`, and where they begin.
fn body<'a>(file: &'a [u8], descr: &str) -> Result<(usize, &'a [u8]), String> {
    let split = || {
        let (version, rest) = file.strip_prefix(b"\x93NUMPY")?.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_at_checked(if version[0] == 1 { 2 } else { 4 })?;
        let length = length.iter().rev().try_fold(0usize, |length, &byte| length.checked_mul(256)?.checked_add(usize::from(byte)))?;
        rest.split_at_checked(length)
    };
    let (header, body) = split().ok_or("it has no header of a .npy file")?;
    let header = String::from_utf8_lossy(header);
    for entry in [format!("'descr': '{descr}'"), "'fortran_order': False".into()] {
        if !header.contains(&entry) {
            return Err(format!("its header has no {entry}: {}", header.trim_end().chars().take(100).collect::<String>()));
        }
    }
    Ok((file.len() - body.len(), body))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::io::Write;
    use zip::{ZipWriter, write::SimpleFileOptions};

    pub(crate) fn npy(descr: &str, body: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,), }}\n");
        [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), body].concat()
    }

    pub(crate) fn npz(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            zip.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn numbers_and_lists_are_read() {
        let numbers: Vec<u8> = [3_i64, -7].iter().flat_map(|n| n.to_le_bytes()).collect();
        let lists = b"\x80\x02](](K\x01K\x02e]e.";
        let file = npz(&[("y", npy("<i8", &numbers)), ("x", npy("|O", lists))]);
        let mut npz = Npz::new(&file, 1000).unwrap();
        assert_eq!(npz.integers("y").unwrap(), [3, -7]);
        assert_eq!(npz.lists("x").unwrap(), [vec![1, 2], vec![]]);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let file = npz(&[("y", npy("<f4", &[0; 8])), ("z", npy("<i8", &[0; 9])), ("w", b"text".to_vec())]);
        let error = |name: &str, budget: u64| Npz::new(&file, budget).unwrap().integers(name).unwrap_err();
        assert!(error("y", 1000).starts_with("y: its header has no 'descr': '<i8': {'descr': '<f4'"), "{}", error("y", 1000));
        assert_eq!(error("z", 1000), "z: its last element has 1 bytes, not 8");
        assert_eq!(error("w", 1000), "w: it has no header of a .npy file");
        assert!(error("x", 1000).starts_with("x: "));
        assert_eq!(error("z", 20), "z: the archive unpacks to too much; 20 bytes were left");
        assert!(Npz::new(b"no", 9).err().unwrap().starts_with("it is no archive: "));
    }
}
