use crate::{count, same};
use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, FRAC_PI_6, LN_2, LN_10};
use wgrad_tensor::{DType, Tensor};

#[test]
fn operators_broadcast() {
    let (row, column) = (count(&[3]), count(&[2, 1]));
    same(&(&row + &column), [[0f32, 1.0, 2.0], [1.0, 2.0, 3.0]]);
    same(&(row.clone() - column.clone()), [[0f32, 1.0, 2.0], [-1.0, 0.0, 1.0]]);
    same(&(&row * column), [[0f32, 0.0, 0.0], [0.0, 1.0, 2.0]]);
    same(&(Tensor::zeros([0, 1]) + row), Tensor::zeros([0, 3]));
}

#[test]
fn numbers_on_either_side() {
    let x = count(&[3]);
    same(&(2.0 * &x - 1), [-1f32, 1.0, 3.0]);
    same(&(1 - x.clone() / 2f32), [1f32, 0.5, 0.0]);
    same(&(1.0 - &x).square(), [1f32, 0.0, 1.0]);
    same(&(12 / (Tensor::from([1, 2, 3]) + 1)), [6, 4, 3]);
    same(&-(x % 2usize), [0f32, -1.0, 0.0]);
}

#[test]
fn division_and_remainder() {
    let (a, b) = (Tensor::from([7, -7, 7, -7, 1]), Tensor::from([2, 2, -2, -2, 0]));
    same(&(&a / &b), [3, -3, -3, 3, 0]);
    same(&(&a % &b), [1, 1, -1, -1, 0]);
    same(&(Tensor::from([5.5f32, -5.5]) % 2), [1.5f32, 0.5]);
}

#[test]
fn comparisons_and_logic() {
    let x = Tensor::from([1f32, 2.0, f32::NAN]);
    same(&x.eq(2), [false, true, false]);
    same(&x.ne(2), [true, false, true]);
    same(&x.lt(2), [true, false, false]);
    same(&x.le(2), [true, true, false]);
    same(&x.gt(1), [false, true, false]);
    same(&x.ge(1), [true, true, false]);
    let (a, b) = (Tensor::from([[true], [false]]), Tensor::from([true, false]));
    same(&(&a & &b), [[true, false], [false, false]]);
    same(&(&a | &b), [[true, true], [true, false]]);
    same(&(&a ^ &b), [[false, true], [true, false]]);
    same(&!b, [false, true]);
}

#[test]
fn choices() {
    let x = count(&[4]) - 1;
    same(&x.clip(0, 1.5), [0f32, 0.0, 1.0, 1.5]);
    same(&x.gt(0).where_(&x, -9), [-9f32, -9.0, 1.0, 2.0]);
    same(&x.gt(0).where_(1, 0.5), [0.5f32, 0.5, 1.0, 1.0]);
    same(&Tensor::from([[true], [false]]).where_(Tensor::from([1, 2]), 0), [[1, 2], [0, 0]]);
    same(&x.maximum(0).minimum(Tensor::from([1f32])), [0f32, 0.0, 1.0, 1.0]);
}

#[test]
fn powers_and_roots() {
    let x = Tensor::from([1f32, 4.0, 9.0]);
    same(&x.powf(1.5), [1f32, 8.0, 27.0]);
    same(&x.pow(Tensor::from([3f32, 0.5, 0.0])), [1f32, 2.0, 1.0]);
    same(&(-&x).powf(3.0), [-1f32, -64.0, -729.0]);
    same(&x.sqrt(), [1f32, 2.0, 3.0]);
    same(&x.rsqrt(), [1f32, 0.5, 1.0 / 3.0]);
    same(&x.reciprocal(), [1f32, 0.25, 1.0 / 9.0]);
    same(&Tensor::from([1f32, -1.0]).atan2(Tensor::from([1f32, -1.0])), [FRAC_PI_4, -2.356_194_5]);
}

#[test]
fn exponentials() {
    let x = Tensor::from([-1f32, 0.0, 0.5, 1e-6]);
    same(&x.exp(), [0.367_879_45_f32, 1.0, 1.648_721_3, 1.000_001]);
    same(&(x.expm1() * 1e6).i(-1), 1.000_000_5_f32);
    same(&(x.log1p() * 1e6).i(-1), 0.999_999_5_f32);
    same(&Tensor::from([1f32, 10.0, 0.0, -1.0]).log(), [0f32, LN_10, f32::NEG_INFINITY, f32::NAN]);
    same(&x.sigmoid(), [0.268_941_43_f32, 0.5, 0.622_459_3, 0.500_000_25]);
    same(&x.erf(), [-0.842_700_8_f32, 0.0, 0.520_499_9, 1.128_379_2e-6]);
    same(&Tensor::from([-0.9f32, 0.0, 0.5]).erfinv(), [-1.163_087_1_f32, 0.0, 0.476_936_28]);
    let wide = Tensor::from([-200f32, -1.0, 0.0, 1.0, 200.0]);
    same(&wide.softplus(), [0f32, 0.313_261_7, LN_2, 1.313_261_7, 200.0]);
    same(&wide.log_sigmoid(), [-200f32, -1.313_261_7, -LN_2, -0.313_261_7, 0.0]);
}

#[test]
fn angles() {
    let x = Tensor::from([-0.5f32, 1.0]);
    same(&x.sin(), [-0.479_425_55_f32, 0.841_471]);
    same(&x.cos(), [0.877_582_55_f32, 0.540_302_3]);
    same(&x.tan(), [-0.546_302_5_f32, 1.557_407_7]);
    same(&x.asin(), [-FRAC_PI_6, FRAC_PI_2]);
    same(&x.acos(), [2.094_395_2_f32, 0.0]);
    same(&x.atan(), [-0.463_647_6_f32, FRAC_PI_4]);
    same(&x.sinh(), [-0.521_095_3_f32, 1.175_201_2]);
    same(&x.cosh(), [1.127_626_f32, 1.543_080_7]);
    same(&x.tanh(), [-0.462_117_17_f32, 0.761_594_2]);
}

#[test]
fn whole_numbers_and_signs() {
    let x = Tensor::from([-1.5f32, -0.5, 0.5, 1.5, 2.5]);
    same(&x.floor(), [-2f32, -1.0, 0.0, 1.0, 2.0]);
    same(&x.ceil(), [-1f32, 0.0, 1.0, 2.0, 3.0]);
    same(&x.round(), [-2f32, 0.0, 0.0, 2.0, 2.0]);
    same(&x.sign(), [-1f32, -1.0, 1.0, 1.0, 1.0]);
    same(&x.relu(), [0f32, 0.0, 0.5, 1.5, 2.5]);
    same(&Tensor::from([-3, 0, 2]).abs(), [3, 0, 2]);
    same(&Tensor::from([-3, 0, 2]).sign(), [-1, 0, 1]);
}

#[test]
fn special_numbers() {
    let x = Tensor::from([1f32, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX]);
    same(&x.is_nan(), [false, true, false, false, false]);
    same(&x.is_inf(), [false, false, true, true, false]);
    same(&x.is_finite(), [true, false, false, false, true]);
    same(&Tensor::from([1]).is_inf(), [false]);
    same(&Tensor::from([0]).is_finite(), [true]);
}

#[test]
fn casts() {
    let x = Tensor::from([-1.7f32, 0.0, 3e9, f32::NAN]);
    same(&x.cast(DType::I32), [-1, 0, i32::MAX, 0]);
    same(&x.cast(DType::U32), [0u32, 0, 3_000_000_000, 0]);
    same(&x.cast(DType::Bool), [true, false, true, true]);
    same(&Tensor::from([true, false]).cast(DType::F64), [1.0, 0.0]);
    same(&Tensor::from([0.1]).cast(DType::F16).cast(DType::F32), [0.099_975_586_f32]);
}
