//! Matrix products: `out[i, m, n] = epilogue(sum over k of a[i, m, k] * b[i, k, n])`.

use crate::{Access, Adapter, Element, Error, Kernel, Shader, Strided, WORKGROUP, kernel::positions};

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

/// How a product is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatMulVariant {
    /// One invocation, `m x n` sums in registers.
    #[allow(missing_docs)]
    Register { m: u32, n: u32 },
}

impl MatMul {
    /// Every variant that computes this product on this adapter.
    pub fn variants(&self, _adapter: &Adapter) -> Vec<MatMulVariant> {
        [(4, 4), (4, 8), (8, 8)].map(|(m, n)| MatMulVariant::Register { m, n }).to_vec()
    }

    /// A good variant without measuring.
    pub fn choose(&self, _adapter: &Adapter) -> MatMulVariant {
        MatMulVariant::Register { m: 8, n: 8 }
    }

    /// The kernel. Its bindings are `a`, `b`, `out`, and `b_sum` (f32, of length n) where asked for; its functions `epilogue(position: u32, acc: f32)`
    /// and `store_b_sum(column: u32, acc: f32)` are there to be replaced. No length of the result may be 0.
    ///
    /// # Errors
    /// Operands that 31-bit positions cannot address.
    pub fn kernel(&self, variant: MatMulVariant) -> Result<Kernel, Error> {
        let MatMulVariant::Register { m, n } = variant;
        let shader = Shader::new("matmul_register.wgsl")
            .set("TILE_M", m)
            .set("TILE_N", n)
            .set("WORKGROUP", WORKGROUP)
            .set("BATCH", self.batch)
            .set("M", self.m)
            .set("K", self.k)
            .set("N", self.n)
            .strided("A", &["B", "M", "K"], &self.a)
            .strided("B", &["B", "K", "N"], &self.b)
            .element(self.element);
        for (what, rows, columns) in
            [("the number of results", self.m, self.n), ("the size of a", self.m, self.k), ("the size of b", self.k, self.n)]
        {
            positions(&shader, what, [self.batch, rows, columns].map(|n| n as usize))?;
        }
        let tiles = u128::from(self.batch) * u128::from(self.m.div_ceil(m)) * u128::from(self.n.div_ceil(n));
        Kernel::single(self.with_b_sum(shader), tiles, WORKGROUP)
    }

    fn with_b_sum(&self, shader: Shader) -> Shader {
        if !self.b_sum {
            return shader;
        }
        shader
            .set("B_SUM", true)
            .bind("b_sum", Access::ReadWrite, "array<f32>", "[N]")
            .replace_function("store_b_sum", "fn store_b_sum(column: u32, acc: f32) {\n    b_sum[column] = acc;\n}")
    }
}
