//! Shuffling by Philox: the same order for the same seed and epoch on every machine.

use wgrad_tensor::{philox, shuffle};

/// A random order of `0..n`, drawn with `seed` and the number of the epoch.
pub(crate) fn permutation(n: usize, seed: u64, epoch: u64) -> Vec<i32> {
    let mut order = super::rows::all_rows(n);
    let key = [seed as u32, (seed >> 32) as u32];
    // Streams of layers count up from 0 and those of initializers from 2^31, so this one is out of their way.
    shuffle(&mut order, |i| {
        let [a, b, ..] = philox([i as u32, epoch as u32, u32::MAX, (epoch >> 32) as u32], key);
        u64::from(a) << 32 | u64::from(b)
    });
    order
}

#[cfg(test)]
mod tests {
    use super::permutation;

    #[test]
    fn every_row_once_in_an_order_of_its_own() {
        let order = permutation(1000, 3, 0);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..1000));
        assert_eq!(order, permutation(1000, 3, 0));
        assert_ne!(order, permutation(1000, 3, 1));
        assert_ne!(order, permutation(1000, 4, 0));
        assert!(order.iter().zip(0..).filter(|(a, b)| **a == *b).count() < 10);
    }
}
