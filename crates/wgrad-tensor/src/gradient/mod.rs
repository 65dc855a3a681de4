//! Reverse-mode differentiation: a pass from graph to graph.
//!
//! The nodes between the results and the sources are visited from the last to the first. Each one turns the gradient of its result into gradients of
//! its operands by its rule ([`rules`]), which is made of the same primitives; so gradients can be differentiated again, and no backend knows
//! of them. A gradient that is 0 for structural reasons is never built: it is `None`.

mod conv;
mod derived;
pub(crate) mod remat;
mod rules;
mod scalar;
mod scan;
mod structural;
mod window;

pub use derived::{grads_by_name, hvp, jacobian, value_and_grad};
pub use remat::remat;

use crate::{Op, Scalar, Shape, Spec, Tensor, tensor::Kind};
use std::collections::{HashMap, HashSet, hash_map::Entry};

/// The gradients `dy/dx` of a float scalar `y` with respect to each of `xs`; `None` where `y` does not depend on `x`, or only through
/// integers, comparisons or `stop_gradient`.
///
/// Errors: where `y` is not a float scalar, every gradient is a tensor that carries the error.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_tensor::{Tensor, grad};
/// let x = Tensor::from([1.0f32, 2.0, 3.0]);
/// let y = (&x * &x).sum(());
/// let dx = grad(&y, &[&x]).remove(0).unwrap();
/// assert_eq!(dx.to_vec::<f32>()?, [2.0, 4.0, 6.0]);
/// # Ok::<(), wgrad_tensor::Error>(())
/// ```
#[track_caller]
pub fn grad(y: &Tensor, xs: &[&Tensor]) -> Vec<Option<Tensor>> {
    if y.rank() != 0 || !y.dtype().is_float() {
        let rule = format!("takes the gradient of a float scalar, not of {}; reduce it, or use vjp or jacobian", y.spec());
        return vec![Some(Tensor::invalid("grad", rule, &[y])); xs.len()];
    }
    vjp(&[y], &[&y.ones_like()], xs)
}

/// The vector-Jacobian products `sum over ys of upstream . dy/dx` for each of `xs`; `None` where no `y` depends on `x`.
///
/// Errors: where an upstream gradient has not the spec of its `y`, or a `y` is not float, every result is a tensor that carries the error.
#[track_caller]
pub fn vjp(ys: &[&Tensor], upstreams: &[&Tensor], xs: &[&Tensor]) -> Vec<Option<Tensor>> {
    if let Some(error) = vjp_error(ys, upstreams) {
        return vec![Some(error); xs.len()];
    }
    let active = active(ys, xs);
    let (mut gradients, mut again) = (Gradients::default(), remat::Again::default());
    for (y, upstream) in ys.iter().zip(upstreams) {
        gradients.add((y.id(), 0), (*upstream).clone());
    }
    let ids: HashSet<u64> = active.iter().map(Tensor::id).collect();
    for node in active.iter().rev() {
        let Kind::Op(op) = &node.0.kind else { continue };
        let operands = &node.0.operands;
        let needed: Vec<bool> = operands.iter().map(|operand| ids.contains(&operand.id())).collect();
        // The results of a scan are the slots of one node, everything else has the one slot 0.
        let slot = if let Op::Part(part) = op { *part } else { 0 };
        for (operand, gradient) in operands.iter().zip(rules::operand_gradients(node, &again.of(node), op, &gradients, &needed)) {
            let Some(gradient) = gradient.filter(|_| ids.contains(&operand.id())) else { continue };
            if gradient.error().is_some() {
                return vec![Some(gradient); xs.len()];
            }
            gradients.add((operand.id(), slot), gradient);
        }
    }
    let result = |x: &&Tensor| if x.error().is_some() { Some((*x).clone()) } else { gradients.get(x, 0).cloned() };
    xs.iter().map(result).collect()
}

#[track_caller]
fn vjp_error(ys: &[&Tensor], upstreams: &[&Tensor]) -> Option<Tensor> {
    if ys.len() != upstreams.len() {
        return Some(Tensor::invalid("vjp", format!("{} results need as many upstream gradients, not {}", ys.len(), upstreams.len()), ys));
    }
    let rule = |(y, upstream): (&&Tensor, &&Tensor)| {
        let rule = if !y.dtype().is_float() {
            format!("only floats have gradients, not {}", y.spec())
        } else if y.spec() != upstream.spec() {
            format!("the upstream gradient of {} must be of the same dtype and shape, not {}", y.spec(), upstream.spec())
        } else {
            String::new()
        };
        let broken = !rule.is_empty() || y.error().is_some() || upstream.error().is_some();
        broken.then(|| Tensor::invalid("vjp", rule, &[y, upstream]))
    };
    ys.iter().zip(upstreams).find_map(rule)
}

/// The gradients collected so far, by node and result.
#[derive(Default)]
struct Gradients(HashMap<(u64, usize), Tensor>);

impl Gradients {
    fn add(&mut self, slot: (u64, usize), gradient: Tensor) {
        match self.0.entry(slot) {
            Entry::Vacant(entry) => {
                entry.insert(gradient);
            }
            Entry::Occupied(mut entry) => {
                let sum = entry.get() + &gradient;
                entry.insert(sum);
            }
        }
    }

    fn get(&self, node: &Tensor, slot: usize) -> Option<&Tensor> {
        self.0.get(&(node.id(), slot))
    }
}

/// The nodes on the paths along which gradients flow from `ys` to `xs`, operands first.
fn active(ys: &[&Tensor], xs: &[&Tensor]) -> Vec<Tensor> {
    let sources: HashSet<u64> = xs.iter().filter(|x| x.dtype().is_float() && x.error().is_none()).map(|x| x.id()).collect();
    // Operands are older than results: nothing older than the oldest source depends on one.
    let oldest = sources.iter().min().copied().unwrap_or(u64::MAX);
    let mut active = HashSet::new();
    let mut nodes = ancestors(ys.iter().copied(), |node| node.id() <= oldest);
    nodes.retain(|node| {
        let flows = match &node.0.kind {
            Kind::Op(op) => {
                let continuous = !matches!(op, Op::StopGradient) && (node.dtype().is_float() || matches!(op, Op::Scan(_)));
                continuous && node.0.operands.iter().any(|operand| active.contains(&operand.id()))
            }
            Kind::Value(_) | Kind::Placeholder(_) | Kind::Invalid(_) => false,
        };
        let is_active = flows || sources.contains(&node.id());
        if is_active {
            active.insert(node.id());
        }
        is_active
    });
    nodes
}

/// `ys` and everything that they are computed from, operands first; what leaves are computed from is not looked at.
pub(crate) fn ancestors<'a>(ys: impl IntoIterator<Item = &'a Tensor>, is_leaf: impl Fn(&Tensor) -> bool) -> Vec<Tensor> {
    let mut seen = HashSet::new();
    let mut nodes = Vec::new();
    let mut pending: Vec<&Tensor> = ys.into_iter().collect();
    while let Some(node) = pending.pop() {
        if seen.insert(node.id()) {
            nodes.push(node.clone());
            if !is_leaf(node) {
                pending.extend(&node.0.operands);
            }
        }
    }
    nodes.sort_unstable_by_key(Tensor::id);
    nodes
}

fn zeros(spec: &Spec) -> Tensor {
    Tensor::constant(Scalar::from_f64(0.0, spec.dtype), &spec.shape)
}

/// The tensor with its axes of length 1 repeated to `shape`.
fn expand(x: &Tensor, shape: &Shape) -> Tensor {
    if x.shape() == shape { x.clone() } else { Tensor::apply(Op::Expand(shape.clone()), vec![x.clone()]) }
}

fn reshape(x: &Tensor, shape: &Shape) -> Tensor {
    if x.shape() == shape { x.clone() } else { Tensor::apply(Op::Reshape(shape.clone()), vec![x.clone()]) }
}

fn permute(x: &Tensor, axes: &[usize]) -> Tensor {
    Tensor::apply(Op::Permute(axes.to_vec()), vec![x.clone()])
}
