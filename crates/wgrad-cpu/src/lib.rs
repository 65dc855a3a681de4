//! Devices that compute on the processor.
//!
//! `reference` is the specification of every operation: an interpreter with plain loops, that all other devices are compared with.

mod memory;
mod reference;
