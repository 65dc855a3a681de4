//! The cases of `train_bench` with meganeura, on Vulkan.

use anyhow::{Result, ensure};
use meganeura::{Graph, NodeId, Session, SessionConfig, build};
use peer::{Batches, Net, Optimizer, Peer, Random, Ready, Stepper, Training};

fn main() -> Result<()> {
    env_logger::init();
    peer::run::<Meganeura>()
}

struct Meganeura;

impl Peer for Meganeura {
    fn train(_: &str, case: &Training, batches: &Batches) -> Result<Ready> {
        let network = Network::new(case.net, batches.batch);
        let mut session = build(&network.graph, SessionConfig::from_env()).0;
        network.initialize(&mut session);
        match case.optimizer {
            Optimizer::Adam => session.set_adam(case.optimizer.learning_rate() as f32, 0.9, 0.999, 1e-7),
            Optimizer::Sgd => session.set_learning_rate(case.optimizer.learning_rate() as f32),
        }
        let one_hot =
            |y: &[u32]| y.iter().flat_map(|&y| (0..batches.classes).map(move |class| f32::from(u8::from(class == y as usize)))).collect();
        let data = batches.iter().map(|(x, y)| (x.to_vec(), one_hot(y))).collect();
        let adapter = adapter(&session);
        Ok(Ready { stepper: Box::new(Train { session, data }), adapter })
    }

    /// The crate has no way to feed an output back without the host, so this is the same product again and again.
    fn multiply(_: &str, n: usize, a: &[f32], b: &[f32]) -> Result<Ready> {
        let mut graph = Graph::new();
        let [x, y] = ["a", "b"].map(|name| graph.input(name, &[n, n]));
        let product = graph.matmul(x, y);
        graph.set_outputs(vec![product]);
        let mut session = build(&graph, SessionConfig::inference_from_env()).0;
        session.set_input("a", a);
        session.set_input("b", b);
        let adapter = adapter(&session);
        Ok(Ready { stepper: Box::new(Multiply(session)), adapter })
    }
}

fn adapter(session: &Session) -> String {
    let device = session.device_information();
    format!("{} ({} {})", device.device_name, device.driver_name, device.driver_info)
}

/// A graph with a loss, and how its parameters begin.
struct Network {
    graph: Graph,
    parameters: Vec<Parameter>,
}

struct Parameter {
    name: String,
    len: usize,
    /// Uniform between this and its negative.
    limit: f32,
}

impl Network {
    fn new(net: Net, batch: usize) -> Network {
        let mut network = Network { graph: Graph::new(), parameters: Vec::new() };
        let logits = match net {
            Net::Dense(widths) => network.mlp(batch, widths),
            Net::Cnn => network.cnn(batch),
        };
        let labels = network.graph.input("labels", &[batch, net.classes()]);
        let loss = network.graph.cross_entropy_loss(logits, labels);
        network.graph.set_outputs(vec![loss]);
        network
    }

    fn mlp(&mut self, batch: usize, widths: &[usize]) -> NodeId {
        let mut x = self.graph.input("x", &[batch, widths[0]]);
        for (i, w) in widths.windows(2).enumerate() {
            x = if i == 0 { x } else { self.graph.relu(x) };
            x = self.dense(&format!("dense{i}"), x, w[0], w[1]);
        }
        x
    }

    fn cnn(&mut self, batch: usize) -> NodeId {
        let n = batch as u32;
        let x = self.graph.input("x", &[batch * 784]);
        let x = self.conv("conv1", x, n, (1, 28, 32));
        let x = self.maximum_2x2(x, n * 32, 24);
        let x = self.conv("conv2", x, n, (32, 12, 64));
        let x = self.maximum_2x2(x, n * 64, 8);
        let x = self.graph.reshape(x, &[batch, 1024]);
        let x = self.dense("dense1", x, 1024, 64);
        let x = self.graph.relu(x);
        self.dense("dense2", x, 64, 10)
    }

    fn parameter(&mut self, name: String, shape: &[usize], limit: f32) -> NodeId {
        let node = self.graph.parameter(&name, shape);
        self.parameters.push(Parameter { name, len: shape.iter().product(), limit });
        node
    }

    fn dense(&mut self, name: &str, x: NodeId, from: usize, to: usize) -> NodeId {
        let weights = self.parameter(format!("{name}.w"), &[from, to], (6.0 / (from + to) as f32).sqrt());
        let bias = self.parameter(format!("{name}.b"), &[to], 0.0);
        let product = self.graph.matmul(x, weights);
        self.graph.bias_add(product, bias)
    }

    /// A convolution 5x5 of squares without padding, bias and relu.
    fn conv(&mut self, name: &str, x: NodeId, n: u32, (from, size, to): (u32, u32, u32)) -> NodeId {
        let weights = self.parameter(format!("{name}.w"), &[(to * from * 25) as usize], (6.0 / ((from + to) * 25) as f32).sqrt());
        let bias = self.parameter(format!("{name}.b"), &[to as usize], 0.0);
        let y = self.graph.conv2d(x, weights, n, from, size, size, to, 5, 5, 1, 0);
        let y = self.graph.add_per_channel(y, bias, to, (size - 4) * (size - 4));
        self.graph.relu(y)
    }

    /// The maximum of windows 2x2 of so many squares. The crate's own `max_pool_2d` has a wrong gradient in version 0.3.0, so this is made of operations
    /// whose gradients are right.
    fn maximum_2x2(&mut self, x: NodeId, squares: u32, size: u32) -> NodeId {
        let half = size / 2;
        let (upper, lower) = (self.graph.split_a(x, squares * half, 1, 1, size), self.graph.split_b(x, squares * half, 1, 1, size));
        let rows = self.maximum(upper, lower);
        let places = squares * half * half;
        let (left, right) = (self.graph.split_a(rows, places, 1, 1, 1), self.graph.split_b(rows, places, 1, 1, 1));
        self.maximum(left, right)
    }

    /// `a + relu(b - a)`: the crate has no maximum of two tensors.
    fn maximum(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let minus_a = self.graph.neg(a);
        let difference = self.graph.add(b, minus_a);
        let above = self.graph.relu(difference);
        self.graph.add(a, above)
    }

    fn initialize(&self, session: &mut Session) {
        let mut random = Random(1);
        for Parameter { name, len, limit } in &self.parameters {
            let values: Vec<f32> = (0..*len).map(|_| (2.0 * random.uniform() - 1.0) * limit).collect();
            session.set_parameter(name, &values);
        }
    }
}

struct Train {
    session: Session,
    data: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Stepper for Train {
    fn step(&mut self, i: usize) -> Result<()> {
        let (x, y) = &self.data[i % self.data.len()];
        self.session.set_input("x", x);
        self.session.set_input("labels", y);
        self.session.step();
        Ok(())
    }

    fn loss(&mut self) -> Result<f32> {
        self.session.wait();
        let loss = self.session.read_loss();
        ensure!(loss.is_finite(), "the loss is {loss}");
        Ok(loss)
    }
}

struct Multiply(Session);

impl Stepper for Multiply {
    fn step(&mut self, _: usize) -> Result<()> {
        self.0.step();
        Ok(())
    }

    fn loss(&mut self) -> Result<f32> {
        self.0.wait();
        let corner = self.0.read_output(1);
        ensure!(corner.len() == 1, "a graph without output");
        Ok(corner[0])
    }
}
