//! Logistic regression.

use crate::{
    accuracy_score,
    data::{classes, device, invalid, read, read_all, samples, samples_with, tensor},
    minimize::minimize,
};
use wgrad_model::Result;
use wgrad_tensor::{Device, Tensor, grad};

/// Probabilities of classes by a linear function and softmax, or for two classes the sigmoid, with an L2 penalty (scikit-learn's `LogisticRegression`): the least of
/// `mean(cross entropy) + |coef|^2 / (2 C n)`. L-BFGS chooses the steps; the device computes loss and gradient.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_learn::LogisticRegression;
/// use wgrad_tensor::Tensor;
/// let x = Tensor::from([[0.0f32], [1.0], [2.0], [3.0]]);
/// let model = LogisticRegression::new().fit(&x, &Tensor::from([0, 0, 1, 1]))?;
/// assert_eq!(model.predict(&Tensor::from([[0.5f32], [2.5]]))?.to_vec::<i32>()?, [0, 1]);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LogisticRegression {
    c: f64,
    fit_intercept: bool,
    max_iter: usize,
    tol: f64,
    device: Option<Device>,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        LogisticRegression::new()
    }
}

impl LogisticRegression {
    /// With `C` 1 and an intercept.
    pub fn new() -> LogisticRegression {
        LogisticRegression { c: 1.0, fit_intercept: true, max_iter: 100, tol: 1e-4, device: None }
    }

    /// `C`: the larger, the weaker the penalty; infinite for none; 1 by default.
    #[must_use]
    pub fn c(self, c: f64) -> LogisticRegression {
        LogisticRegression { c, ..self }
    }

    /// Whether there is an intercept, which has no penalty; `true` by default.
    #[must_use]
    pub fn fit_intercept(self, fit_intercept: bool) -> LogisticRegression {
        LogisticRegression { fit_intercept, ..self }
    }

    /// The most iterations; 100 by default.
    #[must_use]
    pub fn max_iter(self, max_iter: usize) -> LogisticRegression {
        LogisticRegression { max_iter, ..self }
    }

    /// It ends where no element of the gradient is larger; 1e-4 by default.
    #[must_use]
    pub fn tol(self, tol: f64) -> LogisticRegression {
        LogisticRegression { tol, ..self }
    }

    /// The device to compute on; the default one where none is given.
    #[must_use]
    pub fn device(self, device: &Device) -> LogisticRegression {
        LogisticRegression { device: Some(device.clone()), ..self }
    }

    /// Learns from samples `x`, `[n, features]`, and labels `y`, `[n]` whole numbers.
    ///
    /// # Errors
    /// Data of another shape or with NaN; labels of one class; settings that make no sense; those of the device.
    pub fn fit(&self, x: &Tensor, y: &Tensor) -> Result<LogisticModel> {
        let LogisticRegression { c, tol, max_iter, .. } = *self;
        let positive = c > 0.0 && tol > 0.0;
        if !positive || max_iter == 0 {
            let rule = format!("C and tol must be more than 0 and max_iter at least 1, got {c}, {tol} and {max_iter}");
            return Err(invalid("LogisticRegression", rule));
        }
        let device = device(self.device.as_ref())?;
        let x = samples("LogisticRegression", x, &device)?;
        let (n, features) = (x.shape()[0], x.shape()[1]);
        let classes = classes("LogisticRegression", y, n, &device)?;
        // Two classes need one function, of class 1.
        let outputs = if classes.labels.len() == 2 { 1 } else { classes.labels.len() };
        let of: Vec<i32> = classes.of.iter().map(|class| *class as i32).collect();
        let of = Tensor::from_vec(of, [n]);
        let target =
            if outputs == 1 { of.cast(x.dtype()).reshape([n, 1]) } else { of.one_hot(outputs).cast(x.dtype()) }.eval_on(&device)?;
        let (rows, intercept) = (features + usize::from(self.fit_intercept), self.fit_intercept);
        let loss = |w: &Tensor| {
            let coef = w.i(..features);
            let z = x.matmul(&coef);
            let z = if intercept { z + w.i(features..) } else { z };
            let normalizer = if outputs == 1 { z.softplus() } else { z.logsumexp_keep(-1) };
            let entropy = (normalizer.sum(()) - (&z * &target).sum(())) / n;
            entropy + coef.square().sum(()) * (0.5 / (c * n as f64))
        };
        let value_and_gradient = |w: &[f64]| {
            let w = tensor(w, [rows, outputs], &device);
            let value = loss(&w);
            let gradient = grad(&value, &[&w]).into_iter().flatten().next().unwrap_or_else(|| w.zeros_like());
            let [value, gradient] = read_all([value, gradient], &device)?;
            Ok((value.first().copied().unwrap_or(f64::NAN), gradient))
        };
        let minimum = minimize(value_and_gradient, vec![0.0; rows * outputs], max_iter, tol)?;
        let column =
            |range: std::ops::Range<usize>, output: usize| range.map(|row| minimum.x[row * outputs + output]).collect::<Vec<f64>>();
        let coef = (0..outputs).map(|output| column(0..features, output)).collect();
        let intercept = (0..outputs).map(|output| column(features..rows, output).first().copied().unwrap_or(0.0)).collect();
        Ok(LogisticModel { classes: classes.labels, coef, intercept, n_iter: minimum.iterations, converged: minimum.converged, device })
    }
}

/// What [`LogisticRegression`] has learnt.
#[derive(Clone, Debug)]
pub struct LogisticModel {
    classes: Vec<i32>,
    coef: Vec<Vec<f64>>,
    intercept: Vec<f64>,
    n_iter: usize,
    converged: bool,
    device: Device,
}

impl LogisticModel {
    /// The labels, in ascending order.
    pub fn classes(&self) -> &[i32] {
        &self.classes
    }

    /// The coefficients of the features, for each class; of two classes only those of the second.
    pub fn coef(&self) -> &[Vec<f64>] {
        &self.coef
    }

    /// The intercepts, one for each row of [`LogisticModel::coef`].
    pub fn intercept(&self) -> &[f64] {
        &self.intercept
    }

    /// The iterations that it took.
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Whether it came to the minimum; else give it more iterations, or features of like size.
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// The linear functions: `[n, classes]`, or `[n]` for two classes, where positive is the second.
    ///
    /// # Errors
    /// Data of another shape or with NaN; those of the device.
    pub fn decision_function(&self, x: &Tensor) -> Result<Tensor> {
        let z = self.linear(x)?;
        Ok(if self.coef.len() == 1 { z.squeeze(-1) } else { z }.eval_on(&self.device)?)
    }

    /// The probability of each class, `[n, classes]`.
    ///
    /// # Errors
    /// As [`LogisticModel::decision_function`].
    pub fn predict_proba(&self, x: &Tensor) -> Result<Tensor> {
        let z = self.linear(x)?;
        // The sigmoid is the softmax of 0 and z.
        let z = if self.coef.len() == 1 { Tensor::concat(&[z.zeros_like(), z], -1) } else { z };
        Ok(z.softmax(-1).eval_on(&self.device)?)
    }

    /// The label of each sample, i32 `[n]`.
    ///
    /// # Errors
    /// As [`LogisticModel::decision_function`].
    pub fn predict(&self, x: &Tensor) -> Result<Tensor> {
        let best = read(&self.predict_proba(x)?.argmax(-1), &self.device)?;
        let labels: Vec<i32> = best.iter().filter_map(|class| self.classes.get(*class as usize)).copied().collect();
        let n = labels.len();
        Ok(Tensor::from_vec(labels, [n]))
    }

    /// The share of samples that get their label.
    ///
    /// # Errors
    /// As [`LogisticModel::decision_function`]; another number of labels.
    pub fn score(&self, x: &Tensor, y: &Tensor) -> Result<f64> {
        accuracy_score(y, &self.predict(x)?)
    }

    fn linear(&self, x: &Tensor) -> Result<Tensor> {
        let features = self.coef.first().map_or(0, Vec::len);
        let x = samples_with("LogisticRegression", x, features, &self.device)?;
        let coef = tensor(&self.coef.concat(), [self.coef.len(), features], &self.device);
        Ok(x.matmul(&coef.transpose()) + tensor(&self.intercept, [self.intercept.len()], &self.device))
    }
}
