//! The path of the layer that is being traced, for the text of errors.

use std::cell::RefCell;

thread_local! {
    static PATH: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Leaves the scope when it is dropped.
#[derive(Debug)]
pub struct Scope(());

/// Enters a layer: until the guard is dropped, errors of operations of this thread name it.
#[must_use]
pub fn enter(name: &str) -> Scope {
    PATH.with_borrow_mut(|path| path.push(name.into()));
    Scope(())
}

/// The layers that have been entered: `model/dense_1`.
pub(crate) fn path() -> Option<String> {
    PATH.with_borrow(|path| (!path.is_empty()).then(|| path.join("/")))
}

impl Drop for Scope {
    fn drop(&mut self) {
        PATH.with_borrow_mut(|path| path.pop());
    }
}
