//! Tensors: handles to nodes of the immutable graph.

use crate::{DType, Error, Op, Result, Shape, Spec, Value, error::OpError, gradient::remat::region};
use std::{
    fmt,
    panic::Location,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A lazy tensor: a handle to a node of an immutable graph. Cheap to clone.
///
/// Operations on tensors record; nothing runs until a value is asked for. An operation that cannot be applied gives a tensor that carries the
/// error; it comes out at the next boundary (`eval`, `to_vec`, ...).
#[derive(Clone)]
pub struct Tensor(pub(crate) Arc<Node>);

/// A node of the graph.
pub(crate) struct Node {
    /// Unique in the process and larger than that of every operand, so sorting by it is a topological order.
    pub(crate) id: u64,
    pub(crate) kind: Kind,
    pub(crate) operands: Vec<Tensor>,
    pub(crate) spec: Spec,
    pub(crate) at: &'static Location<'static>,
    /// Where gradients compute the value again, see [`crate::remat`].
    pub(crate) region: Option<u64>,
}

/// What a node stands for.
pub(crate) enum Kind {
    /// A tensor with elements.
    Value(Value),
    /// A tensor whose elements are given when the program runs.
    Placeholder(String),
    /// The result of an operation.
    Op(Op),
    /// The result of an operation that could not be applied.
    Invalid(Error),
}

impl Tensor {
    pub(crate) fn node(kind: Kind, operands: Vec<Tensor>, spec: Spec, at: &'static Location<'static>) -> Tensor {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Tensor(Arc::new(Node { id: NEXT.fetch_add(1, Ordering::Relaxed), kind, operands, spec, at, region: region() }))
    }

    /// A tensor with the elements of `value`.
    #[track_caller]
    pub fn from_value(value: Value) -> Tensor {
        let spec = value.spec.clone();
        Tensor::node(Kind::Value(value), Vec::new(), spec, Location::caller())
    }

    /// A tensor whose elements are given when the program that is traced with it runs.
    #[track_caller]
    pub fn placeholder(name: &str, spec: Spec) -> Tensor {
        Tensor::node(Kind::Placeholder(name.into()), Vec::new(), spec, Location::caller())
    }

    /// Applies a primitive operation. The first operand that carries an error passes it on; a broken shape rule makes one.
    #[track_caller]
    pub(crate) fn apply(op: Op, operands: Vec<Tensor>) -> Tensor {
        let name = op.name();
        Tensor::apply_as(name, op, operands)
    }

    /// [`Tensor::apply`] whose error names the operation as the user called it.
    #[track_caller]
    pub(crate) fn apply_as(name: &str, op: Op, operands: Vec<Tensor>) -> Tensor {
        let at = Location::caller();
        if let Some(invalid) = operands.iter().find(|t| t.error().is_some()) {
            return invalid.clone();
        }
        let specs: Vec<&Spec> = operands.iter().map(Tensor::spec).collect();
        match op.infer(&specs) {
            Ok(spec) => Tensor::node(Kind::Op(op), operands, spec, at),
            Err(rule) => {
                let specs = specs.into_iter().cloned().collect();
                Tensor::invalid_at(name, rule, specs, at)
            }
        }
    }

    /// Result `part` of a scan.
    #[track_caller]
    pub(crate) fn part(&self, part: usize) -> Tensor {
        let results = match &self.0.kind {
            Kind::Op(Op::Scan(scan)) => scan.results(),
            Kind::Invalid(_) => return self.clone(),
            Kind::Op(_) | Kind::Value(_) | Kind::Placeholder(_) => Vec::new(),
        };
        match results.into_iter().nth(part) {
            Some(spec) => Tensor::node(Kind::Op(Op::Part(part)), vec![self.clone()], spec, Location::caller()),
            None => Tensor::invalid("part", format!("the scan has no result {part}"), &[self]),
        }
    }

    /// A tensor that carries the error `op: rule`, for operations whose rule is broken before a primitive is reached.
    #[track_caller]
    pub fn invalid(op: &str, rule: impl Into<String>, operands: &[&Tensor]) -> Tensor {
        if let Some(invalid) = operands.iter().find(|t| t.error().is_some()) {
            return (*invalid).clone();
        }
        Tensor::invalid_at(op, rule.into(), operands.iter().map(|t| t.spec().clone()).collect(), Location::caller())
    }

    /// A tensor that carries `error`.
    #[track_caller]
    pub(crate) fn from_error(error: Error) -> Tensor {
        Tensor::node(Kind::Invalid(error), Vec::new(), Spec::new(DType::F32, ()), Location::caller())
    }

    fn invalid_at(op: &str, rule: String, operands: Vec<Spec>, at: &'static Location<'static>) -> Tensor {
        let path = crate::scope::path();
        let error = Error::Op(Arc::new(OpError { op: op.into(), rule, operands, at, path }));
        Tensor::node(Kind::Invalid(error), Vec::new(), Spec::new(DType::F32, ()), at)
    }

    /// The error that this tensor carries, if any.
    pub fn error(&self) -> Option<&Error> {
        match &self.0.kind {
            Kind::Invalid(error) => Some(error),
            Kind::Value(_) | Kind::Placeholder(_) | Kind::Op(_) => None,
        }
    }

    /// The tensor itself, or the error that it carries.
    ///
    /// # Errors
    /// The error of the first operation that could not be applied.
    pub fn check(&self) -> Result<&Tensor> {
        self.error().map_or(Ok(self), |error| Err(error.clone()))
    }

    /// The elements, where the tensor has them without computing.
    pub fn value(&self) -> Option<&Value> {
        match &self.0.kind {
            Kind::Value(value) => Some(value),
            Kind::Placeholder(_) | Kind::Op(_) | Kind::Invalid(_) => None,
        }
    }

    /// The identity of the node, for maps over graphs.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// The tensors that this one is computed from.
    pub fn operands(&self) -> &[Tensor] {
        &self.0.operands
    }

    /// Dtype and shape.
    pub fn spec(&self) -> &Spec {
        &self.0.spec
    }

    /// Axis lengths.
    pub fn shape(&self) -> &Shape {
        &self.0.spec.shape
    }

    /// Element type.
    pub fn dtype(&self) -> DType {
        self.0.spec.dtype
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.shape().rank()
    }
}

/// Long chains are taken apart in a loop: the recursion of the default would overflow the stack.
impl Drop for Node {
    fn drop(&mut self) {
        let mut pending = std::mem::take(&mut self.operands);
        while let Some(Tensor(node)) = pending.pop() {
            if let Some(mut node) = Arc::into_inner(node) {
                pending.append(&mut node.operands);
            }
        }
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match &self.0.kind {
            Kind::Value(_) => "value",
            Kind::Placeholder(name) => name,
            Kind::Op(op) => op.name(),
            Kind::Invalid(error) => return write!(f, "Tensor({error})"),
        };
        write!(f, "Tensor({what}: {})", self.spec())
    }
}
