//! How much memory the texts of a file can take.

/// The signature of a collection of texts.
const COLLECTION: &[u8; 4] = b"GCOL";

/// How often the texts of a file may be longer together than the file itself.
const REPEATS: usize = 16;

/// An upper bound of the bytes of all texts that references in `file` stand for: a reference is a length, the address of a collection and a number. Many
/// references may name one long text, which is how a small file asks for much memory.
fn referenced(file: &[u8]) -> usize {
    let word = |at: usize| file.get(at..at + 4).and_then(|word| <[u8; 4]>::try_from(word).ok()).map(u32::from_le_bytes);
    let is_collection = |address: usize| file.get(address..address.saturating_add(4)) == Some(COLLECTION);
    let mut total: usize = 0;
    for (at, window) in file.windows(12).enumerate() {
        // Addresses within the file have zeros above; most data does not.
        if window[11] != 0 || window[10] != 0 {
            continue;
        }
        let address = <[u8; 8]>::try_from(&window[4..]).map_or(u64::MAX, u64::from_le_bytes);
        if usize::try_from(address).is_ok_and(is_collection) {
            // What is longer than the file is no text in it; the reader refuses it.
            total = total.saturating_add(word(at).map(|length| length as usize).filter(|length| *length <= file.len()).unwrap_or(0));
        }
    }
    total
}

/// Refuses a file whose texts, written out, are much longer than itself.
pub(super) fn check(file: &[u8]) -> Result<(), String> {
    let (texts, most) = (referenced(file), file.len().saturating_mul(REPEATS));
    if texts > most { Err(format!("its texts take {texts} bytes, more than {REPEATS} times the file's {}", file.len())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_references_to_one_text_are_counted() {
        let mut file = vec![1u8; 64];
        file[32..36].copy_from_slice(COLLECTION);
        let reference: Vec<u8> = [50u32.to_le_bytes().as_slice(), &32u64.to_le_bytes(), &1u32.to_le_bytes()].concat();
        for n in 0..200 {
            assert_eq!(referenced(&file), n * 50);
            file.extend(&reference);
        }
        assert_eq!(check(&file), Ok(()));
        let reference = [3000u32.to_le_bytes().as_slice(), &32u64.to_le_bytes(), &1u32.to_le_bytes()].concat();
        (0..20).for_each(|_| file.extend(&reference));
        assert_eq!(check(&file).unwrap_err(), "its texts take 70000 bytes, more than 16 times the file's 3584");
        assert!(check(&[0; 100]).is_ok());
    }
}
