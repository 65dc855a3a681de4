//! Data as the programs of a model take it: checked, converted, on the device where it fits.

use super::columns::Columns;
use crate::{Arrays, Error, Model, Result, any_length::known_by, compile::Objective, losses::show_batch, model::with_batch};
use wgrad_tensor::{DType, Device, HostData, HostTensor, Shape, Spec, Tensor, Value};

/// Inputs, labels and weights of a number of samples.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    pub(crate) columns: Columns<HostTensor>,
    /// The shapes of the labels as they were given: they decide what `accuracy` means.
    pub(crate) label_shapes: Vec<Option<Shape>>,
}

/// Where the samples are when batches are taken of them.
#[derive(Debug)]
pub(crate) enum Feed {
    /// All on the device: a batch is gathered there by its row numbers.
    Resident(Columns<Value>),
    /// On the host: a batch is gathered here and uploaded.
    Host(Columns<HostTensor>),
}

impl Samples {
    /// Checks inputs, labels and weights against the model, and converts them to its dtypes.
    pub(crate) fn new(model: &Model, x: &Arrays, y: &Arrays, weight: &Arrays) -> Result<Samples> {
        let objectives = &model.compiled()?.objectives;
        let x = inputs(model, x)?;
        let rows = x.first().and_then(|x| x.shape().first().copied()).unwrap_or(0);
        let y = labels_for(model, objectives, y)?;
        let names: Vec<String> = model.outputs.iter().map(|(name, _)| name.clone()).collect();
        // One weight for several outputs is that of each.
        let shared = weight.values().next().filter(|_| weight.len() == 1 && weight.is_in_order());
        let weights =
            shared.map_or_else(|| weight.for_names("sample_weight", &names), |weight| Ok(vec![Some(weight.clone()); names.len()]))?;
        let mut columns = Columns::inputs(x);
        let mut label_shapes = Vec::new();
        for (((y, weight), (name, output)), objective) in y.into_iter().zip(weights).zip(&model.outputs).zip(objectives) {
            let place = if names.len() > 1 { format!(" of output {name}") } else { String::new() };
            let y = y.filter(|_| objective.needs_labels()).map(|y| to_host(&y)).transpose()?;
            label_shapes.push(y.as_ref().map(|y| y.shape().clone()));
            let weight = weight.filter(|_| y.is_some()).map(|weight| sample_weight(&weight, rows, &place)).transpose()?;
            columns.y.push(y.map(|y| labels(objective, y, output, rows, &place)).transpose()?);
            columns.weight.push(weight);
        }
        Ok(Samples { columns, label_shapes })
    }

    /// The number of samples.
    pub(crate) fn len(&self) -> usize {
        self.columns.x.first().and_then(|x| x.shape().first().copied()).unwrap_or(0)
    }

    /// On the device where it takes them, else on the host.
    pub(crate) fn place(self, device: &Device) -> Result<Feed> {
        let limit = device.info().max_tensor_bytes;
        if self.columns.iter().any(|column| column.spec().bytes() as u64 > limit) {
            return Ok(Feed::Host(self.columns));
        }
        match self.columns.try_map(|column| device.put(column)) {
            Ok(columns) => Ok(Feed::Resident(columns)),
            Err(wgrad_tensor::Error::OutOfMemory { .. }) => Ok(Feed::Host(self.columns)),
            Err(error) => Err(error.into()),
        }
    }
}

/// The labels of each output; outputs without an objective may go without.
fn labels_for(model: &Model, objectives: &[Objective], y: &Arrays) -> Result<Vec<Option<Tensor>>> {
    let names: Vec<String> = model.outputs.iter().map(|(name, _)| name.clone()).collect();
    let needed = |i: &usize| objectives.get(*i).is_some_and(Objective::needs_labels);
    let wanted: Vec<usize> = (0..names.len()).filter(needed).collect();
    let found = if y.is_in_order() && y.len() == wanted.len() {
        let mut found = vec![None; names.len()];
        wanted.iter().zip(y.values()).for_each(|(&i, y)| found[i] = Some(y.clone()));
        found
    } else {
        y.for_names("labels y", &names)?
    };
    match wanted.iter().find(|&&i| found[i].is_none()) {
        Some(&i) => Err(Error::invalid("labels y", format!("there are none for output {}, which has a loss or metrics", names[i]))),
        None => Ok(found),
    }
}

/// The labels of one output, checked and converted.
fn labels(objective: &Objective, y: HostTensor, output: &Spec, rows: usize, place: &str) -> Result<HostTensor> {
    if y.shape().first() != Some(&rows) {
        return Err(Error::mismatch(format!("labels y{place}"), format!("one for each of the {rows} samples in x"), y.spec().to_string()));
    }
    let dtype = match y.dtype() {
        DType::I32 | DType::U32 => DType::I32,
        DType::Bool | DType::F16 | DType::F32 | DType::F64 => DType::F32,
    };
    no_nan(&format!("labels y{place}"), &y)?;
    let Some(loss) = &objective.loss else {
        let shape = y.shape().clone();
        return convert(y, &shape, dtype);
    };
    let predictions = with_batch(&known_by(output, y.shape()), rows).shape;
    let broken = |rule: String| Error::invalid(format!("labels y{place} for loss {}", loss.name()), rule);
    let shape = loss.label_shape(y.shape(), &predictions).map_err(|rule| broken(format!("{rule}, got {}", y.spec())))?;
    loss.check_labels(&y, &predictions).map_err(broken)?;
    convert(y, &shape, dtype)
}

/// Weights of samples, or of their positions, as f32.
fn sample_weight(weight: &Tensor, rows: usize, place: &str) -> Result<HostTensor> {
    let weight = to_host(weight)?;
    if weight.shape().first() != Some(&rows) {
        let expected = format!("one for each of the {rows} samples in x");
        return Err(Error::mismatch(format!("sample_weight{place}"), expected, weight.spec().to_string()));
    }
    no_nan("sample_weight", &weight)?;
    let shape = weight.shape().clone();
    convert(weight, &shape, DType::F32)
}

/// The inputs of a model, checked and converted.
pub(crate) fn inputs(model: &Model, x: &Arrays) -> Result<Vec<HostTensor>> {
    let names: Vec<String> = model.inputs.iter().map(|(name, _)| name.clone()).collect();
    let mut inputs: Vec<HostTensor> = Vec::new();
    for ((name, spec), x) in model.inputs.iter().zip(x.for_names("input", &names)?) {
        let which = if names.len() > 1 { format!("input {name}") } else { "input x".into() };
        let x = x.ok_or_else(|| Error::invalid(&which, "it is missing"))?;
        let x = input(&format!("{which} of model {}", model.name), &x, spec)?;
        if let Some(first) = inputs.first().filter(|first| first.shape().first() != x.shape().first()) {
            let rule = format!("all inputs must have the same number of samples, got {} and {}", first.spec(), x.spec());
            return Err(Error::invalid(which, rule));
        }
        inputs.push(x);
    }
    Ok(inputs)
}

/// One input. As in Keras, a last axis of length 1 may be left out or be too many.
fn input(what: &str, x: &Tensor, spec: &Spec) -> Result<HostTensor> {
    let x = to_host(x)?;
    let rows = x.shape().first().copied().unwrap_or(0);
    let expected = with_batch(&known_by(spec, x.shape()), rows);
    let (given, wanted) = (&**x.shape(), &*expected.shape);
    if given != wanted && given.strip_suffix(&[1]) != Some(wanted) && wanted.strip_suffix(&[1]) != Some(given) {
        return Err(Error::mismatch(
            what,
            format!("{}{}", expected.dtype, show_batch(&with_batch(spec, rows).shape)),
            x.spec().to_string(),
        ));
    }
    if rows == 0 {
        return Err(Error::invalid(what, format!("there are no samples in {}", x.spec())));
    }
    no_nan(what, &x)?;
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
    let data = if data.dtype() == dtype { data } else { data.cast(dtype) };
    HostTensor::new(shape, data).ok_or_else(|| Error::mismatch("data", shape.to_string(), spec.to_string()))
}
