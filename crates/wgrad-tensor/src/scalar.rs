//! The scalar functions, one row for each: the operation, its public method, its name in errors and prints, and its dtypes come from this table.

use crate::DType;

/// Calls a macro with the table of the functions of one operand: documentation, variant, name, dtypes.
macro_rules! unary_table {
    ($with:ident) => {
        $with! {
            /// `-x`; floats and i32.
            Neg neg signed,
            /// `|x|`; floats and i32.
            Abs abs signed,
            /// -1, 0 or 1; floats and i32.
            Sign sign signed,
            /// `!x`; bool only.
            Not logical_not truth,
            /// `e^x`
            Exp exp float,
            /// `e^x - 1`, exact near 0.
            Expm1 expm1 float,
            /// The natural logarithm.
            Log log float,
            /// `log(1 + x)`, exact near 0.
            Log1p log1p float,
            /// The square root.
            Sqrt sqrt float,
            /// `1 / sqrt(x)`
            Rsqrt rsqrt float,
            /// The sine of an angle in radians.
            Sin sin float,
            /// The cosine of an angle in radians.
            Cos cos float,
            /// The tangent of an angle in radians.
            Tan tan float,
            /// The inverse sine in radians.
            Asin asin float,
            /// The inverse cosine in radians.
            Acos acos float,
            /// The inverse tangent in radians.
            Atan atan float,
            /// The hyperbolic sine.
            Sinh sinh float,
            /// The hyperbolic cosine.
            Cosh cosh float,
            /// The hyperbolic tangent.
            Tanh tanh float,
            /// `1 / (1 + e^-x)`
            Sigmoid sigmoid float,
            /// `max(x, 0)`; its gradient at 0 is 0.
            Relu relu float,
            /// The error function.
            Erf erf float,
            /// The inverse of the error function, on (-1, 1).
            ErfInv erfinv float,
            /// The largest whole number that is not more.
            Floor floor float,
            /// The smallest whole number that is not less.
            Ceil ceil float,
            /// The whole number next to it towards 0.
            Trunc trunc float,
            /// The nearest whole number; halves go to the even one.
            Round round float,
        }
    };
}
pub(crate) use unary_table;

macro_rules! unary_op {
    ($($(#[$doc:meta])* $variant:ident $name:ident $dtypes:ident),* $(,)?) => {
        /// Element-wise functions of one operand; they keep shape and dtype. Float unless said otherwise.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Unary {$(
            $(#[$doc])*
            $variant,
        )*}

        impl Unary {
            /// All functions, in the order of their declaration.
            pub const ALL: &[Unary] = &[$(Unary::$variant),*];

            /// The name as errors and prints show it.
            pub fn name(self) -> &'static str {
                match self {$(Unary::$variant => stringify!($name),)*}
            }

            /// Whether the function is defined for a dtype.
            pub fn accepts(self, dtype: DType) -> bool {
                match self {$(Unary::$variant => $dtypes(dtype),)*}
            }
        }
    };
}

unary_table!(unary_op);

fn float(dtype: DType) -> bool {
    dtype.is_float()
}

fn signed(dtype: DType) -> bool {
    dtype.is_float() || dtype == DType::I32
}

fn truth(dtype: DType) -> bool {
    dtype == DType::Bool
}

/// Element-wise functions of two operands of one dtype. Any number type unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    /// Integers truncate toward zero; division by integer zero gives 0.
    Div,
    /// Remainder with the sign of the divisor, as Python's `%`; by integer zero gives 0.
    Rem,
    /// Float only. Negative bases with whole exponents as in C's `pow`.
    Pow,
    /// Float only.
    Atan2,
    /// NaN where either operand is NaN.
    Max,
    /// NaN where either operand is NaN.
    Min,
    /// Gives bool; any dtype.
    Eq,
    /// `a < b`, gives bool.
    Lt,
    /// `a <= b`, gives bool.
    Le,
    /// bool only.
    And,
    /// bool only.
    Or,
}

/// Reductions. On an empty axis: 0, 1, the lowest, the highest (infinities for floats), index 0. NaN counts as the maximum and as the minimum, as in
/// NumPy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Reduce {
    /// Number types; f16 accumulates in f32.
    Sum,
    /// Number types; f16 accumulates in f32.
    Prod,
    /// Any dtype; on bool it is "any".
    Max,
    /// Any dtype; on bool it is "all".
    Min,
    /// Gives i32: row-major position, within the reduced axes, of the first maximum.
    ArgMax,
    /// Gives i32: row-major position, within the reduced axes, of the first minimum.
    ArgMin,
}

impl Binary {
    /// Whether the function is defined for a dtype.
    pub fn accepts(self, dtype: DType) -> bool {
        match self {
            Binary::Eq | Binary::Lt | Binary::Le => true,
            Binary::And | Binary::Or => dtype == DType::Bool,
            Binary::Pow | Binary::Atan2 => dtype.is_float(),
            Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Rem | Binary::Max | Binary::Min => dtype != DType::Bool,
        }
    }

    /// Whether the result is bool whatever the operands are.
    pub fn is_comparison(self) -> bool {
        matches!(self, Binary::Eq | Binary::Lt | Binary::Le)
    }

    /// The name as errors and prints show it.
    pub fn name(self) -> &'static str {
        match self {
            Binary::Add => "add",
            Binary::Sub => "sub",
            Binary::Mul => "mul",
            Binary::Div => "div",
            Binary::Rem => "rem",
            Binary::Pow => "pow",
            Binary::Atan2 => "atan2",
            Binary::Max => "maximum",
            Binary::Min => "minimum",
            Binary::Eq => "eq",
            Binary::Lt => "lt",
            Binary::Le => "le",
            Binary::And => "and",
            Binary::Or => "or",
        }
    }
}

impl Reduce {
    /// Whether the reduction is defined for a dtype.
    pub fn accepts(self, dtype: DType) -> bool {
        match self {
            Reduce::Sum | Reduce::Prod => dtype != DType::Bool,
            Reduce::Max | Reduce::Min | Reduce::ArgMax | Reduce::ArgMin => true,
        }
    }

    /// Whether the result is a position.
    pub fn is_arg(self) -> bool {
        matches!(self, Reduce::ArgMax | Reduce::ArgMin)
    }

    /// The name as errors and prints show it.
    pub fn name(self) -> &'static str {
        match self {
            Reduce::Sum => "sum",
            Reduce::Prod => "prod",
            Reduce::Max => "max",
            Reduce::Min => "min",
            Reduce::ArgMax => "argmax",
            Reduce::ArgMin => "argmin",
        }
    }
}
