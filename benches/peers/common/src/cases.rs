//! The cases of wgrad's `train_bench`.

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub enum Case {
    /// Steps of training.
    Train(Training),
    /// A chain of products of two matrices of this size.
    MatMul(usize),
}

/// A model with its optimizer; the loss is cross-entropy.
#[derive(Clone, Copy, Debug)]
pub struct Training {
    pub net: Net,
    pub optimizer: Optimizer,
    pub batch: usize,
}

#[derive(Clone, Copy, Debug)]
pub enum Net {
    /// Dense layers of these widths, the input's first; relu between them.
    Dense(&'static [usize]),
    /// 28x28x1: twice a convolution 5x5 (32 and 64 channels, relu) and a maximum of 2x2; dense layers of 64 (relu) and 10.
    Cnn,
}

#[derive(Clone, Copy, Debug)]
pub enum Optimizer {
    /// Adam with Keras' settings.
    Adam,
    /// Plain gradient descent.
    Sgd,
}

impl Optimizer {
    pub fn learning_rate(self) -> f64 {
        match self {
            Optimizer::Adam => 0.001,
            Optimizer::Sgd => 0.01,
        }
    }
}

impl Net {
    pub fn features(self) -> usize {
        match self {
            Net::Dense(widths) => widths[0],
            Net::Cnn => 28 * 28,
        }
    }

    pub fn classes(self) -> usize {
        match self {
            Net::Dense(widths) => widths[widths.len() - 1],
            Net::Cnn => 10,
        }
    }
}

impl Case {
    /// The case of this name.
    pub fn named(name: &str) -> Option<Case> {
        let train = |net, optimizer, batch| Some(Case::Train(Training { net, optimizer, batch }));
        match name {
            "tiny" => train(Net::Dense(&[6, 100, 100, 3]), Optimizer::Adam, 16),
            "mlp-a" => train(Net::Dense(&[784, 100, 10]), Optimizer::Adam, 32),
            "mlp-b" => train(Net::Dense(&[784, 256, 128, 64, 32, 10]), Optimizer::Sgd, 128),
            "cnn" => train(Net::Cnn, Optimizer::Adam, 32),
            _ => Some(Case::MatMul(name.strip_prefix("matmul-")?.parse().ok()?)),
        }
    }
}
