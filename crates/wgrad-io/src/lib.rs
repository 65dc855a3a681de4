//! Models and arrays in and out of files.
//!
//! [`load_model`] and [`load_weights`] read what Keras writes: `.keras` archives, whole models in `.h5` (Keras 2 and 3), `.weights.h5`; [`save_model`] and
//! [`save_weights`] write what Keras reads. Layers of the user's own are known by [`wgrad_model::layers::register`]. [`save_onnx`] is for other runtimes,
//! safetensors files hold tensors or whole models, NumPy's files tensors.
//!
//! ```
//! # use wgrad_cpu as _;
//! use wgrad_io::{load_model, save_model};
//! use wgrad_model::{Sequential, layers::Dense};
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("model.keras");
//! let model = Sequential::new([Dense::new(2).into()]).input_shape([3]).compile("adam", "mse", ())?;
//! save_model(&model, &path)?;
//! assert_eq!(load_model(&path)?.weights()?, model.weights()?);
//! # Ok::<(), wgrad_model::Error>(())
//! ```
//!
//! Everything in a file may be hostile: sizes are checked before memory is taken, and what does not fit is an error that names the place.

mod archive;
mod free_name;
mod hdf5;
mod keras;
mod load;
mod numpy;
mod onnx;
mod safetensors;
mod save;
mod text;
mod whole;

pub use load::{Load, load_layer_config, load_model, load_model_with, load_weights, read_model, read_weights};
pub use numpy::{load_npy, load_npz, read_npy, read_npz, save_npy, save_npz, write_npy, write_npz};
pub use onnx::{save_onnx, write_onnx};
pub use safetensors::{NamedTensors, load_safetensors, read_safetensors, save_safetensors, write_safetensors};
pub use save::{save_model, save_weights};
pub use text::{model_from_json, model_from_yaml, model_to_json, model_to_yaml};
