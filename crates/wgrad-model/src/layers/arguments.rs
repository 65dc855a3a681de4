//! The arguments of a layer or loss from one line each: the field, its builder method, its default and its reading from Keras' JSON.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value as Json;

/// Writes the struct of a layer or loss. Arguments in parentheses must be given, in this order, those with `[into]` in any form that converts; the
/// others have Keras' defaults and a builder method:
/// `takes` one of its type, `converts` what can become it (a name, a number), `may_take` and `may_convert` are `None` by default.
///
/// The macro derives `Clone`, `Debug`, `Serialize` and writes `Deserialize`: arguments that are absent have their defaults, others than
/// these are errors.
macro_rules! arguments {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($($(#[$needed_doc:meta])* $needed:ident: $needed_type:ty $([$into:ident])?),* $(,)?) {
            $($(#[$doc:meta])* $kind:ident $field:ident: $type:ty $(= $default:expr)?;)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, serde::Serialize)]
        pub struct $name {
            $($(#[$needed_doc])* pub $needed: $needed_type,)*
            $($(#[$doc])* pub $field: $crate::layers::arguments::held!($kind $type),)*
        }

        impl $name {
            /// With Keras' defaults.
            #[allow(clippy::new_without_default)]
            pub fn new($($needed: $crate::layers::arguments::needed!($needed_type $([$into])?)),*) -> Self {
                Self { $($needed: $crate::layers::arguments::value!($needed $([$into])?),)* $($field: $crate::layers::arguments::default!($($default)?),)* }
            }

            $($crate::layers::arguments::setter!($(#[$doc])* $kind $field: $type, self.$field);)*
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(serde::Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Given {
                    $($needed: $needed_type,)*
                    $(
                        #[serde(default, deserialize_with = "crate::layers::arguments::given")]
                        $field: Option<$crate::layers::arguments::held!($kind $type)>,
                    )*
                }
                #[allow(unused_variables)]
                let given = Given::deserialize(deserializer)?;
                #[allow(unused_mut)]
                let mut layer = $name::new($(given.$needed),*);
                $(if let Some(value) = given.$field {
                    layer.$field = value;
                })*
                Ok(layer)
            }
        }
    };
}

/// The type of an argument of `new`.
macro_rules! needed {
    ($type:ty) => { $type };
    ($type:ty [into]) => { impl Into<$type> };
}

macro_rules! value {
    ($needed:ident) => {
        $needed
    };
    ($needed:ident [into]) => {
        $needed.into()
    };
}

/// An argument that is there: null has its meaning where it has one (no activation, no merging), else it stands for the default.
pub(crate) fn given<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    match Json::deserialize(deserializer)? {
        Json::Null => Ok(T::deserialize(Json::Null).ok()),
        value => T::deserialize(value).map(Some).map_err(D::Error::custom),
    }
}

/// The type of an argument's field.
macro_rules! held {
    (takes $type:ty) => { $type };
    (converts $type:ty) => { $type };
    (may_take $type:ty) => { Option<$type> };
    (may_convert $type:ty) => { Option<$type> };
}

macro_rules! default {
    () => {
        None
    };
    ($default:expr) => {
        $default
    };
}

/// The builder method of an argument, which stands at the place given.
macro_rules! setter {
    ($(#[$doc:meta])* takes $field:ident: $type:ty, $this:ident.$($place:ident).+) => {
        $(#[$doc])*
        pub fn $field(mut $this, $field: $type) -> Self {
            $this.$($place).+ = $field;
            $this
        }
    };
    ($(#[$doc:meta])* converts $field:ident: $type:ty, $this:ident.$($place:ident).+) => {
        $(#[$doc])*
        pub fn $field(mut $this, $field: impl Into<$type>) -> Self {
            $this.$($place).+ = $field.into();
            $this
        }
    };
    ($(#[$doc:meta])* may_take $field:ident: $type:ty, $this:ident.$($place:ident).+) => {
        $(#[$doc])*
        pub fn $field(mut $this, $field: $type) -> Self {
            $this.$($place).+ = Some($field);
            $this
        }
    };
    ($(#[$doc:meta])* may_convert $field:ident: $type:ty, $this:ident.$($place:ident).+) => {
        $(#[$doc])*
        pub fn $field(mut $this, $field: impl Into<$type>) -> Self {
            $this.$($place).+ = Some($field.into());
            $this
        }
    };
}

pub(crate) use {arguments, default, held, needed, setter, value};
