//! The general dilated convolution.

use super::{
    index::filled,
    number::{Float, each_float, view},
};
use wgrad_tensor::{Conv, HostData, Result, Shape};

/// `lhs [N, s..., C]`, `rhs [k..., I, O]` -> `out [N', s'..., O]`; see [`Conv`].
pub(super) fn conv(conv: &Conv, lhs: &HostData, rhs: &HostData, lhs_shape: &Shape, rhs_shape: &Shape, out: &Shape) -> Result<HostData> {
    fn sums<T: Float>(geometry: &Geometry<'_>, lhs: &[T], rhs: &[T]) -> Result<HostData> {
        let channels = geometry.rhs[geometry.axes];
        let filters = geometry.rhs[geometry.axes + 1];
        let len = geometry.out.numel();
        let mut out = filled(len, T::default())?;
        for position in 0..len / filters {
            let taps = if channels == 0 { Vec::new() } else { geometry.taps(position) };
            for filter in 0..filters {
                let (batch, first) = geometry.source(position, filter);
                let mut sum = 0.0;
                for &(pixel, tap) in &taps {
                    let input = &lhs[(batch * geometry.pixels + pixel) * geometry.channels + first..][..channels];
                    for (channel, v) in input.iter().enumerate() {
                        sum += v.widen() * rhs[(tap * channels + channel) * filters + filter].widen();
                    }
                }
                out[position * filters + filter] = T::narrow(sum);
            }
        }
        Ok(T::into_data(out))
    }
    let geometry = Geometry::new(conv, lhs_shape, rhs_shape, out);
    each_float!("conv", lhs, lhs => sums(&geometry, lhs, view(rhs)?))
}

/// Where the elements of a convolution meet.
struct Geometry<'a> {
    conv: &'a Conv,
    lhs: &'a Shape,
    rhs: &'a Shape,
    out: &'a Shape,
    /// The number of spatial axes.
    axes: usize,
    /// Spatial positions of one element of the batch.
    pixels: usize,
    /// Channels of the lhs.
    channels: usize,
}

impl<'a> Geometry<'a> {
    fn new(conv: &'a Conv, lhs: &'a Shape, rhs: &'a Shape, out: &'a Shape) -> Geometry<'a> {
        let axes = conv.strides.len();
        let pixels = Shape::from(&lhs[1..=axes]).numel();
        Geometry { conv, lhs, rhs, out, axes, pixels, channels: lhs[axes + 1] }
    }

    /// The spatial positions of the lhs and of the kernel that meet at a position (batch and spatial) of the result.
    fn taps(&self, position: usize) -> Vec<(usize, usize)> {
        let mut taps = vec![(0, 0)];
        let places = self.place(position);
        for (axis, place) in places.into_iter().enumerate() {
            let (size, kernel) = (self.lhs[axis + 1], self.rhs[axis]);
            let along: Vec<_> = (0..kernel).filter_map(|k| Some((self.meet(axis, place, k)?, k))).collect();
            taps = taps.iter().flat_map(|&(pixel, tap)| along.iter().map(move |&(p, k)| (pixel * size + p, tap * kernel + k))).collect();
        }
        taps
    }

    /// The spatial indices of a position of the result.
    fn place(&self, position: usize) -> Vec<usize> {
        let mut rest = position;
        let mut places = vec![0; self.axes];
        for axis in (0..self.axes).rev() {
            places[axis] = rest % self.out[axis + 1];
            rest /= self.out[axis + 1];
        }
        places
    }

    /// The element of the lhs under tap `k` of the kernel at `place`, along one axis; `None` where there is padding or a gap of the dilation.
    fn meet(&self, axis: usize, place: usize, k: usize) -> Option<usize> {
        let at = place as i128 * self.conv.strides[axis] as i128 + k as i128 * self.conv.rhs_dilation[axis] as i128;
        let at = at - self.conv.padding[axis].0 as i128;
        let dilation = self.conv.lhs_dilation[axis] as i128;
        let inside = at >= 0 && at % dilation == 0 && at / dilation < self.lhs[axis + 1] as i128;
        inside.then_some((at / dilation) as usize)
    }

    /// The element of the lhs' batch and the first of its channels that an output channel sees.
    fn source(&self, position: usize, filter: usize) -> (usize, usize) {
        let (out_batch, filters) = (self.out[0], self.rhs[self.axes + 1]);
        let batch = position / (self.out.numel() / filters / out_batch);
        let (feature_groups, batch_groups) = (self.conv.feature_groups, self.conv.batch_groups);
        let batch = filter / (filters / batch_groups) * out_batch + batch;
        let first = filter / (filters / feature_groups) * (self.channels / feature_groups);
        (batch, first)
    }
}
