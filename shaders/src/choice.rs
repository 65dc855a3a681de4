//! What a tuner may choose from: variants that give the same bits, and the problems that share a choice.
//!
//! Results must not depend on what was measured. So variants are interchangeable only where they add the same terms in the same order into one
//! accumulator for each result, each by one fused multiplication and addition. Hence the number of splits is a rule ([`MatMul::choose`]) and never
//! measured; a convolution's variants without a product stand alone; and tiles agree on the zeros that they add at the
//! ends of the sums (an underflowing sum can be -0, and adding 0 makes it 0). `tests/variants.rs` compares the bits.

use crate::{Adapter, Conv, ConvVariant, MatMul, MatMulVariant, Strided, Tile, files, gemm::Gemm, view::by_four};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    mem::discriminant,
};

impl MatMul {
    /// The variants that give the same bits as [`MatMul::choose`], which is the first. Where compiling is what costs, there is no other.
    pub fn interchangeable(&self, adapter: &Adapter) -> Vec<MatMulVariant> {
        self.cooperative(adapter).map_or_else(|| self.gemm().interchangeable(adapter, !self.b_sum), |only| vec![only])
    }

    /// The name of the problems that share a choice: lengths are rounded up, by at most a quarter.
    pub fn bucket(&self) -> String {
        let a = along(&self.a, [(2, self.k, "k"), (1, self.m, "m")]);
        let b = along(&self.b, [(2, self.n, "n"), (1, self.k, "k")]);
        let sum = if self.b_sum { ", column sums" } else { "" };
        format!("matmul {} {}, a by {a}, b by {b}{sum}", self.element.wgsl(), self.gemm().bucket())
    }
}

impl Conv<'_> {
    /// The variants that give the same bits as [`Conv::choose`], which is the first. Where compiling is what costs, there is no other.
    pub fn interchangeable(&self, adapter: &Adapter) -> Vec<ConvVariant> {
        match (self.choose(adapter), self.gemm()) {
            (ConvVariant::Product(first), Some(gemm)) => {
                // Padding is zeros, too.
                let alike = |other: &MatMulVariant| self.leaves_out_padding(other.tile) == self.leaves_out_padding(first.tile);
                gemm.interchangeable(adapter, true).into_iter().filter(alike).map(ConvVariant::Product).collect()
            }
            (chosen, _) => vec![chosen],
        }
    }

    /// The name of the problems that share a choice: lengths of the product that it is are rounded up, by at most a quarter.
    pub fn bucket(&self) -> String {
        let product = self.gemm().map_or_else(String::new, |gemm| gemm.bucket());
        let axes = self.strides.len();
        let [channels, filters] = [axes, axes + 1].map(|axis| self.rhs_shape.get(axis).map_or(0, |&n| n as u32));
        let batch = self.lhs_shape.first().map_or(0, |&n| n as u32);
        let lhs = along(self.lhs, [(axes + 1, channels, "channel"), (0, batch, "batch")]);
        let rhs = along(self.rhs, [(axes + 1, filters, "filter"), (axes, channels, "channel")]);
        let kernel = self.rhs_shape.get(..axes).unwrap_or_default();
        format!(
            "conv {} {product}, kernel {kernel:?} by {:?}, dilated {:?} {:?}, lhs by {lhs}, rhs by {rhs}",
            self.element.wgsl(),
            self.strides,
            self.lhs_dilation,
            self.rhs_dilation,
        )
    }
}

impl Gemm {
    pub(crate) fn interchangeable(&self, adapter: &Adapter, may_split: bool) -> Vec<MatMulVariant> {
        let first = self.choose(adapter, may_split);
        let mut all = vec![first];
        if !self.is_small() {
            for MatMulVariant { tile, .. } in self.variants(adapter, may_split) {
                let other = MatMulVariant { tile, ..first };
                let adds_alike = self.terms(other).is_some_and(|terms| self.terms(first) == Some(terms));
                if adds_alike && !all.contains(&other) {
                    all.push(other);
                }
            }
            // What is most like the first is the most promising.
            all.sort_by_key(|other| discriminant(&other.tile) != discriminant(&first.tile));
        }
        all
    }

    /// The numbers of terms that are added for one result in every part of the sums but the last, and in the last; `None` for a tile that adds like no other.
    fn terms(&self, MatMulVariant { tile, splits }: MatMulVariant) -> Option<[u32; 2]> {
        let splits = splits.max(1);
        let step = match tile {
            // Cut between the coordinates of an axis.
            Tile::Register { .. } if self.in_loops && splits > 1 => return None,
            Tile::Slices => return None,
            Tile::Register { .. } if self.in_loops => 1,
            Tile::Register { .. } | Tile::Subgroup { .. } => 4,
            Tile::Workgroup => 16,
            Tile::Cooperative { size, .. } => size.max(1),
        };
        let part = if step == 1 { self.k } else { self.k.div_ceil(splits.saturating_mul(4)).saturating_mul(4) };
        let last = self.k.saturating_sub(part.saturating_mul(splits - 1));
        Some([part, last].map(|terms| terms.div_ceil(step).saturating_mul(step)))
    }

    fn bucket(&self) -> String {
        let [batch, m, k, n] = [self.batch, self.m, self.k, self.n].map(rounded);
        format!("{batch} x {m} x {k} x {n}")
    }
}

/// Three significant bits, rounded up.
fn rounded(n: u32) -> u32 {
    let step = (n.max(1).ilog2().saturating_sub(2)).min(29);
    n.div_ceil(1 << step).saturating_mul(1 << step)
}

/// The name of the first of the axes (and lengths) along which an operand is read by vectors.
fn along<const N: usize>(operand: &Strided, axes: [(usize, u32, &'static str); N]) -> &'static str {
    axes.into_iter().find(|&(axis, length, _)| by_four(operand, axis, length as usize)).map_or("element", |(_, _, name)| name)
}

/// What writes the bodies of kernels.
const GENERATORS: [&str; 5] = [
    include_str!("unrolled/mod.rs"),
    include_str!("unrolled/block.rs"),
    include_str!("unrolled/dense.rs"),
    include_str!("unrolled/conv.rs"),
    include_str!("unrolled/window.rs"),
];

/// A number that changes when any kernel does. It may differ between versions of Rust.
pub fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), files::FILES, GENERATORS).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_narrow() {
        assert_eq!([0, 1, 7, 8, 9, 10, 11, 100, 127, 784, 1025].map(rounded), [0, 1, 7, 8, 10, 10, 12, 112, 128, 896, 1280]);
        assert_eq!(rounded(u32::MAX), u32::MAX);
    }

    /// Tiles that take 16 terms at once add 12 zeros more to 1,044 than those that take 4.
    #[test]
    fn interchangeable_variants_split_alike_and_add_as_many_zeros() {
        let adapter = Adapter { software: true, ..Adapter::default() };
        for (k, workgroup) in [(1044, false), (1040, true)] {
            let gemm = Gemm { batch: 1, m: 100, k, n: 90, in_loops: false };
            for may_split in [false, true] {
                let all = gemm.interchangeable(&adapter, may_split);
                assert_eq!(all[0], gemm.choose(&adapter, may_split));
                assert!(all.len() > 2 && all.iter().all(|variant| variant.splits == all[0].splits), "{all:?}");
            }
            let all = gemm.interchangeable(&adapter, false);
            assert_eq!(all.iter().any(|variant| variant.tile == Tile::Workgroup), workgroup, "{all:?}");
        }
        let gpu = Adapter::default();
        let sliced = Gemm { batch: 1, m: 100, k: 1000, n: 90, in_loops: false };
        assert_eq!(sliced.choose(&gpu, true), MatMulVariant { tile: Tile::Slices, splits: 1 });
        assert_eq!(sliced.interchangeable(&gpu, true), [sliced.choose(&gpu, true)]);
        let small = Gemm { batch: 1, m: 4, k: 4, n: 4, in_loops: false };
        assert_eq!(small.interchangeable(&adapter, true), [small.choose(&adapter, true)]);
    }
}
