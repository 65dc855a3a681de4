//! The table: a row or several for every operation of the public API.

mod binary;
mod conv;
mod create;
mod gather;
mod large;
mod linalg;
mod loops;
mod movement;
mod random;
mod reduce;
mod unary;
mod window;

pub use large::large_cases;

use crate::Case;

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
