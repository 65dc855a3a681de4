//! Kernels with a largest singular value of 1.

use super::unit_length;
use crate::{Entry, Initializer, Layer, Scope, layer::inner_name, layers::arguments::arguments};
use wgrad_tensor::Tensor;

arguments! {
    /// A layer whose kernel (or embeddings), as a matrix `[..., outputs]`, every training step first divides by an estimate of its largest singular
    /// value (Keras `SpectralNormalization`; Miyato et al. 2018): `power_iterations` times `v = unit(u W^T)`, `u = unit(v W)`, then
    /// `W = W / (v W u^T)`. The vector `u` goes on from step to step.
    pub struct SpectralNormalization(
        /// The layer with the kernel.
        layer: Entry [into],
    ) {
        /// Steps of the estimate, at least 1.
        takes power_iterations: usize = 1;
    }
}

impl Layer for SpectralNormalization {
    fn class_name(&self) -> &'static str {
        "SpectralNormalization"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        if self.power_iterations == 0 {
            return Tensor::invalid("SpectralNormalization", "power_iterations must be at least 1, got 0", &[x]);
        }
        let name = inner_name(&self.layer);
        let weights = ["kernel", "embeddings"].map(|weight| format!("{name}/{weight}"));
        let find = |scope: &Scope| weights.iter().find_map(|path| Some((path, scope.declared(path)?)));
        // While the model is built there is no kernel before the call, and nothing to normalize.
        if let Some((path, kernel)) = find(scope).filter(|_| scope.training()) {
            self.normalize(scope, path, &kernel);
        }
        let Some(y) = scope.entry(&name, &self.layer, std::slice::from_ref(x)).into_iter().next() else {
            return Tensor::invalid("SpectralNormalization", "the layer gave no result", &[x]);
        };
        if y.error().is_some() {
            return y;
        }
        match find(scope) {
            Some((_, kernel)) => _ = vector(scope, &kernel),
            None => {
                let rule = format!("{} has neither a kernel nor embeddings", self.layer.layer().class_name());
                return Tensor::invalid("SpectralNormalization", rule, &[x]);
            }
        }
        y
    }
}

impl SpectralNormalization {
    /// Changes the kernel at `path`, and the vector.
    #[track_caller]
    fn normalize(&self, scope: &mut Scope, path: &str, kernel: &Tensor) {
        let outputs = kernel.shape().last().copied().unwrap_or(1);
        let rows = kernel.shape().numel().checked_div(outputs).unwrap_or(0);
        let matrix = kernel.stop_gradient().reshape([rows, outputs]);
        let before = vector(scope, kernel); // [1, outputs]
        let (mut u, mut v) = (before.clone(), before.clone());
        for _ in 0..self.power_iterations {
            v = unit_length(&u.matmul(&matrix.transpose()), &[0, 1], 1e-7);
            u = unit_length(&v.matmul(&matrix), &[0, 1], 1e-7);
        }
        let sigma = v.matmul(&matrix).matmul(&u.transpose()); // [1, 1]
        let change = (&matrix / sigma - &matrix).reshape(kernel.shape());
        // A kernel of zeros stays as it is.
        let is_zero = matrix.eq(0.0).all(..);
        scope.update("vector_u", &is_zero.where_(before, u));
        // Keras' gradient is that of the new kernel: it passes the change.
        scope.update(path, &(kernel + is_zero.where_(0.0, change)));
    }
}

/// The estimate of the left singular vector, `[1, outputs]`.
#[track_caller]
fn vector(scope: &mut Scope, kernel: &Tensor) -> Tensor {
    let initializer = Initializer::TruncatedNormal { mean: 0.0, stddev: 0.02, seed: None };
    scope.state("vector_u", [1, kernel.shape().last().copied().unwrap_or(1)], &initializer)
}
