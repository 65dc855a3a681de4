//! Philox4x32-10 bits.

use crate::{Error, Kernel, Shader, Strided, WORKGROUP, kernel::positions};

/// `elements` random words of a stream. Bindings `key` (`u32[3]`: seed low, seed high, step), `out`; `epilogue(position: u32, bits: u32)`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Random<'a> {
    pub elements: usize,
    pub stream: u32,
    pub key: &'a Strided,
}

impl Random<'_> {
    /// The kernel. There must be an element.
    ///
    /// # Errors
    /// More elements than 31-bit positions can address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        let shader = Shader::new("random.wgsl");
        let elements = positions(&shader, "the number of results", [self.elements])?;
        let stride = self.key.strides.first().copied().unwrap_or(1);
        let shader =
            shader.set("STREAM", self.stream).set("KEY_OFFSET", self.key.offset).set("KEY_STRIDE", stride).set("ELEMENTS", elements);
        Kernel::single(shader, elements.div_ceil(4).into(), WORKGROUP)
    }
}
