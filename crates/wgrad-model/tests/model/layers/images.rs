//! Layers that change images.

use super::{Row, row};
use crate::{devices, reference};
use serde_json::Value as Json;
use wgrad_model::{
    Layer, Scope,
    layers::{
        CenterCrop, RandomBrightness, RandomContrast, RandomCrop, RandomFlip, RandomRotation, RandomTranslation, RandomZoom, Resizing,
        from_config,
    },
};
use wgrad_tensor::{DType, Device, Tensor, grad};

const AXES: &str = "the input must be [batch, height, width, channels]";

pub(super) const ROWS: &[Row] = &[
    row("Resizing", "resizing", || Resizing::new(2, 4).into(), &[3, 2, 1], &[2, 4, 1], 0, Some((&[3, 2], AXES)), RESIZING),
    row("CenterCrop", "center_crop", || CenterCrop::new(2, 1).into(), &[3, 2, 1], &[2, 1, 1], 0, Some((&[0, 2, 1], EMPTY)), CROP),
    row("RandomCrop", "random_crop", || RandomCrop::new(2, 2).into(), &[3, 3, 1], &[2, 2, 1], 0, Some((&[3, 2], AXES)), CROP),
    row("RandomFlip", "random_flip", || RandomFlip::new().into(), &[2, 2, 1], &[2, 2, 1], 0, Some((&[3, 2], AXES)), FLIP),
    row("RandomRotation", "random_rotation", || RandomRotation::new(0.02).into(), &[3, 3, 1], &[3, 3, 1], 0, Some((&[3], AXES)), ROTATION),
    row("RandomZoom", "random_zoom", || RandomZoom::new(0.1).into(), &[3, 3, 1], &[3, 3, 1], 0, Some((&[3], AXES)), ZOOM),
    row(
        "RandomTranslation",
        "random_translation",
        || RandomTranslation::new(0.1, (-0.2, 0.1)).into(),
        &[3, 3, 1],
        &[3, 3, 1],
        0,
        Some((&[3], AXES)),
        r#"{"height_factor": 0.1, "width_factor": [-0.2, 0.3], "fill_mode": "wrap", "interpolation": "bilinear", "seed": 3, "fill_value": 0.0}"#,
    ),
    row("RandomContrast", "random_contrast", || RandomContrast::new(0.1).into(), &[2, 2, 2], &[2, 2, 2], 0, Some((&[3], AXES)), COLOR),
    row(
        "RandomBrightness",
        "random_brightness",
        || RandomBrightness::new(0.01).value_range((-2.0, 2.0)).into(),
        &[2, 2, 2],
        &[2, 2, 2],
        0,
        Some((&[3], AXES)),
        COLOR,
    ),
];

const EMPTY: &str = "CenterCrop: height and width must be in 1..=16777216, got [2, 1] for images of [0, 2]";
const CROP: &str = r#"{"height": 2, "width": 3, "data_format": "channels_first"}"#;
const FLIP: &str = r#"{"data_format": "channels_last", "seed": null, "mode": "vertical"}"#;
const ROTATION: &str = r#"{"factor": [-0.1, 0.1], "fill_mode": "constant", "fill_value": 1.0, "interpolation": "nearest", "seed": null}"#;
const ZOOM: &str =
    r#"{"height_factor": 0.1, "width_factor": null, "fill_mode": "reflect", "interpolation": "bilinear", "fill_value": 0.0}"#;
const COLOR: &str = r#"{"factor": [0.0, 0.2], "value_range": [0, 255], "seed": null, "data_format": "channels_last"}"#;
const RESIZING: &str = r#"{"height": 1, "width": 2, "interpolation": "bicubic", "crop_to_aspect_ratio": false, "pad_to_aspect_ratio": true,
    "fill_mode": "constant", "fill_value": 1.0, "antialias": true, "data_format": "channels_last"}"#;

/// The layer in step `step` of a training.
fn in_training(layer: &dyn Layer, x: &Tensor, step: u32) -> Tensor {
    layer.call(&mut Scope::bind(&[], &[], true, Some(Tensor::from([5u32, 0, step]))), x)
}

fn numbers(y: &Tensor, device: &Device) -> Vec<f32> {
    if let Some(error) = y.error() {
        panic!("{error}");
    }
    y.cast(DType::F32).to_host_on(device).unwrap().to_vec().unwrap()
}

fn error(layer: &dyn Layer, x: &Tensor) -> String {
    layer.call(&mut Scope::default(), x).error().expect("an error").to_string()
}

/// `images.json` has what Keras 3.15 computes in training for the images `arange(40).reshape(2, 4, 5, 1) % 7`.
#[test]
fn images_as_in_keras() {
    let images = Tensor::from_vec((0..40).map(|i| (i % 7) as f32).collect(), [2, 4, 5, 1]);
    let cases: Vec<Json> = serde_json::from_str(include_str!("images.json")).unwrap();
    assert!(cases.len() > 80);
    let mut wrong = Vec::new();
    for case in &cases {
        let layer = from_config(case["class_name"].as_str().unwrap(), &case["config"]).unwrap();
        let first = case["config"]["data_format"] == "channels_first";
        let x = if first { images.permute([0, 3, 1, 2]) } else { images.clone() };
        let y = in_training(&*layer, &x, 1);
        let y = if first { y.permute([0, 2, 3, 1]) } else { y };
        let shape: Vec<usize> = case["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
        let expected: Vec<f32> = case["values"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap() as f32).collect();
        for device in devices() {
            let found = numbers(&y, &device);
            let near = found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 2e-5 * (1.0 + b.abs()));
            if y.shape()[..] != shape[..] || !near {
                wrong.push(format!("{} {}\n{found:?} instead of\n{expected:?}", case["class_name"], case["config"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// One of each that draws random numbers.
fn random() -> Vec<Box<dyn Layer>> {
    vec![
        Box::new(RandomFlip::new()),
        Box::new(RandomRotation::new(0.5)),
        Box::new(RandomZoom::new(0.5).width_factor(0.3)),
        Box::new(RandomTranslation::new(0.4, 0.4).fill_mode("wrap")),
        Box::new(RandomCrop::new(3, 3)),
        Box::new(RandomContrast::new(0.9)),
        Box::new(RandomBrightness::new(0.9).value_range((0.0, 1.0))),
    ]
}

#[test]
fn the_seed_and_the_step_decide() {
    let x = Tensor::uniform([8, 6, 6, 2], 0.0, 1.0, 1);
    for layer in random() {
        let first = numbers(&in_training(&*layer, &x, 1), &reference());
        assert_eq!(first, numbers(&in_training(&*layer, &x, 1), &reference()), "{layer:?}");
        assert_ne!(first, numbers(&in_training(&*layer, &x, 2), &reference()), "{layer:?}");
        for device in devices() {
            let found = numbers(&in_training(&*layer, &x, 1), &device);
            assert!(first.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1e-4), "{layer:?} on another device");
        }
        if layer.class_name() != "RandomCrop" {
            assert_eq!(numbers(&layer.call(&mut Scope::default(), &x), &reference()), numbers(&x, &reference()), "{layer:?} rests");
        }
    }
}

/// Each of many images is changed in its own way, with the frequencies that the arguments say.
#[test]
fn every_image_has_its_own_numbers() {
    let x = Tensor::from([[[[0f32], [1.0]]]]).expand([1000, 1, 2, 1]);
    let flipped = numbers(&in_training(&RandomFlip::new().mode("horizontal"), &x, 3), &reference());
    assert!(flipped.chunks(2).all(|image| image == [0.0, 1.0] || image == [1.0, 0.0]));
    let count = flipped.chunks(2).filter(|image| image[0] == 1.0).count();
    assert!((450..550).contains(&count), "{count} of 1000 were mirrored");
    assert_eq!(numbers(&in_training(&RandomFlip::new().mode("vertical"), &x, 3), &reference()), numbers(&x, &reference()));
    let bright = numbers(&in_training(&RandomBrightness::new((-0.5, 0.25)).value_range((-2.0, 2.0)), &x, 3), &reference());
    let shifts: Vec<f32> = bright.chunks(2).map(|image| image[0]).collect();
    let mean = shifts.iter().sum::<f32>() / 1000.0;
    assert!(shifts.iter().all(|s| (-2.0..1.0).contains(s)) && (mean + 0.5).abs() < 0.1, "the mean is {mean}");
    let contrast = numbers(&in_training(&RandomContrast::new((0.5, 0.25)), &(x * 2.0 + 7.0), 3), &reference());
    let factors: Vec<f32> = contrast.chunks(2).map(|image| (image[1] - image[0]) / 2.0).collect();
    let mean = factors.iter().sum::<f32>() / 1000.0;
    assert!(factors.iter().all(|f| (0.7499..1.5001).contains(f)) && (mean - 1.125).abs() < 0.03, "the mean is {mean}");
}

/// What changes nothing, and what undoes itself.
#[test]
fn properties_of_maps() {
    let x = Tensor::uniform([3, 4, 5, 2], 0.0, 1.0, 2);
    let exact = numbers(&x, &reference());
    let same = |layer: &dyn Layer| {
        let found = numbers(&in_training(layer, &x, 1), &reference());
        assert!(found.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-5), "{layer:?}");
    };
    for fill_mode in ["reflect", "wrap", "constant", "nearest"] {
        same(&RandomRotation::new(0.0).fill_mode(fill_mode).fill_value(7.0));
        same(&RandomZoom::new(0.0).fill_mode(fill_mode).fill_value(7.0));
        same(&RandomTranslation::new(0.0, 0.0).fill_mode(fill_mode).fill_value(7.0).interpolation("nearest"));
    }
    let twice = in_training(&RandomFlip::new(), &in_training(&RandomFlip::new(), &x, 4), 4);
    assert_eq!(numbers(&twice, &reference()), exact);
    let half = RandomRotation::new((0.5, 0.5));
    let turned = numbers(&in_training(&half, &x, 1), &reference());
    let expected = numbers(&x.flip([1, 2]), &reference());
    assert!(turned.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4));
    // Of the pixels of a crop, all are neighbours as before.
    let ramp = Tensor::arange(0f32, 36.0, 1.0).reshape([1, 6, 6, 1]);
    let crop = numbers(&in_training(&RandomCrop::new(2, 3), &ramp, 9), &reference());
    let start = crop[0];
    assert_eq!(crop, [0.0, 1.0, 2.0, 6.0, 7.0, 8.0].map(|step| start + step));
    // One pixel, and the gradient of moved ones.
    let one = Tensor::from([[[[3f32]]]]);
    assert_eq!(numbers(&in_training(&RandomRotation::new(1.0), &one, 1), &reference()), [3.0]);
    assert_eq!(numbers(&in_training(&RandomTranslation::new(1.0, 1.0).fill_mode("wrap"), &one, 1), &reference()), [3.0]);
    let y = in_training(&RandomTranslation::new((0.25, 0.25), (0.0, 0.0)).fill_mode("constant"), &x, 1);
    let gradient = grad(&y.sum(..), &[&x]).remove(0).expect("a gradient");
    let expected: Vec<f32> = (0..120).map(|i| if i / 10 % 4 == 3 { 0.0 } else { 1.0 }).collect();
    assert_eq!(numbers(&gradient, &reference()), expected);
}

#[test]
fn sizes_and_integers() {
    let x = Tensor::from_vec((0..20).map(|i| i % 7).collect::<Vec<i32>>(), [1, 4, 5, 1]);
    let y = Resizing::new(2, 3).call(&mut Scope::default(), &x);
    assert_eq!((y.dtype(), numbers(&y, &reference())), (DType::I32, vec![3.0, 1.0, 3.0, 2.0, 4.0, 3.0]));
    // Outside training the middle is cut to the shape of the results.
    let y = RandomCrop::new(2, 5).call(&mut Scope::default(), &x);
    assert_eq!(y.shape()[..], [1, 2, 5, 1]);
    assert!(
        error(&Resizing::new(0, 3), &x).contains("Resizing: height and width must be in 1..=16777216, got [0, 3] for images of [4, 5]")
    );
    assert!(error(&Resizing::new(usize::MAX, 3), &x).contains("height and width must be in 1..=16777216"));
    assert!(error(&Resizing::new(1 << 24, 1 << 24).pad_to_aspect_ratio(true), &Tensor::zeros([1, 4096, 4096, 1])).contains("too many"));
    let both = Resizing::new(1, 1).crop_to_aspect_ratio(true).pad_to_aspect_ratio(true);
    assert!(error(&both, &x).contains("only one of crop_to_aspect_ratio and pad_to_aspect_ratio can be true"));
    assert!(error(&Resizing::new(1, 1).pad_to_aspect_ratio(true).fill_mode("wrap"), &x).contains("the fill_mode must be \"constant\""));
    assert!(
        error(&Resizing::new(1, 1).interpolation("area"), &x)
            .contains("there is no interpolation \"area\"; it is one of nearest, bilinear")
    );
    assert!(error(&RandomFlip::new().mode("diagonal"), &x).contains("there is no mode \"diagonal\"; it is one of horizontal, vertical"));
    assert!(error(&RandomRotation::new(1.5), &x).contains("RandomRotation: factor must be in [-1, 1], got UpTo(1.5)"));
    assert!(error(&RandomRotation::new(f64::NAN), &x).contains("factor must be in [-1, 1]"));
    assert!(error(&RandomZoom::new(0.1).fill_mode("mirror"), &x).contains("there is no fill_mode \"mirror\"; it is one of reflect, wrap"));
    assert!(error(&RandomZoom::new(0.1).interpolation("bicubic"), &x).contains("there is no interpolation \"bicubic\""));
    assert!(error(&RandomTranslation::new(0.1, 2.0), &x).contains("width_factor must be in [-1, 1], got UpTo(2.0)"));
    assert!(error(&RandomContrast::new((1.5, 2.0)), &x).contains("factor must be in [0, 1], got Between(1.5, 2.0)"));
    assert!(error(&RandomContrast::new(-0.5), &x).contains("factor must be in [0, 1], got UpTo(-0.5)"));
    assert!(error(&RandomContrast::new(0.5).value_range((1.0, 0.0)), &x).contains("the value_range must ascend, got 1 and 0"));
}
