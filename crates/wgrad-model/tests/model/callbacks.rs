//! Callbacks: what they do to a training, to files, and to the history.

use crate::{build, clouds, reference};
use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};
use wgrad_model::{
    Fit, Logs, Model,
    callbacks::*,
    layers::{Dense, Dropout},
};

fn classifier() -> Model {
    let layers = [Dense::new(4).activation("tanh").into(), Dropout::new(0.2).into(), Dense::new(3).activation("softmax").into()];
    let mut model = build(&reference(), &[2], layers);
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
    model
}

fn quiet(epochs: usize) -> Fit<'static> {
    Fit::epochs(epochs).batch_size(4).verbose(0).validation_split(0.2)
}

fn weights(model: &Model) -> Vec<f32> {
    model.weights().unwrap().iter().flat_map(|(_, w)| w.to_vec::<f32>().unwrap()).collect()
}

/// A folder of its own that goes away.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("wgrad-callbacks-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Puts numbers of the test's choice in place of `val_loss`.
fn script(values: &[f64]) -> LambdaCallback<'_> {
    LambdaCallback::new().on_epoch_end(|_, epoch, logs: &mut Logs| {
        logs.insert("val_loss", values[epoch]);
        Ok(())
    })
}

fn says<T: std::fmt::Debug>(result: wgrad_model::Result<T>, text: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(text), "{text:?} is not in: {error}");
}

#[test]
fn early_stopping_waits_and_brings_the_best_weights_back() {
    let (x, y) = clouds(10);
    let mut model = classifier();
    let mut best = Vec::new();
    let mut stopping = EarlyStopping::new().patience(2).min_delta(0.1).restore_best_weights(true);
    let keep = LambdaCallback::new().on_epoch_end(|run, epoch, _| {
        if epoch == 1 {
            best = weights(run.model());
        }
        Ok(())
    });
    let scripted = script(&[1.0, 0.5, 0.45, 0.49, 0.0, 0.0]);
    let history = model.fit(&x, &y, quiet(6).callback(scripted).callback(keep).callback(&mut stopping)).unwrap();
    assert_eq!((history.epochs().len(), stopping.stopped_epoch(), stopping.best_epoch()), (4, Some(3), 1));
    assert_eq!(weights(&model), best);

    // In the same direction as the metric: an accuracy that stays at 0 does not improve.
    let stuck = LambdaCallback::new().on_epoch_end(|_, _, logs| {
        logs.insert("val_accuracy", 0.0);
        Ok(())
    });
    let mut stopping = EarlyStopping::new().monitor("val_accuracy").start_from_epoch(2);
    let history = model.fit(&x, &y, quiet(9).callback(stuck).callback(&mut stopping)).unwrap();
    assert_eq!(history.epochs().len(), 4);

    says(model.fit(&x, &y, quiet(1).callback(EarlyStopping::new().monitor("val_accurracy").mode("max"))), "did you mean val_accuracy");
    says(model.fit(&x, &y, quiet(1).callback(EarlyStopping::new().monitor("beauty"))), "which way \"beauty\" gets better");
}

#[test]
fn the_learning_rate_falls_on_a_plateau() {
    let (x, y) = clouds(10);
    let mut model = classifier();
    let values = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5];
    let plateau = ReduceLROnPlateau::new().factor(0.5).patience(2).cooldown(1).min_lr(0.0004);
    let history = model.fit(&x, &y, quiet(8).callback(script(&values)).callback(plateau)).unwrap();
    // The rate that each epoch was trained with.
    assert_eq!(history.get("learning_rate"), [0.001, 0.001, 0.001, 0.0005, 0.0005, 0.0004, 0.0004, 0.0004]);
    says(model.fit(&x, &y, quiet(1).callback(ReduceLROnPlateau::new().factor(1.0))), "factor must be at least 0 and less than 1, got 1");

    let schedule = LearningRateScheduler::new(|epoch, rate| if epoch == 0 { 0.1 } else { rate / 2.0 });
    let history = model.fit(&x, &y, quiet(3).callback(schedule)).unwrap();
    assert_eq!(history.get("learning_rate"), [0.1, 0.05, 0.025]);
}

#[test]
fn checkpoints_of_the_best_and_of_every_so_many_steps() {
    let (folder, (x, y)) = (Folder::new(), clouds(10));
    let mut model = classifier();
    let path = folder.path("sub/best-{epoch:02d}-{val_loss:.1f}.safetensors");
    let mut best = ModelCheckpoint::new(path.display().to_string()).save_best_only(true);
    let every = folder.path("last.safetensors");
    let steps = ModelCheckpoint::new(every.display().to_string()).save_freq(SaveFreq::Steps(3)).save_weights_only(true);
    let history = model.fit(&x, &y, quiet(3).callback(script(&[0.5, 0.7, 0.4])).callback(&mut best).callback(steps));
    assert_eq!(history.unwrap().epochs().len(), 3);
    let mut files: Vec<String> =
        fs::read_dir(folder.path("sub")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["best-01-0.5.safetensors", "best-03-0.4.safetensors"]);

    let mut again = classifier();
    again.load_checkpoint(best.last_path().unwrap()).unwrap();
    assert_eq!(weights(&again), weights(&model));
    assert_eq!(again.optimizer_variables().unwrap(), model.optimizer_variables().unwrap());
    again.load_weights(&every).unwrap();
    says(again.load_checkpoint(&every), "neither a weight nor of the optimizer");
    again.save_checkpoint(&every).unwrap();
    let whole = fs::read(&every).unwrap();
    for (wrong, text) in [("\"passes\":\"x\"", "passes is \"x\", which is no number"), ("\"passes\":\"\"", "passes is \"\"")] {
        let passes = b"\"passes\":\"3\"";
        let at = whole.windows(passes.len()).position(|window| window == passes).unwrap();
        let mut bytes = whole.clone();
        // As long as it was: the header says where the tensors are.
        bytes[at..at + passes.len()].copy_from_slice(format!("{wrong:<width$}", width = passes.len()).as_bytes());
        fs::write(&every, bytes).unwrap();
        says(again.load_checkpoint(&every), text);
    }
    let wrong = ModelCheckpoint::new(folder.path("{val_los}").display().to_string());
    says(model.fit(&x, &y, quiet(1).callback(wrong)), "did you mean val_loss");
}

#[test]
fn an_interrupted_training_goes_on_with_the_same_bits() {
    let (folder, (x, y)) = (Folder::new(), clouds(20));
    let mut whole = classifier();
    let expected = whole.fit(&x, &y, quiet(4)).unwrap();

    let backup = BackupAndRestore::new(folder.path("backup"));
    says(classifier().fit(&x, &y, quiet(4).callback(backup.clone()).callback(power_cut(2))), "power: it failed");
    let mut resumed = classifier();
    let history = resumed.fit(&x, &y, quiet(4).callback(backup)).unwrap();
    assert_eq!(history.epochs(), &expected.epochs()[2..]);
    assert_eq!(weights(&resumed), weights(&whole));
    assert!(!folder.path("backup/backup.safetensors").exists());
}

/// Ends a training before epoch `at`.
fn power_cut(at: usize) -> LambdaCallback<'static> {
    LambdaCallback::new().on_epoch_begin(move |_, epoch| {
        if epoch == at { Err(wgrad_model::Error::Invalid { place: "power".into(), rule: "it failed".into() }) } else { Ok(()) }
    })
}

/// A training of six epochs that is interrupted after each of them ends as one that is not.
fn goes_on(folder: &Folder, train: impl Fn(Fit<'_>) -> wgrad_model::Result<Vec<f32>>) {
    let expected = train(Fit::epochs(6).verbose(0)).unwrap();
    for at in 1..6 {
        let fit = || Fit::epochs(6).verbose(0).callback(BackupAndRestore::new(folder.path("middle")));
        says(train(fit().callback(power_cut(at))), "power: it failed");
        assert_eq!(train(fit()).unwrap(), expected, "interrupted before epoch {at}");
    }
}

#[test]
fn an_interrupted_training_goes_on_in_the_middle_of_the_data() {
    let (folder, (x, y)) = (Folder::new(), clouds(20));
    // 5 steps for a pass over rows; batches are shuffled anew in each pass, which the iterator counts itself.
    let rows = |fit: Fit<'_>| {
        let mut model = classifier();
        model.fit(&x, &y, fit.batch_size(4).steps_per_epoch(3)).map(|_| weights(&model))
    };
    let batches = |fit: Fit<'_>| {
        let (mut model, mut pass) = (classifier(), 0);
        let begin = || {
            pass += 1;
            let order = [[3, 1, 0, 2], [0, 3, 2, 1], [2, 0, 1, 3]][pass % 3];
            let rows = order.map(|i| (x.narrow(0, i * 5, 5), y.narrow(0, i * 5, 5)));
            rows.into_iter()
        };
        model.fit_batches(begin, fit.steps_per_epoch(3)).map(|_| weights(&model))
    };
    goes_on(&folder, rows);
    goes_on(&folder, batches);
    let fit = || Fit::epochs(6).batch_size(4).steps_per_epoch(3).verbose(0).callback(BackupAndRestore::new(folder.path("middle")));
    says(rows(fit().callback(power_cut(1))), "power: it failed");
    let (fewer, labels) = clouds(8);
    says(classifier().fit(&fewer, &labels, fit()), "backup: it is of other data: place 12 of 8, pass 0 of 4");
    classifier().save_checkpoint(folder.path("middle/backup.safetensors")).unwrap();
    says(rows(fit()), "backup.safetensors: it is a checkpoint of a model, not of a training");
}

#[test]
fn the_numbers_of_epochs_in_a_table() {
    let (folder, (x, y)) = (Folder::new(), clouds(10));
    let path = folder.path("log.csv");
    let mut model = classifier();
    let history = model.fit(&x, &y, quiet(2).callback(CSVLogger::new(&path))).unwrap();
    model.fit(&x, &y, Fit::epochs(1).verbose(0).callback(CSVLogger::new(&path).append(true))).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, "epoch,accuracy,loss,val_accuracy,val_loss"));
    assert_eq!(lines[2].split(',').nth(2).unwrap().parse::<f64>().unwrap(), history.get("loss")[1]);
    assert!(lines[3].starts_with("0,") && lines[3].ends_with(",NA,NA"));
    says(model.fit(&x, &y, quiet(1).callback(CSVLogger::new(folder.path("no/log.csv")))), "log.csv");
}

#[test]
fn training_ends_where_the_loss_is_no_number() {
    let (x, y) = clouds(8);
    let mut model = build(&reference(), &[2], [Dense::new(1).into()]);
    model.compile(wgrad_model::optimizers::SGD::new(1e30), "mse", ()).unwrap();
    let history = model.fit(&x, &y, Fit::epochs(50).batch_size(2).verbose(0).callback(TerminateOnNaN::new())).unwrap();
    assert!(history.epochs().len() < 3 && !history.last("loss").unwrap().is_finite());
}
