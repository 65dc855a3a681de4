//! The layer table: one row for each layer, a file of rows for each family, and the checks that hold for all of them.

use std::{error::Error, iter::once};
use wgrad_model::{Entry, layers};
use wgrad_tensor::{DType, Shape, Spec};

mod activation;
mod attention;
mod checks;
mod convolutional;
mod core;
mod images;
mod instance;
mod merging;
mod normalization;
mod pooling;
mod preprocessing;
mod recurrent;
mod regularization;
mod reshaping;
mod texts;

/// What is known of a layer.
struct Row {
    /// Class name, as Keras has it.
    class: &'static str,
    /// The name that a model gives it.
    name: &'static str,
    layer: fn() -> Entry,
    /// Shapes without the batch axis: of the first input and output, and of the others.
    input: &'static [usize],
    more_inputs: &'static [&'static [usize]],
    output: &'static [usize],
    more_outputs: &'static [&'static [usize]],
    params: usize,
    /// A shape of the first input that the layer does not take, and what the error says; `None` where every shape will do.
    wrong: Option<(&'static [usize], &'static str)>,
    /// Keras' configuration with settings other than the defaults.
    config: &'static str,
    /// Whether the inputs are the integers 0, 1 and 2.
    integers: bool,
    /// Whether something can be learned through it.
    learns: bool,
    /// Whether it changes parameters itself in training, and gradients are those of the changed ones: differences see more than them.
    passes_changes: bool,
}

/// A row of a layer with one input and output, whose inputs are floats.
#[allow(clippy::too_many_arguments)] // the columns of the table
const fn row(
    class: &'static str,
    name: &'static str,
    layer: fn() -> Entry,
    input: &'static [usize],
    output: &'static [usize],
    params: usize,
    wrong: Option<(&'static [usize], &'static str)>,
    config: &'static str,
) -> Row {
    let (more_inputs, more_outputs): (&[&[usize]], &[&[usize]]) = (&[], &[]);
    Row {
        class,
        name,
        layer,
        input,
        more_inputs,
        output,
        more_outputs,
        params,
        wrong,
        config,
        integers: false,
        learns: true,
        passes_changes: false,
    }
}

impl Row {
    const fn and_inputs(self, more_inputs: &'static [&'static [usize]]) -> Row {
        Row { more_inputs, ..self }
    }

    const fn integers(self) -> Row {
        Row { integers: true, ..self }
    }

    const fn passes_changes(self) -> Row {
        Row { passes_changes: true, ..self }
    }

    /// The inputs, of `dtype` where they are floats.
    fn inputs(&self, dtype: DType) -> Vec<Spec> {
        let dtype = if self.integers { DType::I32 } else { dtype };
        once(&self.input).chain(self.more_inputs).map(|shape| Spec::new(dtype, *shape)).collect()
    }

    fn outputs(&self) -> Vec<Shape> {
        once(&self.output).chain(self.more_outputs).map(|shape| Shape::from(*shape)).collect()
    }
}

fn rows() -> impl Iterator<Item = &'static Row> {
    let families = [
        activation::ROWS,
        attention::ROWS,
        convolutional::ROWS,
        core::ROWS,
        images::ROWS,
        merging::ROWS,
        normalization::ROWS,
        pooling::ROWS,
        preprocessing::ROWS,
        recurrent::ROWS,
        regularization::ROWS,
        reshaping::ROWS,
    ];
    families.into_iter().flatten()
}

type Check = Result<(), Box<dyn Error>>;

/// Runs a check on every row, and tells all that fail.
fn each(check: impl Fn(&Row) -> Check) {
    let failures: Vec<String> = rows().filter_map(|row| check(row).err().map(|e| format!("{}: {e}", row.class))).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn the_table_has_every_layer() {
    let mut rows: Vec<&str> = rows().map(|row| row.class).collect();
    let mut classes: Vec<&str> = layers::names().collect();
    rows.sort_unstable();
    classes.sort_unstable();
    assert_eq!(rows, classes);
}
