//! What are hidden layers for? A perceptron learns AND and OR within six passes over the four cases, and never XOR: no line parts its classes. Networks with
//! hidden layers do, 2-2-1 from 16 of 20 initial weights and 4-4-2 from 13. 0.3 s on the fast CPU.
//!
//!     cargo run --release --example xor [-- --device D] [--quick] [--out DIR]

use anyhow::{Context, Result};
use std::process::ExitCode;
use wgrad::{
    DType, Fit, History, Model, Sequential, Tensor, Verbose,
    layers::Dense,
    optimizers::SGD,
    plot::{Plot, decision_boundary, decision_boundary_of},
};
use wgrad_study::Study;

fn main() -> ExitCode {
    wgrad_study::main("xor", run)
}

/// The four cases, and what the gates say of them.
const CASES: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const AND: [i32; 4] = [0, 0, 0, 1];
const OR: [i32; 4] = [0, 1, 1, 1];
const XOR: [i32; 4] = [0, 1, 1, 0];
const CLASSES: [&str; 2] = ["false", "true"];

pub(crate) fn run(study: &Study) -> Result<()> {
    perceptrons(study)?;
    let sigmoid = Network { name: "sigmoid_2_2_1", build: sigmoid_2_2_1, epochs: 500 };
    let relu = Network { name: "relu_4_4_2", build: relu_4_4_2, epochs: 300 };
    let curves = [&sigmoid, &relu].into_iter().map(|network| network.study(study)).collect::<Result<Vec<_>>>()?;
    let mut plot = Plot::new("Learning XOR").axes("epoch", "loss");
    for (network, losses) in [&sigmoid, &relu].into_iter().zip(curves) {
        let epochs: Vec<f64> = (1..=losses.len()).map(|epoch| epoch as f64).collect();
        plot = plot.line(network.name, &epochs, &losses);
    }
    study.picture("loss.png", &plot.draw()?)
}

/// Rosenblatt's unit: it says true where `w . x + b > 0`.
struct Perceptron {
    weights: Tensor,
    bias: Tensor,
}

impl Perceptron {
    fn zeros() -> Perceptron {
        Perceptron { weights: Tensor::zeros([2]), bias: Tensor::zeros(()) }
    }

    fn score(&self, x: &Tensor) -> Tensor {
        (x * &self.weights).sum(-1) + &self.bias
    }

    fn predict(&self, x: &Tensor) -> Tensor {
        self.score(x).gt(0.0).cast(DType::F32)
    }

    /// A pass over the cases: after each one `w += (y - prediction) x` and `b += y - prediction`, so that only mistakes teach. Gives the number of mistakes.
    fn learn(&mut self, x: &Tensor, y: &Tensor) -> Result<usize> {
        let mut mistakes = 0;
        for case in 0..CASES.len() as i64 {
            let (x, y) = (x.i(case), y.i(case));
            let error = y - self.predict(&x);
            self.weights = (&self.weights + &error * x).eval()?;
            self.bias = (&self.bias + &error).eval()?;
            mistakes += usize::from(error.item::<f32>()? != 0.0);
        }
        Ok(mistakes)
    }
}

/// One perceptron for each gate, until it makes no mistake or is out of epochs.
fn perceptrons(study: &Study) -> Result<()> {
    let x = Tensor::from(CASES);
    let epochs = 20;
    let mut plot = Plot::new("Mistakes of a perceptron").axes("epoch", "mistakes in four cases");
    for (gate, truth) in [("and", AND), ("or", OR), ("xor", XOR)] {
        let (y, mut perceptron) = (Tensor::from(truth).cast(DType::F32), Perceptron::zeros());
        let mut mistakes = Vec::new();
        while mistakes.len() < epochs && mistakes.last() != Some(&0.0) {
            mistakes.push(perceptron.learn(&x, &y)? as f64);
        }
        let right: f32 = perceptron.predict(&x).ne(&y).logical_not().cast(DType::F32).mean(..).item()?;
        study.result(&format!("perceptron_{gate}_accuracy"), f64::from(right));
        study.result(&format!("perceptron_{gate}_epochs"), mistakes.len() as f64);
        let passes: Vec<f64> = (1..=mistakes.len()).map(|epoch| epoch as f64).collect();
        plot = plot.line(&gate.to_uppercase(), &passes, &mistakes);
        let says = |points: &Tensor| Ok(perceptron.score(points).sigmoid().unsqueeze(-1));
        study.picture(&format!("perceptron_{gate}.png"), &decision_boundary_of(says, &x, &Tensor::from(truth), &CLASSES)?)?;
    }
    study.picture("perceptron.png", &plot.draw()?)
}

/// A network that may learn XOR, depending on the weights that it begins with.
struct Network {
    name: &'static str,
    build: fn(u64) -> wgrad::Result<Model>,
    epochs: usize,
}

/// Two hidden units, as few as can: one learns OR, the other NAND, say, and the output their AND.
fn sigmoid_2_2_1(seed: u64) -> wgrad::Result<Model> {
    let layers = [2, 1].map(|units| Dense::new(units).activation("sigmoid").into());
    Sequential::new(layers).seed(seed).input_shape([2]).compile(SGD::new(1.0).momentum(0.9), "binary_crossentropy", ["accuracy"])
}

fn relu_4_4_2(seed: u64) -> wgrad::Result<Model> {
    let hidden = [4, 4].map(|units| Dense::new(units).activation("relu").into());
    let model = Sequential::new(hidden).add(Dense::new(2).activation("softmax")).seed(seed).input_shape([2]);
    model.compile(SGD::new(0.01).momentum(0.99).nesterov(true), "sparse_categorical_crossentropy", ["accuracy"])
}

impl Network {
    /// Trains from several initial weights, and draws what the first has learned that comes to XOR; gives its losses.
    fn study(&self, study: &Study) -> Result<Vec<f64>> {
        let seeds = study.choose(20, 5);
        let trained = (0..seeds).map(|seed| self.train(seed)).collect::<Result<Vec<_>>>()?;
        let (mut learned, others): (Vec<_>, Vec<_>) = trained.into_iter().partition(|(_, history)| history.last("accuracy") == Some(1.0));
        println!("\n{}: {} of {seeds} initial weights lead to XOR", self.name, learned.len());
        study.result(&format!("{}_learned", self.name), learned.len() as f64 / seeds as f64);

        learned.extend(others);
        let (model, history) = learned.first_mut().context("some trainings")?;
        let (x, y) = (Tensor::from(CASES), Tensor::from(XOR));
        println!("{}\nprobabilities: {}", model.summary(), model.predict(&x)?);
        study.picture(&format!("{}.png", self.name), &decision_boundary(model, &x, &y, &CLASSES)?)?;
        for figure in ["accuracy", "loss"] {
            let last = history.last(figure).context("every epoch has its accuracy and loss")?;
            study.result(&format!("{}_{figure}", self.name), last);
        }
        Ok(history.get("loss"))
    }

    fn train(&self, seed: u64) -> Result<(Model, History)> {
        let mut model = (self.build)(seed)?;
        let fit = Fit::epochs(self.epochs).batch_size(4).verbose(Verbose::Silent);
        let history = model.fit(Tensor::from(CASES), Tensor::from(XOR), fit)?;
        Ok((model, history))
    }
}
