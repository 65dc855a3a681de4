//! Lengths of inputs that are not fixed, as those of sentences: a model is described with lengths that stand in for them, and traced anew for each that comes.

use crate::{Error, Layer, Result, Scope, Variable, model::with_batch, scope::Visit};
use wgrad_tensor::{Shape, Spec, Tensor};

/// A length that is not fixed, in the shape of a model's input (Keras' `None`). Each batch may have another; for each a program is compiled.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{ANY, Sequential, layers::{Dense, GRU}};
/// use wgrad_tensor::Tensor;
/// # fn main() -> wgrad_model::Result<()> {
/// let layers = [GRU::new(4).into(), Dense::new(1).into()];
/// let mut model = Sequential::new(layers).input_shape([ANY, 3]).build()?;
/// for length in [2, 7] {
///     assert_eq!(model.predict(Tensor::zeros([1, length, 3]))?.shape()[..], [1, 1]);
/// }
/// # Ok(())
/// # }
/// ```
pub const ANY: usize = usize::MAX;

/// Lengths that stand in for [`ANY`], the first that all layers take: kernels and strides ask for more or less.
const STAND_INS: [usize; 4] = [16, 64, 256, 1024];

/// What layers declare, given inputs some lengths of which may be any.
pub(crate) struct Declared {
    /// With the batch axis.
    pub(crate) outputs: Vec<Spec>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) visits: Vec<Visit>,
    pub(crate) is_half: bool,
    /// The length that stands in for [`ANY`].
    pub(crate) stand_in: usize,
}

/// Calls a network on placeholders, in scopes that `scope` makes, which declares its variables.
///
/// # Errors
/// The error of a layer; a variable whose shape follows from a length that may be any.
pub(crate) fn declare(
    scope: impl Fn() -> Result<Scope>,
    name: &str,
    network: &dyn Layer,
    inputs: &[(String, Spec)],
    samples: usize,
) -> Result<Declared> {
    let once = |stand_in: usize| -> Result<Declared> {
        let (y, scope) = trace(scope()?, name, network, inputs, samples, stand_in);
        y.iter().try_for_each(|y| y.check().map(drop))?;
        let outputs = y.iter().map(|y| Spec::new(y.dtype(), y.shape())).collect();
        let is_half = scope.is_half();
        let (variables, visits) = scope.into_parts();
        Ok(Declared { outputs, variables, visits, is_half, stand_in })
    };
    if !inputs.iter().any(|(_, spec)| spec.shape.contains(&ANY)) {
        return once(1);
    }
    let mut declared = once(STAND_INS[0]);
    for stand_in in &STAND_INS[1..] {
        declared = declared.or_else(|_| once(*stand_in));
    }
    let mut declared = declared?;
    let other = once(2 * declared.stand_in)?;
    if let Some((one, other)) = declared.variables.iter().zip(&other.variables).find(|(one, other)| one.shape != other.shape) {
        let rule = "its shape must not follow from a length of an input that is not fixed";
        return Err(Error::invalid(&one.path, format!("{rule}, got {} and {}", one.shape, other.shape)));
    }
    for (output, other) in declared.outputs.iter_mut().zip(&other.outputs) {
        output.shape = any_where_different(&output.shape, &other.shape);
    }
    for (visit, other) in declared.visits.iter_mut().zip(&other.visits) {
        for (shape, other) in visit.outputs.iter_mut().zip(&other.outputs) {
            *shape = any_where_different(shape, other);
        }
    }
    Ok(declared)
}

/// Calls a network on placeholders of lengths that are known: `stand_in` where they may be any.
pub(crate) fn trace(
    mut scope: Scope,
    name: &str,
    network: &dyn Layer,
    inputs: &[(String, Spec)],
    samples: usize,
    stand_in: usize,
) -> (Vec<Tensor>, Scope) {
    let placeholder = |(name, spec): &(String, Spec)| Tensor::placeholder(name, with_batch(&known(spec, |_| stand_in), samples));
    let x: Vec<Tensor> = inputs.iter().map(placeholder).collect();
    let _errors_name_it = wgrad_tensor::scope::enter(name);
    let (_, y) = scope.call(network, &x);
    (y, scope)
}

/// The spec of a sample with `length(axis)` in place of lengths that may be any.
pub(crate) fn known(spec: &Spec, length: impl Fn(usize) -> usize) -> Spec {
    let lengths = spec.shape.iter().enumerate().map(|(axis, &n)| if n == ANY { length(axis) } else { n });
    Spec::new(spec.dtype, lengths.collect::<Shape>())
}

/// The spec of a sample that data of the shape `batch` is for: its lengths in place of those that may be any.
pub(crate) fn known_by(spec: &Spec, batch: &Shape) -> Spec {
    known(spec, |axis| batch.get(axis + 1).copied().unwrap_or(1))
}

/// The shape with [`ANY`] where that of another length of the inputs differs.
pub(crate) fn any_where_different(shape: &Shape, other: &Shape) -> Shape {
    shape.iter().zip(other.iter()).map(|(&n, &other)| if n == other { n } else { ANY }).collect()
}

/// A length as Keras shows it.
pub(crate) fn show_length(n: usize) -> String {
    if n == ANY { "None".into() } else { n.to_string() }
}
