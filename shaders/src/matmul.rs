//! Matrix products: `out[i, m, n] = epilogue(sum over k of a[i, m, k] * b[i, k, n])`.

use crate::{
    Access, Adapter, Element, Error, Kernel, Shader, Strided, gemm::Gemm, kernel::positions, unrolled, unrolled::DenseTile, view::by_four,
};

/// A batch of products of matrices.
///
/// ```
/// # use wgrad_shaders::{Adapter, Element, MatMul, Strided};
/// let product = MatMul {
///     batch: 1, m: 32, k: 784, n: 100, element: Element::F32, b_sum: false,
///     a: Strided { offset: 0, strides: vec![0, 784, 1] },
///     b: Strided { offset: 0, strides: vec![0, 100, 1] },
/// };
/// let kernel = product.kernel(product.choose(&Adapter::default()))?;
/// assert_eq!(kernel.passes[0].shader.bindings().len(), 3);
/// # Ok::<(), wgrad_shaders::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MatMul {
    /// Number of products.
    pub batch: u32,
    /// Rows of the result.
    pub m: u32,
    /// Length of the sums.
    pub k: u32,
    /// Columns of the result.
    pub n: u32,
    /// Strides of `[batch, m, k]`.
    pub a: Strided,
    /// Strides of `[batch, k, n]`.
    pub b: Strided,
    /// Type of the elements of `a` and `b` (and of the default epilogue's `out`).
    pub element: Element,
    /// Also call `store_b_sum(column, acc)` with the sum over k of `b[0, k, column]`; `batch` is 1.
    pub b_sum: bool,
}

/// How a product (of matrices, or of the matrices that a convolution implies) is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MatMulVariant {
    /// How the result is tiled.
    pub tile: Tile,
    /// Into how many parts the sums are split, which a second pass adds up in order. 1 for none.
    pub splits: u32,
}

/// How a result is tiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Tile {
    /// Each invocation has `m x n` sums in registers; no workgroup memory. `workgroup` invocations are a workgroup.
    Register { m: u32, n: u32, workgroup: u32 },
    /// Each subgroup has `m x (lanes * n)` sums in registers.
    Subgroup { lanes: u32, m: u32, n: u32 },
    /// Each workgroup has 64 x 64 sums and reads the operands through workgroup memory.
    Workgroup,
    /// Each workgroup has 16 x 16 sums, of which each of its 16 slices adds some of the terms.
    Slices,
    /// Each subgroup of `lanes` has 2 x 2 cooperative matrices of `size x size` sums; products of f16 only.
    Cooperative { size: u32, lanes: u32 },
}

impl Tile {
    /// Rows and columns.
    pub(crate) fn size(self) -> (u32, u32) {
        let (m, n) = match self {
            Tile::Register { m, n, .. } => (m, n),
            Tile::Subgroup { lanes, m, n } => (m, lanes.saturating_mul(n)),
            Tile::Workgroup => (64, 64),
            Tile::Slices => (16, 16),
            Tile::Cooperative { size, .. } => (2 * size, 2 * size),
        };
        (m.max(1), n.max(1))
    }
}

impl MatMul {
    /// Every variant that computes this product on this adapter.
    pub fn variants(&self, adapter: &Adapter) -> Vec<MatMulVariant> {
        let mut all = self.gemm().variants(adapter, !self.b_sum);
        all.extend(self.cooperative(adapter));
        all
    }

    /// A good variant without measuring.
    pub fn choose(&self, adapter: &Adapter) -> MatMulVariant {
        self.cooperative(adapter).unwrap_or_else(|| self.gemm().choose(adapter, !self.b_sum))
    }

    /// The kernel. Its bindings are `a`, `b`, `out`, and `b_sum` (f32, of length n) where asked for; its functions `epilogue(position: u32, acc: f32)`
    /// and `store_b_sum(column: u32, acc: f32)` are there to be replaced. With several splits, the last pass has `out` and the epilogue only, and
    /// `b_sum` is not available. No length of the result may be 0.
    ///
    /// # Errors
    /// Operands that 31-bit positions cannot address.
    pub fn kernel(&self, variant: MatMulVariant) -> Result<Kernel, Error> {
        if let Tile::Cooperative { size, lanes } = variant.tile {
            return self.cooperative_kernel(size, lanes);
        }
        self.gemm().kernel(variant, self.element, |shader| self.specialise(shader), |tile, shader| Some(self.unroll(tile, shader)))
    }

    fn unroll(&self, tile: unrolled::Tile, shader: &Shader) -> String {
        DenseTile { tile, steps: (shader.number("A_STEP"), shader.number("B_STEP")), b_sum: self.b_sum }.main()
    }

    pub(crate) fn gemm(&self) -> Gemm {
        Gemm { batch: self.batch, m: self.m, k: self.k, n: self.n, in_loops: false }
    }

    fn specialise(&self, shader: Shader) -> Result<Shader, Error> {
        for (what, rows, columns) in
            [("the number of results", self.m, self.n), ("the size of a", self.m, self.k), ("the size of b", self.k, self.n)]
        {
            positions(&shader, what, [self.batch, rows, columns].map(|n| n as usize))?;
        }
        let shader = shader.strided("A", &["B", "M", "K"], &self.a).strided("B", &["B", "K", "N"], &self.b);
        let shader = if by_four(&self.a, 2, self.k as usize) {
            shader.include(&Shader::new("matmul_a_along_k.wgsl"))
        } else if by_four(&self.a, 1, self.m as usize) {
            shader.set("A_STEP", 4).include(&Shader::new("matmul_a_along_m.wgsl"))
        } else {
            shader
        };
        let shader = if by_four(&self.b, 2, self.n as usize) {
            shader.include(&Shader::new("matmul_b_along_n.wgsl"))
        } else if by_four(&self.b, 1, self.k as usize) {
            shader.set("B_STEP", 1).include(&Shader::new("matmul_b_along_k.wgsl"))
        } else {
            shader
        };
        Ok(if self.b_sum { with_b_sum(shader) } else { shader })
    }
}

fn with_b_sum(shader: Shader) -> Shader {
    shader
        .set("B_SUM", true)
        .bind("b_sum", Access::ReadWrite, "array<f32>", "[N]")
        .replace_function("store_b_sum", "fn store_b_sum(column: u32, acc: f32) {\n    b_sum[column] = acc;\n}")
}
