//! The graph of a model as TensorFlow writes graphs (`graph.proto`): TensorBoard draws its boxes in boxes by the slashes of the names.

use super::proto::Message;
use wgrad_model::{ANY, GraphNode, ModelGraph};
use wgrad_tensor::{DType, Spec};

/// A model in the model is the box around its layers.
pub(crate) fn graph_def(graph: &ModelGraph) -> Message {
    let is_box = |node: &GraphNode| graph.nodes.iter().any(|inner| is_inside(&inner.path, &node.path));
    let nodes = graph.nodes.iter().filter(|node| !(node.is_model() && is_box(node))).map(|node| {
        let sources = node.sources.iter().flat_map(|source| producers(graph, source));
        let message = Message::new().bytes(1, &node.path).bytes(2, &node.class_name);
        let message = sources.fold(message, |message, source| message.element(3, source));
        attributes(node).into_iter().fold(message, |message, (name, value)| {
            let entry = Message::new().bytes(1, name).message(2, value);
            message.message(5, entry)
        })
    });
    let graph = nodes.fold(Message::new(), |graph, node| graph.message(1, node));
    graph.message(4, Message::new().int(1, 22))
}

fn is_inside(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

/// The layers that give what `path` gives: of a model in the model those in it.
fn producers(graph: &ModelGraph, path: &str) -> Vec<String> {
    match graph.nodes.iter().find(|node| node.path == path) {
        Some(node) if node.is_model() && !node.results.is_empty() => {
            node.results.iter().filter(|result| is_inside(result, path)).flat_map(|result| producers(graph, result)).collect()
        }
        _ => vec![path.to_string()],
    }
}

/// What TensorBoard shows of a node.
fn attributes(node: &GraphNode) -> Vec<(&'static str, Message)> {
    let shapes = node.outputs.iter().fold(Message::new(), |list, spec| list.message(7, shape(spec)));
    let mut attributes = vec![("_output_shapes", Message::new().message(1, shapes))];
    attributes.extend(node.outputs.first().map(|spec| ("dtype", Message::new().set_int(6, data_type(spec.dtype)))));
    attributes.extend(node.activation.as_ref().map(|name| ("activation", Message::new().element(2, name))));
    attributes.extend(node.trainable.map(|trainable| ("trainable", Message::new().set_int(5, i64::from(trainable)))));
    attributes.push(("params", Message::new().set_int(3, node.params as i64)));
    attributes
}

/// The batch axis may have any length.
fn shape(spec: &Spec) -> Message {
    let dims = std::iter::once(-1).chain(spec.shape.iter().map(|&dim| if dim == ANY { -1 } else { dim as i64 }));
    dims.fold(Message::new(), |shape, dim| shape.message(2, Message::new().int(1, dim)))
}

/// `DataType` of `types.proto`
fn data_type(dtype: DType) -> i64 {
    match dtype {
        DType::F32 => 1,
        DType::F64 => 2,
        DType::I32 => 3,
        DType::Bool => 10,
        DType::F16 => 19,
        DType::U32 => 22,
    }
}
