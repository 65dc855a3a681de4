//! Random data that can be learned, as `train_bench` has it: a prototype per class plus noise. The second half repeats the samples of the first with a
//! quarter of the labels redrawn, so that the loss falls but cannot reach zero.

use crate::Training;

/// Batches in the first half.
const BATCHES: usize = 16;

/// The batches of a case.
pub struct Batches {
    /// `[batch * features]` for each batch of the first half.
    x: Vec<Vec<f32>>,
    /// `[batch]` for each batch of both halves.
    y: Vec<Vec<u32>>,
    pub batch: usize,
    pub features: usize,
    pub classes: usize,
}

impl Batches {
    pub fn new(case: &Training) -> Batches {
        let (batch, features, classes) = (case.batch, case.net.features(), case.net.classes());
        let mut random = Random(7);
        let prototypes: Vec<Vec<f32>> = (0..classes).map(|_| (0..features).map(|_| random.normal()).collect()).collect();
        let scale = if features > 100 { 0.2 } else { 0.8 };
        let mut batches = Batches { x: Vec::new(), y: Vec::new(), batch, features, classes };
        for _ in 0..BATCHES {
            let labels: Vec<u32> = (0..batch).map(|_| random.below(classes)).collect();
            let sample = |&class: &u32| prototypes[class as usize].iter().map(|p| p * scale + 0.5 * random.normal()).collect::<Vec<_>>();
            batches.x.push(labels.iter().flat_map(sample).collect());
            batches.y.push(labels);
        }
        for i in 0..BATCHES {
            let redraw = |&label: &u32| if random.below(4) == 0 { random.below(classes) } else { label };
            batches.y.push(batches.y[i].iter().map(redraw).collect());
        }
        batches
    }

    /// All batches in order: samples and labels.
    pub fn iter(&self) -> impl Iterator<Item = (&[f32], &[u32])> {
        self.y.iter().enumerate().map(|(i, y)| (&self.x[i % BATCHES][..], &y[..]))
    }
}

/// Two matrices of `n` rows and columns; products with the first neither grow nor vanish.
pub(crate) fn matrices(n: usize) -> (Vec<f32>, Vec<f32>) {
    let mut random = Random(3);
    let scale = (n as f32).sqrt().recip();
    let a = (0..n * n).map(|_| random.normal() * scale).collect();
    (a, (0..n * n).map(|_| random.normal()).collect())
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between 0 and 1.
    pub fn uniform(&mut self) -> f32 {
        ((self.bits() >> 40) as f32 + 0.5) / (1u64 << 24) as f32
    }

    fn normal(&mut self) -> f32 {
        let (u, v) = (self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
    }

    fn below(&mut self, n: usize) -> u32 {
        (self.bits() % n as u64) as u32
    }
}
