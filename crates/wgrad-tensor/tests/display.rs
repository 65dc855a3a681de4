//! Printing, against what NumPy 2 prints.

use half::f16;
use wgrad_tensor::{Element, HostTensor, Shape};

fn print<T: Element>(elements: impl IntoIterator<Item = T>, shape: impl Into<Shape>) -> String {
    HostTensor::new(shape, T::into_data(elements.into_iter().collect())).expect("as many elements as the shape says").to_string()
}

#[test]
fn floats_align_at_the_point() {
    assert_eq!(print([1f32, 2.5, 3.0], 3), "[1.  2.5 3. ]");
    assert_eq!(print([2f32 / 3.0, 100.0], 2), "[  0.6666667 100.       ]");
    assert_eq!(print([-0f32, 0.0], 2), "[-0.  0.]");
    assert_eq!(print([f32::NAN, f32::INFINITY, -f32::INFINITY, 1.25], 4), "[ nan  inf -inf 1.25]");
    assert_eq!(print([f64::NAN, f64::NAN], 2), "[nan nan]");
    assert_eq!(print([0.1, 0.2, 1.0 / 3.0].map(f16::from_f64), 3), "[0.1    0.2    0.3333]");
}

#[test]
fn floats_of_very_different_sizes_have_exponents() {
    assert_eq!(print([1.5f32, -2.0, 1e-3, 100.0], [2, 2]), "[[ 1.5e+00 -2.0e+00]\n [ 1.0e-03  1.0e+02]]");
    assert_eq!(print([1e-5f32, 1.0], 2), "[1.e-05 1.e+00]");
    assert_eq!(print([1e8f32, 1.0], 2), "[1.e+08 1.e+00]");
    assert_eq!(print([1e-100, 1.0], 2), "[1.e-100 1.e+000]");
    assert_eq!(print([1.0 / 3.0, 1e-9], 2), "[3.33333333e-01 1.00000000e-09]");
    assert_eq!(print([0.1 + 1e-9, 123.0], 2), "[1.00000001e-01 1.23000000e+02]");
}

#[test]
fn scalars() {
    assert_eq!(print([1f32], ()), "1.0");
    assert_eq!(print([1e-5f32], ()), "1e-05");
    assert_eq!(print([1.5e-5f32], ()), "1.5e-05");
    assert_eq!(print([1e16], ()), "1e+16");
    assert_eq!(print([123456.79f32], ()), "123456.79");
    assert_eq!(print([f64::NAN], ()), "nan");
    assert_eq!(print([true], ()), "True");
    assert_eq!(print([-7], ()), "-7");
}

#[test]
fn integers_and_bools() {
    assert_eq!(print([1, -20, 300, 4], [2, 2]), "[[  1 -20]\n [300   4]]");
    assert_eq!(print([true, false], [1, 2]), "[[ True False]]");
}

#[test]
fn nested_and_empty() {
    let cube = "[[[ 0  1  2  3]\n  [ 4  5  6  7]\n  [ 8  9 10 11]]\n\n [[12 13 14 15]\n  [16 17 18 19]\n  [20 21 22 23]]]";
    assert_eq!(print(0..24, [2, 3, 4]), cube);
    assert_eq!(print([1], [1, 1, 1]), "[[[1]]]");
    assert_eq!(print(Vec::<f32>::new(), [0, 3]), "[]");
}

#[test]
fn long_rows_wrap() {
    let row = "\
[[    0  1000  2000  3000  4000  5000  6000  7000  8000  9000 10000 11000
  12000 13000 14000 15000 16000 17000 18000 19000 20000 21000 22000 23000
  24000 25000 26000 27000 28000 29000]]";
    assert_eq!(print((0..30).map(|i| i * 1000), [1, 30]), row);
    let sevenths = "\
[0.         0.14285715 0.2857143  0.42857143 0.5714286  0.71428573
 0.85714287 1.         1.1428572  1.2857143 ]";
    assert_eq!(print((0..10).map(|i| i as f32 / 7.0), 10), sevenths);
}

#[test]
fn the_edges_only_above_1000_elements() {
    assert_eq!(print(0..1001, 1001), "[   0    1    2 ...  998  999 1000]");
    let table = "\
[[   0    1    2 ...   97   98   99]
 [ 100  101  102 ...  197  198  199]
 [ 200  201  202 ...  297  298  299]
 ...
 [1700 1701 1702 ... 1797 1798 1799]
 [1800 1801 1802 ... 1897 1898 1899]
 [1900 1901 1902 ... 1997 1998 1999]]";
    assert_eq!(print(0..2000, [20, 100]), table);
    assert_eq!(print(0..1000, 1000).lines().count(), 56);
}

/// A tensor is computed to be printed; one that carries an error prints the error.
#[test]
fn tensors_print_their_values_or_their_error() {
    use wgrad_cpu as _;
    use wgrad_tensor::Tensor;
    assert_eq!((Tensor::from([1, 2]) * 3).to_string(), "[3 6]");
    let text = (Tensor::ones(2) + Tensor::ones(3)).to_string();
    assert!(text.starts_with("add: shapes [2] and [3] do not broadcast"), "{text}");
}
