//! The IDX format of MNIST and its relatives: two zero bytes, the element type, the rank, one big-endian `u32` per axis, the elements.

use wgrad_tensor::Shape;

/// The code of unsigned bytes, the only element type read here.
const UNSIGNED_BYTE: u8 = 0x08;

/// Shape and elements of an IDX file of unsigned bytes.
///
/// # Errors
/// The rule that the file breaks, with the values. Nothing is allocated on the word of the header.
///
/// ```
/// let (shape, elements) = wgrad_data::idx::parse(&[0, 0, 8, 1, 0, 0, 0, 2, 7, 9])?;
/// assert_eq!((&shape[..], elements), (&[2][..], &[7, 9][..]));
/// # Ok::<(), String>(())
/// ```
pub fn parse(bytes: &[u8]) -> Result<(Shape, &[u8]), String> {
    let (&[zero0, zero1, element, rank], rest) =
        bytes.split_first_chunk().ok_or_else(|| format!("an IDX file begins with 4 bytes, this one has {}", bytes.len()))?;
    if [zero0, zero1] != [0, 0] {
        return Err(format!("an IDX file begins with two zero bytes, not {zero0:#04x} {zero1:#04x}"));
    }
    if element != UNSIGNED_BYTE {
        return Err(format!("the element type is {element:#04x}; only unsigned bytes ({UNSIGNED_BYTE:#04x}) are read"));
    }
    let header = 4 * usize::from(rank);
    let (lengths, elements) = rest
        .split_at_checked(header)
        .ok_or_else(|| format!("the header of rank {rank} has {header} bytes of lengths, the file only {}", rest.len()))?;
    let shape: Shape = lengths.as_chunks().0.iter().map(|&length| u32::from_be_bytes(length) as usize).collect();
    match shape.checked_numel() {
        Some(count) if count == elements.len() => Ok((shape, elements)),
        Some(count) => Err(format!("the header says {shape}, {count} bytes of elements, but there are {}", elements.len())),
        None => Err(format!("the header says {shape}, more elements than fit this machine's addresses")),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

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
        assert_eq!(rule(&[0, 0, 0x0d, 1]), "the element type is 0x0d; only unsigned bytes (0x08) are read");
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
}
