//! Random numbers that depend on what they are for and on nothing else, by Philox.

use wgrad_tensor::philox;

/// Bits for a name, the number of a trial and a seed. Who asks first does not matter.
fn bits(seed: u64, trial: u64, name: &str) -> u64 {
    // FNV-1a: names that differ have streams of their own.
    let stream = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let words = |number: u64| [number as u32, (number >> 32) as u32];
    let ([a, b], [c, d]) = (words(stream), words(trial));
    let [high, low, ..] = philox([a, b, c, d], words(seed));
    u64::from(high) << 32 | u64::from(low)
}

/// A number of `0.0..1.0`.
pub(crate) fn unit(seed: u64, trial: u64, name: &str) -> f64 {
    (bits(seed, trial, name) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Puts `items` in a random order that depends on the seed and a name.
pub(crate) fn shuffle<T>(items: &mut [T], seed: u64, name: &str) {
    wgrad_tensor::shuffle(items, |last| bits(seed, last as u64, name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_even_and_of_their_own() {
        let numbers: Vec<f64> = (0..4000).map(|trial| unit(3, trial, "units")).collect();
        let mean = numbers.iter().sum::<f64>() / 4000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        assert!(numbers.iter().all(|u| (0.0..1.0).contains(u)));
        assert_eq!(unit(3, 5, "units"), numbers[5]);
        assert_ne!(unit(3, 5, "rate"), numbers[5]);
        assert_ne!(unit(4, 5, "units"), numbers[5]);
    }

    #[test]
    fn shuffling_keeps_all() {
        let mut items: Vec<usize> = (0..100).collect();
        shuffle(&mut items, 1, "rows");
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
