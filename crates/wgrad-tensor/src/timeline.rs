//! `WGRAD_TRACE=FILE`: what host and device do when, in the trace event format that chrome://tracing and Perfetto open.
//!
//! The file is valid JSON after every flush, also when the process ends in between: the next events overwrite the closing brackets.

use crate::{Error, Result, profile};
use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    path::Path,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// The most events of a file. What comes later is left out, and the last event says so.
const MOST: usize = 250_000;
/// Events between two flushes.
const FLUSH: usize = 1000;
const HEAD: &str = r#"{"displayTimeUnit":"ns","traceEvents":[
{"name":"thread_name","ph":"M","pid":1,"tid":1,"args":{"name":"host"}},
{"name":"thread_name","ph":"M","pid":1,"tid":2,"args":{"name":"device"}}"#;
const TAIL: &str = "\n]}\n";

static ON: AtomicBool = AtomicBool::new(false);
static TIMELINE: Mutex<Option<Timeline>> = Mutex::new(None);

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Track {
    Host = 1,
    Device = 2,
}

#[derive(Debug)]
struct Timeline {
    file: File,
    /// Where the closing brackets begin.
    end: u64,
    origin: Instant,
    pending: String,
    events: usize,
}

/// Something that the host does, from its making to its end.
#[derive(Debug)]
#[must_use]
pub struct Span(Option<(&'static str, Instant)>);

/// Whether events are written: `WGRAD_TRACE` names a file, or [`start`] was called.
pub fn enabled() -> bool {
    static ASKED: OnceLock<()> = OnceLock::new();
    ASKED.get_or_init(|| {
        if let Some(path) = std::env::var_os("WGRAD_TRACE").filter(|path| !path.is_empty())
            && let Err(error) = start(Path::new(&path))
        {
            eprintln!("{error}");
        }
    });
    ON.load(Ordering::Relaxed)
}

/// Writes the events of this process to `path` from now on.
///
/// # Errors
/// [`Error::Timeline`] where the file cannot be written.
pub fn start(path: &Path) -> Result<()> {
    let failed = |error: std::io::Error| Error::Timeline { path: path.display().to_string(), why: error.to_string() };
    let mut timeline = Timeline::create(path).map_err(failed)?;
    timeline.flush().map_err(failed)?;
    *timeline_lock() = Some(timeline);
    ON.store(true, Ordering::Relaxed);
    profile::at_exit();
    Ok(())
}

/// Records what the host does until the span is dropped.
pub fn host(name: &'static str) -> Span {
    Span(enabled().then(|| (name, Instant::now())))
}

/// Records what the device did.
pub fn device(name: &str, start: Instant, time: Duration) {
    if enabled() {
        add(Track::Device, name, start, time);
    }
}

/// Writes what was recorded so far.
pub fn flush() {
    if ON.load(Ordering::Relaxed) {
        with(Timeline::flush);
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some((name, start)) = self.0 {
            add(Track::Host, name, start, start.elapsed());
        }
    }
}

fn add(track: Track, name: &str, start: Instant, time: Duration) {
    with(|timeline| timeline.add(track, name, start, time));
}

/// A file that cannot be written any more ends the timeline, not the program.
fn with(run: impl FnOnce(&mut Timeline) -> std::io::Result<()>) {
    let mut timeline = timeline_lock();
    if let Some(Err(error)) = timeline.as_mut().map(run) {
        eprintln!("WGRAD_TRACE: {error}; the timeline ends here");
        *timeline = None;
        ON.store(false, Ordering::Relaxed);
    }
}

fn timeline_lock() -> std::sync::MutexGuard<'static, Option<Timeline>> {
    TIMELINE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Timeline {
    fn create(path: &Path) -> std::io::Result<Timeline> {
        Ok(Timeline { file: File::create(path)?, end: 0, origin: Instant::now(), pending: HEAD.into(), events: 0 })
    }

    fn add(&mut self, track: Track, name: &str, start: Instant, time: Duration) -> std::io::Result<()> {
        let at = 1e6 * start.saturating_duration_since(self.origin).as_secs_f64();
        let tid = track as u8;
        if self.events < MOST {
            let (name, time) = (plain(name), 1e6 * time.as_secs_f64());
            self.pending += &format!(",\n{{\"name\":\"{name}\",\"ph\":\"X\",\"pid\":1,\"tid\":{tid},\"ts\":{at:.3},\"dur\":{time:.3}}}");
        } else if self.events == MOST {
            let name = format!("the timeline ends here, after {MOST} events");
            self.pending += &format!(",\n{{\"name\":\"{name}\",\"ph\":\"i\",\"s\":\"g\",\"pid\":1,\"tid\":{tid},\"ts\":{at:.3}}}");
        }
        self.events = self.events.saturating_add(1);
        if self.events.is_multiple_of(FLUSH) { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if !self.pending.is_empty() {
            self.file.seek(SeekFrom::Start(self.end))?;
            self.file.write_all(format!("{}{TAIL}", self.pending).as_bytes())?;
            self.end += self.pending.len() as u64;
            self.pending.clear();
        }
        Ok(())
    }
}

/// Text that needs no escapes in JSON.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '"' | '\\') { '_' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn read(path: &Path) -> Vec<Value> {
        let all: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON");
        all["traceEvents"].as_array().expect("events").clone()
    }

    #[test]
    fn a_file_is_json_after_every_flush_and_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("trace.json");
        let mut timeline = Timeline::create(&path).expect("a file");
        let origin = timeline.origin;
        let add = |timeline: &mut Timeline, track, name: &str, us| {
            timeline.add(track, name, origin + Duration::from_micros(us), Duration::from_micros(7)).expect("an event");
        };
        add(&mut timeline, Track::Host, "submit \"it\"", 3);
        add(&mut timeline, Track::Device, "matmul", 5);
        timeline.flush().expect("written");
        let events = read(&path);
        assert_eq!(events.len(), 4, "{events:?}");
        let of =
            |event: &Value| (event["name"].clone(), event["ph"].clone(), event["tid"].clone(), event["ts"].clone(), event["dur"].clone());
        assert_eq!(of(&events[2]), ("submit _it_".into(), "X".into(), 1.into(), 3.0.into(), 7.0.into()));
        assert_eq!(of(&events[3]), ("matmul".into(), "X".into(), 2.into(), 5.0.into(), 7.0.into()));

        for i in 0..MOST as u64 {
            add(&mut timeline, Track::Device, "x", 10 + i);
        }
        timeline.flush().expect("written");
        let events = read(&path);
        assert_eq!(events.len(), 2 + MOST + 1);
        let last = &events[2 + MOST];
        assert_eq!((last["ph"].as_str(), last["name"].as_str()), (Some("i"), Some("the timeline ends here, after 250000 events")));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error() {
        let error = start(Path::new("/nowhere/at/all.json")).expect_err("there is no such folder").to_string();
        assert!(error.starts_with("the timeline /nowhere/at/all.json cannot be written: "), "{error}");
    }
}
