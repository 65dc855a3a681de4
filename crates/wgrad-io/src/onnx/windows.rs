//! Convolutions and pooling. Features come last here and second in ONNX.

use super::{
    graph::Graph,
    moves,
    proto::Attribute::{Int, Ints},
};
use wgrad_tensor::{Conv, HostData, HostTensor, Spec, Window};

/// Lengths before all axes, then after all axes, as ONNX has them.
fn pads(padding: &[(usize, usize)]) -> Vec<i64> {
    padding.iter().map(|p| p.0 as i64).chain(padding.iter().map(|p| p.1 as i64)).collect()
}

pub(super) fn conv(graph: &mut Graph, conv: &Conv, operands: &[(&str, &Spec)]) -> Result<String, String> {
    let [(x, spec), (kernel, kernel_spec)] = operands else { return Err("a convolution has two operands".into()) };
    if conv.batch_groups != 1 {
        return Err("ONNX has no convolution with groups of samples".into());
    }
    let n = conv.strides.len();
    let (mut x, mut shape) = (x.to_string(), spec.shape.to_vec());
    for (axis, dilation) in conv.lhs_dilation.iter().enumerate().filter(|(_, dilation)| **dilation > 1) {
        let fill = graph.number(0.0, spec.dtype);
        x = moves::spread(graph, &x, &mut shape, axis + 1, dilation - 1, &fill);
    }
    // Negative padding crops, which ONNX' convolution does not.
    if conv.padding.iter().any(|(low, high)| *low < 0 || *high < 0) {
        let cut = |(length, (low, high)): (&usize, (isize, isize))| {
            let (low, high) = (low.min(0).unsigned_abs(), high.min(0).unsigned_abs());
            wgrad_tensor::Range { start: low.min(*length), len: length.saturating_sub(low + high), step: 1 }
        };
        let padding = std::iter::once((0, 0)).chain(conv.padding.iter().copied()).chain([(0, 0)]);
        let ranges: Vec<_> = shape.iter().zip(padding).map(cut).collect();
        x = moves::slice(graph, &x, &ranges);
    }
    let channels_second: Vec<usize> = [0, n + 1].into_iter().chain(1..=n).collect();
    let x = moves::transpose(graph, &x, &channels_second);
    let outputs_first: Vec<usize> = [n + 1, n].into_iter().chain(0..n).collect();
    let kernel = moves::transpose(graph, kernel, &outputs_first);
    let padding: Vec<(usize, usize)> =
        conv.padding.iter().map(|(low, high)| (low.max(&0).unsigned_abs(), high.max(&0).unsigned_abs())).collect();
    let settings = [
        ("kernel_shape", Ints(moves::signed(&kernel_spec.shape[..n]))),
        ("strides", Ints(moves::signed(&conv.strides))),
        ("dilations", Ints(moves::signed(&conv.rhs_dilation))),
        ("pads", Ints(pads(&padding))),
        ("group", Int(conv.feature_groups as i64)),
    ];
    let y = graph.node("Conv", &[&x, &kernel], &settings);
    let channels_last: Vec<usize> = [0].into_iter().chain(2..n + 2).chain([1]).collect();
    Ok(moves::transpose(graph, &y, &channels_last))
}

/// A tensor with the axes of its windows last, and the way back.
struct Pooled {
    x: String,
    /// The axes with windows.
    axes: Vec<usize>,
    /// The others.
    rest: Vec<usize>,
}

impl Pooled {
    /// `[1 or rest, rest or 1, windows...]`: what has no windows is samples for a convolution, features for pooling.
    fn new(graph: &mut Graph, window: &Window, (x, spec): (&str, &Spec), as_samples: bool) -> Result<Pooled, String> {
        let plain = |axis: usize| window.size[axis] == 1 && window.strides[axis] == 1 && window.padding[axis] == (0, 0);
        let (rest, mut axes): (Vec<usize>, Vec<usize>) = (0..window.size.len()).partition(|&axis| plain(axis));
        let mut rest = rest;
        if axes.is_empty() {
            axes.extend(rest.pop());
        }
        if axes.len() > 3 {
            return Err(format!("ONNX has no pooling over {} axes", axes.len()));
        }
        let order: Vec<usize> = rest.iter().chain(&axes).copied().collect();
        let moved = moves::transpose(graph, x, &order);
        let others: usize = rest.iter().map(|&axis| spec.shape[axis]).product();
        let first = if as_samples { [others, 1] } else { [1, others] };
        let lengths: Vec<usize> = first.into_iter().chain(axes.iter().map(|&axis| spec.shape[axis])).collect();
        Ok(Pooled { x: moves::reshape(graph, &moved, &lengths), axes, rest })
    }

    fn settings(&self, window: &Window) -> [(&'static str, super::proto::Attribute); 4] {
        let of = |values: &[usize]| Ints(self.axes.iter().map(|&axis| values[axis] as i64).collect());
        let padding: Vec<(usize, usize)> = self.axes.iter().map(|&axis| window.padding[axis]).collect();
        [
            ("kernel_shape", of(&window.size)),
            ("strides", of(&window.strides)),
            ("dilations", of(&window.dilation)),
            ("pads", Ints(pads(&padding))),
        ]
    }

    /// The result with its axes where they were.
    fn back(&self, graph: &mut Graph, y: &str, window: &Window, shape: &[usize]) -> String {
        let after = |axis: usize| {
            let (low, high) = window.padding[axis];
            let reach = (window.size[axis] - 1) * window.dilation[axis] + 1;
            (shape[axis] + low + high).checked_sub(reach).map_or(0, |room| room / window.strides[axis] + 1)
        };
        let order: Vec<usize> = self.rest.iter().chain(&self.axes).copied().collect();
        let lengths: Vec<usize> = order.iter().map(|&axis| after(axis)).collect();
        let y = moves::reshape(graph, y, &lengths);
        let inverse: Vec<usize> = (0..order.len()).filter_map(|axis| order.iter().position(|&moved| moved == axis)).collect();
        moves::transpose(graph, &y, &inverse)
    }
}

/// Sums of windows: a convolution with ones.
pub(super) fn sum(graph: &mut Graph, window: &Window, operand: (&str, &Spec)) -> Result<String, String> {
    let pooled = Pooled::new(graph, window, operand, true)?;
    let shape: Vec<usize> = [1, 1].into_iter().chain(pooled.axes.iter().map(|&axis| window.size[axis])).collect();
    let ones = HostTensor::new(&shape[..], HostData::F32(vec![1.0; shape.iter().product()])).ok_or("too large a window")?;
    let ones = graph.constant(&ones);
    let ones = super::convert::cast(graph, &ones, operand.1.dtype);
    let y = graph.node("Conv", &[&pooled.x, &ones], &pooled.settings(window));
    Ok(pooled.back(graph, &y, window, &operand.1.shape))
}

/// Largest elements of windows. What lies in the padding alone is 0 here and the lowest number in ONNX, so the padding may not be that wide.
pub(super) fn max(graph: &mut Graph, window: &Window, operand: (&str, &Spec)) -> Result<String, String> {
    let pooled = Pooled::new(graph, window, operand, false)?;
    let wide = |&axis: &usize| window.padding[axis].0.max(window.padding[axis].1) > (window.size[axis] - 1) * window.dilation[axis];
    if pooled.axes.iter().any(wide) {
        return Err("ONNX has no max-pooling with windows of padding alone".into());
    }
    let y = graph.node("MaxPool", &[&pooled.x], &pooled.settings(window));
    Ok(pooled.back(graph, &y, window, &operand.1.shape))
}
