//! The storage buffers of a dispatch. Memory is bound once, however many virtual buffers of the plan are placed there: WebGPU does not let a
//! dispatch see memory both as read-only and as writable.

use super::types::{storage_size, storage_type};
use wgrad_tensor::plan::{Buffer, BufferId, Place};
use wgrad_tensor::{DType, Error, Result};

/// Memory that a dispatch reads or writes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) place: Place,
    /// The type of the elements.
    pub(crate) dtype: DType,
    /// The most elements of the buffers that are placed there.
    pub(crate) len: usize,
    /// Whether the dispatch writes to it.
    pub(crate) write: bool,
}

impl Bound {
    /// Bytes of the elements, as a multiple of 4 and not 0.
    pub(crate) fn bytes(&self) -> u64 {
        buffer_bytes(self.dtype, self.len)
    }
}

/// Bytes of a device buffer for `len` elements: a multiple of 4 and not 0.
pub(crate) fn buffer_bytes(dtype: DType, len: usize) -> u64 {
    (len as u64).saturating_mul(storage_size(dtype)).max(4).checked_next_multiple_of(4).unwrap_or(u64::MAX)
}

/// Collects the buffers that a kernel names.
pub(crate) struct Bindings<'a> {
    buffers: &'a [Buffer],
    prefix: &'static str,
    bound: Vec<Bound>,
    /// Memory that is declared as vectors of four.
    quads: Vec<Place>,
}

impl<'a> Bindings<'a> {
    /// No bindings yet; their names will be `prefix0`, `prefix1`, ...
    pub(crate) fn new(buffers: &'a [Buffer], prefix: &'static str) -> Self {
        Bindings { buffers, prefix, bound: Vec::new(), quads: Vec::new() }
    }

    /// The same with `places` declared as vectors of four.
    pub(crate) fn of_quads(buffers: &'a [Buffer], prefix: &'static str, places: Vec<Place>) -> Self {
        Bindings { quads: places, ..Bindings::new(buffers, prefix) }
    }

    /// The dtype of a buffer.
    pub(crate) fn dtype(&self, buffer: BufferId) -> Result<DType> {
        self.buffer(buffer).map(|b| b.dtype)
    }

    fn buffer(&self, buffer: BufferId) -> Result<&'a Buffer> {
        self.buffers.get(buffer).ok_or_else(|| Error::InvalidProgram(format!("a step names buffer {buffer}, which the plan does not have")))
    }

    /// The name of a buffer that is read, or also written where `write`.
    pub(crate) fn name(&mut self, buffer: BufferId, write: bool) -> Result<String> {
        let &Buffer { dtype, len, place } = self.buffer(buffer)?;
        let index = match self.bound.iter().position(|b| b.place == place) {
            Some(index) => index,
            None => {
                self.bound.push(Bound { place, dtype, len, write });
                self.bound.len() - 1
            }
        };
        let bound = &mut self.bound[index];
        if bound.dtype != dtype {
            let text = format!("a step uses the memory of buffer {buffer} ({dtype}) as {} too", bound.dtype);
            return Err(Error::InvalidProgram(text));
        }
        bound.len = bound.len.max(len);
        bound.write |= write;
        Ok(format!("{}{index}", self.prefix))
    }

    /// Names, element types and bindings, in the order of the names.
    pub(crate) fn list(&self) -> Result<Vec<(String, &'static str, &Bound)>> {
        let row = |(i, bound): (usize, &'_ Bound)| Ok((format!("{}{i}", self.prefix), storage_type(bound.dtype)?));
        self.bound.iter().enumerate().map(|(i, bound)| row((i, bound)).map(|(name, of)| (name, of, bound))).collect()
    }

    /// The declarations in WGSL.
    pub(crate) fn declarations(&self) -> Result<String> {
        let mut text = String::new();
        for (i, (name, of, bound)) in self.list()?.into_iter().enumerate() {
            let access = if bound.write { "read_write" } else { "read" };
            let of = if self.quads.contains(&bound.place) { format!("vec4<{of}>") } else { of.into() };
            text += &format!("@group(0) @binding({i}) var<storage, {access}> {name}: array<{of}>; // {}[{}]\n", bound.dtype, bound.len);
        }
        Ok(text)
    }

    /// Gives the bindings away.
    pub(crate) fn into_bound(self) -> Vec<Bound> {
        self.bound
    }
}
