//! Rows of tensors on the host.

use crate::{Error, Result};
use wgrad_tensor::{Element, HostData, HostTensor, Shape, Spec, each_dtype};

/// The numbers of all of `n` rows, in order.
pub(crate) fn all_rows(n: usize) -> Vec<i32> {
    (0..n.min(i32::MAX as usize) as i32).collect()
}

/// The rows of a tensor with these numbers, one after the other.
pub(crate) fn take_rows(tensor: &HostTensor, rows: &[i32]) -> Result<HostTensor> {
    fn gather<T: Element>(values: &[T], rows: &[i32], row: usize) -> Option<HostData> {
        let mut out = Vec::with_capacity(rows.len() * row);
        for &r in rows {
            let start = usize::try_from(r).ok()?.checked_mul(row)?;
            out.extend_from_slice(values.get(start..start.checked_add(row)?)?);
        }
        Some(T::into_data(out))
    }
    check_rows(rows, &tensor.spec())?;
    let row = tensor.shape().iter().skip(1).product();
    let data = each_dtype!(tensor.data(), values => gather(values, rows, row));
    let taken = data.and_then(|data| HostTensor::new(with_rows(tensor.shape(), rows.len()), data));
    taken.ok_or_else(|| Error::invalid("rows of a batch", "the data does not have the length of its shape"))
}

/// Whether all numbers are those of rows.
pub(crate) fn check_rows(rows: &[i32], data: &Spec) -> Result<()> {
    let samples = data.shape.first().copied().unwrap_or(0);
    let wrong = rows.iter().find(|&&r| !usize::try_from(r).is_ok_and(|r| r < samples));
    wrong.map_or(Ok(()), |r| Err(Error::invalid("rows of a batch", format!("row {r} is not in 0..{samples}"))))
}

/// Tensors one after the other along their first axis.
pub(crate) fn join_rows(parts: &[HostTensor]) -> Result<HostTensor> {
    fn join<T: Element>(_first: &[T], parts: &[HostTensor]) -> HostData {
        T::into_data(parts.iter().flat_map(|part| T::from_data(part.data()).unwrap_or_default()).collect())
    }
    let first = parts.first().ok_or_else(|| Error::invalid("batches", "there are none"))?;
    let rows = parts.iter().filter_map(|part| part.shape().first()).sum();
    let data = each_dtype!(first.data(), values => join(values, parts));
    HostTensor::new(with_rows(first.shape(), rows), data).ok_or_else(|| Error::invalid("batches", "their rows have different shapes"))
}

/// `shape` with another first length.
pub(crate) fn with_rows(shape: &Shape, rows: usize) -> Shape {
    std::iter::once(rows).chain(shape.iter().skip(1).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_taken_and_joined() {
        let data = HostTensor::new([3, 2], HostData::I32((0..6).collect())).unwrap();
        let taken = take_rows(&data, &[2, 0]).unwrap();
        assert_eq!(taken.to_vec::<i32>().unwrap(), [4, 5, 0, 1]);
        assert_eq!(join_rows(&[taken.clone(), taken]).unwrap().shape().to_vec(), [4, 2]);
        assert!(take_rows(&data, &[3]).unwrap_err().to_string().contains("row 3 is not in 0..3"));
        assert!(take_rows(&data, &[-1]).is_err());
    }
}
