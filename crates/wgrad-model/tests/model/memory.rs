//! What a training step needs of the device's memory, for the cases of `train_bench`: known before it runs, and little more than it must be.

use crate::{clouds, reference};
use wgrad_model::{
    Entry, Model, Sequential,
    layers::{Conv2D, Dense, Flatten, MaxPooling2D},
};
use wgrad_tensor::{
    DType, Device, Tensor,
    plan::{Place, Plan, PlanOptions, Step},
};

struct Case {
    name: &'static str,
    batch: usize,
    input: &'static [usize],
    layers: Vec<Entry>,
    optimizer: &'static str,
}

/// The cases of `train_bench`.
fn cases() -> [Case; 4] {
    let mut cnn = vec![
        Conv2D::new(32, 5).activation("relu").into(),
        MaxPooling2D::new(2).into(),
        Conv2D::new(64, 5).activation("relu").into(),
        MaxPooling2D::new(2).into(),
        Flatten::new().into(),
    ];
    cnn.extend(dense(&[64, 10]));
    [
        Case { name: "tiny", batch: 16, input: &[6], layers: dense(&[100, 100, 3]), optimizer: "adam" },
        Case { name: "mlp-a", batch: 32, input: &[784], layers: dense(&[100, 10]), optimizer: "adam" },
        Case { name: "mlp-b", batch: 128, input: &[784], layers: dense(&[256, 128, 64, 32, 10]), optimizer: "sgd" },
        Case { name: "cnn", batch: 32, input: &[28, 28, 1], layers: cnn, optimizer: "adam" },
    ]
}

fn dense(units: &[usize]) -> Vec<Entry> {
    let activation = |i| if i + 1 == units.len() { "softmax" } else { "relu" };
    units.iter().enumerate().map(|(i, &units)| Dense::new(units).activation(activation(i)).into()).collect()
}

impl Case {
    fn model(&self, device: &Device) -> Model {
        let model = Sequential::new(self.layers.clone()).input_shape(self.input).device(device);
        model.compile(self.optimizer, "sparse_categorical_crossentropy", ()).unwrap()
    }

    /// As many samples as a batch has.
    fn data(&self) -> (Tensor, Tensor) {
        let shape: Vec<usize> = [&[self.batch], self.input].concat();
        (Tensor::zeros(shape), Tensor::zeros([self.batch]).cast(DType::I32))
    }

    /// The step that gathers its batch from the data, as a plan.
    fn plan(&self, options: &PlanOptions) -> Plan {
        let (mut model, (x, y)) = (self.model(&reference()), self.data());
        let program = model.trainer(&x, &y).unwrap().program(self.batch).unwrap();
        Plan::new(&program, options).unwrap()
    }
}

/// The least that the temporaries of a plan need in this order of steps: the most bytes of values that live at once. A value lives from the step
/// that stores it to the last one that reads it; of a buffer that is stored in parts, such as the arena of the gradients, each part lives on its own.
fn most_alive(plan: &Plan) -> u64 {
    let is_temporary = |b: &usize| matches!(plan.buffers[*b].place, Place::Slot(_));
    let last_read = |b: usize| plan.steps.iter().rposition(|step: &Step| step.reads().iter().any(|read| read.buffer == b));
    let last: Vec<Option<usize>> = (0..plan.buffers.len()).map(last_read).collect();
    let alive = |b: usize, at: usize| {
        let stored = plan.steps[..=at].iter().flat_map(Step::writes).filter(|write| write.buffer == b).map(|write| write.view.numel());
        let stored = stored.sum::<usize>().min(plan.buffers[b].len) * plan.buffers[b].dtype.device_size();
        let is_result = plan.steps[at].writes().iter().any(|write| write.buffer == b);
        if is_result || last[b] >= Some(at) { stored as u64 } else { 0 }
    };
    let at = |at| (0..plan.buffers.len()).filter(is_temporary).map(|b| alive(b, at)).sum();
    (0..plan.steps.len()).map(at).max().unwrap_or(0)
}

/// Parameters, slots and the batch with what must live at once of activations and gradients, against what is planned.
#[test]
fn a_training_step_needs_little_more_than_it_must() {
    let cpu = PlanOptions { split_reductions: false, max_buffers: 16, max_operands: 64, ..PlanOptions::default() };
    for case in cases() {
        for (device, options) in [("wgpu", PlanOptions::default()), ("cpu", cpu.clone())] {
            let plan = case.plan(&options);
            let (stats, alive) = (plan.stats(), most_alive(&plan));
            let bound = stats.peak_bytes - stats.temporary_bytes + alive;
            let (ratio, temporary) = (stats.peak_bytes as f64 / bound as f64, stats.temporary_bytes as f64 / alive as f64);
            println!("{} {device}: {bound} bytes at least, {ratio:.3} times that planned; temporaries {temporary:.3} times", case.name);
            assert!((1.0..1.25).contains(&ratio) && temporary < 1.25, "{} {device}: {ratio} {temporary}\n{plan}", case.name);
        }
    }
}

/// What the fast CPU device holds at most is what was said before it ran, but for the few numbers of a step that stay on the host.
#[test]
fn the_device_holds_what_was_planned() {
    for case in cases() {
        let device = Device::open("cpu").unwrap();
        let (mut model, (x, y)) = (case.model(&device), case.data());
        let mut trainer = model.trainer(&x, &y).unwrap();
        let planned = trainer.memory(case.batch).unwrap();
        let before = device.memory();
        assert_eq!(before.held, planned.parameters + planned.data + 8, "{}: nothing of the step is there yet", case.name);
        let rows: Vec<i32> = (0..case.batch as i32).collect();
        for _ in 0..3 {
            trainer.step(&rows).unwrap();
        }
        let peak = device.memory().peak;
        println!("{}: {planned}; held {peak}", case.name);
        assert!(peak <= planned.peak && peak + 1024 > planned.peak, "{}: {peak} of {planned:?}", case.name);
    }
}

#[test]
fn a_step_that_is_too_large_is_refused_before_it_is_allocated() {
    let device = Device::open("cpu").unwrap();
    let model = Sequential::new([Dense::new(1024).into(), Dense::new(3).into()]).input_shape([2]).device(&device);
    let mut model = model.compile("adam", "sparse_categorical_crossentropy", ()).unwrap();
    let (x, y) = clouds(4);
    let mut trainer = model.trainer(&x, &y).unwrap();
    let before = device.memory().allocations;
    let error = trainer.memory(1 << 30).unwrap_err().to_string();
    let expected = "device cpu is out of memory: a training step of model sequential with batches of 1073741824 samples needs ";
    assert!(error.starts_with(expected) && error.ends_with(" are available"), "{error}");
    assert_eq!(device.memory().allocations, before);
    assert!(trainer.memory(4).is_ok());
}
