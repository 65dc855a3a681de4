//! Memory of the fast device: aligned bytes that are cast to the element type where they are used.

use super::NAME;
use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable};
use std::{
    any::Any,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use wgrad_tensor::{Error, HostData, Result, Storage, device::Memory};

/// The unit of allocation: a cache line, as wide as the widest vector.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct CacheLine([u64; 8]);

/// Bytes at an address that is a multiple of 64.
#[derive(Default)]
pub(super) struct Buffer {
    lines: Vec<CacheLine>,
    bytes: usize,
    counters: Option<Arc<Counters>>,
}

impl Buffer {
    /// Zeros, not counted: for the scratch memory of threads.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]
    pub(super) fn new(bytes: usize) -> Result<Buffer> {
        let (needed, what) = (bytes as u64, || "a buffer".to_string());
        crate::memory::check(NAME, what, needed)?;
        let refused = |()| Error::OutOfMemory { device: NAME.into(), what: what(), needed, available: isize::MAX as u64 };
        let lines = bytemuck::allocation::try_zeroed_vec(bytes.div_ceil(64)).map_err(refused)?;
        Ok(Buffer { lines, bytes, counters: None })
    }

    /// Zeros, counted as memory of the device.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]
    pub(super) fn counted(bytes: usize, counters: &Arc<Counters>) -> Result<Buffer> {
        let mut buffer = Buffer::new(bytes)?;
        counters.add(bytes as u64);
        buffer.counters = Some(counters.clone());
        Ok(buffer)
    }

    /// All bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.lines).get(..self.bytes).unwrap_or(&[])
    }

    /// All bytes, to be written.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.lines).get_mut(..self.bytes).unwrap_or(&mut [])
    }

    /// The elements.
    pub(super) fn values<T: AnyBitPattern>(&self) -> &[T] {
        whole(self.bytes())
    }

    /// The elements, to be written.
    pub(super) fn values_mut<T: Pod>(&mut self) -> &mut [T] {
        whole_mut(self.bytes_mut())
    }
}

/// `bytes` as elements; a rest that does not fill an element is left out.
pub(super) fn whole<T: AnyBitPattern>(bytes: &[u8]) -> &[T] {
    let used = bytes.len() - bytes.len() % size_of::<T>();
    bytemuck::try_cast_slice(&bytes[..used]).unwrap_or(&[])
}

/// As [`whole`], to be written.
pub(super) fn whole_mut<T: Pod>(bytes: &mut [u8]) -> &mut [T] {
    let used = bytes.len() - bytes.len() % size_of::<T>();
    bytemuck::try_cast_slice_mut(&mut bytes[..used]).unwrap_or(&mut [])
}

/// The bytes of data of the host. `bool` is one byte, 0 or 1.
pub(super) fn host_bytes(data: &HostData) -> &[u8] {
    fn bytes<T: NoUninit>(values: &[T]) -> &[u8] {
        bytemuck::cast_slice(values)
    }
    match data {
        HostData::Bool(v) => bytes(v),
        HostData::I32(v) => bytes(v),
        HostData::U32(v) => bytes(v),
        HostData::F16(v) => bytes(v),
        HostData::F32(v) => bytes(v),
        HostData::F64(v) => bytes(v),
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(counters) = &self.counters {
            counters.held.fetch_sub(self.bytes as u64, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes)", self.bytes)
    }
}

impl Storage for Buffer {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
    fn device(&self) -> Option<&str> {
        Some(NAME)
    }
}

/// How much memory of the device is held.
#[derive(Debug, Default)]
pub(super) struct Counters {
    held: AtomicU64,
    peak: AtomicU64,
    allocations: AtomicU64,
}

impl Counters {
    fn add(&self, bytes: u64) {
        let held = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.peak.fetch_max(held, Ordering::Relaxed);
        self.allocations.fetch_add(1, Ordering::Relaxed);
    }

    /// The numbers now.
    pub(super) fn memory(&self) -> Memory {
        Memory {
            held: self.held.load(Ordering::Relaxed),
            peak: self.peak.load(Ordering::Relaxed),
            allocations: self.allocations.load(Ordering::Relaxed),
            available: crate::memory::available(),
        }
    }
}
