//! Samples and labels as learners take them.

use wgrad_model::{Error, Result};
use wgrad_tensor::{DType, Device, HostData, HostTensor, Shape, Tensor};

/// The error of a setting or of data.
pub(crate) fn invalid(place: &str, rule: impl Into<String>) -> Error {
    Error::Invalid { place: place.into(), rule: rule.into() }
}

/// The device given, else the default.
pub(crate) fn device(given: Option<&Device>) -> Result<Device> {
    Ok(given.cloned().map_or_else(Device::default_device, Ok)?)
}

/// The float of the device that has the most digits.
pub(crate) fn float(device: &Device) -> DType {
    if device.info().dtypes.contains(&DType::F64) { DType::F64 } else { DType::F32 }
}

/// Samples `[n, features]` on the device: some, and all of them numbers.
pub(crate) fn samples(place: &str, x: &Tensor, device: &Device) -> Result<Tensor> {
    x.check()?;
    let [n, features] = x.shape()[..] else {
        return Err(invalid(place, format!("samples are [n, features], got {}", x.spec())));
    };
    if n == 0 || features == 0 || n > i32::MAX as usize {
        return Err(invalid(place, format!("there must be samples with features, got {}", x.spec())));
    }
    numbers(place, x, device)
}

/// Samples with as many features as were learnt from.
pub(crate) fn samples_with(place: &str, x: &Tensor, features: usize, device: &Device) -> Result<Tensor> {
    let x = samples(place, x, device)?;
    match x.shape().get(1) {
        Some(got) if *got == features => Ok(x),
        got => Err(invalid(place, format!("it has learnt from {features} features, got {}", got.copied().unwrap_or(0)))),
    }
}

/// The tensor on the device as floats, which must be finite.
pub(crate) fn numbers(place: &str, x: &Tensor, device: &Device) -> Result<Tensor> {
    let x = x.cast(float(device));
    let parts = Tensor::eval_all(&[x.clone(), x.is_finite().all(())], device)?;
    let [x, finite] = parts.as_slice() else { return Err(invalid(place, "the device gave another number of tensors")) };
    if read(finite, device)? != [1.0] {
        return Err(invalid(place, "there is a NaN or an infinite number in the data"));
    }
    Ok(x.clone())
}

/// The elements on the host.
pub(crate) fn read(tensor: &Tensor, device: &Device) -> Result<Vec<f64>> {
    Ok(tensor.to_host_on(device)?.data().to_f64())
}

/// Several tensors, computed at once, on the host.
pub(crate) fn read_all<const N: usize>(tensors: [Tensor; N], device: &Device) -> Result<[Vec<f64>; N]> {
    let values = Tensor::eval_all(&tensors, device)?.iter().map(|tensor| read(tensor, device)).collect::<Result<Vec<_>>>()?;
    values.try_into().map_err(|_| invalid("device", "it gave another number of tensors"))
}

/// A matrix of the host as a tensor of the device's float.
pub(crate) fn tensor(values: &[f64], shape: impl Into<Shape>, device: &Device) -> Tensor {
    let data = HostData::F64(values.to_vec()).cast(float(device));
    let shape = shape.into();
    match HostTensor::new(&shape, data) {
        Some(tensor) => Tensor::from_value(tensor.into()),
        None => Tensor::invalid("tensor", format!("{} values are no {shape}", values.len()), &[]),
    }
}

/// Classes and which of them each sample has.
pub(crate) struct Classes {
    /// The labels that there are, in ascending order.
    pub(crate) labels: Vec<i32>,
    /// The place among them of each sample's label.
    pub(crate) of: Vec<usize>,
}

/// The labels of `n` samples, `[n]` or `[n, 1]` whole numbers of at least two classes.
pub(crate) fn classes(place: &str, y: &Tensor, n: usize, device: &Device) -> Result<Classes> {
    let shape = y.shape().to_vec();
    if shape != [n] && shape != [n, 1] {
        return Err(invalid(place, format!("labels are [n] for {n} samples, got {}", y.spec())));
    }
    let whole = |value: &f64| {
        let label = *value as i32;
        if f64::from(label) == *value { Ok(label) } else { Err(invalid(place, format!("labels are whole numbers, got {value}"))) }
    };
    let each: Vec<i32> = read(y, device)?.iter().map(whole).collect::<Result<_>>()?;
    let mut labels = each.clone();
    labels.sort_unstable();
    labels.dedup();
    if labels.len() < 2 {
        return Err(invalid(place, format!("there must be samples of at least 2 classes, got {}", labels.len())));
    }
    let of = each.iter().map(|label| labels.binary_search(label).unwrap_or(0)).collect();
    Ok(Classes { labels, of })
}
