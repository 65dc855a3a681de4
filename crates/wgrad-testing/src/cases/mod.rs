//! The table: a row or several for every operation of the public API.

mod binary;
mod conv;
mod create;
mod gather;
mod linalg;
mod loops;
mod movement;
mod random;
mod reduce;
mod unary;
mod window;

use crate::Case;

/// Every operation of the public API.
#[rustfmt::skip]
pub const OPS: &[&str] = &[
    "neg", "abs", "sign", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
    "sigmoid", "relu", "erf", "erfinv", "floor", "ceil", "round", "square", "reciprocal", "softplus", "log_sigmoid", "is_nan", "is_inf",
    "is_finite", "cast", "stop_gradient",
    "add", "sub", "mul", "div", "rem", "pow", "powf", "maximum", "minimum", "atan2", "eq", "ne", "lt", "le", "gt", "ge", "logical_and",
    "logical_or", "logical_not", "logical_xor", "where_", "clip",
    "sum", "mean", "prod", "max", "min", "any", "all", "var", "std", "logsumexp", "argmax", "argmin", "sum_keep", "mean_keep", "prod_keep",
    "max_keep", "min_keep", "any_keep", "all_keep", "var_keep", "std_keep", "logsumexp_keep", "argmax_keep", "argmin_keep", "cumsum", "softmax",
    "log_softmax",
    "reshape", "flatten", "permute", "transpose", "swap_axes", "expand", "squeeze", "unsqueeze", "i", "narrow", "pad", "flip", "concat", "stack",
    "split", "split_at", "tile", "repeat",
    "matmul", "dot", "one_hot", "take", "take_along_axis", "scatter_add", "sort", "argsort", "top_k",
    "conv", "window_sum", "window_max", "window_min", "window_mean",
    "from_vec", "full", "constant", "zeros", "ones", "zeros_like", "ones_like", "full_like", "eye", "arange", "linspace", "iota",
    "random_key", "random_bits", "uniform", "normal", "truncated_normal", "permutation", "uniform_with", "normal_with", "truncated_normal_with",
    "permutation_with",
    "scan",
];

/// The table.
pub fn cases() -> Vec<Case> {
    let families: [fn() -> Vec<Case>; 11] = [
        unary::cases,
        binary::cases,
        reduce::cases,
        movement::cases,
        linalg::cases,
        gather::cases,
        conv::cases,
        window::cases,
        create::cases,
        random::cases,
        loops::cases,
    ];
    families.into_iter().flat_map(|family| family()).collect()
}

/// Shapes of every rank from 0 to 6, with axes of length 0 and 1 and lengths that are no multiples of 4, 8 and 64.
pub(crate) const SHAPES: &[&[usize]] =
    &[&[], &[1], &[0], &[5], &[67], &[3, 4], &[2, 0, 3], &[7, 1, 9], &[2, 3, 1, 5], &[1, 2, 1, 3, 2], &[2, 1, 3, 1, 2, 2]];
