//! Memory of the host that may be refused: large requests give an error instead of ending the process.

use wgrad_tensor::{Error, Result};

/// Requests below this many bytes are not compared with the memory that is left.
const SMALL: u64 = 64 << 20;

/// An empty vector with room for `len` elements.
///
/// # Errors
/// [`Error::OutOfMemory`] names `device` and `what` the memory was for.
pub(crate) fn reserve<T>(device: &str, what: impl Fn() -> String, len: usize) -> Result<Vec<T>> {
    let needed = (len as u64).saturating_mul(size_of::<T>() as u64);
    check(device, &what, needed)?;
    let mut values = Vec::new();
    let refused = |_| Error::OutOfMemory { device: device.into(), what: what(), needed, available: isize::MAX as u64 };
    values.try_reserve_exact(len).map_err(refused)?;
    Ok(values)
}

/// Fails where more is needed than there is.
///
/// # Errors
/// [`Error::OutOfMemory`] names `device` and `what` the memory is for.
pub(crate) fn check(device: &str, what: impl FnOnce() -> String, needed: u64) -> Result<()> {
    let left = if needed < SMALL { None } else { available() };
    match left.filter(|&left| needed > left) {
        Some(available) => Err(Error::OutOfMemory { device: device.into(), what: what(), needed, available }),
        None => Ok(()),
    }
}

/// Bytes that can still be given to this process, where the system tells.
pub(crate) fn available() -> Option<u64> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim_end().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::reserve;

    #[test]
    fn too_much_memory_is_an_error() {
        let error = reserve::<f64>("reference", || "a test".into(), 1 << 50).unwrap_err().to_string();
        assert!(error.starts_with("device reference is out of memory: a test needs 9007199254740992 bytes"), "{error}");
        assert!(reserve::<f64>("reference", || "a test".into(), 100).unwrap().capacity() >= 100);
    }
}
