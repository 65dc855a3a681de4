//! Convolutions, pooling and resizing beyond the layer table: their relations to each other, and known numbers.

use crate::reference;
use wgrad_model::{
    Entry, Layer, Scope, Variable,
    layers::{
        AveragePooling2D, Conv1D, Conv1DTranspose, Conv2D, Conv3D, Cropping2D, DepthwiseConv2D, Flatten, GlobalAveragePooling1D,
        GlobalMaxPooling2D, MaxPooling1D, SeparableConv2D, UpSampling2D, ZeroPadding2D,
    },
};
use wgrad_tensor::{Tensor, vjp};

/// Values of variables by name.
type Weights<'a> = Vec<(&'a str, &'a Tensor)>;

/// `layer` with these values of its variables.
fn call(layer: &dyn Layer, x: &Tensor, values: &[(&str, &Tensor)]) -> Tensor {
    let variable = |(path, value): &(&str, &Tensor)| Variable {
        path: (*path).into(),
        shape: value.shape().clone(),
        trainable: true,
        initializer: "zeros".into(),
        constraint: None,
        is_memory: false,
    };
    let variables: Vec<Variable> = values.iter().map(variable).collect();
    let values: Vec<Tensor> = values.iter().map(|(_, value)| (*value).clone()).collect();
    layer.call(&mut Scope::bind(&variables, &values, false, None), x)
}

fn numbers(x: &Tensor) -> Vec<f32> {
    x.to_host_on(&reference()).unwrap().to_vec().unwrap()
}

fn assert_near(a: &Tensor, b: &Tensor, what: &str) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    for (a, b) in numbers(a).into_iter().zip(numbers(b)) {
        assert!((a - b).abs() <= 1e-5 * (1.0 + b.abs()), "{what}: {a} and {b}");
    }
}

#[test]
fn transposed_convolutions_are_the_gradients_of_convolutions() {
    let mut compared = 0;
    for padding in ["valid", "same"] {
        for (size, stride, dilation) in [(1, 1, 1), (2, 1, 1), (3, 2, 1), (2, 3, 1), (4, 3, 1), (5, 2, 1), (3, 1, 2), (2, 1, 3), (3, 2, 2)]
        {
            for extra in [None, Some(0), Some(1), Some(2)].into_iter().filter(|extra| extra.is_none_or(|extra| extra < stride)) {
                let layer = Conv1DTranspose::new(2, size).strides(stride).padding(padding).dilation_rate(dilation).use_bias(false);
                let layer = if let Some(extra) = extra { layer.output_padding(extra) } else { layer };
                let convolution = Conv1D::new(3, size).strides(stride).padding(padding).dilation_rate(dilation).use_bias(false);
                let (x, kernel) = (Tensor::uniform([2, 4, 3], -1.0, 1.0, 1), Tensor::uniform([size, 2, 3], -1.0, 1.0, 2));
                let y = call(&layer, &x, &[("kernel", &kernel)]);
                let source = y.zeros_like();
                let forward = call(&convolution, &source, &[("kernel", &kernel)]);
                if forward.shape() != x.shape() {
                    continue; // such an output_padding leaves no convolution of which this were the gradient
                }
                let gradient = vjp(&[&forward], &[&x], &[&source]).remove(0).unwrap();
                assert_near(&y, &gradient, &format!("{layer:?}"));
                compared += 1;
            }
        }
    }
    assert!(compared > 30, "only {compared} were compared");
}

#[test]
fn channels_first_is_channels_last_turned() {
    let x = Tensor::uniform([2, 5, 6, 4], -1.0, 1.0, 3); // channels last
    let first = |x: &Tensor| if x.rank() == 4 { x.permute([0i64, 3, 1, 2]) } else { x.clone() };
    let kernel = Tensor::uniform([3, 2, 2, 4], -1.0, 1.0, 4);
    let depthwise = Tensor::uniform([3, 2, 4, 1], -1.0, 1.0, 5);
    let pointwise = Tensor::uniform([1, 1, 4, 3], -1.0, 1.0, 6);
    let bias = Tensor::uniform([4], -1.0, 1.0, 7);
    let pairs: [(Entry, Entry, Weights<'_>); 7] = [
        {
            let layer = Conv2D::new(4, (3, 2)).groups(2).padding("same").activation("tanh");
            (layer.clone().into(), layer.data_format("channels_first").into(), vec![("kernel", &kernel), ("bias", &bias)])
        },
        {
            let layer = DepthwiseConv2D::new((3, 2)).strides(2);
            (layer.clone().into(), layer.data_format("channels_first").into(), vec![("kernel", &depthwise), ("bias", &bias)])
        },
        {
            let layer = SeparableConv2D::new(3, (3, 2)).use_bias(false);
            let weights = vec![("depthwise_kernel", &depthwise), ("pointwise_kernel", &pointwise)];
            (layer.clone().into(), layer.data_format("channels_first").into(), weights)
        },
        {
            let layer = AveragePooling2D::new((2, 3)).padding("same").strides(2);
            (layer.clone().into(), layer.data_format("channels_first").into(), vec![])
        },
        {
            let layer = Cropping2D::new().cropping(((1, 0), (2, 1)));
            (layer.clone().into(), layer.data_format("channels_first").into(), vec![])
        },
        {
            let layer = ZeroPadding2D::new().padding(((1, 0), (2, 1)));
            (layer.clone().into(), layer.data_format("channels_first").into(), vec![])
        },
        {
            let layer = UpSampling2D::new().size((2, 3)).interpolation("lanczos3");
            (layer.clone().into(), layer.data_format("channels_first").into(), vec![])
        },
    ];
    for (last, turned, weights) in pairs {
        let y = call(last.layer(), &x, &weights);
        assert_near(&call(turned.layer(), &first(&x), &weights), &first(&y), &format!("{turned:?}"));
    }
    assert_near(&call(&Flatten::new().data_format("channels_first"), &first(&x), &[]), &x.reshape([2, -1]), "Flatten");
    let maxima = call(&GlobalMaxPooling2D::new().data_format("channels_first"), &first(&x), &[]);
    assert_near(&maxima, &x.max([1, 2]), "GlobalMaxPooling2D");
}

/// Computed with TensorFlow 2.21.
#[test]
fn interpolations_are_tensorflows() {
    let x = Tensor::from([1f32, 5.0, -2.0]).reshape([1, 3, 1, 1]);
    for (method, factor, expected) in INTERPOLATED {
        let layer = UpSampling2D::new().size((*factor, 1)).interpolation(*method);
        let y = numbers(&call(&layer, &x, &[]));
        assert_eq!(y.len(), expected.len());
        for (i, (y, e)) in y.iter().zip(*expected).enumerate() {
            assert!((y - e).abs() < 2e-6 * 5.0, "{method} x {factor}: [{i}] is {y}, TensorFlow has {e}");
        }
    }
}

const INTERPOLATED: &[(&str, usize, &[f32])] = &[
    ("bilinear", 2, &[1.0, 2.0, 4.0, 3.25, -0.25, -2.0]),
    ("bilinear", 3, &[1.0, 1.0, 2.333333, 3.666667, 5.0, 2.666667, 0.333333, -2.0, -2.0]),
    ("bicubic", 2, &[0.6470589, 1.912409, 4.59542, 3.725191, -0.5839416, -2.617647]),
    ("bicubic", 3, &[0.5791747, 1.0, 2.34306, 4.215919, 5.0, 3.038541, 0.06628871, -2.0, -2.736444]),
    ("lanczos3", 2, &[0.2104497, 2.175445, 4.853354, 3.676403, -0.4549124, -3.067094]),
    ("lanczos3", 3, &[0.02735625, 0.9999999, 2.6424, 4.519606, 5.0, 3.008288, 0.1727765, -2.0, -3.333499]),
    ("lanczos5", 2, &[-0.06679501, 2.358416, 4.978814, 3.656353, -0.417797, -3.150096]),
    ("lanczos5", 3, &[-0.3571374, 0.9999998, 2.85725, 4.689869, 5.0, 3.001123, 0.2107842, -2.0, -3.453756]),
];

#[test]
fn masked_steps_are_not_averaged() {
    let x = Tensor::from([[[1f32, 2.0], [3.0, 4.0], [f32::NAN, 100.0]]]);
    let mut scope = Scope::default();
    scope.set_mask(&x, &Tensor::from([[true, true, false]]));
    assert_eq!(numbers(&GlobalAveragePooling1D::new().call(&mut scope, &x)), [2.0, 3.0]);
    let turned = x.permute([0i64, 2, 1]);
    scope.set_mask(&turned, &Tensor::from([[true, false, false]]));
    let layer = GlobalAveragePooling1D::new().data_format("channels_first").keepdims(true);
    let y = layer.call(&mut scope, &turned);
    assert_eq!((numbers(&y), &y.shape()[..]), (vec![1.0, 2.0], &[1, 2, 1][..]));
}

#[test]
fn windows_beyond_all_of_the_input() {
    let x = Tensor::from([3f32, 1.0, 2.0]).reshape([1, 3, 1]);
    let all = call(&MaxPooling1D::new(1_000_000_000).padding("same").strides(1), &x, &[]);
    assert_eq!(numbers(&all), [3.0, 3.0, 3.0]);
    let kernel = Tensor::uniform([9, 1, 1, 1, 1], -1.0, 1.0, 1);
    let layer = Conv3D::new(1, (9, 1, 1)).padding("same").use_bias(false);
    let y = call(&layer, &x.reshape([1, 3, 1, 1, 1]), &[("kernel", &kernel)]);
    let k = numbers(&kernel);
    let expected: Vec<f32> = (0..3).map(|i| 3.0 * k[4 - i] + k[5 - i] + 2.0 * k[6 - i]).collect();
    assert_near(&y.flatten(), &Tensor::from(expected), "a kernel longer than the input");
}
