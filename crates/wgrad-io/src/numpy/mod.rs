//! NumPy's files: `.npy` holds one array, `.npz` several by name.
//!
//! Elements are f16, f32, f64, i32, u32 and bool, and other integers where the values fit i32; C or Fortran order, little or big endian.

mod header;
mod npy;
mod npz;

pub use npy::{load_npy, read_npy, save_npy, write_npy};
pub use npz::{load_npz, read_npz, save_npz, write_npz};
