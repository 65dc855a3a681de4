//! Windows over every axis: sums, first maxima, and their gradients.

use crate::{Element, Error, Kernel, Shader, Strided, WORKGROUP, kernel::positions, unrolled, unrolled::WindowAxis, view::by_four};

/// Windows over a tensor of shape `shape`, of which there are `out_shape`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Window<'a> {
    pub element: Element,
    pub shape: &'a [usize],
    pub out_shape: &'a [usize],
    pub size: &'a [usize],
    pub strides: &'a [usize],
    pub dilation: &'a [usize],
    /// Padding before.
    pub low: &'a [usize],
}

/// The sum over each window. Bindings `x`, `out`; `epilogue(position: u32, acc: f32)` over `out_shape`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct WindowSum<'a> {
    pub window: Window<'a>,
    pub x: &'a Strided,
}

/// The element of `v` at the first maximum of `x`. Bindings `x`, `v`, `out`; `epilogue(position: u32, acc: f32)` over `out_shape`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct WindowSelect<'a> {
    pub window: Window<'a>,
    pub x: &'a Strided,
    pub v: &'a Strided,
}

/// The gradient of [`WindowSelect`]. Bindings `x`, `g`, `out`; `epilogue(position: u32, acc: f32)` over `shape`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct WindowScatter<'a> {
    pub window: Window<'a>,
    pub x: &'a Strided,
    pub g: &'a Strided,
}

/// What the kernels of one kind of window need: lengths and operands, in units of one or four elements.
struct Units<'a> {
    window: &'a Window<'a>,
    operands: Vec<(&'static str, &'a Strided)>,
    by: usize,
}

impl WindowSum<'_> {
    /// The kernel. No length of the result may be 0.
    ///
    /// # Errors
    /// Windows that 31-bit positions cannot address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        let units = Units::new(&self.window, vec![("X", self.x)]);
        units.kernel("window_sum.wgsl", "WINDOWS", self.window.out_shape, |shader| shader)
    }
}

impl WindowSelect<'_> {
    /// The kernel. No length of the result may be 0.
    ///
    /// # Errors
    /// Windows that 31-bit positions cannot address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        self.select(false)
    }

    /// The kernel where `v` is the same view of the same buffer as `x`, which is read once: ordinary max-pooling.
    ///
    /// # Errors
    /// Windows that 31-bit positions cannot address.
    pub fn max_pool(&self) -> Result<Kernel, Error> {
        self.select(true)
    }

    fn select(&self, v_is_x: bool) -> Result<Kernel, Error> {
        let units = Units::new(&self.window, vec![("X", self.x), ("V", self.v)]);
        units.kernel("window_select.wgsl", "WINDOWS", self.window.out_shape, |shader| {
            let shader = shader.set("V_IS_X", v_is_x);
            let elements: usize = self.window.size.iter().fold(1, |product, &n| product.saturating_mul(n));
            if elements > UNROLLED {
                return shader;
            }
            shader.replace_function("main", &unrolled::select(&units.axes(self.window.out_shape), units.offsets(), v_is_x))
        })
    }
}

impl WindowScatter<'_> {
    /// The kernel. No length of the result may be 0.
    ///
    /// # Errors
    /// Windows that 31-bit positions cannot address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        let window = &self.window;
        let units = Units::new(window, vec![("X", self.x), ("G", self.g)]);
        let disjoint = |axis: usize| window.size[axis] == 1 || (window.dilation[axis] == 1 && window.size[axis] <= window.strides[axis]);
        if window.ranks_agree() && (0..window.shape.len()).all(disjoint) {
            // Strides beyond the tensor leave one block.
            let reach = |axis: usize| window.shape[axis].saturating_add(window.low[axis]).max(1);
            let strides: Vec<usize> = (0..window.shape.len()).map(|axis| window.strides[axis].clamp(1, reach(axis))).collect();
            let block: usize = strides.iter().fold(1, |product, &n| product.saturating_mul(n));
            // Blocks much larger than their window, as strides skip most elements, are too much work for one invocation.
            if block <= 64 {
                let blocks: Vec<usize> = (0..window.shape.len()).map(|axis| reach(axis).div_ceil(strides[axis])).collect();
                let window = Window { strides: &strides, ..window.clone() };
                let units = Units { window: &window, ..units };
                return units.kernel("window_scatter_disjoint.wgsl", "COUNT", &blocks, |shader| {
                    let shader = shader.set_array("BLOCKS", units.lengths(&blocks)).set("BLOCK", block);
                    if block > UNROLLED {
                        return shader;
                    }
                    shader.replace_function("main", &unrolled::scatter(&units.axes(&blocks), units.offsets()))
                });
            }
        }
        units.kernel("window_scatter.wgsl", "ELEMENTS", window.shape, |shader| shader)
    }
}

impl<'a> Units<'a> {
    /// By four along the last axis where that has no windows and every operand allows it.
    fn new(window: &'a Window<'a>, operands: Vec<(&'static str, &'a Strided)>) -> Units<'a> {
        let plain = |last: usize| window.size[last] == 1 && window.strides[last] == 1 && window.low[last] == 0;
        let by_four = window.ranks_agree() && {
            let last = window.shape.len() - 1;
            let length = window.shape[last];
            plain(last) && window.out_shape[last] == length && operands.iter().all(|(_, operand)| by_four(operand, last, length))
        };
        Units { window, operands, by: if by_four { 4 } else { 1 } }
    }

    /// One invocation for each position of `domain`, whose number is the constant `count`.
    fn kernel(&self, file: &str, count: &str, domain: &[usize], edit: impl FnOnce(Shader) -> Shader) -> Result<Kernel, Error> {
        let shader = Shader::new(file);
        self.window.check(&shader)?;
        let domain = positions(&shader, "the number of results", domain.iter().copied())? / self.by as u32;
        let window = self.window;
        let mut shader = shader
            .element(window.element)
            .set("RANK", window.shape.len())
            .set_array("SHAPE", self.lengths(window.shape))
            .set_array("OUT_SHAPE", self.lengths(window.out_shape))
            .set_array("SIZE", numbers(window.size))
            .set_array("STRIDE", numbers(window.strides))
            .set_array("LOW", numbers(window.low))
            .set(count, domain);
        for (name, operand) in &self.operands {
            let strides = operand.strides.iter().enumerate();
            let units =
                |(axis, &stride): (usize, &i32)| i64::from(stride) / if axis + 1 < operand.strides.len() { self.by as i64 } else { 1 };
            shader = shader
                .set(&format!("{name}_OFFSET"), operand.offset / self.by as i32)
                .set_array(&format!("{name}_STRIDE"), strides.map(units));
        }
        if file != "window_scatter_disjoint.wgsl" {
            let elements = positions(&shader, "the number of elements of a window", window.size.iter().copied())?;
            shader = shader.set_array("DILATION", numbers(window.dilation)).set("WINDOW", elements);
        }
        if self.by == 4 {
            shader = shader.set_alias("E", "vec4<T>").set_alias("V", "vec4<f32>").replace_function("store", STORE_FOUR);
            if file != "window_sum.wgsl" {
                shader = shader.set_alias("U", "vec4<u32>").set_alias("B", "vec4<bool>");
            }
        }
        Kernel::single(edit(shader), domain.into(), WORKGROUP)
    }

    /// What the written-out bodies need, given the number of windows or blocks.
    fn axes(&self, counts: &[usize]) -> Vec<WindowAxis> {
        let window = self.window;
        let (lengths, windows, counts) = (self.lengths(window.shape), self.lengths(window.out_shape), self.lengths(counts));
        let operand = |number: usize, axis: usize| {
            let strides = self.operands.get(number).map_or(&[][..], |(_, operand)| &operand.strides);
            let unit = if axis + 1 < strides.len() { self.by as i64 } else { 1 };
            i64::from(strides.get(axis).copied().unwrap_or(0)) / unit
        };
        let axis = |axis: usize| WindowAxis {
            len: lengths[axis],
            count: counts[axis],
            windows: windows[axis],
            size: window.size[axis] as i64,
            stride: window.strides[axis] as i64,
            dilation: window.dilation[axis] as i64,
            low: window.low[axis] as i64,
            x: operand(0, axis),
            other: operand(1, axis),
            out: lengths[axis + 1..].iter().product(),
        };
        (0..lengths.len()).map(axis).collect()
    }

    /// The first elements of the operands.
    fn offsets(&self) -> (i64, i64) {
        let offset = |number: usize| self.operands.get(number).map_or(0, |(_, operand)| i64::from(operand.offset)) / self.by as i64;
        (offset(0), offset(1))
    }

    /// Lengths of axes in units.
    fn lengths(&self, shape: &[usize]) -> Vec<i64> {
        let mut lengths = numbers(shape);
        if let Some(last) = lengths.last_mut() {
            *last /= self.by as i64;
        }
        lengths
    }
}

const STORE_FOUR: &str = "fn store(place: u32, acc: V) {
    epilogue(place * 4u, acc.x);
    epilogue(place * 4u + 1u, acc.y);
    epilogue(place * 4u + 2u, acc.z);
    epilogue(place * 4u + 3u, acc.w);
}";

/// The most elements of a window that are written out.
const UNROLLED: usize = 16;

impl Window<'_> {
    fn ranks_agree(&self) -> bool {
        let rank = self.shape.len();
        rank > 0 && [self.out_shape, self.size, self.strides, self.dilation, self.low].iter().all(|list| list.len() == rank)
    }

    fn check(&self, shader: &Shader) -> Result<(), Error> {
        if !self.ranks_agree() {
            let what = format!("windows need as many lengths as there are axes, at least one; there are {} axes", self.shape.len());
            return Err(Error::Unsupported { file: shader.file(), what });
        }
        positions(shader, "the number of elements", self.shape.iter().copied())?;
        for axis in 0..self.shape.len() {
            positions(shader, "the length of a window", [self.size[axis].saturating_sub(1), self.dilation[axis]])?;
            positions(shader, "the reach of the windows", [self.out_shape[axis].saturating_sub(1), self.strides[axis]])?;
            positions(shader, "the padding", [self.low[axis]])?;
        }
        Ok(())
    }
}

fn numbers(list: &[usize]) -> Vec<i64> {
    list.iter().map(|&n| n.min(i32::MAX as usize) as i64).collect()
}
