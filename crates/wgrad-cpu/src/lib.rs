//! Devices that compute on the processor.
//!
//! `reference` is the specification of every operation: an interpreter with plain loops, that all other devices are compared with.
//!
//! `cpu` is the fast device: it executes plans on all cores.

mod fast;
mod memory;
mod reference;
