//! One file of a data set: unpacked within a bound, checked, and read.

use crate::{Error, Result, idx};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use std::{fs, io::Read, path::Path};
use wgrad_tensor::Shape;

/// No file of the built-in data sets unpacks to more; a "zip bomb" ends here.
const MAX_UNPACKED: u64 = 64 << 20;

/// A gzipped IDX file of a data set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DataFile {
    /// Its name in the set's folder.
    pub(crate) name: &'static str,
    /// SHA-256 of the unpacked content. (Of the packed file it differs from source to source: Debian drops the name from the header.)
    pub(crate) sha256: &'static str,
    /// The same for this file of the sample that the crate carries.
    pub(crate) sample_sha256: &'static str,
    /// The packed file of the sample.
    pub(crate) sample: &'static [u8],
}

/// Shape and elements of a file that has passed all checks.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) shape: Shape,
    pub(crate) elements: Vec<u8>,
}

impl DataFile {
    /// Reads the file in `directory`: that of the whole set, or that of the sample.
    pub(crate) fn read(&self, directory: &Path) -> Result<Content> {
        let path = directory.join(self.name);
        let file = path.display().to_string();
        let packed = fs::File::open(&path).map_err(|source| Error::Io { file: file.clone(), source })?;
        self.unpack(std::io::BufReader::new(packed), &file, &[self.sha256, self.sample_sha256])
    }

    /// Reads the file of the sample.
    pub(crate) fn read_sample(&self) -> Result<Content> {
        self.unpack(self.sample, &format!("the sample's {}", self.name), &[self.sample_sha256])
    }

    /// Unpacks and checks what claims to be this file; `file` is its name in errors.
    pub(crate) fn unpack(&self, packed: impl Read, file: &str, sums: &[&str]) -> Result<Content> {
        let format = |rule| Error::Format { file: file.into(), rule };
        let mut bytes = Vec::new();
        let unpacked = GzDecoder::new(packed).take(MAX_UNPACKED + 1).read_to_end(&mut bytes);
        unpacked.map_err(|e| format(format!("not a whole gzip file: {e} after {} unpacked bytes", bytes.len())))?;
        if bytes.len() as u64 > MAX_UNPACKED {
            return Err(format(format!("unpacks to more than {MAX_UNPACKED} bytes, the limit")));
        }
        let (shape, elements) = idx::parse(&bytes).map_err(format)?;
        let header = bytes.len() - elements.len();
        let got = hex(&Sha256::digest(&bytes));
        if !sums.contains(&got.as_str()) {
            return Err(Error::Checksum { file: file.into(), expected: sums.join(" or "), got });
        }
        bytes.drain(..header);
        Ok(Content { shape, elements: bytes })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    const FILE: DataFile = DataFile { name: "x.gz", sha256: "aa", sample_sha256: "bb", sample: &[] };

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn reads_content_of_the_right_sum() {
        let idx = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];
        let sum = hex(&Sha256::digest(idx));
        let content = FILE.unpack(&gzip(&idx)[..], "x", &[&sum]).unwrap();
        assert_eq!((&content.shape[..], &content.elements[..]), (&[2][..], &[7, 9][..]));
    }

    #[test]
    fn names_file_and_sum() {
        let error = FILE.unpack(&gzip(&[0, 0, 8, 1, 0, 0, 0, 0])[..], "dir/x.gz", &["aa", "bb"]).unwrap_err().to_string();
        assert!(error.starts_with("dir/x.gz: the SHA-256 of its unpacked content is "), "{error}");
        assert!(error.ends_with("which is not that of this data set (aa or bb); replace the file"), "{error}");
    }

    #[test]
    fn refuses_what_unpacks_to_too_much() {
        let bomb = gzip(&vec![0; MAX_UNPACKED as usize + 1]);
        let error = FILE.unpack(&bomb[..], "bomb", &["aa"]).unwrap_err().to_string();
        assert_eq!(error, "bomb: unpacks to more than 67108864 bytes, the limit");
    }

    #[test]
    fn refuses_a_truncated_or_foreign_file() {
        let whole = gzip(&[0, 0, 8, 1, 0, 0, 0, 2, 7, 9]);
        for bytes in [&whole[..whole.len() - 3], b"plain", b""] {
            let error = FILE.unpack(bytes, "x", &["aa"]).unwrap_err().to_string();
            assert!(error.starts_with("x: not a whole gzip file: "), "{error}");
        }
    }
}
