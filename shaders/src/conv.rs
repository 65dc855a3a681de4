//! The general dilated convolution in up to three spatial axes.

use crate::{
    Adapter, Element, Error, Kernel, MatMulVariant, Shader, Strided, Tile, WORKGROUP,
    gemm::Gemm,
    kernel::positions,
    unrolled,
    unrolled::{ConvTile, Fetch, RowAxis, TermAxis},
    view::by_four,
};

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

/// Padding is left out where less than this share of the terms meets an element.
const MOSTLY: f64 = 0.9;

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConvVariant {
    /// One invocation for each element of the result.
    Direct,
    /// One invocation for some neighbours of the result along the last axis, and for four filters where these lie together; the sums in so many parts.
    Blocks {
        /// 1 for sums that are not split.
        splits: u32,
    },
    /// As the product of the matrices that it implies: positions x (kernel positions and channels) x filters.
    Product(MatMulVariant),
}

impl Conv<'_> {
    /// Every variant that computes this convolution on this adapter.
    pub fn variants(&self, adapter: &Adapter) -> Vec<ConvVariant> {
        let products = self.gemm().map(|gemm| gemm.variants(adapter, true)).unwrap_or_default();
        let mut all = vec![ConvVariant::Direct];
        all.extend(self.blocks(None));
        all.extend(self.blocks(Some(adapter)).filter(|split| !all.contains(split)));
        all.into_iter().chain(products.into_iter().map(ConvVariant::Product)).collect()
    }

    /// A good variant without measuring: a product, unless a group has too few filters to share what is read, or the input is dilated on a software
    /// driver with few lanes (SwiftShader), which would divide every term into coordinates. Then blocks, where there are any.
    pub fn choose(&self, adapter: &Adapter) -> ConvVariant {
        match self.gemm() {
            Some(gemm) if !self.few_filters() && gemm.k > 0 && (gemm.in_loops || !adapter.is_narrow()) => {
                ConvVariant::Product(gemm.choose(adapter, true))
            }
            Some(_) | None => self.blocks(Some(adapter)).unwrap_or(ConvVariant::Direct),
        }
    }

    /// The kernel. No length of the result may be 0. With several splits, the last pass has `out` and the epilogue only.
    ///
    /// # Errors
    /// More than three spatial axes; operands that 31-bit positions cannot address.
    pub fn kernel(&self, variant: ConvVariant) -> Result<Kernel, Error> {
        match (variant, self.gemm()) {
            (ConvVariant::Product(variant), Some(gemm)) => gemm.kernel(
                variant,
                self.element,
                |shader| self.product(shader, &gemm, variant.tile),
                |tile, shader| self.unroll(tile, &gemm, shader),
            ),
            (ConvVariant::Blocks { splits }, _) => {
                let blocks = self.blocks_kernel(self.geometry(Shader::new("conv_direct.wgsl"))?, splits);
                blocks.unwrap_or_else(|| self.direct())
            }
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
            in_loops: self.in_loops(),
        })
    }

    /// Makes a matmul kernel fetch its operands from those of the convolution, by vectors of four along whichever axis is contiguous.
    fn product(&self, shader: Shader, gemm: &Gemm, tile: Tile) -> Result<Shader, Error> {
        let axes = self.strides.len();
        let base = self.geometry(Shader::new("conv_gemm.wgsl"))?;
        let channels = self.rhs_shape[axes];
        let a_along_k = by_four(self.lhs, axes + 1, channels);
        let a_along_m = !a_along_k && by_four(self.lhs, 0, self.out_shape[0]);
        let b_along_n = by_four(self.rhs, axes + 1, gemm.n as usize);
        let b_along_k = !b_along_n && by_four(self.rhs, axes, channels);

        let batch_last = a_along_m || self.by_place();
        let base = base.set("BATCH_LAST", batch_last).set("CHANNEL_FIRST", a_along_m && !b_along_k);
        let base = if batch_last { base } else { base.replace_function("position_of", POSITION_IN_ORDER) };
        let shader = shader.unbind("a").unbind("b").include(&base);
        let shader = match (a_along_k, a_along_m) {
            (true, _) => shader.include(&Shader::new("conv_a_along_k.wgsl").set("ONE_PLACE", self.leaves_out_padding(tile))),
            (false, true) => shader.set("A_STEP", 4).include(&Shader::new("conv_a_along_m.wgsl")),
            (false, false) => shader,
        };
        Ok(match (b_along_n, b_along_k) {
            (true, _) => shader.include(&Shader::new("conv_b_along_n.wgsl")),
            (false, true) => shader.set("B_STEP", 1).include(&Shader::new("conv_b_along_k.wgsl")),
            (false, false) => shader,
        })
    }

    /// The body of a register tile, with loops over the axes of the kernel; `None` where the input is dilated.
    fn unroll(&self, tile: unrolled::Tile, gemm: &Gemm, shader: &Shader) -> Option<String> {
        if gemm.k == 0 || !self.in_loops() {
            return None;
        }
        let axes = self.strides.len();
        let [batch_last, channel_first] = ["BATCH_LAST", "CHANNEL_FIRST"].map(|name| shader.is_set(name));
        let channels = self.rhs_shape[axes];
        let (mut first, mut rows, mut terms) = ((i64::from(self.lhs.offset), i64::from(self.rhs.offset)), Vec::new(), Vec::new());
        for axis in 0..axes {
            let (low, stride) = (self.low[axis] as i64, i64::from(self.lhs.strides[axis + 1]));
            let (window, dilation) = (self.strides[axis] as i64, self.rhs_dilation[axis] as i64);
            let bounds = self.reaches_beyond(axis).then_some((self.lhs_shape[axis + 1], -low, window));
            first.0 -= low * stride;
            rows.push(RowAxis { len: self.out_shape[axis + 1], stride: window * stride, bounds });
            let moves = bounds.is_some().then_some((if batch_last { axis } else { axis + 1 }, dilation));
            terms.push(TermAxis {
                len: self.rhs_shape[axis],
                a_stride: dilation * stride,
                b_stride: i64::from(self.rhs.strides[axis]),
                moves,
            });
        }
        let batch = RowAxis { len: self.out_shape[0], stride: i64::from(self.lhs.strides[0]), bounds: None };
        rows.insert(if batch_last { axes } else { 0 }, batch);
        let (a_stride, b_stride) = (i64::from(self.lhs.strides[axes + 1]), i64::from(self.rhs.strides[axes]));
        terms.insert(if channel_first { 0 } else { axes }, TermAxis { len: channels, a_stride, b_stride, moves: None });
        terms.retain(|axis| axis.len > 1);
        while terms.len() < 2 {
            terms.insert(0, TermAxis { len: 1, a_stride: 0, b_stride: 0, moves: None });
        }
        let (n, column) = (i64::from(gemm.n), i64::from(self.rhs.strides[axes + 1]));
        let a_group = if self.feature_groups > 1 { channels as i64 * a_stride } else { self.out_shape[0] as i64 * batch.stride };
        let fetch = |step: u32, four: bool| match (four, step) {
            (false, _) => Fetch::Single,
            (true, 4) => Fetch::Others,
            (true, _) => Fetch::Terms,
        };
        let four = |name: &str| shader.source().is_ok_and(|source| source.contains(&format!("{name}: array<vec4<T>>")));
        let a = fetch(shader.number("A_STEP"), four("lhs"));
        let b = fetch(shader.number("B_STEP"), four("rhs"));
        let splits = shader.number("SPLITS");
        let one_place = shader.is_set("ONE_PLACE");
        Some(ConvTile { tile, rows, terms, first, group: (a_group, n * column), column, a, b, one_place, splits }.main())
    }

    /// Whether register tiles loop over the axes of the kernel.
    fn in_loops(&self) -> bool {
        self.lhs_dilation.iter().all(|&n| n == 1)
    }

    /// Whether windows along an axis reach beyond the input.
    pub(crate) fn reaches_beyond(&self, axis: usize) -> bool {
        let last = self.out_shape[axis + 1].saturating_sub(1) * self.strides[axis];
        let reach = last + self.rhs_shape[axis].saturating_sub(1) * self.rhs_dilation[axis];
        self.low[axis] > 0 || reach as isize - self.low[axis] >= self.lhs_shape[axis + 1] as isize
    }

    /// Whether rows of the product are ordered by place, as so many terms of the sums are padding that it is worth to leave them out.
    fn by_place(&self) -> bool {
        let axes = self.strides.len();
        let met = |axis: usize| {
            let (out, kernel, input) = (self.out_shape[axis + 1], self.rhs_shape[axis], self.lhs_shape[axis + 1] as i64);
            let (stride, dilation) = (self.strides[axis].max(1) as i64, self.lhs_dilation[axis].max(1) as i64);
            // The first window whose place at a position of the kernel is at least `from`.
            let window = |from: i64| (from + stride - 1).div_euclid(stride).clamp(0, out as i64);
            let by_position = |k: usize| {
                let before = self.low[axis] as i64 - (k * self.rhs_dilation[axis]) as i64;
                window(before + (input - 1) * dilation + 1) - window(before)
            };
            (0..kernel).map(by_position).sum::<i64>() as f64 / (dilation as f64 * (out * kernel).max(1) as f64)
        };
        self.check(&Shader::new("conv_gemm.wgsl")).is_ok()
            && self.out_shape[0].is_multiple_of(4)
            && by_four(self.lhs, axes + 1, self.rhs_shape[axes])
            && (0..axes).map(met).product::<f64>() < MOSTLY
    }

    /// Whether the rows of such a tile are one place of different batches, so that a term is padding for all of them or for none.
    pub(crate) fn leaves_out_padding(&self, tile: Tile) -> bool {
        tile != Tile::Workgroup && (self.out_shape[0] as u32).is_multiple_of(tile.size().0) && self.by_place()
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

    pub(crate) fn check(&self, shader: &Shader) -> Result<(), Error> {
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

/// The position of an element of the result where rows are ordered as it is.
const POSITION_IN_ORDER: &str = "fn position_of(group: u32, row: u32, column: u32) -> u32 {
    return row * u32(FILTERS) + group * N + column;
}";

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
