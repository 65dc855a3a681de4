//! The summary is Keras' own text.

use crate::{build, clouds, reference};
use wgrad_model::{
    Layer,
    layers::{Conv2D, Dense, Dropout, Flatten, MaxPooling2D},
};

/// Printed by Keras 3.15 with `summary(line_length=80)` after training with Adam (but for the numbers of its own seed states).
const TRAINED: &str = r#"Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                      ┃ Output Shape             ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense (Dense)                     │ (None, 15)               │           195 │
├───────────────────────────────────┼──────────────────────────┼───────────────┤
│ dropout (Dropout)                 │ (None, 15)               │             0 │
├───────────────────────────────────┼──────────────────────────┼───────────────┤
│ dense_1 (Dense)                   │ (None, 7)                │           112 │
├───────────────────────────────────┼──────────────────────────┼───────────────┤
│ dense_2 (Dense)                   │ (None, 4)                │            32 │
└───────────────────────────────────┴──────────────────────────┴───────────────┘
 Total params: 1,019 (3.98 KB)
 Trainable params: 339 (1.32 KB)
 Non-trainable params: 0 (0.00 B)
 Optimizer params: 680 (2.66 KB)
"#;

#[test]
fn the_same_text_as_keras() {
    let layers = [
        Dense::new(15).activation("relu").into(),
        Dropout::new(0.2).into(),
        Dense::new(7).activation("relu").into(),
        Dense::new(4).activation("softmax").into(),
    ];
    let mut model = build(&reference(), &[12], layers);
    model.compile("adam", "sparse_categorical_crossentropy", ()).unwrap();
    let before: String = TRAINED
        .replace("1,019 (3.98 KB)", "339 (1.32 KB)")
        .lines()
        .filter(|l| !l.contains("Optimizer"))
        .map(|l| format!("{l}\n"))
        .collect();
    assert_eq!(model.summary(), before);
    let (x, y) = clouds(8);
    model.train_on_batch(x.tile(&[1, 6]), &y).unwrap();
    assert_eq!(model.summary(), TRAINED);
}

#[test]
fn shapes_of_a_convolutional_network() {
    let layers = [
        Conv2D::new(32, 5).activation("relu").into(),
        MaxPooling2D::new(2).into(),
        Flatten::new().into(),
        Dense::new(10).named("a_name_that_is_longer_than_the_column_is_wide"),
    ];
    let text = build(&reference(), &[28, 28, 1], layers).summary();
    for line in [
        "│ conv2d (Conv2D)                   │ (None, 24, 24, 32)       │           832 │",
        "│ max_pooling2d (MaxPooling2D)      │ (None, 12, 12, 32)       │             0 │",
        "│ flatten (Flatten)                 │ (None, 4608)             │             0 │",
        "│ a_name_that_is_longer_than_the_c… │ (None, 10)               │        46,090 │",
        "│ (Dense)                           │                          │               │",
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
}
