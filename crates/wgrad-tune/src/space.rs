//! What a hyper-parameter may be, and values of it: at random, or one after the other for a grid.

use serde::{Deserialize, Serialize};
use std::fmt;
use wgrad_model::Result;

/// The most values of one hyper-parameter that a grid goes through.
const MOST_OPTIONS: u128 = 10_000;
/// As many values a grid takes of a range without steps, as Keras Tuner.
const SAMPLES_OF_RANGE: usize = 10;

/// A value of a hyper-parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// Of [`crate::HyperParameters::boolean`].
    Boolean(bool),
    /// Of [`crate::HyperParameters::int`].
    Int(i64),
    /// Of [`crate::HyperParameters::float`].
    Float(f64),
    /// A name, of [`crate::HyperParameters::choice`].
    Text(String),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Boolean(value) => write!(f, "{value}"),
            Setting::Int(value) => write!(f, "{value}"),
            // The shortest text that is the same number.
            Setting::Float(value) => write!(f, "{value:?}"),
            Setting::Text(value) => f.write_str(value),
        }
    }
}

macro_rules! settings {
    ($($type:ty => |$value:ident| $setting:expr;)*) => {
        $(impl From<$type> for Setting {
            fn from($value: $type) -> Setting {
                $setting
            }
        })*
    };
}
settings! {
    bool => |value| Setting::Boolean(value);
    i32 => |value| Setting::Int(value.into());
    i64 => |value| Setting::Int(value);
    u32 => |value| Setting::Int(value.into());
    usize => |value| Setting::Int(i64::try_from(value).unwrap_or(i64::MAX));
    f32 => |value| Setting::Float(value.into());
    f64 => |value| Setting::Float(value);
    &str => |value| Setting::Text(value.into());
    String => |value| Setting::Text(value);
}

/// The values that a hyper-parameter may have. Ends of ranges belong to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// `low`, `low + step`, ... up to `high`; with `log` evenly distributed logarithms and, where there is a step, `low`, `low * step`, ...
    Int {
        /// The least value.
        low: i64,
        /// The largest value.
        high: i64,
        /// The distance of values, or their ratio.
        step: Option<i64>,
        /// Whether logarithms are even.
        log: bool,
    },
    /// As `Int`; without a step all numbers between.
    Float {
        /// The least value.
        low: f64,
        /// The largest value.
        high: f64,
        /// The distance of values, or their ratio.
        step: Option<f64>,
        /// Whether logarithms are even.
        log: bool,
    },
    /// One of these.
    Choice(Vec<Setting>),
    /// `false` or `true`.
    Boolean,
}

impl Domain {
    /// Says what is wrong with it.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self {
            Domain::Int { low, high, .. } if low > high => Err(format!("the range {low}..={high} is empty")),
            Domain::Int { low, log: true, .. } if *low < 1 => Err(format!("a range with log begins at 1 or more, got {low}")),
            Domain::Int { step: Some(step), log, .. } if *step < 1 + i64::from(*log) => {
                Err(format!("the step must be at least {}, got {step}", 1 + i64::from(*log)))
            }
            Domain::Float { low, high, .. } if !(low <= high && (high - low).is_finite()) => {
                Err(format!("the range {low}..={high} is empty or not finite"))
            }
            Domain::Float { low, log: true, .. } if *low <= 0.0 => Err(format!("a range with log begins above 0, got {low}")),
            Domain::Float { step: Some(step), log, .. } if !(step.is_finite() && *step > f64::from(u8::from(*log))) => {
                Err(format!("the step must be more than {}, got {step}", u8::from(*log)))
            }
            Domain::Choice(options) if options.is_empty() => Err("there is nothing to choose from".into()),
            Domain::Choice(options) => {
                // A file of a trial could not hold it.
                let infinite = options.iter().find(|option| matches!(option, Setting::Float(value) if !value.is_finite()));
                infinite.map_or(Ok(()), |option| Err(format!("choices must be finite numbers, got {option} in {self}")))
            }
            Domain::Int { .. } | Domain::Float { .. } | Domain::Boolean => Ok(()),
        }
    }

    /// The number of values; `None` where all numbers of a range are.
    fn steps(&self) -> Option<u128> {
        match *self {
            Domain::Int { low, high, step: Some(step), log: true } => Some(powers(low, high, step)),
            Domain::Int { log: true, step: None, .. } | Domain::Float { step: None, .. } => None,
            Domain::Int { low, high, step, log: false } => {
                Some(((i128::from(high) - i128::from(low)) / i128::from(step.unwrap_or(1).max(1))) as u128 + 1)
            }
            // A little more than the quotient: 0.3 is three steps of 0.1.
            Domain::Float { low, high, step: Some(step), log: true } => {
                Some(((log_ratio(low, high) / step.ln() + 1e-9) as u128).saturating_add(1))
            }
            Domain::Float { low, high, step: Some(step), log: false } => Some((((high - low) / step + 1e-9) as u128).saturating_add(1)),
            Domain::Choice(ref options) => Some(options.len() as u128),
            Domain::Boolean => Some(2),
        }
    }

    /// Value number `index`, where they can be counted.
    fn step_value(&self, index: u128) -> Setting {
        let steps = index as f64;
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        match self {
            Domain::Int { low, high, step, log: false } => {
                let value = i128::from(*low) + i128::from(index) * i128::from(step.unwrap_or(1));
                Setting::Int(i64::try_from(value).unwrap_or(*high).min(*high))
            }
            Domain::Int { low, high, step, log: true } => {
                let power = u32::try_from(index).ok().and_then(|index| step.unwrap_or(2).checked_pow(index));
                Setting::Int(power.and_then(|power| low.checked_mul(power)).unwrap_or(*high).min(*high))
            }
            Domain::Float { low, high, step, log: false } => Setting::Float((low + steps * step.unwrap_or(0.0)).min(*high)),
            Domain::Float { low, high, step, log: true } => Setting::Float((low * step.unwrap_or(1.0).powf(steps)).min(*high)),
            Domain::Choice(options) => options.get(index as usize).or(options.last()).cloned().unwrap_or(Setting::Boolean(false)),
            Domain::Boolean => Setting::Boolean(index == 1),
        }
    }

    /// The value at the share `unit` (from 0 up to 1) of the domain.
    pub(crate) fn at(&self, unit: f64) -> Setting {
        if let Some(count) = self.steps() {
            return self.step_value(((unit * count as f64) as u128).min(count - 1));
        }
        match *self {
            Domain::Int { low, high, .. } => {
                let value = low as f64 * ((high as f64 + 1.0) / low as f64).powf(unit);
                Setting::Int((value as i64).clamp(low, high))
            }
            Domain::Float { low, high, log: true, .. } if (high / low).is_infinite() => {
                Setting::Float((low.ln() + unit * log_ratio(low, high)).exp().clamp(low, high))
            }
            Domain::Float { low, high, log: true, .. } => Setting::Float((low * (high / low).powf(unit)).clamp(low, high)),
            Domain::Float { low, high, .. } => Setting::Float((low + unit * (high - low)).clamp(low, high)),
            Domain::Choice(_) | Domain::Boolean => self.step_value(0),
        }
    }

    /// The values that a grid goes through: all, or ten of a range without steps.
    ///
    /// # Errors
    /// A domain of very many values.
    pub(crate) fn options(&self) -> Result<Vec<Setting>, String> {
        match self.steps() {
            Some(count) if count > MOST_OPTIONS => {
                Err(format!("a grid takes at most {MOST_OPTIONS} values of it, there are {count}; give it a step"))
            }
            Some(count) => Ok((0..count).map(|index| self.step_value(index)).collect()),
            None => {
                let centers = (0..SAMPLES_OF_RANGE).map(|i| (i as f64 + 0.5) / SAMPLES_OF_RANGE as f64);
                let mut options: Vec<Setting> = centers.map(|unit| self.at(unit)).collect();
                options.dedup();
                Ok(options)
            }
        }
    }

    /// Whether a value is one of the domain's.
    pub(crate) fn contains(&self, value: &Setting) -> bool {
        match (self, value) {
            (Domain::Int { low, high, .. }, Setting::Int(value)) => (low..=high).contains(&value),
            (Domain::Float { low, high, .. }, Setting::Float(value)) => (low..=high).contains(&value),
            (Domain::Choice(options), value) => options.contains(value),
            (Domain::Boolean, Setting::Boolean(_)) => true,
            (Domain::Int { .. } | Domain::Float { .. } | Domain::Boolean, _) => false,
        }
    }
}

/// `ln(high / low)`, also where the quotient overflows.
fn log_ratio(low: f64, high: f64) -> f64 {
    let ratio = high / low;
    if ratio.is_infinite() { high.ln() - low.ln() } else { ratio.ln() }
}

/// How many of `low`, `low * step`, ... are `high` or less.
fn powers(low: i64, high: i64, step: i64) -> u128 {
    let values = std::iter::successors(Some(low), |value| value.checked_mul(step));
    values.take_while(|value| *value <= high).count() as u128
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn range<T: fmt::Debug>(f: &mut fmt::Formatter<'_>, low: T, high: T, step: Option<T>, log: bool) -> fmt::Result {
            write!(f, "{low:?}..={high:?}")?;
            step.map_or(Ok(()), |step| write!(f, " step {step:?}"))?;
            f.write_str(if log { " log" } else { "" })
        }
        match self {
            Domain::Int { low, high, step, log } => range(f, low, high, step.as_ref(), *log),
            Domain::Float { low, high, step, log } => range(f, low, high, step.as_ref(), *log),
            Domain::Choice(options) => {
                let options: Vec<String> = options.iter().map(Setting::to_string).collect();
                write!(f, "one of {}", options.join(", "))
            }
            Domain::Boolean => f.write_str("false or true"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(low: i64, high: i64, step: Option<i64>, log: bool) -> Domain {
        Domain::Int { low, high, step, log }
    }

    fn texts(domain: &Domain) -> Vec<String> {
        domain.options().unwrap().iter().map(Setting::to_string).collect()
    }

    /// The examples of Keras Tuner's documentation, and values that it gives a grid.
    #[test]
    fn options_of_keras_tuner() {
        assert_eq!(texts(&int(6, 13, Some(3), false)), ["6", "9", "12"]);
        assert_eq!(texts(&int(2, 32, Some(2), true)), ["2", "4", "8", "16", "32"]);
        assert_eq!(texts(&Domain::Float { low: 0.1, high: 0.4, step: Some(0.1), log: false }).len(), 4);
        assert_eq!(texts(&Domain::Float { low: 0.001, high: 10.0, step: Some(10.0), log: true }).len(), 5);
        assert_eq!(texts(&Domain::Float { low: 0.0, high: 1.0, step: None, log: false })[..3], ["0.05", "0.15", "0.25"]);
        assert_eq!(texts(&int(1, 1000, None, true)), ["1", "2", "5", "11", "22", "44", "89", "177", "355", "708"]);
        let rates = Domain::Float { low: 1e-4, high: 1e-1, step: None, log: true };
        assert!(texts(&rates)[0].starts_with("0.000141253754462") && texts(&rates)[9].starts_with("0.07079457843841"));
        assert_eq!(texts(&Domain::Boolean), ["false", "true"]);
    }

    #[test]
    fn shares_reach_both_ends_and_stay_inside() {
        let domains = [
            int(0, 10, None, false),
            int(-5, 7, Some(4), false),
            int(1, 1000, None, true),
            int(3, 100, Some(3), true),
            int(i64::MIN, i64::MAX, None, false),
            int(1, i64::MAX, Some(2), true),
            Domain::Float { low: -1.0, high: 2.0, step: None, log: false },
            Domain::Float { low: 1e-5, high: 1.0, step: None, log: true },
            Domain::Float { low: 0.0, high: 1e39, step: Some(1.0), log: false },
            Domain::Float { low: 1e-300, high: 1e300, step: None, log: true },
            Domain::Float { low: 1e-300, high: 1e300, step: Some(10.0), log: true },
            Domain::Choice(vec!["relu".into(), 3.into()]),
        ];
        for domain in domains {
            domain.check().unwrap();
            for i in 0..=1000 {
                let value = domain.at(f64::from(i) / 1000.0);
                assert!(domain.contains(&value), "{domain}: {value}");
            }
        }
        assert_eq!(int(0, 10, None, false).at(0.9999), Setting::Int(10));
        assert_eq!(int(1, 1000, None, true).at(0.99999), Setting::Int(1000));
    }

    #[test]
    fn logarithms_are_even() {
        let domain = Domain::Float { low: 1e-4, high: 1.0, step: None, log: true };
        let Setting::Float(middle) = domain.at(0.5) else { panic!() };
        assert!((middle - 1e-2).abs() < 1e-12);
        // Also where the quotient of the ends overflows.
        let wide = Domain::Float { low: 1e-300, high: 1e300, step: None, log: true };
        let Setting::Float(middle) = wide.at(0.5) else { panic!() };
        assert!((middle - 1.0).abs() < 1e-12, "{middle}");
        assert_eq!(texts(&Domain::Float { low: 1e-300, high: 1e300, step: Some(1e100), log: true }).len(), 7);
        let Setting::Float(most) = Domain::Float { low: 0.0, high: 1e39, step: Some(1.0), log: false }.at(0.999) else { panic!() };
        assert!(most > 1e38, "{most}");
    }

    #[test]
    fn what_is_wrong_is_told() {
        assert_eq!(int(3, 2, None, false).check().unwrap_err(), "the range 3..=2 is empty");
        assert_eq!(int(0, 2, None, true).check().unwrap_err(), "a range with log begins at 1 or more, got 0");
        assert_eq!(int(1, 2, Some(1), true).check().unwrap_err(), "the step must be at least 2, got 1");
        let float = |low, high, step, log| Domain::Float { low, high, step, log }.check().unwrap_err();
        assert_eq!(float(f64::NAN, 1.0, None, false), "the range NaN..=1 is empty or not finite");
        assert_eq!(float(0.0, 1.0, None, true), "a range with log begins above 0, got 0");
        assert_eq!(float(0.0, 1.0, Some(0.0), false), "the step must be more than 0, got 0");
        assert_eq!(Domain::Choice(vec![]).check().unwrap_err(), "there is nothing to choose from");
        let infinite = Domain::Choice(vec![0.1.into(), f64::INFINITY.into()]).check().unwrap_err();
        assert_eq!(infinite, "choices must be finite numbers, got inf in one of 0.1, inf");
        assert!(int(0, 1_000_000, None, false).options().unwrap_err().contains("1000001; give it a step"));
    }
}
