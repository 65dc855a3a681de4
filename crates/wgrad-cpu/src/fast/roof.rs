//! What this processor can do at most: a copy of much memory and nothing but multiply-adds, each on all threads.

use super::{
    outs::{Out, Outs, in_pieces},
    storage::Buffer,
    team,
};
use pulp::{Arch, Simd, WithSimd};
use std::{
    hint::black_box,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};
use wgrad_tensor::{Result, device::Roof};

/// Bytes that are copied: more than the caches that belong to a core hold.
const BYTES: usize = 128 << 20;
/// Bytes that a thread copies at a time.
const CHUNK: usize = 1 << 20;
/// Vectors that are accumulated at once: enough for the latency of two units, and few enough for 16 registers.
const ACCUMULATORS: usize = 12;
/// Multiply-adds of each of them.
const ROUNDS: usize = 200_000;
/// The best of so many counts.
const TRIES: usize = 5;

/// Measures both.
pub(super) fn measure() -> Result<Roof> {
    let (mut from, mut to) = (Buffer::new(BYTES)?, Buffer::new(BYTES)?);
    // Pages that were never written are all the same page.
    from.bytes_mut().fill(1);
    to.bytes_mut().fill(2);
    let copy = best(|| copy(from.bytes(), to.bytes_mut()));
    let fma = best(multiply_add);
    Ok(Roof { copy_bytes_per_s: copy, fma_flops_per_s: fma })
}

/// The highest rate of several tries; `run` says how much it did.
fn best(mut run: impl FnMut() -> usize) -> f64 {
    let mut rate = |_| {
        let start = Instant::now();
        let done = run();
        done as f64 / start.elapsed().max(Duration::from_nanos(1)).as_secs_f64()
    };
    (0..TRIES).map(&mut rate).fold(0.0, f64::max)
}

/// Copies, and says how many bytes were read and written.
fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let chunks = to.len().div_ceil(CHUNK);
    let outs = Outs::new([Out::new(to, 1)].into_iter());
    let copied = in_pieces(0..chunks, chunks, outs, &|chunk, _| chunk * CHUNK, &|_, mut outs| {
        let (base, to) = outs.get(0).values::<u8>();
        to.copy_from_slice(&from[base..][..to.len()]);
        Ok(())
    });
    copied.map_or(0, |()| 2 * from.len())
}

/// Multiplies and adds on every thread; says how many operations there were.
fn multiply_add() -> usize {
    let done = AtomicUsize::new(0);
    let threads = team::size();
    let run = |_: Range<usize>, _: Outs<'_>| {
        done.fetch_add(Arch::new().dispatch(MultiplyAdd), Ordering::Relaxed);
        Ok(())
    };
    in_pieces(0..threads, threads, Outs::default(), &|_, _| 0, &run).map_or(0, |()| done.into_inner())
}

/// Independent chains `a = a * x + y` in the widest vectors; says how many operations there were.
struct MultiplyAdd;

impl WithSimd for MultiplyAdd {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let (x, y) = (simd.splat_f32s(black_box(0.999)), simd.splat_f32s(black_box(0.001)));
        let mut accumulators = [y; ACCUMULATORS];
        for _ in 0..ROUNDS {
            for a in &mut accumulators {
                *a = simd.mul_add_e_f32s(*a, x, y);
            }
        }
        let sum = accumulators.into_iter().fold(y, |sum, a| simd.add_f32s(sum, a));
        black_box(simd.reduce_sum_f32s(sum));
        2 * ACCUMULATORS * ROUNDS * S::F32_LANES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted() {
        let mut to = [0; 100];
        assert_eq!(copy(&[7; 100], &mut to), 200);
        assert_eq!(to, [7; 100]);
        let lanes = Arch::new().dispatch(MultiplyAdd) / (2 * ACCUMULATORS * ROUNDS);
        assert!(lanes.is_power_of_two(), "{lanes}");
    }

    #[test]
    fn a_roof_is_measured() {
        let roof = measure().expect("memory for a copy");
        assert!([roof.copy_bytes_per_s, roof.fma_flops_per_s].iter().all(|rate| rate.is_finite() && *rate > 0.0), "{roof}");
    }
}
