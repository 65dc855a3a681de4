//! Images and their labels, as MNIST, its relatives and CIFAR-10 have them.

use crate::{Error, Result, idx};
use wgrad_tensor::{Element, HostData, HostTensor, Shape, Tensor, each_dtype};

/// Images and their labels.
#[derive(Clone, Debug)]
pub struct Split {
    /// `f32[N, height, width]` or `f32[N, height, width, channels]`, 0 to 1.
    pub images: Tensor,
    /// `i32[N]`, positions in the set's `CLASSES`.
    pub labels: Tensor,
}

impl Split {
    /// Bytes `0..=255` as pixels. `file` is what errors name.
    pub(crate) fn new(shape: Shape, pixels: &[u8], labels: &[u8], file: &str) -> Result<Split> {
        let pixels = HostData::F32(pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect());
        let classes = HostData::I32(labels.iter().map(|&byte| i32::from(byte)).collect());
        let n = labels.len();
        let count = pixels.len();
        let images = HostTensor::new(shape.clone(), pixels).filter(|_| shape.first() == Some(&n));
        let (Some(images), Some(labels)) = (images, HostTensor::new([n], classes)) else {
            return Err(Error::Format {
                file: file.into(),
                rule: format!("{count} pixels, images {shape} and {n} labels do not belong together"),
            });
        };
        Ok(Split { images: Tensor::from_value(images.into()), labels: Tensor::from_value(labels.into()) })
    }

    /// Of two IDX files.
    pub(crate) fn from_idx(images: &[u8], labels: &[u8], file: &str) -> Result<Split> {
        let format = |rule| Error::Format { file: file.into(), rule };
        let (shape, pixels) = idx::parse(images).map_err(format)?;
        let (_, labels) = idx::parse(labels).map_err(format)?;
        Split::new(shape, pixels, labels, file)
    }

    /// The first `n` images; all where there are no more.
    pub fn take(&self, n: usize) -> Split {
        let n = n.min(self.len());
        Split { images: first_rows(&self.images, n), labels: first_rows(&self.labels, n) }
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.shape().numel()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The first `n` elements along the first axis; without a device where the elements are on the host.
fn first_rows(tensor: &Tensor, n: usize) -> Tensor {
    let on_host = || {
        let data = tensor.value()?.host()?;
        let shape: Shape = std::iter::once(n).chain(tensor.shape().iter().skip(1).copied()).collect();
        let first = each_dtype!(data, values => Element::into_data(values.get(..shape.numel())?.to_vec()));
        Some(Tensor::from_value(HostTensor::new(shape, first)?.into()))
    };
    on_host().unwrap_or_else(|| tensor.narrow(0, 0, n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_belong_together_is_told() {
        let error = Split::new([2, 2, 2].into(), &[0; 8], &[1], "x").unwrap_err().to_string();
        assert_eq!(error, "x: 8 pixels, images [2, 2, 2] and 1 labels do not belong together");
    }
}
