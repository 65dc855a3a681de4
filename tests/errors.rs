//! Mistakes are told with the place and the rule.

use wgrad::{Device, Fit, Sequential, Tensor, layers::Dense};

fn text<T>(result: wgrad::Result<T>) -> String {
    result.err().expect("it is a mistake").to_string()
}

#[test]
fn a_wrong_shape_names_operation_shapes_and_line() {
    let place = format!("{}:{}:", file!(), line!() + 1);
    let sum = Tensor::zeros([2, 3]) + Tensor::zeros([4]);
    let error = sum.eval_on(&Device::open("cpu").unwrap()).unwrap_err().to_string();
    assert!(error.contains("[2, 3]") && error.contains("[4]") && error.contains(&place), "{error}");
}

#[test]
fn data_of_the_wrong_shape_names_model_and_shapes() {
    let cpu = Device::open("cpu").unwrap();
    let mut model = Sequential::new([Dense::new(1).into()]).input_shape([3]).device(&cpu).compile("sgd", "mse", ()).unwrap();
    let error = text(model.fit(Tensor::zeros([8, 4]), Tensor::zeros([8, 1]), Fit::epochs(1)));
    assert!(error.contains("sequential") && error.contains('3') && error.contains("f32[8, 4]"), "{error}");
}

#[test]
fn mixed_dtypes_say_what_to_do() {
    let sum = Tensor::zeros([2]) + Tensor::from([1, 2]);
    let error = sum.check().unwrap_err().to_string();
    assert!(error.contains("dtypes f32 and i32 are mixed; convert one with cast"), "{error}");
}

#[test]
fn a_tensor_that_no_machine_holds_is_refused() {
    let error = Tensor::zeros([usize::MAX, 2]).check().unwrap_err().to_string();
    assert!(error.contains("too large"), "{error}");
}

#[test]
fn a_name_that_is_nearly_right_is_suggested() {
    let model = Sequential::new([Dense::new(1).into()]).input_shape([3]).device(&Device::open("cpu").unwrap());
    let error = text(model.compile("adm", "mse", ()));
    assert!(error.contains("there is no optimizer \"adm\"") && error.contains("adam"), "{error}");
}

#[test]
fn an_adapter_that_there_is_not_is_named() {
    let error = Device::open("wgpu:99").unwrap_err().to_string();
    assert!(error.starts_with("no device \"wgpu:99\": "), "{error}");
}
