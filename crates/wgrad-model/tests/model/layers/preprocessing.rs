//! Layers that prepare data.

use super::{Row, row};
use crate::{build, devices, reference};
use serde_json::json;
use wgrad_model::{
    Entry, Layer, Scope,
    layers::{CategoryEncoding, Discretization, IntegerLookup, Normalization, Rescaling, from_config},
};
use wgrad_tensor::Tensor;

pub(super) const ROWS: &[Row] = &[
    row(
        "Rescaling",
        "rescaling",
        || Rescaling::new(0.5).offset([1.0, 2.0]).into(),
        &[3, 2],
        &[3, 2],
        0,
        None,
        r#"{"scale": 2, "offset": [1]}"#,
    ),
    row(
        "Normalization",
        "normalization",
        || Normalization::new().mean([0.5, 1.0]).variance([1.0, 4.0]).into(),
        &[3, 2],
        &[3, 2],
        0,
        Some((&[3], "Normalization: mean and variance have the shape [2], but the axes [1] of the input [2, 3] the lengths [3]")),
        r#"{"axis": [0, -1], "mean": null, "variance": null, "invert": true}"#,
    ),
    Row {
        learns: false,
        integers: true,
        ..row(
            "CategoryEncoding",
            "category_encoding",
            || CategoryEncoding::new(3).into(),
            &[4],
            &[3],
            0,
            None,
            r#"{"num_tokens": 4, "output_mode": "count"}"#,
        )
    },
    Row {
        learns: false,
        integers: true,
        ..row(
            "IntegerLookup",
            "integer_lookup",
            || IntegerLookup::new().vocabulary([0, 2]).output_mode("multi_hot").into(),
            &[4],
            &[3],
            0,
            None,
            r#"{"vocabulary": [5, 7], "idf_weights": [0.5, 1.5], "output_mode": "tf_idf", "salt": null, "vocabulary_size": 3}"#,
        )
    },
    Row {
        learns: false,
        ..row(
            "Discretization",
            "discretization",
            || Discretization::new().bin_boundaries([-0.5, 0.5]).output_mode("one_hot").into(),
            &[4],
            &[4, 3],
            0,
            None,
            r#"{"bin_boundaries": [0.0, 1.5], "num_bins": 3, "epsilon": 0.01, "output_mode": "int", "sparse": false}"#,
        )
    },
];

/// What the layer gives for the inputs outside training, on every device.
fn call(layer: &dyn Layer, inputs: &[Tensor]) -> (Vec<usize>, Vec<f32>) {
    let y = layer.call_all(&mut Scope::default(), inputs).remove(0);
    if let Some(error) = y.error() {
        panic!("{error}");
    }
    let results = devices()
        .iter()
        .map(|device| y.cast(wgrad_tensor::DType::F32).to_host_on(device).unwrap().to_vec::<f32>().unwrap())
        .collect::<Vec<_>>();
    assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
    (y.shape().to_vec(), results[0].clone())
}

fn error(layer: &dyn Layer, x: &Tensor) -> String {
    layer.call(&mut Scope::default(), x).error().expect("an error").to_string()
}

fn close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-5 * (1.0 + b.abs()), "{found:?} instead of {expected:?}");
    }
}

fn data() -> Tensor {
    Tensor::from([[0f32, 7.0, 4.0], [2.0, 9.0, 6.0], [0.0, 7.0, 4.0], [2.0, 9.0, 6.0]])
}

fn adapted(mut layer: Normalization) -> Normalization {
    layer.adapt(&data()).unwrap();
    layer
}

/// What a model of the layer gives for `[[1, 2, 3], [4, 5, 6]]`.
fn normalized(layer: Normalization) -> Vec<f32> {
    let x = Tensor::from([[1f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let mut model = build(&reference(), &[3], [layer.into()]);
    model.predict(&x).unwrap().to_vec().unwrap()
}

/// The values are those of Keras.
#[test]
fn normalization_by_given_or_adapted_statistics() {
    close(&normalized(adapted(Normalization::new())), &[0.0, -6.0, -2.0, 3.0, -3.0, 1.0]);
    close(&normalized(adapted(Normalization::new().invert(true))), &[2.0, 10.0, 8.0, 5.0, 13.0, 11.0]);
    let of_all = [-1.207_406_9, -0.878_114_05, -0.548_821_3, -0.219_528_47, 0.109_764_315, 0.439_057_1];
    close(&normalized(adapted(Normalization::new().axis([]))), &of_all);
    let given = Normalization::new().mean(3.0).variance(2.0);
    let half = std::f32::consts::FRAC_1_SQRT_2;
    close(&normalized(given), &[-2.0 * half, -half, 0.0, half, 2.0 * half, 3.0 * half]);
    let each = Normalization::new().mean([1.0, 2.0, 3.0]).variance([1.0, 4.0, 0.0]);
    close(&normalized(each), &[0.0, 0.0, 0.0, 3.0, 1.5, 3e7]);
    close(&normalized(Normalization::new().axis([]).mean(1.0).variance(4.0)), &[0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
    let one_for_all = Normalization::new().axis([0, 1]).mean([[1.0], [4.0]]).variance([[1.0], [4.0]]);
    close(&call(&one_for_all, &[Tensor::from([[1f32, 2.0, 3.0], [4.0, 5.0, 6.0]])]).1, &[0.0, 1.0, 2.0, 0.0, 0.5, 1.0]);
    close(&normalized(Normalization::new()), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

#[test]
fn normalization_adapts_to_batches_as_to_the_whole() {
    let mut layer = Normalization::new();
    layer.adapt_batches(data().split_at(&[1, 3], 0)).unwrap();
    close(&normalized(layer), &normalized(adapted(Normalization::new())));
}

#[test]
fn adapted_statistics_are_saved_with_the_weights() {
    let mut model = build(&reference(), &[3], [adapted(Normalization::new()).into()]);
    let names: Vec<String> = model.weights().unwrap().into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, ["normalization/mean", "normalization/variance", "normalization/count"]);
    let x = data();
    let json = Entry::from(adapted(Normalization::new())).to_json().unwrap();
    let mut copy = build(&reference(), &[3], [Entry::from_json(&json).unwrap()]);
    copy.set_weights(model.weights().unwrap()).unwrap();
    assert_eq!(model.predict(&x).unwrap().to_vec::<f32>().unwrap(), copy.predict(&x).unwrap().to_vec::<f32>().unwrap());
}

#[test]
fn normalization_tells_what_is_wrong() {
    let x = data();
    let text = |layer: Normalization| error(&layer, &x);
    assert!(text(Normalization::new().mean(1.0)).contains("Normalization: mean and variance must be given together"));
    assert!(text(Normalization::new().mean([1.0, 2.0]).variance(1.0)).contains("the same shape, got [2] and []"));
    assert!(
        text(Normalization::new().mean([1.0, 2.0]).variance([1.0, 2.0]))
            .contains("have the shape [2], but the axes [1] of the input [4, 3] the lengths [3]")
    );
    assert!(text(Normalization::new().axis(2)).contains("there is no axis 2 in the input [4, 3]"));
    assert!(text(Normalization::new().mean([[1.0]]).variance([[1.0]])).contains("mean and variance have 2 axes, but axis has 1"));
    let adapt = |mut layer: Normalization, x: &Tensor| layer.adapt(x).unwrap_err().to_string();
    assert_eq!(
        adapt(Normalization::new().mean(1.0).variance(1.0), &x),
        "Normalization: mean and variance are given, so there is nothing to adapt"
    );
    assert_eq!(
        adapt(Normalization::new(), &Tensor::zeros([0, 3])),
        "Normalization: it cannot adapt to data of shape [0, 3], which has no elements"
    );
    assert_eq!(adapt(Normalization::new().axis(3), &x), "Normalization: there is no axis 3 in the input [4, 3]");
    let batches = [Tensor::zeros([2, 3]), Tensor::zeros([2, 4])];
    let error = Normalization::new().adapt_batches(&batches).unwrap_err().to_string();
    assert_eq!(error, "Normalization: a batch has the lengths [4] on axis, those before it [3]");
    let none: [Tensor; 0] = [];
    assert_eq!(Normalization::new().adapt_batches(none).unwrap_err().to_string(), "Normalization: it cannot adapt to no batches");
}

#[test]
fn rescaling_takes_arrays_and_integers() {
    let config = json!({"scale": {"class_name": "__numpy__", "config": {"value": [1.0, 2.0]}}, "offset": [0.0, 1.0]});
    let layer = from_config("Rescaling", &config).unwrap();
    assert_eq!(call(&*layer, &[Tensor::from([[1, 2], [3, 4]])]), (vec![2, 2], vec![1.0, 5.0, 3.0, 9.0]));
}

/// The values are those of Keras.
#[test]
fn categories_as_vectors() {
    let layer = |mode: &str| CategoryEncoding::new(4).output_mode(mode);
    let pairs = Tensor::from([[0, 1], [0, 0], [1, 2], [3, 1]]);
    let many = [1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
    assert_eq!(call(&layer("multi_hot"), std::slice::from_ref(&pairs)), (vec![4, 4], many.to_vec()));
    let counts = [1.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
    assert_eq!(call(&layer("count"), std::slice::from_ref(&pairs)), (vec![4, 4], counts.to_vec()));
    let weights = Tensor::from([[0.1f32, 0.2], [0.1, 0.1], [0.2, 0.3], [0.4, 0.2]]);
    let weighted = [0.1, 0.2, 0.0, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.2, 0.3, 0.0, 0.0, 0.2, 0.0, 0.4];
    assert_eq!(call(&layer("count"), &[pairs.clone(), weights.clone()]), (vec![4, 4], weighted.to_vec()));
    let column = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    assert_eq!(call(&layer("one_hot"), &[Tensor::from([[3], [2]])]), (vec![2, 4], column.to_vec()));
    assert_eq!(call(&layer("one_hot"), &[Tensor::from([[3f32, 2.7]])]), (vec![1, 2, 4], column.to_vec()));
    // Of three axes the second is that of the sample; numbers that are no category count nowhere.
    let cube = Tensor::from([[[0, 1], [1, 2]], [[3, 3], [9, -9]]]);
    let counted = [1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    assert_eq!(call(&layer("count"), &[cube]), (vec![2, 2, 4], counted.to_vec()));
    let wrong = layer("count").call_all(&mut Scope::default(), &[pairs.clone(), weights.flatten()]).remove(0);
    assert!(wrong.error().unwrap().to_string().contains("CategoryEncoding: count_weights has the shape [8], but the input [4, 2]"));
    let wrong = layer("one_hot").call_all(&mut Scope::default(), &[pairs.clone(), weights]).remove(0);
    assert!(wrong.error().unwrap().to_string().contains("count_weights belong to the output_mode \"count\""));
    assert!(error(&layer("int"), &pairs).contains("the output_mode is one of multi_hot, one_hot, count, got \"int\""));
    assert!(error(&layer("hot"), &pairs).contains("there is no output_mode \"hot\"; it is one of int, one_hot, multi_hot, count, tf_idf"));
    assert!(error(&CategoryEncoding::new(0), &pairs).contains("num_tokens must be at least 1, got 0"));
    assert!(error(&layer("count").sparse(true), &pairs).contains("sparse must be false"));
    assert!(error(&CategoryEncoding::new(usize::MAX), &pairs).contains("4 samples of 18446744073709551615 categories are too many"));
}

/// The values are those of Keras.
#[test]
fn intervals_of_numbers() {
    let layer = |mode: &str| Discretization::new().bin_boundaries([0.0, 1.0, 2.0]).output_mode(mode);
    let x = Tensor::from([[-1.5f32, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0], [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 2.0]]);
    let numbers = [0.0, 2.0, 3.0, 1.0, 1.0, 3.0, 2.0, 1.0, 3.0, 3.0, 0.0, 3.0];
    assert_eq!(call(&layer("int"), std::slice::from_ref(&x)), (vec![3, 4], numbers.to_vec()));
    let counts = [1.0, 1.0, 1.0, 1.0, 0.0, 2.0, 1.0, 1.0, 1.0, 0.0, 0.0, 3.0];
    assert_eq!(call(&layer("count"), std::slice::from_ref(&x)), (vec![3, 4], counts.to_vec()));
    assert_eq!(call(&layer("one_hot"), &[x.narrow(1, 0, 1)]), (vec![3, 4], vec![1., 0., 0., 0., 0., 1., 0., 0., 0., 0., 0., 1.]));
    assert_eq!(call(&Discretization::new().bin_boundaries([]), &[Tensor::from([[7, 8]])]), (vec![1, 2], vec![0.0, 0.0]));
    assert!(
        error(&Discretization::new().num_bins(3), &x)
            .contains("Discretization: it has no bin_boundaries; give them, or num_bins and call adapt")
    );
    assert!(error(&Discretization::new().bin_boundaries([2.0, 1.0]), &x).contains("the bin_boundaries must ascend, got [2.0, 1.0]"));
    assert!(error(&layer("tf_idf"), &x).contains("the output_mode is one of int, one_hot, multi_hot, count"));
}

/// The boundaries are those of Keras.
#[test]
fn intervals_of_equal_shares() {
    let boundaries = |layer: Discretization, batches: &[Tensor]| {
        let mut layer = layer;
        layer.adapt_batches(batches).unwrap();
        layer.bin_boundaries.unwrap().into_iter().map(|b| b as f32).collect::<Vec<f32>>()
    };
    let bins = |n: usize| Discretization::new().num_bins(n);
    let squares = || Tensor::from_vec((0..1000).map(|i| ((i * i) % 997) as f32).collect(), [1000]);
    close(&boundaries(bins(4), &[Tensor::from([[-1.5f32, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0]])]), &[0.0, 0.5, 1.3]);
    close(&boundaries(bins(3), &[Tensor::arange(1f32, 11.0, 1.0)]), &[3.333_333_3, 6.666_666_5]);
    close(&boundaries(bins(5), &[squares()]), &[197.999_82, 378.999_8, 606.999_8, 793.999_94]);
    close(&boundaries(bins(5).epsilon(0.1), &[squares()]), &[198.000_03, 379.000_06, 607.000_1, 794.000_06]);
    close(&boundaries(bins(5), &[Tensor::arange(0f32, 100.0, 1.0), Tensor::arange(50f32, 300.0, 1.0)]), &[64.0, 101.0, 167.0, 233.0]);
    assert_eq!(boundaries(bins(4), &[Tensor::from([5f32])]), [0f32; 0]);
    assert_eq!(boundaries(bins(1), &[Tensor::arange(0f32, 7.0, 1.0)]), [0f32; 0]);
    let refused = |mut layer: Discretization| layer.adapt(&Tensor::from([1f32])).unwrap_err().to_string();
    assert_eq!(refused(Discretization::new()), "Discretization: it adapts where num_bins is given, not bin_boundaries");
    assert_eq!(refused(bins(0)), "Discretization: num_bins must be at least 1 and epsilon in (0, 1], got 0 and 0.01");
    assert_eq!(refused(bins(2).epsilon(0.0)), "Discretization: num_bins must be at least 1 and epsilon in (0, 1], got 2 and 0");
}
