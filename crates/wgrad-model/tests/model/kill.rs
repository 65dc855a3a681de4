//! A training process that is killed at random instants and started again ends with what one ends with that is left alone, bit by bit; and at every
//! instant its files are whole, the old or the new.

use crate::{build, callbacks::Folder, clouds};
use std::{
    env, fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use wgrad_model::{
    Callback, Fit, Model,
    callbacks::{BackupAndRestore, EarlyStopping, LambdaCallback, ModelCheckpoint, ReduceLROnPlateau},
    layers::{BatchNormalization, Dense, Dropout},
    optimizers::SGD,
};
use wgrad_tensor::{Device, HostTensor};

/// Where the process that is killed finds its folder.
const FOLDER: &str = "WGRAD_KILLED_IN";
const KILLS: usize = 50;
const EPOCHS: usize = 14;
const STEPS: usize = 6;
const RATE: f64 = 0.3;

/// So wide that writing it takes a good part of the time.
fn model() -> Model {
    let layers = [
        Dense::new(128).activation("relu").into(),
        BatchNormalization::new().into(),
        Dropout::new(0.3).into(),
        Dense::new(128).activation("relu").into(),
        Dense::new(3).activation("softmax").into(),
    ];
    let mut model = build(&Device::open("cpu").unwrap(), &[2], layers);
    model.compile(SGD::new(RATE).momentum(0.9), "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
    model
}

/// All that a model has learned, and its optimizer.
fn values(model: &Model) -> Vec<(String, HostTensor)> {
    model.weights().unwrap().into_iter().chain(model.optimizer_variables().unwrap()).collect()
}

/// The training in `folder`, or what is left of it; `look` sees the model after each epoch. Tells what the callbacks and the history end with, and leaves
/// the model as `end.safetensors`.
fn train(folder: &Path, look: impl Callback) -> (String, Vec<String>) {
    let (x, y) = clouds(60);
    let mut model = model();
    let mut stopping = EarlyStopping::new().patience(6).restore_best_weights(true);
    let mut plateau = ReduceLROnPlateau::new().factor(0.3).patience(1);
    let mut best = ModelCheckpoint::new(folder.join("best.safetensors").display().to_string()).save_best_only(true);
    // The backup comes first of the callbacks: what the others do after it in an epoch is in the file, too.
    let fit = Fit::epochs(EPOCHS).batch_size(8).verbose(0).validation_split(0.2).callback(BackupAndRestore::new(folder));
    let fit = fit.callback(&mut plateau).callback(&mut stopping).callback(&mut best).callback(look);
    let history = model.fit(&x, &y, fit).unwrap();
    model.save_checkpoint(folder.join("end.safetensors")).unwrap();
    let end = format!("{:?} {:?} {:?} {:?}", model.learning_rate(), plateau.state(), best.state(), stopping.stopped_epoch());
    (end.replace(&folder.display().to_string(), ""), history.epochs().iter().map(|logs| format!("{logs:?}")).collect())
}

/// What a training ends with that nobody kills, and what its model had after each epoch.
struct Expected {
    end: (String, Vec<String>),
    last: Vec<(String, HostTensor)>,
    epochs: Vec<Vec<(String, HostTensor)>>,
}

impl Expected {
    fn new() -> Expected {
        let (folder, mut epochs) = (Folder::new(), Vec::new());
        let look = LambdaCallback::new().on_epoch_end(|run, _, _| {
            epochs.push(values(run.model()));
            Ok(())
        });
        let end = train(&folder.path(""), look);
        let mut last = model();
        last.load_checkpoint(folder.path("end.safetensors")).unwrap();
        assert!(end.1.len() < EPOCHS && last.learning_rate() < Some(RATE), "no callback did anything: {end:?}");
        Expected { end, last: values(&last), epochs }
    }

    /// The files of a training that was killed are those after an epoch.
    fn whole(&self, folder: &Folder, model: &mut Model) {
        for name in ["backup.safetensors", "best.safetensors"].map(|name| folder.path(name)) {
            if name.exists() {
                model.load_checkpoint(&name).unwrap_or_else(|error| panic!("{error}"));
                let epochs = model.iterations() as usize / STEPS;
                assert!(values(model) == self.epochs[epochs - 1], "{} is not what it was after epoch {epochs}", name.display());
            }
        }
    }

    /// The end is that of a training that nobody killed.
    fn reached(&self, folder: &Folder, model: &mut Model) {
        let text = fs::read_to_string(folder.path("end.txt")).unwrap();
        let (end, history) = text.split_once('\n').unwrap();
        assert_eq!(end, self.end.0);
        // The epochs since it was started last.
        assert!(self.end.1.join("\n").ends_with(history), "{history}\nis not the end of\n{}", self.end.1.join("\n"));
        model.load_checkpoint(folder.path("end.safetensors")).unwrap();
        assert!(values(model) == self.last, "the values at the end differ");
    }
}

/// Starts the training in a process of its own.
fn start(folder: &Folder) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "kill::killed", "--ignored"]).env(FOLDER, folder.path("")).stdout(Stdio::null());
    command.spawn().unwrap()
}

#[test]
#[ignore = "the process that is killed"]
fn killed() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let (end, history) = train(folder, LambdaCallback::new());
    fs::write(folder.join("end.txt"), end + "\n" + &history.join("\n")).unwrap();
}

/// Waits until a file is being written, or the process is over.
fn until_writing(child: &mut Child, part: &Path) {
    while !part.exists() && child.try_wait().unwrap().is_none() {
        sleep(Duration::from_micros(20));
    }
}

#[test]
fn a_training_that_is_killed_again_and_again_ends_as_one_that_is_not() {
    let (expected, mut model) = (Expected::new(), model());
    let (folder, began) = (Folder::new(), Instant::now());
    assert!(start(&folder).wait().unwrap().success());
    let time = began.elapsed();
    expected.reached(&folder, &mut model);

    let mut state = 20_261_122u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    let (mut kills, mut early, mut writing) = (0, 0, 0);
    while kills < KILLS {
        let folder = Folder::new();
        let (backup, part) = (folder.path("backup.safetensors"), folder.path("backup.safetensors.part"));
        loop {
            let mut child = start(&folder);
            sleep(time.mul_f64(random()));
            // Every other time when it writes, a little later.
            if kills % 2 == 1 {
                until_writing(&mut child, &part);
                sleep(Duration::from_secs_f64(random() * 1e-3));
            }
            child.kill().unwrap();
            if child.wait().unwrap().success() {
                break;
            }
            kills += 1;
            early += usize::from(!backup.exists());
            writing += usize::from(part.exists());
            expected.whole(&folder, &mut model);
        }
        expected.reached(&folder, &mut model);
    }
    eprintln!("{kills} kills: {early} before the first file, {writing} in the middle of one; alone it takes {time:?}");
    assert!(early > 0 && writing > 0, "{early} kills before the first file, {writing} in the middle of one");
}
