//! The texts of errors: operation, rule, operands, and the line of the user's call. No device is needed.

use wgrad_tensor::{Conv, DType, Step, Tensor, Window};

/// The error text of a tensor; its place must be this file.
#[track_caller]
fn text(tensor: &Tensor) -> String {
    let text = tensor.error().expect("the tensor must carry an error").to_string();
    let (text, place) = text.rsplit_once(" at ").expect("the error names a place");
    assert!(place.starts_with(file!()), "{place} is not the user's line");
    text.to_string()
}

fn zeros(shape: &[usize]) -> Tensor {
    Tensor::zeros(shape)
}

#[test]
fn broadcasting() {
    let (a, b) = (zeros(&[2, 3]), zeros(&[4]));
    let rule = "shapes [2, 3] and [4] do not broadcast: aligned at the last axis, lengths must be equal or 1 (operands f32[2, 3], f32[4])";
    assert_eq!(text(&(&a + &b)), format!("add: {rule}"));
    assert_eq!(text(&(a.clone() - b.clone())), format!("sub: {rule}"));
    assert_eq!(
        text(&a.gt(&b)),
        "gt: shapes [4] and [2, 3] do not broadcast: aligned at the last axis, lengths must be equal or 1 (operands f32[4], f32[2, 3])"
    );
    assert_eq!(text(&a.expand([3, 3])), "expand: [2, 3] does not broadcast to [3, 3] (operands f32[2, 3])");
    assert_eq!(text(&a.expand([3])), "expand: [2, 3] does not broadcast to [3] (operands f32[2, 3])");
}

#[test]
fn dtypes() {
    let (x, i) = (zeros(&[2]), Tensor::from([1, 2]));
    assert_eq!(text(&(&x * &i)), "mul: dtypes f32 and i32 are mixed; convert one with cast (operands f32[2], i32[2])");
    assert_eq!(text(&(&i * 0.5)), "mul: 0.5 is no i32; convert the tensor with cast");
    assert_eq!(text(&(-1 + i.cast(DType::U32))), "add: -1 is no u32; convert the tensor with cast");
    assert_eq!(text(&i.mean(())), "mean: does not take i32; convert to a float with cast (operands i32[2])");
    assert_eq!(text(&i.std(())), "std: does not take i32; convert to a float with cast (operands i32[2])");
    assert_eq!(text(&i.sqrt()), "sqrt: does not take i32 (operands i32[2])");
    assert_eq!(text(&!&x), "logical_not: does not take f32 (operands f32[2])");
    assert_eq!(text(&(&x & &x)), "logical_and: does not take f32 (operands f32[2], f32[2])");
    assert_eq!(text(&x.where_(&x, &x)), "where: the condition must be bool, not f32 (operands f32[2], f32[2], f32[2])");
}

#[test]
fn axes() {
    let x = zeros(&[2, 3]);
    assert_eq!(text(&x.sum(2)), "sum: axis 2 is out of range for [2, 3], which has 2 axes (operands f32[2, 3])");
    assert_eq!(text(&x.softmax(-3)), "softmax: axis -3 is out of range for [2, 3], which has 2 axes (operands f32[2, 3])");
    assert_eq!(text(&x.max([0, -2])), "max: axis 0 is named twice (operands f32[2, 3])");
    assert_eq!(text(&x.permute([0, 0])), "permute: axes [0, 0] must be a permutation of 0..2 (operands f32[2, 3])");
    assert_eq!(text(&x.squeeze(0)), "squeeze: axes [0] of [2, 3] are not all of length 1 (operands f32[2, 3])");
    assert_eq!(text(&x.unsqueeze(4)), "unsqueeze: axis 4 is out of range for [2, 3, 1], which has 3 axes (operands f32[2, 3])");
}

#[test]
fn shapes() {
    let x = zeros(&[2, 3]);
    assert_eq!(text(&x.reshape([4, -1])), "reshape: the 6 elements of [2, 3] cannot fill [4, -1] (operands f32[2, 3])");
    assert_eq!(text(&x.reshape([-1, -1])), "reshape: [-1, -1] has more than one -1 (operands f32[2, 3])");
    assert_eq!(text(&x.reshape([-2, 3])), "reshape: -2 is not a length; -1 stands for what is left (operands f32[2, 3])");
    assert_eq!(text(&x.reshape([5])), "reshape: [2, 3] has 6 elements, [5] would have 5 (operands f32[2, 3])");
    assert_eq!(text(&zeros(&[0, 3]).reshape([0, -1])), "reshape: the 0 elements of [0, 3] cannot fill [0, -1] (operands f32[0, 3])");
    assert_eq!(text(&Tensor::from_vec(vec![1f32; 5], [2, 3])), "from_vec: 5 elements do not fill [2, 3]");
    assert!(text(&Tensor::ones([usize::MAX, 2])).contains("too large for this machine"));
    assert_eq!(text(&Tensor::arange(0, 3, 0)), "arange: there is no way from 0 to 3 in steps of 0");
}

#[test]
fn matmul() {
    let x = zeros(&[2, 3]);
    assert_eq!(
        text(&x.matmul(&zeros(&[4, 5]))),
        "matmul: the inner lengths must be equal: [2, 3] has 3 columns, [4, 5] has 4 rows (operands f32[2, 3], f32[4, 5])"
    );
    assert_eq!(text(&x.matmul(&zeros(&[]))), "matmul: does not take scalars; multiply with * (operands f32[2, 3], f32[])");
    assert_eq!(
        text(&zeros(&[2, 1, 3]).matmul(&zeros(&[3, 3, 1]))),
        "matmul: the batch axes of [2, 1, 3] and [3, 3, 1] do not broadcast (operands f32[2, 1, 3], f32[3, 3, 1])"
    );
}

/// The first error is the one that is told, wherever it is noticed.
#[test]
fn the_first_error_is_carried() {
    let first = zeros(&[2, 3]).sum(7);
    let later = ((2.0 - &first).exp().matmul(&zeros(&[9])).mean([4, 4]) + Tensor::from([1, 2])).reshape([77]);
    assert_eq!(later.error().unwrap().to_string(), first.error().unwrap().to_string());
}

/// Movements that change nothing add nothing to the graph.
#[test]
fn no_ops_return_the_operand() {
    let x = zeros(&[2, 3]);
    let same = [x.reshape([2, -1]), x.permute([0, 1]), x.expand([2, 3]), x.squeeze(()), x.swap_axes(1, -1), x.cast(DType::F32)];
    assert!(same.iter().all(|y| y.id() == x.id()));
}

/// Sizes and numbers that no tensor has give errors (or empty tensors), never a panic or a filled memory.
#[test]
fn absurd_arguments_are_errors() {
    const MAX: usize = usize::MAX;
    let (x, empty) = (zeros(&[2, 3]), zeros(&[0, 3]));
    let window = |n: usize| Window { size: vec![n; 2], strides: vec![n; 2], dilation: vec![n; 2], padding: vec![(n, n); 2] };
    let conv = Conv { padding: vec![(isize::MAX, isize::MAX)], ..Conv::plain(1) };
    let image = zeros(&[1, 2, 3]);
    let absurd = [
        Tensor::eye(MAX),
        Tensor::iota(MAX, 0, DType::I32),
        Tensor::arange(0.0, f64::MAX, 1e-300),
        Tensor::arange(0.0, f64::NAN, 1.0),
        Tensor::linspace(0.0, 1.0, MAX),
        Tensor::uniform([MAX, MAX], 0.0, 1.0, 0),
        Tensor::permutation(MAX, 0),
        Tensor::random_bits(&x, 3, 0),
        x.expand([MAX, 2, 3]),
        x.reshape([MAX, MAX]),
        x.reshape([i64::MIN]),
        x.unsqueeze(i64::MIN),
        x.sum(i64::MAX),
        x.tile(&[MAX]),
        x.repeat(MAX, 0),
        x.pad(&[(MAX, MAX), (0, 0)], 0.0),
        x.pad(&[(0, 0)], 0.0),
        x.i(MAX),
        x.i(i64::MIN),
        Tensor::from([1]).one_hot(MAX),
        x.top_k(MAX).0,
        zeros(&[]).top_k(1).0,
        Tensor::concat(&[], 0),
        Tensor::stack(&[], 0),
        x.split(MAX, 0).swap_remove(0),
        x.split(0, 0).swap_remove(0),
        x.split_at(&[MAX, MAX], 0).swap_remove(0),
        x.split_at(&[], 0).swap_remove(0),
        x.window_sum(window(0)),
        image.conv(&zeros(&[1, 3, 1]), conv),
        image.conv(&zeros(&[0, 3, 1]), Conv::plain(1)),
        image.conv(&zeros(&[1, 2, 1]), Conv::plain(1)),
        image.conv(&zeros(&[1, 3, 1]), Conv::plain(2)),
    ];
    for (case, tensor) in absurd.iter().enumerate() {
        assert!(tensor.error().is_some(), "case {case} gives {}", tensor.spec());
    }
    let sparse = x.window_mean(window(MAX));
    for tensor in [sparse, empty.tile(&[MAX, 1]), empty.repeat(MAX, 0), empty.flip(()), empty.i(Step(.., i64::MIN)), empty.i(..MAX)] {
        assert_eq!(tensor.shape().numel(), 0, "{tensor:?}");
    }
}
