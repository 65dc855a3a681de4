//! Random data that can be learned, as the peers have it: a prototype per class plus noise. The second half repeats the images of the first with a
//! quarter of the labels redrawn, so that the loss falls but cannot reach zero.

use wgrad::{DType, Device, Result, Tensor, concat, normal, uniform};

/// Batches in the first half.
const BATCHES: usize = 16;

/// `x: f32[32 * batch, features]` and `y: i32[32 * batch]`, on the host.
pub fn prototypes_and_noise(batch: usize, features: usize, classes: usize) -> Result<(Tensor, Tensor)> {
    let rows = BATCHES * batch;
    let scale = if features > 100 { 0.2 } else { 0.8 };
    let random_classes = |seed| (uniform([rows], 0.0, classes as f32, seed)).cast(DType::I32);
    let prototypes = normal([classes, features], 0.0, 1.0, 1);
    let classes = random_classes(2);
    let x = prototypes.take(&classes, 0) * scale + normal([rows, features], 0.0, 0.5, 3);
    let redrawn = uniform([rows], 0.0, 1.0, 4).lt(0.25).where_(&random_classes(5), &classes);
    let data = [concat(&[x.clone(), x], 0), concat(&[classes, redrawn], 0)];
    let cpu = Device::open("cpu")?;
    let [x, y] = data.map(|tensor| Ok(Tensor::from_value(tensor.to_host_on(&cpu)?.into())));
    Ok((x?, y?))
}
