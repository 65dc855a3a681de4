//! The values of a column.

use std::{cmp::Ordering, fmt};

/// Values of one kind; `None` where one is missing.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; NaN is missing, too.
    Float(Vec<Option<f64>>),
    /// Whole numbers.
    Int(Vec<Option<i64>>),
    /// Texts.
    Text(Vec<Option<String>>),
    /// Truths.
    Bool(Vec<Option<bool>>),
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// There is none.
    Missing,
    /// A number.
    Float(f64),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// A truth.
    Bool(bool),
}

/// The same expression for the values of every kind.
macro_rules! each_kind {
    ($column:expr, $values:ident => $result:expr) => {
        match $column {
            Column::Float($values) => $result,
            Column::Int($values) => $result,
            Column::Text($values) => $result,
            Column::Bool($values) => $result,
        }
    };
}

impl Column {
    /// The number of values, missing ones included.
    pub fn len(&self) -> usize {
        each_kind!(self, values => values.len())
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What it holds, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Column::Float(_) => "floats",
            Column::Int(_) => "ints",
            Column::Text(_) => "texts",
            Column::Bool(_) => "bools",
        }
    }

    /// Whether it holds numbers.
    pub fn is_numeric(&self) -> bool {
        matches!(self, Column::Float(_) | Column::Int(_))
    }

    /// How many values are missing.
    pub fn missing(&self) -> usize {
        self.iter().filter(|value| *value == Value::Missing).count()
    }

    /// The value of a row; missing where there is no such row.
    pub fn get(&self, row: usize) -> Value<'_> {
        match self {
            Column::Float(values) => {
                let number = values.get(row).copied().flatten().filter(|number| !number.is_nan());
                number.map_or(Value::Missing, Value::Float)
            }
            Column::Int(values) => values.get(row).copied().flatten().map_or(Value::Missing, Value::Int),
            Column::Text(values) => values.get(row).and_then(Option::as_deref).map_or(Value::Missing, Value::Text),
            Column::Bool(values) => values.get(row).copied().flatten().map_or(Value::Missing, Value::Bool),
        }
    }

    /// The values, one after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The values as numbers, truths as 0 and 1; `None` for texts.
    pub(super) fn numbers(&self) -> Option<impl Iterator<Item = Option<f64>>> {
        (!matches!(self, Column::Text(_))).then(|| self.iter().map(Value::number))
    }

    pub(super) fn rows(&self, positions: &[usize]) -> Column {
        fn pick<T: Clone>(values: &[T], positions: &[usize]) -> Vec<T> {
            positions.iter().filter_map(|&row| values.get(row).cloned()).collect()
        }
        match self {
            Column::Float(values) => Column::Float(pick(values, positions)),
            Column::Int(values) => Column::Int(pick(values, positions)),
            Column::Text(values) => Column::Text(pick(values, positions)),
            Column::Bool(values) => Column::Bool(pick(values, positions)),
        }
    }

    /// The narrowest column that holds all of these: whole numbers beside numbers are numbers; anything beside texts or truths is a text.
    pub(super) fn of_values(values: &[Value<'_>]) -> Column {
        let known = || values.iter().filter(|value| **value != Value::Missing);
        if known().all(|value| matches!(value, Value::Bool(_))) && known().next().is_some() {
            return Column::Bool(values.iter().map(|value| if let Value::Bool(truth) = value { Some(*truth) } else { None }).collect());
        }
        if known().any(|value| matches!(value, Value::Text(_) | Value::Bool(_))) {
            let text = |value: &Value<'_>| (*value != Value::Missing).then(|| value.to_string());
            return Column::Text(values.iter().map(text).collect());
        }
        if known().any(|value| matches!(value, Value::Float(_))) || known().count() < values.len() {
            return Column::Float(values.iter().map(|value| value.number()).collect());
        }
        Column::Int(values.iter().map(|value| if let Value::Int(number) = value { Some(*number) } else { None }).collect())
    }

    /// The different values, sorted, with the number of their rows; missing ones left out.
    pub(super) fn counts(&self) -> Vec<(Value<'_>, usize)> {
        let mut values: Vec<_> = self.iter().filter(|value| *value != Value::Missing).collect();
        values.sort_by(|a, b| a.order(b));
        let same = values.chunk_by(|a, b| a.order(b).is_eq());
        same.filter_map(|same| Some((*same.first()?, same.len()))).collect()
    }

    /// The different values, sorted, missing ones left out.
    pub(super) fn distinct(&self) -> Vec<Value<'_>> {
        self.counts().into_iter().map(|(value, _)| value).collect()
    }
}

impl Value<'_> {
    /// As a number, truths as 0 and 1.
    pub fn number(self) -> Option<f64> {
        match self {
            Value::Float(number) => Some(number),
            Value::Int(number) => Some(number as f64),
            Value::Bool(truth) => Some(f64::from(u8::from(truth))),
            Value::Missing | Value::Text(_) => None,
        }
    }

    /// The order of sorted values: numbers, then texts, then what is missing.
    pub(super) fn order(&self, other: &Value<'_>) -> Ordering {
        let rank = |value: &Value<'_>| match value {
            Value::Text(_) => 1,
            Value::Missing => 2,
            Value::Float(_) | Value::Int(_) | Value::Bool(_) => 0,
        };
        match (self, other) {
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            _ => rank(self).cmp(&rank(other)).then_with(|| {
                let (a, b) = (self.number().unwrap_or(0.0), other.number().unwrap_or(0.0));
                a.partial_cmp(&b).unwrap_or_else(|| a.total_cmp(&b))
            }),
        }
    }
}

/// As pandas prints a single value.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Missing => f.pad("NaN"),
            Value::Float(number) => f.pad(&format!("{number:?}")),
            Value::Int(number) => f.pad(&number.to_string()),
            Value::Text(text) => f.pad(text),
            Value::Bool(truth) => f.pad(if *truth { "True" } else { "False" }),
        }
    }
}

macro_rules! from {
    ($($kind:ident: $($own:ty),+;)*) => { $($(
        impl From<Vec<$own>> for Column {
            fn from(values: Vec<$own>) -> Column {
                Column::$kind(values.into_iter().map(|value| Some(value.into())).collect())
            }
        }
    )+)* };
}

from! {
    Float: f64, f32;
    Int: i64, i32;
    Text: String, &str;
    Bool: bool;
}

macro_rules! value_from {
    ($($own:ty => $kind:ident;)*) => { $(
        impl<'a> From<$own> for Value<'a> {
            fn from(value: $own) -> Value<'a> {
                Value::$kind(value.into())
            }
        }
    )* };
}

value_from! {
    f64 => Float;
    f32 => Float;
    i64 => Int;
    i32 => Int;
    &'a str => Text;
    bool => Bool;
}
