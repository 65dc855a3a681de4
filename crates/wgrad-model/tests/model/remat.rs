//! Layers whose values gradients compute again (Keras `RematScope`): the same training bit by bit, in less memory.

use crate::{devices, reference};
use wgrad_model::{
    Entry, Layer, Model, RematScope, Sequential,
    layers::{BatchNormalization, Conv2D, Dense, Dropout, GlobalAveragePooling2D, MaxPooling2D},
};
use wgrad_tensor::{Device, Op, Tensor};

/// A block in its place; `again` where its values are computed again.
fn block(layers: impl IntoIterator<Item = Entry>, again: bool) -> Entry {
    let block = Sequential::new(layers);
    if again { block.remat() } else { block.into() }
}

fn perceptron(width: usize, again: bool) -> Sequential {
    let layers = || {
        let dense = |activation: &str| Entry::from(Dense::new(width).activation(activation).kernel_regularizer("l2"));
        [dense("tanh"), BatchNormalization::new().into(), Dropout::new(0.3).into(), dense("gelu")]
    };
    let blocks = (0..6).map(|_| block(layers(), again));
    Sequential::new(blocks.chain([Dense::new(3).activation("softmax").into()])).input_shape([width])
}

fn convolutions(again: bool) -> Sequential {
    let convolution = || Conv2D::new(4, 3).padding("same").activation("relu").into();
    let pooling = || MaxPooling2D::new(2).strides(1).padding("same").into();
    let blocks = (0..4).map(|_| block([convolution(), convolution(), pooling()], again));
    let head = [GlobalAveragePooling2D::new().into(), Dense::new(3).activation("softmax").into()];
    Sequential::new(blocks.chain(head)).input_shape([8, 8, 1])
}

fn compiled(model: Sequential, device: &Device) -> Model {
    model.seed(7).device(device).compile("adam", "sparse_categorical_crossentropy", ()).unwrap()
}

fn data(shape: &[usize]) -> (Tensor, Tensor) {
    let labels: Vec<i32> = (0..shape[0] as i32).map(|i| i % 3).collect();
    (Tensor::normal(shape, 0.0, 1.0, 5), Tensor::from_vec(labels, [shape[0]]))
}

/// Loss and weights, moving statistics among them, after three steps.
fn trained(mut model: Model, shape: &[usize]) -> (Vec<u64>, Vec<u32>) {
    let (x, y) = data(shape);
    let losses = (0..3).map(|_| model.train_on_batch(&x, &y).unwrap().loss().to_bits()).collect();
    let weights = model.weights().unwrap();
    (losses, weights.iter().flat_map(|(_, w)| w.to_vec::<f32>().unwrap()).map(f32::to_bits).collect())
}

#[test]
fn the_same_training_bit_by_bit() {
    for device in devices() {
        let run = |again| trained(compiled(perceptron(5, again), &device), &[4, 5]);
        assert!(run(true) == run(false), "perceptron on {device}");
        let run = |again| trained(compiled(convolutions(again), &device), &[2, 8, 8, 1]);
        assert!(run(true) == run(false), "convolutions on {device}");
    }
}

#[test]
fn blocks_that_are_computed_again_need_less_memory() {
    let device = Device::open("cpu").unwrap();
    let perceptrons = [false, true].map(|again| perceptron(32, again));
    for (name, models, shape) in
        [("perceptron", perceptrons, &[256, 32][..]), ("convolutions", [false, true].map(convolutions), &[64, 8, 8, 1][..])]
    {
        let (x, y) = data(shape);
        let [kept, again] = models.map(|model| compiled(model, &device).trainer(&x, &y).unwrap().memory(shape[0]).unwrap().temporaries);
        println!("{name}: temporaries of {kept} bytes, {again} computed again");
        assert!(10 * again < 7 * kept, "{name}: {again} of {kept}");
    }
}

/// The scopes of Keras: how many values the gradients of a small model read behind a barrier.
#[test]
fn scopes_choose_layers() {
    let model = || {
        let layers =
            [Dense::new(8).activation("tanh").into(), Dense::new(4).activation("tanh").into(), block([Dense::new(3).into()], false)];
        Sequential::new(layers).input_shape([2]).device(&reference())
    };
    let (x, y) = (Tensor::zeros([2, 2]), Tensor::zeros([2, 3]));
    let barriers = |scope: Option<RematScope>| {
        let model = scope.map_or_else(model, |scope| model().remat_scope(scope));
        let mut model = model.compile("sgd", "mse", ()).unwrap();
        let program = model.trainer(&x, &y).unwrap().program(2).unwrap();
        program.instrs.iter().filter(|instr| instr.op == Op::Barrier).count()
    };
    assert_eq!(barriers(None), 0);
    let (first, second) = (barriers(Some(RematScope::list_of_layers(["dense"]))), barriers(Some(RematScope::list_of_layers(["dense_1"]))));
    // Input, kernel, bias.
    assert_eq!((first, second), (3, 3));
    assert_eq!(barriers(Some(RematScope::LargerThan(4))), first);
    assert_eq!(barriers(Some(RematScope::LargerThan(3))), first + second);
    assert_eq!(barriers(Some(RematScope::LargerThan(8))), 0);
    // Before each activation.
    assert_eq!(barriers(Some(RematScope::Activations)), 2);
    assert!(barriers(Some(RematScope::Full)) >= first + second);
    let error = model().remat_scope(RematScope::list_of_layers(["dens"])).build().unwrap_err().to_string();
    let rule = "RematScope names the layer \"dens\", which there is not; the layers are dense, dense_1, sequential, sequential/dense";
    assert!(error.contains(rule), "{error}");
}
