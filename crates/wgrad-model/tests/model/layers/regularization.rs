//! Noise in training.

use super::{Row, row};
use crate::{build, devices, reference};
use wgrad_model::{Layer, Scope, layers::Dropout};
use wgrad_tensor::Tensor;

pub(super) const ROWS: &[Row] =
    &[row("Dropout", "dropout", || Dropout::new(0.5).into(), &[6], &[6], 0, None, r#"{"rate": 0.25, "seed": null, "noise_shape": null}"#)];

#[test]
fn dropout_scales_what_it_keeps_and_rests_outside_training() {
    let x = Tensor::ones([200, 50]);
    for device in devices() {
        let mut model = build(&device, &[50], [Dropout::new(0.25).into()]);
        assert!(model.predict(&x).unwrap().to_vec::<f32>().unwrap().iter().all(|v| *v == 1.0));
    }
    let first = drawn(&Dropout::new(0.25), &x, 1);
    assert!(first.iter().all(|v| *v == 0.0 || (v - 4.0 / 3.0).abs() < 1e-6));
    let kept = first.iter().filter(|v| **v != 0.0).count() as f64 / first.len() as f64;
    assert!((kept - 0.75).abs() < 0.02, "{kept} of the elements were kept");
    assert_eq!(first, drawn(&Dropout::new(0.25), &x, 1));
    assert_ne!(first, drawn(&Dropout::new(0.25), &x, 2));
}

/// What the layer gives for `x` in a training step.
fn drawn(layer: &dyn Layer, x: &Tensor, step: u32) -> Vec<f32> {
    let mut scope = Scope::bind(&[], &[], true, Some(Tensor::from([5u32, 0, step])));
    layer.call(&mut scope, x).to_host_on(&reference()).unwrap().to_vec::<f32>().unwrap()
}
