//! Views: how the positions of a tensor map to the elements of a buffer.

/// A strided, possibly masked window on a buffer. Position `(i0, i1, ...)` of `shape` is element `offset + sum of i * stride`.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// Elements from one position to the next along each axis; 0 repeats, negative flips.
    pub strides: Vec<isize>,
    /// The element of position 0.
    pub offset: isize,
    /// Where present, positions outside `low..high` of any axis hold `fill` and read nothing.
    pub mask: Option<Mask>,
}

/// The part of a view that is backed by elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    /// `low..high` of each axis.
    pub valid: Vec<(usize, usize)>,
    /// What the other positions hold.
    pub fill: crate::Scalar,
}

impl View {
    /// The row-major view of a whole buffer.
    pub fn contiguous(shape: &[usize]) -> View {
        View { shape: shape.to_vec(), strides: crate::Shape::from(shape).strides(), offset: 0, mask: None }
    }

    /// The number of positions.
    pub fn numel(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether positions follow each other in the buffer in row-major order, from `offset` on, without a mask.
    pub fn is_contiguous(&self) -> bool {
        if self.mask.is_some() {
            return false;
        }
        if self.numel() <= 1 {
            return true;
        }
        let mut expected = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(&n, &stride)| {
            let fits = n == 1 || stride == expected;
            expected *= n as isize;
            fits
        })
    }
}
