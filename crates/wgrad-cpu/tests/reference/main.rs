//! Known values of every operation of the reference device, computed with NumPy.

mod common;
mod device;
