//! Gradient rules against finite differences in f64 on the reference device, first and second order, and what the functions of differentiation
//! promise beside that.

use wgrad_cpu as _;

mod check;
mod convolutions;
mod functions;
mod kinks;
mod loops;
mod remat;
mod rules;
