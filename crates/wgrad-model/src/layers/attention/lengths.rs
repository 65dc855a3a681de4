//! Arguments that are one number or several.

use serde::{Deserialize, Serialize};

/// Numbers, one or more; Keras writes one as itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Form", into = "Vec<i64>")]
pub struct Lengths(pub Vec<i64>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    One(i64),
    Several(Vec<i64>),
}

impl From<Form> for Lengths {
    fn from(form: Form) -> Self {
        match form {
            Form::One(n) => Lengths(vec![n]),
            Form::Several(list) => Lengths(list),
        }
    }
}

impl From<Lengths> for Vec<i64> {
    fn from(lengths: Lengths) -> Self {
        lengths.0
    }
}

impl From<i64> for Lengths {
    fn from(n: i64) -> Self {
        Lengths(vec![n])
    }
}

impl<const N: usize> From<[i64; N]> for Lengths {
    fn from(list: [i64; N]) -> Self {
        Lengths(list.into())
    }
}

impl From<Vec<i64>> for Lengths {
    fn from(list: Vec<i64>) -> Self {
        Lengths(list)
    }
}
