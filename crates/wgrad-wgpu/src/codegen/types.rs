//! Dtypes and constants as WGSL writes them. Values of f16 are rounded to f16 after each operation, which is computed in f32.

use wgrad_tensor::{DType, Error, Result, Scalar};

/// The type of a value.
pub(crate) fn value_type(dtype: DType) -> Result<&'static str> {
    match dtype {
        DType::Bool => Ok("bool"),
        DType::I32 => Ok("i32"),
        DType::U32 => Ok("u32"),
        DType::F16 => Ok("f16"),
        DType::F32 => Ok("f32"),
        DType::F64 => Err(Error::InvalidProgram("a kernel for WGSL, which has no f64, computes with f64".into())),
    }
}

/// The type of an element of a buffer.
pub(crate) fn storage_type(dtype: DType) -> Result<&'static str> {
    if dtype == DType::Bool { Ok("u32") } else { value_type(dtype) }
}

/// Bytes of an element of a buffer.
pub(crate) fn storage_size(dtype: DType) -> u64 {
    match dtype {
        DType::Bool | DType::I32 | DType::U32 | DType::F32 => 4,
        DType::F16 => 2,
        DType::F64 => 8,
    }
}

/// A constant. Infinities and NaN come from a function that hides their bits, because WGSL rejects constant expressions that have them.
pub(crate) fn literal(value: Scalar) -> Result<String> {
    Ok(match value {
        Scalar::Bool(v) => v.to_string(),
        Scalar::I32(i32::MIN) => "bitcast<i32>(0x80000000u)".into(),
        Scalar::I32(v) => v.to_string(),
        Scalar::U32(v) => format!("{v}u"),
        // With the name of the type, by which texts that need the extension are known.
        Scalar::F16(v) if v.is_finite() => format!("f16({:?}h)", v.to_f32()),
        Scalar::F16(v) => format!("f16({})", hidden(v.to_f32())),
        Scalar::F32(v) if v.is_finite() => format!("{v:?}f"),
        Scalar::F32(v) => hidden(v),
        Scalar::F64(_) => value_type(DType::F64)?.into(),
    })
}

fn hidden(value: f32) -> String {
    format!("float_from({:#010x}u)", value.to_bits())
}

/// Zero of a dtype.
pub(crate) fn zero(dtype: DType) -> Result<String> {
    literal(Scalar::from_f64(0.0, dtype))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgrad_tensor::Element;

    #[test]
    fn literals_are_exact() -> Result<()> {
        for value in [0.1f32, f32::MIN_POSITIVE, f32::MAX, 1e-7, -0.0, 16777216.0] {
            let text = literal(value.scalar())?;
            let back: f32 = text.trim_end_matches('f').parse().map_err(|_| Error::InvalidProgram(text.clone()))?;
            assert_eq!(back.to_bits(), value.to_bits(), "{text}");
        }
        assert_eq!(literal(f32::NEG_INFINITY.scalar())?, "float_from(0xff800000u)");
        assert_eq!(literal(i32::MIN.scalar())?, "bitcast<i32>(0x80000000u)");
        assert!(literal(1.0f64.scalar()).is_err());
        Ok(())
    }
}
