//! One file of a data set: unpacked within a bound, and checked.

use crate::{Error, Result};
use flate2::bufread::GzDecoder;
use md5::Md5;
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

/// A file of a data set. One whose name ends in `.gz` is unpacked when it is read, an archive (`.tar.gz`) is not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DataFile {
    /// Its name in the set's folder.
    pub(crate) name: &'static str,
    /// How many bytes it has unpacked; a "zip bomb" ends there.
    pub(crate) size: u64,
    /// SHA-256 of the unpacked content, or `MD5 ` and that sum where no other is known. (Of a packed file it differs from source to source: Debian
    /// drops the name from the header.)
    pub(crate) sum: &'static str,
    /// The same for other versions of the file that are taken where they lie, but not downloaded.
    pub(crate) also: &'static [&'static str],
}

/// What is in a file that has passed all checks.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    /// Whether it is the file of the whole set, not another version.
    pub(crate) original: bool,
}

impl DataFile {
    /// Reads the file in `directory`.
    pub(crate) fn read(&self, directory: &Path) -> Result<Content> {
        let path = directory.join(self.name);
        let file = path.display().to_string();
        let packed = fs::File::open(&path).map_err(|source| Error::Io { file: file.clone(), source })?;
        let bytes = self.unpack(BufReader::new(packed), &file)?;
        let got = self.check(&bytes, &file, std::iter::once(self.sum).chain(self.also.iter().copied()))?;
        Ok(Content { bytes, original: got == self.sum })
    }

    /// Checks that the packed file at `path` is the one that the set's address has; `file` is its name in errors.
    pub(crate) fn check_download(&self, path: &Path, file: &str) -> Result<()> {
        let packed = fs::File::open(path).map_err(|source| Error::Io { file: path.display().to_string(), source })?;
        let bytes = self.unpack(BufReader::new(packed), file)?;
        self.check(&bytes, file, std::iter::once(self.sum)).map(drop)
    }

    /// Unpacks what claims to be this file; `file` is its name in errors.
    pub(crate) fn unpack(&self, packed: impl Read, file: &str) -> Result<Vec<u8>> {
        if self.name.ends_with(".gz") && !self.name.ends_with(".tar.gz") {
            return gunzip(packed, self.size, file);
        }
        let mut bytes = Vec::new();
        let read = packed.take(self.size.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|source| Error::Io { file: file.into(), source })?;
        bounded(bytes, self.size, "has", file)
    }

    /// The one of `sums` that the content has.
    fn check(&self, bytes: &[u8], file: &str, sums: impl Iterator<Item = &'static str> + Clone) -> Result<&'static str> {
        let sha256 = hex(&Sha256::digest(bytes));
        let is_its = |sum: &str| sum.strip_prefix("MD5 ").map_or(sum == sha256, |sum| sum == hex(&Md5::digest(bytes)));
        let expected = || sums.clone().collect::<Vec<_>>().join(" or ");
        sums.clone().find(|sum| is_its(sum)).ok_or_else(|| Error::Checksum { file: file.into(), expected: expected(), got: sha256.clone() })
    }
}

/// Unpacks a gzip file of at most `limit` bytes, of one member or several; `file` is its name in errors.
pub(crate) fn gunzip(packed: impl Read, limit: u64, file: &str) -> Result<Vec<u8>> {
    let mut packed = BufReader::new(packed);
    let mut bytes = Vec::new();
    loop {
        let room = limit.saturating_add(1).saturating_sub(bytes.len() as u64);
        let unpacked = GzDecoder::new(&mut packed).take(room).read_to_end(&mut bytes);
        match unpacked.and_then(|_| ends(&mut packed)) {
            Ok(ended) if ended || bytes.len() as u64 > limit => return bounded(bytes, limit, "unpacks to", file),
            Ok(_) => {}
            Err(e) => {
                let rule = format!("not a whole gzip file: {e} after {} unpacked bytes", bytes.len());
                return Err(Error::Format { file: file.into(), rule });
            }
        }
    }
}

/// Whether nothing but zeros is left, with which tapes and disks fill up their blocks.
fn ends(packed: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let buffer = packed.fill_buf()?;
        let (all, zeros) = (buffer.len(), buffer.iter().take_while(|byte| **byte == 0).count());
        packed.consume(zeros);
        if all == 0 || zeros < all {
            return Ok(all == 0);
        }
    }
}

fn bounded(bytes: Vec<u8>, limit: u64, verb: &str, file: &str) -> Result<Vec<u8>> {
    if bytes.len() as u64 <= limit {
        return Ok(bytes);
    }
    Err(Error::Format { file: file.into(), rule: format!("{verb} more than {limit} bytes, the limit") })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    const FILE: DataFile = DataFile {
        name: "x.gz",
        size: 10,
        sum: "6b413bc4e4b437a09780b06c8c43c748d2546f2be2f36913c8dfdb95fac3a083",
        also: &["MD5 5d41402abc4b2a76b9719d911017c592"],
    };

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// What is said of a file with this content.
    fn read(file: &DataFile, content: &[u8]) -> Result<Content> {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(file.name), content).unwrap();
        file.read(directory.path())
    }

    #[test]
    fn reads_content_of_the_right_sum() {
        let content = read(&FILE, &gzip(&[0, 0, 8, 1, 0, 0, 0, 2, 7, 9])).unwrap();
        assert_eq!((&content.bytes[8..], content.original), (&[7, 9][..], true));
        let content = read(&DataFile { name: "x", ..FILE }, b"hello").unwrap();
        assert_eq!((&content.bytes[..], content.original), (&b"hello"[..], false), "another version, not packed");
    }

    #[test]
    fn names_file_and_sums() {
        let error = read(&FILE, &gzip(&[0, 0, 8, 1, 0, 0, 0, 0])).unwrap_err().to_string();
        assert!(error.contains("x.gz: the SHA-256 of its unpacked content is "), "{error}");
        let sums = format!("({} or {})", FILE.sum, FILE.also[0]);
        assert!(error.ends_with(&format!("which is not that of this data set {sums}; replace the file")), "{error}");
    }

    #[test]
    fn only_the_original_may_be_downloaded() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("part");
        fs::write(&path, gzip(b"hello")).unwrap();
        let error = FILE.check_download(&path, "http://here/x.gz").unwrap_err().to_string();
        assert!(error.starts_with("http://here/x.gz: the SHA-256") && !error.contains("MD5"), "{error}");
    }

    #[test]
    fn refuses_what_unpacks_to_too_much() {
        let error = FILE.unpack(&gzip(&[0; 11])[..], "bomb").unwrap_err().to_string();
        assert_eq!(error, "bomb: unpacks to more than 10 bytes, the limit");
        let error = DataFile { name: "x.tar.gz", ..FILE }.unpack(&[0; 11][..], "long").unwrap_err().to_string();
        assert_eq!(error, "long: has more than 10 bytes, the limit");
    }

    #[test]
    fn unpacks_all_members_and_ignores_zeros_behind_them() {
        let members = [gzip(&[1, 2]), gzip(&[]), gzip(&[3])].concat();
        assert_eq!(FILE.unpack(&[&members[..], &[0; 10_000]].concat()[..], "x").unwrap(), [1, 2, 3]);
        let error = |bytes: &[&[u8]]| FILE.unpack(&bytes.concat()[..], "x").unwrap_err().to_string();
        assert_eq!(error(&[&members, &gzip(&[0; 8])]), "x: unpacks to more than 10 bytes, the limit");
        let rest = error(&[&members, b"rest"]);
        assert!(rest.starts_with("x: not a whole gzip file: ") && rest.ends_with(" after 3 unpacked bytes"), "{rest}");
    }

    #[test]
    fn refuses_a_truncated_or_foreign_file() {
        let whole = gzip(&[0, 0, 8, 1, 0, 0, 0, 2, 7, 9]);
        for bytes in [&whole[..whole.len() - 3], b"plain", b""] {
            let error = FILE.unpack(bytes, "x").unwrap_err().to_string();
            assert!(error.starts_with("x: not a whole gzip file: "), "{error}");
        }
    }
}
