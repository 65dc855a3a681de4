//! Values: tensors that hold elements, on the host or on a device.

use crate::{DType, Element, Scalar, Shape, Spec};
use half::f16;
use std::{any::Any, fmt, sync::Arc};

/// The elements of a tensor on the host, in row-major order.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum HostData {
    Bool(Vec<bool>),
    I32(Vec<i32>),
    U32(Vec<u32>),
    F16(Vec<f16>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Runs `$body` with `$values` bound to the vector of whatever dtype `$data` has.
#[macro_export]
macro_rules! each_dtype {
    ($data:expr, $values:ident => $body:expr) => {
        match $data {
            $crate::HostData::Bool($values) => $body,
            $crate::HostData::I32($values) => $body,
            $crate::HostData::U32($values) => $body,
            $crate::HostData::F16($values) => $body,
            $crate::HostData::F32($values) => $body,
            $crate::HostData::F64($values) => $body,
        }
    };
}

impl HostData {
    /// `len` elements of zero (false).
    pub fn zeros(dtype: DType, len: usize) -> HostData {
        match dtype {
            DType::Bool => HostData::Bool(vec![false; len]),
            DType::I32 => HostData::I32(vec![0; len]),
            DType::U32 => HostData::U32(vec![0; len]),
            DType::F16 => HostData::F16(vec![f16::ZERO; len]),
            DType::F32 => HostData::F32(vec![0.0; len]),
            DType::F64 => HostData::F64(vec![0.0; len]),
        }
    }

    /// The dtype of the elements.
    pub fn dtype(&self) -> DType {
        match self {
            HostData::Bool(_) => DType::Bool,
            HostData::I32(_) => DType::I32,
            HostData::U32(_) => DType::U32,
            HostData::F16(_) => DType::F16,
            HostData::F32(_) => DType::F32,
            HostData::F64(_) => DType::F64,
        }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        each_dtype!(self, values => values.len())
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Element `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<Scalar> {
        each_dtype!(self, values => values.get(index).map(|v| v.scalar()))
    }

    /// The elements as `f64`, exact for every dtype.
    pub fn to_f64(&self) -> Vec<f64> {
        each_dtype!(self, values => values.iter().map(|v| v.scalar().to_f64()).collect())
    }

    /// The elements of `dtype` that are nearest to these.
    pub fn cast(&self, dtype: DType) -> HostData {
        fn to<T: Element>(data: &HostData) -> HostData {
            T::into_data(each_dtype!(data, values => values.iter().map(|v| T::nearest(v.scalar().to_f64())).collect()))
        }
        match dtype {
            DType::Bool => to::<bool>(self),
            DType::I32 => to::<i32>(self),
            DType::U32 => to::<u32>(self),
            DType::F16 => to::<f16>(self),
            DType::F32 => to::<f32>(self),
            DType::F64 => to::<f64>(self),
        }
    }
}

/// A tensor on the host: its shape, and as many elements as the shape says.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor {
    shape: Shape,
    data: HostData,
}

impl HostTensor {
    /// A tensor of `shape` with `data`, or `None` where the numbers of elements differ.
    pub fn new(shape: impl Into<Shape>, data: HostData) -> Option<HostTensor> {
        let shape = shape.into();
        (shape.checked_numel() == Some(data.len())).then_some(HostTensor { shape, data })
    }

    /// The axis lengths.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.data.dtype()
    }

    /// The elements in row-major order.
    pub fn data(&self) -> &HostData {
        &self.data
    }

    /// The elements, given away.
    pub fn into_data(self) -> HostData {
        self.data
    }

    /// The elements as a vector of `T`, or `None` where the dtype differs.
    pub fn to_vec<T: Element>(&self) -> Option<Vec<T>> {
        T::from_data(&self.data)
    }

    /// Dtype and shape.
    pub fn spec(&self) -> Spec {
        Spec::new(self.dtype(), &self.shape)
    }
}

/// Where a device keeps the elements of a value. The host's storage is [`HostData`]; each backend has its own.
pub trait Storage: Any + Send + Sync + fmt::Debug {
    /// For the downcast to the backend's own type.
    fn as_any(&self) -> &dyn Any;
    /// For the downcast of the shared pointer.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
    /// The device that holds it, as [`crate::device::DeviceInfo::name`] says; `None` for the host's memory.
    fn device(&self) -> Option<&str>;
}

impl Storage for HostData {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
    fn device(&self) -> Option<&str> {
        None
    }
}

/// A tensor with elements somewhere. Cheap to clone: clones share the storage, which is never changed while it is shared.
#[derive(Clone, Debug)]
pub struct Value {
    /// Dtype and shape.
    pub spec: Spec,
    /// The elements.
    pub storage: Arc<dyn Storage>,
}

impl Value {
    /// The elements, where they are in the host's memory.
    pub fn host(&self) -> Option<&HostData> {
        self.storage.as_any().downcast_ref()
    }
}

impl From<HostTensor> for Value {
    fn from(tensor: HostTensor) -> Value {
        Value { spec: tensor.spec(), storage: Arc::new(tensor.data) }
    }
}
