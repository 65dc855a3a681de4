//! Grid search and random search: which trials there are, what comes of them, and what is left in files.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicUsize, Ordering},
};
use wgrad_cpu as _;
use wgrad_model::{Error, Fit, History, Model, Result, Sequential, layers::Dense, optimizers::Adam};
use wgrad_tensor::Tensor;
use wgrad_tune::{GridSearch, HyperParameters, Hyperband, Objective, RandomSearch, SearchResults, Setting, SuccessiveHalving, Trial};

fn data() -> (Tensor, Tensor) {
    let x = Tensor::uniform([48, 2], -1.0, 1.0, 1).eval().unwrap();
    let y = (x.sum(-1) * 3.0).reshape([48, 1]).eval().unwrap();
    (x, y)
}

fn build(hp: &mut HyperParameters) -> Result<Model> {
    let units: usize = hp.int("units", 2..=6).step(2).get()?;
    let rate = hp.float("learning_rate", 1e-3..=1e-1).log().get()?;
    let layers = [Dense::new(units).activation("tanh").into(), Dense::new(1).into()];
    Sequential::new(layers).input_shape([2]).compile(Adam::new(rate), "mse", ["mae"])
}

fn fit(hp: &mut HyperParameters, model: &mut Model, fit: Fit<'_>) -> Result<History> {
    let (x, y) = data();
    let batch_size = hp.choice("batch_size", [8, 16]).get()?;
    model.fit(&x, &y, fit.batch_size(batch_size).validation_split(0.25))
}

fn values(trial: &Trial) -> Vec<String> {
    trial.parameters().iter().map(|parameter| parameter.value.to_string()).collect()
}

#[test]
fn a_grid_is_all_combinations_each_once_in_order() {
    let results = GridSearch::new(Objective::max("score")).evaluate(|hp| {
        let a: i64 = hp.int("a", 1..=3).get()?;
        // Only for some values of `a`.
        let b = if a == 2 { hp.choice("b", ["x", "y"]).get()? } else { "-" };
        Ok(a as f64 + if hp.boolean("c")? { 0.5 } else { 0.0 } + if b == "y" { 0.25 } else { 0.0 })
    });
    let results = results.unwrap();
    let all: Vec<Vec<String>> = results.trials().iter().map(values).collect();
    let expected = ["1 false", "1 true", "2 x false", "2 x true", "2 y false", "2 y true", "3 false", "3 true"];
    assert_eq!(all.iter().map(|values| values.join(" ")).collect::<Vec<_>>(), expected);
    assert_eq!(results.best().score(), Some(3.5));
    assert_eq!(results.best().get("c"), Some(&Setting::Boolean(true)));
    let table = results.to_string();
    assert!(table.starts_with("trial  score  a  c      b\n7      3.5    3  true\n"), "{table}");
}

#[test]
fn scores_do_not_depend_on_the_number_of_threads() {
    let search = |threads| RandomSearch::new("val_loss", 6).seed(3).epochs(3).threads(threads).search(build, fit).unwrap();
    let (one, three) = (search(1), search(3));
    assert_eq!(one.trials(), three.trials());
    assert_eq!(one.to_csv(), three.to_csv());
    let weights = |results: SearchResults| results.into_best_model().unwrap().weights().unwrap();
    assert_eq!(weights(one), weights(three));
    let grid = |threads| {
        GridSearch::new(Objective::min("loss")).threads(threads).evaluate(|hp| {
            let a = hp.int("a", 0..=9).get()?;
            Ok(f64::from(a * 7 % 10) + hp.float("b", 0.0..=1.0).get()?)
        })
    };
    let (one, three) = (grid(1).unwrap(), grid(3).unwrap());
    assert_eq!(one.trials().len(), 100);
    assert_eq!(one.trials(), three.trials());
    let band = |threads| Hyperband::new("val_mae", 4).factor(2).seed(5).threads(threads).search(build, fit).unwrap();
    let (one, two) = (band(1), band(2));
    assert_eq!(one.trials(), two.trials());
    assert_eq!(weights(one), weights(two));
}

#[test]
fn the_best_model_has_the_weights_of_its_best_epoch() {
    let (x, y) = data();
    let mut results = RandomSearch::new("val_loss", 4).epochs(4).search(build, fit).unwrap();
    let best = results.best().score().unwrap();
    assert!(results.trials().iter().all(|trial| trial.score().unwrap() >= best));
    assert_eq!(results.best().metric("val_loss"), Some(best));
    // The last quarter is what fit validated with.
    let model = results.best_model().unwrap();
    let loss = model.evaluate(x.i(36..), y.i(36..)).unwrap().loss();
    assert!((loss - best).abs() < 1e-6, "{loss} is not {best}");
}

#[test]
fn a_trial_that_fails_is_recorded() {
    let results = RandomSearch::new(Objective::max("score"), 20).evaluate(|hp| {
        let a = hp.float("a", 0.0..=1.0).get()?;
        if a < 0.5 { Err(Error::Invalid { place: "a".into(), rule: format!("{a} is small") }) } else { Ok(a) }
    });
    let results = results.unwrap();
    let failed: Vec<&Trial> = results.trials().iter().filter(|trial| trial.error().is_some()).collect();
    assert!(!failed.is_empty() && failed.len() < 20);
    assert!(failed.iter().all(|trial| trial.score().is_none() && trial.error().unwrap().starts_with("a: 0.")));
    assert!(results.to_string().contains("is small"));
}

#[test]
fn settings_that_make_no_sense() {
    let text = |results: Result<SearchResults>| results.unwrap_err().to_string();
    assert_eq!(text(RandomSearch::new("loss", 0).evaluate(|_| Ok(0.0))), "RandomSearch: there must be 1 to 1000000 trials, got 0");
    assert_eq!(text(RandomSearch::new("loss", 1).threads(0).evaluate(|_| Ok(0.0))), "threads: a search takes 1 to 1024, got 0");
    let many = format!("RandomSearch: there must be 1 to 1000000 trials, got {}", usize::MAX);
    assert_eq!(text(RandomSearch::new("loss", usize::MAX).evaluate(|_| Ok(0.0))), many);
    assert_eq!(text(RandomSearch::new("loss", 1).threads(1025).evaluate(|_| Ok(0.0))), "threads: a search takes 1 to 1024, got 1025");
    let infinite = text(RandomSearch::new("loss", 1).evaluate(|hp| hp.choice("c", [0.1, f64::INFINITY]).get()));
    assert!(infinite.ends_with("hyper-parameter \"c\": choices must be finite numbers, got inf in one of 0.1, inf"), "{infinite}");
    let direction = "objective: it cannot know which way \"score\" gets better; say it with Objective::max or Objective::min";
    assert_eq!(text(GridSearch::new("score").evaluate(|_| Ok(0.0))), direction);
    let nan = "search: none of 1 trials ended well; the first says: objective: the score must be a finite number, got NaN";
    assert_eq!(text(GridSearch::new("loss").evaluate(|_| Ok(f64::NAN))), nan);
    let name = "objective: the history has no \"val_los\"; it has loss, mae, val_loss, val_mae";
    assert_eq!(text(RandomSearch::new(Objective::min("val_los"), 3).search(build, fit)), name);
    assert_eq!(text(RandomSearch::new("val_los", 3).search(build, fit)), name);
    let many = GridSearch::new("loss").evaluate(|hp| Ok(f64::from(hp.int("a", 0..=20_000).get()?)));
    assert_eq!(
        text(many),
        "search: none of 1 trials ended well; the first says: hyper-parameter \"a\": a grid takes at most 10000 values of it, there are 20001; give it a step"
    );
    assert_eq!(
        Hyperband::new("loss", 9).factor(1).schedule().unwrap_err().to_string(),
        "Hyperband: factor must be at least 2 and max_epochs at least 1, got 1 and 9"
    );
    let halving = "SuccessiveHalving: there must be 1 to 1000000 trials and min_epochs up to max_epochs, got 3, 5 and 4";
    assert_eq!(SuccessiveHalving::new("loss", 3, 4).min_epochs(5).schedule().unwrap_err().to_string(), halving);
}

#[test]
fn an_interrupted_search_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let search = || RandomSearch::new("val_mae", 6).seed(3).epochs(2).directory(path);
    let whole = search().search(build, fit).unwrap();
    let table = std::fs::read_to_string(path.join("results.csv")).unwrap();
    assert_eq!(table, whole.to_csv());
    let best = std::fs::read(path.join("best.safetensors")).unwrap();
    // As if the process had ended while it wrote the fourth.
    for number in 3..6 {
        std::fs::remove_file(path.join(format!("trial-{number:04}.json"))).unwrap();
    }
    for file in ["results.csv", "best.safetensors"] {
        std::fs::remove_file(path.join(file)).unwrap();
    }
    std::fs::write(path.join("trial-0003.json.part"), "{\"key\": [3").unwrap();
    let built = AtomicUsize::new(0);
    let counted = |hp: &mut HyperParameters| {
        built.fetch_add(1, Ordering::Relaxed);
        build(hp)
    };
    let resumed = search().threads(2).search(counted, fit);
    // The weights of the best of the first three were given up if a later one was better: then it is trained again with the others.
    let resumed = resumed.unwrap();
    assert_eq!(resumed.trials(), whole.trials());
    assert_eq!(std::fs::read_to_string(path.join("results.csv")).unwrap(), table);
    assert_eq!(std::fs::read(path.join("best.safetensors")).unwrap(), best);
    // Three trials, and the best model.
    assert_eq!(built.load(Ordering::Relaxed), 4);
    let other = RandomSearch::new("val_mae", 6).seed(4).epochs(2).directory(path).search(build, fit).unwrap_err().to_string();
    assert!(other.contains("holds another search") && other.contains("overwrite"), "{other}");
    let again = RandomSearch::new("val_mae", 6).seed(4).epochs(2).directory(path).overwrite(true).search(build, fit).unwrap();
    assert_ne!(again.trials(), whole.trials());
    std::fs::write(path.join("trial-0000.json"), "{").unwrap();
    let broken = RandomSearch::new("val_mae", 6).seed(4).epochs(2).directory(path).search(build, fit).unwrap_err().to_string();
    assert!(broken.contains("trial-0000.json: EOF"), "{broken}");
}

#[test]
fn a_directory_of_another_search_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let search = |objective: Objective, trials| RandomSearch::new(objective, trials).directory(path).search(build, fit);
    search("val_loss".into(), 3).unwrap();
    let other = search(Objective::max("val_loss"), 3).unwrap_err().to_string();
    assert!(other.contains("holds another search") && other.contains("\"mode\":\"min\""), "{other}");
    // The same, said otherwise; and with more trials.
    search(Objective::min("val_loss"), 4).unwrap();
    let fewer = search("val_loss".into(), 1).unwrap_err().to_string();
    let rule =
        "holds 4 finished trials, not all of which are among the 1 of this search; ask for as many, choose another directory or overwrite";
    assert_eq!(fewer, format!("directory: {} {rule}", path.display()));
}

#[test]
fn overwriting_removes_what_searches_left_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let left = ["trial-0007.json.part", "trial-0-2-1.safetensors", "best.safetensors", "results.csv"];
    let own = ["trial-notes.txt", "trial-notes.json", "trial-0001.md", "notes.csv"];
    left.iter().chain(&own).for_each(|name| std::fs::write(path.join(name), "").unwrap());
    GridSearch::new("loss")
        .directory(path)
        .overwrite(true)
        .evaluate(|_| Err(Error::Invalid { place: "a".into(), rule: "b".into() }))
        .unwrap_err();
    assert!(left.iter().all(|name| !path.join(name).exists()));
    assert!(own.iter().all(|name| path.join(name).exists()));
}

#[test]
fn a_table_of_a_very_long_error() {
    let results = GridSearch::new("loss").evaluate(|hp| match hp.boolean("a")? {
        false => Ok(1.0),
        true => Err(Error::Invalid { place: "a".into(), rule: "x".repeat(70_000) }),
    });
    assert!(results.unwrap().to_string().contains(&"x".repeat(70_000)));
}

#[test]
fn a_trial_is_a_line_whatever_its_error_says() {
    let results = GridSearch::new("loss").evaluate(|hp| match hp.boolean("a")? {
        false => Ok(1.0),
        true => Err(Error::Invalid { place: "a".into(), rule: "one,\r\ntwo".into() }),
    });
    let results = results.unwrap();
    assert_eq!(results.to_string(), "trial  loss  a      error\n0      1.0   false\n1            true   a: one, two\n");
    // All that was said is in the CSV.
    assert!(results.to_csv().ends_with("1,,true,\"a: one,\r\ntwo\"\n"), "{}", results.to_csv());
}

#[test]
fn drawn_values_differ_and_stay_in_range() {
    let results = RandomSearch::new("loss", 50).evaluate(|hp| {
        let log: usize = hp.int("log", 1..=1000).log().get()?;
        assert!((1..=1000).contains(&log));
        Ok(log as f64)
    });
    let logs: Vec<f64> = results.unwrap().trials().iter().filter_map(Trial::score).collect();
    let small = logs.iter().filter(|log| **log < 32.0).count();
    assert!((15..35).contains(&small), "{small} of 50 are below the middle of the logarithms");
    assert!(logs.iter().map(|log| *log as i64).collect::<HashSet<_>>().len() > 25);
}
