//! Keras' callback for TensorBoard.

use crate::{SummaryWriter, embeddings, error::invalid, weight_image::weight_image};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};
use wgrad_model::{Arrays, Callback, Logs, Result, Run, callbacks::CallbackState};

/// When loss and metrics are written beside those of each epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateFreq {
    /// Not at all.
    Epoch,
    /// After every so many steps; 1 is Keras' `"batch"`.
    Steps(u64),
}

/// Writes a training for TensorBoard (Keras `TensorBoard`): `TensorBoard::new("logs").histogram_freq(1)`, then `tensorboard --logdir logs`.
///
/// The folder has two runs, `train` and `validation`. Each has the numbers of the epochs (`epoch_loss`, ...); `validation` has them once more over the
/// optimizer's steps (`evaluation_loss_vs_iterations`); `train` has `epoch_learning_rate`, the graph of the model and, where they are asked for, numbers of
/// steps (`batch_loss`), histograms of weights and gradients, pictures of weights, and tables of embeddings. A profile of the training step, where one is kept
/// (`WGRAD_PROFILE=1`), is among its texts.
#[derive(Debug)]
pub struct TensorBoard {
    log_dir: PathBuf,
    histogram_freq: usize,
    write_graph: bool,
    write_images: bool,
    write_steps_per_second: bool,
    update_freq: UpdateFreq,
    gradients_of: Option<(Arrays, Arrays)>,
    embeddings_freq: usize,
    embeddings_metadata: Vec<(String, String)>,
    train: Option<SummaryWriter>,
    validation: Option<SummaryWriter>,
    /// Steps of this training.
    steps: u64,
    epoch_began: (Instant, u64),
    step_began: Instant,
}

impl TensorBoard {
    /// To the folder `log_dir`, with Keras' defaults: the numbers of each epoch, and the graph.
    pub fn new(log_dir: impl AsRef<Path>) -> TensorBoard {
        let now = Instant::now();
        TensorBoard {
            log_dir: log_dir.as_ref().into(),
            histogram_freq: 0,
            write_graph: true,
            write_images: false,
            write_steps_per_second: false,
            update_freq: UpdateFreq::Epoch,
            gradients_of: None,
            embeddings_freq: 0,
            embeddings_metadata: Vec::new(),
            train: None,
            validation: None,
            steps: 0,
            epoch_began: (now, 0),
            step_began: now,
        }
    }

    /// Writes the histograms of all weights after every so many epochs; 0, the default, writes none.
    #[must_use]
    pub fn histogram_freq(self, epochs: usize) -> TensorBoard {
        TensorBoard { histogram_freq: epochs, ..self }
    }

    /// Whether the graph of the model is written; `true` by default.
    #[must_use]
    pub fn write_graph(self, write_graph: bool) -> TensorBoard {
        TensorBoard { write_graph, ..self }
    }

    /// Whether pictures of weights are written with their histograms.
    #[must_use]
    pub fn write_images(self, write_images: bool) -> TensorBoard {
        TensorBoard { write_images, ..self }
    }

    /// Whether the pace is written, for each epoch and, by [`TensorBoard::update_freq`], for steps.
    #[must_use]
    pub fn write_steps_per_second(self, write_steps_per_second: bool) -> TensorBoard {
        TensorBoard { write_steps_per_second, ..self }
    }

    /// Whether loss and metrics so far in the epoch are written after steps, too; to know them training waits for the device.
    #[must_use]
    pub fn update_freq(self, update_freq: UpdateFreq) -> TensorBoard {
        TensorBoard { update_freq, ..self }
    }

    /// Writes histograms of the gradients, too, when those of weights are written: of the loss over these samples, as one batch.
    #[must_use]
    pub fn write_gradients(self, x: impl Into<Arrays>, y: impl Into<Arrays>) -> TensorBoard {
        TensorBoard { gradients_of: Some((x.into(), y.into())), ..self }
    }

    /// Writes the tables of embedding layers for the projector after every so many epochs; 0, the default, writes none.
    #[must_use]
    pub fn embeddings_freq(self, epochs: usize) -> TensorBoard {
        TensorBoard { embeddings_freq: epochs, ..self }
    }

    /// The file, below the folder of the run `train`, with a label for each row of an embedding layer's table.
    #[must_use]
    pub fn embeddings_metadata(mut self, layer: &str, file: &str) -> TensorBoard {
        self.embeddings_metadata.push((layer.into(), file.into()));
        self
    }

    /// Weights and gradients, each with its distribution.
    fn write_weights(&mut self, run: &mut Run<'_>, epoch: u64) -> Result<()> {
        let gradients = self.gradients_of.as_ref().map(|(x, y)| run.model().gradients(x.clone(), y.clone())).transpose()?;
        let Some(train) = &mut self.train else { return Ok(()) };
        for (path, weight) in run.model().weights()? {
            train.histogram(&format!("{path}/histogram"), weight.data().to_f64(), epoch)?;
            if let Some(image) = weight_image(&weight).filter(|_| self.write_images) {
                train.image(&format!("{path}/image"), &image, epoch)?;
            }
        }
        for (path, gradient) in gradients.unwrap_or_default() {
            train.histogram(&format!("{path}/gradient"), gradient.data().to_f64(), epoch)?;
        }
        Ok(())
    }

    fn write_epoch(&mut self, run: &mut Run<'_>, epoch: u64, logs: &Logs) -> Result<()> {
        let Some(train) = &mut self.train else { return Ok(()) };
        for (name, value) in logs.iter().filter(|(name, _)| !name.starts_with("val_")) {
            train.scalar(&format!("epoch_{name}"), value as f32, epoch)?;
        }
        // A callback may have put it into the logs.
        if let (Some(rate), None) = (run.model().learning_rate(), logs.get("learning_rate")) {
            train.scalar("epoch_learning_rate", rate as f32, epoch)?;
        }
        if self.write_steps_per_second {
            let (began, steps) = self.epoch_began;
            train.scalar("epoch_steps_per_second", pace(began, self.steps - steps), epoch)?;
        }
        for (name, value) in logs.iter().filter_map(|(name, value)| Some((name.strip_prefix("val_")?, value))) {
            let validation = match &mut self.validation {
                Some(writer) => writer,
                none => none.insert(SummaryWriter::new(self.log_dir.join("validation"))?),
            };
            validation.scalar(&format!("epoch_{name}"), value as f32, epoch)?;
            validation.scalar(&format!("evaluation_{name}_vs_iterations"), value as f32, run.model().iterations())?;
        }
        Ok(())
    }

    fn writers(&mut self) -> impl Iterator<Item = &mut SummaryWriter> {
        self.train.iter_mut().chain(&mut self.validation)
    }
}

impl Callback for TensorBoard {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        if self.update_freq == UpdateFreq::Steps(0) {
            return Err(invalid("TensorBoard", "update_freq must be at least 1 step, got 0"));
        }
        let mut train = SummaryWriter::new(self.log_dir.join("train"))?;
        if self.write_graph {
            train.graph(run.model())?;
            train.flush()?;
        }
        if self.embeddings_freq > 0 {
            embeddings::write_config(&self.log_dir.join("train"), run.model(), &self.embeddings_metadata)?;
        }
        (self.train, self.validation, self.steps) = (Some(train), None, 0);
        Ok(())
    }

    fn state(&self) -> CallbackState {
        CallbackState::default().with("steps", self.steps)
    }

    fn restore(&mut self, state: CallbackState) {
        self.steps = state.get("steps").unwrap_or(0);
    }

    fn on_epoch_begin(&mut self, _run: &mut Run<'_>, _epoch: usize) -> Result<()> {
        self.epoch_began = (Instant::now(), self.steps);
        Ok(())
    }

    fn on_batch_begin(&mut self, _run: &mut Run<'_>, _batch: usize) -> Result<()> {
        self.step_began = Instant::now();
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_>, _batch: usize) -> Result<()> {
        self.steps += 1;
        let (UpdateFreq::Steps(every), Some(train)) = (self.update_freq, &mut self.train) else { return Ok(()) };
        if self.steps.is_multiple_of(every) {
            for (name, value) in run.logs()?.iter() {
                train.scalar(&format!("batch_{name}"), value as f32, self.steps)?;
            }
            if self.write_steps_per_second {
                train.scalar("batch_steps_per_second", pace(self.step_began, 1), self.steps)?;
            }
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_>, epoch: usize, logs: &mut Logs) -> Result<()> {
        self.write_epoch(run, epoch as u64, logs)?;
        if self.histogram_freq > 0 && epoch.is_multiple_of(self.histogram_freq) {
            self.write_weights(run, epoch as u64)?;
        }
        if self.embeddings_freq > 0 && epoch.is_multiple_of(self.embeddings_freq) {
            embeddings::write_tables(&self.log_dir.join("train"), run.model())?;
        }
        self.writers().try_for_each(SummaryWriter::flush)
    }

    fn on_train_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        if let (Some(profile), Some(train)) = (run.model().training_profile(), &mut self.train) {
            train.text("profile", &format!("```\n{profile}```"), self.steps)?;
        }
        self.writers().try_for_each(SummaryWriter::flush)?;
        (self.train, self.validation) = (None, None);
        Ok(())
    }
}

/// Steps in a second.
fn pace(began: Instant, steps: u64) -> f32 {
    (steps as f64 / began.elapsed().as_secs_f64().max(1e-9)) as f32
}
