//! Lookups and texts against Keras: every number here is what Keras computes.

use crate::{devices, reference};
use serde_json::json;
use wgrad_model::{
    Layer, Result, Scope,
    layers::{Hashing, IntegerLookup, Ngrams, StringLookup, TextStep, TextVectorization, from_config},
};
use wgrad_tensor::{DType, Tensor};

/// Shape and elements.
fn values(y: Result<Tensor>) -> (Vec<usize>, Vec<f32>) {
    let y = y.unwrap_or_else(|e| panic!("{e}"));
    (y.shape().to_vec(), y.cast(DType::F32).to_host_on(&reference()).unwrap().to_vec().unwrap())
}

fn near((shape, found): (Vec<usize>, Vec<f32>), expected_shape: &[usize], expected: &[f32]) {
    assert_eq!(shape, expected_shape);
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6 * (1.0 + b.abs())), "{found:?} instead of {expected:?}");
    assert_eq!(found.len(), expected.len());
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.unwrap_err().to_string()
}

const TEXTS: [&str; 10] = [
    "The cat; sat!  on THE mat.",
    "the dog's dog",
    "",
    "  \t ",
    "Été naïve ÉTÉ",
    "don't—stop",
    "[UNK] cat _under_score",
    "日本 語 cat",
    "a\0b a\0b",
    "cat",
];
const NEW: [&str; 3] = ["the cat sat", "", "dogs dog É, x"];

fn adapted(layer: TextVectorization) -> TextVectorization {
    let mut layer = layer;
    layer.adapt(TEXTS).unwrap();
    layer
}

/// The vocabulary, joined by `|`, and the numbers of the new texts.
fn check(layer: TextVectorization, vocabulary: &str, shape: &[usize], numbers: &[f32]) {
    let layer = adapted(layer);
    assert_eq!(layer.get_vocabulary(true).join("|"), vocabulary);
    assert_eq!(layer.vocabulary_size(), vocabulary.split('|').count());
    near(values(layer.apply(NEW)), shape, numbers);
    let read = TextVectorization::from_config(&serde_json::to_value(&layer).unwrap()).unwrap();
    near(values(read.apply(NEW)), shape, numbers);
}

#[test]
fn texts_are_standardized_and_split() {
    let new = TextVectorization::new;
    let words = "|[UNK]|cat|the|a\0b|語|日本|Été|ÉtÉ|unk|underscore|sat|on|naïve|mat|dont—stop|dogs|dog";
    check(new(), words, &[3, 4], &[3., 2., 11., 0., 0., 0., 0., 0., 16., 17., 1., 1.]);
    check(new().output_sequence_length(3), words, &[3, 3], &[3., 2., 11., 0., 0., 0., 16., 17., 1.]);
    check(
        new().standardize("lower"),
        "|[UNK]|the|cat|a\0b|語|日本|Été|ÉtÉ|sat!|on|naïve|mat.|don't—stop|dog's|dog|cat;|_under_score|[unk]",
        &[3, 4],
        &[2., 3., 1., 0., 0., 0., 0., 0., 1., 15., 1., 1.],
    );
    check(
        new().standardize(TextStep::None),
        "|[UNK]|cat|a\0b|語|日本|Été|ÉTÉ|the|sat!|on|naïve|mat.|don't—stop|dog's|dog|cat;|_under_score|The|THE",
        &[3, 4],
        &[8., 2., 1., 0., 0., 0., 0., 0., 1., 15., 1., 1.],
    );
    check(
        new().standardize("strip_punctuation"),
        "|[UNK]|cat|a\0b|語|日本|Été|ÉTÉ|underscore|the|sat|on|naïve|mat|dont—stop|dogs|dog|UNK|The|THE",
        &[3, 4],
        &[9., 2., 10., 0., 0., 0., 0., 0., 15., 16., 1., 1.],
    );
    check(
        new().split("character"),
        "|[UNK]| |t|a|o|e|n|c|s|d|É|h|u|r|g|b|\0|語|本|日|—|ï|é|v|p|m|k|\t",
        &[3, 12],
        &[
            3., 12., 6., 2., 8., 4., 3., 2., 9., 4., 3., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 10., 5., 15., 9., 2., 10., 5.,
            15., 2., 11., 2., 1.,
        ],
    );
    check(new().max_tokens(6), "|[UNK]|cat|the|a\0b|語", &[3, 4], &[3., 2., 1., 0., 0., 0., 0., 0., 1., 1., 1., 1.]);
    // White space is C's, no other control characters and none of Unicode's.
    let mut spaces = new();
    spaces.adapt(["a\tb\x0bc\x0cd\re\nf\x1cg\u{85}h\u{a0}i\u{2003}j\0k  l "]).unwrap();
    assert_eq!(spaces.get_vocabulary(false), ["l", "f\x1cg\u{85}h\u{a0}i\u{2003}j\0k", "e", "d", "c", "b", "a"]);
}

#[test]
fn neighbours_are_joined() {
    let pairs = "|[UNK]|cat|the|a\0b|語 cat|語|日本 語|日本|Été naïve|Été|ÉtÉ|unk cat|unk|underscore|the mat|the dogs|the cat|sat on|sat|on the|on|\
                 naïve ÉtÉ|naïve|mat|dont—stop|dogs dog|dogs|dog|cat underscore|cat sat|a\0b a\0b";
    let numbers = [3., 2., 19., 17., 30., 0., 0., 0., 0., 0., 0., 0., 0., 0., 27., 28., 1., 1., 26., 1., 1.];
    check(TextVectorization::new().ngrams(2), pairs, &[3, 7], &numbers);
    let longer = "|[UNK]|語 cat|日本 語 cat|日本 語|Été naïve ÉtÉ|Été naïve|unk cat underscore|unk cat|the mat|the dogs dog|the dogs|the cat sat|\
                  the cat|sat on the|sat on|on the mat|on the|naïve ÉtÉ|dogs dog|cat underscore|cat sat on|cat sat|a\0b a\0b";
    let numbers = [13., 22., 12., 0., 0., 0., 0., 0., 0., 0., 19., 1., 1., 1., 1.];
    check(TextVectorization::new().ngrams([2, 3]), longer, &[3, 5], &numbers);
    // Widths beyond every text cost nothing.
    check(
        TextVectorization::new().ngrams(Ngrams::Each(vec![usize::MAX, 1])).max_tokens(3),
        "|[UNK]|cat",
        &[3, 4],
        &[1., 2., 1., 0., 0., 0., 0., 0., 1., 1., 1., 1.],
    );
}

#[test]
fn texts_as_vectors() {
    let words = "[UNK]|cat|the|a\0b|語|日本|Été|ÉtÉ|unk|underscore|sat|on|naïve|mat|dont—stop|dogs|dog";
    let vectors = |width: usize, ones: &[(usize, usize, f32)]| {
        let mut all = vec![0f32; 3 * width];
        ones.iter().for_each(|&(row, column, value)| all[row * width + column] = value);
        all
    };
    let new = |mode: &str| TextVectorization::new().output_mode(mode);
    let hot = [(0, 1, 1.0), (0, 2, 1.0), (0, 10, 1.0), (2, 0, 1.0), (2, 15, 1.0), (2, 16, 1.0)];
    check(new("multi_hot"), words, &[3, 17], &vectors(17, &hot));
    let counts = [(0, 1, 1.0), (0, 2, 1.0), (0, 10, 1.0), (2, 0, 2.0), (2, 15, 1.0), (2, 16, 1.0)];
    check(new("count"), words, &[3, 17], &vectors(17, &counts));
    let rare = 1.791_759_5;
    let weighted = [(0, 1, 1.098_612_3), (0, 2, 1.466_337_1), (0, 10, rare), (2, 0, 3.456_197_7), (2, 15, rare), (2, 16, rare)];
    check(new("tf_idf"), words, &[3, 17], &vectors(17, &weighted));
    check(new("tf-idf").max_tokens(30).pad_to_max_tokens(true), words, &[3, 30], &vectors(30, &weighted));
    let few = [(0, 0, 1.0), (0, 1, 1.0), (0, 2, 1.0), (2, 0, 4.0)];
    check(new("count").max_tokens(5), "[UNK]|cat|the|a\0b|語", &[3, 5], &vectors(5, &few));
}

#[test]
fn texts_that_are_split_already_and_given_vocabularies() {
    let mut whole = TextVectorization::new().split(TextStep::None);
    whole.adapt(TEXTS).unwrap();
    let expected = "|[UNK]|日本 語 cat|Été naïve ÉtÉ|unk cat underscore|the dogs dog|the cat sat  on the mat|dont—stop|cat|a\0b a\0b|  \t ";
    assert_eq!(whole.get_vocabulary(true).join("|"), expected);
    near(values(whole.apply([["Cat", "", "new"]])), &[1, 3], &[8., 0., 1.]);
    let given = TextVectorization::new().vocabulary(["earth", "wind", "and", "fire"]).output_sequence_length(4);
    near(values(given.apply(["earth wind and fire and", "moon"])), &[2, 4], &[2., 3., 4., 5., 1., 0., 0., 0.]);
    let weighted = TextVectorization::new().vocabulary(["earth", "wind"]).idf_weights([0.5, 0.25]).output_mode("tf_idf");
    near(values(weighted.apply(["earth wind wind moon"])), &[1, 3], &[0.375, 0.5, 0.5]);
    let own = TextVectorization::new()
        .standardize(TextStep::custom("shout", |text: &str| text.to_uppercase()))
        .split(TextStep::custom("commas", |text: &str| text.split(',').map(String::from).collect()));
    assert!(serde_json::to_string(&own).unwrap_err().to_string().contains("shout is a closure"));
    let own = own.vocabulary(["É", "B C"]);
    near(values(own.apply(["b c,é,x"])), &[1, 3], &[3., 2., 1.]);
}

/// As Keras writes them, with the arguments of every layer.
#[test]
fn configurations_of_keras_are_read() {
    let config = json!({
        "name": "text_vectorization_17", "trainable": true, "dtype": {"class_name": "DTypePolicy", "config": {"name": "float32"}},
        "max_tokens": null, "standardize": null, "split": "whitespace", "ngrams": [1, 2], "output_mode": "int", "output_sequence_length": 4,
        "pad_to_max_tokens": false, "sparse": false, "ragged": false, "vocabulary": ["Earth", "wind"], "idf_weights": null, "encoding": "utf-8",
        "vocabulary_size": 4
    });
    let layer = TextVectorization::from_config(&config).unwrap();
    near(values(layer.apply(["Earth earth wind"])), &[1, 4], &[2., 1., 3., 1.]);
    let error = refused(TextVectorization::from_config(&json!({"colour": "red"})));
    assert!(error.starts_with("layer TextVectorization: unknown field `colour`"), "{error}");
    let config = json!({
        "name": "string_lookup", "invert": false, "max_tokens": null, "num_oov_indices": 2, "oov_token": "?", "mask_token": "m", "output_mode": "int",
        "sparse": false, "pad_to_max_tokens": false, "idf_weights": null, "vocabulary": ["a", "b"], "vocabulary_size": 5, "oov_method": "floormod",
        "salt": [7, 9], "encoding": "utf-8"
    });
    assert_eq!(StringLookup::from_config(&config).unwrap().get_vocabulary(true), ["m", "?", "?", "a", "b"]);
    let config = json!({"num_bins": 3, "salt": 133, "mask_value": null, "output_mode": "int", "sparse": false, "name": "hashing"});
    let hashed = Hashing::from_config(&config).unwrap().apply([["A"], ["B"], ["C"], ["D"], ["E"]]);
    near(values(hashed), &[5, 1], &[0., 0., 2., 1., 0.]);
}

fn looked_up(layer: StringLookup) -> StringLookup {
    let mut layer = layer;
    layer.adapt([["b", "a", "m"], ["b", "c", "a"], ["zz", "é", "b"], ["B", "[UNK]", ""]]).unwrap();
    layer
}

#[test]
fn numbers_of_texts() {
    let rows = [["a", "m", "q"], ["b", "b", "zz"]];
    let new = StringLookup::new;
    let layer = looked_up(new());
    assert_eq!(layer.get_vocabulary(true).join("|"), "[UNK]|b|a|é|zz|m|c|B|");
    near(values(layer.apply(rows)), &[2, 3], &[2., 5., 0., 1., 1., 4.]);
    near(values(layer.apply(["a", "m", "q"])), &[3], &[2., 5., 0.]);
    let layer = looked_up(new().mask_token("m"));
    assert_eq!(layer.get_vocabulary(true).join("|"), "m|[UNK]|b|a|é|zz|c|B|");
    near(values(layer.apply(rows)), &[2, 3], &[3., 0., 1., 2., 2., 5.]);
    near(values(looked_up(new().num_oov_indices(3)).apply(rows)), &[2, 3], &[4., 7., 2., 3., 3., 6.]);
    near(values(looked_up(new().num_oov_indices(3).salt([7, 9])).apply(rows)), &[2, 3], &[4., 7., 2., 3., 3., 6.]);
    let one_hot = looked_up(new().output_mode("one_hot"));
    let (shape, all) = values(one_hot.apply([["a"], ["m"], ["q"]]));
    assert_eq!(
        (shape, all.iter().enumerate().filter(|(_, v)| **v == 1.0).map(|(i, _)| i).collect::<Vec<_>>()),
        (vec![3, 9], vec![2, 14, 18])
    );
    assert_eq!(values(one_hot.apply(rows)).0, [2, 3, 9]);
    let multi = looked_up(new().output_mode("multi_hot"));
    near(values(multi.apply(["a", "m", "q"])), &[9], &[1., 0., 1., 0., 0., 1., 0., 0., 0.]);
    let masked = looked_up(new().output_mode("count").mask_token("m"));
    near(values(masked.apply(rows)), &[2, 8], &[1., 0., 1., 0., 0., 0., 0., 0., 0., 2., 0., 0., 1., 0., 0., 0.]);
    near(values(masked.apply(vec![vec!["a", "a"], vec![]])), &[2, 8], &[0., 0., 2., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.]);
    let weighted = looked_up(new().output_mode("tf_idf").mask_token("m"));
    let expected = [1.004_786_6, 0., 0.847_297_85, 0., 0., 0., 0., 0., 0., 1.386_294_4, 0., 0., 1.098_612_3, 0., 0., 0.];
    near(values(weighted.apply(rows)), &[2, 8], &expected);
}

#[test]
fn texts_of_numbers() {
    let layer = StringLookup::new().vocabulary(["a", "b"]).invert(true);
    assert_eq!(layer.texts(&Tensor::from([[0, 1, 2], [3, 1, -5]])).unwrap().join("|"), "[UNK]|a|b|[UNK]|a|[UNK]");
    let layer = layer.mask_token("m").num_oov_indices(2);
    assert_eq!(layer.texts(&Tensor::from([0, 1, 2, 3, 4, 5])).unwrap().join("|"), "m|[UNK]|[UNK]|a|b|[UNK]");
    assert_eq!((layer.get_vocabulary(true).join("|"), layer.get_vocabulary(false).join("|")), ("m|[UNK]|[UNK]|a|b".into(), "a|b".into()));
    assert_eq!(StringLookup::new().mask_token("").vocabulary(["", "[UNK]", "a"]).get_vocabulary(true), ["", "[UNK]", "a"]);
}

#[test]
fn lookups_tell_what_is_wrong() {
    let new = StringLookup::new;
    let text = |layer: StringLookup| refused(layer.apply(["q"]));
    assert_eq!(text(new()), "StringLookup: it has no vocabulary; give one or call adapt");
    assert_eq!(text(new().vocabulary(["a", "b", "a"])), "StringLookup: the vocabulary has \"a\" twice");
    let none: [&str; 0] = [];
    assert_eq!(text(new().vocabulary(none)), "StringLookup: the vocabulary must not be empty");
    assert_eq!(text(new().vocabulary(["a"]).num_oov_indices(0)), "StringLookup: \"q\" is not in the vocabulary, and num_oov_indices is 0");
    let masked =
        "StringLookup: the vocabulary has the mask token \"\"; special tokens may stand before the others as [\"\", \"[UNK]\"] only";
    assert_eq!(text(new().vocabulary([""]).mask_token("")), masked);
    assert!(text(new().vocabulary(["a", "[UNK]"]).invert(true)).contains("the vocabulary has the oov token \"[UNK]\""));
    assert_eq!(
        text(new().vocabulary(["a", "b", "c"]).max_tokens(3)),
        "StringLookup: the vocabulary has 4 tokens, more than max_tokens = 3"
    );
    assert_eq!(text(new().max_tokens(1)), "StringLookup: max_tokens must be more than the 1 special tokens, got 1");
    assert_eq!(text(new().pad_to_max_tokens(true)), "StringLookup: pad_to_max_tokens needs max_tokens");
    assert!(text(new().invert(true).output_mode("count")).contains("the output_mode must be \"int\" where invert is true"));
    assert_eq!(text(new().vocabulary(["a"]).invert(true)), "StringLookup: it takes numbers where invert is true");
    assert!(text(new().vocabulary(["a"]).idf_weights([1.0])).contains("idf_weights belong to the output_mode \"tf_idf\""));
    assert!(text(new().vocabulary(["a"]).output_mode("tf_idf")).contains("a vocabulary needs idf_weights"));
    let weights = new().vocabulary(["a"]).output_mode("tf_idf").idf_weights([1.0, 2.0]);
    assert_eq!(text(weights), "StringLookup: idf_weights must be as long as the vocabulary, got 2 and 1");
    assert!(text(new().output_mode("hot")).contains("there is no output_mode \"hot\""));
    assert!(text(new().sparse(true)).contains("sparse must be false"));
    assert_eq!(refused(new().adapt(["[UNK]"])), "StringLookup: the data have no tokens");
    let ragged = vec![vec!["a"], vec!["a", "b"]];
    let rule = "StringLookup: the rows must be equally long in this output_mode, got 1 and 2 tokens";
    assert_eq!(refused(new().vocabulary(["a"]).apply(ragged)), rule);
    assert!(text(new().vocabulary(["a"]).max_tokens(usize::MAX).pad_to_max_tokens(true)).contains("is too large to pad to"));
    let texts = TextVectorization::new;
    assert!(refused(texts().vocabulary(["a"]).apply([["a", "b"]])).contains("rows must have one text where there is a split, got 2"));
    assert!(
        refused(texts().vocabulary(["a"]).standardize("upper").apply(["a"])).contains("there is no standardize \"upper\"; it is one of")
    );
    assert!(refused(texts().vocabulary(["a"]).split("lines").apply(["a"])).contains("there is no split \"lines\"; it is one of"));
    assert!(refused(texts().vocabulary(["a"]).ngrams(0).apply(["a"])).contains("ngrams must be at least 1, got 0"));
    assert!(refused(texts().vocabulary(["a"]).output_sequence_length(usize::MAX).apply(["a"])).contains("is too large for 1 texts"));
    assert!(text(new().num_oov_indices(usize::MAX)).contains("num_oov_indices = 18446744073709551615 is too large"));
    assert_eq!(new().vocabulary(["a"]).num_oov_indices(usize::MAX).get_vocabulary(true), ["a"]);
    let counted = texts().vocabulary(["a"]).output_mode("count").output_sequence_length(3);
    assert!(refused(counted.apply(["a"])).contains("output_sequence_length belongs to the output_mode \"int\""));
    assert!(refused(TextVectorization::new().adapt(["", " \n"])).contains("the data have no tokens"));
}

fn numbers(layer: IntegerLookup) -> IntegerLookup {
    let mut layer = layer;
    layer.adapt([[12, 1138, 42], [42, 7, -36], [0, 42, 7]]).unwrap();
    layer
}

/// The host, and the layer on every device.
fn both(layer: &IntegerLookup, shape: &[usize], expected: &[f32]) {
    let integers = [[12, 0, 5], [42, 42, -37]];
    near(values(layer.apply(integers)), shape, expected);
    let y = layer.call(&mut Scope::default(), &Tensor::from(integers));
    for device in devices() {
        let found = y.cast(DType::F32).to_host_on(&device).unwrap().to_vec().unwrap();
        near((y.shape().to_vec(), found), shape, expected);
    }
}

#[test]
fn numbers_of_integers() {
    let new = IntegerLookup::new;
    let layer = numbers(new());
    assert_eq!(layer.get_vocabulary(true), [-1, 42, 7, 1138, 12, 0, -36]);
    both(&layer, &[2, 3], &[4., 5., 0., 1., 1., 0.]);
    both(&numbers(new().mask_token(0)), &[2, 3], &[5., 0., 1., 2., 2., 1.]);
    both(&numbers(new().num_oov_indices(2)), &[2, 3], &[5., 6., 1., 2., 2., 1.]);
    let hashed = numbers(new().num_oov_indices(3).oov_method("farmhash"));
    near(values(hashed.apply([[12, 0, 5], [42, 42, -37]])), &[2, 3], &[6., 7., 1., 3., 3., 1.]);
    near(values(hashed.salt(5).apply([[12, 0, 5], [42, 42, -37]])), &[2, 3], &[6., 7., 0., 3., 3., 2.]);
    both(&numbers(new().output_mode("multi_hot")), &[2, 7], &[1., 0., 0., 0., 1., 1., 0., 1., 1., 0., 0., 0., 0., 0.]);
    both(&numbers(new().output_mode("count").mask_token(0)), &[2, 6], &[1., 0., 0., 0., 1., 0., 1., 2., 0., 0., 0., 0.]);
    let rare = 0.916_290_76;
    let weighted = [0.819_654_4, 0., 0., 0., rare, rare, 0., 0.819_654_4, 1.119_231_6, 0., 0., 0., 0., 0.];
    both(&numbers(new().output_mode("tf_idf")), &[2, 7], &weighted);
    let padded = numbers(new().output_mode("count").max_tokens(8).pad_to_max_tokens(true));
    both(&padded, &[2, 8], &[1., 0., 0., 0., 1., 1., 0., 0., 1., 2., 0., 0., 0., 0., 0., 0.]);
    let weights = new().vocabulary([-1, 12, 36, 1138, 42]).output_mode("tf_idf").idf_weights([0.9, 0.25, 0.75, 0.6, 0.4]);
    near(values(weights.apply([[12, 1138, 42, 42], [42, 7, 36, 7]])), &[2, 5], &[0., 0.25, 0., 0.6, 0.8, 1.8, 0., 0.75, 0., 0.4]);
    let inverse = new().vocabulary([12, 36, 1138, 42]).invert(true);
    let y = inverse.call(&mut Scope::default(), &Tensor::from([[1, 3, 4], [4, 0, 2], [9, -3, 0]]));
    near(values(Ok(y)), &[3, 3], &[12., 1138., 42., 42., -1., 36., -1., -1., -1.]);
}

#[test]
fn integer_lookups_tell_what_is_wrong() {
    let text = |layer: IntegerLookup| layer.call(&mut Scope::default(), &Tensor::from([1])).error().unwrap().to_string();
    let new = || IntegerLookup::new().vocabulary([1, 2]);
    assert!(text(IntegerLookup::new()).contains("IntegerLookup: it has no vocabulary; give one or call adapt"));
    assert!(text(new().num_oov_indices(0)).contains("num_oov_indices must be at least 1 in a model"));
    assert!(text(new().num_oov_indices(2).oov_method("farmhash")).contains("several num_oov_indices with hashes are not for models"));
    assert!(text(new().oov_method("md5")).contains("there is no oov_method \"md5\"; it is one of floormod, farmhash"));
    assert!(text(new().vocabulary([1i64, i64::MAX]).invert(true)).contains("9223372036854775807 in the vocabulary is too large for i32"));
    // Beyond i32 there is nothing to find in a model.
    let y = new().vocabulary([1i64 << 40, 1]).call(&mut Scope::default(), &Tensor::from([1, 0]));
    near(values(Ok(y)), &[2], &[2., 0.]);
    let config = json!({"vocabulary": [12, 36], "vocabulary_size": 3, "vocabulary_dtype": "int64", "oov_token": -1, "salt": null});
    assert_eq!(from_config("IntegerLookup", &config).unwrap().class_name(), "IntegerLookup");
}

#[test]
fn hashes_of_texts() {
    let column = [["A"], ["B"], ["C"], ["D"], ["E"]];
    near(values(Hashing::new(3).apply(column)), &[5, 1], &[1., 0., 1., 1., 2.]);
    near(values(Hashing::new(3).mask_value("").apply(["A", "B", "", "C", "D"])), &[5], &[1., 1., 0., 2., 2.]);
    near(values(Hashing::new(3).salt([133, 137]).apply(column)), &[5, 1], &[1., 2., 1., 0., 2.]);
    near(values(Hashing::new(5).apply(["1", "2", "-7", "1000000"])), &[4], &[4., 4., 2., 3.]);
    near(values(Hashing::new(4).output_mode("count").apply([["A", "B"], ["B", "B"]])), &[2, 4], &[2., 0., 0., 0., 2., 0., 0., 0.]);
    let text = |layer: Hashing| refused(layer.apply(["a"]));
    assert_eq!(text(Hashing::new(0)), "Hashing: num_bins must be at least 1 and an i32, got 0");
    assert_eq!(text(Hashing::new(1).mask_value("")), "Hashing: num_bins must be at least 2 and an i32, got 1");
    assert!(text(Hashing::new(2).output_mode("tf_idf")).contains("the output_mode is one of int, one_hot, multi_hot, count"));
}
