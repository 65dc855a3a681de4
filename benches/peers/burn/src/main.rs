//! The cases of `train_bench` with Burn: `wgpu` (Vulkan; the WGSL compiler where `wgsl_shim` is loaded) or `flex` (the processor).

use anyhow::{Context, Result, anyhow, bail};
use burn::{
    module::Module,
    nn::{
        Linear, LinearConfig,
        conv::{Conv2d, Conv2dConfig},
        loss::{CrossEntropyLoss, CrossEntropyLossConfig},
        pool::{MaxPool2d, MaxPool2dConfig},
    },
    optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig},
    tensor::{Device, DeviceKind, Int, Tensor, TensorData, activation::relu},
};
use peer::{Batches, Net, Optimizer, Peer, Ready, Stepper, Training};

fn main() -> Result<()> {
    peer::run::<Burn>()
}

struct Burn;

impl Peer for Burn {
    fn train(backend: &str, case: &Training, batches: &Batches) -> Result<Ready> {
        match case.net {
            Net::Dense(widths) => train(backend, case, batches, |device| Mlp::new(widths, device)),
            Net::Cnn => train(backend, case, batches, Cnn::new),
        }
    }

    fn multiply(backend: &str, n: usize, a: &[f32], b: &[f32]) -> Result<Ready> {
        let device = device(backend)?;
        let [a, b] = [a, b].map(|data| Tensor::<2>::from_data(TensorData::new(data.to_vec(), [n, n]), &device));
        Ok(Ready { stepper: Box::new(Multiply { a, last: b.clone(), b }), adapter: adapter(&device) })
    }
}

fn device(backend: &str) -> Result<Device> {
    Ok(match backend {
        "wgpu" => Device::wgpu(DeviceKind::DefaultDevice),
        "flex" => Device::flex(),
        _ => bail!("there is no backend {backend}"),
    })
}

fn adapter(device: &Device) -> String {
    device.identity().map_or("cpu".into(), |identity| identity.name.to_string())
}

fn train<M: Network + 'static>(backend: &str, case: &Training, batches: &Batches, net: impl Fn(&Device) -> M) -> Result<Ready> {
    let base = device(backend)?;
    let (adapter, device) = (adapter(&base), base.autodiff());
    device.seed(1);
    let upload = |(x, y): (&[f32], &[u32])| {
        let y: Vec<i64> = y.iter().map(|&class| class.into()).collect();
        let x = Tensor::from_data(TensorData::new(x.to_vec(), [batches.batch, batches.features]), &device);
        (x, Tensor::from_data(TensorData::new(y, [batches.batch]), &device))
    };
    let optimizer = match case.optimizer {
        Optimizer::Adam => AdamConfig::new().with_epsilon(1e-7).init(),
        Optimizer::Sgd => SgdConfig::new().init(),
    };
    let train = Train {
        net: Some(net(&device)),
        optimizer,
        learning_rate: case.optimizer.learning_rate(),
        cross_entropy: CrossEntropyLossConfig::new().init(&device),
        data: batches.iter().map(upload).collect(),
        loss: None,
    };
    Ok(Ready { stepper: Box::new(train), adapter })
}

trait Network: Module {
    fn logits(&self, x: Tensor<2>) -> Tensor<2>;
}

#[derive(Module, Debug)]
struct Mlp {
    layers: Vec<Linear>,
}

impl Mlp {
    fn new(widths: &[usize], device: &Device) -> Mlp {
        Mlp { layers: widths.windows(2).map(|w| LinearConfig::new(w[0], w[1]).init(device)).collect() }
    }
}

impl Network for Mlp {
    fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        self.layers.iter().enumerate().fold(x, |x, (i, layer)| layer.forward(if i == 0 { x } else { relu(x) }))
    }
}

#[derive(Module, Debug)]
struct Cnn {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    dense1: Linear,
    dense2: Linear,
}

impl Cnn {
    fn new(device: &Device) -> Cnn {
        Cnn {
            conv1: Conv2dConfig::new([1, 32], [5, 5]).init(device),
            conv2: Conv2dConfig::new([32, 64], [5, 5]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            dense1: LinearConfig::new(1024, 64).init(device),
            dense2: LinearConfig::new(64, 10).init(device),
        }
    }
}

impl Network for Cnn {
    fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        let batch = x.dims()[0];
        let x = self.pool.forward(relu(self.conv1.forward(x.reshape([batch, 1, 28, 28]))));
        let x = self.pool.forward(relu(self.conv2.forward(x)));
        self.dense2.forward(relu(self.dense1.forward(x.reshape([batch, 1024]))))
    }
}

struct Train<M: Network> {
    /// Absent within a step.
    net: Option<M>,
    optimizer: ModuleOptimizer,
    learning_rate: f64,
    cross_entropy: CrossEntropyLoss,
    data: Vec<(Tensor<2>, Tensor<1, Int>)>,
    loss: Option<Tensor<1>>,
}

impl<M: Network> Stepper for Train<M> {
    fn step(&mut self, i: usize) -> Result<()> {
        let (x, y) = self.data[i % self.data.len()].clone();
        let net = self.net.take().context("a step failed")?;
        let loss = self.cross_entropy.forward(net.logits(x), y);
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        self.net = Some(self.optimizer.step(self.learning_rate, net, gradients));
        self.loss = Some(loss.detach());
        Ok(())
    }

    fn loss(&mut self) -> Result<f32> {
        Ok(self.loss.clone().context("no step")?.into_scalar::<f32>())
    }
}

struct Multiply {
    a: Tensor<2>,
    b: Tensor<2>,
    last: Tensor<2>,
}

impl Stepper for Multiply {
    fn step(&mut self, _: usize) -> Result<()> {
        self.last = self.a.clone().matmul(self.last.clone());
        Ok(())
    }

    fn loss(&mut self) -> Result<f32> {
        let last = std::mem::replace(&mut self.last, self.b.clone());
        let corner = last.slice([0..1, 0..1]).into_data().to_vec::<f32>().map_err(|error| anyhow!("{error:?}"))?;
        corner.first().copied().context("a corner")
    }
}
