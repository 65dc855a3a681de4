//! Random bits.

use super::{index::collect, number::view};
use wgrad_tensor::{Error, HostData, Result, philox};

/// `len` words for a key `[seed low, seed high, step]`.
pub(super) fn random(key: &HostData, stream: u32, len: usize) -> Result<HostData> {
    let &[low, high, step] = view::<u32>(key)? else {
        return Err(Error::InvalidProgram(format!("a key of {} words where 3 were expected", key.len())));
    };
    let word = |i: usize| philox([(i / 4) as u32, 0, stream, step], [low, high])[i % 4];
    Ok(HostData::U32(collect(len, (0..len).map(word))?))
}
