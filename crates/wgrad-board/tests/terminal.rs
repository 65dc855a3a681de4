//! The terminal view in a terminal of its own: the first screen comes back after the end, a panic and an interrupt.
#![cfg(unix)]

use pty_process::{
    Size,
    blocking::{Command, open},
};
use std::{
    env,
    io::Read,
    process::{ExitStatus, Stdio},
};
use wgrad_board::TerminalView;
use wgrad_cpu as _;
use wgrad_model::{Fit, Model, Sequential, callbacks::LambdaCallback, layers::Dense};
use wgrad_tensor::{Device, Tensor};

/// What the test below asks its child for.
const ENDING: &str = "WGRAD_TEST_ENDING";
const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";
const SHOW_CURSOR: &str = "\x1b[?25h";

fn model() -> Model {
    let device = Device::open("cpu").unwrap();
    Sequential::new([Dense::new(1).into()]).input_shape([2]).device(&device).compile("sgd", "mse", ()).unwrap()
}

/// Not a test by itself: the training that the tests look at.
#[test]
#[ignore = "the other tests run it in a terminal"]
fn child() {
    let ending = env::var(ENDING).unwrap();
    let (x, y) = (Tensor::ones([8, 2]), Tensor::ones([8, 1]));
    let mut steps = 0;
    let end = LambdaCallback::new().on_batch_end(|_, _| {
        steps += 1;
        match (ending.as_str(), steps) {
            ("panic", 5) => panic!("the training broke"),
            ("error", 5) => Err(wgrad_model::Error::Invalid { place: "step".into(), rule: "broke".into() }),
            ("interrupt", 5) => {
                let status = std::process::Command::new("kill").args(["-INT", &std::process::id().to_string()]).status();
                assert!(status.unwrap().success());
                // The handler has a thread of its own; the program ends while this one waits.
                loop {
                    std::thread::park();
                }
            }
            _ => Ok(()),
        }
    });
    model().fit(&x, &y, Fit::epochs(3).batch_size(2).verbose(0).callback(TerminalView::new()).callback(end)).unwrap();
}

/// All that the child writes to its terminal, and how it ends.
fn run(ending: &str) -> (String, ExitStatus) {
    let (mut terminal, child_side) = open().unwrap();
    terminal.resize(Size::new(30, 100)).unwrap();
    let command = Command::new(env::current_exe().unwrap()).args(["--ignored", "--exact", "child", "--nocapture", "--test-threads=1"]);
    let mut child = command.env(ENDING, ending).spawn(child_side).unwrap();
    let mut out = Vec::new();
    let mut buffer = [0; 4096];
    // A terminal whose other side is closed gives an error on Linux, an end elsewhere.
    while let Ok(n @ 1..) = terminal.read(&mut buffer) {
        out.extend(&buffer[..n]);
    }
    (String::from_utf8_lossy(&out).into_owned(), child.wait().unwrap())
}

/// The second screen was shown and left, with the cursor back, and only what comes after that is seen.
fn after_leaving(text: &str) -> &str {
    assert_eq!((text.matches(ENTER).count(), text.matches(LEAVE).count()), (1, 1), "{text}");
    let (shown, after) = text.split_once(LEAVE).unwrap();
    assert!(shown.contains("epoch 1/3") && shown.contains("device memory"), "{shown}");
    assert!(shown.rfind(SHOW_CURSOR) > shown.rfind("\x1b[?25l"), "the cursor is hidden: {shown}");
    after
}

#[test]
fn the_end_of_a_training() {
    let (text, status) = run("end");
    assert!(status.success());
    assert!(after_leaving(&text).contains("Epoch 3/3 - "), "{text}");
}

#[test]
fn a_panic() {
    let (text, status) = run("panic");
    assert!(!status.success());
    assert!(after_leaving(&text).contains("the training broke"), "{text}");
}

#[test]
fn an_error() {
    let (text, status) = run("error");
    assert!(!status.success());
    assert!(after_leaving(&text).contains("rule: \"broke\""), "{text}");
}

#[test]
fn an_interrupt() {
    let (text, status) = run("interrupt");
    assert_eq!(status.code(), Some(130));
    assert!(after_leaving(&text).contains("interrupted: Epoch 2/3"), "{text}");
}

#[test]
fn lines_where_there_is_no_terminal() {
    let mut command = std::process::Command::new(env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "child", "--nocapture", "--test-threads=1"]).env(ENDING, "end").stdin(Stdio::null());
    let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(!out.contains('\x1b'), "{out}");
    assert_eq!(out.lines().filter(|line| line.contains(" steps/s - loss: ")).count(), 3, "{out}");
}
