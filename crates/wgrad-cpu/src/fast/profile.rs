//! `WGRAD_PROFILE=1`: the time of each command, printed when the program is dropped.

use super::lower::Label;
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// Times of the commands of one program.
#[derive(Debug)]
pub(super) struct Profile {
    labels: Vec<Label>,
    times: Mutex<Vec<(u64, Duration)>>,
}

impl Profile {
    /// A profile, where the environment asks for one.
    pub(super) fn from_env(labels: &[Label]) -> Option<Profile> {
        let asked = std::env::var("WGRAD_PROFILE").is_ok_and(|value| !matches!(value.trim(), "" | "0"));
        asked.then(|| Profile { labels: labels.to_vec(), times: Mutex::new(vec![(0, Duration::ZERO); labels.len()]) })
    }

    /// Runs a command and adds its time.
    pub(super) fn time<R>(&self, command: usize, run: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = run();
        let time = start.elapsed();
        if let Some((runs, total)) = self.times.lock().unwrap_or_else(|e| e.into_inner()).get_mut(command) {
            (*runs, *total) = (*runs + 1, *total + time);
        }
        result
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        let times = self.times.get_mut().unwrap_or_else(|e| e.into_inner());
        let all: Duration = times.iter().map(|(_, total)| total).sum();
        let runs = times.iter().map(|(runs, _)| *runs).max().unwrap_or(0).max(1);
        eprintln!("profile of {runs} runs of {:.1} us", all.as_secs_f64() * 1e6 / runs as f64);
        let mut rows: Vec<_> = self.labels.iter().zip(times.iter()).collect();
        rows.sort_by_key(|(_, (_, total))| std::cmp::Reverse(*total));
        for (label, (_, total)) in rows {
            let seconds = total.as_secs_f64() / runs as f64;
            let share = 100.0 * total.as_secs_f64() / all.as_secs_f64().max(1e-12);
            let gflops = label.flops as f64 / seconds.max(1e-12) / 1e9;
            eprintln!("{:>9.1} us {share:>5.1} %  {gflops:>7.1} GFLOP/s  step {} {}", seconds * 1e6, label.step, label.what);
        }
    }
}
