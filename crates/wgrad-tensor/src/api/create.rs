//! Tensors from data and from formulas.

use super::axes::resolve_axis;
use crate::{DType, Element, HostTensor, Op, Scalar, Shape, Tensor};

/// An element, or an array of such: the data that [`Tensor::from`] takes, with its shape in its type.
pub trait Block: Copy {
    /// The elements' type.
    type Item: Element;
    /// Appends the axis lengths.
    fn push_shape(shape: &mut Vec<usize>);
    /// Appends the elements in row-major order.
    fn push_elements(self, elements: &mut Vec<Self::Item>);
}

impl<T: Element> Block for T {
    type Item = T;
    fn push_shape(_: &mut Vec<usize>) {}
    fn push_elements(self, elements: &mut Vec<T>) {
        elements.push(self);
    }
}

impl<B: Block, const N: usize> Block for [B; N] {
    type Item = B::Item;
    fn push_shape(shape: &mut Vec<usize>) {
        shape.push(N);
        B::push_shape(shape);
    }
    fn push_elements(self, elements: &mut Vec<B::Item>) {
        for block in self {
            block.push_elements(elements);
        }
    }
}

#[track_caller]
fn from_blocks<B: Block>(leading: &[usize], blocks: &[B]) -> Tensor {
    let mut shape = leading.to_vec();
    B::push_shape(&mut shape);
    let mut elements = Vec::with_capacity(Shape::from(&shape[..]).numel());
    for block in blocks {
        block.push_elements(&mut elements);
    }
    Tensor::from_vec(elements, shape)
}

/// A number or (nested) arrays. The dtype is that of the numbers, so a literal without suffix gives f64 or i32:
/// `Tensor::from([[1.0f32, 2.0], [3.0, 4.0]])`.
impl<B: Block> From<B> for Tensor {
    #[track_caller]
    fn from(block: B) -> Tensor {
        from_blocks(&[], &[block])
    }
}

impl<B: Block> From<Vec<B>> for Tensor {
    #[track_caller]
    fn from(blocks: Vec<B>) -> Tensor {
        from_blocks(&[blocks.len()], &blocks)
    }
}

impl<B: Block> From<&[B]> for Tensor {
    #[track_caller]
    fn from(blocks: &[B]) -> Tensor {
        from_blocks(&[blocks.len()], blocks)
    }
}

impl From<&Tensor> for Tensor {
    fn from(tensor: &Tensor) -> Tensor {
        tensor.clone()
    }
}

impl From<HostTensor> for Tensor {
    #[track_caller]
    fn from(tensor: HostTensor) -> Tensor {
        Tensor::from_value(tensor.into())
    }
}

impl Tensor {
    /// The elements of a vector, in row-major order.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::from_vec(vec![1, 2, 3, 4], [2, 2]).to_string(), "[[1 2]\n [3 4]]");
    /// ```
    #[track_caller]
    pub fn from_vec<T: Element>(elements: Vec<T>, shape: impl Into<Shape>) -> Tensor {
        let shape = shape.into();
        let count = elements.len();
        match HostTensor::new(&shape, T::into_data(elements)) {
            Some(tensor) => tensor.into(),
            None => Tensor::invalid("from_vec", format!("{count} elements do not fill {shape}"), &[]),
        }
    }

    /// `value` everywhere.
    #[track_caller]
    pub fn constant(value: Scalar, shape: impl Into<Shape>) -> Tensor {
        Tensor::apply(Op::Constant(value), Vec::new()).broadcast_to("full", &shape.into())
    }

    /// `value` everywhere, in its own dtype: `Tensor::full([2, 3], 1.5f32)`.
    #[track_caller]
    pub fn full(shape: impl Into<Shape>, value: impl Element) -> Tensor {
        Tensor::constant(value.scalar(), shape)
    }

    /// f32 zeros.
    #[track_caller]
    pub fn zeros(shape: impl Into<Shape>) -> Tensor {
        Tensor::full(shape, 0f32)
    }

    /// f32 ones.
    #[track_caller]
    pub fn ones(shape: impl Into<Shape>) -> Tensor {
        Tensor::full(shape, 1f32)
    }

    /// `value` everywhere, of the shape and dtype of the tensor.
    #[track_caller]
    pub fn full_like(&self, value: f64) -> Tensor {
        Tensor::scalar_like(self, value).broadcast_to("full_like", self.shape())
    }

    /// Zeros of the shape and dtype of the tensor.
    #[track_caller]
    pub fn zeros_like(&self) -> Tensor {
        self.full_like(0.0)
    }

    /// Ones of the shape and dtype of the tensor.
    #[track_caller]
    pub fn ones_like(&self) -> Tensor {
        self.full_like(1.0)
    }

    /// One number, of the dtype of `like`.
    #[track_caller]
    pub(crate) fn scalar_like(like: &Tensor, value: f64) -> Tensor {
        if like.error().is_some() {
            return like.clone();
        }
        super::Operand::Number(value).tensor("full_like", like.dtype())
    }

    /// `out[i...] = i[axis]` in `dtype`, a number type.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::{DType, Tensor};
    /// assert_eq!(Tensor::iota([2, 3], 1, DType::I32).to_string(), "[[0 1 2]\n [0 1 2]]");
    /// ```
    #[track_caller]
    pub fn iota(shape: impl Into<Shape>, axis: i64, dtype: DType) -> Tensor {
        let shape = shape.into();
        let axis = attempt!("iota", [], resolve_axis(axis, &shape));
        Tensor::apply(Op::Iota { dtype, shape, axis }, Vec::new())
    }

    /// The f32 identity matrix `[n, n]`.
    #[track_caller]
    pub fn eye(n: usize) -> Tensor {
        Tensor::iota([n, n], 0, DType::I32).eq(Tensor::iota([n, n], 1, DType::I32)).cast(DType::F32)
    }

    /// `start, start + step, ...` up to but without `stop`, in the dtype of the numbers.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::arange(0.0, 1.0, 0.25).to_string(), "[0.   0.25 0.5  0.75]");
    /// ```
    #[track_caller]
    pub fn arange<T: Element>(start: T, stop: T, step: T) -> Tensor {
        let [start, stop, step] = [start, stop, step].map(|n| n.scalar().to_f64());
        let count = ((stop - start) / step).ceil();
        if step == 0.0 || !count.is_finite() {
            return Tensor::invalid("arange", format!("there is no way from {start} to {stop} in steps of {step}"), &[]);
        }
        // A negative count saturates to 0.
        Tensor::iota(count as usize, 0, T::DTYPE).mul(step).add(start)
    }

    /// `n` numbers at equal distances from `start` to `stop`, both included; floats only.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// # use wgrad_tensor::Tensor;
    /// assert_eq!(Tensor::linspace(0.0, 1.0, 5).to_string(), "[0.   0.25 0.5  0.75 1.  ]");
    /// ```
    #[track_caller]
    pub fn linspace<T: Element>(start: T, stop: T, n: usize) -> Tensor {
        if !T::DTYPE.is_float() {
            return Tensor::invalid("linspace", format!("does not take {}; give floats", T::DTYPE), &[]);
        }
        let [first, last] = [start, stop].map(|n| n.scalar().to_f64());
        let step = (last - first) / n.saturating_sub(1).max(1) as f64;
        let index = Tensor::iota(n, 0, T::DTYPE);
        let inner = index.mul(step).add(first);
        if n < 2 { inner } else { index.lt(n - 1).where_(inner, last) }
    }
}
