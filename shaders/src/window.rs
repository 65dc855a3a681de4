//! Windows over every axis: sums, first maxima, and their gradients.

use crate::{Element, Error, Kernel, Shader, Strided, WORKGROUP, kernel::positions};

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

impl WindowSum<'_> {
    /// The kernel. No length of the result may be 0.
    ///
    /// # Errors
    /// Windows that 31-bit positions cannot address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        let shader = self.window.shader("window_sum.wgsl")?;
        let windows = positions(&shader, "the number of windows", self.window.out_shape.iter().copied())?;
        let shader = self.window.operand(shader.set("WINDOWS", windows), "X", self.x);
        Kernel::single(shader, windows.into(), WORKGROUP)
    }
}

impl WindowSelect<'_> {
    /// The kernel. No length of the result may be 0.
    ///
    /// # Errors
    /// Windows that 31-bit positions cannot address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        let shader = self.window.shader("window_select.wgsl")?;
        let windows = positions(&shader, "the number of windows", self.window.out_shape.iter().copied())?;
        let shader = self.window.operand(shader.set("WINDOWS", windows), "X", self.x);
        Kernel::single(self.window.operand(shader, "V", self.v), windows.into(), WORKGROUP)
    }
}

impl WindowScatter<'_> {
    /// The kernel. No length of the result may be 0.
    ///
    /// # Errors
    /// Windows that 31-bit positions cannot address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        let shader = self.window.shader("window_scatter.wgsl")?;
        let elements = positions(&shader, "the number of elements", self.window.shape.iter().copied())?;
        let shader = self.window.operand(shader.set("ELEMENTS", elements), "X", self.x);
        Kernel::single(self.window.operand(shader, "G", self.g), elements.into(), WORKGROUP)
    }
}

impl Window<'_> {
    fn shader(&self, file: &str) -> Result<Shader, Error> {
        let shader = Shader::new(file).element(self.element);
        let rank = self.shape.len();
        let lists = [self.out_shape, self.size, self.strides, self.dilation, self.low];
        if rank == 0 || lists.iter().any(|list| list.len() != rank) {
            let what = format!("windows need as many lengths as there are axes, at least one; there are {rank} axes");
            return Err(Error::Unsupported { file: shader.file(), what });
        }
        let elements = positions(&shader, "the number of elements of a window", self.size.iter().copied())?;
        for axis in 0..rank {
            positions(&shader, "the length of a window", [self.size[axis].saturating_sub(1), self.dilation[axis]])?;
            positions(&shader, "the reach of the windows", [self.out_shape[axis].saturating_sub(1), self.strides[axis]])?;
            positions(&shader, "the padding", [self.low[axis]])?;
        }
        let numbers = |list: &[usize]| list.iter().map(|&n| n.min(i32::MAX as usize) as i64).collect::<Vec<_>>();
        Ok(shader
            .set("RANK", rank)
            .set_array("SHAPE", numbers(self.shape))
            .set_array("OUT_SHAPE", numbers(self.out_shape))
            .set_array("SIZE", numbers(self.size))
            .set_array("STRIDE", numbers(self.strides))
            .set_array("DILATION", numbers(self.dilation))
            .set_array("LOW", numbers(self.low))
            .set("WINDOW", elements))
    }

    fn operand(&self, shader: Shader, name: &str, operand: &Strided) -> Shader {
        if operand.strides.len() != self.shape.len() {
            let what = format!("{} strides for {} axes of {name}", operand.strides.len(), self.shape.len());
            let file = shader.file();
            return shader.fail(Error::Unsupported { file, what });
        }
        shader
            .set(&format!("{name}_OFFSET"), operand.offset)
            .set_array(&format!("{name}_STRIDE"), operand.strides.iter().map(|&stride| i64::from(stride)))
    }
}
