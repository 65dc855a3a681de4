//! The measuring loop, the same for every case: warm up, then three windows; the loss is read at least every 20 steps.

use anyhow::Result;
use std::time::{Duration, Instant};

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
    /// Time that the process has spent in the driver so far, where that is known.
    fn driver_time(&self) -> Duration {
        Duration::ZERO
    }
}

pub(crate) struct Measured {
    pub(crate) first_step_s: f64,
    /// Median of the windows.
    pub(crate) steps_per_s: f64,
    /// Microseconds of the host for a step outside the driver, and in it, where there is one: the medians of the blocks of steps.
    pub(crate) host_us: Option<f64>,
    pub(crate) driver_us: Option<f64>,
    pub(crate) loss_first: f32,
    pub(crate) loss_last: f32,
}

pub(crate) fn measure(stepper: &mut dyn Stepper, seconds: f64) -> Result<Measured> {
    let mut run = Run { stepper, steps: 0, block: 1, host: Vec::new(), driver: Vec::new() };
    let (first_step_s, loss_first) = run.block()?;
    let (second, _) = run.block()?;
    run.block = ((seconds / second) as usize).clamp(1, LOSS_EVERY);
    run.warm_up(seconds)?;
    run.host.clear();
    run.driver.clear();
    let mut rates = Vec::new();
    let mut loss_last = loss_first;
    for _ in 0..WINDOWS {
        let (rate, loss) = run.window(seconds)?;
        rates.push(rate);
        loss_last = loss;
    }
    rates.sort_by(f64::total_cmp);
    // A device without a driver computes on the host: its steps cost nothing else.
    let has_driver = run.driver.iter().any(|&us| us > 0.0);
    let [host_us, driver_us] = [&mut run.host, &mut run.driver].map(|times| has_driver.then(|| median(times)));
    Ok(Measured { first_step_s, steps_per_s: rates[WINDOWS / 2], host_us, driver_us, loss_first, loss_last })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

struct Run<'a> {
    stepper: &'a mut dyn Stepper,
    steps: usize,
    block: usize,
    /// For each block the microseconds of a step that the host spent outside the driver, and in it.
    host: Vec<f64>,
    driver: Vec<f64>,
}

impl Run<'_> {
    /// Seconds of one block of steps, and the loss after it.
    fn block(&mut self) -> Result<(f64, f32)> {
        let (start, before) = (Instant::now(), self.stepper.driver_time());
        for _ in 0..self.block {
            self.stepper.step(self.steps)?;
            self.steps += 1;
        }
        let (all, driver) = (start.elapsed(), self.stepper.driver_time() - before);
        let per_step = 1e6 / self.block as f64;
        self.host.push(all.saturating_sub(driver).as_secs_f64() * per_step);
        self.driver.push(driver.as_secs_f64() * per_step);
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
