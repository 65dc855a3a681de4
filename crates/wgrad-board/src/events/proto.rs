//! Protocol buffers, written: fields of the few kinds that event files have. A field with the default value is left out, as proto3 asks for.

/// A message while it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message(Vec<u8>);

/// How the value of a field is written.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

impl Message {
    pub(crate) fn new() -> Message {
        Message::default()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// An integer, an enum or a bool; negative numbers as two's complement of 64 bits.
    pub(crate) fn int(self, field: u32, value: i64) -> Message {
        if value == 0 { self } else { self.set_int(field, value) }
    }

    /// [`Message::int`] that is one of several alternatives, so that 0 is written too.
    pub(crate) fn set_int(self, field: u32, value: i64) -> Message {
        self.tag(field, Wire::Varint).varint(value as u64)
    }

    pub(crate) fn double(self, field: u32, value: f64) -> Message {
        if value.to_bits() == 0 { self } else { self.set_double(field, value) }
    }

    /// [`Message::double`] that is one of several alternatives, so that 0 is written too.
    pub(crate) fn set_double(mut self, field: u32, value: f64) -> Message {
        self = self.tag(field, Wire::Fixed64);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A float that is one of several alternatives.
    pub(crate) fn set_float(mut self, field: u32, value: f32) -> Message {
        self = self.tag(field, Wire::Fixed32);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Text or bytes.
    pub(crate) fn bytes(self, field: u32, value: impl AsRef<[u8]>) -> Message {
        if value.as_ref().is_empty() { self } else { self.element(field, value) }
    }

    /// Text or bytes of a list, so that empty ones are written too.
    pub(crate) fn element(mut self, field: u32, value: impl AsRef<[u8]>) -> Message {
        let value = value.as_ref();
        self = self.tag(field, Wire::Bytes).varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    /// A message in the message.
    pub(crate) fn message(self, field: u32, value: Message) -> Message {
        self.element(field, value.0)
    }

    /// Doubles of a list.
    pub(crate) fn doubles(self, field: u32, values: &[f64]) -> Message {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.bytes(field, bytes)
    }

    fn tag(self, field: u32, wire: Wire) -> Message {
        self.varint(u64::from(field << 3) | wire as u64)
    }

    /// Seven bits in a byte, the lowest first; the highest bit tells that more follow.
    fn varint(mut self, mut value: u64) -> Message {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification() {
        // https://protobuf.dev/programming-guides/encoding/
        assert_eq!(Message::new().int(1, 150).into_bytes(), [0x08, 0x96, 0x01]);
        assert_eq!(Message::new().bytes(2, "testing").into_bytes(), [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
        assert_eq!(Message::new().message(3, Message::new().int(1, 150)).into_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert_eq!(Message::new().int(1, -2).into_bytes(), [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    }

    #[test]
    fn defaults_are_left_out_where_they_may() {
        assert_eq!(Message::new().int(1, 0).double(2, 0.0).bytes(3, "").doubles(4, &[]).into_bytes(), [0_u8; 0]);
        assert_eq!(Message::new().set_float(2, 0.0).into_bytes(), [0x15, 0, 0, 0, 0]);
        // -0 is another number than the default.
        assert_eq!(Message::new().double(1, -0.0).into_bytes().len(), 9);
    }
}
