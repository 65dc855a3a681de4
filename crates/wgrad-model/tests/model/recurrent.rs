//! Recurrent layers and attention beyond the layer table and the cases of Keras.

use crate::{build, reference};
use serde_json::json;
use wgrad_model::{
    Activation, Entry, Layer, Scope, Sequential, Variable,
    layers::{
        Bidirectional, Dense, GRU, GRUCell, LSTM, LSTMCell, Masking, MultiHeadAttention, RNN, SimpleRNN, StackedRNNCells, TimeDistributed,
    },
};
use wgrad_tensor::{DType, Program, Spec, Tensor, vjp};

/// A layer's variables with values of a fixed kind, by path and shape.
fn declared(variables: &[(&str, &[usize])], dtype: DType) -> (Vec<Variable>, Vec<Tensor>) {
    let variable = |&(path, shape): &(&str, &[usize])| Variable {
        path: path.into(),
        shape: shape.into(),
        trainable: true,
        initializer: "zeros".into(),
        constraint: None,
        is_memory: false,
    };
    let value = |(i, (_, shape)): (u64, &(&str, &[usize]))| Tensor::uniform(*shape, -0.7, 0.7, i).cast(dtype);
    (variables.iter().map(variable).collect(), (10..).zip(variables).map(value).collect())
}

fn numbers(x: &Tensor) -> Vec<f64> {
    x.to_host_on(&reference()).unwrap().data().to_f64()
}

fn close(a: &Tensor, b: &Tensor) {
    assert_eq!(a.shape(), b.shape());
    for (a, b) in numbers(a).into_iter().zip(numbers(b)) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
}

/// Paths and shapes of variables.
type Paths = [(&'static str, &'static [usize])];

const LSTM_3: [(&str, &[usize]); 3] = [("lstm_cell/kernel", &[2, 12]), ("lstm_cell/recurrent_kernel", &[3, 12]), ("lstm_cell/bias", &[12])];
const GRU_3: [(&str, &[usize]); 3] = [("gru_cell/kernel", &[2, 9]), ("gru_cell/recurrent_kernel", &[3, 9]), ("gru_cell/bias", &[2, 9])];
const IN_BOTH: [(&str, &[usize]); 6] = [
    ("forward_lstm/lstm_cell/kernel", &[2, 12]),
    ("forward_lstm/lstm_cell/recurrent_kernel", &[3, 12]),
    ("forward_lstm/lstm_cell/bias", &[12]),
    ("backward_lstm/lstm_cell/kernel", &[2, 12]),
    ("backward_lstm/lstm_cell/recurrent_kernel", &[3, 12]),
    ("backward_lstm/lstm_cell/bias", &[12]),
];

#[test]
fn a_long_sequence_makes_no_longer_program() {
    let length = |layer: &dyn Layer, declared: &Paths, steps: usize| {
        let (variables, _) = self::declared(declared, DType::F32);
        let placeholder = |name: &str, shape: &[usize]| Tensor::placeholder(name, Spec::new(DType::F32, shape));
        let values: Vec<Tensor> = declared.iter().map(|(path, shape)| placeholder(path, shape)).collect();
        let x = placeholder("x", &[4, steps, 2]);
        let mut scope = Scope::bind(&variables, &values, false, None);
        let mask = x.ne(0.0).any(-1);
        scope.set_mask(&x, &mask);
        let y = layer.call(&mut scope, &x);
        let sources: Vec<&Tensor> = values.iter().chain([&x]).collect();
        let gradients = vjp(&[&y], &[&y.ones_like()], &sources).into_iter().flatten();
        let outputs: Vec<Tensor> = std::iter::once(y.clone()).chain(gradients).collect();
        let inputs: Vec<Tensor> = values.iter().chain([&x]).cloned().collect();
        Program::trace(&inputs, &outputs).unwrap().program.len()
    };
    let layers: [(&dyn Layer, &Paths); 3] = [
        (&LSTM::new(3), &LSTM_3),
        (&GRU::new(3).return_sequences(true).go_backwards(true), &GRU_3),
        (&Bidirectional::new(LSTM::new(3).return_sequences(true).into()), &IN_BOTH),
    ];
    for (layer, declared) in layers {
        assert_eq!(length(layer, declared, 500), length(layer, declared, 5), "{}", layer.class_name());
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let layers: [(&dyn Layer, &Paths); 3] = [
        (&LSTM::new(3).return_sequences(true).zero_output_for_mask(true), &LSTM_3),
        (&GRU::new(3).return_sequences(true).go_backwards(true), &GRU_3),
        (&Bidirectional::new(LSTM::new(3).into()).merge_mode("mul"), &IN_BOTH),
    ];
    for (layer, declared) in layers {
        let (variables, mut values) = self::declared(declared, DType::F64);
        values.push(Tensor::uniform([2, 4, 2], -1.0, 1.0, 3).cast(DType::F64));
        let mask = Tensor::from([[true, true, false, true], [false, true, true, false]]);
        let loss = |values: &[Tensor]| {
            let (x, weights) = values.split_last().unwrap();
            let mut scope = Scope::bind(&variables, weights, false, None);
            scope.set_mask(x, &mask);
            let y = layer.call(&mut scope, x);
            (&y * Tensor::uniform(y.shape(), -1.0, 1.0, 5).cast(DType::F64)).sum(..)
        };
        let gradients = vjp(&[&loss(&values)], &[&Tensor::from(1f64)], &values.iter().collect::<Vec<_>>());
        for (i, gradient) in gradients.into_iter().enumerate() {
            let direction = Tensor::uniform(values[i].shape(), -1.0, 1.0, 6).cast(DType::F64);
            let moved = |step: f64| {
                let mut moved = values.clone();
                moved[i] = &values[i] + &direction * step;
                numbers(&loss(&moved))[0]
            };
            let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            let got = numbers(&(gradient.unwrap() * &direction).sum(..))[0];
            assert!((got - expected).abs() < 1e-7 * (1.0 + expected.abs()), "{} {i}: {got} and {expected}", layer.class_name());
        }
    }
}

#[test]
fn dropout_is_one_mask_for_all_steps_and_follows_from_the_key() {
    let units = 40;
    let layer = SimpleRNN::new(units).activation("linear").use_bias(false).dropout(0.5).return_sequences(true);
    let (variables, _) =
        declared(&[("simple_rnn_cell/kernel", &[units, units]), ("simple_rnn_cell/recurrent_kernel", &[units, units])], DType::F32);
    let run = |layer: &SimpleRNN, recurrent: Tensor, training: Option<u32>| {
        let key = training.map(|step| Tensor::from([7u32, 0, step]));
        let mut scope = Scope::bind(&variables, &[Tensor::eye(units), recurrent], key.is_some(), key);
        numbers(&layer.call(&mut scope, &Tensor::ones([1, 3, units])))
    };
    let zeros = || Tensor::zeros([units, units]);
    let dropped = run(&layer, zeros(), Some(1));
    let (first, rest) = dropped.split_at(units);
    assert!(first.iter().all(|v| *v == 0.0 || *v == 2.0) && first.contains(&0.0) && first.contains(&2.0));
    assert_eq!([first, first].concat(), rest, "each step has the same mask");
    assert_eq!(dropped, run(&layer, zeros(), Some(1)));
    assert_ne!(dropped, run(&layer, zeros(), Some(2)));
    assert!(run(&layer, zeros(), None).iter().all(|v| *v == 1.0), "nothing is dropped outside training");

    // h[t] = 1 + mask h[t - 1] with a mask of 0 and 2: 1, then 1 or 3, then 1 or 7.
    let states = run(&layer.dropout(0.0).recurrent_dropout(0.5), Tensor::eye(units), Some(1));
    for unit in 0..units {
        let series = [states[unit], states[units + unit], states[2 * units + unit]];
        assert!(series == [1.0, 1.0, 1.0] || series == [1.0, 3.0, 7.0], "{series:?}");
    }
}

#[test]
fn states_are_kept_or_given() {
    let declared: Vec<(&str, &[usize])> = LSTM_3.into_iter().chain([("state_0", &[4, 3][..]), ("state_1", &[4, 3])]).collect();
    let (variables, mut values) = self::declared(&declared, DType::F32);
    values.truncate(3);
    let x = Tensor::uniform([4, 6, 2], -1.0, 1.0, 1);
    let (before, after) = (x.narrow(1, 0, 2), x.narrow(1, 2, 4));
    let zeros = Tensor::zeros([4, 3]);
    let whole = LSTM::new(3).call(&mut Scope::bind(&variables, &values, false, None), &x);

    let kept = [values.clone(), vec![zeros.clone(), zeros]].concat();
    let mut scope = Scope::bind(&variables, &kept, true, None);
    let layer = LSTM::new(3).stateful(true).return_state(true);
    let first = layer.call_all(&mut scope, std::slice::from_ref(&before));
    assert_eq!(first.len(), 3);
    close(scope.updated(3).unwrap(), &first[1]);
    close(scope.updated(4).unwrap(), &first[2]);
    // The same layer once more in the same step sees the new states.
    close(&layer.call(&mut scope, &after), &whole);

    let given = [after, first[1].clone(), first[2].clone()];
    close(&LSTM::new(3).call_all(&mut Scope::bind(&variables, &values, false, None), &given)[0], &whole);
}

#[test]
fn masked_steps_are_as_if_they_were_not_there() {
    let (variables, values) = declared(&GRU_3, DType::F32);
    let x = Tensor::uniform([1, 4, 2], -1.0, 1.0, 1);
    let run = |layer: &GRU, x: &Tensor, mask: Option<[bool; 5]>| {
        let mut scope = Scope::bind(&variables, &values, false, None);
        if let Some(mask) = mask {
            scope.set_mask(x, &Tensor::from([mask]));
        }
        let y = layer.call(&mut scope, x);
        (scope.mask(&y).is_some(), y)
    };
    let gap = Tensor::concat(&[x.narrow(1, 0, 2), Tensor::ones([1, 1, 2]), x.narrow(1, 2, 2)], 1);
    let mask = Some([true, true, false, true, true]);
    let (is_masked, last) = run(&GRU::new(3), &gap, mask);
    assert!(!is_masked, "one output has no steps");
    close(&last, &run(&GRU::new(3), &x, None).1);

    let sequences = GRU::new(3).return_sequences(true);
    let (is_masked, all) = run(&sequences, &gap, mask);
    assert!(is_masked);
    close(&all.narrow(1, 2, 1), &all.narrow(1, 1, 1));
    let (_, zeroed) = run(&sequences.zero_output_for_mask(true), &gap, mask);
    close(&zeroed.narrow(1, 2, 1), &Tensor::zeros([1, 1, 3]));
    close(&zeroed.narrow(1, 3, 2), &all.narrow(1, 3, 2));
}

#[test]
fn a_cell_of_the_users_own_runs_in_a_loop() {
    /// `h = h / 2 + x`
    #[derive(Debug)]
    struct Leaky;

    impl Layer for Leaky {
        fn class_name(&self) -> &'static str {
            "Leaky"
        }
        fn call(&self, _: &mut Scope, x: &Tensor) -> Tensor {
            Tensor::invalid("Leaky", "needs a state", &[x])
        }
        fn as_cell(&self) -> Option<&dyn wgrad_model::layers::Cell> {
            Some(self)
        }
    }

    impl wgrad_model::layers::Cell for Leaky {
        fn states(&self, x: &wgrad_tensor::Shape) -> Vec<wgrad_tensor::Shape> {
            vec![x.clone()]
        }
        fn project(&self, _: &mut Scope, x: &Tensor) -> Tensor {
            x.clone()
        }
        fn step(&self, _: &mut Scope, x: &Tensor, states: &[Tensor]) -> (Tensor, Vec<Tensor>) {
            let h = &states[0] * 0.5 + x;
            (&h * 10.0, vec![h])
        }
        fn output_state(&self) -> Option<usize> {
            None
        }
    }

    let x = Tensor::from([[[1.0f32], [1.0], [2.0]]]);
    let mut model = build(&reference(), &[3, 1], [RNN::new(Leaky).into()]);
    assert_eq!(numbers(&model.predict(&x).unwrap()), [27.5]);
    let mut model = build(&reference(), &[3, 1], [RNN::new(Leaky).return_sequences(true).into()]);
    assert_eq!(numbers(&model.predict(&x).unwrap()), [10.0, 15.0, 27.5]);
}

#[test]
fn directions_keep_closures_and_freezing() {
    let own = LSTM::new(3).activation(Activation::custom("half", |x| x * 0.5));
    let mut model = build(&reference(), &[4, 2], [Bidirectional::new(own.into()).merge_mode("sum").into()]);
    assert_eq!(model.predict(Tensor::ones([2, 4, 2])).unwrap().shape()[..], [2, 3]);
    let frozen = |layer: Entry| {
        let model = build(&reference(), &[4, 2], [layer]);
        model.variables().iter().filter(|variable| variable.trainable).map(|variable| variable.shape.numel()).sum::<usize>()
    };
    assert_eq!(frozen(Bidirectional::new(Entry::from(LSTM::new(3)).trainable(false)).into()), 0);
    assert_eq!(frozen(RNN::new(Entry::from(GRUCell::new(3)).trainable(false)).into()), 0);
    assert_eq!(frozen(TimeDistributed::new(Entry::from(Dense::new(3)).trainable(false)).into()), 0);
    let cells = [Entry::from(LSTMCell::new(2)).trainable(false), GRUCell::new(1).into()];
    assert_eq!(frozen(RNN::new(StackedRNNCells::new(cells)).into()), 3 * (2 + 1 + 2));
}

#[test]
fn configurations_come_back_as_they_were_written() {
    let cells = [Entry::from(LSTMCell::new(2)).named("below"), GRUCell::new(1).into()];
    let layers: Vec<Entry> = vec![
        LSTM::new(3).return_sequences(true).kernel_regularizer("l2").recurrent_dropout(0.5).into(),
        GRU::new(3).reset_after(false).stateful(true).into(),
        RNN::new(StackedRNNCells::new(cells)).go_backwards(true).into(),
        Bidirectional::new(SimpleRNN::new(2).into()).merge_mode(None).backward_layer(SimpleRNN::new(2).go_backwards(true)).into(),
        TimeDistributed::new(Dense::new(3).named("inner")).into(),
        Masking::new().mask_value(2.0).into(),
        MultiHeadAttention::new(2, 3).attention_axes([1, 2]).output_shape(4).use_causal_mask(true).into(),
    ];
    for entry in layers {
        let written = entry.to_json().unwrap();
        assert_eq!(Entry::from_json(&written).unwrap().to_json().unwrap(), written);
    }
    let written = Entry::from(MultiHeadAttention::new(2, 3)).to_json().unwrap();
    assert!(written["config"].get("use_causal_mask").is_none(), "flags of the call are no part of Keras' configuration: {written}");
    let written = Entry::from(Bidirectional::new(GRU::new(1).into()).merge_mode(None)).to_json().unwrap();
    assert_eq!(written["config"]["merge_mode"], json!(null));
}

#[test]
fn heads_attend_over_the_axes_that_are_named() {
    let weights: [(&str, &[usize]); 8] = [
        ("query/kernel", &[3, 2, 4]),
        ("query/bias", &[2, 4]),
        ("key/kernel", &[3, 2, 4]),
        ("key/bias", &[2, 4]),
        ("value/kernel", &[3, 2, 4]),
        ("value/bias", &[2, 4]),
        ("attention_output/kernel", &[2, 4, 3]),
        ("attention_output/bias", &[3]),
    ];
    let (variables, values) = declared(&weights, DType::F32);
    let run =
        |layer: MultiHeadAttention, x: &Tensor| layer.call_all(&mut Scope::bind(&variables, &values, false, None), std::slice::from_ref(x));
    let attention = || MultiHeadAttention::new(2, 4);
    let image = Tensor::uniform([2, 3, 5, 3], -1.0, 1.0, 1);
    let pixels = run(attention(), &image.reshape([2, 15, 3])).remove(0).reshape([2, 3, 5, 3]);
    close(&run(attention(), &image)[0], &pixels);
    close(&run(attention().attention_axes([2, 1]), &image)[0], &pixels);
    let rows = run(attention(), &image.reshape([6, 5, 3])).remove(0).reshape([2, 3, 5, 3]);
    close(&run(attention().attention_axes(-2), &image)[0], &rows);
    let scores = run(attention().attention_axes([1]).return_attention_scores(true), &image).remove(1);
    assert_eq!(scores.shape()[..], [2, 5, 2, 3, 3]);
    close(&scores.sum(-1), &Tensor::ones([2, 5, 2, 3]));
}

#[test]
fn a_query_without_keys_is_as_in_keras() {
    let (variables, values) = declared(
        &[("query/kernel", &[2, 1, 2]), ("key/kernel", &[2, 1, 2]), ("value/kernel", &[2, 1, 2]), ("attention_output/kernel", &[1, 2, 2])],
        DType::F32,
    );
    let x = Tensor::uniform([1, 3, 2], -1.0, 1.0, 1);
    let mask = Tensor::from([[[true, true, true], [false, false, false], [false, true, false]]]);
    let attention = MultiHeadAttention::new(1, 2).use_bias(false);
    let run = |layer: MultiHeadAttention| {
        layer.call_all(&mut Scope::bind(&variables, &values, false, None), &[x.clone(), x.clone(), mask.clone()])
    };
    let [y, scores] = &run(attention.clone().return_attention_scores(true))[..] else { panic!("two results") };
    close(&scores.i((0, 0, 1)), &Tensor::zeros([3]));
    close(&y.i((0, 1)), &Tensor::zeros([2]));
    // Without the scores Keras takes a kernel that gives the mean.
    let mean = x.i(0).mean(0).unsqueeze(0).matmul(&values[2].reshape([2, 2])).matmul(&values[3].reshape([2, 2])).squeeze(0);
    close(&run(attention).remove(0).i((0, 1)), &mean);
}

#[test]
fn mistakes_name_the_place_and_the_rule() {
    let (variables, values) = declared(&LSTM_3, DType::F32);
    let error = |layer: &dyn Layer, inputs: &[Tensor], mask: Option<Tensor>| {
        let mut scope = Scope::bind(&variables, &values, false, None);
        if let Some(mask) = mask {
            scope.set_mask(&inputs[0], &mask);
        }
        layer.call_all(&mut scope, inputs)[0].error().expect("an error").to_string()
    };
    let x = || Tensor::ones([4, 5, 2]);
    let state = |n: usize| Tensor::zeros([4, n]);
    let both = |layer: LSTM, back: LSTM| Bidirectional::new(layer.into()).backward_layer(back);
    let lstm = || LSTM::new(3);
    let cases: [(&dyn Layer, Vec<Tensor>, &str); 12] = [
        (&lstm(), vec![Tensor::ones([4, 0, 2])], "LSTM: there must be at least one step, got [4, 0, 2]"),
        (&lstm(), vec![], "LSTM: it takes a sequence and its initial states, got 0 inputs"),
        (&lstm(), vec![x(), state(3)], "LSTM: the initial states must have the shapes [4, 3], [4, 3], got [4, 3]"),
        (&lstm(), vec![x(), state(3), state(2)], "got [4, 3], [4, 2]"),
        (&LSTMCell::new(3), vec![Tensor::ones([4, 2])], "LSTMCell: it takes one step's input and 2 states, got 1 inputs"),
        (&RNN::new(Dense::new(3)), vec![x()], "RNN: the layer Dense is no cell"),
        (&RNN::new(StackedRNNCells::new([Dense::new(3)])), vec![x()], "StackedRNNCells: the layer Dense is no cell"),
        (&Bidirectional::new(Dense::new(3).into()), vec![x()], "Bidirectional: the layer Dense does not run over a sequence"),
        (&both(lstm(), lstm()), vec![x()], "Bidirectional: the layers must differ in go_backwards, both have false"),
        (&both(lstm(), lstm().go_backwards(true).return_state(true)), vec![x()], "must have the same return_state, got false and true"),
        (&MultiHeadAttention::new(2, 3).attention_axes([2]), vec![x()], "attention_axes must be different axes from 1 to 1, got [2]"),
        (&MultiHeadAttention::new(2, 3), vec![x(), Tensor::ones([4, 5])], "query, key and value must be [batch, positions, ..., features]"),
    ];
    for (layer, inputs, rule) in cases {
        let error = error(layer, &inputs, None);
        assert!(error.contains(rule), "{error}\nbut expected {rule}");
    }
    let error = error(&lstm(), &[x()], Some(Tensor::from([true, false])));
    assert!(error.contains("LSTM: the mask of [4, 5, 2] must be [4, 5], got [2]"), "{error}");
    let wrong = Bidirectional::new(lstm().into()).merge_mode("summ");
    let error = Sequential::new([Entry::from(wrong)]).input_shape([5, 2]).device(&reference()).build().unwrap_err().to_string();
    assert!(error.contains("there is no merge_mode \"summ\"; did you mean sum"), "{error}");
}
