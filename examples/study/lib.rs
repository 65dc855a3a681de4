//! What the studies share: a study is an example with a question, an answer in numbers, and pictures.
//!
//! ```text
//! cargo run --release --example STUDY [-- --device D] [--quick] [--out DIR]
//! ```
//!
//! A study is `examples/STUDY.rs` with `fn run(study: &Study) -> anyhow::Result<()>` and a `main` that gives it to [`main`]; `tests/studies.rs` runs it on a
//! [`Study::small`]. It notes its figures with [`Study::result`], which are printed at the end as `result: NAME VALUE`, and puts its files into the
//! folder DIR (`target/studies/STUDY`).

mod options;

use anyhow::{Context, Result};
use options::{Options, Parsed};
use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};
use wgrad::{Choice, Device, Verbose, data::Places, plot::Figure};

/// One run of a study: how much it may do, where its files go, and its results.
#[derive(Debug)]
pub struct Study {
    quick: bool,
    folder: PathBuf,
    /// Where data is looked for first, and at last.
    places: Vec<Places>,
    last: Places,
    results: RefCell<Vec<(String, f64)>>,
}

/// The program of the study `name`: reads the arguments, names the device, runs the study, and prints its results.
///
/// 0 for success, 1 for a study that fails, 2 for wrong arguments.
pub fn main(name: &str, run: fn(&Study) -> Result<()>) -> ExitCode {
    let options = match Options::parse(name, std::env::args().skip(1)) {
        Ok(Parsed::Run(options)) => options,
        Ok(Parsed::Help(usage)) => {
            println!("{usage}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    match run_and_print(options, run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

fn run_and_print(options: Options, run: fn(&Study) -> Result<()>) -> Result<()> {
    let start = Instant::now();
    let choice = Choice::new(options.device.as_deref(), "--device")?;
    println!("device: {choice}");
    Device::set_default(&choice.device);
    let study = Study::new(options.quick, options.folder, Vec::new(), Places::from_env())?;
    run(&study)?;
    println!("\nwritten to {}", study.folder.display());
    study.result("seconds", start.elapsed().as_secs_f64());
    for (name, value) in study.results.borrow().iter() {
        println!("result: {name} {}", show(*value));
    }
    Ok(())
}

/// The error and what caused it; causes that it tells itself are not told again.
fn with_causes(error: &anyhow::Error) -> String {
    let causes = error.chain().map(ToString::to_string);
    let text = causes.reduce(|text, cause| if text.ends_with(&cause) { text } else { format!("{text}: {cause}") });
    text.unwrap_or_default()
}

/// Whole numbers as they are, others with four digits after the point, small ones with four digits that count.
fn show(value: f64) -> String {
    match value.abs() {
        size if value.fract() == 0.0 && size < 1e15 => format!("{value}"),
        size if size < 1e-2 => format!("{value:.3e}"),
        _ => format!("{value:.4}"),
    }
}

impl Study {
    fn new(quick: bool, folder: PathBuf, places: Vec<Places>, last: Places) -> Result<Study> {
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(Study { quick, folder, places, last, results: RefCell::default() })
    }

    /// A run for a test: quick, on the processor, with files in `folder`, and with data that is there: what the crate carries, `WGRAD_DATA`, or the folder
    /// `data`.
    ///
    /// # Errors
    /// A folder that cannot be made; no processor among the linked backends.
    pub fn small(folder: impl AsRef<Path>, data: impl AsRef<Path>) -> Result<Study> {
        Device::set_default(&Device::open("cpu")?);
        let given = std::env::var_os("WGRAD_DATA").filter(|value| !value.is_empty()).map(PathBuf::from);
        let carried = Places::default();
        let beside = Places { user: Some(given.unwrap_or_else(|| data.as_ref().into())), ..Places::default() };
        Study::new(true, folder.as_ref().into(), vec![carried], beside)
    }

    /// Whether the run should take seconds: fewer samples and epochs, and results that are only nearly as good.
    pub fn quick(&self) -> bool {
        self.quick
    }

    /// `full`, or `quick` in a quick run.
    pub fn choose<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    /// How trainings show their progress: a line for each epoch, nothing in a quick run.
    pub fn verbose(&self) -> Verbose {
        self.choose(Verbose::Lines, Verbose::Silent)
    }

    /// A data set: `study.load(FashionMnist::load_from)`, from the first of the places that has it.
    ///
    /// # Errors
    /// Those of the loader, for the last place.
    pub fn load<T>(&self, load_from: impl Fn(&Places) -> wgrad::data::Result<T>) -> Result<T> {
        let found = self.places.iter().find_map(|places| load_from(places).ok());
        Ok(found.map_or_else(|| load_from(&self.last), Ok)?)
    }

    /// The path of a file of the study.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// Writes a picture, `.png` or `.svg`.
    ///
    /// # Errors
    /// Those of [`Figure::save`].
    pub fn picture(&self, file: &str, figure: &Figure) -> Result<()> {
        Ok(figure.save(self.path(file))?)
    }

    /// Writes a text or a table.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn text(&self, file: &str, text: impl AsRef<str>) -> Result<()> {
        let path = self.path(file);
        fs::write(&path, text.as_ref()).with_context(|| path.display().to_string())
    }

    /// Notes a figure, to be printed at the end.
    pub fn result(&self, name: &str, value: impl Into<f64>) {
        self.results.borrow_mut().push((name.into(), value.into()));
    }

    /// A figure that was noted.
    ///
    /// # Errors
    /// No figure of that name.
    pub fn get(&self, name: &str) -> Result<f64> {
        let results = self.results.borrow();
        let known = || results.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let found = results.iter().rfind(|(known, _)| known == name).map(|(_, value)| *value);
        found.with_context(|| format!("there is no result {name}; there are: {}", known()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_shown_with_digits_that_count() {
        assert_eq!([0.87123, 12.0, -2.5, 1e-5, 0.0, f64::NAN].map(show), ["0.8712", "12", "-2.5000", "1.000e-5", "0", "NaN"]);
    }

    #[test]
    fn causes_are_told_once() {
        let places = Places { user: Some("no-such-folder".into()), ..Places::default() };
        let error = anyhow::Error::from(wgrad::data::Mnist::load_from(&places).unwrap_err()).context("study");
        let text = with_causes(&error);
        assert_eq!(text.matches("os error").count(), 1, "{text}");
        assert!(text.starts_with("study: no-such-folder"), "{text}");
    }

    #[test]
    fn files_go_to_the_folder_and_results_have_names() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let study = Study::new(true, folder.path().join("a/b"), Vec::new(), Places::default())?;
        study.text("table.csv", "x,y\n")?;
        assert_eq!(fs::read_to_string(folder.path().join("a/b/table.csv"))?, "x,y\n");
        study.result("accuracy", 0.5);
        assert_eq!((study.get("accuracy")?, study.choose(10, 1)), (0.5, 1));
        assert_eq!(study.get("loss").unwrap_err().to_string(), "there is no result loss; there are: accuracy");
        Ok(())
    }
}
