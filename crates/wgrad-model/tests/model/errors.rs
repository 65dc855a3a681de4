//! Mistakes: each is an `Err` whose text names the place and the rule.

use crate::{build, clouds, reference};
use wgrad_model::{
    Fit, Layer, Model, Sequential,
    layers::{
        AdaptiveAveragePooling2D, AdaptiveMaxPooling2D, Conv2D, Conv2DTranspose, Cropping2D, Dense, DepthwiseConv2D, Dropout, MaxPooling2D,
        Permute, Reshape, UpSampling2D, ZeroPadding2D,
    },
    optimizers::{Adam, SGD},
};
use wgrad_tensor::Tensor;

fn says<T: std::fmt::Debug>(result: wgrad_model::Result<T>, texts: &[&str]) {
    let error = result.unwrap_err().to_string();
    for text in texts {
        assert!(error.contains(text), "{text:?} is not in: {error}");
    }
}

fn classifier() -> Model {
    let mut model = build(&reference(), &[2], [Dense::new(3).activation("softmax").into()]);
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"]).unwrap();
    model
}

#[test]
fn names_that_do_not_exist() {
    let mut model = classifier();
    says(model.compile("adm", "mse", ()), &["there is no optimizer \"adm\"; did you mean adam"]);
    says(model.compile("adam", "sparse_crossentropy", ()), &["there is no loss", "sparse_categorical_crossentropy"]);
    says(model.compile("adam", "mse", ["acuracy"]), &["there is no metric \"acuracy\"; did you mean accuracy"]);
    let typo = Sequential::new([Dense::new(3).activation("rellu").into()]).input_shape([2]).device(&reference());
    says(typo.compile("adam", "mse", ()), &["there is no activation \"rellu\"; did you mean relu", "in layer sequential/dense"]);
    let typo = Sequential::new([Dense::new(3).kernel_initializer("glorot").named("d")]).input_shape([2]).device(&reference());
    says(typo.build(), &["sequential/d/kernel", "there is no initializer \"glorot\"", "GlorotUniform"]);
    let padding = Sequential::new([Conv2D::new(1, 2).padding("causal").into()]).input_shape([4, 4, 1]).device(&reference());
    says(padding.build(), &["no padding \"causal\"", "\"valid\" or \"same\"", "in layer sequential/conv2d"]);
}

#[test]
fn layers_that_do_not_fit() {
    let model = |layer: wgrad_model::Entry| Sequential::new([layer]).input_shape([4, 4, 3]).device(&reference()).build();
    says(model(Conv2D::new(4, 5).into()), &["a window spans 5 positions, but the input has only 4", "in layer sequential/conv2d"]);
    says(model(Conv2D::new(4, 2).groups(2).into()), &["(3) and the filters (4) must be multiples of groups (2)"]);
    says(model(Conv2D::new(4, 2).strides(0).into()), &["strides and dilations must be in 1..=2147483647, got [2, 2], [0, 0]"]);
    says(model(Conv2D::new(4, usize::MAX).padding("same").into()), &["sizes, strides and dilations must be in 1.."]);
    says(model(Conv2D::new(4, 1 << 20).padding("same").into()), &["out of memory"]);
    says(model(Conv2D::new(0, 2).into()), &["filters must be at least 1, got 0"]);
    says(model(Conv2D::new(4, 2).data_format("nchw").into()), &["there is no data_format \"nchw\"", "\"channels_first\""]);
    says(
        model(Conv2DTranspose::new(4, 2).strides(2).output_padding(2).into()),
        &["output_padding must be less than the strides, got 2 and 2"],
    );
    says(model(Conv2DTranspose::new(4, 2).padding("causal").into()), &["no padding \"causal\""]);
    says(model(Conv2DTranspose::new(4, 1 << 30).strides(1 << 30).into()), &["in layer sequential/conv2d_transpose"]);
    says(model(DepthwiseConv2D::new(2).depth_multiplier(0).into()), &["depth_multiplier must be at least 1, got 0"]);
    says(model(DepthwiseConv2D::new(2).depth_multiplier(usize::MAX).into()), &["too many channels"]);
    says(model(ZeroPadding2D::new().padding(usize::MAX).into()), &["in layer sequential/zero_padding2d"]);
    says(model(Cropping2D::new().cropping(usize::MAX).into()), &["leaves nothing of the input"]);
    says(model(UpSampling2D::new().size(usize::MAX).into()), &["in layer sequential/up_sampling2d"]);
    says(model(UpSampling2D::new().size(usize::MAX).interpolation("bilinear").into()), &["which are too many"]);
    says(model(UpSampling2D::new().size(1 << 40).interpolation("bilinear").into()), &["cannot be mapped to 4398046511104"]);
    says(model(UpSampling2D::new().size(0).into()), &["the factors must be at least 1, got [0, 0]"]);
    says(model(UpSampling2D::new().interpolation("area").into()), &["no interpolation \"area\"", "bicubic, lanczos3"]);
    says(model(AdaptiveMaxPooling2D::new(1 << 40).into()), &["4 positions cannot be pooled to 1099511627776"]);
    says(model(AdaptiveAveragePooling2D::new(0).into()), &["4 positions cannot be pooled to 0"]);
    says(model(Reshape::new([-1, -1]).into()), &["cannot have the target_shape [-1, -1]"]);
    says(model(Reshape::new([i64::MAX, i64::MAX]).into()), &["cannot have the target_shape"]);
    says(model(Permute::new([1, 1, 2]).into()), &["dims must be the axes of the input but the batch"]);
    says(model(MaxPooling2D::new(2).strides(0).into()), &["must be in 1..=2147483647"]);
    says(model(MaxPooling2D::new(2).padding("causal").into()), &["no padding \"causal\""]);
    says(model(MaxPooling2D::new(5).into()), &["a window spans 5 positions, but the input has only 4"]);
    says(model(Dropout::new(1.5).named("drop")), &["the rate must be in [0, 1], got 1.5", "in layer sequential/drop"]);
    says(model(Dense::new(usize::MAX).into()), &["too large", "in layer sequential/dense"]);
    says(model(Dense::new(1 << 42).into()), &["out of memory", "the weights of model sequential", "needs 70368744177664 bytes"]);
    says(Sequential::new([Dense::new(1).into()]).device(&reference()).build(), &["sequential", "input_shape"]);
    let twins = Sequential::new([Dense::new(1).named("a"), Dense::new(1).named("a")]).input_shape([1]).device(&reference());
    says(twins.build(), &["two layers are named \"a\""]);
}

#[test]
fn data_that_does_not_fit() {
    let mut model = classifier();
    let (x, y) = clouds(6);
    let mut fit = |x: &Tensor, y: &Tensor| model.fit(x, y, Fit::epochs(1).verbose(0));
    says(fit(&Tensor::zeros([6, 3]), &y), &["input x of model sequential", "expected f32[batch, 2]", "got f32[6, 3]"]);
    says(fit(&Tensor::zeros([0, 2]), &y), &["there are no samples"]);
    says(fit(&x, &y.i(..5)), &["labels y", "one for each of the 6 samples", "i32[5]"]);
    says(
        fit(&x, &y.one_hot(3)),
        &["labels y for loss sparse_categorical_crossentropy", "class numbers", "one-hot labels need categorical"],
    );
    says(fit(&x, &Tensor::full([6], 3)), &["label 0 is 3", "classes 0 to 2"]);
    says(fit(&x, &Tensor::full([6], -1)), &["label 0 is -1"]);
    says(fit(&Tensor::full([6, 2], f32::NAN), &y), &["input x", "sample 0 holds NaN"]);
    says(fit(&x, &Tensor::full([6], f32::NAN)), &["labels y", "sample 0 holds NaN"]);
    says(fit(&x.matmul(&x), &y), &["matmul"]);
    let mut categorical = classifier();
    categorical.compile("sgd", "categorical_crossentropy", ()).unwrap();
    says(categorical.fit(&x, &y, Fit::epochs(1).verbose(0)), &["one-hot rows", "class numbers need sparse_categorical_crossentropy"]);
    categorical.compile("sgd", "mse", ()).unwrap();
    says(categorical.fit(&x, &y, Fit::epochs(1).verbose(0)), &["loss mean_squared_error", "[batch, 3]", "got i32[6]"]);
    categorical.compile("sgd", "mse", ["sparse_categorical_accuracy"]).unwrap();
    says(categorical.evaluate(&x, Tensor::zeros([6, 3])), &["metric sparse_categorical_accuracy", "class numbers"]);
}

#[test]
fn settings_that_make_no_sense() {
    let mut model = classifier();
    let (x, y) = clouds(6);
    says(model.fit(&x, &y, Fit::epochs(1).batch_size(0)), &["batch_size", "at least one sample"]);
    says(model.fit(&x, &y, Fit::epochs(1).validation_split(1.5)), &["validation_split", "less than 1, got 1.5"]);
    says(model.predict_with(&x, 0), &["batch_size"]);
    says(model.set_learning_rate(f64::NAN), &["learning rate", "NaN"]);
    says(model.compile(SGD::new(-1.0), "mse", ()), &["optimizer sgd", "not negative, got -1"]);
    says(model.compile(SGD::new(0.1).momentum(2.0), "mse", ()), &["momentum must be in [0, 1], got 2"]);
    says(model.compile(Adam::new(0.1).beta_1(-0.1), "mse", ()), &["beta_1 must be in [0, 1]"]);
    let mut fresh = build(&reference(), &[2], [Dense::new(1).into()]);
    says(fresh.fit(&x, &y, Fit::epochs(1)), &["sequential", "must be compiled"]);
    let mut fixed = build(&reference(), &[2], [Dense::new(3).named("d").trainable(false)]);
    fixed.compile("sgd", "sparse_categorical_crossentropy", ()).unwrap();
    says(fixed.fit(&x, &y, Fit::epochs(1).verbose(0)), &["nothing to train"]);
}
