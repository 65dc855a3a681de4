//! The small inputs that the host gives to each run: row numbers, step numbers, keys of random numbers. They have their places in one buffer of the
//! executable, so that bind groups stay as they are, and all of them arrive by one copy.

use crate::codegen::buffer_bytes;
use crate::gpu::{Gpu, lock};
use crate::memory::{GpuBuffer, Kind};
use crate::pending::{Recording, STAGED};
use crate::transfer::encode;
use std::{
    ops::Range,
    sync::{Arc, Mutex},
};
use wgrad_tensor::{HostData, Result, Spec, Value};

/// The largest input that goes this way.
const SMALL: u64 = 64 << 10;

/// Where an executable receives its small inputs.
#[derive(Debug)]
pub(crate) struct Inbox {
    /// The bytes of each input; `None` where it does not go this way.
    places: Vec<Option<Range<u64>>>,
    bytes: u64,
    buffer: Mutex<Option<Arc<GpuBuffer>>>,
}

impl Inbox {
    /// Places for those of `inputs` that are small. An input that a run writes, or gives back as a result
    /// (`own`), needs memory of its own.
    pub(crate) fn new<'a>(gpu: &Gpu, inputs: impl Iterator<Item = (&'a Spec, bool)>) -> Inbox {
        // As bindings may begin, and whole vectors of four.
        let align = u64::from(gpu.limits.min_storage_buffer_offset_alignment.max(16));
        let mut bytes = 0;
        let place = |(spec, own): (&Spec, bool)| {
            let len = buffer_bytes(spec.dtype, spec.shape.numel());
            (!own && len <= SMALL && bytes + len <= STAGED).then(|| {
                let place = bytes..bytes + len;
                bytes = place.end.next_multiple_of(align);
                place
            })
        };
        let places = inputs.map(place).collect();
        Inbox { places, bytes, buffer: Mutex::default() }
    }

    /// The memory of input `i`, if it goes this way.
    pub(crate) fn buffer(&self, gpu: &Gpu, i: usize) -> Result<Option<Arc<GpuBuffer>>> {
        if self.place(i).is_none() {
            return Ok(None);
        }
        let mut kept = lock(&self.buffer);
        Ok(Some(match &*kept {
            Some(buffer) => buffer.clone(),
            None => kept.insert(Arc::new(gpu.buffer(Kind::Storage, &|| "the small inputs".into(), self.bytes)?)).clone(),
        }))
    }

    /// Where in the inbox input `i` begins.
    pub(crate) fn offset(&self, i: usize) -> u64 {
        self.place(i).map_or(0, |place| place.start)
    }

    fn place(&self, i: usize) -> Option<&Range<u64>> {
        self.places.get(i)?.as_ref()
    }

    /// The bytes from the first to the last of some inputs.
    pub(crate) fn reach(&self, given: &[(usize, Value)]) -> Range<u64> {
        let places = || given.iter().filter_map(|(i, _)| self.place(*i));
        places().map(|place| place.start).min().unwrap_or(0)..places().map(|place| place.end).max().unwrap_or(0)
    }

    /// Brings inputs of a run, before what is recorded next.
    pub(crate) fn receive(&self, given: &[(usize, Value)], recording: &mut Recording<'_>) {
        let (reach, buffer) = (self.reach(given), lock(&self.buffer).clone());
        let Some(buffer) = buffer.filter(|_| !reach.is_empty()) else { return };
        recording.give(&buffer, reach.clone(), |staged| {
            for (i, value) in given {
                let place = self.place(*i).map(|place| (place.start - reach.start) as usize);
                if let (Some(at), Some(bytes)) = (place, value.host().map(|data: &HostData| encode(data)))
                    && let Some(place) = staged.get_mut(at..at + bytes.len())
                {
                    place.copy_from_slice(&bytes);
                }
            }
        });
    }
}
