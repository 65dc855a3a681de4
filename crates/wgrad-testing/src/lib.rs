//! The conformance kit: one table of cases ([`cases`]), several modes.
//!
//! A [`Case`] builds some outputs from some inputs with the public tensor API. The same row serves to compare a device with the reference
//! ([`against_reference`], [`against_reference_twice`]), gradients and second gradients with finite differences ([`against_differences`]), fused steps with single
//! instructions ([`against_unfused`]), one run with the next ([`repeats`]), and, where the row carries them, results with known values
//! ([`against_known`]). [`large_cases`] are rows of the sizes that training has, which `cargo bench` measures. [`recipe`] makes random programs. Every mode gives the text of what differs, so that a sweep tells all of it at once.

mod bits;
mod case;
mod cases;
mod differences;
mod generate;
pub mod golden;
pub mod recipe;
mod run;
mod sweep;

pub use case::{Case, Domain, Input, Smoothness, Tolerance};
pub use cases::{cases, large_cases};
pub use differences::{against_differences, gradient_case};
pub use run::{Traced, against_known, against_reference, against_reference_twice, against_unfused, plans, repeats, trace};
pub use sweep::{Report, device_or_skip, sweep};
