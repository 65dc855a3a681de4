//! Data as the programs of a model take it: checked, converted, on the device where it fits.

use crate::{Error, Model, Result, losses::show_batch, model::with_batch};
use wgrad_tensor::{DType, Device, Element, HostData, HostTensor, Scalar, Shape, Tensor, Value, each_dtype};

/// Inputs and labels of a number of samples.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    pub(crate) x: HostTensor,
    pub(crate) y: HostTensor,
    /// The shape of the labels as they were given: it decides what `accuracy` means.
    pub(crate) label_shape: Shape,
}

/// Where the samples are when batches are taken of them.
#[derive(Debug)]
pub(crate) enum Feed {
    /// All on the device: a batch is gathered there by its row numbers.
    Resident { x: Value, y: Value },
    /// On the host: a batch is gathered here and uploaded.
    Host { x: HostTensor, y: HostTensor },
}

impl Samples {
    /// Checks inputs and labels against the model, and converts them to its dtypes.
    pub(crate) fn new(model: &Model, x: &Tensor, y: &Tensor) -> Result<Samples> {
        let loss = &model.compiled()?.loss;
        let x = inputs(model, x)?;
        let y = to_host(y)?;
        let (rows, label_shape) = (x.shape()[0], y.shape().clone());
        if label_shape.first() != Some(&rows) {
            return Err(Error::mismatch("labels y", format!("one for each of the {rows} samples in x"), y.spec().to_string()));
        }
        let predictions = with_batch(&model.output, rows).shape;
        let broken = |rule: String| Error::invalid(format!("labels y for loss {}", loss.name()), rule);
        let shape = loss.label_shape(&label_shape, &predictions).map_err(|rule| broken(format!("{rule}, got {}", y.spec())))?;
        let dtype = match y.dtype() {
            DType::I32 | DType::U32 => DType::I32,
            DType::Bool | DType::F16 | DType::F32 | DType::F64 => DType::F32,
        };
        no_nan("labels y", &y)?;
        loss.check_labels(&y, &predictions).map_err(broken)?;
        Ok(Samples { x, y: convert(y, &shape, dtype)?, label_shape })
    }

    /// The number of samples.
    pub(crate) fn len(&self) -> usize {
        self.x.shape().first().copied().unwrap_or(0)
    }

    /// On the device where it takes them, else on the host.
    pub(crate) fn place(self, device: &Device) -> Result<Feed> {
        let limit = device.info().max_tensor_bytes;
        if self.x.spec().bytes() as u64 > limit || self.y.spec().bytes() as u64 > limit {
            return Ok(Feed::Host { x: self.x, y: self.y });
        }
        let placed = device.put(&self.x).and_then(|x| Ok(Feed::Resident { x, y: device.put(&self.y)? }));
        match placed {
            Ok(feed) => Ok(feed),
            Err(wgrad_tensor::Error::OutOfMemory { .. }) => Ok(Feed::Host { x: self.x, y: self.y }),
            Err(error) => Err(error.into()),
        }
    }
}

/// The inputs of a model, checked and converted. As in Keras, a last axis of length 1 may be left out or be too many.
pub(crate) fn inputs(model: &Model, x: &Tensor) -> Result<HostTensor> {
    let x = to_host(x)?;
    let rows = x.shape().first().copied().unwrap_or(0);
    let expected = with_batch(&model.input, rows);
    let (given, wanted) = (&**x.shape(), &*expected.shape);
    if given != wanted && given.strip_suffix(&[1]) != Some(wanted) && wanted.strip_suffix(&[1]) != Some(given) {
        let what = format!("input x of model {}", model.name);
        return Err(Error::mismatch(what, format!("{}{}", expected.dtype, show_batch(&expected.shape)), x.spec().to_string()));
    }
    if rows == 0 {
        return Err(Error::invalid("input x", format!("there are no samples in {}", x.spec())));
    }
    no_nan("input x", &x)?;
    convert(x, &expected.shape, expected.dtype)
}

fn to_host(tensor: &Tensor) -> Result<HostTensor> {
    let value = tensor.check()?.value();
    let host = value.and_then(|value| HostTensor::new(&value.spec.shape, value.host()?.clone()));
    host.map_or_else(|| Ok(tensor.to_host()?), Ok)
}

fn no_nan(what: &str, tensor: &HostTensor) -> Result<()> {
    let nan = match tensor.data() {
        HostData::F16(values) => values.iter().position(|v| v.is_nan()),
        HostData::F32(values) => values.iter().position(|v| v.is_nan()),
        HostData::F64(values) => values.iter().position(|v| v.is_nan()),
        HostData::Bool(_) | HostData::I32(_) | HostData::U32(_) => None,
    };
    let row: usize = tensor.shape().iter().skip(1).product();
    nan.map_or(Ok(()), |i| Err(Error::invalid(what, format!("sample {} holds NaN (element {i} of {})", i / row.max(1), tensor.spec()))))
}

/// The same elements under another shape and dtype.
fn convert(tensor: HostTensor, shape: &Shape, dtype: DType) -> Result<HostTensor> {
    let (spec, data) = (tensor.spec(), tensor.into_data());
    let data = if data.dtype() == dtype { data } else { cast(&data, dtype) };
    HostTensor::new(shape, data).ok_or_else(|| Error::mismatch("data", shape.to_string(), spec.to_string()))
}

fn cast(data: &HostData, dtype: DType) -> HostData {
    fn to<T: Element>(data: &HostData, from: impl Fn(f64) -> T) -> HostData {
        T::into_data(each_dtype!(data, values => values.iter().map(|v| from(v.scalar().to_f64())).collect()))
    }
    match dtype {
        DType::Bool => to(data, |v| v != 0.0),
        DType::I32 => to(data, |v| v as i32),
        DType::U32 => to(data, |v| v as u32),
        DType::F32 => to(data, |v| v as f32),
        DType::F64 => to(data, |v| v),
        DType::F16 => {
            let mut half = HostData::zeros(DType::F16, data.len());
            if let HostData::F16(out) = &mut half {
                for (place, value) in out.iter_mut().zip(data.to_f64()) {
                    if let Scalar::F16(value) = Scalar::from_f64(value, DType::F16) {
                        *place = value;
                    }
                }
            }
            half
        }
    }
}
