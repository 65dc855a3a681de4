//! Hyperband's rounds against Keras Tuner, how trials go on, and a search that is killed.

use std::{path::Path, process::Command, sync::Mutex};
use wgrad_cpu as _;
use wgrad_model::{Fit, History, Model, Result, Sequential, layers::Dense, optimizers::SGD};
use wgrad_tensor::Tensor;
use wgrad_tune::{HyperParameters, Hyperband, SearchResults, SuccessiveHalving, Trial};

fn schedule(max_epochs: usize, factor: usize) -> Vec<Vec<(usize, usize)>> {
    Hyperband::new("val_loss", max_epochs).factor(factor).schedule().unwrap()
}

/// `HyperbandOracle(max_epochs=..., factor=...)` of Keras Tuner 1.4.8: `(_get_size(b, r), _get_epochs(b, r))` of each round `r` of each bracket `b`.
#[test]
fn schedules_of_keras_tuner() {
    let hundred = [
        vec![(98, 2), (33, 4), (11, 12), (4, 34), (2, 100)],
        vec![(41, 4), (14, 12), (5, 34), (2, 100)],
        vec![(18, 12), (6, 34), (2, 100)],
        vec![(9, 34), (3, 100)],
        vec![(6, 100)],
    ];
    assert_eq!(schedule(100, 3), hundred);
    let powers = [
        vec![(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        vec![(34, 3), (12, 9), (4, 27), (2, 81)],
        vec![(15, 9), (5, 27), (2, 81)],
        vec![(8, 27), (3, 81)],
        vec![(5, 81)],
    ];
    assert_eq!(schedule(81, 3), powers);
    assert_eq!(
        schedule(10, 2),
        [vec![(10, 2), (5, 3), (3, 5), (2, 10)], vec![(7, 3), (4, 5), (2, 10)], vec![(5, 5), (3, 10)], vec![(5, 10)]]
    );
    assert_eq!(schedule(16, 4), [vec![(16, 1), (4, 4), (1, 16)], vec![(6, 4), (2, 16)], vec![(3, 16)]]);
    assert_eq!(schedule(50, 5), [vec![(34, 2), (7, 10), (2, 50)], vec![(10, 10), (2, 50)], vec![(4, 50)]]);
    assert_eq!(schedule(243, 3)[1], [(98, 3), (33, 9), (11, 27), (4, 81), (2, 243)]);
    assert_eq!((schedule(1, 3), schedule(2, 3)), (vec![vec![(1, 1)]], vec![vec![(2, 2)]]));
}

#[test]
fn one_bracket() {
    let halving = SuccessiveHalving::new("val_loss", 20, 30).min_epochs(1).factor(3);
    assert_eq!(halving.schedule().unwrap(), [(20, 1), (7, 3), (3, 9), (1, 27)]);
    assert_eq!(SuccessiveHalving::new("val_loss", 2, 100).factor(2).schedule().unwrap(), [(2, 1), (1, 2)]);
}

fn build(hp: &mut HyperParameters) -> Result<Model> {
    let rate = hp.float("learning_rate", 1e-3..=0.3).log().get()?;
    Sequential::new([Dense::new(1).into()]).input_shape([2]).compile(SGD::new(rate), "mse", ())
}

fn fit(_: &mut HyperParameters, model: &mut Model, fit: Fit<'_>) -> Result<History> {
    let x = Tensor::uniform([24, 2], -1.0, 1.0, 1);
    let y = x.sum(-1).reshape([24, 1]);
    model.fit(&x, &y, fit.batch_size(8))
}

fn search() -> Hyperband {
    Hyperband::new("loss", 4).factor(2).seed(5)
}

#[test]
fn the_best_of_a_round_go_on_with_their_weights() {
    let fits: Mutex<Vec<(Vec<f32>, usize)>> = Mutex::default();
    let results = search().search(build, |hp, model, epochs| {
        let before = model.weights()?[0].1.to_vec::<f32>().unwrap();
        let history = fit(hp, model, epochs)?;
        fits.lock().unwrap().push((before, history.epochs().len()));
        Ok(history)
    });
    let results = results.unwrap();
    let fits = fits.into_inner().unwrap();
    // New trials begin with the same first weights, those that go on do not.
    let begun_anew: Vec<bool> = fits.iter().map(|(before, _)| *before == fits[0].0).collect();
    assert_eq!(begun_anew, [[true; 4].as_slice(), &[false; 3], &[true; 3], &[false; 2], &[true; 3]].concat());
    let trained: Vec<usize> = fits.iter().map(|(_, epochs)| *epochs).collect();
    // Brackets of rounds (4, 1) (2, 2) (1, 4); (3, 2) (2, 4); (3, 4): only the epochs that are new.
    assert_eq!(schedule(4, 2), [vec![(4, 1), (2, 2), (1, 4)], vec![(3, 2), (2, 4)], vec![(3, 4)]]);
    assert_eq!(trained, [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 4, 4, 4]);
    let table = results.to_csv();
    assert!(table.starts_with("trial,loss,bracket,round,epochs,learning_rate\n0,"), "{table}");
    let rates = |trials: std::ops::Range<usize>| {
        let mut rated: Vec<(f64, String)> =
            results.trials()[trials].iter().map(|t| (t.score().unwrap(), t.get("learning_rate").unwrap().to_string())).collect();
        rated.sort_by(|a, b| a.0.total_cmp(&b.0));
        rated.into_iter().map(|(_, rate)| rate).collect::<Vec<_>>()
    };
    // Trials 4 and 5 go on with the best two of 0..4, trial 6 with the best of those.
    assert_eq!(results.trials()[4].get("learning_rate").unwrap().to_string(), rates(0..4)[0]);
    assert_eq!(results.trials()[5].get("learning_rate").unwrap().to_string(), rates(0..4)[1]);
    assert_eq!(results.trials()[6].get("learning_rate").unwrap().to_string(), rates(4..6)[0]);
    let best = results.trials()[..4].iter().filter_map(Trial::score).fold(f64::INFINITY, f64::min);
    assert!(results.trials()[4].score().unwrap() < best);
}

/// The search that is killed: runs only in the process that the next test starts.
#[test]
fn killed_in_its_ninth_trial() {
    let Some(directory) = std::env::var_os("WGRAD_TUNE_KILLED") else { return };
    let count = Mutex::new(0);
    let _ = search().directory(directory).search(build, |hp, model, epochs| {
        let mut count = count.lock().unwrap();
        *count += 1;
        if *count == 9 {
            std::process::abort();
        }
        fit(hp, model, epochs)
    });
}

fn files(directory: &Path) -> Vec<String> {
    let mut files: Vec<String> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    files
}

#[test]
fn a_search_that_was_killed_ends_as_if_it_had_not_been() {
    let (killed, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let this = std::env::current_exe().unwrap();
    let status =
        Command::new(this).args(["--exact", "killed_in_its_ninth_trial"]).env("WGRAD_TUNE_KILLED", killed.path()).output().unwrap();
    assert!(!status.status.success());
    let trials = |directory: &Path| files(directory).iter().filter(|name| name.ends_with(".json") && name.starts_with("trial-")).count();
    assert_eq!(trials(killed.path()), 8);
    let run = |directory: &Path, fits: &Mutex<usize>| -> SearchResults {
        let counted = |hp: &mut HyperParameters, model: &mut Model, epochs: Fit<'_>| {
            *fits.lock().unwrap() += 1;
            fit(hp, model, epochs)
        };
        search().directory(directory).search(build, counted).unwrap()
    };
    let (fits, all) = (Mutex::new(0), Mutex::new(0));
    let (resumed, whole_results) = (run(killed.path(), &fits), run(whole.path(), &all));
    assert_eq!((fits.into_inner().unwrap(), all.into_inner().unwrap()), (7, 15));
    assert_eq!(resumed.trials(), whole_results.trials());
    for file in ["results.csv", "best.safetensors"] {
        assert_eq!(std::fs::read(killed.path().join(file)).unwrap(), std::fs::read(whole.path().join(file)).unwrap());
    }
    assert_eq!(files(killed.path()), files(whole.path()));
}
