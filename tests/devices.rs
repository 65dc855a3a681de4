//! What the facade alone does: it links the backends, and so their devices are there.

use wgrad::{Device, Tensor};
use wgrad_testing::device_or_skip;

/// Devices as they are listed; without a driver there is no GPU to list.
#[test]
fn the_backends_are_linked() {
    let backends: Vec<_> = Device::all().into_iter().map(|info| info.name).collect();
    assert!(backends.iter().any(|name| name == "cpu") && backends.iter().any(|name| name == "reference"), "{backends:?}");
    if let Some(gpu) = device_or_skip("wgpu") {
        assert!(backends.contains(&gpu.info().name), "{backends:?}");
    }
}

#[test]
fn an_unknown_device_is_an_error_that_lists_the_backends() {
    let error = Device::open("tpu").unwrap_err().to_string();
    assert_eq!(error, "no device \"tpu\": the backends of this program are: cpu, reference, wgpu");
}

#[test]
fn a_device_number_must_be_a_number() {
    let error = Device::open("wgpu:first").unwrap_err().to_string();
    assert_eq!(error, "no device \"wgpu:first\": \"first\" is not a device number");
}

#[test]
fn every_device_computes() {
    let [a, b] = [Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]), Tensor::from([10.0f32, 20.0])];
    for name in ["reference", "cpu", "wgpu"] {
        let Some(device) = device_or_skip(name) else { continue };
        let sum = (&a * &b + 1.0).eval_on(&device).unwrap();
        assert_eq!(sum.to_vec::<f32>().unwrap(), [11.0, 41.0, 31.0, 81.0], "{device}");
    }
}
