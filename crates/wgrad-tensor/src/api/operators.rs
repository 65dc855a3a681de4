//! `+ - * / % & | ^ !` and unary `-` on tensors by value or reference, with numbers on either side.
//!
//! On the right any number type will do. On the left there is one float and one integer type, so that Rust knows the type of a literal at once and
//! `(1.0 - &x).square()` compiles.

use super::Operand;
use crate::Tensor;
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Rem, Sub};

macro_rules! tensor_operator {
    ($trait:ident, $operator:ident, $method:ident) => {
        impl<T: Into<Operand>> $trait<T> for Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $operator(self, other: T) -> Tensor {
                Tensor::$method(&self, other)
            }
        }
        impl<T: Into<Operand>> $trait<T> for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $operator(self, other: T) -> Tensor {
                Tensor::$method(self, other)
            }
        }
    };
}

macro_rules! number_operator {
    ($trait:ident, $operator:ident, $($number:ty),*) => {$(
        impl $trait<Tensor> for $number {
            type Output = Tensor;
            #[track_caller]
            fn $operator(self, other: Tensor) -> Tensor {
                $trait::$operator(self, &other)
            }
        }
        impl $trait<&Tensor> for $number {
            type Output = Tensor;
            #[track_caller]
            fn $operator(self, other: &Tensor) -> Tensor {
                Operand::from(self).tensor(stringify!($operator), other.dtype()).$operator(other)
            }
        }
    )*};
}

macro_rules! arithmetic_operators {
    ($($trait:ident $operator:ident),*) => {$(
        tensor_operator!($trait, $operator, $operator);
        number_operator!($trait, $operator, f64, i32);
    )*};
}

arithmetic_operators!(Add add, Sub sub, Mul mul, Div div, Rem rem);
tensor_operator!(BitAnd, bitand, logical_and);
tensor_operator!(BitOr, bitor, logical_or);
tensor_operator!(BitXor, bitxor, logical_xor);

macro_rules! prefix_operator {
    ($trait:ident, $operator:ident, $method:ident) => {
        impl $trait for Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $operator(self) -> Tensor {
                Tensor::$method(&self)
            }
        }
        impl $trait for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $operator(self) -> Tensor {
                Tensor::$method(self)
            }
        }
    };
}

prefix_operator!(Neg, neg, neg);
prefix_operator!(Not, not, logical_not);
