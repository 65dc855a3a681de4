//! Support vector classification.

mod decision;
mod kernel;
mod smo;

use crate::data::{classes, device, float, invalid, read, read_all, samples, tensor};
use wgrad_model::Result;
use wgrad_tensor::{Device, Tensor};

pub use decision::SupportVectors;
pub use kernel::{Gamma, Kernel};

/// The most samples: the kernel of each with each must fit the host's memory.
const MOST_SAMPLES: usize = 20_000;
/// The most coefficients, one for each sample in each pair of classes.
const MOST_COEFFICIENTS: usize = 200_000_000;

/// Classes with the widest margin between them, C-SVC as scikit-learn's `SVC` (libsvm): each pair of classes is told apart by the samples nearest to the other, the
/// support vectors. The device computes the kernels; sequential minimal optimization is what its name says, and the host's.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_learn::{Kernel, SVC};
/// use wgrad_tensor::Tensor;
/// let x = Tensor::from([[0.0f32, 0.0], [1.0, 0.0], [3.0, 0.0], [4.0, 0.0]]);
/// let svc = SVC::new().kernel(Kernel::Linear).c(10.0).fit(&x, &Tensor::from([0, 0, 1, 1]))?;
/// assert_eq!(svc.support(), [1, 2]); // the margin is between them
/// assert!(svc.decision_function(&Tensor::from([[2.0f32, 5.0]]))?.to_vec::<f64>()?[0].abs() < 1e-9);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SVC {
    c: f64,
    kernel: Kernel,
    gamma: Gamma,
    tol: f64,
    max_iter: usize,
    device: Option<Device>,
}

impl Default for SVC {
    fn default() -> Self {
        SVC::new()
    }
}

impl SVC {
    /// The RBF kernel, `C` 1 and `gamma` to scale.
    pub fn new() -> SVC {
        SVC { c: 1.0, kernel: Kernel::Rbf, gamma: Gamma::Scale, tol: 1e-3, max_iter: 10_000_000, device: None }
    }

    /// `C`: the larger, the more a sample on the wrong side costs; 1 by default.
    #[must_use]
    pub fn c(self, c: f64) -> SVC {
        SVC { c, ..self }
    }

    /// What takes the place of the inner product; [`Kernel::Rbf`] by default.
    #[must_use]
    pub fn kernel(self, kernel: Kernel) -> SVC {
        SVC { kernel, ..self }
    }

    /// How narrow the RBF kernel is; [`Gamma::Scale`] by default.
    #[must_use]
    pub fn gamma(self, gamma: impl Into<Gamma>) -> SVC {
        SVC { gamma: gamma.into(), ..self }
    }

    /// How far the conditions of the optimum may be missed; 1e-3 by default.
    #[must_use]
    pub fn tol(self, tol: f64) -> SVC {
        SVC { tol, ..self }
    }

    /// The most steps for a pair of classes; ten million by default, as libsvm.
    #[must_use]
    pub fn max_iter(self, max_iter: usize) -> SVC {
        SVC { max_iter, ..self }
    }

    /// The device to compute on; the default one where none is given.
    #[must_use]
    pub fn device(self, device: &Device) -> SVC {
        SVC { device: Some(device.clone()), ..self }
    }

    /// Learns from samples `x`, `[n, features]`, and labels `y`, `[n]` whole numbers.
    ///
    /// # Errors
    /// Data of another shape or with NaN; labels of one class; more than 20,000 samples, or 200 million in all pairs of classes; settings that make no sense; those of the device.
    pub fn fit(&self, x: &Tensor, y: &Tensor) -> Result<SupportVectors> {
        let SVC { c, tol, max_iter, .. } = *self;
        let positive = |setting: f64| setting > 0.0 && setting.is_finite();
        if !positive(c) || !positive(tol) || max_iter == 0 {
            let rule = format!("C and tol must be more than 0 and finite and max_iter at least 1, got {c}, {tol} and {max_iter}");
            return Err(invalid("SVC", rule));
        }
        let device = device(self.device.as_ref())?;
        let x = samples("SVC", x, &device)?;
        let (n, features) = (x.shape()[0], x.shape()[1]);
        if n > MOST_SAMPLES {
            return Err(invalid(
                "SVC",
                format!("it takes at most {MOST_SAMPLES} samples, for the kernel of each with each is kept, got {n}"),
            ));
        }
        let classes = classes("SVC", y, n, &device)?;
        let k = classes.labels.len();
        if (k * (k - 1) / 2).saturating_mul(n) > MOST_COEFFICIENTS {
            let rule = format!("samples times pairs of classes must be at most {MOST_COEFFICIENTS}, got {n} samples of {k} classes");
            return Err(invalid("SVC", rule));
        }
        let [variance, mean] = read_all([x.var(()), x.mean(0)], &device)?;
        let gamma = self.gamma.value(features, variance.first().copied().unwrap_or(0.0))?;
        // Around their mean distances keep their digits, and inner products are only shifted where the kernel is RBF.
        let origin = if self.kernel == Kernel::Rbf { mean } else { vec![0.0; features] };
        let origin = tensor(&origin, [features], &device);
        let x = (&x - &origin).eval_on(&device)?;
        let kernel = read(&self.kernel.matrix(&x, &x, gamma), &device)?;
        let members: Vec<Vec<usize>> = (0..k).map(|class| (0..n).filter(|row| classes.of[*row] == class).collect()).collect();
        // The dual coefficients of each pair: libsvm's, positive for the first class.
        let mut pairs = Vec::new();
        let mut converged = true;
        for i in 0..k {
            for j in i + 1..k {
                let rows: Vec<usize> = members[i].iter().chain(&members[j]).copied().collect();
                let y: Vec<f64> = rows.iter().map(|row| if classes.of[*row] == i { 1.0 } else { -1.0 }).collect();
                let problem = smo::Problem { kernel: &kernel, n, rows: &rows, y: &y, c, tol, max_iter };
                let solution = problem.solve();
                converged &= solution.converged;
                let coef = rows
                    .into_iter()
                    .zip(y)
                    .zip(&solution.alpha)
                    .filter(|(_, alpha)| **alpha > 0.0)
                    .map(|((row, y), alpha)| (row, y * alpha));
                pairs.push((coef.collect::<Vec<_>>(), -solution.rho));
            }
        }
        // Support vectors class by class, as libsvm has them.
        let mut supports = vec![false; n];
        pairs.iter().flat_map(|(coef, _)| coef).for_each(|(row, _)| supports[*row] = true);
        let support: Vec<usize> = members.iter().flatten().copied().filter(|row| supports[*row]).collect();
        let n_support = (0..k).map(|class| support.iter().filter(|row| classes.of[**row] == class).count()).collect();
        let mut places = vec![0; n];
        support.iter().enumerate().for_each(|(place, row)| places[*row] = place);
        let mut coef = vec![0.0; support.len() * pairs.len()];
        for (pair, (values, _)) in pairs.iter().enumerate() {
            for (row, value) in values {
                coef[places[*row] * pairs.len() + pair] = *value;
            }
        }
        let indices = Tensor::from_vec(support.iter().map(|row| *row as i32).collect(), [support.len()]);
        Ok(SupportVectors {
            vectors: x.take(&indices, 0).cast(float(&device)).eval_on(&device)?,
            support,
            n_support,
            coef,
            intercept: pairs.into_iter().map(|(_, intercept)| intercept).collect(),
            classes: classes.labels,
            kernel: self.kernel,
            gamma,
            origin,
            converged,
            device,
        })
    }
}
