//! Convolutions without products: for groups of few filters, as in depthwise convolutions and their gradients.

use crate::{
    Adapter, Conv, ConvVariant, Error, Kernel, Shader, WORKGROUP,
    kernel::{positions, split},
    unrolled::{BlockAxis, ConvBlock},
    view::by_four,
};

/// Filters of a group that are better computed without a product.
const FEW: u32 = 8;

/// The most neighbours, and the most terms, that are written out.
const MOST: i64 = 8;

impl Conv<'_> {
    /// Whether groups have so few filters that tiles of a product would be nearly empty.
    pub(crate) fn few_filters(&self) -> bool {
        let grouped = self.feature_groups.max(self.batch_groups) > 1;
        self.gemm().is_none_or(|gemm| gemm.n <= if grouped { FEW } else { 2 })
    }

    /// The blocks that this convolution is computed in, in as many parts as keep the adapter busy, or in one; `None` where it cannot be.
    pub(crate) fn blocks(&self, adapter: Option<&Adapter>) -> Option<ConvVariant> {
        let block = self.block(1)?;
        let wanted = match adapter {
            None => 1,
            Some(adapter) if adapter.software => 1024,
            Some(_) => 1 << 14,
        };
        let terms = self.gemm()?.k;
        let (_, longest) = block.longest();
        let splits = if terms < 256 { 1 } else { (wanted / block.count().max(1)).clamp(1, longest.max(1)) };
        // As few as have parts of this length, so that none is empty.
        let part = (longest.max(1) as u64).div_ceil(splits as u64);
        Some(ConvVariant::Blocks { splits: (longest.max(1) as u64).div_ceil(part) as u32 })
    }

    /// The kernel of [`ConvVariant::Blocks`], if there is one.
    pub(crate) fn blocks_kernel(&self, shader: Shader, splits: u32) -> Option<Result<Kernel, Error>> {
        let block = self.block(splits)?;
        let four = |shader: Shader, name, four| if four { shader.by_four(name) } else { shader };
        let shader = four(four(shader, "lhs", block.own), "rhs", block.four).replace_function("main", &block.main());
        let elements = positions(&shader, "the number of results", self.out_shape.iter().copied());
        let count = block.count() as u128 * u128::from(splits.max(1));
        Some(elements.and_then(|elements| split(shader, self.element, splits, elements, (count, WORKGROUP))))
    }

    fn block(&self, splits: u32) -> Option<ConvBlock> {
        let axes = self.strides.len();
        self.check(&Shader::new("conv_direct.wgsl")).ok()?;
        let axis = |a: usize| BlockAxis {
            lhs: self.lhs_shape[a + 1] as i64,
            kernel: self.rhs_shape[a] as i64,
            out: self.out_shape[a + 1] as i64,
            stride: self.strides[a] as i64,
            low: self.low[a] as i64,
            lhs_dilation: self.lhs_dilation[a] as i64,
            rhs_dilation: self.rhs_dilation[a] as i64,
            lhs_step: self.lhs.strides[a + 1].into(),
            rhs_step: self.rhs.strides[a].into(),
            bounded: self.lhs_dilation[a] > 1 || self.reaches_beyond(a),
        };
        let (filters, channels, batch) = (self.out_shape[axes + 1], self.rhs_shape[axes], self.out_shape[0]);
        let (feature_groups, batch_groups) = (self.feature_groups.max(1), self.batch_groups.max(1));
        let x = axis(axes - 1);
        if [self.lhs_shape, self.rhs_shape, self.out_shape].into_iter().any(|shape| shape.contains(&0)) {
            return None;
        }
        let (per_feature_group, per_batch_group) = (filters / feature_groups, filters / batch_groups);
        let rhs_by_four = by_four(self.rhs, axes + 1, filters);
        let own_channel = per_feature_group == 1 && channels == 1 && by_four(self.lhs, axes + 1, filters);
        let own_batch = per_batch_group == 1 && batch == 1 && by_four(self.lhs, 0, filters);
        let own = rhs_by_four && (own_channel || own_batch);
        let shared = rhs_by_four && per_feature_group.is_multiple_of(4) && per_batch_group.is_multiple_of(4);
        let positions = neighbours(x.out);
        // Terms between the elements of a dilated input are left out: the same for all blocks only where these begin at an element.
        let taps = if x.lhs_dilation > 1 { x.kernel } else { divisor(x.kernel) };
        if positions % x.lhs_dilation != 0 || positions * taps > MOST * MOST {
            return None;
        }
        Some(ConvBlock {
            axes: (0..axes).map(axis).collect(),
            batch: batch as i64,
            channels: channels as i64,
            filters: filters as i64,
            per_feature_group: per_feature_group.max(1) as i64,
            per_batch_group: per_batch_group.max(1) as i64,
            lhs_steps: (self.lhs.strides[0].into(), self.lhs.strides[axes + 1].into()),
            rhs_steps: (self.rhs.strides[axes].into(), self.rhs.strides[axes + 1].into()),
            offsets: (self.lhs.offset.into(), self.rhs.offset.into()),
            positions,
            taps,
            four: own || shared,
            own,
            splits: splits.max(1).into(),
        })
    }
}

/// How many neighbours an invocation has: four, or what divides the axis, or four with some to spare.
fn neighbours(length: i64) -> i64 {
    match length {
        ..=MOST => {
            if length % 4 == 0 {
                4
            } else {
                length.max(1)
            }
        }
        _ if length % 4 == 0 => 4,
        _ => Some(divisor(length)).filter(|&n| n > 1).unwrap_or(4),
    }
}

/// The largest divisor that is not too large to write out.
fn divisor(length: i64) -> i64 {
    (1..=MOST).rev().find(|n| length % n == 0).unwrap_or(1)
}
