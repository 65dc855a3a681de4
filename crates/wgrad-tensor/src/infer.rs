//! The shape rules: what a primitive accepts, and the dtype and shape of what it gives.

use crate::{Conv, DType, Error, Op, Scan, Shape, Spec, Window, op::Padding};

/// A rule that was broken, in words, with the values.
type Rule = String;

impl Op {
    /// Dtype and shape of the result, or the rule that the operands break.
    ///
    /// # Errors
    /// The text of the broken rule, with the values.
    pub fn infer(&self, operands: &[&Spec]) -> Result<Spec, String> {
        let spec = self.infer_unchecked(operands)?;
        let elements = spec.shape.checked_numel().and_then(|n| n.checked_mul(8)).filter(|&n| isize::try_from(n).is_ok());
        elements.map(|_| spec.clone()).ok_or_else(|| format!("the result {spec} is too large for this machine's addresses"))
    }

    fn infer_unchecked(&self, operands: &[&Spec]) -> Result<Spec, Rule> {
        match self {
            Op::Constant(value) => count(operands, 0).map(|()| Spec::new(value.dtype(), ())),
            Op::Iota { dtype, shape, axis } => {
                count(operands, 0)?;
                check_axis(*axis, shape)?;
                rule(*dtype != DType::Bool, || "an index is a number, not bool".into())?;
                Ok(Spec::new(*dtype, shape))
            }
            Op::Random { shape, .. } => {
                count(operands, 1)?;
                let key = operands[0];
                rule(key.dtype == DType::U32 && *key.shape == [3], || format!("the key must be u32[3], not {key}"))?;
                Ok(Spec::new(DType::U32, shape))
            }
            Op::Unary(op) => {
                count(operands, 1)?;
                rule(op.accepts(operands[0].dtype), || format!("does not take {}", operands[0].dtype))?;
                Ok(operands[0].clone())
            }
            Op::Binary(op) => {
                let [a, b] = two(operands)?;
                same_dtype(a, b)?;
                same_shape(a, b)?;
                rule(op.accepts(a.dtype), || format!("does not take {}", a.dtype))?;
                Ok(Spec::new(if op.is_comparison() { DType::Bool } else { a.dtype }, &a.shape))
            }
            Op::Select => {
                count(operands, 3)?;
                let [condition, a, b] = [operands[0], operands[1], operands[2]];
                rule(condition.dtype == DType::Bool, || format!("the condition must be bool, not {}", condition.dtype))?;
                same_dtype(a, b)?;
                same_shape(a, b)?;
                same_shape(condition, a)?;
                Ok(a.clone())
            }
            Op::Cast(dtype) => count(operands, 1).map(|()| Spec::new(*dtype, &operands[0].shape)),
            Op::StopGradient | Op::Barrier => count(operands, 1).map(|()| operands[0].clone()),
            Op::Reduce { op, axes } => {
                count(operands, 1)?;
                let x = operands[0];
                for (i, &axis) in axes.iter().enumerate() {
                    check_axis(axis, &x.shape)?;
                    rule(i == 0 || axes[i - 1] < axis, || format!("axes {axes:?} must be sorted and distinct"))?;
                }
                rule(op.accepts(x.dtype), || format!("does not take {}", x.dtype))?;
                let shape: Shape = x.shape.iter().enumerate().map(|(i, &n)| if axes.contains(&i) { 1 } else { n }).collect();
                Ok(Spec::new(if op.is_arg() { DType::I32 } else { x.dtype }, shape))
            }
            Op::Reshape(shape) => {
                count(operands, 1)?;
                let (from, to) = (operands[0].shape.checked_numel(), shape.checked_numel());
                rule(from == to, || format!("{} has {} elements, {shape} would have {}", operands[0].shape, show(from), show(to)))?;
                Ok(Spec::new(operands[0].dtype, shape))
            }
            Op::Permute(axes) => {
                count(operands, 1)?;
                let x = operands[0];
                let mut sorted = axes.clone();
                sorted.sort_unstable();
                rule(sorted.iter().copied().eq(0..x.shape.rank()), || {
                    format!("axes {axes:?} must be a permutation of 0..{}", x.shape.rank())
                })?;
                Ok(Spec::new(x.dtype, axes.iter().map(|&axis| x.shape[axis]).collect::<Shape>()))
            }
            Op::Expand(shape) => {
                count(operands, 1)?;
                let from = &operands[0].shape;
                let fits = from.rank() == shape.rank() && from.iter().zip(shape.iter()).all(|(&a, &b)| a == b || a == 1);
                rule(fits, || format!("{from} cannot be expanded to {shape}: only axes of length 1 grow"))?;
                Ok(Spec::new(operands[0].dtype, shape))
            }
            Op::Slice(ranges) => {
                count(operands, 1)?;
                let x = operands[0];
                same_rank("ranges", ranges.len(), &x.shape)?;
                for (axis, (range, &n)) in ranges.iter().zip(x.shape.iter()).enumerate() {
                    let last = (range.len as i128 - 1) * range.step as i128 + range.start as i128;
                    let inside = range.len == 0 || (range.start < n && (0..n as i128).contains(&last));
                    rule(range.step != 0 && inside, || format!("{range:?} does not lie on axis {axis} of length {n}"))?;
                }
                Ok(Spec::new(x.dtype, ranges.iter().map(|range| range.len).collect::<Shape>()))
            }
            Op::Pad { padding, fill } => {
                count(operands, 1)?;
                let x = operands[0];
                same_rank("paddings", padding.len(), &x.shape)?;
                rule(fill.dtype() == x.dtype, || Error::mixed_dtypes(x.dtype, fill.dtype()))?;
                let lengths = x.shape.iter().zip(padding).map(|(&n, padding)| padded(n, padding));
                let shape: Option<Shape> = lengths.collect();
                Ok(Spec::new(x.dtype, shape.ok_or("the padded length does not fit this machine's addresses")?))
            }
            Op::Concat { axis } => {
                let first = *operands.first().ok_or("takes one operand or more")?;
                check_axis(*axis, &first.shape)?;
                let mut length = 0usize;
                for x in operands {
                    same_dtype(first, x)?;
                    let fits = x.shape.rank() == first.shape.rank()
                        && x.shape.iter().zip(first.shape.iter()).enumerate().all(|(i, (a, b))| i == *axis || a == b);
                    rule(fits, || format!("{} and {} must be equal but for axis {axis}", first.shape, x.shape))?;
                    length = length.checked_add(x.shape[*axis]).ok_or("the length does not fit this machine's addresses")?;
                }
                let mut shape = first.shape.to_vec();
                shape[*axis] = length;
                Ok(Spec::new(first.dtype, shape))
            }
            Op::MatMul => matmul(operands),
            Op::Conv(conv) => conv.infer(operands),
            Op::WindowSum(window) => {
                count(operands, 1)?;
                rule(operands[0].dtype.is_float(), || format!("does not take {}", operands[0].dtype))?;
                Ok(Spec::new(operands[0].dtype, window.output(&operands[0].shape)?))
            }
            Op::WindowSelect(window) => {
                let [x, v] = two(operands)?;
                same_dtype(x, v)?;
                same_shape(x, v)?;
                rule(x.dtype.is_float(), || format!("does not take {}", x.dtype))?;
                Ok(Spec::new(x.dtype, window.output(&x.shape)?))
            }
            Op::WindowScatter(window) => {
                let [x, g] = two(operands)?;
                same_dtype(x, g)?;
                rule(x.dtype.is_float(), || format!("does not take {}", x.dtype))?;
                let out = window.output(&x.shape)?;
                rule(out == g.shape, || format!("the windows of {} give {out}, not {}", x.shape, g.shape))?;
                Ok(x.clone())
            }
            Op::Gather { axis } => {
                let [x, indices] = two(operands)?;
                Ok(Spec::new(x.dtype, gathered(x, indices, *axis)?))
            }
            Op::ScatterAdd { axis } => {
                count(operands, 3)?;
                let [x, indices, updates] = [operands[0], operands[1], operands[2]];
                same_dtype(x, updates)?;
                rule(x.dtype != DType::Bool, || "does not take bool".into())?;
                let shape = gathered(x, indices, *axis)?;
                rule(shape == updates.shape, || format!("the updates must be {shape}, not {}", updates.shape))?;
                Ok(x.clone())
            }
            Op::ArgSort { axis, .. } => {
                count(operands, 1)?;
                check_axis(*axis, &operands[0].shape)?;
                Ok(Spec::new(DType::I32, &operands[0].shape))
            }
            Op::CumSum { axis, .. } => {
                count(operands, 1)?;
                check_axis(*axis, &operands[0].shape)?;
                rule(operands[0].dtype != DType::Bool, || "does not take bool".into())?;
                Ok(operands[0].clone())
            }
            Op::Scan(scan) => scan.infer(operands),
            // Which results there are is known to the scan, not to its spec: see `Scan::results` and the verifier.
            Op::Part(_) => count(operands, 1).map(|()| operands[0].clone()),
        }
    }

    /// The name of the operation as errors and prints show it.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Constant(_) => "constant",
            Op::Iota { .. } => "iota",
            Op::Random { .. } => "random",
            Op::Unary(op) => op.name(),
            Op::Binary(op) => op.name(),
            Op::Select => "where",
            Op::Cast(_) => "cast",
            Op::StopGradient => "stop_gradient",
            Op::Barrier => "barrier",
            Op::Reduce { op, .. } => op.name(),
            Op::Reshape(_) => "reshape",
            Op::Permute(_) => "permute",
            Op::Expand(_) => "expand",
            Op::Slice(_) => "slice",
            Op::Pad { .. } => "pad",
            Op::Concat { .. } => "concat",
            Op::MatMul => "matmul",
            Op::Conv(_) => "conv",
            Op::WindowSum(_) => "window_sum",
            Op::WindowSelect(_) => "window_select",
            Op::WindowScatter(_) => "window_scatter",
            Op::Gather { .. } => "gather",
            Op::ScatterAdd { .. } => "scatter_add",
            Op::ArgSort { .. } => "argsort",
            Op::CumSum { .. } => "cumsum",
            Op::Scan(_) => "scan",
            Op::Part(_) => "part",
        }
    }
}

impl std::fmt::Display for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())?;
        match self {
            Op::Constant(value) => write!(f, " {value}"),
            Op::Iota { axis, .. } => write!(f, " axis={axis}"),
            Op::Random { stream, .. } => write!(f, " stream={stream}"),
            Op::Cast(dtype) => write!(f, " {dtype}"),
            Op::Reduce { axes, .. } => write!(f, " axes={axes:?}"),
            Op::Permute(axes) => write!(f, " {axes:?}"),
            Op::Slice(ranges) => {
                let ranges: Vec<_> = ranges.iter().map(|r| format!("{}+{}*{}", r.start, r.len, r.step)).collect();
                write!(f, " [{}]", ranges.join(", "))
            }
            Op::Pad { padding, fill } => {
                let padding: Vec<_> = padding.iter().map(|p| format!("{}_{}_{}", p.low, p.interior, p.high)).collect();
                write!(f, " [{}] fill={fill}", padding.join(", "))
            }
            Op::Concat { axis } | Op::Gather { axis } | Op::ScatterAdd { axis } => {
                write!(f, " axis={axis}")
            }
            Op::Conv(conv) => write!(
                f,
                " strides={:?} padding={:?} lhs_dilation={:?} rhs_dilation={:?} feature_groups={} batch_groups={}",
                conv.strides, conv.padding, conv.lhs_dilation, conv.rhs_dilation, conv.feature_groups, conv.batch_groups
            ),
            Op::WindowSum(w) | Op::WindowSelect(w) | Op::WindowScatter(w) => {
                write!(f, " size={:?} strides={:?} dilation={:?} padding={:?}", w.size, w.strides, w.dilation, w.padding)
            }
            Op::ArgSort { axis, descending } => write!(f, " axis={axis} descending={descending}"),
            Op::CumSum { axis, reverse } => write!(f, " axis={axis} reverse={reverse}"),
            Op::Scan(scan) => write!(f, " length={} carries={} reverse={}", scan.length, scan.carries, scan.reverse),
            Op::Part(part) => write!(f, " {part}"),
            Op::Unary(_) | Op::Binary(_) | Op::Select | Op::StopGradient | Op::Barrier | Op::MatMul | Op::Reshape(_) | Op::Expand(_) => {
                Ok(())
            }
        }
    }
}

impl Window {
    /// The shape of the windows of a tensor.
    ///
    /// # Errors
    /// The text of the broken rule.
    pub fn output(&self, shape: &Shape) -> Result<Shape, String> {
        let lengths = [self.size.len(), self.strides.len(), self.dilation.len(), self.padding.len()];
        for length in lengths {
            same_rank("window parameters", length, shape)?;
        }
        let axis = |i: usize| {
            let (low, high) = self.padding[i];
            slide((low as i128) + (shape[i] as i128) + (high as i128), self.size[i], self.dilation[i], self.strides[i])
        };
        (0..shape.rank()).map(axis).collect()
    }
}

impl Conv {
    /// The convolution without strides, padding, dilation or groups, in `axes` spatial axes.
    pub fn plain(axes: usize) -> Conv {
        Conv {
            strides: vec![1; axes],
            padding: vec![(0, 0); axes],
            lhs_dilation: vec![1; axes],
            rhs_dilation: vec![1; axes],
            feature_groups: 1,
            batch_groups: 1,
        }
    }

    fn infer(&self, operands: &[&Spec]) -> Result<Spec, Rule> {
        let [lhs, rhs] = two(operands)?;
        same_dtype(lhs, rhs)?;
        rule(lhs.dtype.is_float(), || format!("does not take {}", lhs.dtype))?;
        let axes = self.strides.len();
        let lengths = [self.padding.len(), self.lhs_dilation.len(), self.rhs_dilation.len()];
        rule(axes > 0 && lengths.iter().all(|&n| n == axes), || "strides, padding and dilations must have the same length".into())?;
        rule(lhs.shape.rank() == axes + 2 && rhs.shape.rank() == axes + 2, || {
            format!(
                "{axes} spatial axes need an input and a kernel of rank {}, not {} and {}",
                axes + 2,
                lhs.shape.rank(),
                rhs.shape.rank()
            )
        })?;
        let (n, c) = (lhs.shape[0], lhs.shape[axes + 1]);
        let (i, o) = (rhs.shape[axes], rhs.shape[axes + 1]);
        let (fg, bg) = (self.feature_groups, self.batch_groups);
        rule(fg > 0 && bg > 0 && (fg == 1 || bg == 1), || format!("groups {fg} and {bg}: both positive and at most one above 1"))?;
        rule(i.checked_mul(fg) == Some(c), || format!("the input has {c} channels, the kernel takes {i} in {fg} group(s)"))?;
        rule(o % fg == 0 && o % bg == 0, || format!("{o} filters cannot be divided into {} groups", fg.max(bg)))?;
        rule(n % bg == 0, || format!("a batch of {n} cannot be divided into {bg} groups"))?;
        let spatial = (0..axes).map(|axis| {
            let size = lhs.shape[axis + 1] as i128;
            let dilation = self.lhs_dilation[axis] as i128;
            rule(dilation > 0, || "dilations must be positive".into())?;
            let dilated = if size == 0 { 0 } else { (size - 1).saturating_mul(dilation).saturating_add(1) };
            let (low, high) = self.padding[axis];
            let padded = dilated.saturating_add(low as i128 + high as i128);
            slide(padded, rhs.shape[axis], self.rhs_dilation[axis], self.strides[axis])
        });
        let mut shape = vec![n / bg];
        shape.extend(spatial.collect::<Result<Vec<_>, Rule>>()?);
        shape.push(o);
        Ok(Spec::new(lhs.dtype, shape))
    }
}

impl Scan {
    /// The specs of all results: final carries, then stacked results.
    pub fn results(&self) -> Vec<Spec> {
        let output = |(i, &value): (usize, &usize)| {
            let spec = self.body.spec(value);
            if i < self.carries {
                return spec.clone();
            }
            Spec::new(spec.dtype, [&[self.length], &spec.shape[..]].concat())
        };
        self.body.outputs.iter().enumerate().map(output).collect()
    }

    fn infer(&self, operands: &[&Spec]) -> Result<Spec, Rule> {
        let Scan { body, carries, sequences, length, .. } = self;
        count(operands, body.inputs.len())?;
        rule(carries + sequences <= operands.len() && *carries <= body.outputs.len(), || {
            format!("{carries} carries and {sequences} sequences do not fit the body's {} inputs", body.inputs.len())
        })?;
        rule(!body.outputs.is_empty(), || "the body gives no result".into())?;
        for (i, (operand, input)) in operands.iter().zip(&body.inputs).enumerate() {
            let shape = if (*carries..carries + sequences).contains(&i) {
                rule(operand.shape.first() == Some(length), || format!("sequence {operand} must have {length} elements"))?;
                Shape::from(&operand.shape[1..])
            } else {
                operand.shape.clone()
            };
            rule(shape == input.spec.shape && operand.dtype == input.spec.dtype, || {
                format!("input {i} of the body is {}, the operand gives {}{shape}", input.spec, operand.dtype)
            })?;
        }
        for i in 0..*carries {
            let (before, after) = (&body.inputs[i].spec, body.spec(body.outputs[i]));
            rule(before == after, || format!("carry {i} is {before} before and {after} after the body"))?;
        }
        Ok(self.results().swap_remove(0))
    }
}

fn matmul(operands: &[&Spec]) -> Result<Spec, Rule> {
    let [a, b] = two(operands)?;
    same_dtype(a, b)?;
    rule(a.dtype.is_float(), || format!("does not take {}", a.dtype))?;
    let rank = a.shape.rank();
    rule(rank >= 2 && b.shape.rank() == rank, || format!("{} and {} must have the same rank, at least 2", a.shape, b.shape))?;
    let (batch, rest) = a.shape.split_at(rank - 2);
    rule(*batch == b.shape[..rank - 2], || format!("the batch axes of {} and {} must be equal", a.shape, b.shape))?;
    rule(rest[1] == b.shape[rank - 2], || {
        format!("the inner lengths must be equal: {} has {} columns, {} has {} rows", a.shape, rest[1], b.shape, b.shape[rank - 2])
    })?;
    Ok(Spec::new(a.dtype, [batch, &[rest[0], b.shape[rank - 1]]].concat()))
}

/// The number of places of a window of `size` on a length.
fn slide(length: i128, size: usize, dilation: usize, stride: usize) -> Result<usize, Rule> {
    rule(size > 0 && dilation > 0 && stride > 0, || {
        format!("window size {size}, dilation {dilation} and stride {stride} must be positive")
    })?;
    let span = (size as i128 - 1).saturating_mul(dilation as i128).saturating_add(1);
    let places = if length < span { 0 } else { (length - span) / stride as i128 + 1 };
    usize::try_from(places).map_err(|_| "the result does not fit this machine's addresses".into())
}

fn padded(n: usize, padding: &Padding) -> Option<usize> {
    let gaps = n.saturating_sub(1).checked_mul(padding.interior)?;
    n.checked_add(gaps)?.checked_add(padding.low)?.checked_add(padding.high)
}

fn gathered(x: &Spec, indices: &Spec, axis: usize) -> Result<Shape, Rule> {
    check_axis(axis, &x.shape)?;
    rule(indices.dtype == DType::I32, || format!("indices must be i32, not {}", indices.dtype))?;
    Ok([&x.shape[..axis], &indices.shape[..], &x.shape[axis + 1..]].concat().into())
}

fn rule(holds: bool, text: impl FnOnce() -> Rule) -> Result<(), Rule> {
    if holds { Ok(()) } else { Err(text()) }
}

fn count(operands: &[&Spec], expected: usize) -> Result<(), Rule> {
    rule(operands.len() == expected, || format!("takes {expected} operand(s), got {}", operands.len()))
}

fn two<'a>(operands: &[&'a Spec]) -> Result<[&'a Spec; 2], Rule> {
    count(operands, 2)?;
    Ok([operands[0], operands[1]])
}

fn same_dtype(a: &Spec, b: &Spec) -> Result<(), Rule> {
    rule(a.dtype == b.dtype, || Error::mixed_dtypes(a.dtype, b.dtype))
}

fn same_shape(a: &Spec, b: &Spec) -> Result<(), Rule> {
    rule(a.shape == b.shape, || format!("shapes {} and {} must be equal", a.shape, b.shape))
}

fn same_rank(what: &str, count: usize, shape: &Shape) -> Result<(), Rule> {
    rule(count == shape.rank(), || format!("{count} {what} for {} axes of {shape}", shape.rank()))
}

fn check_axis(axis: usize, shape: &Shape) -> Result<(), Rule> {
    rule(axis < shape.rank(), || format!("axis {axis} is out of range for {shape}"))
}

fn show(numel: Option<usize>) -> String {
    numel.map_or_else(|| "too many".into(), |n| n.to_string())
}
