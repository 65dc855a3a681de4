//! Small models of every kind.

use crate::Result;
use wgrad_model::{ANY, Entry, Functional, Layer, Model, Sequential, Symbol, layers::*};
use wgrad_tensor::{DType, HostData, HostTensor, Spec, Tensor};

/// Names and models, compiled.
pub(crate) fn all() -> Result<Vec<(&'static str, Model)>> {
    let compile = |model: Sequential| model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"]);
    Ok(vec![
        ("sequential", compile(sequential())?),
        ("cnn", compile(cnn())?),
        ("lstm", compile(lstm())?),
        ("recurrent", compile(recurrent())?),
        ("lookup", compile(lookup())?),
        ("functional", functional()?),
        ("nested", nested()?),
        ("attention", attention()?),
        ("wrapped", compile(wrapped())?),
        ("heads", heads()?),
        ("stacked", compile(stacked())?),
        ("lengths", lengths()?),
    ])
}

/// Inputs and labels for `n` samples: numbers of a fixed sequence, classes in turn.
pub(crate) fn data(model: &Model, n: usize) -> Result<(Vec<Tensor>, Vec<Tensor>)> {
    let mut state = 1u32;
    let mut tensor = |spec: &Spec| {
        let lengths = spec.shape.iter().map(|&length| if length == ANY { 5 } else { length });
        let shape: Vec<usize> = std::iter::once(n).chain(lengths).collect();
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 8
        };
        let length = shape.iter().product();
        let data = match spec.dtype {
            DType::I32 => HostData::I32((0..length).map(|_| (next() % 12) as i32).collect()),
            _ => HostData::F32((0..length).map(|_| next() as f32 / (1 << 23) as f32 - 1.0).collect()),
        };
        HostTensor::new(shape, data).map(|tensor| Tensor::from_value(tensor.into()))
    };
    let x = model.inputs().iter().map(|(_, spec)| tensor(spec)).collect::<Option<Vec<_>>>().ok_or("an input has no length")?;
    let classes: Vec<i32> = (0..n).map(|i| (i % 3) as i32).collect();
    let mut label = |spec: &Spec| {
        let one = spec.shape.last() == Some(&1);
        if one { tensor(spec) } else { HostTensor::new([n], HostData::I32(classes.clone())).map(|t| Tensor::from_value(t.into())) }
    };
    let y = model.outputs().iter().map(|(_, spec)| spec).map(&mut label).collect::<Option<Vec<_>>>().ok_or("a label has no length")?;
    Ok((x, y))
}

fn sequential() -> Sequential {
    let layers = [
        Dense::new(16).activation("relu").kernel_regularizer("l2").into(),
        BatchNormalization::new().into(),
        Dropout::new(0.0).into(),
        Dense::new(8).activation(wgrad_model::Activation::Elu { alpha: 0.3 }).kernel_constraint("max_norm").named("hidden"),
        Dense::new(3).activation("softmax").into(),
    ];
    Sequential::new(layers).input_shape([5])
}

fn cnn() -> Sequential {
    let layers = [
        Conv2D::new(4, 3).padding("same").activation("relu").into(),
        BatchNormalization::new().into(),
        MaxPooling2D::new(2).into(),
        DepthwiseConv2D::new(3).into(),
        SeparableConv2D::new(6, 2).into(),
        LayerNormalization::new().into(),
        AveragePooling2D::new(2).into(),
        Flatten::new().into(),
        Dense::new(3).activation("softmax").into(),
    ];
    Sequential::new(layers).input_shape([10, 10, 2])
}

fn lstm() -> Sequential {
    let layers = [
        Embedding::new(12, 6).mask_zero(true).into(),
        LSTM::new(5).return_sequences(true).into(),
        GRU::new(4).into(),
        Dense::new(3).activation("softmax").into(),
    ];
    Sequential::new(layers).input_spec(Spec::new(DType::I32, [7]))
}

fn recurrent() -> Sequential {
    let layers = [
        Bidirectional::new(LSTM::new(4).return_sequences(true).into()).into(),
        TimeDistributed::new(Dense::new(5).activation("tanh").into()).into(),
        RNN::new(StackedRNNCells::new([LSTMCell::new(4).named("first"), GRUCell::new(3).into()])).into(),
        Dense::new(3).activation("softmax").into(),
    ];
    Sequential::new(layers).input_shape([6, 3])
}

fn lookup() -> Sequential {
    let vocabulary = IntegerLookup::new().vocabulary([3, 7, 11, 5]).output_mode("tf_idf").idf_weights(vec![0.5, 1.0, 1.5, 0.25]);
    let layers = [vocabulary.into(), Dense::new(3).activation("softmax").into()];
    Sequential::new(layers).input_spec(Spec::new(DType::I32, [6]))
}

fn functional() -> wgrad_model::Result<Model> {
    let (a, b) = (Symbol::input([4]).named("a"), Symbol::input([6]).named("b"));
    let shared = Entry::from(Dense::new(5).activation("tanh"));
    let (left, right) = (shared.on(&Dense::new(7).on(&a)), shared.on(&Dense::new(7).on(&b)));
    let both = Concatenate::new().on([&left, &right]);
    let price = Dense::new(1).named("price").on(&Add::new().on([&left, &right]));
    let class = Dense::new(3).activation("softmax").named("class").on(&both);
    let losses = [("price", "mse"), ("class", "sparse_categorical_crossentropy")];
    Functional::new([&a, &b], [&price, &class]).name("two_in_two_out").compile("rmsprop", losses, ())
}

fn nested() -> wgrad_model::Result<Model> {
    let x = Symbol::input([5]).named("x");
    let inner = Symbol::input([8]).named("inner");
    let head = Functional::new(&inner, &Dense::new(8).activation("relu").on(&Dense::new(6).on(&inner))).name("head");
    let block = Sequential::new([Dense::new(8).into(), BatchNormalization::new().into()]).input_shape([5]).name("block");
    let head = Entry::from(head);
    let y = head.on(&head.on(&block.on(&x)));
    let y = Dense::new(3).activation("softmax").on(&y);
    Functional::new(&x, &y).compile("adamw", "sparse_categorical_crossentropy", ["accuracy"])
}

fn attention() -> wgrad_model::Result<Model> {
    let x = Symbol::input([6, 8]).named("tokens");
    let seen = MultiHeadAttention::new(2, 4).on([&x, &x]);
    let y = LayerNormalization::new().on(&Add::new().on([&x, &seen]));
    let y = Dense::new(3).activation("softmax").on(&GlobalAveragePooling1D::new().on(&y));
    Functional::new(&x, &y).compile("adam", "sparse_categorical_crossentropy", ())
}

fn wrapped() -> Sequential {
    let layers = [
        SpatialDropout1D::new(0.0).into(),
        SpectralNormalization::new(Conv1D::new(4, 3)).into(),
        Flatten::new().into(),
        SpectralNormalization::new(Dense::new(3).activation("softmax")).into(),
    ];
    Sequential::new(layers).input_shape([6, 5])
}

fn heads() -> wgrad_model::Result<Model> {
    let x = Symbol::input([6, 8]).named("tokens");
    let y = MultiHeadAttention::new(2, 4).use_causal_mask(true).on([&x, &x]);
    let attended = MultiHeadAttention::new(2, 4).return_attention_scores(true).on([&y, &x]);
    let parts = [GroupQueryAttention::new(4, 4, 2).on([&attended, &x]), attended.output(1)];
    let [y, scores] = parts.map(|part| Flatten::new().on(&part));
    let y = Dense::new(3).activation("softmax").on(&Concatenate::new().on([&y, &scores]));
    Functional::new(&x, &y).compile("adam", "sparse_categorical_crossentropy", ())
}

fn stacked() -> Sequential {
    let x = Symbol::input([5]);
    let graph = Functional::new(&x, &Dense::new(4).activation("relu").on(&x)).name("graph");
    Sequential::new([graph.into(), Dense::new(3).activation("softmax").into()]).input_shape([5])
}

fn lengths() -> wgrad_model::Result<Model> {
    let words = Symbol::input_spec(Spec::new(DType::I32, [ANY])).named("words");
    let y = Embedding::new(12, 4).mask_zero(true).on(&words);
    let y = Bidirectional::new(GRU::new(3).into()).on(&LSTM::new(4).return_sequences(true).on(&y));
    let pictures = Symbol::input([ANY, ANY, 2]).named("pictures");
    let seen = GlobalAveragePooling2D::new().on(&Conv2D::new(3, 3).padding("same").on(&pictures));
    let y = Dense::new(3).activation("softmax").on(&Concatenate::new().on([&y, &seen]));
    Functional::new([&words, &pictures], &y).compile("adam", "sparse_categorical_crossentropy", ())
}
