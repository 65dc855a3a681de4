//! One array.

use super::header::Header;
use half::f16;
use std::{fs, path::Path};
use wgrad_model::{Error, Result, replace_file};
use wgrad_tensor::{HostData, HostTensor};

/// The array in a `.npy` file.
///
/// # Errors
/// A file that cannot be read; see [`read_npy`].
pub fn load_npy(path: impl AsRef<Path>) -> Result<HostTensor> {
    let path = path.as_ref();
    let broken = |why: String| Error::File { path: path.display().to_string(), why };
    read_npy(&fs::read(path).map_err(|e| broken(e.to_string()))?).map_err(broken)
}

/// Writes an array to a `.npy` file. The file that was there stays whole until the new one is.
///
/// # Errors
/// Those of the file system.
pub fn save_npy(path: impl AsRef<Path>, tensor: &HostTensor) -> Result<()> {
    replace_file(path.as_ref(), &write_npy(tensor))
}

/// The array in the bytes of a `.npy` file, in C order whatever its order there. Memory is taken for as many elements as there are, not for what the
/// header says.
///
/// ```
/// use wgrad_io::{read_npy, write_npy};
/// use wgrad_tensor::{HostData, HostTensor};
/// let array = HostTensor::new([2, 2], HostData::F32(vec![1.0, 2.0, 3.0, 4.0])).unwrap();
/// assert_eq!(read_npy(&write_npy(&array)).unwrap(), array);
/// ```
///
/// # Errors
/// What is wrong with the header; a type of elements that there is not; more or fewer elements than the shape has; integers that do not fit i32.
pub fn read_npy(file: &[u8]) -> Result<HostTensor, String> {
    let (header, bytes) = Header::split(file)?;
    let Header { descr, fortran_order, shape } = header;
    let big = descr.starts_with('>');
    let kind = descr.trim_start_matches(['<', '>', '|', '=']);
    let size: usize =
        kind.get(1..).and_then(|size| size.parse().ok()).filter(|size| [1, 2, 4, 8].contains(size)).ok_or_else(|| wrong(&descr))?;
    let elements = shape.iter().try_fold(1usize, |n, length| n.checked_mul(*length)).and_then(|n| n.checked_mul(size));
    if elements != Some(bytes.len()) {
        return Err(format!("the shape {shape:?} of {descr} does not have the {} bytes that there are", bytes.len()));
    }
    let words = |size: usize| {
        bytes.chunks_exact(size).map(move |word| {
            let mut wide = [0u8; 8];
            let little = word.iter().copied().enumerate().map(|(i, byte)| (if big { size - 1 - i } else { i }, byte));
            little.for_each(|(i, byte)| wide[i] = byte);
            u64::from_le_bytes(wide)
        })
    };
    let data = match kind {
        "f2" => HostData::F16(words(2).map(|word| f16::from_bits(word as u16)).collect()),
        "f4" => HostData::F32(words(4).map(|word| f32::from_bits(word as u32)).collect()),
        "f8" => HostData::F64(words(8).map(f64::from_bits).collect()),
        "b1" => HostData::Bool(words(1).map(|word| word != 0).collect()),
        "u4" => HostData::U32(words(4).map(|word| word as u32).collect()),
        "i1" => integers(words(1).map(|word| i64::from(word as u8 as i8)))?,
        "i2" => integers(words(2).map(|word| i64::from(word as u16 as i16)))?,
        "i4" => integers(words(4).map(|word| i64::from(word as u32 as i32)))?,
        "i8" => integers(words(8).map(|word| word as i64))?,
        "u1" | "u2" | "u8" => integers(words(size).map(|word| i64::try_from(word).unwrap_or(i64::MAX)))?,
        _ => return Err(wrong(&descr)),
    };
    let data = if fortran_order { in_c_order(&data, &shape) } else { data };
    HostTensor::new(shape, data).ok_or_else(|| "it does not have the elements of its shape".into())
}

fn wrong(descr: &str) -> String {
    format!("its elements are {descr}, not numbers or bools of 1 to 8 bytes")
}

fn integers(values: impl Iterator<Item = i64>) -> Result<HostData, String> {
    let narrow = |value: i64| i32::try_from(value).map_err(|_| format!("the integer {value} does not fit 32 bits"));
    values.map(narrow).collect::<Result<_, _>>().map(HostData::I32)
}

/// Elements whose first axis runs fastest, so that the last does.
fn in_c_order(data: &HostData, shape: &[usize]) -> HostData {
    fn reorder<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
        // Axes of length 1 change nothing; a file may have a million of them.
        let shape: Vec<usize> = shape.iter().copied().filter(|&length| length != 1).collect();
        let strides: Vec<usize> = shape.iter().scan(1, |stride, length| Some(std::mem::replace(stride, *stride * length))).collect();
        let mut index = vec![0; shape.len()];
        let mut from = 0;
        let next = |_: usize| {
            let value = values.get(from).copied();
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                from += strides[axis];
                if index[axis] < shape[axis] {
                    break;
                }
                from -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
            value
        };
        (0..values.len()).filter_map(next).collect()
    }
    match data {
        HostData::F16(values) => HostData::F16(reorder(values, shape)),
        HostData::F32(values) => HostData::F32(reorder(values, shape)),
        HostData::F64(values) => HostData::F64(reorder(values, shape)),
        HostData::I32(values) => HostData::I32(reorder(values, shape)),
        HostData::U32(values) => HostData::U32(reorder(values, shape)),
        HostData::Bool(values) => HostData::Bool(reorder(values, shape)),
    }
}

/// The bytes of a `.npy` file of an array: little endian, C order.
pub fn write_npy(tensor: &HostTensor) -> Vec<u8> {
    let (descr, bytes): (&str, Vec<u8>) = match tensor.data() {
        HostData::F16(values) => ("<f2", values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        HostData::F32(values) => ("<f4", values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        HostData::F64(values) => ("<f8", values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        HostData::I32(values) => ("<i4", values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        HostData::U32(values) => ("<u4", values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        HostData::Bool(values) => ("|b1", values.iter().map(|v| u8::from(*v)).collect()),
    };
    let header = Header { descr: descr.into(), fortran_order: false, shape: tensor.shape().to_vec() };
    [header.write(), bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of 3 MB can have a million axes.
    #[test]
    fn axes_of_length_one_cost_nothing() {
        let shape: Vec<usize> = [2].into_iter().chain(std::iter::repeat_n(1, 1_000_000)).chain([3]).collect();
        let data = HostData::F32(vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(in_c_order(&data, &shape), HostData::F32(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    }

    fn file(descr: &str, fortran_order: bool, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
        [Header { descr: descr.into(), fortran_order, shape: shape.to_vec() }.write(), bytes.to_vec()].concat()
    }

    #[test]
    fn every_type_comes_back() {
        let arrays = [
            HostData::F16(vec![f16::from_f32(1.5), f16::NAN]),
            HostData::F32(vec![-0.0, f32::INFINITY]),
            HostData::F64(vec![1e300, 2.0]),
            HostData::I32(vec![i32::MIN, 7]),
            HostData::U32(vec![u32::MAX, 7]),
            HostData::Bool(vec![true, false]),
        ];
        for data in arrays {
            let tensor = HostTensor::new([2, 1], data).unwrap();
            let again = read_npy(&write_npy(&tensor)).unwrap();
            assert_eq!((format!("{again:?}"), again.dtype()), (format!("{tensor:?}"), tensor.dtype()));
        }
    }

    #[test]
    fn other_orders_and_widths() {
        let fortran = read_npy(&file("|u1", true, &[2, 3], &[1, 4, 2, 5, 3, 6])).unwrap();
        assert_eq!(*fortran.data(), HostData::I32(vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(*read_npy(&file(">f4", false, &[1], &1.5f32.to_be_bytes())).unwrap().data(), HostData::F32(vec![1.5]));
        assert_eq!(*read_npy(&file("<i8", false, &[], &(-5i64).to_le_bytes())).unwrap().data(), HostData::I32(vec![-5]));
        assert_eq!(*read_npy(&file("|i1", false, &[1], &[255])).unwrap().data(), HostData::I32(vec![-1]));
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let error = |file: Vec<u8>| read_npy(&file).unwrap_err();
        assert_eq!(error(file("<i8", false, &[1], &(1i64 << 40).to_le_bytes())), "the integer 1099511627776 does not fit 32 bits");
        let huge = [usize::MAX, usize::MAX];
        assert!(error(file("<f4", false, &huge, &[0; 4])).ends_with("of <f4 does not have the 4 bytes that there are"));
        assert!(error(file("|O", false, &[1], &[0; 8])).starts_with("its elements are |O, not numbers"));
        assert!(error(file("<c8", false, &[1], &[0; 8])).starts_with("its elements are <c8, not numbers"));
    }
}
