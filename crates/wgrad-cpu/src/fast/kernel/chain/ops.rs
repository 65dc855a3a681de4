//! The operations of a chain, on all vectors of a register.

use super::{REGISTERS, WIDTH};
use pulp::Simd;
use wgrad_tensor::{Binary, Unary};

/// The functions of one number that chains have.
#[derive(Clone, Copy, Debug)]
pub(super) enum One {
    Neg,
    Sqrt,
    Rsqrt,
    Relu,
}

/// The functions of two numbers that chains have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Two {
    Add,
    Sub,
    Mul,
    Div,
    Max,
    Min,
    Eq,
    Lt,
    Le,
}

pub(super) fn one(op: Unary) -> Option<One> {
    [(Unary::Neg, One::Neg), (Unary::Sqrt, One::Sqrt), (Unary::Rsqrt, One::Rsqrt), (Unary::Relu, One::Relu)]
        .into_iter()
        .find_map(|(unary, one)| (unary == op).then_some(one))
}

pub(super) fn two(op: Binary) -> Option<Two> {
    match op {
        Binary::Add => Some(Two::Add),
        Binary::Sub => Some(Two::Sub),
        Binary::Mul => Some(Two::Mul),
        Binary::Div => Some(Two::Div),
        Binary::Max => Some(Two::Max),
        Binary::Min => Some(Two::Min),
        Binary::Eq => Some(Two::Eq),
        Binary::Lt => Some(Two::Lt),
        Binary::Le => Some(Two::Le),
        Binary::Rem | Binary::Pow | Binary::Atan2 | Binary::And | Binary::Or => None,
    }
}

pub(super) type File<V> = [[V; WIDTH]; REGISTERS];

/// A loop over the vectors of registers; a macro, since closures are not always inlined into code for other processors.
macro_rules! each {
    ($registers:ident, $d:expr, [$($x:ident = $a:expr),*] => $value:expr) => {
        for i in 0..WIDTH {
            $(let $x = $registers[$a][i];)*
            $registers[$d][i] = $value;
        }
    };
}

#[inline(always)]
pub(super) fn unary<S: Simd>(simd: S, op: One, registers: &mut File<S::f32s>, d: usize, a: usize) {
    let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
    match op {
        One::Neg => each!(registers, d, [x = a] => simd.xor_f32s(x, simd.splat_f32s(-0.0))),
        One::Sqrt => each!(registers, d, [x = a] => simd.sqrt_f32s(x)),
        One::Rsqrt => each!(registers, d, [x = a] => simd.div_f32s(one, simd.sqrt_f32s(x))),
        // NaN stays.
        One::Relu => each!(registers, d, [x = a] => simd.select_f32s(simd.less_than_f32s(x, zero), zero, x)),
    }
}

#[inline(always)]
pub(super) fn binary<S: Simd>(simd: S, op: Two, registers: &mut File<S::f32s>, d: usize, [a, b]: [usize; 2]) {
    let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
    match op {
        Two::Add => each!(registers, d, [x = a, y = b] => simd.add_f32s(x, y)),
        Two::Sub => each!(registers, d, [x = a, y = b] => simd.sub_f32s(x, y)),
        Two::Mul => {
            // Subnormal products are 0, as everywhere on this device.
            let (exponent, least) = (simd.splat_u32s(0x7f80_0000), simd.splat_u32s(128 << 23));
            each!(registers, d, [x = a, y = b] => {
                let [p, q] = [simd.transmute_u32s_f32s(x), simd.transmute_u32s_f32s(y)];
                let sum = simd.add_u32s(simd.and_u32s(p, exponent), simd.and_u32s(q, exponent));
                simd.mul_f32s(simd.select_f32s(simd.less_than_u32s(sum, least), zero, x), y)
            })
        }
        Two::Div => each!(registers, d, [x = a, y = b] => simd.div_f32s(x, y)),
        Two::Max => each!(registers, d, [x = a, y = b] => {
            let larger = simd.select_f32s(simd.greater_than_or_equal_f32s(x, y), x, y);
            simd.select_f32s(simd.equal_f32s(x, x), larger, x)
        }),
        Two::Min => each!(registers, d, [x = a, y = b] => {
            let smaller = simd.select_f32s(simd.less_than_or_equal_f32s(x, y), x, y);
            simd.select_f32s(simd.equal_f32s(x, x), smaller, x)
        }),
        Two::Eq => each!(registers, d, [x = a, y = b] => simd.select_f32s(simd.equal_f32s(x, y), one, zero)),
        Two::Le => each!(registers, d, [x = a, y = b] => simd.select_f32s(simd.less_than_or_equal_f32s(x, y), one, zero)),
        Two::Lt => each!(registers, d, [x = a, y = b] => simd.select_f32s(simd.less_than_f32s(x, y), one, zero)),
    }
}
