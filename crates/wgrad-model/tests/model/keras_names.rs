//! The table of Keras' names, `docs/KERAS.md`, tells what there is and what is missing.

use wgrad_model::{Activation, Constraint, Initializer, Regularizer, callbacks, layers, losses, metrics, optimizers, schedules};

const TABLE: &str = include_str!("../../../../docs/KERAS.md");

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Every name that `from_config` and `From<&str>` know.
fn known() -> Vec<&'static str> {
    let layers: Vec<&str> = layers::names().collect();
    let tables = [&layers, losses::NAMES, metrics::NAMES, callbacks::NAMES];
    let functions = Activation::names().chain(Initializer::names()).chain(Regularizer::names()).chain(Constraint::names());
    tables.into_iter().flatten().copied().chain(functions).chain(optimizers::names()).chain(schedules::names()).collect()
}

#[test]
fn the_table_has_every_name() {
    let quoted = quoted(TABLE);
    let forgotten: Vec<_> = known().into_iter().filter(|name| !quoted.contains(name)).collect();
    assert!(forgotten.is_empty(), "docs/KERAS.md does not name {forgotten:?}");
}

#[test]
fn what_is_missing_is_missing() {
    let missing: Vec<_> = TABLE.lines().filter(|line| line.starts_with("Missing")).flat_map(quoted).collect();
    assert!(!missing.is_empty());
    let there: Vec<_> = known().into_iter().filter(|name| missing.contains(name)).collect();
    assert!(there.is_empty(), "docs/KERAS.md says that {there:?} are missing");
}
