//! The IDX format of MNIST and its relatives: two zero bytes, the element type, the rank, one big-endian `u32` per axis, the elements (big-endian, too).

use crate::{Error, Result, file::gunzip};
use std::{fs, path::Path};
use wgrad_tensor::{HostData, HostTensor, Shape};

/// The code of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;
/// No packed file unpacks to more.
const MAX_UNPACKED: u64 = 4 << 30;

/// The array in an IDX file; one whose name ends in `.gz` is unpacked.
///
/// # Errors
/// A file that cannot be read, or breaks a rule of the format.
pub fn load(path: impl AsRef<Path>) -> Result<HostTensor> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let bytes = fs::read(path).map_err(|source| Error::Io { file: file.clone(), source })?;
    let packed = path.extension().is_some_and(|ending| ending == "gz");
    let bytes = if packed { gunzip(&bytes[..], MAX_UNPACKED, &file)? } else { bytes };
    read(&bytes).map_err(|rule| Error::Format { file, rule })
}

/// The array in the bytes of an IDX file. Bytes and short integers become i32.
///
/// # Errors
/// The rule that the file breaks, with the values. Nothing is allocated on the word of the header.
pub fn read(bytes: &[u8]) -> Result<HostTensor, String> {
    let (code, shape, elements) = header(bytes)?;
    let data = match code {
        UNSIGNED_BYTE => HostData::I32(elements.iter().map(|&byte| byte.into()).collect()),
        0x09 => HostData::I32(elements.iter().map(|&byte| i8::from_be_bytes([byte]).into()).collect()),
        0x0b => HostData::I32(elements.as_chunks().0.iter().map(|&word| i16::from_be_bytes(word).into()).collect()),
        0x0c => HostData::I32(elements.as_chunks().0.iter().map(|&word| i32::from_be_bytes(word)).collect()),
        0x0d => HostData::F32(elements.as_chunks().0.iter().map(|&word| f32::from_be_bytes(word)).collect()),
        _ => HostData::F64(elements.as_chunks().0.iter().map(|&word| f64::from_be_bytes(word)).collect()),
    };
    HostTensor::new(shape.clone(), data).ok_or_else(|| format!("there are no elements for {shape}"))
}

/// Shape and elements of an IDX file of unsigned bytes.
///
/// # Errors
/// As [`read`]; another element type.
///
/// ```
/// let (shape, elements) = wgrad_data::idx::parse(&[0, 0, 8, 1, 0, 0, 0, 2, 7, 9])?;
/// assert_eq!((&shape[..], elements), (&[2][..], &[7, 9][..]));
/// # Ok::<(), String>(())
/// ```
pub fn parse(bytes: &[u8]) -> Result<(Shape, &[u8]), String> {
    match header(bytes)? {
        (UNSIGNED_BYTE, shape, elements) => Ok((shape, elements)),
        (code, ..) => Err(format!("the element type is {code:#04x}, not unsigned bytes ({UNSIGNED_BYTE:#04x})")),
    }
}

/// Element type, shape and elements.
fn header(bytes: &[u8]) -> Result<(u8, Shape, &[u8]), String> {
    let (&[zero0, zero1, code, rank], rest) =
        bytes.split_first_chunk().ok_or_else(|| format!("an IDX file begins with 4 bytes, this one has {}", bytes.len()))?;
    if [zero0, zero1] != [0, 0] {
        return Err(format!("an IDX file begins with two zero bytes, not {zero0:#04x} {zero1:#04x}"));
    }
    let size = match code {
        UNSIGNED_BYTE | 0x09 => 1,
        0x0b => 2,
        0x0c | 0x0d => 4,
        0x0e => 8,
        _ => return Err(format!("there is no element type {code:#04x}")),
    };
    let header = 4 * usize::from(rank);
    let (lengths, elements) = rest
        .split_at_checked(header)
        .ok_or_else(|| format!("the header of rank {rank} has {header} bytes of lengths, the file only {}", rest.len()))?;
    let shape: Shape = lengths.as_chunks().0.iter().map(|&length| u32::from_be_bytes(length) as usize).collect();
    match shape.checked_numel().and_then(|count| count.checked_mul(size)) {
        Some(count) if count == elements.len() => Ok((code, shape, elements)),
        Some(count) => Err(format!("the header says {shape}, {count} bytes of elements, but there are {}", elements.len())),
        None => Err(format!("the header says {shape}, more elements than fit this machine's addresses")),
    }
}

#[cfg(test)]
mod tests {
    use super::{load, parse, read};
    use wgrad_tensor::HostData;

    fn rule(bytes: &[u8]) -> String {
        parse(bytes).unwrap_err()
    }

    #[test]
    fn reads_every_rank() {
        assert_eq!(parse(&[0, 0, 8, 0, 5]).unwrap(), (().into(), &[5][..]));
        assert_eq!(parse(&[0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 3, 4]).unwrap(), ([1, 2].into(), &[3, 4][..]));
        assert_eq!(parse(&[0, 0, 8, 1, 0, 0, 0, 0]).unwrap(), ([0].into(), &[][..]));
    }

    #[test]
    fn names_the_broken_rule() {
        assert_eq!(rule(&[0, 0, 8]), "an IDX file begins with 4 bytes, this one has 3");
        assert_eq!(rule(&[0x1f, 0x8b, 8, 0]), "an IDX file begins with two zero bytes, not 0x1f 0x8b");
        assert_eq!(rule(&[0, 0, 0x0d, 1, 0, 0, 0, 0]), "the element type is 0x0d, not unsigned bytes (0x08)");
        assert_eq!(rule(&[0, 0, 0x0a, 1]), "there is no element type 0x0a");
        assert_eq!(rule(&[0, 0, 8, 255, 1, 2]), "the header of rank 255 has 1020 bytes of lengths, the file only 2");
        assert_eq!(rule(&[0, 0, 8, 1, 0, 0, 0, 3, 1, 2]), "the header says [3], 3 bytes of elements, but there are 2");
        assert_eq!(rule(&[0, 0, 8, 1, 0, 0, 0, 1, 1, 2]), "the header says [1], 1 bytes of elements, but there are 2");
    }

    #[test]
    fn survives_a_header_of_huge_lengths() {
        let mut bytes = vec![0, 0, 8, 3];
        bytes.extend([0xff; 12]);
        assert_eq!(rule(&bytes), "the header says [4294967295, 4294967295, 4294967295], more elements than fit this machine's addresses");
    }

    #[test]
    fn no_prefix_of_a_file_is_a_file() {
        let file = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4];
        assert!(parse(&file).is_ok());
        for length in 0..file.len() {
            assert!(parse(&file[..length]).is_err(), "the first {length} bytes");
        }
    }

    #[test]
    fn reads_every_element_type() {
        let file = |code: u8, elements: &[u8]| read(&[&[0, 0, code, 1, 0, 0, 0, 1], elements].concat()).unwrap().into_data();
        assert_eq!(file(0x08, &[200]), HostData::I32(vec![200]));
        assert_eq!(file(0x09, &[200]), HostData::I32(vec![-56]));
        assert_eq!(file(0x0b, &[0xff, 0xfe]), HostData::I32(vec![-2]));
        assert_eq!(file(0x0c, &(-70_000_i32).to_be_bytes()), HostData::I32(vec![-70_000]));
        assert_eq!(file(0x0d, &1.5_f32.to_be_bytes()), HostData::F32(vec![1.5]));
        assert_eq!(file(0x0e, &(-2.5_f64).to_be_bytes()), HostData::F64(vec![-2.5]));
    }

    #[test]
    fn loads_files_packed_or_not() {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample/fashion-mnist/t10k-labels-idx1-ubyte.gz");
        assert_eq!(load(sample).unwrap().shape()[..], [2000]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.idx");
        std::fs::write(&path, [0, 0, 8, 1, 0, 0, 0, 2, 7]).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert_eq!(error, format!("{}: the header says [2], 2 bytes of elements, but there are 1", path.display()));
    }
}
