//! Noise in training.

use super::{Row, row};
use crate::{build, devices, reference};
use wgrad_model::{
    Layer, Scope,
    layers::{
        ActivityRegularization, AlphaDropout, Dropout, GaussianDropout, GaussianNoise, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D,
    },
};
use wgrad_tensor::Tensor;

pub(super) const ROWS: &[Row] = &[
    row(
        "Dropout",
        "dropout",
        || Dropout::new(0.5).noise_shape([None, Some(1)]).into(),
        &[6],
        &[6],
        0,
        Some((&[6, 6], "Dropout: noise_shape [None, Some(1)] does not broadcast to the input [2, 6, 6]")),
        r#"{"rate": 0.25, "seed": 3, "noise_shape": [null, 1]}"#,
    ),
    row(
        "SpatialDropout1D",
        "spatial_dropout1d",
        || SpatialDropout1D::new(0.3).into(),
        &[4, 3],
        &[4, 3],
        0,
        Some((&[6], "SpatialDropout1D: the input must be [batch, steps, channels], got [2, 6]")),
        r#"{"rate": 0.25, "seed": 3}"#,
    ),
    row(
        "SpatialDropout2D",
        "spatial_dropout2d",
        || SpatialDropout2D::new(0.3).data_format("channels_first").into(),
        &[4, 3, 2],
        &[4, 3, 2],
        0,
        Some((&[6], "SpatialDropout2D: the input must be [batch, channels, height, width], got [2, 6]")),
        r#"{"rate": 0.25, "data_format": "channels_first"}"#,
    ),
    row(
        "SpatialDropout3D",
        "spatial_dropout3d",
        || SpatialDropout3D::new(0.3).into(),
        &[2, 2, 3, 2],
        &[2, 2, 3, 2],
        0,
        Some((&[6], "SpatialDropout3D: the input must be [batch, depth, height, width, channels], got [2, 6]")),
        r#"{"rate": 0.25, "data_format": "channels_first"}"#,
    ),
    row("GaussianNoise", "gaussian_noise", || GaussianNoise::new(0.2).into(), &[6], &[6], 0, None, r#"{"stddev": 0.25, "seed": 1}"#),
    row("GaussianDropout", "gaussian_dropout", || GaussianDropout::new(0.2).into(), &[6], &[6], 0, None, r#"{"rate": 0.25, "seed": 1}"#),
    row(
        "AlphaDropout",
        "alpha_dropout",
        || AlphaDropout::new(0.2).into(),
        &[6],
        &[6],
        0,
        None,
        r#"{"rate": 0.25, "noise_shape": [null, 1], "seed": 1}"#,
    ),
    row(
        "ActivityRegularization",
        "activity_regularization",
        || ActivityRegularization::new().l1(0.1).l2(0.2).into(),
        &[2, 3],
        &[2, 3],
        0,
        None,
        r#"{"l1": 0.1, "l2": 0.2}"#,
    ),
];

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

/// Mean and variance stay; the moments of what is added or dropped are those of the formulas.
#[test]
fn noise_has_its_moments() {
    let x = Tensor::normal([400, 100], 0.0, 1.0, 3);
    let moments = |values: &[f32]| {
        let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64;
        (mean, values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / values.len() as f64)
    };
    let near = |layer: &dyn Layer, x: &Tensor, mean: f64, variance: f64| {
        let found = moments(&drawn(layer, x, 1));
        assert!((found.0 - mean).abs() < 0.02 && (found.1 - variance).abs() < 0.03, "{layer:?}: {found:?}, not {mean}, {variance}");
    };
    near(&AlphaDropout::new(0.3), &x, 0.0, 1.0);
    near(&GaussianNoise::new(0.5), &x, 0.0, 1.25);
    near(&GaussianDropout::new(0.5), &Tensor::ones([400, 100]), 1.0, 1.0);
    let channels = drawn(&SpatialDropout1D::new(0.5), &Tensor::ones([50, 7, 20]), 1);
    assert!(channels.chunks(7 * 20).all(|sample| (0..20).all(|c| (0..7).all(|t| sample[t * 20 + c] == sample[c]))));
    near(&SpatialDropout1D::new(0.5), &Tensor::ones([400, 2, 50]), 1.0, 1.0);
}

#[test]
fn wrong_rates() {
    let says = |layer: &dyn Layer, rule: &str| {
        let error = layer.call(&mut Scope::default(), &Tensor::ones([2, 3])).check().unwrap_err().to_string();
        assert!(error.contains(rule), "{error}");
    };
    says(&GaussianNoise::new(1.5), "GaussianNoise: stddev must be in [0, 1], got 1.5");
    says(&GaussianDropout::new(1.0), "GaussianDropout: the rate must be less than 1");
    says(&GaussianDropout::new(f64::NAN), "GaussianDropout: the rate must be in [0, 1], got NaN");
    says(&AlphaDropout::new(1.0), "AlphaDropout: the rate must be less than 1");
    says(&AlphaDropout::new(0.5).noise_shape([Some(4), None]), "noise_shape [Some(4), None] does not broadcast to the input [2, 3]");
    says(&ActivityRegularization::new().l1(-1.0), "l1 of L1L2 must be finite and not negative, got -1");
}
