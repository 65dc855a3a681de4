//! What `grad` and its relatives promise beside the rules.

use crate::check::{apply, elements, numbers};
use wgrad_tensor::{Conv, DType, Op, Tensor, Window, grad, grads_by_name, hvp, jacobian, value_and_grad, vjp};

fn text(tensor: Option<&Option<Tensor>>) -> String {
    tensor.and_then(Option::as_ref).and_then(Tensor::error).expect("an error").to_string()
}

#[test]
fn unconnected_sources_have_no_gradient() {
    let (x, y, n) = (numbers([2], 0.0, 1.0), numbers([2], 0.0, 1.0), Tensor::from([1i32, 2]));
    let loss = (x.stop_gradient() * &y + n.cast(DType::F64)).sum(());
    let gradients = grad(&loss, &[&x, &y, &n, &loss]);
    assert!(gradients[0].is_none() && gradients[1].is_some() && gradients[2].is_none());
    assert_eq!(gradients[3].as_ref().map(elements), Some(vec![1.0]));
    // Through integers, indices and comparisons nothing flows.
    let through_integers = x.cast(DType::I32).cast(DType::F64).sum(()) + x.lt(&y).cast(DType::F64).sum(());
    assert!(grad(&through_integers, &[&x]).remove(0).is_none());
}

#[test]
fn sources_may_depend_on_each_other() {
    let x = Tensor::from([1.0f64, 2.0]);
    let y = &x * 3.0;
    let loss = (&y * &y).sum(());
    let gradients = grad(&loss, &[&x, &y]);
    let values: Vec<Vec<f64>> = gradients.iter().flatten().map(elements).collect();
    assert_eq!(values, [[18.0, 36.0], [6.0, 12.0]]);
}

#[test]
fn values_and_names() {
    let (w, b) = (Tensor::from([2.0f64, 3.0]), Tensor::from(1.0f64));
    let (value, gradients) = value_and_grad(|x| (&x[0] * &x[0]).sum(()) + &x[1], &[w.clone(), b.clone()]);
    assert_eq!(elements(&value), [14.0]);
    assert_eq!(elements(gradients[0].as_ref().expect("connected")), [4.0, 6.0]);
    let named = grads_by_name(&(&w * &b).sum(()), [("w", &w), ("b", &b), ("other", &Tensor::from(0.0f64))]);
    assert_eq!(named.keys().collect::<Vec<_>>(), ["b", "other", "w"]);
    assert_eq!(elements(named["b"].as_ref().expect("connected")), [5.0]);
    assert!(named["other"].is_none());
}

#[test]
fn a_jacobian_has_a_row_for_each_result() {
    let x = Tensor::from([[1.0f64, 2.0], [3.0, 4.0]]);
    let y = x.prod(1);
    let j = jacobian(&y, &x).expect("connected");
    assert_eq!(**j.shape(), [2, 2, 2]);
    assert_eq!(elements(&j), [2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 4.0, 3.0]);
    // A Jacobian of a gradient: the Hessian of the sum of the products.
    let slope = grad(&y.sum(()), &[&x]).remove(0).expect("connected");
    let hessian = elements(&jacobian(&slope, &x).expect("connected"));
    assert_eq!(hessian, [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    assert!(jacobian(&y, &Tensor::from(1.0f64)).is_none());
    assert!(jacobian(&x.eq(1.0), &x).is_some_and(|j| j.error().is_some()));
}

#[test]
fn hessian_vector_products() {
    let (x, v) = (Tensor::from([1.0f64, 2.0, 3.0]), Tensor::from([1.0f64, 0.0, -1.0]));
    let product = hvp(&x.prod(()), &x, &v).expect("not linear");
    assert_eq!(elements(&product), [-2.0, 2.0, 2.0]);
    assert!(hvp(&x.sum(()), &x, &v).is_none());
    assert!(hvp(&x.prod(()), &x, &x.sum(())).is_some_and(|product| product.error().is_some()));
}

#[test]
fn other_floats() {
    let x = Tensor::from([1.0f32, 2.0]);
    let half = x.cast(DType::F16).exp().cast(DType::F32);
    let gradient = grad(&half.sum(()), &[&x]).remove(0).expect("connected");
    assert_eq!(gradient.dtype(), DType::F32);
    assert!((elements(&gradient)[0] - 1f64.exp()).abs() < 1e-2);
}

#[test]
fn a_deep_graph_neither_overflows_the_stack_nor_grows_out_of_hand() {
    let x = Tensor::from(0.5f64);
    let y = (0..20_000).fold(x.clone(), |y, _| &y + &y * 0.0);
    assert_eq!(elements(&grad(&y, &[&x]).remove(0).expect("connected")), [1.0]);
}

#[test]
fn errors_name_the_rule_and_the_line() {
    let x = Tensor::from([1.0f64, 2.0]);
    let vector = grad(&(&x * 2.0), &[&x, &x]);
    assert_eq!(vector.len(), 2);
    let error = text(vector.first());
    assert!(error.starts_with("grad: takes the gradient of a float scalar, not of f64[2]") && error.contains("functions.rs"), "{error}");
    assert!(text(grad(&Tensor::from(1i32), &[&x]).first()).contains("not of i32[]"));
    assert!(text(vjp(&[&x], &[], &[&x]).first()).contains("1 results need as many upstream gradients, not 0"));
    assert!(text(vjp(&[&x], &[&x.sum(())], &[&x]).first()).contains("must be of the same dtype and shape, not f64[]"));
    let index = apply(Op::ArgSort { axis: 0, descending: false }, &[&x]);
    assert!(text(vjp(&[&index], &[&index], &[&x]).first()).contains("only floats have gradients, not i32[2]"));
    // An error that a tensor carries is passed on.
    let broken = &x + Tensor::from([1.0f64, 2.0, 3.0]);
    assert!(text(grad(&broken.sum(()), &[&x]).first()).contains("do not broadcast"));
    assert!(text(grad(&x.sum(()), &[&broken]).first()).contains("do not broadcast"));
}

#[test]
fn absurd_sizes_give_errors() {
    // Legal results whose gradients would need more memory than there are addresses.
    let far = 1usize << 61;
    let x = numbers([3], 0.0, 1.0);
    for (size, stride, dilation) in [(2, far, far), (2, far, far - 1), (far, far, 1), (1, far, 1)] {
        let padding = vec![(far, far)];
        let window = Window { size: vec![size], strides: vec![stride], dilation: vec![dilation], padding };
        let y = apply(Op::WindowSum(window.clone()), &[&x.exp()]);
        let gradient = grad(&y.sum(()), &[&x]).remove(0).expect("connected");
        assert!(gradient.error().is_some() || gradient.spec() == x.spec(), "{window:?}");
    }
    let conv = Conv { strides: vec![far], padding: vec![(far as isize, far as isize)], ..Conv::plain(1) };
    let kernel = numbers([2, 3, 1], 0.0, 1.0);
    let input = x.reshape([1, 1, 3]);
    for conv in [
        conv.clone(),
        Conv { rhs_dilation: vec![far], ..conv.clone() },
        Conv { lhs_dilation: vec![far], padding: vec![(-1, far as isize)], ..conv },
    ] {
        let y = apply(Op::Conv(conv.clone()), &[&input, &kernel]);
        for gradient in grad(&y.sum(()), &[&x, &kernel]) {
            let gradient = gradient.expect("connected");
            assert!(gradient.error().is_some() || gradient.spec() == x.spec() || gradient.spec() == kernel.spec(), "{conv:?}");
        }
    }
}
