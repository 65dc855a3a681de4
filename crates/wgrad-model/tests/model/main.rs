//! The model crate from outside: layers, training, errors, summaries, on every device of the processor.

use wgrad_cpu as _;
use wgrad_model::{Entry, Model, Sequential};
use wgrad_tensor::{Device, Tensor};

mod accuracy;
mod any_length;
mod callbacks;
mod dtype_policies;
mod errors;
mod fit;
mod graphs;
mod keras_names;
mod kill;
mod layers;
mod looking;
mod loss_scaling;
mod losses;
mod memory;
mod metric_state;
mod metrics;
mod optimizers;
mod recurrent;
mod remat;
mod spatial;
mod summary;
mod training;
mod weights;

/// The devices that there are on every machine.
fn devices() -> Vec<Device> {
    ["reference", "cpu"].iter().filter_map(|name| Device::open(name).ok()).collect()
}

fn reference() -> Device {
    Device::open("reference").unwrap()
}

/// A model of `layers` for inputs of `shape` on `device`, not compiled.
fn build(device: &Device, shape: &[usize], layers: impl IntoIterator<Item = Entry>) -> Model {
    Sequential::new(layers).input_shape(shape).seed(7).device(device).build().unwrap()
}

/// `n` points of three clouds in the plane, and their numbers.
fn clouds(n: usize) -> (Tensor, Tensor) {
    let labels: Vec<i32> = (0..n as i32).map(|i| i % 3).collect();
    let noise = Tensor::normal([n, 2], 0.0, 0.3, 11).to_vec::<f32>().unwrap();
    let centers = [[1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]];
    let points = labels.iter().zip(noise.chunks(2)).flat_map(|(&l, z)| [centers[l as usize][0] + z[0], centers[l as usize][1] + z[1]]);
    (Tensor::from_vec(points.collect::<Vec<f32>>(), [n, 2]), Tensor::from_vec(labels, [n]))
}
