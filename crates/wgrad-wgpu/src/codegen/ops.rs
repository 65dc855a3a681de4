//! What each scalar operation is in WGSL.

use super::types::{literal, value_type};
use wgrad_tensor::{Binary, DType, Error, Reduce, Result, Scalar, Unary};

/// `op(x)` for a value of `dtype`.
pub(crate) fn unary(op: Unary, dtype: DType, x: &str) -> Result<String> {
    match dtype {
        DType::Bool => match op {
            Unary::Not => Ok(format!("!{x}")),
            _ => Err(undefined(op.name(), dtype)),
        },
        DType::I32 => match op {
            Unary::Neg => Ok(format!("-{x}")),
            Unary::Abs => Ok(format!("abs({x})")),
            Unary::Sign => Ok(format!("sign({x})")),
            _ => Err(undefined(op.name(), dtype)),
        },
        DType::F32 => unary_f32(op, x),
        DType::F16 => Ok(format!("f16({})", unary_f32(op, &format!("f32({x})"))?)),
        DType::U32 | DType::F64 => Err(undefined(op.name(), dtype)),
    }
}

fn unary_f32(op: Unary, x: &str) -> Result<String> {
    let function = match op {
        Unary::Neg => return Ok(format!("-{x}")),
        Unary::Rsqrt => return Ok(format!("1.0f / sqrt({x})")),
        Unary::Not => return Err(undefined(op.name(), DType::F32)),
        Unary::Abs => "abs",
        Unary::Sign => "sign_f32",
        Unary::Exp => "exp_f32",
        Unary::Expm1 => "expm1_f32",
        Unary::Log => "log_f32",
        Unary::Log1p => "log1p_f32",
        Unary::Sqrt => "sqrt",
        Unary::Sin => "sin_f32",
        Unary::Cos => "cos_f32",
        Unary::Tan => "tan_f32",
        Unary::Asin => "asin_f32",
        Unary::Acos => "acos_f32",
        Unary::Atan => "atan_f32",
        Unary::Sinh => "sinh_f32",
        Unary::Cosh => "cosh_f32",
        Unary::Tanh => "tanh_f32",
        Unary::Sigmoid => "sigmoid_f32",
        Unary::Relu => "relu_f32",
        Unary::Erf => "erf_f32",
        Unary::ErfInv => "erfinv_f32",
        Unary::Floor => "floor",
        Unary::Ceil => "ceil",
        Unary::Trunc => "trunc",
        Unary::Round => "round",
    };
    Ok(format!("{function}({x})"))
}

/// `op(a, b)` for values of `dtype`.
pub(crate) fn binary(op: Binary, dtype: DType, a: &str, b: &str) -> Result<String> {
    match dtype {
        DType::F16 => {
            let wide = binary(op, DType::F32, &format!("f32({a})"), &format!("f32({b})"))?;
            Ok(if op.is_comparison() { wide } else { format!("f16({wide})") })
        }
        DType::F64 => Err(undefined(op.name(), dtype)),
        DType::Bool | DType::I32 | DType::U32 | DType::F32 => narrow(op, dtype, a, b),
    }
}

fn narrow(op: Binary, dtype: DType, a: &str, b: &str) -> Result<String> {
    let infix = |sign: &str| Ok(format!("{a} {sign} {b}"));
    let call = |function: &str| Ok(format!("{function}({a}, {b})"));
    let name = value_type(dtype)?;
    if !op.accepts(dtype) {
        return Err(undefined(op.name(), dtype));
    }
    match op {
        Binary::Add => infix("+"),
        Binary::Sub => infix("-"),
        Binary::Mul => infix("*"),
        Binary::Div if dtype == DType::F32 => infix("/"),
        Binary::Div => call(&format!("div_{name}")),
        Binary::Rem => call(&format!("rem_{name}")),
        Binary::Pow => call("pow_f32"),
        Binary::Atan2 => call("atan2_f32"),
        Binary::Max if dtype == DType::F32 => call("max_f32"),
        Binary::Max => call("max"),
        Binary::Min if dtype == DType::F32 => call("min_f32"),
        Binary::Min => call("min"),
        // `x == x` is the test for NaN, which drivers like to fold.
        Binary::Eq if dtype == DType::F32 && a == b => Ok(format!("!is_nan({a})")),
        Binary::Eq => infix("=="),
        Binary::Lt if dtype == DType::Bool => Ok(format!("!{a} & {b}")),
        Binary::Lt => infix("<"),
        Binary::Le if dtype == DType::Bool => Ok(format!("!{a} | {b}")),
        Binary::Le => infix("<="),
        Binary::And => infix("&"),
        Binary::Or => infix("|"),
    }
}

/// `x` of dtype `from` converted to `to`.
pub(crate) fn cast(from: DType, to: DType, x: &str) -> Result<String> {
    value_type(from)?;
    let wide = |x: &str| if from == DType::F16 { format!("f32({x})") } else { x.to_string() };
    Ok(match (from, to) {
        (a, b) if a == b => x.to_string(),
        (DType::I32 | DType::U32 | DType::F16 | DType::F32, DType::Bool) => {
            let zero = literal(Scalar::from_f64(0.0, from))?;
            format!("{x} != {zero}")
        }
        (DType::U32, DType::I32) => format!("i32(min({x}, 0x7fffffffu))"),
        (DType::I32, DType::U32) => format!("u32(max({x}, 0))"),
        (DType::F16 | DType::F32, DType::I32) => format!("i32_from_f32({})", wide(x)),
        (DType::F16 | DType::F32, DType::U32) => format!("u32_from_f32({})", wide(x)),
        (_, to) => format!("{}({x})", value_type(to)?),
    })
}

/// What a reduction starts from: the value of the reduction of nothing.
pub(crate) fn identity(op: Reduce, dtype: DType) -> Result<String> {
    let (lowest, highest) = match dtype {
        DType::Bool => (0.0, 1.0),
        DType::I32 => (i32::MIN.into(), i32::MAX.into()),
        DType::U32 => (0.0, u32::MAX.into()),
        DType::F16 | DType::F32 => (f64::NEG_INFINITY, f64::INFINITY),
        DType::F64 => return Err(undefined(op.name(), dtype)),
    };
    let start = match op {
        Reduce::Sum => 0.0,
        Reduce::Prod => 1.0,
        Reduce::Max | Reduce::ArgMax => lowest,
        Reduce::Min | Reduce::ArgMin => highest,
    };
    literal(Scalar::from_f64(start, dtype))
}

/// Two partial results of a reduction that gives values.
pub(crate) fn combine(op: Reduce, dtype: DType, a: &str, b: &str) -> Result<String> {
    match (op, dtype) {
        (Reduce::Sum, _) => binary(Binary::Add, dtype, a, b),
        (Reduce::Prod, _) => binary(Binary::Mul, dtype, a, b),
        (Reduce::Max, DType::Bool) => Ok(format!("{a} | {b}")),
        (Reduce::Min, DType::Bool) => Ok(format!("{a} & {b}")),
        (Reduce::Max, _) => binary(Binary::Max, dtype, a, b),
        (Reduce::Min, _) => binary(Binary::Min, dtype, a, b),
        (Reduce::ArgMax | Reduce::ArgMin, _) => Err(undefined(op.name(), dtype)),
    }
}

/// Whether `value` takes the place of `best` in a search for a position.
pub(crate) fn better(op: Reduce, dtype: DType, value: &str, best: &str) -> Result<String> {
    let highest = op == Reduce::ArgMax;
    Ok(match dtype {
        DType::F32 => format!("{}({value}, {best})", if highest { "above_f32" } else { "below_f32" }),
        DType::Bool if highest => format!("({value} & !{best})"),
        DType::Bool => format!("(!{value} & {best})"),
        DType::I32 | DType::U32 => format!("({value} {} {best})", if highest { ">" } else { "<" }),
        DType::F16 => better(op, DType::F32, &format!("f32({value})"), &format!("f32({best})"))?,
        DType::F64 => return Err(undefined(op.name(), dtype)),
    })
}

fn undefined(op: &str, dtype: DType) -> Error {
    Error::InvalidProgram(format!("a kernel applies {op} to {dtype}"))
}
