//! Families of Keras objects that are a name and a few numbers: activations, initializers, regularizers, constraints. One table for each family tells
//! the names, the arguments with their defaults, and the form in JSON.

use crate::{Error, Result, by_name::canonical, error::UnknownName};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};
use std::{fmt, sync::Arc};

/// A function of the user's own, with the name that errors and files show. Two are equal where they share the function.
pub struct Custom<F: ?Sized> {
    pub(crate) name: String,
    pub(crate) function: Arc<F>,
}

impl<F: ?Sized> Clone for Custom<F> {
    fn clone(&self) -> Self {
        Custom { name: self.name.clone(), function: self.function.clone() }
    }
}

impl<F: ?Sized> fmt::Debug for Custom<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Custom").field(&self.name).finish()
    }
}

impl<F: ?Sized> PartialEq for Custom<F> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.function, &other.function)
    }
}

/// Declares a family: the enum with a variant for each row, `Custom` and `Unknown`; names; Keras' JSON both ways.
///
/// The head is `Name, "kind" in errors, "Keras' module", whether objects without arguments are written as their name, [trait of closures]`; a row is
/// `"keras_name" | "alias" => Variant { argument: Type = default }`, or `=> Variant(arguments: Struct)` where several rows have the same arguments.
/// Names match whatever their case and underscores.
macro_rules! family {
    (
        $(#[$meta:meta])*
        $family:ident, $kind:literal, $module:literal, $by_name:literal, [$($function:tt)+];
        $(
            $(#[$row_meta:meta])*
            $name:literal $(| $alias:literal)* => $variant:ident
            $({ $( $(#[$argument_doc:meta])* $argument:ident: $type:ty = $default:expr ),+ $(,)? })?
            $(($shared:ident: $shared_type:ty))?
        ),+ $(,)?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $family {
            $(
                $(#[$row_meta])*
                $variant $({ $( $(#[$argument_doc])* $argument: $type ),+ })? $(($shared_type))?,
            )+
            /// A closure.
            Custom($crate::Custom<dyn $($function)+ + Send + Sync>),
            /// A name that stands for nothing.
            Unknown(String),
        }

        impl $family {
            /// The names that there are.
            pub fn names() -> impl Iterator<Item = &'static str> {
                [$($name $(, $alias)*),+].into_iter()
            }

            /// The Keras name.
            pub fn name(&self) -> &str {
                match self {
                    $($family::$variant { .. } => $name,)+
                    $family::Custom(custom) => &custom.name,
                    $family::Unknown(name) => name,
                }
            }

            /// A closure under a name that errors and files show.
            pub fn custom(name: &str, function: impl $($function)+ + Send + Sync + 'static) -> $family {
                $family::Custom($crate::Custom { name: name.into(), function: std::sync::Arc::new(function) })
            }

            /// The object of a Keras name with the arguments in `config` (`get_config()`); those that are absent have their defaults. A name that
            /// stands for nothing is kept.
            ///
            /// # Errors
            /// An argument that there is not, or of the wrong type.
            pub fn from_config(name: &str, config: &serde_json::Value) -> $crate::Result<$family> {
                let wanted = $crate::by_name::canonical(name);
                #[allow(unused_mut)] // rows without arguments
                let mut arguments = $crate::family::Arguments::new(concat!($kind, " "), name, config)?;
                $(
                    if [$name $(, $alias)*].iter().any(|known| $crate::by_name::canonical(known) == wanted) {
                        let object = $family::$variant
                            $({ $($argument: arguments.take(stringify!($argument), $default)?),+ })?
                            $((arguments.take_all::<$shared_type>()?))?;
                        return arguments.finish(object);
                    }
                )+
                Ok($family::Unknown(name.into()))
            }

            /// The object in Keras' JSON: a name, or `{"class_name", "config", ...}`. Closures are written as their name.
            pub fn to_json(&self) -> serde_json::Value {
                #[allow(unused_mut)] // rows without arguments
                let mut config = serde_json::Map::new();
                match self {
                    $($family::$variant $({ $($argument),+ })? $(($shared))? => {
                        $($( config.insert(stringify!($argument).into(), serde_json::json!($argument)); )+)?
                        $( config.extend(serde_json::json!($shared).as_object().cloned().unwrap_or_default()); )?
                    })+
                    $family::Custom(_) | $family::Unknown(_) => return self.name().into(),
                }
                if $by_name && *self == $family::from(self.name()) {
                    return self.name().into();
                }
                $crate::family::object($module, self.name(), config)
            }

            /// The error for a name that stands for nothing, with the near ones.
            fn unknown(name: &str) -> $crate::UnknownName {
                $crate::UnknownName::new($kind, name, $family::names())
            }
        }

        impl From<&str> for $family {
            fn from(name: &str) -> Self {
                $family::from_config(name, &serde_json::Value::Null).unwrap_or_else(|_| $family::Unknown(name.into()))
            }
        }

        impl From<String> for $family {
            fn from(name: String) -> Self {
                name.as_str().into()
            }
        }

        impl serde::Serialize for $family {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.to_json().serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $family {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let json = serde_json::Value::deserialize(deserializer)?;
                let parsed = $crate::family::name_and_config($kind, &json).and_then(|(name, config)| $family::from_config(name, config));
                parsed.map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use family;

/// The arguments of an object, taken one by one.
pub(crate) struct Arguments {
    place: String,
    given: Map<String, Json>,
    known: Vec<&'static str>,
}

impl Arguments {
    pub(crate) fn new(kind: &str, name: &str, config: &Json) -> Result<Arguments> {
        let place = format!("{kind}{name}");
        let mut given = match config {
            Json::Null => Map::new(),
            Json::Object(arguments) => arguments.clone(),
            other => return Err(Error::invalid(place, format!("its arguments must be a JSON object, got {other}"))),
        };
        // What Keras writes beside the arguments of layers (an activation may be given as its layer) and of initializers of old files.
        for shared in ["name", "trainable", "dtype"] {
            given.remove(shared);
        }
        // A seed may be a generator of seeds; its first seed stands for it.
        if let Some(seed) = given.get_mut("seed").filter(|seed| seed.is_object()) {
            *seed = seed["config"]["seed"].take();
        }
        Ok(Arguments { place, given, known: Vec::new() })
    }

    /// The argument, or `default` where it is absent, or null without standing for something.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, name: &'static str, default: T) -> Result<T> {
        self.known.push(name);
        let Some(value) = self.given.remove(name) else { return Ok(default) };
        match (serde_json::from_value(value.clone()), value) {
            (Ok(value), _) => Ok(value),
            (Err(_), Json::Null) => Ok(default),
            (Err(error), value) => Err(Error::invalid(&self.place, format!("the argument {name} is {value}: {error}"))),
        }
    }

    /// All arguments at once.
    pub(crate) fn take_all<T: DeserializeOwned>(&mut self) -> Result<T> {
        let given = Json::Object(std::mem::take(&mut self.given));
        serde_json::from_value(given).map_err(|e| Error::invalid(&self.place, e.to_string()))
    }

    /// `object`, where every given argument was taken.
    pub(crate) fn finish<T>(self, object: T) -> Result<T> {
        match self.given.keys().next() {
            None => Ok(object),
            Some(name) if self.known.is_empty() => Err(Error::invalid(self.place, format!("it has no arguments, got \"{name}\""))),
            Some(name) => Err(Error::invalid(self.place, UnknownName::new("argument", name, self.known).to_string())),
        }
    }
}

/// As Keras serializes its own objects.
pub(crate) fn object(module: &str, class_name: &str, config: Map<String, Json>) -> Json {
    json!({"module": module, "class_name": class_name, "config": config, "registered_name": null})
}

/// Name and arguments of an object as Keras writes it: a name, `{"class_name", "config"}`, or `{"class_name": "function", "config": name}`.
pub(crate) fn name_and_config<'a>(kind: &str, json: &'a Json) -> Result<(&'a str, &'a Json)> {
    let class_name = json["class_name"].as_str();
    let parts = match (json, class_name, &json["config"]) {
        (Json::String(name), _, _) => Some((name.as_str(), &Json::Null)),
        (_, Some(class_name), Json::String(function)) if canonical(class_name) == "function" => Some((function.as_str(), &Json::Null)),
        (_, Some(class_name), config) => Some((class_name, config)),
        _ => None,
    };
    parts.ok_or_else(|| Error::invalid(kind, format!("it is a name or {{\"class_name\", \"config\"}}, got {json}")))
}
