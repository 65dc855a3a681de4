//! Loops over time.

use crate::{
    Case,
    Domain::{Distinct, Real, Values},
    Smoothness::{Once, Twice},
    Tolerance,
};
use wgrad_tensor::{Loop, Tensor, scan};

const STEPS: Tolerance = Tolerance::tensor(64.0, "rounding of many steps");

/// `h = tanh(x + h w)`, stacking the states.
fn recurrent(options: Loop, x: &[Tensor]) -> Vec<Tensor> {
    let (states, outputs) = options.scan(&[x[0].clone()], &[x[1].clone()], &[x[2].clone()], |h, x, w| {
        let h = h[0].matmul(&w[0]).add(&x[0]).tanh();
        (vec![h.clone()], vec![h])
    });
    [states, outputs].concat()
}

pub(super) fn cases() -> Vec<Case> {
    let network = |detail: &str, build: fn(&[Tensor]) -> Vec<Tensor>, length: usize| {
        Case::new(&["scan"], build).named(detail).shapes(&[&[2, 3], &[length, 2, 3], &[3, 3]], &Real).within(STEPS).smooth(Twice)
    };
    vec![
        network("recurrent network", |x| recurrent(Loop::new(), x), 5),
        network("recurrent network, backwards", |x| recurrent(Loop::new().reverse(), x), 4),
        network("no steps", |x| recurrent(Loop::new(), x), 0),
        network("one step", |x| recurrent(Loop::new(), x), 1),
        Case::new(&["scan"], |x| {
            let (sums, best) = scan(&[x[0].clone(), x[1].clone()], &[x[2].clone()], &[], |c, x, _| {
                let sum = c[0].mul(0.5).add(&x[0]);
                (vec![sum.clone(), c[1].maximum(&x[0])], vec![sum.sum(0), x[0].mul(&sum)])
            });
            [sums, best].concat()
        })
        .named("several carries and outputs")
        .shapes(&[&[7], &[7], &[6, 7]], &Distinct)
        .within(STEPS)
        .smooth(Once),
        Case::new(&["scan"], |x| {
            let (c, y) = scan(&[x[0].clone()], &[x[1].clone()], &[], |c, x, _| {
                let next = c[0].mul(2.0).add(&x[0]);
                (vec![next.clone()], vec![next])
            });
            [c, y].concat()
        })
        .named("known values")
        .input((), Values(vec![1.0]))
        .input([3], Values(vec![1.0, 2.0, 3.0]))
        .known(&[19.0, 3.0, 8.0, 19.0])
        .smooth(Twice),
    ]
}
