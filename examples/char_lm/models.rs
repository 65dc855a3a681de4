//! The two networks: characters `[batch, context]` in, for each a score of every character that may follow out.

use wgrad::{
    DType, Functional, Initializer, Layer, Scope, Spec, Symbol, Tensor,
    layers::{Add, Dense, Dropout, Embedding, LSTM, LayerNormalization, MultiHeadAttention},
};

/// A decoder of `blocks` blocks of attention to what came before and of two dense layers (Vaswani et al. 2017; Radford et al. 2019).
pub(crate) fn gpt(characters: usize, context: usize, width: usize, blocks: usize) -> Functional {
    const HEADS: usize = 4;
    let ids = Symbol::input_spec(Spec::new(DType::I32, [context])).named("ids");
    let mut x = Positions.named("positions").on(&Embedding::new(characters, width).on(&ids));
    for _ in 0..blocks {
        let normal = LayerNormalization::new().on(&x);
        let attended = MultiHeadAttention::new(HEADS, width / HEADS).use_causal_mask(true).on(&normal);
        x = Add::new().on([&x, &attended]);
        let normal = LayerNormalization::new().on(&x);
        let hidden = Dense::new(4 * width).activation("gelu").on(&normal);
        x = Add::new().on([&x, &Dense::new(width).on(&hidden)]);
    }
    let scores = Dense::new(characters).named("scores").on(&LayerNormalization::new().on(&x));
    Functional::new(&ids, &scores)
}

/// A recurrent layer of `units`.
pub(crate) fn lstm(characters: usize, context: usize, units: usize) -> Functional {
    let ids = Symbol::input_spec(Spec::new(DType::I32, [context])).named("ids");
    let read = LSTM::new(units).return_sequences(true).on(&Embedding::new(characters, units / 2).on(&ids));
    let scores = Dense::new(characters).named("scores").on(&Dropout::new(0.1).on(&read));
    Functional::new(&ids, &scores)
}

/// Adds a vector that is learned for each position: `y[b, t] = x[b, t] + positions[t]`.
#[derive(Debug)]
struct Positions;

impl Layer for Positions {
    fn class_name(&self) -> &'static str {
        "Positions"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let shape = x.shape().iter().skip(1).copied().collect::<Vec<_>>();
        x + scope.param("positions", shape, &Initializer::from("random_uniform"))
    }
}
