//! What a build function asks: values of hyper-parameters, by name.

use crate::{
    draw, invalid,
    space::{Domain, Setting},
    trial::Parameter,
};
use std::ops::RangeInclusive;
use wgrad_model::Result;

/// Where values come from that were not asked for yet.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    /// The defaults.
    Defaults,
    /// Drawn for a trial.
    Random { seed: u64, trial: u64 },
    /// Option by option of what is asked, in order; the first where the path has ended.
    Path(Vec<usize>),
}

/// The hyper-parameters of a trial (Keras Tuner's `HyperParameters`): asking for one makes it part of the space. One that is asked for again has the same value, so
/// what is asked for only where another has a certain value needs nothing more.
#[derive(Clone, Debug)]
pub struct HyperParameters {
    values: Values,
    given: Vec<(String, Setting)>,
    asked: Vec<Parameter>,
}

impl Default for HyperParameters {
    fn default() -> Self {
        HyperParameters::new()
    }
}

impl HyperParameters {
    /// All have their defaults: the least value, the first choice, `false`.
    pub fn new() -> HyperParameters {
        HyperParameters::of(Values::Defaults)
    }

    pub(crate) fn of(values: Values) -> HyperParameters {
        HyperParameters { values, given: Vec::new(), asked: Vec::new() }
    }

    /// With this value for the hyper-parameter `name`.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<Setting>) -> HyperParameters {
        self.given.push((name.into(), value.into()));
        self
    }

    /// What was asked for so far, in order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.asked
    }

    /// A whole number of a range, both ends included: `hp.int("units", 32..=512).step(32).get()?`.
    pub fn int<T>(&mut self, name: &str, range: RangeInclusive<T>) -> IntParameter<'_, T>
    where
        T: Copy + TryFrom<i64> + TryInto<i64>,
    {
        IntParameter { hp: self, name: name.into(), range, step: None, log: false, default: None }
    }

    /// A number of a range, both ends included: `hp.float("learning_rate", 1e-4..=1e-1).log().get()?`.
    pub fn float(&mut self, name: &str, range: RangeInclusive<f64>) -> FloatParameter<'_> {
        FloatParameter { hp: self, name: name.into(), range, step: None, log: false, default: None }
    }

    /// One of several values: `hp.choice("activation", ["relu", "tanh"]).get()?`.
    pub fn choice<T: Clone + Into<Setting>>(&mut self, name: &str, options: impl IntoIterator<Item = T>) -> ChoiceParameter<'_, T> {
        ChoiceParameter { hp: self, name: name.into(), options: options.into_iter().collect(), default: None }
    }

    /// `false` or `true`; `false` by default.
    ///
    /// # Errors
    /// A name that was asked for with another domain, or was given a value of another kind.
    pub fn boolean(&mut self, name: &str) -> Result<bool> {
        Ok(self.ask(name, Domain::Boolean, Setting::Boolean(false))? == Setting::Boolean(true))
    }

    /// The value of `name`: the one that it had, the one that was given, or a new one.
    fn ask(&mut self, name: &str, domain: Domain, default: Setting) -> Result<Setting> {
        let wrong = |rule: String| invalid(format!("hyper-parameter \"{name}\""), rule);
        domain.check().map_err(wrong)?;
        if let Some(known) = self.asked.iter().find(|known| known.name == name) {
            if known.domain != domain {
                return Err(wrong(format!("it was asked for as {}, and now as {domain}", known.domain)));
            }
            return Ok(known.value.clone());
        }
        if !domain.contains(&default) {
            return Err(wrong(format!("the default {default} is not in {domain}")));
        }
        let given = self.given.iter().rev().find(|(given, _)| given == name);
        let value = match (given, &self.values) {
            (Some((_, value)), _) if domain.contains(value) => value.clone(),
            (Some((_, value)), _) => return Err(wrong(format!("the given value {value} is not in {domain}"))),
            (None, Values::Defaults) => default,
            (None, Values::Random { seed, trial }) => domain.at(draw::unit(*seed, *trial, name)),
            (None, Values::Path(path)) => {
                let options = domain.options().map_err(wrong)?;
                let index = path.get(self.asked.len()).copied().unwrap_or(0);
                let value = options.get(index).cloned();
                value.ok_or_else(|| wrong(format!("it had more than the {} values of {domain}", options.len())))?
            }
        };
        self.asked.push(Parameter { name: name.into(), domain, value: value.clone() });
        Ok(value)
    }
}

/// A whole number that is asked for: see [`HyperParameters::int`].
#[derive(Debug)]
#[must_use = "get gives the value"]
pub struct IntParameter<'a, T> {
    hp: &'a mut HyperParameters,
    name: String,
    range: RangeInclusive<T>,
    step: Option<T>,
    log: bool,
    default: Option<T>,
}

impl<T: Copy + TryFrom<i64> + TryInto<i64>> IntParameter<'_, T> {
    /// The distance of values, or with `log` their ratio.
    pub fn step(self, step: T) -> Self {
        IntParameter { step: Some(step), ..self }
    }

    /// Logarithms are even: a number between 1 and 10 is as probable as one between 10 and 100.
    pub fn log(self) -> Self {
        IntParameter { log: true, ..self }
    }

    /// The value outside of searches; the least by default.
    pub fn default(self, value: T) -> Self {
        IntParameter { default: Some(value), ..self }
    }

    /// The value.
    ///
    /// # Errors
    /// An empty range, a step that leads nowhere; a name that was asked for with another domain; a given value outside of the domain.
    pub fn get(self) -> Result<T> {
        let wrong = || invalid(format!("hyper-parameter \"{}\"", self.name), "its numbers must fit into i64");
        let whole = |value: T| value.try_into().map_err(|_| wrong());
        let (low, high) = (whole(*self.range.start())?, whole(*self.range.end())?);
        let default = self.default.map(whole).transpose()?.unwrap_or(low);
        let domain = Domain::Int { low, high, step: self.step.map(whole).transpose()?, log: self.log };
        match self.hp.ask(&self.name, domain, Setting::Int(default))? {
            Setting::Int(value) => T::try_from(value).map_err(|_| wrong()),
            Setting::Boolean(_) | Setting::Float(_) | Setting::Text(_) => Err(wrong()),
        }
    }
}

/// A number that is asked for: see [`HyperParameters::float`].
#[derive(Debug)]
#[must_use = "get gives the value"]
pub struct FloatParameter<'a> {
    hp: &'a mut HyperParameters,
    name: String,
    range: RangeInclusive<f64>,
    step: Option<f64>,
    log: bool,
    default: Option<f64>,
}

impl FloatParameter<'_> {
    /// The distance of values, or with `log` their ratio; without it all numbers of the range are values.
    pub fn step(self, step: f64) -> Self {
        FloatParameter { step: Some(step), ..self }
    }

    /// Logarithms are even, as is right for learning rates.
    pub fn log(self) -> Self {
        FloatParameter { log: true, ..self }
    }

    /// The value outside of searches; the least by default.
    pub fn default(self, value: f64) -> Self {
        FloatParameter { default: Some(value), ..self }
    }

    /// The value.
    ///
    /// # Errors
    /// As [`IntParameter::get`].
    pub fn get(self) -> Result<f64> {
        let (low, high) = self.range.into_inner();
        let domain = Domain::Float { low, high, step: self.step, log: self.log };
        match self.hp.ask(&self.name, domain, Setting::Float(self.default.unwrap_or(low)))? {
            Setting::Float(value) => Ok(value),
            Setting::Boolean(_) | Setting::Int(_) | Setting::Text(_) => {
                Err(invalid(format!("hyper-parameter \"{}\"", self.name), "its value must be a number"))
            }
        }
    }
}

/// A choice that is asked for: see [`HyperParameters::choice`].
#[derive(Debug)]
#[must_use = "get gives the value"]
pub struct ChoiceParameter<'a, T> {
    hp: &'a mut HyperParameters,
    name: String,
    options: Vec<T>,
    default: Option<T>,
}

impl<T: Clone + Into<Setting>> ChoiceParameter<'_, T> {
    /// The value outside of searches; the first by default.
    pub fn default(self, value: T) -> Self {
        ChoiceParameter { default: Some(value), ..self }
    }

    /// The value.
    ///
    /// # Errors
    /// Nothing to choose from; a name that was asked for with another domain; a given value that is not among them.
    pub fn get(self) -> Result<T> {
        let nothing = || invalid(format!("hyper-parameter \"{}\"", self.name), "there is nothing to choose from");
        let settings: Vec<Setting> = self.options.iter().cloned().map(Into::into).collect();
        let default = self.default.map(Into::into).or(settings.first().cloned()).ok_or_else(nothing)?;
        let value = self.hp.ask(&self.name, Domain::Choice(settings.clone()), default)?;
        let chosen = settings.iter().position(|setting| *setting == value).and_then(|index| self.options.get(index));
        chosen.cloned().ok_or_else(nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_given_values_and_asking_again() {
        let mut hp = HyperParameters::new().set("rate", 0.5).set("layers", 9);
        assert_eq!(hp.int("units", 32..=512usize).step(32).get().unwrap(), 32);
        #[allow(clippy::reversed_empty_ranges)]
        let empty = hp.int("units", 32..=5usize).get().unwrap_err().to_string();
        assert_eq!(empty, "hyper-parameter \"units\": the range 32..=5 is empty");
        assert_eq!(hp.float("rate", 1e-3..=1.0).log().get().unwrap(), 0.5);
        assert_eq!(hp.choice("activation", ["relu", "tanh"]).default("tanh").get().unwrap(), "tanh");
        assert_eq!(hp.choice("activation", ["relu", "tanh"]).get().unwrap(), "tanh");
        assert!(!hp.boolean("bias").unwrap());
        let again = hp.int("bias", 0..=1).get().unwrap_err().to_string();
        assert_eq!(again, "hyper-parameter \"bias\": it was asked for as false or true, and now as 0..=1");
        let given = hp.int("layers", 1..=3).get().unwrap_err().to_string();
        assert_eq!(given, "hyper-parameter \"layers\": the given value 9 is not in 1..=3");
        let none = hp.choice::<i32>("none", []).get().unwrap_err().to_string();
        assert_eq!(none, "hyper-parameter \"none\": there is nothing to choose from");
        let default = hp.int("default", 1..=3).default(4).get().unwrap_err().to_string();
        assert_eq!(default, "hyper-parameter \"default\": the default 4 is not in 1..=3");
        assert_eq!(hp.parameters().len(), 4);
    }

    #[test]
    fn drawn_values_do_not_depend_on_the_order_of_asking() {
        let mut one = HyperParameters::of(Values::Random { seed: 1, trial: 4 });
        let mut other = one.clone();
        let (a, b) = (one.float("a", 0.0..=1.0).get().unwrap(), one.float("b", 0.0..=1.0).get().unwrap());
        assert_eq!((other.float("b", 0.0..=1.0).get().unwrap(), other.float("a", 0.0..=1.0).get().unwrap()), (b, a));
        assert_ne!(a, b);
    }

    #[test]
    fn a_path_takes_option_by_option() {
        let mut hp = HyperParameters::of(Values::Path(vec![2, 1]));
        assert_eq!(hp.choice("a", [10, 20, 30]).get().unwrap(), 30);
        assert!(hp.boolean("b").unwrap());
        assert_eq!(hp.int("c", 4..=9).get().unwrap(), 4);
    }
}
