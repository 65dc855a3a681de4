//! Linear regression by least squares.

use crate::{
    data::{device, invalid, numbers, read_all, samples, samples_with, tensor},
    eigen::{self, MOST_FEATURES},
};
use wgrad_model::{Result, metrics::r2_score};
use wgrad_tensor::{Device, Tensor};

/// `y = x . coef + intercept` with the least squared error (scikit-learn's `LinearRegression`). The device multiplies, the host solves the normal equations; where features depend on each
/// other, of all solutions the one of least norm. However much larger one feature is than another, both count: as scikit-learn with `tol=1e-12`.
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
    /// Data of another shape or with NaN; more than 4096 features; products that overflow; those of the device.
    pub fn fit(&self, x: &Tensor, y: &Tensor) -> Result<LinearModel> {
        let device = device(self.device.as_ref())?;
        let x = samples("LinearRegression", x, &device)?;
        let (n, features) = (x.shape()[0], x.shape()[1]);
        if features > MOST_FEATURES {
            return Err(invalid("LinearRegression", format!("there must be at most {MOST_FEATURES} features, got {features}")));
        }
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
        // What is left of a constant feature after its mean was taken away.
        let noise: Vec<f64> = x_mean.iter().map(|mean| n as f64 * (8.0 * digits * mean).powi(2)).collect();
        let normal =
            Normal::new(&gram, &noise, digits * n.max(features) as f64).filter(|_| products.iter().all(|product| product.is_finite()));
        let overflow = || invalid("LinearRegression", "the products of the data overflow; scale it");
        let coef = normal.ok_or_else(overflow)?.solve(&products, targets);
        let along = |coef: &Vec<f64>| coef.iter().zip(&x_mean).map(|(c, m)| c * m).sum::<f64>();
        let intercept = coef.iter().zip(&y_mean).map(|(coef, mean)| mean - along(coef)).collect();
        Ok(LinearModel { coef, intercept, flat: y.shape().get(1) == Some(&1), device })
    }
}

/// The normal equations, `gram . w = products`, as the eigenvectors of the Gram matrix with features of unit length: else those of small numbers would look like rounding beside the others.
struct Normal {
    /// The features whose length is more than rounding.
    alive: Vec<usize>,
    /// One over the length of each of them.
    scale: Vec<f64>,
    values: Vec<f64>,
    vectors: Vec<Vec<f64>>,
    /// The least value of a direction that the samples say something of.
    least: f64,
}

impl Normal {
    /// `None` where a product has overflowed.
    fn new(gram: &[f64], noise: &[f64], tolerance: f64) -> Option<Normal> {
        let features = noise.len();
        let square = |i: usize| gram[i * features + i];
        let alive: Vec<usize> = (0..features).filter(|i| square(*i) > noise[*i] || square(*i).is_nan()).collect();
        let scale: Vec<f64> = alive.iter().map(|i| 1.0 / square(*i).sqrt()).collect();
        let cosine = |(i, a): (&usize, &f64)| alive.iter().zip(&scale).map(|(j, b)| gram[i * features + j] * a * b).collect::<Vec<f64>>();
        let cosines: Vec<f64> = alive.iter().zip(&scale).flat_map(cosine).collect();
        let (values, vectors) = eigen::symmetric(&cosines, alive.len())?;
        let least = values.first().copied().unwrap_or(0.0) * tolerance;
        Some(Normal { alive, scale, values, vectors, least })
    }

    /// The solution of least norm for each target.
    fn solve(&self, products: &[f64], targets: usize) -> Vec<Vec<f64>> {
        let silent = self.silent();
        let features = products.len() / targets;
        let solution = |target: usize| {
            let products: Vec<f64> = self.alive.iter().map(|i| products[i * targets + target]).collect();
            let mut found = vec![0.0; products.len()];
            for (value, direction) in self.directions().filter(|(value, _)| *value > self.least) {
                add(&mut found, dot(&direction, &products) / value, &direction);
            }
            silent.iter().for_each(|direction| take_away(&mut found, direction));
            let mut coef = vec![0.0; features];
            self.alive.iter().zip(found).for_each(|(i, found)| coef[*i] = found);
            coef
        };
        (0..targets).map(solution).collect()
    }

    /// The eigenvectors among the features as they are, with their values.
    fn directions(&self) -> impl Iterator<Item = (f64, Vec<f64>)> {
        let direction = |vector: &Vec<f64>| vector.iter().zip(&self.scale).map(|(v, scale)| v * scale).collect();
        self.values.iter().copied().zip(self.vectors.iter().map(direction))
    }

    /// The directions that the samples say nothing of, orthonormal.
    fn silent(&self) -> Vec<Vec<f64>> {
        let mut basis: Vec<Vec<f64>> = Vec::new();
        for (_, direction) in self.directions().filter(|(value, _)| *value <= self.least) {
            let Some(mut direction) = unit(direction) else { continue };
            // Once is not enough where directions are nearly the same.
            for _ in 0..2 {
                basis.iter().for_each(|known| take_away(&mut direction, known));
            }
            basis.extend(unit(direction));
        }
        basis
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], factor: f64, direction: &[f64]) {
    to.iter_mut().zip(direction).for_each(|(to, x)| *to += factor * x);
}

/// Leaves what is at right angles to a direction of length 1.
fn take_away(from: &mut [f64], direction: &[f64]) {
    add(from, -dot(from, direction), direction);
}

/// The direction with length 1; `None` for that of length 0.
fn unit(direction: Vec<f64>) -> Option<Vec<f64>> {
    let largest = direction.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    let length = largest * direction.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt();
    (length > 0.0).then(|| direction.into_iter().map(|x| x / length).collect())
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
