//! What the screen shows, as lines of text.

use super::{Color, Curve, canvas::Canvas};
use std::{
    collections::BTreeMap,
    fmt::Write,
    time::{Duration, Instant},
};
use wgrad_model::Logs;
use wgrad_tensor::device::Memory;

/// How far the training is.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    model: String,
    device: String,
    epochs: usize,
    /// Of an epoch, where that is known.
    steps: Option<usize>,
    epoch: usize,
    pub(super) done: usize,
    pub(super) logs: Logs,
    pub(super) memory: Memory,
    began: Instant,
    epoch_began: Instant,
    /// How long the epochs took that are done, and how many these are.
    finished: (Duration, usize),
}

impl Default for Progress {
    fn default() -> Self {
        Progress::new(String::new(), String::new(), 0, None)
    }
}

impl Progress {
    pub(super) fn new(model: String, device: String, epochs: usize, steps: Option<usize>) -> Progress {
        let now = Instant::now();
        Progress {
            model,
            device,
            epochs,
            steps,
            epoch: 0,
            done: 0,
            logs: Logs::default(),
            memory: Memory::default(),
            began: now,
            epoch_began: now,
            finished: (Duration::ZERO, 0),
        }
    }

    pub(super) fn begin_epoch(&mut self, epoch: usize) {
        (self.epoch, self.done, self.epoch_began) = (epoch, 0, Instant::now());
    }

    pub(super) fn end_epoch(&mut self, logs: Logs) {
        // The first epoch tells how many steps there are.
        self.steps = self.steps.or(Some(self.done));
        self.finished = (self.finished.0 + self.epoch_began.elapsed(), self.finished.1 + 1);
        self.logs = logs;
    }

    /// Where the training is, counted in epochs.
    pub(super) fn place(&self) -> f64 {
        self.epoch as f64 + self.steps.map_or(0.0, |steps| (self.done as f64 / steps.max(1) as f64).min(1.0))
    }

    /// Steps in a second.
    fn pace(&self) -> f64 {
        self.done as f64 / self.epoch_began.elapsed().as_secs_f64().max(1e-9)
    }

    /// The time until the last epoch is done: by the time of those that are, else by the steps so far.
    fn left(&self) -> Option<Duration> {
        let left = (self.epochs as f64 - self.place()).max(0.0);
        let each = match self.finished {
            (time, epochs @ 1..) => time.as_secs_f64() / epochs as f64,
            _ => self.steps.filter(|_| self.done > 0)? as f64 / self.pace(),
        };
        Duration::try_from_secs_f64(left * each).ok()
    }

    /// The same in one line.
    pub(super) fn line(&self) -> String {
        let elapsed = clock(self.began.elapsed());
        format!("Epoch {}/{} - {elapsed} - {:.0} steps/s - {}", self.epoch + 1, self.epochs, self.pace(), self.logs)
    }
}

/// `3s`, `2:05`, `1:00:09`
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}

/// `1.5 GiB`
fn bytes(count: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let power = units.iter().enumerate().rev().map(|(i, _)| i).find(|&i| count >> (10 * i) > 0).unwrap_or(0);
    let value = count as f64 / (1_u64 << (10 * power)) as f64;
    if power == 0 { format!("{count} B") } else { format!("{value:.1} {}", units[power]) }
}

/// A line of characters with colours, no longer than the screen is wide.
struct Line {
    cells: Vec<(char, Color)>,
    width: usize,
}

impl Line {
    fn new(width: usize) -> Line {
        Line { cells: Vec::new(), width }
    }

    fn push(&mut self, text: impl AsRef<str>, color: Color) {
        let room = self.width.saturating_sub(self.cells.len());
        let shown = text.as_ref().chars().map(|c| if c.is_control() { ' ' } else { c }).take(room);
        self.cells.extend(shown.map(|c| (c, color)));
    }

    fn pad(&mut self, to: usize) {
        while self.cells.len() < to.min(self.width) {
            self.cells.push((' ', Color::Plain));
        }
    }

    /// With the codes of the colours where they change.
    fn finish(self) -> String {
        let (mut out, mut last) = (String::new(), Color::Plain);
        for (c, color) in self.cells {
            if color != last {
                let code = match color {
                    Color::Plain => "0",
                    Color::Faint => "0;90",
                    Color::Bold => "0;1",
                    Color::Training => "0;94",
                    Color::Validation => "0;93",
                };
                // Writing to a string does not fail.
                let _ = write!(out, "\x1b[{code}m");
                last = color;
            }
            out.push(c);
        }
        out
    }
}

/// The lines of a screen of that size.
pub(super) fn frame(progress: &Progress, curves: &BTreeMap<String, Curve>, width: usize, height: usize) -> Vec<String> {
    let mut lines = vec![heading(progress, width), bar(progress, width), numbers(progress, width), Line::new(width)];
    let room = height.saturating_sub(lines.len() + 1);
    lines.extend(charts(progress, curves, width, room));
    lines.push(footer(progress, width));
    lines.truncate(height);
    lines.into_iter().map(Line::finish).collect()
}

fn heading(progress: &Progress, width: usize) -> Line {
    let mut line = Line::new(width);
    line.push(format!(" {}", progress.model), Color::Bold);
    line.push(format!("  on {}", progress.device), Color::Faint);
    line
}

fn bar(progress: &Progress, width: usize) -> Line {
    let mut line = Line::new(width);
    let steps = progress.steps.map_or_else(|| "?".into(), |steps| steps.to_string());
    line.push(format!(" epoch {}/{}  step {}/{steps}  ", progress.epoch + 1, progress.epochs, progress.done), Color::Plain);
    let left = progress.left().map_or_else(|| "?".into(), clock);
    let times = format!("  {} passed, {left} left", clock(progress.began.elapsed()));
    let room = width.saturating_sub(line.cells.len() + times.len() + 1);
    let share = (progress.place() / progress.epochs.max(1) as f64).clamp(0.0, 1.0);
    let filled = (share * room as f64).round() as usize;
    line.push("━".repeat(filled), Color::Training);
    line.push("━".repeat(room - filled.min(room)), Color::Faint);
    line.push(times, Color::Plain);
    line
}

fn numbers(progress: &Progress, width: usize) -> Line {
    let mut line = Line::new(width);
    line.push(" ", Color::Plain);
    for (name, value) in progress.logs.iter() {
        let color = if name.starts_with("val_") { Color::Validation } else { Color::Training };
        line.push(format!("{name} "), Color::Faint);
        line.push(format!("{}  ", short(value)), color);
    }
    line
}

fn footer(progress: &Progress, width: usize) -> Line {
    let mut line = Line::new(width);
    let left = progress.memory.available.map_or_else(String::new, |left| format!(", {} left", bytes(left)));
    let memory = format!("device memory {}, at most {}{left}", bytes(progress.memory.held), bytes(progress.memory.peak));
    line.push(format!(" {:.0} steps/s   {memory}   ", progress.pace()), Color::Plain);
    line.push("━ training ", Color::Training);
    line.push("━ validation", Color::Validation);
    line.push("   Ctrl-C ends", Color::Faint);
    line
}

/// A number of at most nine characters.
fn short(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-3..1e5).contains(&size) { format!("{value:.4}") } else { format!("{value:.2e}") }
}

/// The least size of a chart that shows something, and of the numbers beside it.
const CHART: (usize, usize) = (24, 5);
const LABELS: usize = 10;

/// As many charts as there is room for, the loss first, in one or two columns.
fn charts(progress: &Progress, curves: &BTreeMap<String, Curve>, width: usize, height: usize) -> Vec<Line> {
    let mut names: Vec<&String> = curves.keys().collect();
    names.sort_by_key(|name| (*name != "loss", *name));
    let columns = if width >= 2 * (CHART.0 + LABELS) && names.len() > 1 { 2 } else { 1 };
    let rows = names.len().div_ceil(columns).min(height / CHART.1);
    if rows == 0 || width < CHART.0 + LABELS {
        return (0..height).map(|_| Line::new(width)).collect();
    }
    let (each_width, each_height) = (width / columns, height / rows);
    let mut lines: Vec<Line> = (0..height).map(|_| Line::new(width)).collect();
    for (i, name) in names.into_iter().take(rows * columns).enumerate() {
        let (left, top) = (i % columns * each_width, i / columns * each_height);
        chart(&mut lines[top..top + each_height], left, each_width, name, &curves[name], progress.place());
    }
    lines
}

/// A title, and the curves with the numbers of their range.
fn chart(lines: &mut [Line], left: usize, width: usize, name: &str, curve: &Curve, now: f64) {
    let rows = lines.len().saturating_sub(2);
    let columns = width.saturating_sub(LABELS + 2);
    let points = || curve.training.iter().chain(&curve.validation).filter(|(_, value)| value.is_finite());
    let (low, high) = points().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, value)| (low.min(*value), high.max(*value)));
    let range = if high > low { high - low } else { 1.0 };
    let mut canvas = Canvas::new(columns, rows);
    // The curves reach as far as the training does.
    let place = |(x, value): &(f64, f64)| (x / now.max(1e-9), (value - low) / range);
    canvas.curve(curve.training.iter().map(place), Color::Training);
    canvas.curve(curve.validation.iter().map(place), Color::Validation);
    for (row, line) in lines.iter_mut().enumerate() {
        line.pad(left);
        match row {
            0 => line.push(format!(" {name}"), Color::Bold),
            row if row <= rows => {
                let label = if row == 1 && high.is_finite() {
                    short(high)
                } else if row == rows && low.is_finite() {
                    short(low)
                } else {
                    String::new()
                };
                line.push(format!("{label:>LABELS$} "), Color::Faint);
                for (c, color) in canvas.row(row - 1) {
                    line.push(c.encode_utf8(&mut [0; 4]), color);
                }
            }
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> (Progress, BTreeMap<String, Curve>) {
        let mut progress = Progress::new("sequential".into(), "cpu (fast CPU)".into(), 4, Some(100));
        progress.begin_epoch(1);
        progress.done = 50;
        progress.logs.insert("loss", 0.5);
        progress.logs.insert("val_loss", 1e-9);
        progress.memory = Memory { held: 3 << 20, peak: 5 << 30, ..Memory::default() };
        let training = (0..30).map(|i| (f64::from(i) / 20.0, 1.0 / f64::from(i + 1))).collect();
        let loss = Curve { training, validation: vec![(1.0, 0.3)] };
        let strange = Curve { training: vec![(0.0, f64::NAN), (1.0, f64::INFINITY)], validation: Vec::new() };
        (progress, [("loss".into(), loss), ("accuracy".into(), strange)].into())
    }

    fn plain(line: &str) -> String {
        let mut out = String::new();
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            if c == '\x1b' { chars.by_ref().find(|c| *c == 'm').map(drop).unwrap_or_default() } else { out.push(c) }
        }
        out
    }

    #[test]
    fn every_size_is_kept() {
        let (progress, curves) = example();
        for (width, height) in [(0, 0), (1, 1), (20, 4), (34, 9), (80, 24), (200, 60), (80, 3), (3, 80)] {
            let lines = frame(&progress, &curves, width, height);
            assert!(lines.len() <= height);
            assert!(lines.iter().all(|line| plain(line).chars().count() <= width), "{width} x {height}");
        }
    }

    #[test]
    fn it_shows_what_it_should() {
        let (progress, curves) = example();
        let text: Vec<String> = frame(&progress, &curves, 100, 30).iter().map(|line| plain(line)).collect();
        assert_eq!(text[0], " sequential  on cpu (fast CPU)");
        assert!(text[1].starts_with(" epoch 2/4  step 50/100  ━"), "{}", text[1]);
        assert_eq!(text[2], " loss 0.5000  val_loss 1.00e-9  ");
        assert!(text[29].contains("device memory 3.0 MiB, at most 5.0 GiB"), "{}", text[29]);
        assert!(text.iter().any(|line| line.trim_start().starts_with("1.0000 ") && line.contains('⡇')), "{text:#?}");
        assert_eq!(text.len(), 30);
    }
}
