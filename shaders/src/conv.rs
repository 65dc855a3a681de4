//! The general dilated convolution in up to three spatial axes.

use crate::{Adapter, Element, Error, Kernel, MatMulVariant, Shader, Strided, WORKGROUP, gemm::Gemm, kernel::positions, view::by_four};

/// A convolution: `lhs [N, s.., C]`, `rhs [k.., I, O]` -> `out [N', s'.., O]`. Bindings `lhs`, `rhs`, `out`; `epilogue(position: u32, acc: f32)`
/// over the row-major positions of `out_shape`.
///
/// ```
/// # use wgrad_shaders::{Adapter, Conv, Element, Strided};
/// let conv = Conv {
///     element: Element::F32,
///     lhs_shape: &[32, 28, 28, 1],
///     lhs: &Strided::contiguous(&[32, 28, 28, 1]),
///     rhs_shape: &[5, 5, 1, 32],
///     rhs: &Strided::contiguous(&[5, 5, 1, 32]),
///     out_shape: &[32, 28, 28, 32],
///     strides: &[1, 1],
///     low: &[2, 2],
///     lhs_dilation: &[1, 1],
///     rhs_dilation: &[1, 1],
///     feature_groups: 1,
///     batch_groups: 1,
/// };
/// let kernel = conv.kernel(conv.choose(&Adapter::default()))?;
/// # Ok::<(), wgrad_shaders::Error>(())
/// ```
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Conv<'a> {
    pub element: Element,
    pub lhs_shape: &'a [usize],
    pub lhs: &'a Strided,
    pub rhs_shape: &'a [usize],
    pub rhs: &'a Strided,
    pub out_shape: &'a [usize],
    pub strides: &'a [usize],
    /// Padding before; negative crops.
    pub low: &'a [isize],
    pub lhs_dilation: &'a [usize],
    pub rhs_dilation: &'a [usize],
    pub feature_groups: usize,
    pub batch_groups: usize,
}

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConvVariant {
    /// One invocation for each element of the result.
    Direct,
    /// As the product of the matrices that it implies: positions x (kernel positions and channels) x filters.
    Product(MatMulVariant),
}

impl Conv<'_> {
    /// Every variant that computes this convolution on this adapter.
    pub fn variants(&self, adapter: &Adapter) -> Vec<ConvVariant> {
        let products = self.gemm().map(|gemm| gemm.variants(adapter, true)).unwrap_or_default();
        [ConvVariant::Direct].into_iter().chain(products.into_iter().map(ConvVariant::Product)).collect()
    }

    /// A good variant without measuring: a product, unless a group has too few filters to share what is read. SwiftShader, the software driver
    /// with subgroups of 4, takes minutes to compile the fetches of a product, which small convolutions are not worth.
    pub fn choose(&self, adapter: &Adapter) -> ConvVariant {
        let slow_compiler = adapter.software && adapter.subgroup.is_none_or(|lanes| lanes <= 4);
        match self.gemm() {
            Some(gemm) if slow_compiler && gemm.is_small() => ConvVariant::Direct,
            Some(gemm) if gemm.n > 2 && gemm.k > 0 => ConvVariant::Product(gemm.choose(adapter, true)),
            Some(_) | None => ConvVariant::Direct,
        }
    }

    /// The kernel. No length of the result may be 0. With several splits, the last pass has `out` and the epilogue only.
    ///
    /// # Errors
    /// More than three spatial axes; operands that 31-bit positions cannot address.
    pub fn kernel(&self, variant: ConvVariant) -> Result<Kernel, Error> {
        match (variant, self.gemm()) {
            (ConvVariant::Product(variant), Some(gemm)) => gemm.kernel(variant, self.element, |shader| self.product(shader, &gemm)),
            (ConvVariant::Product(_), None) | (ConvVariant::Direct, _) => self.direct(),
        }
    }

    /// The lengths of the product, if the ranks are right and the lengths fit.
    pub(crate) fn gemm(&self) -> Option<Gemm> {
        let axes = self.strides.len();
        let groups = self.feature_groups.max(self.batch_groups).max(1);
        let length = |factors: &[usize]| factors.iter().try_fold(1u32, |product, &n| product.checked_mul(u32::try_from(n).ok()?));
        Some(Gemm {
            batch: length(&[groups])?,
            m: length(self.out_shape.get(..=axes)?)?,
            k: length(self.rhs_shape.get(..=axes)?)?,
            n: length(&[self.out_shape.get(axes + 1)? / groups])?,
        })
    }

    /// Makes a matmul kernel fetch its operands from those of the convolution, by vectors of four along whichever axis is contiguous.
    fn product(&self, shader: Shader, gemm: &Gemm) -> Result<Shader, Error> {
        let axes = self.strides.len();
        let base = self.geometry(Shader::new("conv_gemm.wgsl"))?;
        let channels = self.rhs_shape[axes];
        let a_along_k = by_four(self.lhs, axes + 1, channels);
        let a_along_m = !a_along_k && by_four(self.lhs, 0, self.out_shape[0]);
        let b_along_n = by_four(self.rhs, axes + 1, gemm.n as usize);
        let b_along_k = !b_along_n && by_four(self.rhs, axes, channels);

        let shader =
            shader.unbind("a").unbind("b").include(&base.set("BATCH_LAST", a_along_m).set("CHANNEL_FIRST", a_along_m && !b_along_k));
        let shader = match (a_along_k, a_along_m) {
            (true, _) => shader.include(&Shader::new("conv_a_along_k.wgsl")),
            (false, true) => shader.set("A_STEP", 4).include(&Shader::new("conv_a_along_m.wgsl")),
            (false, false) => shader,
        };
        Ok(match (b_along_n, b_along_k) {
            (true, _) => shader.include(&Shader::new("conv_b_along_n.wgsl")),
            (false, true) => shader.set("B_STEP", 1).include(&Shader::new("conv_b_along_k.wgsl")),
            (false, false) => shader,
        })
    }

    fn direct(&self) -> Result<Kernel, Error> {
        let shader = self.geometry(Shader::new("conv_direct.wgsl"))?;
        let elements = positions(&shader, "the number of results", self.out_shape.iter().copied())?;
        Kernel::single(shader, elements.into(), WORKGROUP)
    }

    /// Sets the constants that all variants share.
    fn geometry(&self, shader: Shader) -> Result<Shader, Error> {
        self.check(&shader)?;
        let axes = self.strides.len();
        let group = |n: usize| n.max(1);
        let shader = shader
            .element(self.element)
            .set("LHS", vector(self.lhs_shape[0], &self.lhs_shape[1..=axes], 1))
            .set("KERNEL", vector3(&self.rhs_shape[..axes], 1))
            .set("CHANNELS", self.rhs_shape[axes])
            .set("OUT", vector(self.out_shape[0], &self.out_shape[1..=axes], 1))
            .set("FILTERS", self.out_shape[axes + 1])
            .set("STRIDE", vector3(self.strides, 1))
            .set("LOW", vector3(self.low, 0))
            .set("LHS_DILATION", vector3(self.lhs_dilation, 1))
            .set("RHS_DILATION", vector3(self.rhs_dilation, 1))
            .set("FEATURE_GROUPS", group(self.feature_groups))
            .set("BATCH_GROUPS", group(self.batch_groups));
        let (n, c) = (self.lhs.strides[0], self.lhs.strides[axes + 1]);
        let [z, y, x] = three(&self.lhs.strides[1..=axes], 0);
        let shader = shader.strided("LHS", &["N", "Z", "Y", "X", "C"], &Strided { offset: self.lhs.offset, strides: vec![n, z, y, x, c] });
        let (i, o) = (self.rhs.strides[axes], self.rhs.strides[axes + 1]);
        let [z, y, x] = three(&self.rhs.strides[..axes], 0);
        Ok(shader.strided("RHS", &["Z", "Y", "X", "I", "O"], &Strided { offset: self.rhs.offset, strides: vec![z, y, x, i, o] }))
    }

    fn check(&self, shader: &Shader) -> Result<(), Error> {
        let axes = self.strides.len();
        let unsupported = |what: String| Err(Error::Unsupported { file: shader.file(), what });
        if !(1..=3).contains(&axes) {
            return unsupported(format!("a convolution has 1 to 3 spatial axes here, not {axes}"));
        }
        let ranks = [self.lhs_shape.len(), self.rhs_shape.len(), self.out_shape.len(), self.lhs.strides.len(), self.rhs.strides.len()];
        let lists = [self.low.len(), self.lhs_dilation.len(), self.rhs_dilation.len()];
        if ranks.iter().any(|&rank| rank != axes + 2) || lists.iter().any(|&n| n != axes) {
            return unsupported(format!("{axes} spatial axes need operands of rank {} and {axes} parameters of each kind", axes + 2));
        }
        positions(shader, "the number of input elements", self.lhs_shape.iter().copied())?;
        positions(shader, "the number of kernel elements", self.rhs_shape.iter().copied())?;
        positions(shader, "the number of results", self.out_shape.iter().copied())?;
        for axis in 0..axes {
            let reach = (self.out_shape[axis + 1].saturating_sub(1)).saturating_mul(self.strides[axis]);
            let span = self.rhs_shape[axis].saturating_sub(1).saturating_mul(self.rhs_dilation[axis]);
            positions(shader, "the reach of the kernel", [reach.saturating_add(span)])?;
            positions(shader, "the padding", [self.low[axis].unsigned_abs()])?;
            positions(shader, "the dilated input", [self.lhs_shape[axis + 1], self.lhs_dilation[axis]])?;
        }
        Ok(())
    }
}

/// Three lengths, the first of which are `fill`.
fn three<T: Copy>(values: &[T], fill: T) -> [T; 3] {
    let mut all = [fill; 3];
    let skip = 3usize.saturating_sub(values.len());
    for (to, &from) in all[skip..].iter_mut().zip(values) {
        *to = from;
    }
    all
}

fn vector3<T: Copy + std::fmt::Display>(values: &[T], fill: T) -> String {
    let [z, y, x] = three(values, fill);
    format!("vec3<i32>({z}, {y}, {x})")
}

fn vector(first: usize, values: &[usize], fill: usize) -> String {
    let [z, y, x] = three(values, fill);
    format!("vec4<i32>({first}, {z}, {y}, {x})")
}
