//! Products of f16 by cooperative matrices (tensor cores), where they are asked for and the adapter has them.
//!
//! A rule and nothing that is measured: in which order the hardware adds is its own, so the bits are not those of other kernels.

use crate::{Adapter, Element, Error, Kernel, MatMul, MatMulVariant, Shader, Strided, Tile};

impl MatMul {
    /// Cooperative matrices, where they compute this product on this adapter.
    pub(crate) fn cooperative(&self, adapter: &Adapter) -> Option<MatMulVariant> {
        let (size, lanes) = (adapter.cooperative?, adapter.subgroup?);
        let tiled = |n: u32, tile: u32| n > 0 && n.is_multiple_of(tile);
        let fits = tiled(self.m, 2 * size) && tiled(self.n, 2 * size) && tiled(self.k, size);
        let loads = is_loadable(&self.a) && is_loadable(&self.b);
        (self.element == Element::F16 && !self.b_sum && fits && loads)
            .then_some(MatMulVariant { tile: Tile::Cooperative { size, lanes }, splits: 1 })
    }

    pub(crate) fn cooperative_kernel(&self, size: u32, lanes: u32) -> Result<Kernel, Error> {
        let matrix = |element: &str, role: &str| format!("coop_mat{size}x{size}<{element}, {role}>");
        let shader = Shader::new("matmul_cooperative.wgsl")
            .set_alias("Left", &matrix("f16", "A"))
            .set_alias("Right", &matrix("f16", "B"))
            .set_alias("Sums", &matrix("f32", "C"))
            .set("SIZE", size)
            .set("LANES", lanes)
            .set("BATCH", self.batch)
            .set("M", self.m)
            .set("K", self.k)
            .set("N", self.n)
            .strided("A", &["B", "M", "K"], &self.a)
            .strided("B", &["B", "K", "N"], &self.b)
            .set("A_ROWS", self.a.strides.get(2) == Some(&1))
            .set("B_ROWS", self.b.strides.get(2) == Some(&1));
        let tiles = [self.batch, self.m / (2 * size).max(1), self.n / (2 * size).max(1)];
        Kernel::single(shader, tiles.iter().map(|&n| u128::from(n)).product(), 1)
    }
}

/// Whether tiles can be loaded from where they lie: one axis of the matrices is contiguous, and all else begins at multiples of 16 bytes.
fn is_loadable(operand: &Strided) -> bool {
    let apart = |stride: i32| stride >= 8 && stride % 8 == 0;
    match operand.strides[..] {
        [batch, row, column] => operand.offset % 8 == 0 && batch % 8 == 0 && (column == 1 && apart(row) || row == 1 && apart(column)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_products_that_fit_take_them() {
        let adapter = Adapter { software: false, subgroup: Some(32), cooperative: Some(16) };
        let strided = |strides: [i32; 3]| Strided { offset: 0, strides: strides.to_vec() };
        let fits =
            MatMul { batch: 1, m: 64, k: 48, n: 32, a: strided([0, 48, 1]), b: strided([0, 1, 48]), element: Element::F16, b_sum: false };
        let variant = MatMulVariant { tile: Tile::Cooperative { size: 16, lanes: 32 }, splits: 1 };
        assert_eq!(fits.choose(&adapter), variant);
        assert_eq!(fits.interchangeable(&adapter), [variant]);
        assert!(fits.variants(&adapter).contains(&variant));
        let others = [
            MatMul { element: Element::F32, ..fits.clone() },
            MatMul { b_sum: true, ..fits.clone() },
            MatMul { m: 48, ..fits.clone() },
            MatMul { n: 40, ..fits.clone() },
            MatMul { k: 40, ..fits.clone() },
            MatMul { k: 0, ..fits.clone() },
            MatMul { a: strided([0, 50, 1]), ..fits.clone() },
            MatMul { b: strided([0, 96, 2]), ..fits.clone() },
            MatMul { a: Strided { offset: 4, ..fits.a.clone() }, ..fits.clone() },
        ];
        for other in &others {
            assert_eq!(other.cooperative(&adapter), None, "{other:?}");
        }
        assert_eq!(fits.cooperative(&Adapter { cooperative: None, ..adapter }), None);
        assert_eq!(fits.cooperative(&Adapter { subgroup: None, ..adapter }), None);
    }
}
