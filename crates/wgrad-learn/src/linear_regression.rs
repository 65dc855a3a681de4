//! Linear regression by least squares.

use crate::{
    data::{device, invalid, numbers, read_all, samples, samples_with, tensor},
    eigen,
};
use wgrad_model::{Result, metrics::r2_score};
use wgrad_tensor::{Device, Tensor};

/// `y = x . coef + intercept` with the least squared error (scikit-learn's `LinearRegression`). The device multiplies, the host solves the normal equations; where features depend on each
/// other, of all solutions the one of least norm.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_learn::LinearRegression;
/// use wgrad_tensor::Tensor;
/// let x = Tensor::from([[1.0f32, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 3.0]]);
/// let y = Tensor::from([6.0f32, 8.0, 9.0, 11.0]); // 1 x0 + 2 x1 + 3
/// let model = LinearRegression::new().fit(&x, &y)?;
/// assert!((model.coef()[0][0] - 1.0).abs() < 1e-6 && (model.intercept()[0] - 3.0).abs() < 1e-6);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinearRegression {
    fit_intercept: bool,
    device: Option<Device>,
}

impl Default for LinearRegression {
    fn default() -> Self {
        LinearRegression::new()
    }
}

impl LinearRegression {
    /// With an intercept.
    pub fn new() -> LinearRegression {
        LinearRegression { fit_intercept: true, device: None }
    }

    /// Whether there is an intercept; `true` by default.
    #[must_use]
    pub fn fit_intercept(self, fit_intercept: bool) -> LinearRegression {
        LinearRegression { fit_intercept, ..self }
    }

    /// The device to compute on; the default one where none is given.
    #[must_use]
    pub fn device(self, device: &Device) -> LinearRegression {
        LinearRegression { device: Some(device.clone()), ..self }
    }

    /// Learns from samples `x`, `[n, features]`, and targets `y`, `[n]` or `[n, targets]`.
    ///
    /// # Errors
    /// Data of another shape or with NaN; those of the device.
    pub fn fit(&self, x: &Tensor, y: &Tensor) -> Result<LinearModel> {
        let device = device(self.device.as_ref())?;
        let x = samples("LinearRegression", x, &device)?;
        let (n, features) = (x.shape()[0], x.shape()[1]);
        let targets = match y.shape()[..] {
            [rows] if rows == n => 1,
            [rows, targets] if rows == n && targets > 0 => targets,
            _ => return Err(invalid("LinearRegression", format!("targets are [n] or [n, targets] for {n} samples, got {}", y.spec()))),
        };
        let y = numbers("LinearRegression", &y.reshape([n, targets]), &device)?;
        let shared = if self.fit_intercept { 1.0 } else { 0.0 };
        let (x_mean, y_mean) = (x.mean(0) * shared, y.mean(0) * shared);
        let (x, y) = (&x - &x_mean, &y - &y_mean);
        let products = [x.transpose().matmul(&x), x.transpose().matmul(&y), x_mean, y_mean];
        let [gram, products, x_mean, y_mean] = read_all(products, &device)?;
        let digits = if crate::data::float(&device) == wgrad_tensor::DType::F64 { f64::EPSILON } else { f64::from(f32::EPSILON) };
        let coef = solve(gram, &products, features, targets, digits * n.max(features) as f64);
        let along = |coef: &Vec<f64>| coef.iter().zip(&x_mean).map(|(c, m)| c * m).sum::<f64>();
        let intercept = coef.iter().zip(&y_mean).map(|(coef, mean)| mean - along(coef)).collect();
        Ok(LinearModel { coef, intercept, flat: y.shape().get(1) == Some(&1), device })
    }
}

/// The solutions of `gram . w = products`, one for each target, by the eigenvectors; directions that the samples say nothing of are left out.
fn solve(gram: Vec<f64>, products: &[f64], features: usize, targets: usize, tolerance: f64) -> Vec<Vec<f64>> {
    let (values, vectors) = eigen::symmetric(gram, features);
    let least = values.first().copied().unwrap_or(0.0) * tolerance;
    let mut coef = vec![vec![0.0; features]; targets];
    for (value, vector) in values.iter().zip(&vectors).filter(|(value, _)| **value > least) {
        for (target, coef) in coef.iter_mut().enumerate() {
            let along: f64 = vector.iter().zip(products.iter().skip(target).step_by(targets)).map(|(v, p)| v * p).sum();
            coef.iter_mut().zip(vector).for_each(|(coef, v)| *coef += along / value * v);
        }
    }
    coef
}

/// What [`LinearRegression`] has learnt.
#[derive(Clone, Debug)]
pub struct LinearModel {
    coef: Vec<Vec<f64>>,
    intercept: Vec<f64>,
    flat: bool,
    device: Device,
}

impl LinearModel {
    /// The coefficients of the features, for each target.
    pub fn coef(&self) -> &[Vec<f64>] {
        &self.coef
    }

    /// The intercept of each target.
    pub fn intercept(&self) -> &[f64] {
        &self.intercept
    }

    /// Predictions, `[n]` for one target, else `[n, targets]`.
    ///
    /// # Errors
    /// Data of another shape or with NaN; those of the device.
    pub fn predict(&self, x: &Tensor) -> Result<Tensor> {
        let features = self.coef.first().map_or(0, Vec::len);
        let x = samples_with("LinearRegression", x, features, &self.device)?;
        let coef = tensor(&self.coef.concat(), [self.coef.len(), features], &self.device);
        let y = x.matmul(&coef.transpose()) + tensor(&self.intercept, [self.intercept.len()], &self.device);
        let y = if self.flat { y.squeeze(-1) } else { y };
        Ok(y.eval_on(&self.device)?)
    }

    /// The coefficient of determination of the predictions, see [`r2_score`].
    ///
    /// # Errors
    /// As [`LinearModel::predict`]; another number of targets.
    pub fn score(&self, x: &Tensor, y: &Tensor) -> Result<f64> {
        r2_score(y, &self.predict(x)?)
    }
}
