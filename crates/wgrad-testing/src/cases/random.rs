//! Random numbers: the same bits on every device.

use crate::{Case, Domain::Key, Tolerance};
use wgrad_tensor::{DType, Tensor};

pub(super) fn cases() -> Vec<Case> {
    let normal = Tolerance::tensor(64.0, "the inverse error function of a uniform number");
    let uniform = Tolerance::element(2.0, "scaled by one product and one sum");
    let row = |names: &[&'static str], build: fn(&[Tensor]) -> Vec<Tensor>| Case::new(names, build).input([3], Key).dtypes(&[DType::U32]);
    vec![
        row(&["random_bits"], |x| {
            vec![
                Tensor::random_bits(&x[0], [67], 0),
                Tensor::random_bits(&x[0], [3, 5], 7),
                Tensor::random_bits(&x[0], (), 1),
                Tensor::random_bits(&x[0], [0], 1),
            ]
        }),
        row(&["random_key", "random_bits"], |_| vec![Tensor::random_bits(&Tensor::random_key(0), [8], 0)])
            .named("known values")
            // The first is the known answer of Random123; the second was computed with a few lines of Python.
            .known(&KNOWN_BITS.map(f64::from)),
        row(&["uniform_with"], |x| vec![Tensor::uniform_with(&x[0], 3, [5, 67], -1.0, 3.0)]).within(uniform),
        row(&["normal_with"], |x| vec![Tensor::normal_with(&x[0], 4, [5, 67], 1.0, 0.5)]).within(normal),
        row(&["truncated_normal_with"], |x| vec![Tensor::truncated_normal_with(&x[0], 5, [5, 67], 0.0, 2.0)]).within(normal),
        row(&["permutation_with"], |x| vec![Tensor::permutation_with(&x[0], 6, 67), Tensor::permutation_with(&x[0], 6, 0)]),
        row(&["uniform"], |_| vec![Tensor::uniform([67], 0.0, 1.0, 42)]).within(uniform),
        row(&["normal", "truncated_normal"], |_| vec![Tensor::normal([67], 0.0, 1.0, 42), Tensor::truncated_normal([67], 0.0, 1.0, 42)])
            .within(normal),
        row(&["permutation"], |_| vec![Tensor::permutation(100, 42)]),
    ]
}

const KNOWN_BITS: [u32; 8] = [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8, 0xf8e4_cca4, 0x5cb2_00db, 0xb1a5_74eb, 0x097e_ff67];
