//! The comparison of results with the stored ones, within the tolerance that the case states.

use super::{Case, case::number};
use std::{collections::BTreeSet, fmt};
use wgrad_tensor::{Device, HostTensor, Shape, Tensor};

/// What was compared in a case so far.
#[derive(Debug, Default)]
pub struct Comparison {
    compared: BTreeSet<String>,
    /// What is compared now, where a case has several parts.
    part: Option<String>,
    failures: Vec<String>,
    worst: Option<Worst>,
}

/// The element that comes nearest to its tolerance, or exceeds it most.
#[derive(Clone, Debug, PartialEq)]
pub struct Worst {
    /// Name of the tensor, and position in it.
    pub place: String,
    /// The difference in units of what the tolerance allows; more than 1 is a failure.
    pub share: f64,
    /// What was computed.
    pub got: f64,
    /// What Keras computed.
    pub expected: f64,
    /// The difference that is allowed.
    pub bound: f64,
}

impl fmt::Display for Worst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Worst { place, share, got, expected, bound } = self;
        write!(f, "{place} is {got}, Keras has {expected}, allowed difference {bound:.3e} ({share:.3} of it)")
    }
}

impl Comparison {
    /// Names the part of the case that the next comparisons belong to.
    pub(super) fn part(&mut self, part: &str) {
        self.part = Some(part.into());
    }

    /// Computes all `results` in one program on `device` and compares each with the stored tensor of its name.
    pub(super) fn tensors(&mut self, case: &Case, device: &Device, results: &[(&str, Tensor)]) -> Result<(), String> {
        let (names, tensors): (Vec<&str>, Vec<Tensor>) = results.iter().cloned().unzip();
        let computed = Tensor::eval_all(&tensors, device).map_err(|e| e.to_string())?;
        for (name, tensor) in names.into_iter().zip(computed) {
            self.host(case, name, &tensor.to_host_on(device).map_err(|e| e.to_string())?)?;
        }
        Ok(())
    }

    /// Compares shape and elements of a tensor.
    pub(super) fn host(&mut self, case: &Case, name: &str, got: &HostTensor) -> Result<(), String> {
        self.values(case, name, got.shape(), &got.data().to_f64())
    }

    /// Compares the elements of a tensor of `shape`.
    pub(super) fn values(&mut self, case: &Case, name: &str, shape: &Shape, got: &[f64]) -> Result<(), String> {
        let expected = case.host(name)?;
        let tolerance = case.json["expect"].get(name).ok_or_else(|| format!("\"{name}\" is not among what the case expects"))?;
        let (rtol, atol) = (number(tolerance, "rtol")?, number(tolerance, "atol")?);
        let atol_first = tolerance["atol_first_20"].as_f64().unwrap_or(atol);
        self.compared.insert(name.into());
        if shape != expected.shape() {
            self.failures.push(format!("{name} has the shape {shape}, Keras' has {}", expected.shape()));
            return Ok(());
        }
        let mut worst: Option<Worst> = None;
        for (i, (&got, expected)) in got.iter().zip(expected.data().to_f64()).enumerate() {
            let bound = if i < 20 { atol_first } else { atol } + rtol * expected.abs();
            let share = share((got - expected).abs(), bound);
            if worst.as_ref().is_none_or(|worst| share > worst.share) {
                worst = Some(Worst { place: format!("{name}{}", position(shape, i)), share, got, expected, bound });
            }
        }
        if let Some(worst) = worst {
            self.note(worst);
        }
        Ok(())
    }

    /// Compares a number that is not a stored tensor: it may differ from `expected` by `bound`.
    pub(super) fn number(&mut self, what: &str, got: f64, expected: f64, bound: f64) {
        self.note(Worst { place: what.into(), share: share((got - expected).abs(), bound), got, expected, bound });
    }

    fn note(&mut self, found: Worst) {
        if found.share > 1.0 {
            self.failures.push(self.part.iter().map(|part| format!("{part}: ")).collect::<String>() + &found.to_string());
        }
        if self.worst.as_ref().is_none_or(|worst| found.share > worst.share) {
            self.worst = Some(found);
        }
    }

    /// The worst element where all agree and nothing that the case expects was left out; else all that is wrong.
    pub(super) fn finish(mut self, case: &Case) -> Result<Option<Worst>, String> {
        let expected = case.json["expect"].as_object().ok_or("the case does not say what it expects")?;
        let missing: Vec<&str> = expected.keys().filter(|name| !self.compared.contains(*name)).map(String::as_str).collect();
        if !missing.is_empty() {
            self.failures.push(format!("not compared: {}", missing.join(", ")));
        }
        if self.failures.is_empty() { Ok(self.worst) } else { Err(self.failures.join("; ")) }
    }
}

/// `difference` in units of `bound`. Infinite for what is no number, and for any difference where none is allowed.
fn share(difference: f64, bound: f64) -> f64 {
    match difference {
        0.0 => 0.0,
        _ if difference.is_finite() && bound > 0.0 => difference / bound,
        _ => f64::INFINITY,
    }
}

/// `[1, 0, 3]`: where element `index` of a row-major tensor stands.
fn position(shape: &[usize], index: usize) -> String {
    let mut rest = index;
    let mut position: Vec<String> = Vec::new();
    for length in shape.iter().rev() {
        position.push((rest % length.max(&1)).to_string());
        rest /= length.max(&1);
    }
    position.reverse();
    format!("[{}]", position.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use wgrad_tensor::HostData;

    fn case(tolerance: serde_json::Value, stored: [f32; 3]) -> Case {
        let tensors = [("y".to_string(), HostTensor::new([3], HostData::F32(stored.to_vec())).unwrap())].into();
        let json = json!({"expect": {"y": tolerance}});
        Case { id: "k/c".into(), kind: "k".into(), class_name: "C".into(), folder: "".into(), json, tensors }
    }

    fn compare(case: &Case, got: &[f64]) -> Result<Option<Worst>, String> {
        let mut found = Comparison::default();
        found.values(case, "y", &Shape::from([got.len()]), got)?;
        found.finish(case)
    }

    #[test]
    fn within_and_beyond_the_tolerance() {
        let case = case(json!({"rtol": 0.1, "atol": 0.5}), [1.0, 10.0, -10.0]);
        let worst = compare(&case, &[1.0, 11.4, -10.0]).unwrap().unwrap();
        assert_eq!((worst.place.as_str(), worst.bound), ("y[1]", 1.5));
        let error = compare(&case, &[1.0, 10.0, -12.0]).unwrap_err();
        assert_eq!(error, "y[2] is -12, Keras has -10, allowed difference 1.500e0 (1.333 of it)");
        assert!(compare(&case, &[1.0, f64::NAN, -10.0]).is_err());
    }

    #[test]
    fn no_tolerance_means_equality() {
        let case = case(json!({"rtol": 0, "atol": 0}), [1.0, 2.0, 3.0]);
        assert_eq!(compare(&case, &[1.0, 2.0, 3.0]).unwrap().unwrap().share, 0.0);
        assert!(compare(&case, &[1.0, 2.0, 3.0000001]).is_err());
    }

    #[test]
    fn shapes_and_missing_tensors() {
        let case = case(json!({"rtol": 0, "atol": 0}), [1.0, 2.0, 3.0]);
        assert_eq!(compare(&case, &[1.0]).unwrap_err(), "y has the shape [1], Keras' has [3]");
        assert_eq!(Comparison::default().finish(&case).unwrap_err(), "not compared: y");
        let unexpected = Comparison::default().values(&case, "z", &Shape::from([0]), &[]).unwrap_err();
        assert_eq!(unexpected, "the case has no tensor \"z\"");
    }
}
