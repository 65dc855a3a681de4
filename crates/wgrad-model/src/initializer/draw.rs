//! Random numbers of initial values, the same on every machine.

use wgrad_tensor::philox;

/// Streams of initial values lie in the upper half of the numbers, out of the way of those that layers draw from in training.
const STREAMS: u32 = 1 << 31;

/// A stream of random numbers.
pub(super) struct Draw {
    pub(super) seed: u64,
    pub(super) stream: u32,
}

impl Draw {
    /// Block `block` of the try `attempt`: four numbers uniform on `(0, 1)`, never 0 or 1.
    fn block(&self, block: u64, attempt: u32) -> [f64; 4] {
        let counter = [block as u32, (block >> 32) as u32, self.stream | STREAMS, attempt];
        philox(counter, [self.seed as u32, (self.seed >> 32) as u32]).map(|bits| (f64::from(bits) + 0.5) / 4_294_967_296.0)
    }

    /// Two independent standard normal numbers from two uniform ones (Box and Muller 1958).
    fn box_muller(u: f64, v: f64) -> [f64; 2] {
        let (radius, angle) = ((-2.0 * u.ln()).sqrt(), std::f64::consts::TAU * v);
        [radius * angle.cos(), radius * angle.sin()]
    }

    fn normals(&self, block: u64, attempt: u32) -> [f64; 4] {
        let [a, b, c, d] = self.block(block, attempt);
        let ([w, x], [y, z]) = (Draw::box_muller(a, b), Draw::box_muller(c, d));
        [w, x, y, z]
    }

    fn each(n: usize, block: impl Fn(u64) -> [f64; 4], value: impl Fn(usize, f64) -> f64) -> Vec<f32> {
        let numbers = (0..n.div_ceil(4) as u64).flat_map(block);
        numbers.take(n).enumerate().map(|(i, x)| value(i, x) as f32).collect()
    }

    pub(super) fn uniform(&self, n: usize, low: f64, high: f64) -> Vec<f32> {
        Draw::each(n, |block| self.block(block, 0), |_, u| low + (high - low) * u)
    }

    pub(super) fn normal(&self, n: usize, mean: f64, stddev: f64) -> Vec<f32> {
        Draw::each(n, |block| self.normals(block, 0), |_, z| mean + stddev * z)
    }

    /// Draws again, from the next attempt's block, each number beyond two standard deviations.
    pub(super) fn truncated(&self, n: usize, mean: f64, stddev: f64) -> Vec<f32> {
        let inside = |i: usize, first: f64| {
            let again = (1..).map(|attempt| self.normals(i as u64 / 4, attempt)[i % 4]);
            std::iter::once(first).chain(again).find(|z| z.abs() <= 2.0).unwrap_or(0.0)
        };
        Draw::each(n, |block| self.normals(block, 0), |i, z| mean + stddev * inside(i, z))
    }
}
