//! The modes that run a case on a device.

use crate::{Case, Tolerance, bits, generate};
use wgrad_tensor::{
    DType, Device, Error, HostTensor, Instr, Op, Program, Result, Spec, Tensor, Value,
    plan::{Plan, PlanOptions},
};

/// A case in one dtype, traced once: its program and the values of its inputs.
pub struct Traced {
    /// Its outputs from its inputs.
    pub program: Program,
    /// The program's inputs, on the host.
    pub inputs: Vec<Value>,
}

/// Traces the case in `dtype`.
///
/// # Errors
/// The error that an output carries.
pub fn trace(case: &Case, dtype: DType) -> Result<Traced> {
    let values = generate::inputs(case, dtype);
    let placeholders: Vec<_> = values.iter().enumerate().map(|(i, v)| Tensor::placeholder(&format!("input{i}"), v.spec())).collect();
    let traced = Program::trace(&placeholders, &case.build(&placeholders))?;
    let inputs = values.into_iter().map(Value::from).chain(traced.captured).collect();
    Ok(Traced { program: traced.program, inputs })
}

impl Traced {
    /// Compiles and runs on `device`.
    pub(crate) fn run(&self, device: &Device) -> Result<Vec<HostTensor>> {
        let executable = device.compile(&self.program)?;
        executable.run(self.inputs.clone())?.iter().map(|value| device.read(value)).collect()
    }
}

/// The reference device.
pub(crate) fn reference() -> Result<Device> {
    Device::open("reference")
}

/// Compares `device` with the reference.
///
/// # Errors
/// What differs, in words.
pub fn against_reference(case: &Case, device: &Device, dtype: DType) -> Result<(), String> {
    let compare = || -> Result<_> {
        let traced = trace(case, dtype)?;
        Ok((traced.run(device)?, traced.run(&reference()?)?))
    };
    let (got, expected) = compare().map_err(text)?;
    all_close(&got, &expected, &case.tolerance)
}

/// Compares `device` with the reference, and the results of its second run with those of its first, bit by bit.
///
/// # Errors
/// What differs, in words.
pub fn against_reference_twice(case: &Case, device: &Device, dtype: DType) -> Result<(), String> {
    let compare = || -> Result<_> {
        let traced = trace(case, dtype)?;
        let executable = device.compile(&traced.program)?;
        let run = || executable.run(traced.inputs.clone())?.iter().map(|value| device.read(value)).collect::<Result<Vec<_>>>();
        Ok((run()?, run()?, traced.run(&reference()?)?))
    };
    let (first, second, expected) = compare().map_err(text)?;
    all_close(&first, &expected, &case.tolerance)?;
    same_bits("second run", &first, &second)
}

/// Compares the first results with those of a second run and of a second compilation, bit by bit.
///
/// # Errors
/// What differs, in words.
pub fn repeats(case: &Case, device: &Device, dtype: DType) -> Result<(), String> {
    let runs = || -> Result<_> {
        let traced = trace(case, dtype)?;
        let executable = device.compile(&traced.program)?;
        let run = || executable.run(traced.inputs.clone())?.iter().map(|value| device.read(value)).collect::<Result<Vec<_>>>();
        Ok([run()?, run()?, traced.run(device)?])
    };
    let [first, second, again] = runs().map_err(text)?;
    same_bits("second run", &first, &second)?;
    same_bits("second compilation", &first, &again)
}

fn same_bits(what: &str, first: &[HostTensor], other: &[HostTensor]) -> Result<(), String> {
    let changed = first.iter().zip(other).position(|(a, b)| bits::bits(a.data()) != bits::bits(b.data()));
    changed.map_or(Ok(()), |i| Err(format!("output {i} of the {what} has other bits")))
}

/// Compares the program, fused as the device does it, with its instructions compiled one by one.
///
/// # Errors
/// What differs, in words.
pub fn against_unfused(case: &Case, device: &Device, dtype: DType) -> Result<(), String> {
    let compare = || -> Result<_> {
        let traced = trace(case, dtype)?;
        if traced.program.instrs.len() < 2 {
            return Ok((vec![], vec![]));
        }
        Ok((traced.run(device)?, one_by_one(&traced.program, &traced.inputs, device)?))
    };
    let (fused, single) = compare().map_err(text)?;
    all_close(&fused, &single, &case.tolerance).map_err(|e| format!("fused and unfused differ: {e}"))
}

/// Compares the reference with the values that the row carries.
///
/// # Errors
/// What differs, in words.
pub fn against_known(case: &Case, device: &Device) -> Result<(), String> {
    let Some(known) = &case.known else { return Ok(()) };
    let dtype = *case.dtypes.first().ok_or("a case without dtypes")?;
    let got = trace(case, dtype).and_then(|traced| traced.run(device)).map_err(text)?;
    let got: Vec<f64> = got.iter().flat_map(|t| t.data().to_f64()).collect();
    let expected = |v: &f64| wgrad_tensor::Scalar::from_f64(*v, if dtype.is_float() { dtype } else { DType::F64 }).to_f64();
    let largest = known.iter().filter(|v| v.is_finite()).fold(0.0, |m: f64, v| m.max(v.abs()));
    // The reference rounds once; one unit is for the rounding of the known value's own computation.
    let close = |(a, b): (&f64, f64)| {
        *a == b
            || (a.is_nan() && b.is_nan())
            || (a - b).abs() <= case.tolerance.allows(b, largest, dtype).max(4.0 * f64::from(f32::EPSILON) * b.abs())
    };
    if got.len() == known.len() && got.iter().zip(known.iter().map(expected)).all(close) {
        return Ok(());
    }
    Err(format!("gives {got:?}, known is {known:?}"))
}

fn all_close(got: &[HostTensor], expected: &[HostTensor], tolerance: &Tolerance) -> Result<(), String> {
    if got.len() != expected.len() {
        return Err(format!("{} outputs, expected {}", got.len(), expected.len()));
    }
    let compare = |(i, (got, expected))| bits::difference(got, expected, tolerance).map_err(|e| format!("output {i}: {e}"));
    got.iter().zip(expected).enumerate().try_for_each(compare)
}

/// Runs each instruction as a program of its own.
fn one_by_one(program: &Program, inputs: &[Value], device: &Device) -> Result<Vec<HostTensor>> {
    // Each value has the results of its instruction: one, but for loops.
    let mut values: Vec<Vec<Value>> = inputs.iter().map(|value| vec![value.clone()]).collect();
    let missing = || Error::InvalidProgram("a value that is not defined".into());
    for instr in &program.instrs {
        if let (Op::Part(part), [scan]) = (&instr.op, instr.operands.as_slice()) {
            let result = values[*scan].get(*part).cloned().ok_or_else(missing)?;
            values.push(vec![result]);
            continue;
        }
        let operands = instr.operands.iter().map(|&v| values[v].first().cloned().ok_or_else(missing)).collect::<Result<Vec<_>>>()?;
        values.push(device.compile(&single(program, instr))?.run(operands)?);
    }
    program.outputs.iter().map(|&v| device.read(values[v].first().ok_or_else(missing)?)).collect()
}

/// The program of one instruction, with all of its results.
fn single(program: &Program, instr: &Instr) -> Program {
    let input = |&v: &usize| wgrad_tensor::Input { spec: program.spec(v).clone(), name: String::new() };
    let inputs: Vec<_> = instr.operands.iter().map(input).collect();
    let operands = (0..inputs.len()).collect();
    let value = inputs.len();
    let mut instrs = vec![Instr { operands, ..instr.clone() }];
    if let Op::Scan(scan) = &instr.op {
        let part = |(i, spec): (usize, Spec)| Instr { op: Op::Part(i), operands: vec![value], spec, at: instr.at };
        instrs.extend(scan.results().into_iter().enumerate().map(part));
        let outputs = (value + 1..value + instrs.len()).collect();
        return Program { inputs, instrs, outputs, donations: Vec::new() };
    }
    Program { inputs, instrs, outputs: vec![value], donations: Vec::new() }
}

/// Plans the case with fusion, without, and with the fewest buffers for a kernel: every plan must be legal, and none may have more steps than without
/// fusion.
///
/// # Errors
/// The rule that a plan breaks.
pub fn plans(case: &Case, dtype: DType) -> Result<(), String> {
    let program = trace(case, dtype).map_err(text)?.program;
    let steps = |options: PlanOptions| Plan::new(&program, &options).map(|plan| plan.steps.len()).map_err(|e| format!("{options:?}: {e}"));
    let unfused = steps(PlanOptions { fuse: false, ..PlanOptions::default() })?;
    steps(PlanOptions { max_buffers: 4, max_operands: 6, ..PlanOptions::default() })?;
    let fused = steps(PlanOptions::default())?;
    if fused > unfused { Err(format!("{fused} steps with fusion, {unfused} without")) } else { Ok(()) }
}

/// The case's program as it is printed, for the text of failures.
pub(crate) fn program_text(case: &Case) -> String {
    trace(case, DType::F32).map_or_else(text, |traced| traced.program.to_string())
}

pub(crate) fn text(error: Error) -> String {
    error.to_string()
}
