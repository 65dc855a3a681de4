//! Random numbers of a seed: the same on every machine.

use wgrad_tensor::philox;

/// Numbers of a stream of a seed, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    seed: u64,
    stream: u64,
    drawn: u64,
}

impl Draws {
    pub(crate) fn new(seed: u64, stream: u64) -> Draws {
        Draws { seed, stream, drawn: 0 }
    }

    /// A number in `0..n`; 0 where there is none.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let counter = [self.drawn as u32, (self.drawn >> 32) as u32, self.stream as u32, (self.stream >> 32) as u32];
        let [a, b, ..] = philox(counter, [self.seed as u32, (self.seed >> 32) as u32]);
        self.drawn += 1;
        // The upper half of the product: uniform but for 2^-64 of `n`.
        let bits = u128::from(u64::from(a) << 32 | u64::from(b));
        ((bits * n as u128) >> 64) as usize
    }
}

/// The numbers `0..n` in random order (Fisher and Yates).
pub(crate) fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut draws = Draws::new(seed, 0);
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, draws.below(i + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_has_every_number_once_and_follows_from_its_seed() {
        let order = permutation(100, 7);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        assert_eq!(order, permutation(100, 7));
        assert_ne!(order, permutation(100, 8));
        assert_eq!((permutation(0, 1), permutation(1, 1)), (vec![], vec![0]));
    }

    #[test]
    fn every_order_is_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        (0..6000).for_each(|seed| *counts.entry(permutation(3, seed)).or_insert(0) += 1);
        assert!(counts.len() == 6 && counts.values().all(|n| (850..1150).contains(n)), "{counts:?}");
    }
}
