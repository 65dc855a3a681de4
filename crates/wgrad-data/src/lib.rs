//! The data sets of wgrad: found, checked and read.
//!
//! ```no_run
//! let data = wgrad_data::FashionMnist::load()?;
//! println!("{} from {}", data.train.images.spec(), data.source); // f32[60000, 28, 28] from ...
//! # Ok::<(), wgrad_data::Error>(())
//! ```

mod download;
mod error;
mod fashion_mnist;
mod file;
pub mod idx;
mod pipeline;
mod places;

pub use error::{Error, Result};
pub use fashion_mnist::{FashionMnist, Split};
pub use pipeline::{Collate, IntoRows, Items, Pipeline};
pub use places::{Places, Source};
