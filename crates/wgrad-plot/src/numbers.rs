//! Data as pictures take it: numbers and labels from slices, vectors and tensors.

use crate::error::invalid;
use wgrad_model::Result;
use wgrad_tensor::{HostTensor, Tensor};

/// Numbers: `&[1.0, 2.0]`, `&vec`, or the elements of a tensor.
#[derive(Debug)]
pub struct Numbers(Result<Vec<f64>>);

impl Numbers {
    pub(crate) fn get(self) -> Result<Vec<f64>> {
        self.0
    }
}

macro_rules! from_slices {
    ($type:ident, $element:ty, $convert:expr) => {
        impl From<&[$element]> for $type {
            fn from(values: &[$element]) -> Self {
                $type(values.iter().map($convert).collect())
            }
        }
        impl<const N: usize> From<&[$element; N]> for $type {
            fn from(values: &[$element; N]) -> Self {
                values.as_slice().into()
            }
        }
        impl From<&Vec<$element>> for $type {
            fn from(values: &Vec<$element>) -> Self {
                values.as_slice().into()
            }
        }
    };
}

from_slices!(Numbers, f64, |value| Ok(*value));
from_slices!(Numbers, f32, |value| Ok(f64::from(*value)));
from_slices!(Labels, i32, |value| label(f64::from(*value)));
from_slices!(Labels, usize, |value| Ok(*value));

impl From<&Tensor> for Numbers {
    fn from(tensor: &Tensor) -> Self {
        Numbers(tensor.to_host().map(|host| host.data().to_f64()).map_err(Into::into))
    }
}

/// Numbers of classes, from 0 on: `&[0, 2, 1]`, `&vec`, or the elements of a tensor of integers.
#[derive(Debug)]
pub struct Labels(Result<Vec<usize>>);

impl Labels {
    pub(crate) fn get(self) -> Result<Vec<usize>> {
        self.0
    }
}

impl From<&Tensor> for Labels {
    fn from(tensor: &Tensor) -> Self {
        let of_host = |host: HostTensor| host.data().to_f64().into_iter().map(label).collect();
        Labels(tensor.to_host().map_err(Into::into).and_then(of_host))
    }
}

fn label(value: f64) -> Result<usize> {
    let whole = value >= 0.0 && value.fract() == 0.0 && value <= f64::from(i32::MAX);
    if whole { Ok(value as usize) } else { Err(invalid("labels", format!("a label is a whole number from 0 on, got {value}"))) }
}

/// Axis lengths and elements of a tensor.
pub(crate) fn host(tensor: &Tensor) -> Result<(Vec<usize>, Vec<f64>)> {
    let host = tensor.to_host()?;
    Ok((host.shape().to_vec(), host.data().to_f64()))
}

/// The name of class `i`, its number where it has none.
pub(crate) fn class_name(names: &[&str], i: usize) -> String {
    names.get(i).map_or_else(|| i.to_string(), |name| (*name).to_string())
}
