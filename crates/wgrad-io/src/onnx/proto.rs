//! Protocol buffers, as far as writing needs them: fields are numbered and are integers, or bytes with their length.

use wgrad_tensor::{DType, HostData, HostTensor, Spec};

/// A message that is written field by field.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(pub(super) Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// An integer.
    pub(super) fn int(&mut self, field: u64, value: i64) {
        self.varint(field << 3);
        self.varint(value as u64);
    }

    /// Bytes.
    pub(super) fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    /// A text.
    pub(super) fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    /// A message in the message.
    pub(super) fn message(&mut self, field: u64, message: &Message) {
        self.bytes(field, &message.0);
    }
}

/// ONNX' number of a type of elements.
pub(super) fn dtype(dtype: DType) -> i64 {
    match dtype {
        DType::F32 => 1,
        DType::I32 => 6,
        DType::Bool => 9,
        DType::F16 => 10,
        DType::F64 => 11,
        DType::U32 => 12,
    }
}

/// ONNX' number of 64-bit integers, in which it counts.
pub(super) const I64: i64 = 7;

/// `TensorProto`
pub(super) fn tensor(name: &str, dtype: i64, shape: &[usize], elements: &[u8]) -> Message {
    let mut message = Message::default();
    shape.iter().for_each(|&length| message.int(1, length as i64));
    message.int(2, dtype);
    message.text(8, name);
    message.bytes(9, elements);
    message
}

/// `TensorProto` of a tensor.
pub(super) fn host_tensor(name: &str, value: &HostTensor) -> Message {
    let bytes: Vec<u8> = match value.data() {
        HostData::Bool(values) => values.iter().map(|v| u8::from(*v)).collect(),
        HostData::F16(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        HostData::F32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        HostData::F64(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        HostData::I32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        HostData::U32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    };
    tensor(name, dtype(value.dtype()), value.shape(), &bytes)
}

/// `ValueInfoProto`
pub(super) fn value_info(name: &str, spec: &Spec) -> Message {
    let mut shape = Message::default();
    for &length in spec.shape.iter() {
        let mut dimension = Message::default();
        dimension.int(1, length as i64);
        shape.message(1, &dimension);
    }
    let (mut tensor, mut kind, mut info) = (Message::default(), Message::default(), Message::default());
    tensor.int(1, dtype(spec.dtype));
    tensor.message(2, &shape);
    kind.message(1, &tensor);
    info.text(1, name);
    info.message(2, &kind);
    info
}

/// A setting of a node.
#[derive(Clone, Debug)]
pub(super) enum Attribute {
    Int(i64),
    Ints(Vec<i64>),
    Text(&'static str),
    Graph(Message),
}

impl Attribute {
    /// `AttributeProto`
    pub(super) fn message(&self, name: &str) -> Message {
        let mut message = Message::default();
        message.text(1, name);
        let kind = match self {
            Attribute::Int(value) => {
                message.int(3, *value);
                2
            }
            Attribute::Text(text) => {
                message.text(4, text);
                3
            }
            Attribute::Graph(graph) => {
                message.message(6, graph);
                5
            }
            Attribute::Ints(values) => {
                values.iter().for_each(|value| message.int(8, *value));
                7
            }
        };
        message.int(20, kind);
        message
    }
}
