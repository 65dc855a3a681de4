//! Elements on their way between host and device. A bool is a byte on the host and a `u32` on the device.

use crate::codegen::buffer_bytes;
use crate::gpu::{Gpu, lock};
use crate::memory::{GpuBuffer, Kind};
use std::{
    borrow::Cow,
    future::poll_fn,
    sync::{Arc, Mutex},
    task::{Poll, Waker},
};
use wgpu::{CommandEncoderDescriptor, MapMode, SubmissionIndex};
use wgrad_tensor::{DType, Element, Error, HostData, HostTensor, Result, Spec};

/// The elements as the device holds them, without the bytes that fill the last word.
pub(crate) fn encode(data: &HostData) -> Cow<'_, [u8]> {
    match data {
        HostData::Bool(values) => Cow::Owned(values.iter().flat_map(|&v| u32::from(v).to_ne_bytes()).collect()),
        HostData::I32(values) => Cow::Borrowed(bytemuck::cast_slice(values)),
        HostData::U32(values) => Cow::Borrowed(bytemuck::cast_slice(values)),
        HostData::F16(values) => Cow::Borrowed(bytemuck::cast_slice(values)),
        HostData::F32(values) => Cow::Borrowed(bytemuck::cast_slice(values)),
        HostData::F64(values) => Cow::Borrowed(bytemuck::cast_slice(values)),
    }
}

/// `len` elements of `dtype` from the bytes of a device buffer.
fn decode(dtype: DType, len: usize, bytes: &[u8]) -> HostData {
    fn take<T: Element + bytemuck::AnyBitPattern>(len: usize, bytes: &[u8]) -> HostData {
        T::into_data(bytes.chunks_exact(size_of::<T>()).take(len).map(bytemuck::pod_read_unaligned).collect())
    }
    match dtype {
        DType::Bool => HostData::Bool(bytes.chunks_exact(4).take(len).map(|word| word.iter().any(|&b| b != 0)).collect()),
        DType::I32 => take::<i32>(len, bytes),
        DType::U32 => take::<u32>(len, bytes),
        DType::F16 => take::<half::f16>(len, bytes),
        DType::F32 => take::<f32>(len, bytes),
        DType::F64 => take::<f64>(len, bytes),
    }
}

impl Gpu {
    /// A buffer with the elements of `data`. They travel with the next submission, ahead of its commands.
    pub(crate) fn upload(&self, what: &dyn Fn() -> String, data: &HostData) -> Result<GpuBuffer> {
        let buffer = self.buffer(Kind::Storage, what, buffer_bytes(data.dtype(), data.len()))?;
        if buffer.may_be_pending() {
            self.flush()?;
        }
        let bytes = encode(data);
        // Writes are in whole words; an odd number of f16 ends in half a word.
        let (whole, rest) = bytes.split_at(bytes.len() / 4 * 4);
        if !whole.is_empty() {
            self.queue.write_buffer(buffer.raw(), 0, whole);
        }
        if let &[a, b] = rest {
            self.queue.write_buffer(buffer.raw(), whole.len() as u64, &[a, b, 0, 0]);
        }
        self.check()?;
        Ok(buffer)
    }

    /// The elements of a buffer.
    pub(crate) async fn download(&self, spec: &Spec, buffer: &GpuBuffer) -> Result<HostTensor> {
        let len = spec.shape.numel();
        let bytes = buffer_bytes(spec.dtype, len);
        let staging = self.buffer(Kind::Readback, &|| format!("the way back of {spec}"), bytes)?;
        let mut encoder = self.device.create_command_encoder(&CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(buffer.raw(), 0, staging.raw(), 0, bytes);
        let index = self.submit(encoder.finish())?;
        self.mapped(&staging, bytes, index).await?;
        self.begin_anew();
        self.collect_times()?;

        let failed = |why: String| Error::Device { device: self.info.name.clone(), why };
        let data = match staging.raw().slice(..bytes).get_mapped_range() {
            Ok(view) => decode(spec.dtype, len, &view),
            Err(error) => return Err(failed(format!("reading {spec} back: {error}"))),
        };
        staging.raw().unmap();
        HostTensor::new(&spec.shape, data).ok_or_else(|| failed(format!("a buffer of {bytes} bytes does not hold {spec}")))
    }

    /// Waits until a buffer is mapped. Natively nothing happens unless somebody polls the device, so this does; in a browser the callback wakes.
    async fn mapped(&self, staging: &GpuBuffer, bytes: u64, index: SubmissionIndex) -> Result<()> {
        #[derive(Default)]
        struct Mapping {
            result: Option<Result<(), String>>,
            waker: Option<Waker>,
        }
        let mapping = Arc::new(Mutex::new(Mapping::default()));
        let kept = mapping.clone();
        staging.raw().slice(..bytes).map_async(MapMode::Read, move |result| {
            let mut mapping = lock(&kept);
            mapping.result = Some(result.map_err(|error| error.to_string()));
            if let Some(waker) = mapping.waker.take() {
                waker.wake();
            }
        });
        let failed = |why: String| Error::Device { device: self.info.name.clone(), why: format!("reading back: {why}") };
        let mut index = Some(index);
        poll_fn(move |context| {
            lock(&mapping).waker = Some(context.waker().clone());
            if let Some(index) = index.take()
                && let Err(error) = self.wait(index)
            {
                return Poll::Ready(Err(error));
            }
            match lock(&mapping).result.take() {
                Some(result) => Poll::Ready(result.map_err(failed)),
                None => Poll::Pending,
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_survive_the_way_there_and_back() {
        let all = [
            HostData::Bool(vec![true, false, true]),
            HostData::I32(vec![i32::MIN, -1, 0, 7]),
            HostData::F16(vec![half::f16::from_f32(1.5), half::f16::NEG_INFINITY, half::f16::ZERO]),
            HostData::F32(vec![0.5, f32::INFINITY]),
            HostData::U32(vec![]),
        ];
        for data in all {
            assert_eq!(decode(data.dtype(), data.len(), &encode(&data)), data);
        }
    }
}
