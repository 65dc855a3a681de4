//! Confusion matrices.

use crate::{Error, Result};
use std::fmt;
use wgrad_tensor::Tensor;

/// The most classes: there is a number for each with each.
const MOST_CLASSES: usize = 10_000;
/// The widest that a name can be padded to.
pub(super) const MOST_WIDTH: usize = u16::MAX as usize;

/// How often a class was predicted for each true class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    /// `counts[true][predicted]`
    pub counts: Vec<Vec<u64>>,
    /// A name for each class; numbers where empty.
    pub names: Vec<String>,
}

/// Counts true and predicted classes. `labels` are class numbers `[n]` or `[n, 1]`; `predictions` are class numbers too, or rows `[n, classes]`
/// of which the largest element counts.
///
/// ```
/// # use wgrad_cpu as _;
/// # use wgrad_tensor::Tensor;
/// let matrix = wgrad_model::metrics::confusion_matrix(&Tensor::from([0, 1, 1]), &Tensor::from([0, 1, 0]), 2)?;
/// assert_eq!(matrix.counts, [[1, 0], [1, 1]]);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
///
/// # Errors
/// Numbers of labels and predictions that differ; a class outside `0..classes`; more than 10,000 classes.
pub fn confusion_matrix(labels: &Tensor, predictions: &Tensor, classes: usize) -> Result<ConfusionMatrix> {
    if classes > MOST_CLASSES {
        return Err(Error::invalid("confusion matrix", format!("there must be at most {MOST_CLASSES} classes, got {classes}")));
    }
    let flat = |t: &Tensor| t.flatten().cast(wgrad_tensor::DType::F32).to_vec::<f32>();
    let labels = flat(labels)?;
    // The largest of one element says nothing: it is the class.
    let rows = predictions.rank() > 1 && predictions.shape().last() != Some(&1);
    let predictions = if rows { predictions.argmax(-1) } else { predictions.clone() };
    let predictions = flat(&predictions)?;
    if labels.len() != predictions.len() {
        return Err(Error::mismatch("confusion matrix", format!("{} predictions", labels.len()), predictions.len().to_string()));
    }
    let class = |value: f32| {
        let known = value >= 0.0 && (value as usize) < classes && value.fract() == 0.0;
        known.then_some(value as usize).ok_or_else(|| Error::invalid("confusion matrix", format!("class {value} is not in 0..{classes}")))
    };
    let mut counts = vec![vec![0; classes]; classes];
    for (&label, &prediction) in labels.iter().zip(&predictions) {
        counts[class(label)?][class(prediction)?] += 1;
    }
    Ok(ConfusionMatrix { counts, names: Vec::new() })
}

impl ConfusionMatrix {
    /// Shows names instead of class numbers.
    #[must_use]
    pub fn with_names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> ConfusionMatrix {
        self.names = names.into_iter().map(Into::into).collect();
        self
    }

    /// The share of samples on the diagonal; 0 where there are none.
    pub fn accuracy(&self) -> f64 {
        let total = sum(self.counts.iter().flatten().copied());
        let right = sum(self.counts.iter().enumerate().filter_map(|(i, row)| row.get(i)).copied());
        if total == 0 { 0.0 } else { right as f64 / total as f64 }
    }

    pub(super) fn name(&self, class: usize) -> String {
        self.names.get(class).cloned().unwrap_or_else(|| class.to_string())
    }
}

/// The sum, or the largest number: what was counted elsewhere may be anything.
pub(super) fn sum(counts: impl IntoIterator<Item = u64>) -> u64 {
    counts.into_iter().fold(0, u64::saturating_add)
}

/// One row for each true class, one column for each predicted one.
impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classes = self.counts.len();
        let numbers = self.counts.iter().flatten().map(|n| n.to_string().len());
        let width = numbers.chain((0..classes).map(|c| c.to_string().len())).max().unwrap_or(1);
        let head = (0..classes).map(|c| self.name(c).chars().count()).max().unwrap_or(0).max("true \\ predicted".len()).min(MOST_WIDTH);
        write!(f, "{:<head$}", "true \\ predicted")?;
        (0..classes).try_for_each(|c| write!(f, "  {c:>width$}"))?;
        for (c, row) in self.counts.iter().enumerate() {
            write!(f, "\n{:<head$}", self.name(c))?;
            row.iter().try_for_each(|n| write!(f, "  {n:>width$}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_numbers_in_a_column() {
        let labels = Tensor::from([0, 1, 2, 2]);
        let of = |predictions: Tensor| confusion_matrix(&labels, &predictions, 3).unwrap().counts;
        let column = of(Tensor::from([[0], [2], [2], [1]]));
        assert_eq!(column, [[1, 0, 0], [0, 0, 1], [0, 1, 1]]);
        assert_eq!(column, of(Tensor::from([0, 2, 2, 1])));
        assert_eq!(column, of(Tensor::from([0, 2, 2, 1]).one_hot(3)));
    }

    #[test]
    fn numbers_and_names_of_any_size() {
        let label = Tensor::from([0]);
        let many = confusion_matrix(&label, &label, usize::MAX).unwrap_err().to_string();
        assert_eq!(many, format!("confusion matrix: there must be at most 10000 classes, got {}", usize::MAX));
        let matrix = ConfusionMatrix { counts: vec![vec![u64::MAX; 2]; 2], names: vec![] }.with_names(["x".repeat(70_000)]);
        assert_eq!((matrix.accuracy(), matrix.report().macro_average.support), (1.0, u64::MAX));
        assert!(matrix.to_string().contains(&"x".repeat(70_000)));
        assert!(matrix.report().to_string().contains(&"x".repeat(70_000)));
    }

    #[test]
    fn prints_as_a_table() {
        let matrix = ConfusionMatrix { counts: vec![vec![10, 2], vec![0, 3]], names: vec![] }.with_names(["shirt", "coat"]);
        assert_eq!(matrix.to_string(), "true \\ predicted   0   1\nshirt             10   2\ncoat               0   3");
        assert!((matrix.accuracy() - 13.0 / 15.0).abs() < 1e-12);
    }
}
