//! A whole training step: its dispatches, its memory, its numbers.

mod common;

use common::{gpu, scaled};
use wgrad_tensor::{DType, Device, Error, Function, Result, Tensor, Value, grad};

/// Layers of the classifier, and its batch: small, because the reference takes its time.
const LAYERS: [usize; 6] = [784, 256, 128, 64, 32, 10];
const BATCH: usize = 32;

/// Arguments: kernels and biases, then `x` and the labels. Results: the new parameters, then the loss.
fn step(arguments: &[Tensor]) -> Vec<Tensor> {
    let (parameters, data) = arguments.split_at(2 * (LAYERS.len() - 1));
    let mut h = data[0].clone();
    for (i, layer) in parameters.chunks(2).enumerate() {
        h = h.matmul(&layer[0]) + &layer[1];
        if i + 2 < LAYERS.len() {
            h = h.relu();
        }
    }
    let picked = h.log_softmax(-1) * data[1].one_hot(10);
    let loss = -picked.sum(()) / BATCH as f32;
    let gradients = grad(&loss, &parameters.iter().collect::<Vec<_>>());
    let updated = parameters.iter().zip(gradients).map(|(p, g)| g.map_or(p.clone(), |g| p - g * 0.1));
    updated.chain([loss]).collect()
}

fn parameters() -> Vec<Value> {
    let layers = LAYERS.windows(2).flat_map(|pair| {
        let scale = 0.3 / (pair[0] as f32).sqrt();
        [scaled(scale, &[pair[0], pair[1]]), scaled(0.01, &[pair[1]])]
    });
    layers.collect()
}

fn train(device: &Device, steps: usize) -> Result<(Vec<f32>, Vec<Value>)> {
    let count = parameters().len();
    let function = Function::new(step).on(device).donate((0..count).map(|i| (i, i)));
    let x = scaled(0.1, &[BATCH, LAYERS[0]]);
    let labels = common::i32s(&[BATCH], &(0..BATCH as i32).map(|i| (i * 7) % 10).collect::<Vec<_>>());
    let mut state = parameters();
    let mut losses = Vec::new();
    let mut allocations = 0;
    for i in 0..steps {
        let mut arguments = std::mem::take(&mut state);
        arguments.extend([x.clone(), labels.clone()]);
        state = function.run(arguments)?;
        losses.push(state.pop().ok_or_else(|| Error::InvalidProgram("no loss".into()))?);
        if i == 2 {
            allocations = device.memory().allocations;
        }
    }
    assert_eq!(function.compilations(), 1);
    let losses: Vec<f32> =
        losses.iter().map(|loss| Ok(device.read(loss)?.to_vec::<f32>().unwrap_or_default()[0])).collect::<Result<_>>()?;
    // Every loss is kept until the end: each is one more small buffer, and one more buffer takes them to the host.
    let grown = device.memory().allocations - allocations;
    assert!(grown as usize <= steps + 1, "{grown} allocations in {steps} steps");
    Ok((losses, state))
}

#[test]
fn a_step_is_few_dispatches() -> Result<()> {
    let Some(device) = gpu() else { return Ok(()) };
    let function = Function::new(step).on(&device).donate((0..10).map(|i| (i, i)));
    let mut signature: Vec<_> = parameters().into_iter().map(|value| value.spec).collect();
    signature.push(wgrad_tensor::Spec::new(DType::F32, [BATCH, LAYERS[0]]));
    signature.push(wgrad_tensor::Spec::new(DType::I32, [BATCH]));
    let executable = function.executable(&signature)?;
    assert!(executable.stats().dispatches <= 24, "{}", executable.source());
    Ok(())
}

#[test]
fn losses_follow_the_reference_and_repeat_bit_by_bit() -> Result<()> {
    let Some(device) = gpu() else { return Ok(()) };
    let (expected, _) = train(&Device::open("reference")?, 6)?;
    let (first, state) = train(&device, 6)?;
    let (second, again) = train(&device, 6)?;
    assert_eq!(first, second);
    for (a, b) in state.iter().zip(&again) {
        assert_eq!(device.read(a)?, device.read(b)?);
    }
    assert!(expected[5] < expected[0]);
    for (e, g) in expected.iter().zip(&first) {
        assert!((e - g).abs() <= 1e-4 * e.abs(), "{expected:?} expected, {first:?} got");
    }
    Ok(())
}

#[test]
fn a_donated_value_that_is_still_held_survives() -> Result<()> {
    let Some(device) = gpu() else { return Ok(()) };
    let add = Function::new(|t| vec![&t[0] + 1.0]).on(&device).donate([(0, 0)]);
    let host = device.read(&scaled(1.0, &[100]))?;
    let kept = device.put(&host)?;
    let new = add.run(vec![kept.clone()])?;
    assert_eq!(device.read(&kept)?, host);
    let before = device.memory().allocations;
    let newer = add.run(new)?;
    assert_eq!(device.memory().allocations, before, "a value that nobody else holds is updated in place");
    let expected: Vec<f32> = host.to_vec::<f32>().unwrap_or_default().iter().map(|v| v + 1.0 + 1.0).collect();
    assert_eq!(device.read(&newer[0])?.to_vec::<f32>(), Some(expected));
    Ok(())
}

#[test]
fn inputs_that_do_not_fit_are_refused() -> Result<()> {
    let Some(device) = gpu() else { return Ok(()) };
    let (program, _) = common::trace(&[&scaled(1.0, &[3])], |t| vec![&t[0] + 1.0])?;
    let executable = device.compile(&program)?;
    let text = |result: Result<Vec<Value>>| result.map(|_| String::new()).unwrap_or_else(|error| error.to_string());
    assert!(text(executable.run(vec![])).contains("inputs of the program"));
    let wrong = text(executable.run(vec![scaled(1.0, &[4])]));
    assert!(wrong.contains("f32[3]") && wrong.contains("f32[4]") && wrong.contains("x0"), "{wrong}");
    Ok(())
}
