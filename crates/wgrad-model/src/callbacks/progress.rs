//! Progress as Keras shows it: a bar on a terminal, one line for each epoch elsewhere.

use crate::Logs;
use std::{
    io::Write,
    time::{Duration, Instant},
};

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Bar,
    Lines,
}

/// The progress of one epoch on a writer.
#[derive(Debug)]
pub(crate) struct Progress<W> {
    out: W,
    style: Style,
    /// `Epoch 1/5`
    epoch: String,
    /// Of the whole epoch, where it is known.
    steps: Option<usize>,
    started: Instant,
    drawn: Option<Instant>,
}

/// How often a bar is drawn at most.
const REDRAW: Duration = Duration::from_millis(100);
const WIDTH: usize = 20;

impl<W: Write> Progress<W> {
    /// Shows that epoch `epoch` (from 1 on) of `epochs`, of `steps` steps where that is known, begins.
    pub(crate) fn begin(mut out: W, style: Style, epoch: usize, epochs: usize, steps: Option<usize>) -> Progress<W> {
        let title = format!("Epoch {epoch}/{epochs}");
        if style == Style::Bar {
            // What a terminal does not take is not worth an end of the training.
            let _ = writeln!(out, "{title}");
        }
        Progress { out, style, epoch: title, steps, started: Instant::now(), drawn: None }
    }

    /// Whether a bar is due for drawing.
    pub(crate) fn is_due(&self) -> bool {
        self.style == Style::Bar && self.drawn.is_none_or(|last| last.elapsed() >= REDRAW)
    }

    /// Draws the bar after `done` steps.
    pub(crate) fn draw(&mut self, done: usize, logs: &Logs) {
        let line = bar(done, self.steps, self.started.elapsed(), logs);
        let _ = write!(self.out, "\r{line}\x1b[K").and_then(|()| self.out.flush());
        self.drawn = Some(Instant::now());
    }

    /// Shows the numbers of the whole epoch, of `steps` steps.
    pub(crate) fn end(mut self, steps: usize, logs: &Logs) {
        let elapsed = self.started.elapsed();
        let _ = match self.style {
            Style::Bar => writeln!(self.out, "\r{}\x1b[K", bar(steps, Some(steps), elapsed, logs)),
            Style::Lines => {
                let (time, pace) = (clock(elapsed), pace(elapsed, steps));
                writeln!(self.out, "{} - {steps}/{steps} - {time} - {pace} - {logs}", self.epoch)
            }
        };
    }
}

/// `1875/1875 ━━━━━━━━━━━━━━━━━━━━ 3s 1ms/step - accuracy: 0.8300 - loss: 0.5000`: the time passed at the end, before it the time that is left.
/// Where the number of steps is not known there is no end to fill up to.
fn bar(done: usize, steps: Option<usize>, elapsed: Duration, logs: &Logs) -> String {
    let total = steps.map_or_else(|| "Unknown".into(), |steps| steps.to_string());
    let filled = steps.map_or(0, |steps| (WIDTH * done.min(steps)).checked_div(steps).unwrap_or(WIDTH));
    let left = steps.map_or(0, |steps| steps.saturating_sub(done));
    let time = if left == 0 { elapsed } else { elapsed.mul_f64(left as f64 / done.max(1) as f64) };
    let (before, after) = ("━".repeat(filled), "━".repeat(WIDTH - filled));
    let count = format!("\x1b[1m{done:>width$}/{total}\x1b[0m", width = total.len());
    let time = format!("\x1b[1m{}\x1b[0m", clock(time));
    let separator = if logs.iter().next().is_some() { " - " } else { "" };
    format!("{count} \x1b[32m{before}\x1b[0m\x1b[37m{after}\x1b[0m {time} {}{separator}{logs}", pace(elapsed, done))
}

/// `3s`, `2:05`, `1:00:09`
fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}

/// Time for each step: `1ms/step`.
fn pace(elapsed: Duration, steps: usize) -> String {
    let each = elapsed.as_secs_f64() / steps.max(1) as f64;
    match each {
        e if e >= 1.0 => format!("{e:.0}s/step"),
        e if e >= 1e-3 => format!("{:.0}ms/step", e * 1e3),
        e => format!("{:.0}us/step", e * 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs() -> Logs {
        Logs([("accuracy".into(), 0.83), ("loss".into(), 0.5)].into())
    }

    fn plain(text: &str) -> String {
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c == '\x1b' {
                chars.by_ref().find(|c| c.is_ascii_alphabetic());
            } else {
                out.push(c);
            }
        }
        out
    }

    #[test]
    fn bars_as_keras_draws_them() {
        let done = bar(1875, Some(1875), Duration::from_millis(2900), &logs());
        assert_eq!(plain(&done), "1875/1875 ━━━━━━━━━━━━━━━━━━━━ 3s 2ms/step - accuracy: 0.8300 - loss: 0.5000");
        let half = bar(5, Some(10), Duration::from_secs(70), &Logs::default());
        assert_eq!(plain(&half), " 5/10 ━━━━━━━━━━━━━━━━━━━━ 1:10 14s/step");
        assert!(half.contains(&format!("\x1b[32m{}\x1b[0m", "━".repeat(10))));
        let unknown = bar(5, None, Duration::from_secs(10), &Logs::default());
        assert_eq!(plain(&unknown), "      5/Unknown ━━━━━━━━━━━━━━━━━━━━ 10s 2s/step");
        assert_eq!(plain(&bar(0, Some(0), Duration::ZERO, &Logs::default())), "0/0 ━━━━━━━━━━━━━━━━━━━━ 0s 0us/step");
    }

    #[test]
    fn one_line_for_each_epoch() {
        let mut out = Vec::new();
        let progress = Progress::begin(&mut out, Style::Lines, 2, 5, Some(100));
        assert!(!progress.is_due());
        progress.end(100, &logs());
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("Epoch 2/5 - 100/100 - 0s - "), "{text}");
        assert!(text.ends_with("/step - accuracy: 0.8300 - loss: 0.5000\n"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
