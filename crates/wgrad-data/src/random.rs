//! Random numbers of a seed: the same on every machine.

use wgrad_tensor::{below, philox, shuffle};

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

    fn bits(&mut self) -> u64 {
        let counter = [self.drawn as u32, (self.drawn >> 32) as u32, self.stream as u32, (self.stream >> 32) as u32];
        let [a, b, ..] = philox(counter, [self.seed as u32, (self.seed >> 32) as u32]);
        self.drawn += 1;
        u64::from(a) << 32 | u64::from(b)
    }

    /// A number in `0..n`; 0 where there is none.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        below(self.bits(), n)
    }
}

/// The numbers `0..n` in random order.
pub(crate) fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut draws = Draws::new(seed, 0);
    let mut order: Vec<usize> = (0..n).collect();
    shuffle(&mut order, |_| draws.bits());
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
}
