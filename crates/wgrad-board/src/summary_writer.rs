//! Event files for loops of one's own.

use crate::{
    error::{file_error, invalid},
    events::{self, DataPoint, Histogram, What, event, proto::Message, record::frame},
    picture,
};
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};
use wgrad_model::{Model, Result};
use wgrad_tensor::HostTensor;

/// A hyperparameter: its name and its value.
pub type Parameter = (String, DataPoint);

/// Writes an event file that TensorBoard shows (`tensorboard --logdir FOLDER`): numbers, distributions, pictures, texts, the graph of a model and
/// hyperparameters, each under a tag and at a step. What is written is in the file after [`SummaryWriter::flush`], and when the writer goes away.
///
/// ```
/// use wgrad_board::SummaryWriter;
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path();
/// let mut board = SummaryWriter::new(folder)?;
/// for step in 0..100 {
///     board.scalar("loss", 1.0 / (1.0 + step as f32), step)?;
/// }
/// board.histogram("weights", [0.1, 0.2, 0.2, 0.7], 99)?;
/// board.text("note", "It **works**.", 99)?;
/// board.hparams([("learning_rate", 0.001.into()), ("optimizer", "adam".into())], &["loss"])?;
/// board.flush()?;
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Debug)]
pub struct SummaryWriter {
    path: PathBuf,
    file: BufWriter<File>,
    has_hparams: bool,
}

impl SummaryWriter {
    /// A new file in `folder`, which comes into being where there is none. Each folder below `--logdir` is a run of its own.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(folder: impl AsRef<Path>) -> Result<SummaryWriter> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let folder = folder.as_ref();
        fs::create_dir_all(folder).map_err(|e| file_error(folder, e))?;
        let (seconds, process, number) = (now() as u64, std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = folder.join(format!("events.out.tfevents.{seconds:010}.wgrad.{process}.{number}.v2"));
        let file = File::create_new(&path).map_err(|e| file_error(&path, e))?;
        let mut writer = SummaryWriter { path, file: BufWriter::new(file), has_hparams: false };
        writer.write(0, What::FileVersion)?;
        Ok(writer)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn scalar(&mut self, tag: &str, value: f32, step: u64) -> Result<()> {
        self.summary(step, vec![events::scalar(tag, value)])
    }

    /// The distribution of numbers, in 30 buckets.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn histogram(&mut self, tag: &str, values: impl IntoIterator<Item = f64>, step: u64) -> Result<()> {
        self.summary(step, vec![events::histogram(tag, &Histogram::new(values))])
    }

    /// A picture: `[height, width]` or `[height, width, channels]` with 1 (gray), 3 (RGB) or 4 (RGBA) channels, numbers between 0 and 1.
    ///
    /// # Errors
    /// Another shape; those of the file system.
    pub fn image(&mut self, tag: &str, image: &HostTensor, step: u64) -> Result<()> {
        let (size, png) = picture::png(tag, image)?;
        self.summary(step, vec![events::image(tag, size, &png)])
    }

    /// A picture that is a PNG file already, for example one of `wgrad-plot`.
    ///
    /// # Errors
    /// Bytes that are no PNG file; those of the file system.
    pub fn png(&mut self, tag: &str, png: &[u8], step: u64) -> Result<()> {
        let size = picture::png_size(tag, png)?;
        self.summary(step, vec![events::image(tag, size, png)])
    }

    /// A text in Markdown.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn text(&mut self, tag: &str, text: &str, step: u64) -> Result<()> {
        self.summary(step, vec![events::text(tag, "text", b"", text)])
    }

    /// The graph of a model: its layers and what flows between them and, where the model has a JSON form, Keras' "conceptual graph".
    ///
    /// # Errors
    /// Those of [`Model::graph`]; those of the file system.
    pub fn graph(&mut self, model: &Model) -> Result<()> {
        self.write(0, What::Graph(events::graph_def(&model.graph()?)))?;
        match model.to_json() {
            Ok(json) => self.summary(0, vec![events::text("keras", "graph_keras_model", b"1", &json.to_string())]),
            // A model of the user's own has none.
            Err(_) => Ok(()),
        }
    }

    /// The hyperparameters of this run and the tags of the numbers that tell how good they are; once for each run.
    ///
    /// # Errors
    /// A second call; those of the file system.
    pub fn hparams<'a>(&mut self, parameters: impl IntoIterator<Item = (&'a str, DataPoint)>, metrics: &[&str]) -> Result<()> {
        if std::mem::replace(&mut self.has_hparams, true) {
            return Err(invalid("hparams", "the hyperparameters of a run are given once"));
        }
        let parameters: Vec<Parameter> = parameters.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let parts = [
            ("_hparams_/experiment", events::experiment(&parameters, metrics)),
            ("_hparams_/session_start_info", events::session_start(&parameters, now())),
            ("_hparams_/session_end_info", events::session_end(now())),
        ];
        self.summary(0, parts.into_iter().map(|(tag, data)| events::plugin_data(tag, "hparams", data)).collect())
    }

    /// Puts into the file what was written so far.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(|e| file_error(&self.path, e))
    }

    fn summary(&mut self, step: u64, values: Vec<Message>) -> Result<()> {
        self.write(step, What::Summary(values))
    }

    fn write(&mut self, step: u64, what: What) -> Result<()> {
        let step = i64::try_from(step).map_err(|_| invalid("step", format!("a step is at most {}, got {step}", i64::MAX)))?;
        let record = frame(&event(now(), step, what).into_bytes());
        self.file.write_all(&record).map_err(|e| file_error(&self.path, e))
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
