//! Normalizations.

use super::{Row, row};
use crate::reference;
use wgrad_model::{
    Fit, Layer, Scope, Sequential, Variable, Verbose,
    layers::{
        BatchNormalization, Dense, GroupNormalization, LayerNormalization, RMSNormalization, RenormClipping, SpectralNormalization,
        UnitNormalization,
    },
    optimizers::SGD,
};
use wgrad_tensor::Tensor;

pub(super) const ROWS: &[Row] = &[
    row(
        "BatchNormalization",
        "batch_normalization",
        || BatchNormalization::new().axis(1).momentum(0.5).gamma_regularizer("l2").into(),
        &[3, 2],
        &[3, 2],
        12,
        Some((&[], "BatchNormalization: there is no axis 1 in the input [2]")),
        r#"{"axis": 1, "momentum": 0.9, "scale": false, "synchronized": true, "renorm": true, "renorm_clipping": {"rmax": 3, "dmax": 5}}"#,
    ),
    row(
        "LayerNormalization",
        "layer_normalization",
        || LayerNormalization::new().axis([-1, 1]).beta_initializer("ones").into(),
        &[3, 4, 2],
        &[3, 4, 2],
        12,
        Some((&[], "LayerNormalization: there is no axis 1 in the input [2]")),
        r#"{"axis": [1, 2], "epsilon": 1e-5, "rms_scaling": true, "gamma_constraint": "non_neg"}"#,
    ),
    row(
        "GroupNormalization",
        "group_normalization",
        || GroupNormalization::new().groups(2).axis(1).gamma_initializer("ones").into(),
        &[4, 3],
        &[4, 3],
        8,
        Some((&[3, 4], "GroupNormalization: the 3 channels of [2, 3, 4] cannot be cut into 2 groups")),
        r#"{"groups": -1, "axis": 1, "epsilon": 1e-5, "center": false}"#,
    ),
    row(
        "RMSNormalization",
        "rms_normalization",
        || RMSNormalization::new().axis([1, 2]).into(),
        &[3, 2],
        &[3, 2],
        6,
        Some((&[], "RMSNormalization: there is no axis 1 in the input [2]")),
        r#"{"axis": [1, 2], "epsilon": 1e-5}"#,
    ),
    row(
        "UnitNormalization",
        "unit_normalization",
        || UnitNormalization::new().axis(1).into(),
        &[3, 2],
        &[3, 2],
        0,
        Some((&[], "UnitNormalization: there is no axis 1 in the input [2]")),
        r#"{"axis": [1, 2]}"#,
    ),
    row(
        "SpectralNormalization",
        "spectral_normalization",
        || SpectralNormalization::new(Dense::new(3)).power_iterations(2).into(),
        &[4],
        &[3],
        18,
        Some((&[], "Dense: the input must be [batch, ..., features]")),
        r#"{"layer": {"class_name": "Dense", "config": {"units": 4, "name": "inner"}}, "power_iterations": 3}"#,
    )
    .passes_changes(),
];

#[test]
fn renorm_corrects_towards_the_running_statistics() {
    let clipping = RenormClipping { rmin: Some(3.0), rmax: None, dmax: Some(1.0) };
    let layer = BatchNormalization::new().epsilon(0.0).momentum(0.75).renorm(true).renorm_clipping(clipping).renorm_momentum(0.5);
    // Mean 2 and deviation 1 of the batch; running mean 0 and deviation 1. r = 1 becomes 3, d = 2 becomes 1.
    let (x, first) = (Tensor::from([[1f32], [3.0]]), [1f32, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0]);
    let paths = ["gamma", "beta", "moving_mean", "moving_variance", "moving_stddev", "renorm_mean", "renorm_stddev"];
    let variable = |path: &str| Variable {
        path: path.into(),
        shape: [1].into(),
        trainable: path.len() < 6,
        initializer: "zeros".into(),
        constraint: None,
        is_memory: false,
    };
    let variables = paths.map(variable);
    let mut scope = Scope::bind(&variables, &first.map(|v| Tensor::from([v])), true, None);
    let y = layer.call(&mut scope, &x);
    let host = |x: &Tensor| x.to_host_on(&reference()).unwrap().to_vec::<f32>().unwrap();
    assert_eq!(host(&y), [-2.0, 4.0]);
    let after: Vec<f32> = (2..7).map(|i| host(scope.updated(i).unwrap())[0]).collect();
    assert_eq!(after, [0.5, 1.0, 1.0, 1.0, 1.0]);

    let crossed = layer.renorm_clipping(RenormClipping { rmin: Some(2.0), rmax: Some(1.0), dmax: None });
    let error = crossed.call(&mut scope, &x).check().unwrap_err().to_string();
    assert!(error.contains("renorm_clipping needs rmin <= rmax and 0 <= dmax"), "{error}");
}

/// A step with the learning rate 0 leaves what the layer made of the kernel.
#[test]
fn spectral_normalization_divides_the_kernel_by_its_largest_singular_value() {
    let layer = SpectralNormalization::new(Dense::new(2).named("inner")).power_iterations(50);
    let model = Sequential::new([layer.named("spectral")]).input_shape([2]).device(&reference());
    let mut model = model.compile(SGD::new(0.0), "mse", ()).unwrap();
    let kernel = Tensor::from([[3f32, 0.0], [0.0, 2.0]]).to_host_on(&reference()).unwrap();
    model.set_weights([("spectral/inner/kernel", kernel)]).unwrap();
    let (x, y) = (Tensor::ones([4, 2]), Tensor::ones([4, 2]));
    assert_eq!(model.predict(&x).unwrap().to_vec::<f32>().unwrap()[..2], [3.0, 2.0]);
    model.fit(&x, &y, Fit::epochs(1).verbose(Verbose::Silent)).unwrap();
    let after = model.predict(&x).unwrap().to_vec::<f32>().unwrap();
    assert!((after[0] - 1.0).abs() < 1e-5 && (after[1] - 2.0 / 3.0).abs() < 1e-5, "{after:?}");
    let none = SpectralNormalization::new(UnitNormalization::new());
    let error = Sequential::new([none.into()]).input_shape([2]).device(&reference()).build().unwrap_err().to_string();
    assert!(error.contains("SpectralNormalization: UnitNormalization has neither a kernel nor embeddings"), "{error}");
}

/// A frozen layer normalizes with its moving statistics, also in training.
#[test]
fn frozen_statistics_stay() {
    let layer = BatchNormalization::new().epsilon(0.0).named("norm").trainable(false);
    let model = Sequential::new([layer, Dense::new(1).into()]).input_shape([1]).device(&reference());
    let mut model = model.compile("sgd", "mse", ()).unwrap();
    let (x, y) = (Tensor::from([[1f32], [3.0]]), Tensor::from([[0f32], [1.0]]));
    let norm = |model: &wgrad_model::Model| -> Vec<_> {
        model.weights().unwrap().into_iter().filter(|(path, _)| path.starts_with("norm")).map(|(_, w)| w.to_vec::<f32>().unwrap()).collect()
    };
    let before = norm(&model);
    model.fit(&x, &y, Fit::epochs(2).verbose(Verbose::Silent)).unwrap();
    assert_eq!(norm(&model), before);
}
