//! What a device can do at most.

use super::Device;
use crate::Result;
use std::{
    collections::BTreeMap,
    fmt,
    ops::Deref,
    sync::{Mutex, PoisonError},
};

/// What a device can do at most, measured: no kernel is faster than its bytes at the speed of a copy, or its operations at that of multiply-adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roof {
    /// Bytes read and written in a second by a large copy, larger than the near caches.
    pub copy_bytes_per_s: f64,
    /// f32 operations in a second of independent multiply-adds, two for each.
    pub fma_flops_per_s: f64,
}

/// The roofs of this process, by the name of their device.
static ROOFS: Mutex<BTreeMap<String, Roof>> = Mutex::new(BTreeMap::new());

impl Roof {
    /// The roof of a device, where it was measured in this process.
    pub(crate) fn known(device: &str) -> Option<Roof> {
        ROOFS.lock().unwrap_or_else(PoisonError::into_inner).get(device).copied()
    }
}

impl fmt::Display for Roof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (copy, fma) = (self.copy_bytes_per_s / 1e9, self.fma_flops_per_s / 1e9);
        write!(f, "roof: copies {copy:.2} GB/s (read and written), multiply-adds {fma:.1} GFLOP/s")
    }
}

impl Device {
    /// What the device can do at most: measured at the first call in a process, which takes some tenths of a second.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) for devices that are not made for speed, and those of the device.
    pub fn roof(&self) -> Result<Roof> {
        let name = &self.info().name;
        if let Some(roof) = Roof::known(name) {
            return Ok(roof);
        }
        let roof = self.deref().roof()?;
        Ok(*ROOFS.lock().unwrap_or_else(PoisonError::into_inner).entry(name.clone()).or_insert(roof))
    }
}
