//! The boundary: where lazy tensors become numbers.

use crate::{Device, Element, Error, HostTensor, Program, Result, Tensor, tensor::Kind};

impl Tensor {
    /// Computes the tensor on the default device; the result holds its elements and no graph.
    ///
    /// Nothing is remembered in the graph: evaluating twice computes twice. Evaluate tensors that share work together, by [`Tensor::eval_all`].
    /// The compiled program is remembered: a loop that builds the same graph over new values compiles once.
    ///
    /// # Errors
    /// The error that the tensor carries, or the device's.
    pub fn eval(&self) -> Result<Tensor> {
        self.eval_on(&Device::default_device()?)
    }

    /// Computes the tensor on `device`.
    ///
    /// # Errors
    /// The error that the tensor carries, or the device's.
    pub fn eval_on(&self, device: &Device) -> Result<Tensor> {
        Ok(Tensor::eval_all(std::slice::from_ref(self), device)?.swap_remove(0))
    }

    /// Computes several tensors at once; what they share is computed once.
    ///
    /// # Errors
    /// The first error that a tensor carries, or the device's.
    pub fn eval_all(tensors: &[Tensor], device: &Device) -> Result<Vec<Tensor>> {
        if tensors.iter().all(|t| t.value().is_some_and(|v| v.storage.device().is_none_or(|d| d == device.info().name))) {
            return Ok(tensors.to_vec());
        }
        let traced = Program::trace(&[], tensors)?;
        let values = traced.captured.into_iter().map(|value| device.adopt(value)).collect::<Result<Vec<_>>>()?;
        let outputs = device.compile_once(&traced.program)?.run(values)?;
        Ok(outputs.into_iter().map(Tensor::from_value).collect())
    }

    /// The elements on the host, computed on the default device.
    ///
    /// # Errors
    /// The error that the tensor carries, or the device's.
    pub fn to_host(&self) -> Result<HostTensor> {
        self.to_host_on(&Device::default_device()?)
    }

    /// The elements on the host, computed on `device`.
    ///
    /// # Errors
    /// The error that the tensor carries, or the device's.
    pub fn to_host_on(&self, device: &Device) -> Result<HostTensor> {
        let tensor = self.eval_on(device)?;
        match &tensor.0.kind {
            Kind::Value(value) => device.read(value),
            Kind::Placeholder(_) | Kind::Op(_) | Kind::Invalid(_) => Err(Error::InvalidProgram("evaluation gave no value".into())),
        }
    }

    /// The elements as a vector, in row-major order.
    ///
    /// # Errors
    /// [`Error::Mismatch`] where `T` is not the tensor's dtype; the error that the tensor carries, or the device's.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        let host = self.to_host()?;
        host.to_vec().ok_or_else(|| Error::Mismatch {
            what: "the element type of to_vec".into(),
            expected: host.dtype().to_string(),
            got: T::DTYPE.to_string(),
        })
    }

    /// The only element of the tensor.
    ///
    /// # Errors
    /// [`Error::Mismatch`] where there are more or fewer, or of another type; the error that the tensor carries, or the device's.
    pub fn item<T: Element>(&self) -> Result<T> {
        let values = self.to_vec::<T>()?;
        match values.as_slice() {
            [value] => Ok(*value),
            _ => Err(Error::Mismatch {
                what: "the tensor of item".into(),
                expected: "one element".into(),
                got: format!("{} of {}", values.len(), self.spec()),
            }),
        }
    }
}
