//! Operands of any strides: code that finds their elements.

use std::fmt::Write;

/// Where an operand's elements are: position `(i0, i1, ...)` is element `offset + sum of i * stride`, in elements.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Strided {
    pub offset: i32,
    pub strides: Vec<i32>,
}

/// The type of the elements of an operand in memory. Truth values are `U32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Element {
    F32,
    F16,
    I32,
    U32,
}

impl Element {
    /// The name in WGSL.
    pub fn wgsl(self) -> &'static str {
        match self {
            Element::F32 => "f32",
            Element::F16 => "f16",
            Element::I32 => "i32",
            Element::U32 => "u32",
        }
    }

    /// The type that sums of these elements have.
    pub fn accumulator(self) -> Element {
        match self {
            Element::F32 | Element::F16 => Element::F32,
            Element::I32 | Element::U32 => self,
        }
    }
}

impl Strided {
    /// The row-major operand of a shape.
    pub fn contiguous(shape: &[usize]) -> Strided {
        let mut stride = 1i32;
        let mut strides = vec![0; shape.len()];
        for (axis, &n) in shape.iter().enumerate().rev() {
            strides[axis] = stride;
            stride = stride.saturating_mul(i32::try_from(n).unwrap_or(i32::MAX));
        }
        Strided { offset: 0, strides }
    }

    /// A WGSL function from the row-major position in `shape` (of at most 2^31 positions, not 0) to the element. Neighbouring axes that
    /// are one run of elements are one term.
    pub(crate) fn locate(&self, name: &str, shape: &[usize]) -> String {
        let mut terms = String::new();
        let mut below = 1u64; // positions of the axes that are done
        let mut run: Option<(u64, u64, i64)> = None; // positions below it, its length, its stride
        let mut runs = Vec::new();
        for (&n, &stride) in shape.iter().zip(&self.strides).rev() {
            let (n, stride) = (n as u64, i64::from(stride));
            if n != 1 {
                run = match run {
                    Some((under, length, step)) if stride == step.saturating_mul(length as i64) => Some((under, length * n, step)),
                    _ => {
                        runs.extend(run);
                        Some((below, n, stride))
                    }
                };
            }
            below *= n;
        }
        runs.extend(run);
        for &(under, length, stride) in runs.iter().filter(|run| run.2 != 0) {
            let divided = if under == 1 { "position".into() } else { format!("position / {under}") };
            let index = if under * length == below { divided } else { format!("{divided} % {length}") };
            let _ = write!(terms, " + ({index}) * {stride}");
        }
        format!("fn {name}(position: i32) -> i32 {{\n    return {}{terms};\n}}", self.offset)
    }
}

/// Whether the elements along an axis can be read as vectors of four.
pub(crate) fn by_four(operand: &Strided, axis: usize, length: usize) -> bool {
    let aligned = |(i, &stride): (usize, &i32)| if i == axis { stride == 1 } else { stride % 4 == 0 };
    length > 0 && length.is_multiple_of(4) && operand.offset % 4 == 0 && operand.strides.iter().enumerate().all(aligned)
}

#[cfg(test)]
mod tests {
    use super::Strided;

    #[test]
    fn contiguous_operands_need_no_division() {
        let text = Strided::contiguous(&[2, 3, 4]).locate("at", &[2, 3, 4]);
        assert_eq!(text, "fn at(position: i32) -> i32 {\n    return 0 + (position) * 1;\n}");
    }

    #[test]
    fn axes_are_found_by_division() {
        let text = Strided { offset: 7, strides: vec![1, 0, -2] }.locate("at", &[2, 3, 4]);
        assert_eq!(text, "fn at(position: i32) -> i32 {\n    return 7 + (position % 4) * -2 + (position / 12) * 1;\n}");
    }
}
