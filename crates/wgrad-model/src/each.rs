//! Arguments that are one thing, or one for each input or output of a model: in order, or by name.

use crate::{Error, Result, error::UnknownName};
use wgrad_tensor::{HostTensor, Tensor};

/// One thing, one for each input or output in order, or some by name.
#[derive(Clone, Debug)]
pub struct Each<T>(Vec<(Option<String>, T)>);

/// Tensors for a model: `&x`, `[&a, &b]`, or `[("wide", &a), ("deep", &b)]`.
pub type Arrays = Each<Tensor>;

/// Not derived: it needs no default of the thing.
impl<T> Default for Each<T> {
    fn default() -> Self {
        Each(Vec::new())
    }
}

impl<T> Each<T> {
    pub(crate) fn in_order(things: impl IntoIterator<Item = T>) -> Each<T> {
        Each(things.into_iter().map(|thing| (None, thing)).collect())
    }

    pub(crate) fn by_name<S: Into<String>>(things: impl IntoIterator<Item = (S, T)>) -> Each<T> {
        Each(things.into_iter().map(|(name, thing)| (Some(name.into()), thing)).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether none has a name.
    pub(crate) fn is_in_order(&self) -> bool {
        self.0.iter().all(|(name, _)| name.is_none())
    }

    /// All of them with the names that they are for.
    pub(crate) fn items(&self) -> impl Iterator<Item = (Option<&str>, &T)> {
        self.0.iter().map(|(name, thing)| (name.as_deref(), thing))
    }

    /// All of them, whatever they are for.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, thing)| thing)
    }
}

impl<T: Clone> Each<T> {
    /// What there is for each of `names`: by name, or one in order for each.
    ///
    /// # Errors
    /// A name that there is not, with the near ones; another number.
    pub(crate) fn for_names(&self, what: &'static str, names: &[String]) -> Result<Vec<Option<T>>> {
        let mut found: Vec<Option<T>> = vec![None; names.len()];
        if self.is_in_order() {
            if self.0.len() != names.len() && !self.is_empty() {
                let rule = format!("there must be one for each of {}, got {}", names.join(", "), self.0.len());
                return Err(Error::invalid(what, rule));
            }
            return Ok(self.0.iter().map(|(_, thing)| Some(thing.clone())).chain(found.drain(self.0.len()..)).collect());
        }
        for (name, thing) in &self.0 {
            let name = name.as_deref().unwrap_or_default();
            let place = names.iter().position(|known| known == name);
            let place = place.ok_or_else(|| UnknownName::new(what, name, names.iter().map(String::as_str)))?;
            found[place] = Some(thing.clone());
        }
        Ok(found)
    }
}

impl From<&Tensor> for Arrays {
    fn from(tensor: &Tensor) -> Self {
        Each::in_order([tensor.clone()])
    }
}

impl From<Tensor> for Arrays {
    fn from(tensor: Tensor) -> Self {
        Each::in_order([tensor])
    }
}

impl From<HostTensor> for Arrays {
    fn from(tensor: HostTensor) -> Self {
        Tensor::from_value(tensor.into()).into()
    }
}

impl<const N: usize> From<[&Tensor; N]> for Arrays {
    fn from(tensors: [&Tensor; N]) -> Self {
        Each::in_order(tensors.map(Tensor::clone))
    }
}

impl From<&[Tensor]> for Arrays {
    fn from(tensors: &[Tensor]) -> Self {
        Each::in_order(tensors.iter().cloned())
    }
}

impl From<Vec<Tensor>> for Arrays {
    fn from(tensors: Vec<Tensor>) -> Self {
        Each::in_order(tensors)
    }
}

impl<S: Into<String>, const N: usize> From<[(S, &Tensor); N]> for Arrays {
    fn from(tensors: [(S, &Tensor); N]) -> Self {
        Each::by_name(tensors.map(|(name, tensor)| (name, tensor.clone())))
    }
}

impl<const N: usize> From<[f64; N]> for Each<f64> {
    fn from(numbers: [f64; N]) -> Self {
        Each::in_order(numbers)
    }
}

impl From<Vec<f64>> for Each<f64> {
    fn from(numbers: Vec<f64>) -> Self {
        Each::in_order(numbers)
    }
}

impl<S: Into<String>, const N: usize> From<[(S, f64); N]> for Each<f64> {
    fn from(numbers: [(S, f64); N]) -> Self {
        Each::by_name(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_order_and_by_name() {
        let names = ["age".to_string(), "income".to_string()];
        let of = |each: Each<f64>| each.for_names("weight", &names).map_err(|e| e.to_string());
        assert_eq!(of([1.0, 2.0].into()).unwrap(), [Some(1.0), Some(2.0)]);
        assert_eq!(of([("income", 3.0)].into()).unwrap(), [None, Some(3.0)]);
        assert_eq!(of(Each::default()).unwrap(), [None, None]);
        assert_eq!(of([1.0].into()).unwrap_err(), "weight: there must be one for each of age, income, got 1");
        assert_eq!(of([("incme", 1.0)].into()).unwrap_err(), "there is no weight \"incme\"; did you mean income?");
    }
}
