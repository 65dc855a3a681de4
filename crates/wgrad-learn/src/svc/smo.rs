//! Sequential minimal optimization with second-order working sets (Fan, Chen and Lin, "Working Set Selection Using Second Order Information for Training Support Vector Machines", JMLR 2005).

/// What a curvature that is not positive is taken for.
const TAU: f64 = 1e-12;

/// Two classes to be told apart: the least of `1/2 a'Qa - sum(a)` with `0 <= a <= c` and `y'a = 0`, where `Q[i][j] = y[i] y[j] K[i][j]`.
pub(super) struct Problem<'a> {
    /// The kernel of all `n` samples with each other.
    pub(super) kernel: &'a [f64],
    pub(super) n: usize,
    /// The samples of both classes.
    pub(super) rows: &'a [usize],
    /// 1 for the first class, -1 for the second.
    pub(super) y: &'a [f64],
    pub(super) c: f64,
    pub(super) tol: f64,
    pub(super) max_iter: usize,
}

/// Where it ended.
pub(super) struct Solution {
    pub(super) alpha: Vec<f64>,
    /// The decision function is `sum(alpha y K) - rho`.
    pub(super) rho: f64,
    pub(super) converged: bool,
}

impl Problem<'_> {
    fn kernel(&self, i: usize, j: usize) -> f64 {
        self.kernel[self.rows[i] * self.n + self.rows[j]]
    }

    /// Whether `alpha * y` can still grow.
    fn can_grow(&self, i: usize, alpha: f64) -> bool {
        if self.y[i] > 0.0 { alpha < self.c } else { alpha > 0.0 }
    }

    /// Whether `alpha * y` can still shrink.
    fn can_shrink(&self, i: usize, alpha: f64) -> bool {
        if self.y[i] > 0.0 { alpha > 0.0 } else { alpha < self.c }
    }

    pub(super) fn solve(&self) -> Solution {
        let size = self.rows.len();
        let mut alpha = vec![0.0; size];
        // Of the objective; at 0 each element is -1.
        let mut gradient = vec![-1.0; size];
        let mut converged = false;
        for _ in 0..self.max_iter {
            let Some((i, j)) = self.working_set(&alpha, &gradient) else {
                converged = true;
                break;
            };
            let (old_i, old_j) = (alpha[i], alpha[j]);
            self.step(&mut alpha, &gradient, i, j);
            let (di, dj) = ((alpha[i] - old_i) * self.y[i], (alpha[j] - old_j) * self.y[j]);
            for (t, gradient) in gradient.iter_mut().enumerate() {
                *gradient += self.y[t] * (self.kernel(i, t) * di + self.kernel(j, t) * dj);
            }
        }
        let rho = self.rho(&alpha, &gradient);
        Solution { alpha, rho, converged }
    }

    /// The two elements whose change promises most; `None` at the optimum.
    fn working_set(&self, alpha: &[f64], gradient: &[f64]) -> Option<(usize, usize)> {
        let slope = |t: usize| -self.y[t] * gradient[t];
        let mut first: Option<usize> = None;
        for t in (0..alpha.len()).filter(|t| self.can_grow(*t, alpha[*t])) {
            if first.is_none_or(|first| slope(t) >= slope(first)) {
                first = Some(t);
            }
        }
        let i = first?;
        let (mut second, mut least, mut best) = (None, f64::INFINITY, f64::INFINITY);
        for t in (0..alpha.len()).filter(|t| self.can_shrink(*t, alpha[*t])) {
            least = least.min(slope(t));
            let gap = slope(i) - slope(t);
            if gap > 0.0 {
                let curvature = self.kernel(i, i) + self.kernel(t, t) - 2.0 * self.kernel(i, t);
                let gain = -gap * gap / if curvature > 0.0 { curvature } else { TAU };
                if gain <= best {
                    (second, best) = (Some(t), gain);
                }
            }
        }
        if slope(i) - least < self.tol { None } else { second.map(|j| (i, j)) }
    }

    /// Goes to the optimum along both elements, within the box.
    fn step(&self, alpha: &mut [f64], gradient: &[f64], i: usize, j: usize) {
        let curvature = self.kernel(i, i) + self.kernel(j, j) - 2.0 * self.kernel(i, j);
        let gap = -self.y[i] * gradient[i] + self.y[j] * gradient[j];
        let wanted = gap / if curvature > 0.0 { curvature } else { TAU };
        // How far alpha_i y_i can grow and alpha_j y_j shrink.
        let room_i = if self.y[i] > 0.0 { self.c - alpha[i] } else { alpha[i] };
        let room_j = if self.y[j] > 0.0 { alpha[j] } else { self.c - alpha[j] };
        let length = wanted.min(room_i).min(room_j);
        // What stops at a bound is exactly there.
        let put = |alpha: f64, y: f64, change: f64, room: f64| {
            if length < room {
                alpha + y * change
            } else if (y > 0.0) == (change > 0.0) {
                self.c
            } else {
                0.0
            }
        };
        (alpha[i], alpha[j]) = (put(alpha[i], self.y[i], length, room_i), put(alpha[j], self.y[j], -length, room_j));
    }

    /// The mean of `y * gradient` over the elements between their bounds, else the middle of what the others allow.
    fn rho(&self, alpha: &[f64], gradient: &[f64]) -> f64 {
        let (mut sum, mut free) = (0.0, 0_usize);
        let (mut upper, mut lower) = (f64::INFINITY, f64::NEG_INFINITY);
        for (t, a) in alpha.iter().enumerate() {
            let slope = self.y[t] * gradient[t];
            match (self.can_grow(t, *a), self.can_shrink(t, *a)) {
                (true, true) => (sum, free) = (sum + slope, free + 1),
                (true, false) => upper = upper.min(slope),
                (false, true) => lower = lower.max(slope),
                (false, false) => {}
            }
        }
        if free > 0 { sum / free as f64 } else { (upper + lower) / 2.0 }
    }
}
