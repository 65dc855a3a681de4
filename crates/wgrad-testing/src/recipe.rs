//! Random programs. A recipe is a list of numbers that always makes a legal program, so that it can be drawn and shrunk without care.
//!
//! *Exact* recipes work on small whole numbers that every dtype and every order of summation represents exactly: devices must agree to the bit.
//! *Smooth* recipes use the transcendental functions, but nothing that jumps, so that small errors stay small.

use crate::{Case, Domain, Tolerance};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};
use wgrad_tensor::{DType, Step, Tensor, Window};

/// What a recipe is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers, compared exactly.
    Exact,
    /// Smooth functions, compared with a tolerance.
    Smooth,
}

/// A random program: lengths of the inputs' axes, and steps, each of which adds a tensor to those that there are.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// What it is made for.
    pub kind: Kind,
    /// Two lengths.
    pub lengths: [usize; 2],
    /// How many of the last tensors are outputs.
    pub outputs: usize,
    /// What to do (taken modulo the number of choices), to which tensors (modulo their number), with which detail.
    pub steps: Vec<[u8; 4]>,
}

/// Tensors stay below this size, so that a run takes no time.
const LARGEST: usize = 3000;

/// Recipes of a kind.
pub fn recipes(kind: Kind) -> impl Strategy<Value = Recipe> {
    let exact = prop::sample::select(vec![0usize, 1, 2, 3, 5, 8, 17, 33]);
    let smooth = prop::sample::select(vec![1usize, 2, 3, 5, 8, 17, 33]);
    let length = if kind == Kind::Exact { exact } else { smooth };
    let steps = vec(any::<[u8; 4]>(), 1..14);
    ([length.clone(), length], 1..6usize, steps).prop_map(move |(lengths, outputs, steps)| Recipe { kind, lengths, outputs, steps })
}

/// Draws `count` recipes, the same in every run, and checks the cases that they make. The environment's `PROPTEST_CASES` draws more of them.
///
/// # Errors
/// The smallest recipe that fails, and why.
pub fn check(kind: Kind, count: u32, check: impl Fn(&Case) -> Result<(), String>) -> Result<(), String> {
    let default = Config::default();
    let cases = std::env::var_os("PROPTEST_CASES").map_or(count, |_| default.cases);
    let config = Config { cases, failure_persistence: None, ..default };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let result = runner.run(&recipes(kind), |recipe| check(&case(recipe)).map_err(TestCaseError::fail));
    result.map_err(|error| match error {
        TestError::Fail(reason, recipe) => {
            let program = crate::run::program_text(&case(recipe.clone()));
            format!("{reason}\n{recipe:?}\n{program}")
        }
        TestError::Abort(reason) => format!("no recipes could be drawn: {reason}"),
    })
}

/// The case that a recipe makes.
pub fn case(recipe: Recipe) -> Case {
    let [a, b] = recipe.lengths;
    let domain = if recipe.kind == Kind::Exact { Domain::Whole } else { Domain::Unit };
    let tolerance = match recipe.kind {
        Kind::Exact => Tolerance::EXACT,
        Kind::Smooth => Tolerance::tensor(2048.0, "a dozen inexact functions, one after the other"),
    };
    Case::new(&["random program"], move |x| follow(&recipe, x))
        .shapes(&[&[a, b], &[b], &[a, 1], &[]], &domain)
        .input([4, 2], Domain::WildIndex(b))
        .within(tolerance)
}

/// Follows a recipe: the last tensors are the outputs.
fn follow(recipe: &Recipe, inputs: &[Tensor]) -> Vec<Tensor> {
    let (indices, values) = inputs.split_last().expect("the indices are the last input");
    let mut tensors = values.to_vec();
    for &[what, a, b, detail] in &recipe.steps {
        let (a, b) = (pick(&tensors, a), pick(&tensors, b));
        // Work on values stays apart from movements, so that these meet each other and outputs.
        let made = match (what % 8, recipe.kind) {
            (0 | 1, _) => join(a, b, axis(a, detail), detail),
            (2 | 3, _) => movement(a, axis(a, detail), detail),
            (_, Kind::Exact) => exact(what / 8, a, b, indices, detail).clip(-16.0, 16.0),
            (_, Kind::Smooth) => smooth(what / 8, a, b, indices, detail),
        };
        if made.shape().numel() <= LARGEST && made.rank() <= 6 {
            tensors.push(made);
        }
    }
    let first = tensors.len().saturating_sub(recipe.outputs);
    tensors.split_off(first)
}

/// One of the tensors, every second time one of the last few: several users of a value are common.
fn pick(tensors: &[Tensor], number: u8) -> &Tensor {
    let last = if number.is_multiple_of(2) { tensors.len().min(4) } else { tensors.len() };
    &tensors[tensors.len() - 1 - usize::from(number / 2) % last]
}

/// A step on whole numbers from -16 to 16.
fn exact(what: u8, a: &Tensor, b: &Tensor, indices: &Tensor, detail: u8) -> Tensor {
    let b = fit(a, b, |b| b.sum(()));
    let axis = axis(a, detail);
    match what % 20 {
        0 => a.add(&b),
        1 => a.sub(&b),
        2 => a.mul(&b),
        3 => a.maximum(&b),
        4 => a.minimum(&b),
        5 => a.lt(&b).where_(a, &b),
        6 => a.abs().sub(&b),
        7 => a.sign().mul(3.0),
        8 if a.rank() > 0 && detail < 128 => a.sum(axis),
        8 if a.rank() > 0 => a.sum_keep(axis),
        9 if a.rank() > 0 => a.max_keep(axis).sub(a),
        10 if a.rank() > 0 => a.argmax(axis).cast(a.dtype()),
        11 if a.rank() > 0 => a.cumsum(axis),
        12 if a.rank() > 0 => a.sort(axis, detail < 128),
        13 if a.rank() > 0 => a.take(indices, axis),
        14 if a.rank() > 1 && a.dtype().is_float() => a.matmul(&a.transpose()),
        15 if a.rank() > 0 && a.dtype().is_float() => pool(a, detail),
        16 => a.cast(DType::I32).rem(5).cast(a.dtype()),
        17 => a.eq(&b).logical_or(a.gt(3.0)).where_(&b, 7.0),
        _ => movement(a, axis, detail),
    }
}

/// A step on numbers of about 1.
fn smooth(what: u8, a: &Tensor, b: &Tensor, indices: &Tensor, detail: u8) -> Tensor {
    let b = fit(a, b, |b| b.mean(()));
    let axis = axis(a, detail);
    match what % 18 {
        0 => a.add(&b).mul(0.5),
        1 => a.sub(&b).mul(0.75),
        2 => a.mul(&b),
        3 => a.div(b.square().add(1.0)),
        4 => a.tanh(),
        5 => a.sigmoid(),
        6 => a.sin().add(&b),
        7 => a.tanh().exp(),
        8 => a.square().add(1.0).log(),
        9 => a.square().add(0.5).sqrt(),
        10 if a.rank() > 0 && detail < 128 => a.mean(axis),
        10 if a.rank() > 0 => a.mean_keep(axis),
        11 if a.rank() > 0 => a.softmax(axis),
        12 if a.rank() > 0 => a.sub(a.mean_keep(axis)),
        13 if a.rank() > 0 => a.logsumexp_keep(axis).sub(a).mul(0.25),
        14 if a.rank() > 1 => a.matmul(&a.transpose()).div(a.shape()[a.rank() - 1] as f64),
        15 if a.rank() > 0 => a.take(indices, axis),
        _ => movement(a, axis, detail),
    }
}

/// A step that only moves elements; whatever it is, it applies to every tensor.
fn movement(a: &Tensor, axis: i64, detail: u8) -> Tensor {
    if a.rank() == 0 {
        return a.expand([usize::from(detail) % 4]);
    }
    let last = axis == a.rank() as i64 - 1;
    let padding: Vec<(usize, usize)> =
        (0..a.rank() as i64).map(|i| if i == axis { (1, usize::from(detail) % 3) } else { (0, 0) }).collect();
    match detail / 16 {
        0 if a.rank() > 1 => a.transpose(),
        1 => a.flip(axis),
        2 => a.i(Step(.., 2)),
        3 => a.flip(()),
        4 => a.pad(&padding, 1.0),
        5 => Tensor::concat(&[a.clone(), a.flip(axis)], axis),
        6 => a.flatten(),
        7 => a.unsqueeze(axis),
        8 => a.squeeze(()),
        9 => a.repeat(2, axis),
        10 => Tensor::stack(&[a.clone(), a.neg()], if last { -1 } else { 0 }),
        11 => a.swap_axes(0, axis),
        12 => a.i(Step(.., -1)),
        13 => a.flatten().unsqueeze(0).expand([2, a.shape().numel()]),
        14 => a.narrow(axis, 0, a.shape()[axis as usize].min(2)),
        _ => Tensor::concat(&[a.pad(&padding, 0.0), a.clone()], axis),
    }
}

/// A concatenation of two tensors: along an axis where `b`, as it is or in another shape, is as long as `a` on the others, else of all elements. Half of
/// the time `a` is in another order of axes.
fn join(a: &Tensor, b: &Tensor, axis: i64, detail: u8) -> Tensor {
    let a = if a.rank() > 1 && detail >= 128 { a.transpose() } else { a.clone() };
    let mut shape = a.shape().to_vec();
    let others: usize = (0..shape.len()).filter(|&i| i as i64 != axis).map(|i| shape[i]).product();
    let fits = !detail.is_multiple_of(4) && a.rank() > 0 && others > 0 && b.shape().numel().is_multiple_of(others);
    if !fits {
        return Tensor::concat(&[a.flatten(), b.flatten()], 0);
    }
    shape[axis as usize] = b.shape().numel() / others;
    let b = if b.rank() == 2 && detail % 4 == 1 { b.transpose() } else { b.clone() };
    Tensor::concat(&[a, b.reshape(shape)], axis)
}

/// Largest or sum over windows of 2 on the last axis.
fn pool(a: &Tensor, detail: u8) -> Tensor {
    let of_last = |value: usize, other: usize| (0..a.rank()).map(|i| if i + 1 == a.rank() { value } else { other }).collect::<Vec<_>>();
    let window = Window {
        size: of_last(2, 1),
        strides: of_last(1 + usize::from(detail) % 2, 1),
        dilation: of_last(1, 1),
        padding: of_last(usize::from(detail / 2) % 2, 0).into_iter().map(|low| (low, 0)).collect(),
    };
    if detail < 128 { a.window_sum(window) } else { a.window_max(window) }
}

/// `b`, or a scalar made of it, so that it broadcasts with `a`.
fn fit(a: &Tensor, b: &Tensor, scalar: impl Fn(&Tensor) -> Tensor) -> Tensor {
    match a.shape().broadcast(b.shape()) {
        Some(shape) if shape.numel() <= LARGEST => b.clone(),
        Some(_) | None => scalar(b).clip(-16.0, 16.0),
    }
}

/// An axis of `a`; 0 for scalars, which have none.
fn axis(a: &Tensor, detail: u8) -> i64 {
    i64::from(detail) % a.rank().max(1) as i64
}
