//! Random data that can be learned, as the peers have it: a prototype per class plus noise. The second half repeats the images of the first with a
//! quarter of the labels redrawn, so that the loss falls but cannot reach zero.

use wgrad::{DType, Device, Result, Tensor};

/// Batches in the first half.
const BATCHES: usize = 16;
/// Batches in all.
pub(crate) const ALL_BATCHES: usize = 2 * BATCHES;

/// `x: f32[ALL_BATCHES * batch, features]` and `y: i32[ALL_BATCHES * batch]`, on the host.
pub(crate) fn prototypes_and_noise(batch: usize, features: usize, classes: usize) -> Result<(Tensor, Tensor)> {
    let rows = BATCHES * batch;
    let scale = if features > 100 { 0.2 } else { 0.8 };
    let random_classes = |seed| Tensor::uniform([rows], 0.0, classes as f32, seed).cast(DType::I32);
    let prototypes = Tensor::normal([classes, features], 0.0, 1.0, 1);
    let labels = random_classes(2);
    let x = prototypes.take(&labels, 0) * scale + Tensor::normal([rows, features], 0.0, 0.5, 3);
    let redrawn = Tensor::uniform([rows], 0.0, 1.0, 4).lt(0.25).where_(random_classes(5), &labels);
    let (x, y) = (Tensor::concat(&[x.clone(), x], 0), Tensor::concat(&[labels, redrawn], 0));
    let cpu = Device::open("cpu")?;
    Ok((Tensor::from_value(x.to_host_on(&cpu)?.into()), Tensor::from_value(y.to_host_on(&cpu)?.into())))
}
