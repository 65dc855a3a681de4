//! Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).

/// One block of four random words for a counter and a key.
///
/// ```
/// assert_eq!(wgrad_tensor::philox([0; 4], [0; 2]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
/// ```
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    const M: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const W: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    for _ in 0..10 {
        let p0 = M[0] * u64::from(counter[0]);
        let p1 = M[1] * u64::from(counter[2]);
        counter = [(p1 >> 32) as u32 ^ counter[1] ^ key[0], p1 as u32, (p0 >> 32) as u32 ^ counter[3] ^ key[1], p0 as u32];
        key = [key[0].wrapping_add(W[0]), key[1].wrapping_add(W[1])];
    }
    counter
}

/// A number of `0..n` made of 64 random bits: the upper half of their product with `n`, so uniform but for `n / 2^64`; 0 where `n` is.
///
/// ```
/// assert_eq!([0, u64::MAX / 2, u64::MAX].map(|bits| wgrad_tensor::below(bits, 10)), [0, 4, 9]);
/// ```
pub fn below(bits: u64, n: usize) -> usize {
    ((u128::from(bits) * n as u128) >> 64) as usize
}

/// Puts `items` in a random order (Fisher and Yates); `bits` gives 64 random bits for each position from the last one down to 1.
///
/// ```
/// let mut items = [1, 2, 3, 4];
/// wgrad_tensor::shuffle(&mut items, |_| 0);
/// assert_eq!(items, [2, 3, 4, 1]);
/// ```
pub fn shuffle<T>(items: &mut [T], mut bits: impl FnMut(usize) -> u64) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(bits(last), last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::{philox, shuffle};

    #[test]
    fn every_order_is_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for seed in 0..6000 {
            let mut items = [0, 1, 2];
            shuffle(&mut items, |i| u64::from(philox([i as u32, 0, 0, 0], [seed, 0])[0]) << 32);
            *counts.entry(items).or_insert(0) += 1;
        }
        assert!(counts.len() == 6 && counts.values().all(|n| (850..1150).contains(n)), "{counts:?}");
    }

    /// The known-answer vectors of Random123.
    #[test]
    fn known_answers() {
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
        assert_eq!(
            philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
            [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]
        );
    }
}
