//! A training in the terminal: live curves, metrics, pace, the time that is left, and the memory of the device.

mod canvas;
mod frame;
mod screen;

pub use screen::leave_terminal;

use frame::{Progress, frame};
use std::{
    collections::BTreeMap,
    task::Poll,
    time::{Duration, Instant},
};
use wgrad_model::{Callback, Logs, PendingLogs, Result, Run};

/// What a character belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Color {
    Plain,
    Faint,
    Bold,
    Training,
    Validation,
}

/// How often the screen is drawn at most.
const REDRAW: Duration = Duration::from_millis(100);
/// Points of a curve; of more, every other is dropped.
const POINTS: usize = 2000;

/// The numbers of one name over the epochs, with what came in between.
#[derive(Clone, Debug, Default)]
struct Curve {
    training: Vec<(f64, f64)>,
    validation: Vec<(f64, f64)>,
}

/// Shows a training in the terminal while it runs: live curves of loss and metrics, the pace, the time that is left, and the device's memory. Give
/// [`wgrad_model::Fit::verbose`] 0 with it. The view has a screen of its own; the terminal is as it was after the training, after a panic and after an interrupt
/// (Ctrl-C ends the program with status 130). Numbers are read without waiting for the device. Where the standard output is no terminal, each epoch is one line
/// of text.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_board::TerminalView;
/// use wgrad_model::{Fit, Sequential, layers::Dense};
/// # use wgrad_tensor::Tensor;
/// # let (x, y) = (Tensor::zeros([8, 2]), Tensor::zeros([8, 1]));
/// let mut model = Sequential::new([Dense::new(1).into()]).input_shape([2]).compile("adam", "mse", ())?;
/// model.fit(&x, &y, Fit::epochs(2).verbose(0).callback(TerminalView::new()))?;
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Debug)]
pub struct TerminalView {
    is_shown: bool,
    curves: BTreeMap<String, Curve>,
    progress: Progress,
    pending: Option<PendingLogs>,
    drawn: Option<Instant>,
}

impl Default for TerminalView {
    fn default() -> Self {
        TerminalView::new()
    }
}

impl TerminalView {
    /// A view that is shown while the model trains.
    pub fn new() -> TerminalView {
        TerminalView { is_shown: false, curves: BTreeMap::new(), progress: Progress::default(), pending: None, drawn: None }
    }

    /// Notes numbers at a place between the epochs.
    fn note(&mut self, at: f64, logs: &Logs) {
        for (name, value) in logs.iter() {
            let (name, is_validation) = name.strip_prefix("val_").map_or((name, false), |name| (name, true));
            let curve = self.curves.entry(name.into()).or_default();
            let points = if is_validation { &mut curve.validation } else { &mut curve.training };
            points.push((at, value));
            if points.len() > POINTS {
                let mut number = 0;
                points.retain(|_| {
                    number += 1;
                    number % 2 == 0
                });
            }
        }
    }

    fn draw(&mut self, run: &mut Run<'_>) {
        self.drawn = Some(Instant::now());
        self.progress.memory = run.model().device().memory();
        let (width, height) = screen::size();
        // What a terminal does not take is not worth an end of the training.
        let _ = screen::draw(&frame(&self.progress, &self.curves, width, height), self.progress.line());
    }
}

impl Callback for TerminalView {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        let (model, device) = (run.model().name().to_string(), run.model().device().to_string());
        self.progress = Progress::new(model, device, run.epochs(), run.steps());
        self.curves.clear();
        self.is_shown = screen::enter();
        Ok(())
    }

    fn on_epoch_begin(&mut self, run: &mut Run<'_>, epoch: usize) -> Result<()> {
        self.progress.begin_epoch(epoch);
        self.pending = None;
        if self.is_shown {
            self.draw(run);
        }
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_>, batch: usize) -> Result<()> {
        self.progress.done = batch + 1;
        if !self.is_shown {
            return Ok(());
        }
        if self.pending.is_none() && self.drawn.is_none_or(|last| last.elapsed() >= REDRAW) {
            self.pending = run.begin_logs();
        }
        if let Some(Poll::Ready(logs)) = self.pending.as_mut().map(PendingLogs::poll) {
            self.pending = None;
            self.progress.logs = logs?;
            self.note(self.progress.place(), &self.progress.logs.clone());
            self.draw(run);
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_>, epoch: usize, logs: &mut Logs) -> Result<()> {
        self.progress.end_epoch(logs.clone());
        self.note((epoch + 1) as f64, logs);
        if self.is_shown {
            self.draw(run);
        } else {
            println!("{}", self.progress.line());
        }
        Ok(())
    }

    fn on_train_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        if std::mem::take(&mut self.is_shown) && leave_terminal() {
            println!("{}", self.progress.line());
        }
        Ok(())
    }
}

/// A training that an error ended does not come to its regular end.
impl Drop for TerminalView {
    fn drop(&mut self) {
        if self.is_shown {
            leave_terminal();
        }
    }
}
