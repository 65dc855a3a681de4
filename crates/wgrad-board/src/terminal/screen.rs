//! The terminal: its second screen while a training is shown, and the first one back however the training ends.

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    execute, queue,
    style::{Print, ResetColor},
    terminal::{self, BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen},
};
use std::{
    io::{self, IsTerminal, Write, stdout},
    panic,
    sync::{
        Mutex, Once,
        atomic::{AtomicBool, Ordering},
    },
};

/// Whether the second screen is shown.
static SHOWN: AtomicBool = AtomicBool::new(false);
/// What is said of the training when it is interrupted.
static LAST_WORDS: Mutex<String> = Mutex::new(String::new());

/// The exit status of a program that an interrupt ended, as shells have it.
const INTERRUPTED: i32 = 130;

/// Shows the second screen, if the standard output is a terminal; whether it is.
pub(super) fn enter() -> bool {
    if !stdout().is_terminal() || terminal::size().is_err() {
        return false;
    }
    static GUARDS: Once = Once::new();
    GUARDS.call_once(guard);
    SHOWN.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, Hide, Clear(ClearType::All)).is_ok()
}

/// Lets panics and interrupts bring the first screen back.
fn guard() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        leave_terminal();
        report(info);
    }));
    // A program with a handler of its own calls `leave_terminal` there.
    let _ = ctrlc::try_set_handler(|| {
        if leave_terminal() {
            eprintln!("interrupted: {}", LAST_WORDS.lock().unwrap_or_else(|e| e.into_inner()));
        }
        std::process::exit(INTERRUPTED);
    });
}

/// Brings the terminal's first screen and its cursor back, where a [`crate::TerminalView`] hid them; whether one did. Exit, panics and interrupts (Ctrl-C,
/// `SIGTERM`) do that by themselves; a program that handles interrupts itself calls this first.
pub fn leave_terminal() -> bool {
    // The lock keeps the training from drawing in between.
    let mut out = stdout().lock();
    let was_shown = SHOWN.swap(false, Ordering::SeqCst);
    if was_shown {
        // There is nothing to do about a terminal that has gone.
        let _ = execute!(out, ResetColor, Show, LeaveAlternateScreen);
    }
    was_shown
}

/// Width and height in characters.
pub(super) fn size() -> (usize, usize) {
    terminal::size().map_or((80, 24), |(width, height)| (width.into(), height.into()))
}

/// Shows these lines, which hold their colours.
pub(super) fn draw(lines: &[String], last_words: String) -> io::Result<()> {
    *LAST_WORDS.lock().unwrap_or_else(|e| e.into_inner()) = last_words;
    let mut out = stdout().lock();
    if !SHOWN.load(Ordering::SeqCst) {
        return Ok(());
    }
    queue!(out, BeginSynchronizedUpdate)?;
    for (row, line) in lines.iter().enumerate() {
        queue!(out, MoveTo(0, u16::try_from(row).unwrap_or(u16::MAX)), Print(line), ResetColor, Clear(ClearType::UntilNewLine))?;
    }
    queue!(out, Clear(ClearType::FromCursorDown), EndSynchronizedUpdate)?;
    out.flush()
}
