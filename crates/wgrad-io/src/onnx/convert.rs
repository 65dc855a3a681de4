//! Programs as nodes: what each primitive operation is in ONNX.

use super::{
    graph::Graph,
    indices, moves,
    proto::{
        self,
        Attribute::{Int, Ints},
    },
    windows,
};
use wgrad_tensor::{Binary, DType, Instr, Op, Program, Reduce, Scan, Spec, Unary};

/// Adds the nodes of a program whose inputs have these names; the names of its outputs.
///
/// # Errors
/// An operation that ONNX does not have, with the line that made it.
pub(super) fn program(graph: &mut Graph, program: &Program, inputs: &[String]) -> Result<Vec<String>, String> {
    let mut values: Vec<String> = inputs.to_vec();
    // All results of loops, by the value that stands for the first.
    let mut loops: Vec<(usize, Vec<String>)> = Vec::new();
    for (i, instr) in program.instrs.iter().enumerate() {
        let operands: Vec<(&str, &Spec)> = instr.operands.iter().map(|&id| (values[id].as_str(), program.spec(id))).collect();
        let value = match &instr.op {
            Op::Scan(scan) => {
                let results = looped(graph, scan, &operands)?;
                let first = results.first().cloned().unwrap_or_default();
                loops.push((program.inputs.len() + i, results));
                first
            }
            Op::Part(number) => {
                let results = loops.iter().find(|(id, _)| instr.operands.first() == Some(id)).map(|(_, results)| results);
                results.and_then(|results| results.get(*number)).cloned().ok_or("a loop does not have the result")?
            }
            _ => one(graph, instr, &operands).map_err(|why| format!("{why} ({})", instr.at))?,
        };
        values.push(value);
    }
    Ok(program.outputs.iter().map(|&id| values[id].clone()).collect())
}

fn one(graph: &mut Graph, instr: &Instr, operands: &[(&str, &Spec)]) -> Result<String, String> {
    let spec = &instr.spec;
    let names: Vec<&str> = operands.iter().map(|(name, _)| *name).collect();
    let first = || operands.first().copied().ok_or("an operation has no operand");
    Ok(match &instr.op {
        Op::Constant(scalar) => graph.scalar(*scalar),
        Op::Iota { dtype, shape, axis } => moves::iota(graph, *dtype, shape, *axis),
        Op::Unary(op) => unary(graph, *op, first()?)?,
        Op::Binary(op) => binary(graph, *op, &names, first()?.1.dtype)?,
        Op::Select => graph.node("Where", &names, &[]),
        Op::Cast(dtype) => cast(graph, first()?.0, *dtype),
        Op::StopGradient | Op::Barrier => first()?.0.into(),
        Op::Reduce { op, axes } => reduce(graph, *op, axes, first()?, spec),
        Op::Reshape(shape) => moves::reshape(graph, first()?.0, shape),
        Op::Permute(axes) => moves::transpose(graph, first()?.0, axes),
        Op::Expand(shape) => {
            let shape = graph.integers(&moves::signed(shape));
            graph.node("Expand", &[first()?.0, &shape], &[])
        }
        Op::Slice(ranges) => moves::slice(graph, first()?.0, ranges),
        Op::Pad { padding, fill } => moves::pad(graph, first()?.0, &first()?.1.shape, padding, *fill),
        Op::Concat { axis } => graph.node("Concat", &names, &[("axis", Int(*axis as i64))]),
        Op::MatMul => graph.node("MatMul", &names, &[]),
        Op::Conv(conv) => windows::conv(graph, conv, operands)?,
        Op::WindowSum(window) => windows::sum(graph, window, first()?)?,
        Op::WindowSelect(window) if names.first() == names.get(1) => windows::max(graph, window, first()?)?,
        Op::Gather { axis } => indices::take(graph, operands, *axis)?,
        Op::ArgSort { axis, descending } => {
            let length = graph.integers(&[first()?.1.shape[*axis] as i64]);
            let (sorted, order) = (graph.name(), graph.name());
            let settings = [("axis", Int(*axis as i64)), ("largest", Int(i64::from(*descending)))];
            graph.node_to("TopK", &[first()?.0, &length], &[&sorted, &order], &settings);
            cast(graph, &order, DType::I32)
        }
        Op::CumSum { axis, reverse } => {
            let axis = graph.integers(&[*axis as i64]);
            graph.node("CumSum", &[first()?.0, &axis], &[("reverse", Int(i64::from(*reverse)))])
        }
        Op::ScatterAdd { axis } => indices::add(graph, operands, *axis)?,
        Op::Random { .. } | Op::WindowSelect(_) | Op::WindowScatter(_) | Op::Scan(_) | Op::Part(_) => {
            return Err(format!("ONNX has no operator for {}", instr.op));
        }
    })
}

pub(super) fn cast(graph: &mut Graph, x: &str, dtype: DType) -> String {
    graph.node("Cast", &[x], &[("to", Int(proto::dtype(dtype)))])
}

fn unary(graph: &mut Graph, op: Unary, (x, spec): (&str, &Spec)) -> Result<String, String> {
    let name = match op {
        Unary::Expm1 => {
            let (e, one) = (graph.node("Exp", &[x], &[]), graph.number(1.0, spec.dtype));
            return Ok(graph.node("Sub", &[&e, &one], &[]));
        }
        Unary::Log1p => {
            let one = graph.number(1.0, spec.dtype);
            let sum = graph.node("Add", &[x, &one], &[]);
            return Ok(graph.node("Log", &[&sum], &[]));
        }
        Unary::Rsqrt => {
            let (root, one) = (graph.node("Sqrt", &[x], &[]), graph.number(1.0, spec.dtype));
            return Ok(graph.node("Div", &[&one, &root], &[]));
        }
        Unary::Trunc => {
            let (sign, size) = (graph.node("Sign", &[x], &[]), graph.node("Abs", &[x], &[]));
            let whole = graph.node("Floor", &[&size], &[]);
            return Ok(graph.node("Mul", &[&sign, &whole], &[]));
        }
        Unary::ErfInv => return Err("ONNX has no operator for the inverse of the error function".into()),
        Unary::Neg => "Neg",
        Unary::Abs => "Abs",
        Unary::Sign => "Sign",
        Unary::Not => "Not",
        Unary::Exp => "Exp",
        Unary::Log => "Log",
        Unary::Sqrt => "Sqrt",
        Unary::Sin => "Sin",
        Unary::Cos => "Cos",
        Unary::Tan => "Tan",
        Unary::Asin => "Asin",
        Unary::Acos => "Acos",
        Unary::Atan => "Atan",
        Unary::Sinh => "Sinh",
        Unary::Cosh => "Cosh",
        Unary::Tanh => "Tanh",
        Unary::Sigmoid => "Sigmoid",
        Unary::Relu => "Relu",
        Unary::Erf => "Erf",
        Unary::Floor => "Floor",
        Unary::Ceil => "Ceil",
        Unary::Round => "Round",
    };
    Ok(graph.node(name, &[x], &[]))
}

fn binary(graph: &mut Graph, op: Binary, names: &[&str], dtype: DType) -> Result<String, String> {
    let name = match op {
        // The remainder has the sign of the divisor; ONNX' has it for integers only.
        Binary::Rem if dtype.is_float() => {
            let [a, b] = names else { return Err("a remainder has two operands".into()) };
            let ratio = graph.node("Div", names, &[]);
            let whole = graph.node("Floor", &[&ratio], &[]);
            let part = graph.node("Mul", &[&whole, b], &[]);
            return Ok(graph.node("Sub", &[a, &part], &[]));
        }
        Binary::Atan2 => return Err("ONNX has no operator for the angle of two coordinates".into()),
        Binary::Add => "Add",
        Binary::Sub => "Sub",
        Binary::Mul => "Mul",
        Binary::Div => "Div",
        Binary::Rem => "Mod",
        Binary::Pow => "Pow",
        Binary::Max => "Max",
        Binary::Min => "Min",
        Binary::Eq => "Equal",
        Binary::Lt => "Less",
        Binary::Le => "LessOrEqual",
        Binary::And => "And",
        Binary::Or => "Or",
    };
    Ok(graph.node(name, names, &[]))
}

fn reduce(graph: &mut Graph, op: Reduce, axes: &[usize], (x, spec): (&str, &Spec), result: &Spec) -> String {
    let name = match op {
        Reduce::Sum => "ReduceSum",
        Reduce::Prod => "ReduceProd",
        Reduce::Max => "ReduceMax",
        Reduce::Min => "ReduceMin",
        Reduce::ArgMax | Reduce::ArgMin => {
            // The axes together, last.
            let rest: Vec<usize> = (0..spec.shape.rank()).filter(|axis| !axes.contains(axis)).collect();
            let order: Vec<usize> = rest.iter().chain(axes).copied().collect();
            let moved = moves::transpose(graph, x, &order);
            let last: usize = axes.iter().map(|&axis| spec.shape[axis]).product();
            let together: Vec<usize> = rest.iter().map(|&axis| spec.shape[axis]).chain([last]).collect();
            let flat = moves::reshape(graph, &moved, &together);
            let name = if op == Reduce::ArgMax { "ArgMax" } else { "ArgMin" };
            let place = graph.node(name, &[&flat], &[("axis", Int(-1)), ("keepdims", Int(0))]);
            let place = cast(graph, &place, DType::I32);
            return moves::reshape(graph, &place, &result.shape);
        }
    };
    if axes.is_empty() {
        return x.into();
    }
    let axes = graph.integers(&moves::signed(axes));
    if spec.dtype == DType::Bool {
        let number = cast(graph, x, DType::I32);
        let reduced = graph.node(name, &[&number, &axes], &[]);
        return cast(graph, &reduced, DType::Bool);
    }
    graph.node(name, &[x, &axes], &[])
}

/// A loop: its constants are values around the body, which ONNX' bodies see.
fn looped(graph: &mut Graph, scan: &Scan, operands: &[(&str, &Spec)]) -> Result<Vec<String>, String> {
    let given = scan.carries + scan.sequences;
    let mut body = graph.body();
    let mut inputs = Vec::new();
    for (i, input) in scan.body.inputs.iter().enumerate() {
        let name = if i < given { graph.name() } else { operands.get(i).ok_or("a loop lacks an operand")?.0.to_string() };
        if i < given {
            body.input(&name, &input.spec);
        }
        inputs.push(name);
    }
    let results = program(&mut body, &scan.body, &inputs)?;
    for (result, &value) in results.iter().zip(&scan.body.outputs) {
        let name = graph.name();
        body.output(&name, result, scan.body.spec(value));
    }
    let outputs: Vec<String> = results.iter().map(|_| graph.name()).collect();
    let direction = i64::from(scan.reverse);
    let settings = [
        ("body", proto::Attribute::Graph(body.finish("body"))),
        ("num_scan_inputs", Int(scan.sequences as i64)),
        ("scan_input_directions", Ints(vec![direction; scan.sequences])),
        ("scan_output_directions", Ints(vec![direction; results.len().saturating_sub(scan.carries)])),
    ];
    let names: Vec<&str> = operands.iter().take(given).map(|(name, _)| *name).collect();
    graph.node_to("Scan", &names, &outputs.iter().map(String::as_str).collect::<Vec<_>>(), &settings);
    Ok(outputs)
}
