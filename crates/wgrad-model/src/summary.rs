//! Keras' table of the layers of a model.

use crate::{
    Model,
    optimizers::{LearningRate, step},
    scope::Visit,
    table::{Align, Column, render},
};

const COLUMNS: [Column; 3] = [("Layer (type)", Align::Left, 0.45), ("Output Shape", Align::Left, 0.80), ("Param #", Align::Right, 1.0)];

impl Model {
    /// Keras' `summary()` with lines of 80 characters: layers, shapes of their results, numbers of parameters. The optimizer's
    /// numbers are counted from its first step on.
    pub fn summary(&self) -> String {
        self.summary_with(80)
    }

    /// [`Model::summary`] with lines of `line_length` characters.
    pub fn summary_with(&self, line_length: usize) -> String {
        let rows: Vec<_> = self.visits.iter().filter(|visit| !visit.path.contains('/')).map(|visit| self.row(visit)).collect();
        let (trainable, state) = (self.layout.trainable, self.layout.state);
        let compiled = self.compiled.as_ref().filter(|compiled| compiled.slots.is_some());
        let optimizer = compiled.map(|compiled| {
            let slots: usize = step::slots(&*compiled.optimizer, &self.layout.arena()).iter().map(|slot| slot.len).sum();
            // Keras counts the step (8 bytes) and the learning rate too, where it is a number.
            let rate = usize::from(matches!(compiled.optimizer.options().learning_rate, LearningRate::Constant(_)));
            (slots + rate + 1, 4 * (slots + rate) + 8)
        });
        let (extra, extra_bytes) = optimizer.unwrap_or_default();
        let all = trainable + state;
        let mut out = format!("Model: \"{}\"\n{}", self.name, render(&COLUMNS, &rows, line_length));
        out += &total("Total", all + extra, 4 * all + extra_bytes);
        out += &total("Trainable", trainable, 4 * trainable);
        out += &total("Non-trainable", state, 4 * state);
        if optimizer.is_some() {
            out += &total("Optimizer", extra, extra_bytes);
        }
        out
    }

    fn row(&self, visit: &Visit) -> Vec<String> {
        let shape: Vec<String> = visit.outputs.iter().take(1).flat_map(|shape| shape.iter()).skip(1).map(usize::to_string).collect();
        let shape = format!("(None{}{})", if shape.is_empty() { "," } else { ", " }, shape.join(", "));
        let variables = self.layout.variables.get(visit.variables.clone()).unwrap_or_default();
        let count = variables.iter().map(|v| v.shape.numel()).sum();
        vec![format!("{} ({})", visit.path, visit.class_name), shape, thousands(count)]
    }
}

fn total(what: &str, count: usize, bytes: usize) -> String {
    format!(" {what} params: {} ({})\n", thousands(count), readable(bytes))
}

/// `1234567` as `1,234,567`.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let grouped: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    grouped.join(",")
}

/// Bytes with Keras' units: `9.45 KB`.
fn readable(bytes: usize) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KB", "MB", "GB", "TB"] {
        if size < 1024.0 {
            return format!("{size:.2} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.2} PB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_keras_prints_them() {
        assert_eq!([0, 12, 999, 1000, 1_234_567].map(thousands), ["0", "12", "999", "1,000", "1,234,567"]);
        assert_eq!([48, 2418 * 4, 944].map(readable), ["48.00 B", "9.45 KB", "944.00 B"]);
    }
}
