//! Known values of every operation of the reference device. Where they are not plain to see they were computed with NumPy and SciPy.

mod common;
mod conv;
mod device;
mod gather;
mod movement;
mod reduce;
mod scalar;
mod scan;
mod window;
