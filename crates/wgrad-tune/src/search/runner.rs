//! Trials one after the other, or several at once.

use super::{
    experiment::{Experiment, Failure},
    settings::Settings,
    store::Store,
};
use crate::{
    HyperParameters, SearchResults, Trial,
    hyper_parameters::Values,
    invalid,
    trial::{Outcome, Rung},
};
use serde_json::Value as Json;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    ops::Range,
    path::Path,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};
use wgrad_model::{Error, Result};

/// A trial to come.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) key: Vec<usize>,
    pub(crate) hp: HyperParameters,
    pub(crate) epochs: Range<usize>,
    pub(crate) rung: Option<Rung>,
}

impl Job {
    /// A trial of its own.
    pub(crate) fn new(key: Vec<usize>, values: Values, epochs: usize) -> Job {
        Job { key, hp: HyperParameters::of(values), epochs: 0..epochs, rung: None }
    }

    /// The trial whose weights it goes on with.
    pub(crate) fn continues(&self) -> Option<&[usize]> {
        self.rung.as_ref()?.continues.as_deref()
    }
}

/// Runs what is to be tried.
pub(crate) struct Runner<'a> {
    experiment: &'a dyn Experiment,
    threads: usize,
    store: Store,
    /// Trials that an interrupted search has done.
    done: HashMap<Vec<usize>, Trial>,
}

/// What the threads of a search share.
struct Queue {
    jobs: VecDeque<Job>,
    running: usize,
    trials: Vec<Trial>,
    error: Option<Error>,
}

/// The most threads of a search.
const MOST_THREADS: usize = 1024;

/// A whole search: opens the store, explores, and brings the results together.
pub(crate) fn run(
    experiment: &dyn Experiment,
    settings: &Settings,
    description: &Json,
    explore: impl FnOnce(&Runner<'_>) -> Result<Vec<Trial>>,
) -> Result<SearchResults> {
    if !(1..=MOST_THREADS).contains(&settings.threads) {
        return Err(invalid("threads", format!("a search takes 1 to {MOST_THREADS}, got {}", settings.threads)));
    }
    let (store, done) = Store::open(settings.directory.as_deref(), settings.overwrite, description)?;
    let done = done.into_iter().map(|trial| (trial.key.clone(), trial)).collect();
    let runner = Runner { experiment, threads: settings.threads, store, done };
    let mut trials = explore(&runner)?;
    runner.check_done(&trials, settings)?;
    trials.sort_by(|a, b| a.key.cmp(&b.key));
    let Some(best) = trials.iter().min_by(|a, b| a.by_rank(b)).filter(|best| best.score().is_some()).cloned() else {
        let first = trials.iter().find_map(Trial::error).unwrap_or("there were none");
        return Err(invalid("search", format!("none of {} trials ended well; the first says: {first}", trials.len())));
    };
    let model = experiment.model(&mut best.hyper_parameters(), &best.key, &runner.store)?;
    let results = SearchResults::new(settings.objective.name(), trials, best, model);
    runner.store.finish(&results.to_csv(), results.model())?;
    Ok(results)
}

impl Runner<'_> {
    /// Runs `jobs` and those that `next` adds after each, and gives the trials in no certain order. `keep_all` says that weights other than the best trial's are needed later.
    pub(crate) fn run(&self, jobs: Vec<Job>, keep_all: bool, next: &(dyn Fn(&Trial) -> Result<Vec<Job>> + Sync)) -> Result<Vec<Trial>> {
        let queue = Mutex::new(Queue { jobs: jobs.into(), running: 0, trials: Vec::new(), error: None });
        let changed = Condvar::new();
        let work = || {
            while let Some((job, _ends)) = take(&queue, &changed) {
                let trial = self.trial(job);
                let mut queue = lock(&queue);
                let added = trial.and_then(|trial| {
                    let jobs = next(&trial)?;
                    self.add(&mut queue.trials, trial, keep_all);
                    Ok(jobs)
                });
                match added {
                    Ok(jobs) => queue.jobs.extend(jobs),
                    Err(error) => drop(queue.error.get_or_insert(error)),
                }
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.threads {
                // Where the system has no more threads, those that there are do the work.
                if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            work();
        });
        let queue = queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        queue.error.map_or(Ok(queue.trials), Err)
    }

    /// Fails where an earlier search has done more trials: the best weights are then those of one that is not asked for.
    fn check_done(&self, trials: &[Trial], settings: &Settings) -> Result<()> {
        let asked: HashSet<&[usize]> = trials.iter().map(|trial| trial.key.as_slice()).collect();
        if self.done.keys().all(|key| asked.contains(key.as_slice())) {
            return Ok(());
        }
        let directory = settings.directory.as_deref().unwrap_or(Path::new("")).display();
        let (done, trials) = (self.done.len(), trials.len());
        let rule = format!(
            "{directory} holds {done} finished trials, not all of which are among the {trials} of this search; ask for as many, choose another directory or overwrite"
        );
        Err(invalid("directory", rule))
    }

    /// The trial of a job: as it was done before the interruption, or now.
    fn trial(&self, job: Job) -> Result<Trial> {
        if let Some(trial) = self.done.get(&job.key) {
            return Ok(trial.clone());
        }
        let mut hp = job.hp.clone();
        let outcome = match self.experiment.run(&mut hp, &job, &self.store) {
            Ok(outcome) => outcome,
            Err(Failure::Trial(error)) => Outcome::Failed(error.to_string()),
            Err(Failure::Search(error)) => return Err(error),
        };
        let trial = Trial { key: job.key, parameters: hp.parameters().to_vec(), outcome, rung: job.rung };
        self.store.record(&trial)?;
        Ok(trial)
    }

    fn add(&self, trials: &mut Vec<Trial>, trial: Trial, keep_all: bool) {
        if !keep_all {
            let best = trials.iter().min_by(|a, b| a.by_rank(b));
            let worse = best.map(|best| if trial.by_rank(best).is_lt() { best } else { &trial });
            worse.into_iter().for_each(|worse| self.store.forget(&worse.key));
        }
        trials.push(trial);
    }

    /// Gives up the weights of a trial.
    pub(crate) fn forget(&self, trial: &Trial) {
        self.store.forget(&trial.key);
    }
}

/// Ends a job, also where its function panics: the other threads must not wait for it.
struct Ends<'q>(&'q Mutex<Queue>, &'q Condvar);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        let mut queue = lock(self.0);
        queue.running -= 1;
        if thread::panicking() {
            queue.jobs.clear();
        }
        self.1.notify_all();
    }
}

/// The next job; `None` where there is none and none can come.
fn take<'q>(queue: &'q Mutex<Queue>, changed: &'q Condvar) -> Option<(Job, Ends<'q>)> {
    let mut state = lock(queue);
    loop {
        if state.error.is_some() {
            return None;
        }
        if let Some(job) = state.jobs.pop_front() {
            state.running += 1;
            return Some((job, Ends(queue, changed)));
        }
        if state.running == 0 {
            return None;
        }
        state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
