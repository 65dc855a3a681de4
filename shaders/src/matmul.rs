//! Matrix products: `out[i, m, n] = epilogue(sum over k of a[i, m, k] * b[i, k, n])`.

use crate::{Access, Adapter, Error, Shader, Strided, workgroups};

/// A batch of products of matrices.
///
/// ```
/// # use wgrad_shaders::{Adapter, MatMul, Strided};
/// let product = MatMul {
///     batch: 1, m: 32, k: 784, n: 100, half: false, b_sum: false,
///     a: Strided { offset: 0, strides: vec![0, 784, 1] },
///     b: Strided { offset: 0, strides: vec![0, 100, 1] },
/// };
/// let variant = product.choose(&Adapter::default());
/// let (shader, grid) = (product.shader(variant), product.workgroups(variant)?);
/// assert_eq!(shader.bindings().len(), 3);
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
    /// Elements of `a` and `b` (and of the default epilogue's `out`) are f16.
    pub half: bool,
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

/// Invocations of a workgroup of the register variants.
const REGISTER_WORKGROUP: u32 = 64;

impl MatMul {
    /// Every variant that computes this product on this adapter.
    pub fn variants(&self, _adapter: &Adapter) -> Vec<MatMulVariant> {
        [(4, 4), (4, 8), (8, 8)].map(|(m, n)| MatMulVariant::Register { m, n }).to_vec()
    }

    /// A good variant without measuring.
    pub fn choose(&self, _adapter: &Adapter) -> MatMulVariant {
        MatMulVariant::Register { m: 8, n: 8 }
    }

    /// The kernel. Its bindings are `a`, `b`, `out`, and `b_sum` (f32, of length n) where asked for; its functions `epilogue(position, acc)`
    /// and `store_b_sum(column, acc)` are there to be replaced.
    pub fn shader(&self, variant: MatMulVariant) -> Shader {
        let MatMulVariant::Register { m, n } = variant;
        let shader = Shader::new("matmul_register.wgsl")
            .set("TILE_M", m)
            .set("TILE_N", n)
            .set("WORKGROUP", REGISTER_WORKGROUP)
            .set("BATCH", self.batch)
            .set("M", self.m)
            .set("K", self.k)
            .set("N", self.n)
            .strided("A", &["B", "M", "K"], &self.a)
            .strided("B", &["B", "K", "N"], &self.b);
        let shader = if self.half { shader.half() } else { shader };
        if !self.b_sum {
            return shader;
        }
        shader
            .set("B_SUM", true)
            .bind("b_sum", Access::ReadWrite, "array<f32>", "[N]")
            .replace_function("store_b_sum", "fn store_b_sum(column: u32, acc: f32) {\n    b_sum[column] = acc;\n}")
    }

    /// The grid to start.
    ///
    /// # Errors
    /// The product is too large for 32-bit positions or for the grid.
    pub fn workgroups(&self, variant: MatMulVariant) -> Result<[u32; 3], Error> {
        let MatMulVariant::Register { m, n } = variant;
        let tiles = u128::from(self.batch) * u128::from(self.m.div_ceil(m)) * u128::from(self.n.div_ceil(n));
        let elements = u128::from(self.batch) * u128::from(self.m) * u128::from(self.n);
        let limit = u128::from(i32::MAX as u32);
        let file = "matmul_register.wgsl";
        if elements > limit {
            return Err(Error::TooLarge { file, what: "the number of results", value: elements, limit });
        }
        let groups = tiles.div_ceil(u128::from(REGISTER_WORKGROUP));
        u64::try_from(groups).ok().and_then(workgroups).ok_or(Error::TooLarge {
            file,
            what: "the number of workgroups",
            value: groups,
            limit,
        })
    }
}
