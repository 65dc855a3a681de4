//! Device memory: buffers that go back to a pool when they are dropped, and temporaries that all executables of a device share.
//!
//! The commands of a queue run in order, so a buffer may be handed out again as soon as the commands that use it are recorded. Only the host must
//! not write to it before they are submitted ([`GpuBuffer::may_be_pending`]). Buffers are dropped rather than destroyed: commands may still need them.

use crate::gpu::{Gpu, lock};
use std::{
    any::Any,
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use wgpu::{BufferDescriptor, BufferUsages};
use wgrad_tensor::device::Memory;
use wgrad_tensor::{Error, Result, Storage};

/// Free memory that is kept whatever is in use.
const KEPT: u64 = 64 << 20;

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Elements, for shaders and copies.
    Storage,
    /// The way back to the host.
    Readback,
}

/// Buffers that wait to be used again.
#[derive(Debug)]
pub(crate) struct Pool {
    device: Arc<str>,
    state: Mutex<State>,
    /// How often commands were submitted.
    submissions: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    free: HashMap<(Kind, u64), Vec<Block>>,
    free_bytes: u64,
    memory: Memory,
    /// Temporaries, the largest first.
    scratch: Vec<Arc<GpuBuffer>>,
}

#[derive(Debug)]
struct Block {
    id: u64,
    buffer: wgpu::Buffer,
    kind: Kind,
    bytes: u64,
    /// The number of submissions when it was given back.
    given: Option<u64>,
}

/// A buffer of a device; goes back to its pool when dropped.
#[derive(Debug)]
pub(crate) struct GpuBuffer {
    block: Option<Block>,
    buffer: wgpu::Buffer,
    id: u64,
    pool: Arc<Pool>,
}

impl Pool {
    pub(crate) fn new(device: &str) -> Pool {
        Pool { device: device.into(), state: Mutex::default(), submissions: AtomicU64::new(0) }
    }

    /// The counters.
    pub(crate) fn memory(&self) -> Memory {
        lock(&self.state).memory
    }

    /// Counts a submission.
    pub(crate) fn next_submission(&self) {
        self.submissions.fetch_add(1, Ordering::AcqRel);
    }

    /// How often commands were submitted.
    pub(crate) fn submissions(&self) -> u64 {
        self.submissions.load(Ordering::Acquire)
    }

    fn take(&self, kind: Kind, bytes: u64) -> Option<Block> {
        let mut state = lock(&self.state);
        let block = state.free.get_mut(&(kind, bytes))?.pop()?;
        state.free_bytes -= block.bytes;
        Some(block)
    }

    fn give(&self, block: Block) {
        let block = Block { given: Some(self.submissions()), ..block };
        let mut state = lock(&self.state);
        let in_use = state.memory.held - state.free_bytes;
        if state.free_bytes + block.bytes > KEPT + in_use {
            state.memory.held -= block.bytes;
        } else {
            state.free_bytes += block.bytes;
            state.free.entry((block.kind, block.bytes)).or_default().push(block);
        }
    }

    /// Drops what nobody uses; says whether there was anything.
    fn trim(&self) -> bool {
        let mut state = lock(&self.state);
        let blocks: Vec<Block> = state.free.drain().flat_map(|(_, blocks)| blocks).collect();
        state.memory.held -= state.free_bytes;
        state.free_bytes = 0;
        !blocks.is_empty()
    }

    fn count(&self, bytes: u64) {
        let mut state = lock(&self.state);
        state.memory.held += bytes;
        state.memory.peak = state.memory.peak.max(state.memory.held);
        state.memory.allocations += 1;
    }
}

impl Gpu {
    /// A buffer of at least `bytes` bytes for `what`, whatever it holds.
    ///
    /// # Errors
    /// [`Error::Unsupported`] names the limit of the adapter that is exceeded; [`Error::OutOfMemory`] where the driver refuses.
    pub(crate) fn buffer(&self, kind: Kind, what: &dyn Fn() -> String, bytes: u64) -> Result<GpuBuffer> {
        self.check_size(what, bytes)?;
        let bytes = size_class(bytes).min(self.limits.max_buffer_size);
        let block = match self.pool.take(kind, bytes) {
            Some(block) => block,
            None => match self.allocate(kind, what, bytes) {
                // The pool may hold buffers of other sizes; without them there may be room.
                Err(Error::OutOfMemory { .. }) if self.pool.trim() => {
                    self.flush()?;
                    let _ = self.device.poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(Duration::from_secs(10)) });
                    self.allocate(kind, what, bytes)?
                }
                result => result?,
            },
        };
        Ok(GpuBuffer { buffer: block.buffer.clone(), id: block.id, block: Some(block), pool: self.pool.clone() })
    }

    /// Fails where a buffer of `bytes` bytes exceeds a limit of the adapter.
    pub(crate) fn check_size(&self, what: &dyn Fn() -> String, bytes: u64) -> Result<()> {
        let limits = [
            ("max_buffer_size", self.limits.max_buffer_size),
            ("max_storage_buffer_binding_size", self.limits.max_storage_buffer_binding_size),
        ];
        match limits.into_iter().find(|&(_, limit)| bytes > limit) {
            None => Ok(()),
            Some((name, limit)) => Err(Error::Unsupported {
                device: self.info.name.clone(),
                what: format!("{} of {bytes} bytes", what()),
                why: format!("its {name} is {limit} bytes; use smaller batches, or compute in parts"),
            }),
        }
    }

    fn allocate(&self, kind: Kind, what: &dyn Fn() -> String, bytes: u64) -> Result<Block> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let usage = match kind {
            Kind::Storage => BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
            Kind::Readback => BufferUsages::MAP_READ | BufferUsages::COPY_DST,
        };
        let descriptor = BufferDescriptor { label: None, size: bytes, usage, mapped_at_creation: false };
        let buffer = self.guarded(&what(), bytes, |device| device.create_buffer(&descriptor))?;
        self.pool.count(bytes);
        Ok(Block { id: NEXT.fetch_add(1, Ordering::Relaxed), buffer, kind, bytes, given: None })
    }

    /// Temporaries of at least `sizes` bytes, which the next submission may use. Executables share them: the largest of each is the same buffer.
    pub(crate) fn scratch(&self, sizes: &[u64]) -> Result<Vec<Arc<GpuBuffer>>> {
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(sizes[i]));
        let mut taken: Vec<Option<Arc<GpuBuffer>>> = vec![None; sizes.len()];
        for (rank, &slot) in order.iter().enumerate() {
            let there = lock(&self.pool.state).scratch.get(rank).filter(|buffer| buffer.bytes() >= sizes[slot]).cloned();
            let buffer = match there {
                Some(buffer) => buffer,
                None => {
                    let buffer = Arc::new(self.buffer(Kind::Storage, &|| format!("temporary {slot}"), sizes[slot])?);
                    let replaced = {
                        let scratch = &mut lock(&self.pool.state).scratch;
                        if rank < scratch.len() {
                            Some(std::mem::replace(&mut scratch[rank], buffer.clone()))
                        } else {
                            scratch.push(buffer.clone());
                            None
                        }
                    };
                    // Dropped after the lock is released: it goes back to the pool.
                    drop(replaced);
                    buffer
                }
            };
            taken[slot] = Some(buffer);
        }
        Ok(taken.into_iter().flatten().collect())
    }
}

impl GpuBuffer {
    pub(crate) fn raw(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// Unique among all buffers that were ever allocated.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.buffer.size()
    }

    /// Whether commands that use the memory, for what it was before, may not be submitted yet.
    pub(crate) fn may_be_pending(&self) -> bool {
        let given = self.block.as_ref().and_then(|block| block.given);
        given.is_some_and(|given| given >= self.pool.submissions())
    }
}

impl Drop for GpuBuffer {
    fn drop(&mut self) {
        if let Some(block) = self.block.take() {
            self.pool.give(block);
        }
    }
}

impl Storage for GpuBuffer {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
    fn device(&self) -> Option<&str> {
        Some(&self.pool.device)
    }
}

/// Sizes in few classes, so that buffers fit again: multiples of 256 bytes, then eighths of powers of two.
fn size_class(bytes: u64) -> u64 {
    let step = (bytes.checked_next_power_of_two().unwrap_or(bytes) / 8).max(256);
    bytes.max(1).checked_next_multiple_of(step).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::size_class;

    #[test]
    fn size_classes_waste_little() {
        assert_eq!([1, 256, 257, 2048, 2049].map(size_class), [256, 256, 512, 2048, 2560]);
        for bytes in [3_000_000u64, 5_000_001, 1 << 30] {
            assert!(size_class(bytes) >= bytes && size_class(bytes) <= bytes + bytes / 4);
        }
    }
}
