//! What every optimizer has beside its rule: the learning rate, clipping, weight decay, averages, accumulation.

use super::{LearningRate, Placed};
use serde::{Deserialize, Serialize};

/// The settings that all optimizers share, with Keras' names and defaults. Every optimizer has a method for each: `Adam::new(1e-3).clipnorm(1.0)`.
///
/// A step divides the gradient by the loss scale, takes the mean of the accumulated gradients, clips it, shrinks the parameters by their decay,
/// moves them by the rule, and averages them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Options {
    /// What Keras calls the optimizer's variables after; the class by default.
    pub name: Option<String>,
    /// A number or a schedule. Schedules count steps, not updates, where gradients are accumulated.
    pub learning_rate: LearningRate,
    /// `p -= p weight_decay rate` before each update (decoupled; Loshchilov and Hutter 2017).
    pub weight_decay: Option<f64>,
    /// The gradient of each variable gets at most this norm.
    pub clipnorm: Option<f64>,
    /// The gradient of all variables together gets at most this norm.
    pub global_clipnorm: Option<f64>,
    /// Each element of the gradient lies between minus this and this.
    pub clipvalue: Option<f64>,
    /// Whether an average of the parameters is kept, `a = momentum a + (1 - momentum) p`, which they get when training ends.
    pub use_ema: bool,
    /// 0.99 by default.
    pub ema_momentum: f64,
    /// After how many steps each the parameters get their average while training goes on.
    pub ema_overwrite_frequency: Option<u64>,
    /// The loss is multiplied by it before gradients are taken, and these are divided by it: for gradients that are too small for f16.
    pub loss_scale_factor: Option<f64>,
    /// Only each so many steps the parameters move, by the mean of the gradients since.
    pub gradient_accumulation_steps: Option<u64>,
    /// Variables whose path has one of these texts in it have no weight decay. Not a part of the configuration, as in Keras.
    #[serde(skip)]
    pub exclude_from_weight_decay: Vec<String>,
}

impl Options {
    /// Whether gradients are clipped.
    pub(crate) fn clips(&self) -> bool {
        [self.clipnorm, self.clipvalue, self.global_clipnorm].iter().flatten().any(|bound| *bound > 0.0)
    }

    /// Keras' defaults for the rest.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Options {
        Options {
            name: None,
            learning_rate: learning_rate.into(),
            weight_decay: None,
            clipnorm: None,
            global_clipnorm: None,
            clipvalue: None,
            use_ema: false,
            ema_momentum: 0.99,
            ema_overwrite_frequency: None,
            loss_scale_factor: None,
            gradient_accumulation_steps: None,
            exclude_from_weight_decay: Vec::new(),
        }
    }

    /// What must hold for the settings.
    ///
    /// # Errors
    /// The broken rule.
    pub fn check(&self) -> Result<(), String> {
        self.learning_rate.check()?;
        let numbers = [
            ("weight_decay", self.weight_decay),
            ("clipnorm", self.clipnorm),
            ("global_clipnorm", self.global_clipnorm),
            ("clipvalue", self.clipvalue),
        ];
        for (name, value) in numbers {
            if let Some(value) = value.filter(|v| !v.is_finite()) {
                return Err(format!("{name} must be finite, got {value}"));
            }
        }
        let clips: Vec<String> = numbers[1..].iter().filter_map(|(name, value)| Some(format!("{name}={}", (*value)?))).collect();
        if clips.len() > 1 {
            return Err(format!("only one of clipnorm, clipvalue and global_clipnorm can be set, got {}", clips.join(", ")));
        }
        check_share("ema_momentum", self.ema_momentum)?;
        check_positive("loss_scale_factor", self.loss_scale_factor.unwrap_or(1.0))?;
        match (self.ema_overwrite_frequency, self.gradient_accumulation_steps) {
            (Some(0), _) => Err("ema_overwrite_frequency must be at least 1, got 0".into()),
            (_, Some(n @ 0..2)) => Err(format!("gradient_accumulation_steps must be at least 2, got {n}")),
            _ => Ok(()),
        }
    }

    /// Steps for each update.
    pub(crate) fn steps_per_update(&self) -> u64 {
        self.gradient_accumulation_steps.unwrap_or(1).max(1)
    }

    /// Whether weight decay leaves a variable alone.
    pub(crate) fn excludes(&self, variable: &Placed) -> bool {
        self.exclude_from_weight_decay.iter().any(|text| variable.path.contains(text))
    }
}

/// The rule for decay rates such as momentum.
pub(crate) fn check_share(name: &str, value: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(format!("{name} must be in [0, 1], got {value}")) }
}

/// `1 - beta^step` with the power as Keras has it: of an f32, rounded to f32. After few steps the difference from the exact value shows in the results.
pub(crate) fn bias_correction(beta: f64, step: u64) -> f64 {
    1.0 - f64::from((beta as f32).powf(step as f32))
}

/// `1 - beta` of a `beta` that Keras first rounds to f32.
pub(crate) fn complement(beta: f64) -> f64 {
    bias_correction(beta, 1)
}

/// The rule for sums and strengths.
pub(crate) fn check_not_negative(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value >= 0.0 { Ok(()) } else { Err(format!("{name} must not be negative, got {value}")) }
}

/// The rule for what is divided by.
pub(crate) fn check_positive(name: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value > 0.0 { Ok(()) } else { Err(format!("{name} must be positive, got {value}")) }
}

/// The methods that set an optimizer's own fields and the options that all share; where another optimizer is inside, as in `AdamW, adam`, they are there.
macro_rules! setters {
    ($optimizer:ident $(, $inner:ident)? { $($field:ident: $type:ty),* $(,)? }) => {
        crate::optimizers::options::setters! { @fields own $optimizer ($($inner)?) $($field: $type => $field,)* }
        crate::optimizers::options::setters! { @fields shared $optimizer ($($inner.)? options)
            learning_rate: impl Into<crate::optimizers::LearningRate> => learning_rate.into(),
            weight_decay: impl Into<Option<f64>> => weight_decay.into(),
            clipnorm: impl Into<Option<f64>> => clipnorm.into(),
            global_clipnorm: impl Into<Option<f64>> => global_clipnorm.into(),
            clipvalue: impl Into<Option<f64>> => clipvalue.into(),
            use_ema: bool => use_ema,
            ema_momentum: f64 => ema_momentum,
            ema_overwrite_frequency: impl Into<Option<u64>> => ema_overwrite_frequency.into(),
            loss_scale_factor: impl Into<Option<f64>> => loss_scale_factor.into(),
            gradient_accumulation_steps: impl Into<Option<u64>> => gradient_accumulation_steps.into(),
            name: &str => Some(name.into()),
            exclude_from_weight_decay: &[&str] => exclude_from_weight_decay.iter().map(|text| (*text).into()).collect(),
        }
    };
    (@fields $whose:ident $optimizer:ident $place:tt $($field:ident: $type:ty => $value:expr,)*) => {
        impl $optimizer {
            $(
                #[doc = crate::optimizers::options::setters!(@doc $whose $optimizer $field)]
                #[must_use]
                pub fn $field(mut self, $field: $type) -> Self {
                    crate::optimizers::options::setters!(@place self $place $field) = $value;
                    self
                }
            )*
        }
    };
    (@doc own $optimizer:ident $field:ident) => { concat!("Sets `", stringify!($field), "` of [`", stringify!($optimizer), "`].") };
    (@doc shared $optimizer:ident $field:ident) => { concat!("Sets [`Options::", stringify!($field), "`](crate::optimizers::Options::", stringify!($field), ").") };
    (@place $self:ident () $field:ident) => { $self.$field };
    (@place $self:ident ($($place:tt)+) $field:ident) => { $self.$($place)+.$field };
}

/// The methods of [`super::Optimizer`] that only name things.
macro_rules! named {
    ($class_name:literal, $name:literal $(, $inner:ident)?) => {
        fn name(&self) -> &'static str {
            $name
        }

        fn class_name(&self) -> &'static str {
            $class_name
        }

        fn options(&self) -> &crate::optimizers::Options {
            &self.$($inner.)?options
        }

        fn config(&self) -> serde_json::Value {
            crate::optimizers::config_of(self)
        }
    };
}

pub(crate) use {named, setters};
