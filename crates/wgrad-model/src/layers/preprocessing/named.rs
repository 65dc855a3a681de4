//! Arguments that are one of a few names.

/// An enum of names that stand for something, and `Unknown`, which the layer reports by `known`.
macro_rules! named {
    (
        $(#[$meta:meta])*
        pub enum $name:ident, $argument:literal { $($(#[$doc:meta])* $text:literal $(| $alias:literal)* => $variant:ident,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A name that stands for nothing; the layer gives the error.
            Unknown(String),
        }

        impl $name {
            /// Itself; the rule that a name that stands for nothing breaks.
            pub(crate) fn known(&self) -> Result<&Self, String> {
                match self {
                    Self::Unknown(name) => Err(format!(concat!("there is no ", $argument, " \"{}\"; it is one of {}"), name, [$($text),+].join(", "))),
                    known => Ok(known),
                }
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                match name {
                    $($text $(| $alias)* => Self::$variant,)+
                    _ => Self::Unknown(name.into()),
                }
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                name.as_str().into()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                match value {
                    $($name::$variant => $text.into(),)+
                    $name::Unknown(name) => name,
                }
            }
        }
    };
}

pub(crate) use named;
