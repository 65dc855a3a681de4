//! The cases of `train_bench` with candle, on the processor.

use anyhow::{Context, Result, ensure};
use candle_core::{DType, Device, Tensor};
use candle_nn::{
    AdamW, Conv2d, Conv2dConfig, Linear, Module, Optimizer as _, ParamsAdamW, SGD, VarBuilder, VarMap, conv2d, linear, loss::cross_entropy,
};
use peer::{Batches, Net, Optimizer, Peer, Ready, Stepper, Training};

fn main() -> Result<()> {
    peer::run::<Candle>()
}

struct Candle;

impl Peer for Candle {
    fn train(backend: &str, case: &Training, batches: &Batches) -> Result<Ready> {
        let device = device(backend)?;
        let variables = VarMap::new();
        let net = network(case.net, VarBuilder::from_varmap(&variables, DType::F32, &device))?;
        let (variables, lr) = (variables.all_vars(), case.optimizer.learning_rate());
        let update = match case.optimizer {
            // Without weight decay AdamW is Adam.
            Optimizer::Adam => Update::Adam(AdamW::new(variables, ParamsAdamW { lr, weight_decay: 0.0, eps: 1e-7, ..Default::default() })?),
            Optimizer::Sgd => Update::Sgd(SGD::new(variables, lr)?),
        };
        let upload = |(x, y): (&[f32], &[u32])| -> Result<_> {
            Ok((Tensor::from_slice(x, (batches.batch, batches.features), &device)?, Tensor::from_slice(y, batches.batch, &device)?))
        };
        let data = batches.iter().map(upload).collect::<Result<_>>()?;
        Ok(Ready { stepper: Box::new(Train { net, update, data, loss: None }), adapter: "cpu".into() })
    }

    fn multiply(backend: &str, n: usize, a: &[f32], b: &[f32]) -> Result<Ready> {
        let device = device(backend)?;
        let [a, b] = [Tensor::from_slice(a, (n, n), &device)?, Tensor::from_slice(b, (n, n), &device)?];
        Ok(Ready { stepper: Box::new(Multiply { a, last: b.clone(), b }), adapter: "cpu".into() })
    }
}

fn device(backend: &str) -> Result<Device> {
    ensure!(backend == "cpu", "there is no backend {backend}");
    Ok(Device::Cpu)
}

fn network(net: Net, variables: VarBuilder<'_>) -> Result<Box<dyn Module>> {
    Ok(match net {
        Net::Dense(widths) => {
            let layer = |(i, w): (usize, &[usize])| linear(w[0], w[1], variables.pp(format!("dense{i}")));
            Box::new(Mlp(widths.windows(2).enumerate().map(layer).collect::<Result<_, _>>()?))
        }
        Net::Cnn => Box::new(Cnn {
            conv1: conv2d(1, 32, 5, Conv2dConfig::default(), variables.pp("conv1"))?,
            conv2: conv2d(32, 64, 5, Conv2dConfig::default(), variables.pp("conv2"))?,
            dense1: linear(1024, 64, variables.pp("dense1"))?,
            dense2: linear(64, 10, variables.pp("dense2"))?,
        }),
    })
}

struct Mlp(Vec<Linear>);

impl Module for Mlp {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let mut x = x.clone();
        for (i, layer) in self.0.iter().enumerate() {
            x = if i == 0 { layer.forward(&x)? } else { layer.forward(&x.relu()?)? };
        }
        Ok(x)
    }
}

struct Cnn {
    conv1: Conv2d,
    conv2: Conv2d,
    dense1: Linear,
    dense2: Linear,
}

impl Module for Cnn {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let x = x.reshape(((), 1, 28, 28))?;
        let x = self.conv1.forward(&x)?.relu()?.max_pool2d(2)?;
        let x = self.conv2.forward(&x)?.relu()?.max_pool2d(2)?;
        self.dense2.forward(&self.dense1.forward(&x.flatten_from(1)?)?.relu()?)
    }
}

enum Update {
    Adam(AdamW),
    Sgd(SGD),
}

struct Train {
    net: Box<dyn Module>,
    update: Update,
    data: Vec<(Tensor, Tensor)>,
    loss: Option<Tensor>,
}

impl Stepper for Train {
    fn step(&mut self, i: usize) -> Result<()> {
        let (x, y) = &self.data[i % self.data.len()];
        let loss = cross_entropy(&self.net.forward(x)?, y)?;
        match &mut self.update {
            Update::Adam(adam) => adam.backward_step(&loss)?,
            Update::Sgd(sgd) => sgd.backward_step(&loss)?,
        }
        self.loss = Some(loss.detach());
        Ok(())
    }

    fn loss(&mut self) -> Result<f32> {
        Ok(self.loss.as_ref().context("no step")?.to_scalar()?)
    }
}

struct Multiply {
    a: Tensor,
    b: Tensor,
    last: Tensor,
}

impl Stepper for Multiply {
    fn step(&mut self, _: usize) -> Result<()> {
        self.last = self.a.matmul(&self.last)?;
        Ok(())
    }

    fn loss(&mut self) -> Result<f32> {
        let last = std::mem::replace(&mut self.last, self.b.clone());
        Ok(last.get(0)?.get(0)?.to_scalar()?)
    }
}
