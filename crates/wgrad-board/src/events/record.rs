//! TFRecord: the frame around each message of an event file.

/// `length: u64, masked crc of length: u32, data, masked crc of data: u32`, all little-endian.
pub(crate) fn frame(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length, &masked_crc(&length)[..], data, &masked_crc(data)].concat()
}

/// CRC-32C, rotated and shifted, so that the checksum of data that holds checksums is a good one, too.
fn masked_crc(data: &[u8]) -> [u8; 4] {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_as_tensorflow_writes_them() {
        // The first record of every event file of TensorFlow's: `Event(wall_time=..., file_version="brain.Event:2")` is 24 bytes long.
        assert_eq!(frame(&[0; 24])[..12], [0x18, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22]);
    }
}
