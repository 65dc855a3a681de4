//! The data sets of wgrad: found, checked and read; tables; and pipelines that feed a training.
//!
//! ```no_run
//! let data = wgrad_data::FashionMnist::load()?;
//! println!("{} from {}", data.train.images.spec(), data.source); // f32[60000, 28, 28] from ...
//! # Ok::<(), wgrad_data::Error>(())
//! ```

mod download;
mod error;
mod file;
pub mod idx;
mod image;
mod image_folder;
mod npz;
mod pickle;
mod pipeline;
mod places;
mod random;
mod sets;
mod table;

pub use error::{Error, Result};
pub use image::{load_image, parse_image};
pub use image_folder::ImageFolder;
pub use pipeline::{Collate, IntoRows, Items, Pipeline};
pub use places::{Download, Places, Source};
pub use sets::{
    AutoMpg, BostonHousing, BreastCancer, Cifar10, Digits, FashionMnist, Imdb, Iris, Mnist, Penguins, Reviews, Split, TinyShakespeare,
    Wine, WordIndex,
};
pub use table::{Column, ColumnReport, Csv, CsvReport, Description, Fill, Scaler, Summary, Table, Value};

/// The elements of a tensor that lies on the host: tests here have no device.
#[cfg(test)]
fn numbers(tensor: &wgrad_tensor::Tensor) -> Vec<f64> {
    tensor.value().and_then(|value| value.host()).map(|data| data.to_f64()).expect("a tensor on the host")
}
