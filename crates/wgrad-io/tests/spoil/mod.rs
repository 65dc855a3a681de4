//! Files that somebody spoiled, and readers that get them: for the tests of this crate and of `wgrad-data`.

/// How many inputs each reader gets.
const INPUTS: usize = 2000;

/// Xorshift: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// A file that somebody spoiled in one of several ways.
fn spoiled(random: &mut Random, file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let n = file.len();
    match random.below(6) {
        0 => file.truncate(random.below(n)),
        1 => (0..1 + random.below(8)).for_each(|_| file[random.below(n)] ^= 1 << random.below(8)),
        2 => {
            let huge = [u64::MAX, 1 << 62, 1 << 40, 1 << 31, 0, n as u64][random.below(6)].to_le_bytes();
            let at = random.below(n.saturating_sub(8));
            file.iter_mut().skip(at).zip(&huge[..[2, 4, 8][random.below(3)]]).for_each(|(byte, new)| *byte = *new);
        }
        3 => {
            let (from, to, length) = (random.below(n), random.below(n), random.below(64));
            let part: Vec<u8> = file.iter().skip(from).take(length).copied().collect();
            file.iter_mut().skip(to).zip(part).for_each(|(byte, new)| *byte = new);
        }
        4 => {
            let at = random.below(n);
            let part: Vec<u8> = file.iter().skip(at).take(random.below(200)).copied().collect();
            file.splice(at..at, part);
        }
        _ => {
            // Numbers in texts.
            let digits: Vec<usize> = (0..n).filter(|&i| file[i].is_ascii_digit()).collect();
            if let Some(&at) = digits.get(random.below(digits.len())) {
                let new: &[u8] = [b"99999999999".as_slice(), b"-1", b"1e300", b"0", b"null", b"[1]", b"{}"][random.below(7)];
                file.splice(at..=at, new.iter().copied());
            }
        }
    }
    file
}

/// Gives a reader many spoiled files; some must come through and some must not, or the test tests nothing.
pub(crate) fn attack<T, E: std::fmt::Debug>(seed: u64, file: &[u8], mut read: impl FnMut(Vec<u8>) -> Result<T, E>) {
    assert!(read(file.to_vec()).is_ok(), "the file itself can be read");
    let mut random = Random(seed);
    let refused = (0..INPUTS).filter(|_| read(spoiled(&mut random, file)).is_err()).count();
    assert!(refused > INPUTS / 20 && refused <= INPUTS, "{refused} of {INPUTS} were refused");
}
