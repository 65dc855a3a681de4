//! Arguments that are a number or an array of numbers.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value as Json;
use wgrad_tensor::{DType, Shape, Tensor};

/// A number, or an array of numbers of any shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    pub(crate) values: Vec<f64>,
    pub(crate) shape: Vec<usize>,
}

impl Numbers {
    /// The numbers as a tensor; f64 where that is asked for, else rounded to f32 first.
    #[track_caller]
    pub(crate) fn tensor(&self, dtype: DType) -> Tensor {
        let shape = Shape::from(&self.shape[..]);
        match dtype {
            DType::F64 => Tensor::from_vec(self.values.clone(), shape),
            _ => Tensor::from_vec(self.values.iter().map(|&v| v as f32).collect(), shape).cast(dtype),
        }
    }

    /// Adds the numbers of `json`, `axis` axes inside the whole.
    fn read(&mut self, json: &Json, axis: usize) -> Result<(), String> {
        let Some(parts) = json.as_array() else {
            self.values.push(json.as_f64().ok_or_else(|| format!("expected a number or an array of numbers, got {json}"))?);
            return if axis == self.shape.len() { Ok(()) } else { Err("the rows of an array must be equally deep".into()) };
        };
        if self.values.is_empty() && axis == self.shape.len() {
            self.shape.push(parts.len());
        }
        if self.shape.get(axis) != Some(&parts.len()) {
            return Err("the rows of an array must be equally long".into());
        }
        parts.iter().try_for_each(|part| self.read(part, axis + 1))
    }

    fn write(&self, axis: usize, values: &[f64]) -> Json {
        match self.shape.get(axis) {
            None => values.first().copied().into(),
            Some(_) => values.chunks(self.shape[axis + 1..].iter().product::<usize>().max(1)).map(|part| self.write(axis + 1, part)).collect(),
        }
    }
}

impl From<f64> for Numbers {
    fn from(value: f64) -> Self {
        Numbers { values: vec![value], shape: Vec::new() }
    }
}

impl From<Vec<f64>> for Numbers {
    fn from(values: Vec<f64>) -> Self {
        Numbers { shape: vec![values.len()], values }
    }
}

impl<const N: usize> From<[f64; N]> for Numbers {
    fn from(values: [f64; N]) -> Self {
        values.to_vec().into()
    }
}

impl<const M: usize, const N: usize> From<[[f64; N]; M]> for Numbers {
    fn from(rows: [[f64; N]; M]) -> Self {
        Numbers { values: rows.as_flattened().to_vec(), shape: vec![M, N] }
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(0, &self.values).serialize(serializer)
    }
}

/// Numbers, nested arrays of them, or the array that Keras writes as `{"class_name": "__numpy__", "config": {"value": [...]}}`.
impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let array = json.get("config").and_then(|config| config.get("value")).unwrap_or(&json);
        let mut numbers = Numbers { values: Vec::new(), shape: Vec::new() };
        numbers.read(array, 0).map_err(D::Error::custom)?;
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_read_and_written_in_any_shape() {
        for (value, json) in [
            (Numbers::from(2.5), json!(2.5)),
            ([1.0, 2.0].into(), json!([1.0, 2.0])),
            ([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]].into(), json!([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
            (Vec::new().into(), json!([])),
        ] {
            assert_eq!(serde_json::to_value(&value).unwrap(), json);
            assert_eq!(serde_json::from_value::<Numbers>(json).unwrap(), value);
        }
        let array = json!({"class_name": "__numpy__", "config": {"value": [1.0, 2.0], "dtype": "float64"}});
        assert_eq!(serde_json::from_value::<Numbers>(array).unwrap(), [1.0, 2.0].into());
        let error = |json| serde_json::from_value::<Numbers>(json).unwrap_err().to_string();
        assert_eq!(error(json!([[1.0, 2.0], [3.0]])), "the rows of an array must be equally long");
        assert_eq!(error(json!([[1.0, 2.0], 3.0])), "the rows of an array must be equally deep");
        assert_eq!(error(json!([1.0, [2.0]])), "the rows of an array must be equally long");
        assert_eq!(error(json!("red")), "expected a number or an array of numbers, got \"red\"");
    }
}
