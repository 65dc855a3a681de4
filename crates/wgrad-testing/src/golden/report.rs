//! What a run found: a table for people, and the numbers.

use super::{Worst, kinds};
use std::{collections::BTreeSet, fmt, time::Duration};

/// How many of the passing cases that came nearest to their tolerance are shown.
const OFFENDERS: usize = 5;

/// How a case ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `loss/huber_01`
    pub id: String,
    /// `loss`
    pub kind: String,
    /// `Huber`
    pub class_name: String,
    /// The element nearest to its tolerance, or what is wrong.
    pub result: Result<Option<Worst>, String>,
    /// How long it took, reading included.
    pub time: Duration,
}

impl Outcome {
    fn share(&self) -> f64 {
        self.result.as_ref().ok().and_then(|worst| worst.as_ref()).map_or(0.0, |worst| worst.share)
    }
}

/// How all cases ended. It prints as the failures, a table with a line for each kind, the cases nearest to their tolerance, and last the line
/// `N passed, N failed`.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// In the order of the index.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// How many cases passed.
    pub fn passed(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.result.is_ok()).count()
    }

    /// How many cases failed.
    pub fn failed(&self) -> usize {
        self.outcomes.len() - self.passed()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in &self.outcomes {
            if let Err(why) = &outcome.result {
                writeln!(f, "FAILED {} ({}): {why}", outcome.id, outcome.class_name)?;
            }
        }
        writeln!(f, "{:<12} {:>6} {:>6} {:>9}", "kind", "passed", "failed", "seconds")?;
        let found = self.outcomes.iter().map(|outcome| outcome.kind.as_str());
        let unknown: BTreeSet<&str> = found.filter(|kind| kinds().all(|known| known != *kind)).collect();
        for kind in kinds().chain(unknown) {
            let of_kind: Vec<&Outcome> = self.outcomes.iter().filter(|outcome| outcome.kind == kind).collect();
            if !of_kind.is_empty() {
                let passed = of_kind.iter().filter(|outcome| outcome.result.is_ok()).count();
                let seconds: f64 = of_kind.iter().map(|outcome| outcome.time.as_secs_f64()).sum();
                writeln!(f, "{kind:<12} {passed:>6} {:>6} {seconds:>9.2}", of_kind.len() - passed)?;
            }
        }
        let mut nearest: Vec<&Outcome> = self.outcomes.iter().collect();
        nearest.sort_by(|a, b| b.share().total_cmp(&a.share()));
        for outcome in nearest.into_iter().take(OFFENDERS) {
            if let Ok(Some(worst)) = &outcome.result {
                writeln!(f, "nearest to its tolerance: {} ({}): {worst}", outcome.id, outcome.class_name)?;
            }
        }
        write!(f, "{} passed, {} failed", self.passed(), self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts() {
        let outcome = |kind: &str, result| Outcome {
            id: format!("{kind}/c"),
            kind: kind.into(),
            class_name: "C".into(),
            result,
            time: Duration::from_millis(10),
        };
        let worst = Worst { place: "y[0]".into(), share: 0.25, got: 1.0, expected: 1.5, bound: 2.0 };
        let report =
            Report { outcomes: vec![outcome("loss", Ok(Some(worst))), outcome("loss", Err("why".into())), outcome("?", Ok(None))] };
        let text = report.to_string();
        assert!(text.starts_with("FAILED loss/c (C): why\n"), "{text}");
        assert!(text.contains("\nloss              1      1      0.02\n?                 1      0      0.01\n"), "{text}");
        assert!(text.contains("nearest to its tolerance: loss/c (C): y[0] is 1, Keras has 1.5"), "{text}");
        assert!(text.ends_with("\n2 passed, 1 failed"), "{text}");
    }
}
