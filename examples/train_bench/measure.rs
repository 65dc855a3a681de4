//! The measuring loop, the same for every case: warm up, then three windows; the loss is read at least every 20 steps.

use anyhow::Result;
use std::time::Instant;

/// Steps between two reads of the loss, at most.
const LOSS_EVERY: usize = 20;
const WINDOWS: usize = 3;

/// Something that can be repeated and waited for.
#[allow(unreachable_pub, reason = "benches/peers measures with this file, too")]
pub trait Stepper {
    /// Queues step `i`.
    fn step(&mut self, i: usize) -> Result<()>;
    /// Waits for all queued steps, and reads the loss.
    fn loss(&mut self) -> Result<f32>;
}

pub(crate) struct Measured {
    pub(crate) first_step_s: f64,
    /// Median of the windows.
    pub(crate) steps_per_s: f64,
    pub(crate) loss_first: f32,
    pub(crate) loss_last: f32,
}

pub(crate) fn measure(stepper: &mut dyn Stepper, seconds: f64) -> Result<Measured> {
    let mut run = Run { stepper, steps: 0, block: 1 };
    let (first_step_s, loss_first) = run.block()?;
    let (second, _) = run.block()?;
    run.block = ((seconds / second) as usize).clamp(1, LOSS_EVERY);
    run.warm_up(seconds)?;
    let mut rates = Vec::new();
    let mut loss_last = loss_first;
    for _ in 0..WINDOWS {
        let (rate, loss) = run.window(seconds)?;
        rates.push(rate);
        loss_last = loss;
    }
    rates.sort_by(f64::total_cmp);
    Ok(Measured { first_step_s, steps_per_s: rates[WINDOWS / 2], loss_first, loss_last })
}

struct Run<'a> {
    stepper: &'a mut dyn Stepper,
    steps: usize,
    block: usize,
}

impl Run<'_> {
    /// Seconds of one block of steps, and the loss after it.
    fn block(&mut self) -> Result<(f64, f32)> {
        let start = Instant::now();
        for _ in 0..self.block {
            self.stepper.step(self.steps)?;
            self.steps += 1;
        }
        let loss = self.stepper.loss()?;
        Ok((start.elapsed().as_secs_f64(), loss))
    }

    /// Until the time is spent and blocks have stopped to become faster (tuners, caches, clocks).
    fn warm_up(&mut self, seconds: f64) -> Result<()> {
        let start = Instant::now();
        let mut best = f64::INFINITY;
        loop {
            let (time, _) = self.block()?;
            best = best.min(time);
            let spent = start.elapsed().as_secs_f64();
            if (spent >= seconds && time <= 1.3 * best) || spent >= 10.0 * seconds {
                return Ok(());
            }
        }
    }

    /// Steps per second of one window, and the loss after it.
    fn window(&mut self, seconds: f64) -> Result<(f64, f32)> {
        let (start, first) = (Instant::now(), self.steps);
        loop {
            let (_, loss) = self.block()?;
            let spent = start.elapsed().as_secs_f64();
            if spent >= seconds {
                return Ok(((self.steps - first) as f64 / spent, loss));
            }
        }
    }
}
