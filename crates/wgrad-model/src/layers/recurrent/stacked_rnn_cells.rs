//! Cells on top of each other.

use super::{Cell, cell::cell_is_a_layer};
use crate::{Entry, Scope, names::unique_names};

use serde::{Deserialize, Serialize};
use wgrad_tensor::{Shape, Tensor};

/// A cell of several, each of which takes the output of the one before; the states are those of the first, then those of the second, and so on
/// (Keras `StackedRNNCells`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackedRNNCells {
    /// The cells, the first first.
    pub cells: Vec<Entry>,
}

impl StackedRNNCells {
    /// A stack of cells.
    pub fn new(cells: impl IntoIterator<Item = impl Into<Entry>>) -> StackedRNNCells {
        StackedRNNCells { cells: cells.into_iter().map(Into::into).collect() }
    }

    /// The cells with their names and whether they learn; an error-carrying tensor where a layer is none, there is none, or two have one name.
    #[track_caller]
    fn named(&self, x: &Tensor) -> Result<Vec<(String, bool, &dyn Cell)>, Tensor> {
        let invalid = |rule: String| Tensor::invalid("StackedRNNCells", rule, &[x]);
        if self.cells.is_empty() {
            return Err(invalid("there must be a cell".into()));
        }
        let names = unique_names(self.cells.iter().map(|entry| (entry.name(), entry.layer().class_name()))).map_err(invalid)?;
        let named = self.cells.iter().zip(names).map(|(entry, name)| match entry.layer().as_cell() {
            Some(cell) => Ok((name, entry.trainable, cell)),
            None => Err(invalid(format!("the layer {} is no cell", entry.layer().class_name()))),
        });
        named.collect()
    }

    /// The cells, as far as they are some.
    fn known(&self) -> impl Iterator<Item = &dyn Cell> {
        self.cells.iter().filter_map(|entry| entry.layer().as_cell())
    }
}

cell_is_a_layer!(StackedRNNCells);

impl Cell for StackedRNNCells {
    fn axes(&self) -> &[&'static str] {
        self.known().next().map_or(&["features"], |first| first.axes())
    }

    fn states(&self, x: &Shape) -> Vec<Shape> {
        let mut x = x.clone();
        let mut states = Vec::new();
        for cell in self.known() {
            states.extend(cell.states(&x));
            x = cell.output(&x);
        }
        states
    }

    fn output_state(&self) -> Option<usize> {
        None
    }

    fn output(&self, x: &Shape) -> Shape {
        self.known().fold(x.clone(), |x, cell| cell.output(&x))
    }

    /// Only the first cell's input is known before the loop.
    fn project(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        match self.named(x).as_deref() {
            Ok([(name, trainable, first), ..]) => scope.inside(name, *trainable, |scope| first.project(scope, x)),
            Ok([]) => x.clone(),
            Err(error) => error.clone(),
        }
    }

    fn step(&self, scope: &mut Scope, x: &Tensor, states: &[Tensor]) -> (Tensor, Vec<Tensor>) {
        let cells = match self.named(x) {
            Ok(cells) => cells,
            Err(error) => return (error, states.to_vec()),
        };
        let (mut x, mut states, mut after) = (x.clone(), states, Vec::new());
        for (i, (name, trainable, cell)) in cells.iter().enumerate() {
            // Of a cell after the first, the input is known only now.
            let projected = if i > 0 { scope.inside(name, *trainable, |scope| cell.project(scope, &x)) } else { x.clone() };
            let own;
            (own, states) = states.split_at(states.len().min(cell.states(x.shape()).len()));
            let (output, new) = scope.inside(name, *trainable, |scope| cell.step(scope, &projected, own));
            (x, after) = (output, [after, new].concat());
        }
        (x, after)
    }
}
