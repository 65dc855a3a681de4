//! Arrays as rows: one item for each index of the first axis.

use crate::{Error, Result};
use std::sync::Arc;
use wgrad_tensor::{Element, HostTensor, Tensor, each_dtype};

/// How many rows there are, and how to take one.
type Rows<R> = (usize, Arc<dyn Fn(usize) -> R + Send + Sync>);

/// One array, or a tuple of arrays with as many rows each.
pub trait IntoRows {
    /// What is at one index: a [`HostTensor`] without the first axis, or a tuple of them.
    type Row;

    /// The number of rows, and the row at an index below it.
    ///
    /// # Errors
    /// Arrays without a first axis or with different numbers of rows; those of evaluating a tensor.
    fn into_rows(self) -> Result<Rows<Self::Row>>;
}

impl IntoRows for HostTensor {
    type Row = HostTensor;

    fn into_rows(self) -> Result<Rows<HostTensor>> {
        let Some((&n, shape)) = self.shape().split_first() else {
            return Err(Error::Pipeline { stage: "from_arrays", why: format!("an array of {} has no rows", self.spec()) });
        };
        let (shape, numel) = (shape.to_vec(), shape.iter().product::<usize>());
        let row = move |i: usize| {
            let data =
                each_dtype!(self.data(), values => Element::into_data(values.get(i * numel..(i + 1) * numel).unwrap_or_default().to_vec()));
            HostTensor::new(shape.as_slice(), data).unwrap_or_else(|| self.clone())
        };
        Ok((n, Arc::new(row)))
    }
}

impl IntoRows for &Tensor {
    type Row = HostTensor;

    fn into_rows(self) -> Result<Rows<HostTensor>> {
        self.to_host().map_err(Error::of_user)?.into_rows()
    }
}

impl IntoRows for Tensor {
    type Row = HostTensor;

    fn into_rows(self) -> Result<Rows<HostTensor>> {
        (&self).into_rows()
    }
}

impl<A: IntoRows<Row: 'static>, B: IntoRows<Row: 'static>> IntoRows for (A, B) {
    type Row = (A::Row, B::Row);

    fn into_rows(self) -> Result<Rows<Self::Row>> {
        let ((n, a), (other, b)) = (self.0.into_rows()?, self.1.into_rows()?);
        same(n, other)?;
        Ok((n, Arc::new(move |i| (a(i), b(i)))))
    }
}

impl<A: IntoRows<Row: 'static>, B: IntoRows<Row: 'static>, C: IntoRows<Row: 'static>> IntoRows for (A, B, C) {
    type Row = (A::Row, B::Row, C::Row);

    fn into_rows(self) -> Result<Rows<Self::Row>> {
        let ((n, a), (second, b), (third, c)) = (self.0.into_rows()?, self.1.into_rows()?, self.2.into_rows()?);
        same(n, second)?;
        same(n, third)?;
        Ok((n, Arc::new(move |i| (a(i), b(i), c(i)))))
    }
}

fn same(n: usize, other: usize) -> Result<()> {
    let why = || format!("arrays must have the same number of rows, got {n} and {other}");
    if n == other { Ok(()) } else { Err(Error::Pipeline { stage: "from_arrays", why: why() }) }
}
