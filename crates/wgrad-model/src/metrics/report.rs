//! How good a classifier is class by class, as scikit-learn's `classification_report`.

use super::{
    ConfusionMatrix,
    confusion::{MOST_WIDTH, sum},
};
use std::fmt;

/// The most digits behind the point: more than an f64 has.
const MOST_DIGITS: usize = 1000;

/// Scores of each class and their averages; prints as scikit-learn's report does.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassificationReport {
    /// In the order of the classes.
    pub classes: Vec<ClassScores>,
    /// The share of samples that were predicted right.
    pub accuracy: f64,
    /// The mean over the classes.
    pub macro_average: ClassScores,
    /// The mean over the classes, weighted by their support.
    pub weighted_average: ClassScores,
    digits: usize,
}

/// Scores of one class. One that is a division by zero is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassScores {
    /// Its name.
    pub name: String,
    /// The share of right ones among the samples that were predicted to be of this class.
    pub precision: f64,
    /// The share of right ones among the samples that are of this class.
    pub recall: f64,
    /// `2 precision recall / (precision + recall)`
    pub f1: f64,
    /// How many samples are of this class.
    pub support: u64,
}

impl ConfusionMatrix {
    /// Precision, recall, F1 and support of each class.
    ///
    /// ```
    /// use wgrad_model::metrics::ConfusionMatrix;
    /// let matrix = ConfusionMatrix { counts: vec![vec![3, 1], vec![0, 4]], names: vec![] }.with_names(["cat", "dog"]);
    /// let report = matrix.report();
    /// assert_eq!((report.classes[0].precision, report.classes[0].recall, report.accuracy), (1.0, 0.75, 0.875));
    /// println!("{report}"); // the table that scikit-learn prints
    /// ```
    pub fn report(&self) -> ClassificationReport {
        let classes: Vec<ClassScores> = (0..self.counts.len()).map(|class| self.scores(class)).collect();
        let macro_average = average("macro avg", &classes, |_| 1.0);
        let weighted_average = average("weighted avg", &classes, |class| class.support as f64);
        ClassificationReport { classes, accuracy: self.accuracy(), macro_average, weighted_average, digits: 2 }
    }

    fn scores(&self, class: usize) -> ClassScores {
        let count = |row: &[u64]| row.get(class).copied().unwrap_or(0);
        let row = self.counts.get(class).map_or(&[][..], Vec::as_slice);
        let (right, support) = (count(row), sum(row.iter().copied()));
        let predicted = sum(self.counts.iter().map(|row| count(row)));
        ClassScores {
            name: self.name(class),
            precision: share(right as f64, predicted as f64),
            recall: share(right as f64, support as f64),
            f1: share(2.0 * right as f64, predicted as f64 + support as f64),
            support,
        }
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

fn average(name: &str, classes: &[ClassScores], weight: impl Fn(&ClassScores) -> f64) -> ClassScores {
    let all: f64 = classes.iter().map(&weight).sum();
    let mean = |of: fn(&ClassScores) -> f64| share(classes.iter().map(|class| weight(class) * of(class)).sum(), all);
    ClassScores {
        name: name.into(),
        precision: mean(|class| class.precision),
        recall: mean(|class| class.recall),
        f1: mean(|class| class.f1),
        support: sum(classes.iter().map(|class| class.support)),
    }
}

impl ClassificationReport {
    /// Prints that many digits behind the point, 1000 at most; 2 by default.
    #[must_use]
    pub fn digits(self, digits: usize) -> ClassificationReport {
        ClassificationReport { digits: digits.min(MOST_DIGITS), ..self }
    }
}

impl fmt::Display for ClassificationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.classes.iter().map(|class| class.name.chars().count());
        let width = names.chain(["weighted avg".len(), self.digits]).max().unwrap_or(0).min(MOST_WIDTH);
        let digits = self.digits;
        writeln!(f, "{:>width$}  {:>9} {:>9} {:>9} {:>9}\n", "", "precision", "recall", "f1-score", "support")?;
        let row = |f: &mut fmt::Formatter<'_>, scores: &ClassScores| {
            let ClassScores { name, precision, recall, f1, support } = scores;
            write!(f, "{name:>width$}  {precision:>9.digits$} {recall:>9.digits$} {f1:>9.digits$} {support:>9}")
        };
        for class in &self.classes {
            row(f, class)?;
            writeln!(f)?;
        }
        let (accuracy, support) = (self.accuracy, self.macro_average.support);
        writeln!(f, "\n{:>width$}  {:>9} {:>9} {accuracy:>9.digits$} {support:>9}", "accuracy", "", "")?;
        row(f, &self.macro_average)?;
        writeln!(f)?;
        row(f, &self.weighted_average)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What scikit-learn 1.9 prints for these samples.
    #[test]
    fn prints_as_scikit_learn() {
        let counts = vec![vec![2, 1, 0, 0], vec![0, 1, 1, 0], vec![1, 0, 3, 0], vec![0, 0, 1, 0]];
        let matrix = ConfusionMatrix { counts, names: vec![] };
        let four = "              precision    recall  f1-score   support

           0     0.6667    0.6667    0.6667         3
           1     0.5000    0.5000    0.5000         2
           2     0.6000    0.7500    0.6667         4
           3     0.0000    0.0000    0.0000         1

    accuracy                         0.6000        10
   macro avg     0.4417    0.4792    0.4583        10
weighted avg     0.5400    0.6000    0.5667        10";
        assert_eq!(matrix.report().digits(4).to_string(), four);
        let named = "                    precision    recall  f1-score   support

               cat       0.67      0.67      0.67         3
               dog       0.50      0.50      0.50         2
a much longer name       0.60      0.75      0.67         4
              bird       0.00      0.00      0.00         1

          accuracy                           0.60        10
         macro avg       0.44      0.48      0.46        10
      weighted avg       0.54      0.60      0.57        10";
        let report = matrix.with_names(["cat", "dog", "a much longer name", "bird"]).report();
        assert_eq!(report.to_string(), named);
        assert!((report.macro_average.f1 - 0.45833333333333326).abs() < 1e-15 && (report.weighted_average.precision - 0.54).abs() < 1e-15);
    }

    #[test]
    fn as_many_digits_as_a_number_can_print() {
        let report = ConfusionMatrix { counts: vec![vec![1]], names: vec![] }.report();
        assert_eq!(report.clone().digits(70_000).to_string(), report.digits(1000).to_string());
    }

    #[test]
    fn what_was_counted_by_hand_may_be_ragged_or_empty() {
        let report = ConfusionMatrix { counts: vec![vec![1], vec![]], names: vec![] }.report();
        assert_eq!((report.classes[1].recall, report.macro_average.recall), (0.0, 0.5));
        assert_eq!(ConfusionMatrix { counts: vec![], names: vec![] }.report().accuracy, 0.0);
    }
}
