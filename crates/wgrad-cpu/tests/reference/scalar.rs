//! Element-wise operations.

// The tables are NumPy's numbers, whether or not one of them is a well-known constant.
#![allow(clippy::approx_constant)]

use crate::common::{assert_close, tensor, values};
use half::f16;
use wgrad_tensor::{Binary, DType, HostTensor, Op, Unary};

const X: [f64; 8] = [-2.5, -1.0, -0.5, -0.0, 0.3, 1.0, 2.5, 7.0];
const POSITIVE: [f64; 6] = [0.01, 0.3, 1.0, 2.5, 7.0, 80.0];
const UNIT: [f64; 7] = [-0.999, -0.5, -0.01, 0.0, 0.3, 0.75, 0.99];

#[test]
#[rustfmt::skip]
fn functions_of_one_operand() {
    use Unary::*;
    let cases: [(Unary, &[f64], &[f64]); 26] = [
        (Neg, &X, &[2.5, 1.0, 0.5, 0.0, -0.3, -1.0, -2.5, -7.0]),
        (Abs, &X, &[2.5, 1.0, 0.5, 0.0, 0.3, 1.0, 2.5, 7.0]),
        (Sign, &X, &[-1.0, -1.0, -1.0, 0.0, 1.0, 1.0, 1.0, 1.0]),
        (Exp, &X, &[0.0820849986238988, 0.36787944117144233, 0.6065306597126334, 1.0, 1.3498588075760032, 2.718281828459045, 12.182493960703473, 1096.6331584284585]),
        (Expm1, &X, &[-0.9179150013761012, -0.6321205588285577, -0.3934693402873666, -0.0, 0.3498588075760031, 1.7182818284590453, 11.182493960703473, 1095.6331584284585]),
        (Log, &POSITIVE, &[-4.605170185988091, -1.2039728043259361, 0.0, 0.9162907318741551, 1.9459101490553132, 4.382026634673881]),
        (Log1p, &[-0.9, 0.0, 0.2, 3.0], &[-2.302585092994046, 0.0, 0.18232155679395465, 1.3862943611198906]),
        (Sqrt, &POSITIVE, &[0.1, 0.5477225575051661, 1.0, 1.5811388300841898, 2.6457513110645907, 8.94427190999916]),
        (Rsqrt, &POSITIVE, &[10.0, 1.8257418583505538, 1.0, 0.6324555320336759, 0.3779644730092272, 0.11180339887498948]),
        (Sin, &X, &[-0.5984721441039565, -0.8414709848078965, -0.479425538604203, -0.0, 0.29552020666133955, 0.8414709848078965, 0.5984721441039565, 0.6569865987187891]),
        (Cos, &X, &[-0.8011436155469337, 0.5403023058681398, 0.8775825618903728, 1.0, 0.955336489125606, 0.5403023058681398, -0.8011436155469337, 0.7539022543433046]),
        (Tan, &X, &[0.7470222972386603, -1.5574077246549023, -0.5463024898437905, -0.0, 0.3093362496096232, 1.5574077246549023, -0.7470222972386603, 0.8714479827243188]),
        (Asin, &UNIT, &[-1.526071239626163, -0.5235987755982989, -0.010000166674167114, 0.0, 0.30469265401539747, 0.848062078981481, 1.4292568534704693]),
        (Acos, &UNIT, &[3.09686756642106, 2.0943951023931957, 1.5807964934690637, 1.5707963267948966, 1.2661036727794992, 0.7227342478134156, 0.1415394733244273]),
        (Atan, &X, &[-1.1902899496825317, -0.7853981633974483, -0.4636476090008061, -0.0, 0.2914567944778671, 0.7853981633974483, 1.1902899496825317, 1.4288992721907328]),
        (Sinh, &X, &[-6.0502044810397875, -1.1752011936438014, -0.5210953054937474, -0.0, 0.3045202934471426, 1.1752011936438014, 6.0502044810397875, 548.3161232732465]),
        (Cosh, &X, &[6.132289479663686, 1.5430806348152437, 1.1276259652063807, 1.0, 1.0453385141288605, 1.5430806348152437, 6.132289479663686, 548.3170351552121]),
        (Tanh, &X, &[-0.9866142981514303, -0.7615941559557649, -0.46211715726000974, -0.0, 0.2913126124515909, 0.7615941559557649, 0.9866142981514303, 0.9999983369439447]),
        (Sigmoid, &X, &[0.07585818002124355, 0.2689414213699951, 0.3775406687981454, 0.5, 0.574442516811659, 0.7310585786300049, 0.9241418199787566, 0.9990889488055994]),
        (Sigmoid, &[-800.0, 800.0], &[0.0, 1.0]),
        (Relu, &X, &[0.0, 0.0, 0.0, 0.0, 0.3, 1.0, 2.5, 7.0]),
        (Erf, &X, &[-0.999593047982555, -0.8427007929497148, -0.5204998778130465, -0.0, 0.3286267594591274, 0.8427007929497148, 0.999593047982555, 1.0]),
        (ErfInv, &UNIT, &[-2.326753765513524, -0.4769362762044699, -0.008862501280950596, 0.0, 0.2724627147267544, 0.8134198475976184, 1.8213863677184496]),
        (Floor, &X, &[-3.0, -1.0, -1.0, -0.0, 0.0, 1.0, 2.0, 7.0]),
        (Ceil, &X, &[-2.0, -1.0, -0.0, -0.0, 1.0, 1.0, 3.0, 7.0]),
        (Round, &X, &[-2.0, -1.0, -0.0, -0.0, 0.0, 1.0, 2.0, 7.0]),
    ];
    for (op, x, expected) in cases {
        let got = values::<f64>(&Op::Unary(op), &[tensor(x.len(), x)]);
        assert_close(op.name(), &got, expected, 1e-14);
        // In f32 the argument is rounded first, so the result may be further away, but not much.
        let x32: Vec<f32> = x.iter().map(|&v| v as f32).collect();
        let got: Vec<f64> = values::<f32>(&Op::Unary(op), &[tensor(x.len(), x32)]).into_iter().map(f64::from).collect();
        assert_close(op.name(), &got, expected, 1e-5);
    }
}

#[test]
fn other_dtypes_of_one_operand() {
    let x = tensor([4], [-3, 0, 5, i32::MIN]);
    assert_eq!(values::<i32>(&Op::Unary(Unary::Neg), std::slice::from_ref(&x)), [3, 0, -5, i32::MIN]);
    assert_eq!(values::<i32>(&Op::Unary(Unary::Abs), std::slice::from_ref(&x)), [3, 0, 5, i32::MIN]);
    assert_eq!(values::<i32>(&Op::Unary(Unary::Sign), &[x]), [-1, 0, 1, -1]);
    assert_eq!(values::<bool>(&Op::Unary(Unary::Not), &[tensor([2], [true, false])]), [false, true]);
    let x = tensor([2], [f16::from_f32(1.0), f16::from_f32(-0.5)]);
    assert_eq!(values::<f16>(&Op::Unary(Unary::Exp), &[x]), [f16::from_f64(1f64.exp()), f16::from_f64((-0.5f64).exp())]);
    assert!(values::<f32>(&Op::Unary(Unary::Relu), &[tensor([1], [f32::NAN])])[0].is_nan());
    assert!(values::<f32>(&Op::Unary(Unary::Sign), &[tensor([1], [f32::NAN])])[0].is_nan());
}

fn floats() -> [HostTensor; 2] {
    [tensor([8], [7.5, -7.5, 7.5, -7.5, 1.0, -0.0, 2.0, 0.0]), tensor([8], [2.0, 2.0, -2.0, -2.0, 0.0, 3.0, 0.5, -1.0])]
}

#[test]
#[rustfmt::skip]
fn functions_of_two_floats() {
    use Binary::*;
    let third = 0.017777777777777778;
    let cases: [(Binary, [f64; 8]); 9] = [
        (Add, [9.5, -5.5, 5.5, -9.5, 1.0, 3.0, 2.5, -1.0]),
        (Sub, [5.5, -9.5, 9.5, -5.5, 1.0, -3.0, 1.5, 1.0]),
        (Mul, [15.0, -15.0, -15.0, 15.0, 0.0, -0.0, 1.0, -0.0]),
        (Div, [3.75, -3.75, -3.75, 3.75, f64::INFINITY, -0.0, 4.0, -0.0]),
        (Rem, [1.5, 0.5, -0.5, -1.5, f64::NAN, 0.0, 0.0, -0.0]),
        (Max, [7.5, 2.0, 7.5, -2.0, 1.0, 3.0, 2.0, 0.0]),
        (Min, [2.0, -7.5, -2.0, -7.5, 0.0, -0.0, 0.5, -1.0]),
        (Pow, [56.25, 56.25, third, third, 1.0, -0.0, 1.4142135623730951, f64::INFINITY]),
        (Atan2, [1.3101939350475558, -1.3101939350475558, 1.8313987185422376, -1.8313987185422376, 1.5707963267948966, -0.0, 1.3258176636680326, 3.141592653589793]),
    ];
    for (op, expected) in cases {
        assert_close(op.name(), &values(&Op::Binary(op), &floats()), &expected, 1e-15);
    }
    assert_eq!(values::<bool>(&Op::Binary(Lt), &floats()), [false, true, false, true, false, true, false, false]);
    assert_eq!(values::<bool>(&Op::Binary(Le), &floats()), [false, true, false, true, false, true, false, false]);
    assert_eq!(values::<bool>(&Op::Binary(Eq), &floats()), [false; 8]);
}

#[test]
fn nan_is_passed_on() {
    let operands = [tensor([3], [f32::NAN, 1.0, f32::NAN]), tensor([3], [1.0, f32::NAN, f32::NAN])];
    for op in [Binary::Max, Binary::Min] {
        assert!(values::<f32>(&Op::Binary(op), &operands).iter().all(|v| v.is_nan()), "{}", op.name());
    }
    for op in [Binary::Eq, Binary::Lt, Binary::Le] {
        assert_eq!(values::<bool>(&Op::Binary(op), &operands), [false; 3], "{}", op.name());
    }
}

#[test]
#[rustfmt::skip]
fn functions_of_two_integers() {
    use Binary::*;
    let a = tensor([8], [7, -7, 7, -7, 5, 0, i32::MIN, 1_000_000_000]);
    let b = tensor([8], [2, 2, -2, -2, 0, 3, -1, 5]);
    let cases: [(Binary, [i32; 8]); 7] = [
        (Add, [9, -5, 5, -9, 5, 3, 2147483647, 1000000005]),
        (Sub, [5, -9, 9, -5, 5, -3, -2147483647, 999999995]),
        (Mul, [14, -14, -14, 14, 0, 0, -2147483648, 705032704]),
        (Div, [3, -3, -3, 3, 0, 0, i32::MIN, 200000000]),
        (Rem, [1, 1, -1, -1, 0, 0, 0, 0]),
        (Max, [7, 2, 7, -2, 5, 3, -1, 1000000000]),
        (Min, [2, -7, -2, -7, 0, 0, -2147483648, 5]),
    ];
    for (op, expected) in cases {
        assert_eq!(values::<i32>(&Op::Binary(op), &[a.clone(), b.clone()]), expected, "{}", op.name());
    }
    let [a, b] = [tensor([3], [7u32, 1, 5]), tensor([3], [9u32, 1, 0])];
    assert_eq!(values::<u32>(&Op::Binary(Sub), &[a.clone(), b.clone()]), [u32::MAX - 1, 0, 5]);
    assert_eq!(values::<u32>(&Op::Binary(Div), &[a.clone(), b.clone()]), [0, 1, 0]);
    assert_eq!(values::<u32>(&Op::Binary(Rem), &[a.clone(), b.clone()]), [7, 0, 0]);
    assert_eq!(values::<bool>(&Op::Binary(Le), &[a, b]), [true, true, false]);
}

#[test]
fn truth_values() {
    let operands = [tensor([4], [false, false, true, true]), tensor([4], [false, true, false, true])];
    assert_eq!(values::<bool>(&Op::Binary(Binary::And), &operands), [false, false, false, true]);
    assert_eq!(values::<bool>(&Op::Binary(Binary::Or), &operands), [false, true, true, true]);
    assert_eq!(values::<bool>(&Op::Binary(Binary::Eq), &operands), [true, false, false, true]);
    let [a, b] = [tensor([2], [1.0f32, 2.0]), tensor([2], [3.0f32, 4.0])];
    assert_eq!(values::<f32>(&Op::Select, &[tensor([2], [true, false]), a, b]), [1.0, 4.0]);
}

#[test]
fn half_precision_rounds_after_each_operation() {
    let [a, b] = [tensor([1], [f16::from_f32(2048.0)]), tensor([1], [f16::from_f32(1.0)])];
    assert_eq!(values::<f16>(&Op::Binary(Binary::Add), &[a, b]), [f16::from_f32(2048.0)]);
}

#[test]
fn conversions_truncate_and_saturate() {
    let x = tensor([6], [-1.9f32, 1.9, 3e9, -3e9, f32::NAN, 0.0]);
    assert_eq!(values::<i32>(&Op::Cast(DType::I32), std::slice::from_ref(&x)), [-1, 1, i32::MAX, i32::MIN, 0, 0]);
    assert_eq!(values::<u32>(&Op::Cast(DType::U32), std::slice::from_ref(&x)), [0, 1, 3_000_000_000, 0, 0, 0]);
    assert_eq!(values::<bool>(&Op::Cast(DType::Bool), std::slice::from_ref(&x)), [true, true, true, true, true, false]);
    assert_eq!(values::<f16>(&Op::Cast(DType::F16), &[x])[2], f16::INFINITY);
    assert_eq!(values::<f32>(&Op::Cast(DType::F32), &[tensor([2], [16_777_217, -5])]), [16_777_216.0, -5.0]);
    assert_eq!(values::<f64>(&Op::Cast(DType::F64), &[tensor([2], [true, false])]), [1.0, 0.0]);
}

#[test]
fn sources() {
    assert_eq!(values::<f32>(&Op::Constant(wgrad_tensor::Scalar::F32(1.5)), &[]), [1.5]);
    let iota = |dtype, axis| Op::Iota { dtype, shape: [2, 3].into(), axis };
    assert_eq!(values::<i32>(&iota(DType::I32, 0), &[]), [0, 0, 0, 1, 1, 1]);
    assert_eq!(values::<f16>(&iota(DType::F16, 1), &[]).iter().map(|v| v.to_f32()).collect::<Vec<_>>(), [0., 1., 2., 0., 1., 2.]);
    let key = tensor([3], [0xa409_3822u32, 0x299f_31d0, 7]);
    let bits = values::<u32>(&Op::Random { shape: [2, 3].into(), stream: 5 }, &[key]);
    let blocks = [0, 1].map(|i| wgrad_tensor::philox([i, 0, 5, 7], [0xa409_3822, 0x299f_31d0]));
    assert_eq!(bits, blocks.concat()[..6]);
}
