//! Several arrays by name, in an archive.

use super::npy::{read_npy, write_npy};
use crate::archive::{self, Archive};
use std::{fs, path::Path};
use wgrad_model::{Error, Result, replace_file};
use wgrad_tensor::HostTensor;

/// The ending of the members.
const NPY: &str = ".npy";

/// The arrays in a `.npz` file with their names, in the order of the file.
///
/// # Errors
/// A file that cannot be read; an array that cannot, see [`super::read_npy`].
pub fn load_npz(path: impl AsRef<Path>) -> Result<Vec<(String, HostTensor)>> {
    let path = path.as_ref();
    let bytes = fs::read(path).map_err(|e| Error::File { path: path.display().to_string(), why: e.to_string() })?;
    read(bytes, path)
}

/// The arrays in the bytes of a `.npz` file.
///
/// # Errors
/// As [`load_npz`].
pub fn read_npz(file: &[u8]) -> Result<Vec<(String, HostTensor)>> {
    read(file.to_vec(), Path::new("npz"))
}

fn read(bytes: Vec<u8>, path: &Path) -> Result<Vec<(String, HostTensor)>> {
    let mut archive = Archive::new(bytes, path)?;
    let names = archive.names()?;
    let array = |member: String| {
        let array = read_npy(&archive.read(&member)?);
        let array = array.map_err(|why| Error::File { path: path.display().to_string(), why: format!("{member}: {why}") })?;
        Ok((member.strip_suffix(NPY).unwrap_or(&member).to_string(), array))
    };
    names.into_iter().map(array).collect()
}

/// Writes arrays to a `.npz` file, as `numpy.savez` does. The file that was there stays whole until the new one is.
///
/// # Errors
/// Two arrays of one name; those of the file system.
pub fn save_npz<'a>(path: impl AsRef<Path>, arrays: impl IntoIterator<Item = (&'a str, &'a HostTensor)>) -> Result<()> {
    let path = path.as_ref();
    replace_file(path, &write(arrays, path)?)
}

/// The bytes of a `.npz` file of arrays.
///
/// # Errors
/// Two arrays of one name.
pub fn write_npz<'a>(arrays: impl IntoIterator<Item = (&'a str, &'a HostTensor)>) -> Result<Vec<u8>> {
    write(arrays, Path::new("npz"))
}

fn write<'a>(arrays: impl IntoIterator<Item = (&'a str, &'a HostTensor)>, path: &Path) -> Result<Vec<u8>> {
    archive::write(arrays.into_iter().map(|(name, array)| (format!("{name}{NPY}"), write_npy(array))), path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgrad_tensor::HostData;

    #[test]
    fn arrays_come_back_by_name() {
        let one = HostTensor::new([2], HostData::F32(vec![1.0, 2.0])).unwrap();
        let two = HostTensor::new((), HostData::I32(vec![3])).unwrap();
        let file = write_npz([("x/one", &one), ("two", &two)]).unwrap();
        assert_eq!(read_npz(&file).unwrap(), [("x/one".to_string(), one.clone()), ("two".to_string(), two)]);
        assert!(write_npz([("a", &one), ("a", &one)]).unwrap_err().to_string().contains("a.npy"));
    }
}
