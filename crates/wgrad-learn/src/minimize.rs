//! The least value of a smooth function, by L-BFGS (Nocedal and Wright, "Numerical Optimization", 7.2).

use wgrad_model::Result;

/// Steps that the curvature is estimated from.
const MEMORY: usize = 10;
/// How often a step is shortened before it is given up.
const SHORTENED: usize = 40;
/// After as many steps in a row that lead no lower the digits of the device are used up.
const LEVEL: usize = 10;

/// Where the minimization ended.
pub(crate) struct Minimum {
    pub(crate) x: Vec<f64>,
    pub(crate) iterations: usize,
    /// Whether no element of the gradient is larger than the tolerance.
    pub(crate) converged: bool,
}

/// Minimizes `f`, which gives value and gradient, from `x` on, until no element of the gradient is larger than `tol`.
pub(crate) fn minimize(mut f: impl FnMut(&[f64]) -> Result<(f64, Vec<f64>)>, x: Vec<f64>, max_iter: usize, tol: f64) -> Result<Minimum> {
    let (mut x, (mut value, mut gradient)) = (x.clone(), f(&x)?);
    // Steps and what they changed of the gradient, the last one last.
    let mut memory: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    let mut level = 0;
    let flat = |gradient: &[f64]| gradient.iter().all(|g| g.abs() <= tol);
    for iterations in 0..max_iter {
        if flat(&gradient) {
            return Ok(Minimum { x, iterations, converged: true });
        }
        let mut direction = direction(&gradient, &memory);
        let mut slope = dot(&direction, &gradient);
        if slope.is_nan() || slope >= 0.0 {
            memory.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = dot(&direction, &gradient);
        }
        // Without a memory nothing tells how long a step is.
        let mut length = if memory.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let mut step = None;
        for _ in 0..SHORTENED {
            let there: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
            let (lower, slopes) = f(&there)?;
            if lower <= value + 1e-4 * length * slope {
                step = Some((there, lower, slopes));
                break;
            }
            // The lowest point of the parabola through both ends, within limits.
            let parabola = -slope * length * length / (2.0 * (lower - value - slope * length));
            length = if parabola.is_finite() { parabola.clamp(0.1 * length, 0.5 * length) } else { 0.1 * length };
        }
        // No step leads lower: the digits of the device are used up.
        let Some((there, lower, slopes)) = step else { return Ok(Minimum { x, iterations, converged: false }) };
        let moved: Vec<f64> = there.iter().zip(&x).map(|(there, x)| there - x).collect();
        let changed: Vec<f64> = slopes.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        if dot(&moved, &changed) > 1e-14 * dot(&changed, &changed) {
            memory.push((moved, changed));
            memory.drain(..memory.len().saturating_sub(MEMORY));
        }
        level = if lower < value { 0 } else { level + 1 };
        (x, value, gradient) = (there, lower, slopes);
        if level == LEVEL {
            return Ok(Minimum { x, iterations: iterations + 1, converged: flat(&gradient) });
        }
    }
    let converged = flat(&gradient);
    Ok(Minimum { x, iterations: max_iter, converged })
}

/// The direction of the next step: the gradient, turned and stretched by the estimated inverse of the curvature, downwards.
fn direction(gradient: &[f64], memory: &[(Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    let mut q = gradient.to_vec();
    let mut alphas = Vec::new();
    for (step, change) in memory.iter().rev() {
        let alpha = dot(step, &q) / dot(step, change);
        add(&mut q, -alpha, change);
        alphas.push(alpha);
    }
    if let Some((step, change)) = memory.last() {
        let scale = dot(step, change) / dot(change, change);
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((step, change), alpha) in memory.iter().zip(alphas.into_iter().rev()) {
        let beta = dot(change, &q) / dot(step, change);
        add(&mut q, alpha - beta, step);
    }
    q.iter_mut().for_each(|q| *q = -*q);
    q
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], times: f64, vector: &[f64]) {
    to.iter_mut().zip(vector).for_each(|(to, v)| *to += times * v);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_valley_of_rosenbrock() {
        let f = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            Ok((a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * b * x[0], 200.0 * b]))
        };
        let minimum = minimize(f, vec![-1.2, 1.0], 200, 1e-8).unwrap();
        assert!(minimum.converged && minimum.iterations < 100, "{} iterations", minimum.iterations);
        assert!(minimum.x.iter().all(|x| (x - 1.0).abs() < 1e-6));
    }

    #[test]
    fn it_ends_where_nothing_is_lower() {
        // A gradient that leads nowhere.
        let minimum = minimize(|_| Ok((0.0, vec![1.0])), vec![0.0], 1000, 1e-3).unwrap();
        assert!(!minimum.converged);
        assert!(!minimize(|x| Ok((x[0], vec![1.0])), vec![0.0], 5, 1e-3).unwrap().converged);
        // A gradient that stays above the tolerance by its rounding, where the value has none left to fall.
        let rounded = |x: &[f64]| Ok((1.0 + x[0] * x[0], vec![2.0 * x[0] + 1e-9_f64.copysign(x[0])]));
        let minimum = minimize(rounded, vec![1.0], 100_000, 1e-30).unwrap();
        assert!(!minimum.converged && minimum.iterations < 50, "{} iterations", minimum.iterations);
    }
}
