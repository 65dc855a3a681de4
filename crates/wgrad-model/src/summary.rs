//! Keras' table of the layers of a model.

use crate::{
    Functional, Model,
    any_length::show_length,
    optimizers::{LearningRate, step},
    scope::Visit,
    table::{Align, Column, render},
};
use std::{any::Any, collections::HashMap};
use wgrad_tensor::Shape;

/// How [`Model::summary_with`] shows a model: `Summary::new().line_length(110).expand_nested(true)`.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    line_length: usize,
    expand_nested: bool,
    show_trainable: bool,
}

impl Default for Summary {
    fn default() -> Self {
        Summary::new()
    }
}

impl Summary {
    /// Lines of 80 characters, models in the model as one line each.
    pub fn new() -> Summary {
        Summary { line_length: 80, expand_nested: false, show_trainable: false }
    }

    /// The length of a line in characters.
    #[must_use]
    pub fn line_length(self, line_length: usize) -> Summary {
        Summary { line_length, ..self }
    }

    /// Whether the layers of models in the model are shown.
    #[must_use]
    pub fn expand_nested(self, expand_nested: bool) -> Summary {
        Summary { expand_nested, ..self }
    }

    /// Whether a column tells which layers learn.
    #[must_use]
    pub fn show_trainable(self, show_trainable: bool) -> Summary {
        Summary { show_trainable, ..self }
    }

    /// The columns of Keras; `connected` where the model is not a chain.
    fn columns(&self, connected: bool) -> Vec<Column> {
        let titles = ["Layer (type)", "Output Shape", "Param #", "Connected to"];
        let ends: &[f64] = if connected { &[0.3, 0.56, 0.74, 1.0] } else { &[0.45, 0.80, 1.0] };
        let share = if self.show_trainable { 0.9 } else { 1.0 };
        let align = |title: &str| if title == "Param #" { Align::Right } else { Align::Left };
        let mut columns: Vec<Column> = titles.into_iter().zip(ends).map(|(title, end)| (title, align(title), end * share)).collect();
        if self.show_trainable {
            columns.push(("Trainable", Align::Center, 1.0));
        }
        columns
    }
}

impl Model {
    /// Keras' `summary()` with lines of 80 characters: layers, shapes of their results, numbers of parameters and, where the model is not a chain,
    /// what each layer is connected to. The optimizer's numbers are counted from its first step on.
    pub fn summary(&self) -> String {
        self.summary_with(Summary::new())
    }

    /// [`Model::summary`] in a form of the caller's choice.
    pub fn summary_with(&self, form: Summary) -> String {
        let network: &dyn Any = &*self.network;
        let connections = network.downcast_ref::<Functional>().and_then(Functional::connections);
        let shown = self.visits.iter().filter(|visit| self.is_shown(visit, form.expand_nested));
        let rows: Vec<_> = shown.map(|visit| self.row(visit, connections.as_ref(), form.show_trainable)).collect();
        let table = render(&form.columns(connections.is_some()), &rows, form.line_length);
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
        let mut out = format!("Model: \"{}\"\n{table}", self.name);
        out += &total("Total", all + extra, 4 * all + extra_bytes);
        out += &total("Trainable", trainable, 4 * trainable);
        out += &total("Non-trainable", state, 4 * state);
        if optimizer.is_some() {
            out += &total("Optimizer", extra, extra_bytes);
        }
        out
    }

    /// Whether a layer has a line: those of the model itself, and those of models in it.
    fn is_shown(&self, visit: &Visit, expand_nested: bool) -> bool {
        let is_model = |path: &str| self.visits.iter().any(|visit| visit.path == path && MODELS.contains(&visit.class_name));
        let mut around = std::iter::successors(visit.path.rsplit_once('/'), |(path, _)| path.rsplit_once('/'));
        around.all(|(path, _)| expand_nested && is_model(path))
    }

    fn row(&self, visit: &Visit, connections: Option<&HashMap<String, String>>, show_trainable: bool) -> Vec<String> {
        let depth = visit.path.matches('/').count();
        let prefix = if depth > 0 { format!("{}└ ", "   ".repeat(depth)) } else { String::new() };
        let name = visit.path.rsplit('/').next().unwrap_or_default();
        let variables = self.layout.variables.get(visit.variables.clone()).unwrap_or_default();
        let count = variables.iter().map(|v| v.shape.numel()).sum();
        let shapes: Vec<String> = visit.outputs.iter().map(show_shape).collect();
        let shapes = if let [shape] = shapes.as_slice() { shape.clone() } else { format!("[{}]", shapes.join(", ")) };
        let mut row = vec![format!("{prefix}{name} ({})", visit.class_name), shapes, thousands(count)];
        if let Some(connections) = connections {
            row.push(connections.get(&visit.path).map_or("-", String::as_str).into());
        }
        if show_trainable {
            row.push(
                if variables.is_empty() {
                    "-"
                } else if visit.trainable {
                    "Y"
                } else {
                    "N"
                }
                .into(),
            );
        }
        row
    }
}

/// Classes whose layers an expanded summary shows.
const MODELS: [&str; 2] = ["Sequential", "Functional"];

/// `(None, 28, 28)`: the batch may have any length, and so may other axes.
fn show_shape(shape: &Shape) -> String {
    let lengths: Vec<String> = shape.iter().skip(1).map(|&n| show_length(n)).collect();
    format!("(None{}{})", if lengths.is_empty() { "," } else { ", " }, lengths.join(", "))
}

fn total(what: &str, count: usize, bytes: usize) -> String {
    format!(" {what} params: {} ({})\n", thousands(count), readable(bytes as u64))
}

/// `1234567` as `1,234,567`.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let grouped: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    grouped.join(",")
}

/// Bytes with Keras' units: `9.45 KB`.
pub(crate) fn readable(bytes: u64) -> String {
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
