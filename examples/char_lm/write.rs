//! Writing: the model is asked again and again what comes next.

use anyhow::Result;
use wgrad::{Model, Tensor, data::TinyShakespeare};

/// Lower than 1: the likelier characters are taken more often than the model says.
const TEMPERATURE: f64 = 0.8;

/// `prompt` and the `length` characters that the model writes after it.
pub(crate) fn write(model: &mut Model, text: &TinyShakespeare, prompt: &str, context: usize, length: usize) -> Result<String> {
    let mut ids = text.encode(prompt)?;
    for i in 0..length {
        let last = &ids[ids.len().saturating_sub(context)..];
        // What stands after the last character is not looked at.
        let mut window = last.to_vec();
        window.resize(context, 0);
        let scores = model.predict_on_batch(Tensor::from_vec(window, [1, context]))?.i((0, last.len() - 1));
        ids.push(draw(&scores, i as u64)?);
    }
    Ok(text.decode(&ids))
}

/// A position of `scores`, each drawn with the probability `softmax(scores / temperature)`: the largest after noise of Gumbel's distribution is added.
fn draw(scores: &Tensor, seed: u64) -> Result<i32> {
    let uniform = Tensor::uniform([scores.shape()[0]], 1e-6, 1.0, seed);
    let gumbel = -(-uniform.log()).log();
    Ok((scores / TEMPERATURE + gumbel).argmax(-1).item()?)
}
