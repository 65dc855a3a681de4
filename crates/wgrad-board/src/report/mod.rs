//! A page about a training: one file of HTML that needs nothing else.

mod page;

use page::{page, rows, section, table, tiles};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use wgrad_model::{Callback, Logs, Result, Run, replace_file};
use wgrad_plot::{Figure, PlotModel, escape, plot_history, plot_model};
use wgrad_tensor::profile::{self, Profile, Row};

/// Writes a page about a training after each epoch: the best and last numbers, curves, a table of the epochs, the model as a picture and as a table, the
/// device, what a step costs and, where a profile is kept ([`Report::profile`], `WGRAD_PROFILE=1`), where its time goes. The file needs no other; the one that was there stays whole until the new one is.
///
/// What is known only after the training is added then: `let mut report = Report::new("run.html")`, `fit(.. .callback(&mut report))`,
/// `report.add_figure("Confusion matrix", &figure)`, `report.write()`.
#[derive(Clone, Debug)]
pub struct Report {
    path: PathBuf,
    title: String,
    began: Instant,
    epochs: Vec<Logs>,
    /// When each epoch was done, and steps of the last one.
    times: Vec<Duration>,
    steps: usize,
    device: Vec<[String; 2]>,
    cost: Vec<[String; 2]>,
    model: Option<(Figure, String)>,
    records: bool,
    profile: Option<Profile>,
    figures: Vec<(String, Figure)>,
}

impl Report {
    /// To the file `path`.
    pub fn new(path: impl AsRef<Path>) -> Report {
        Report {
            path: path.as_ref().into(),
            title: String::new(),
            began: Instant::now(),
            epochs: Vec::new(),
            times: Vec::new(),
            steps: 0,
            device: Vec::new(),
            cost: Vec::new(),
            model: None,
            records: false,
            profile: None,
            figures: Vec::new(),
        }
    }

    /// The title of the page; the name of the model by default.
    #[must_use]
    pub fn title(self, title: impl Into<String>) -> Report {
        Report { title: title.into(), ..self }
    }

    /// Adds a picture under a heading.
    pub fn add_figure(&mut self, heading: impl Into<String>, figure: &Figure) {
        self.figures.push((heading.into(), figure.clone()));
    }

    /// Whether programs that the training compiles keep a profile, which the page shows; that slows small programs down.
    #[must_use]
    pub fn profile(self, records: bool) -> Report {
        Report { records, ..self }
    }

    /// Writes the page as it is now.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self) -> Result<()> {
        replace_file(&self.path, self.html().as_bytes())
    }

    /// The page.
    pub fn html(&self) -> String {
        let mut body = tiles(&self.numbers());
        if let Ok(figure) = plot_history(self.epochs.as_slice()) {
            body += &section("Curves", &figure.svg());
        }
        for (heading, figure) in &self.figures {
            body += &section(heading, &figure.svg());
        }
        body += &section("Epochs", &self.epoch_table());
        if let Some((figure, summary)) = &self.model {
            body += &section("Model", &format!("{}<pre>{}</pre>", figure.svg(), lines(summary)));
        }
        let facts =
            [("Device", &self.device), ("Cost of a training step", &self.cost)].map(|(heading, facts)| section(heading, &rows(facts)));
        body += &format!("<div class=\"pair\">{}</div>", facts.concat());
        if let Some(profile) = &self.profile {
            body += &section("Kernels of a training step", &kernel_table(profile));
        }
        page(&self.title, &format!("{} · {}", self.epochs_done(), date()), &body)
    }

    fn epochs_done(&self) -> String {
        format!("{} epoch{}", self.epochs.len(), if self.epochs.len() == 1 { "" } else { "s" })
    }

    /// The last value of each number, the time and the pace.
    fn numbers(&self) -> Vec<(String, String, String)> {
        let Some(last) = self.epochs.last() else { return Vec::new() };
        let of = |(name, value): (&str, f64)| {
            let values: Vec<f64> = self.epochs.iter().filter_map(|logs| logs.get(name)).filter(|value| value.is_finite()).collect();
            let (least, most) =
                (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            let range = if values.is_empty() { String::new() } else { format!("{} to {}", short(least), short(most)) };
            (name.replace('_', " "), short(value), range)
        };
        let time = self.times.last().copied().unwrap_or_default();
        let epoch = time.as_secs_f64() / self.times.len().max(1) as f64;
        let pace = format!("{:.0} steps/s", self.steps as f64 / epoch.max(1e-9));
        last.iter().map(of).chain([("time".into(), clock(time), pace)]).collect()
    }

    fn epoch_table(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for name in self.epochs.iter().flat_map(Logs::iter).map(|(name, _)| name) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let head: Vec<String> = ["epoch", "time"].into_iter().chain(names.iter().copied()).map(str::to_string).collect();
        let row = |(i, (logs, time)): (usize, (&Logs, &Duration))| {
            let numbers = names.iter().map(|name| logs.get(name).map_or_else(String::new, short));
            [(i + 1).to_string(), clock(*time)].into_iter().chain(numbers).collect()
        };
        table(&head, &self.epochs.iter().zip(&self.times).enumerate().map(row).collect::<Vec<Vec<String>>>(), &[])
    }

    /// What the model and its device say now.
    fn look(&mut self, run: &mut Run<'_>) -> Result<()> {
        let model = run.model();
        if self.title.is_empty() {
            self.title = model.name().into();
        }
        let fact = |what: &str, value: String| [what.to_string(), value];
        let (info, memory) = (model.device().info(), model.device().memory());
        self.device = vec![
            fact("name", info.name.clone()),
            fact("description", info.description.clone()),
            fact("memory held", bytes(memory.held)),
            fact("most memory held", bytes(memory.peak)),
        ];
        self.device.extend(memory.available.map(|available| fact("memory left", bytes(available))));
        self.cost =
            vec![fact("parameters", thousands(model.count_params() as u64)), fact("programs compiled", model.compilations().to_string())];
        if let Some(stats) = model.training_stats() {
            self.cost.extend([
                fact("dispatches", stats.dispatches.to_string()),
                fact("floating-point operations", thousands(stats.flops)),
                fact("bytes read", bytes(stats.bytes_read)),
                fact("bytes written", bytes(stats.bytes_written)),
                fact("most memory at once", bytes(stats.peak_bytes)),
            ]);
        }
        let form = PlotModel::new().show_shapes(true).show_layer_activations(true).expand_nested(true);
        self.model = Some((plot_model(model, form)?, model.summary()));
        self.profile = model.training_profile();
        Ok(())
    }
}

impl Callback for Report {
    fn on_train_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        if self.records {
            profile::record(true);
        }
        self.began = Instant::now();
        self.epochs.clear();
        self.times.clear();
        Ok(())
    }

    fn on_batch_end(&mut self, _run: &mut Run<'_>, batch: usize) -> Result<()> {
        self.steps = batch + 1;
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_>, _epoch: usize, logs: &mut Logs) -> Result<()> {
        self.epochs.push(logs.clone());
        self.times.push(self.began.elapsed());
        self.look(run)?;
        self.write()
    }

    fn on_train_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        if self.records {
            profile::record(false);
        }
        Ok(())
    }
}

/// The steps of a profile, the longest first; numbers are of one run.
fn kernel_table(profile: &Profile) -> String {
    let (runs, all) = (profile.runs.max(1) as f64, profile.time().as_secs_f64().max(1e-12));
    let mut steps: Vec<_> = profile.rows.iter().filter(|row| row.dispatches > 0).collect();
    steps.sort_by_key(|row| std::cmp::Reverse(row.time));
    let head = ["step", "dispatches", "µs", "share", "GB/s", "GFLOP/s", "of the roof"].map(str::to_string);
    let row = |step: &&Row| {
        let seconds = step.time.as_secs_f64().max(1e-12);
        let roof = profile.roof.as_ref().map_or_else(|| "-".into(), |roof| format!("{:.0}%", 100.0 * step.share_of(roof)));
        let speeds = [step.bytes, step.flops].map(|count| format!("{:.2}", count as f64 / seconds / 1e9));
        let times = [format!("{:.1}", 1e6 * seconds / runs), format!("{:.1}%", 100.0 * seconds / all)];
        let dispatches = format!("{:.0}", step.dispatches as f64 / runs);
        [step.what.clone(), dispatches].into_iter().chain(times).chain(speeds).chain([roof]).collect()
    };
    let shares: Vec<f64> = steps.iter().map(|step| step.time.as_secs_f64() / all).collect();
    let note = format!("{} runs on {} ({}), {:.1} µs each", profile.runs, profile.device, profile.clock, 1e6 * all / runs);
    format!("<p>{}</p>{}", escape(&note), table(&head, &steps.iter().map(row).collect::<Vec<Vec<String>>>(), &shares))
}

/// A text of several lines.
fn lines(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

fn short(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-3..1e6).contains(&size) { format!("{value:.4}") } else { format!("{value:.3e}") }
}

fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{:.0}:{:02.0} min", (seconds / 60.0).floor(), (seconds % 60.0).floor())
    }
}

fn bytes(count: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(size, _)| count >= *size);
    unit.map_or_else(|| format!("{count} B"), |(size, unit)| format!("{:.1} {unit}", count as f64 / size as f64))
}

/// `1,234,567`
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let grouped: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    grouped.join(",")
}

/// Today in UTC, as `2026-01-31 12:00`; the days are counted as Hinnant (2014) does.
fn date() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (days, minutes) = (seconds / 86_400 + 719_468, seconds / 60 % 1440);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}
