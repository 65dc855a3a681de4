//! Quantiles of data that comes in batches: weighted samples of it, merged and thinned out as Keras does.

/// Values in order, each with the number of elements that it stands for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    values: Vec<f32>,
    weights: Vec<f32>,
}

impl Summary {
    /// About `1 / epsilon` of the values.
    pub(crate) fn of(mut values: Vec<f32>, epsilon: f64) -> Summary {
        values.sort_by(f32::total_cmp);
        let step = (values.len() as f64 * epsilon).max(1.0);
        let values: Vec<f32> = values.into_iter().skip((step - 1.0) as usize).step_by(step as usize).collect();
        Summary { weights: vec![step as f32; values.len()], values }
    }

    /// The summary of both, thinned out to about `1 / epsilon` values.
    pub(crate) fn merge(mut self, other: Summary, epsilon: f64) -> Summary {
        self.values.extend(other.values);
        self.weights.extend(other.weights);
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        order.sort_by(|&a, &b| self.values[a].total_cmp(&self.values[b]));
        let sorted = |all: &[f32]| order.iter().map(|&i| all[i]).collect();
        Summary { values: sorted(&self.values), weights: sorted(&self.weights) }.thinned(epsilon)
    }

    /// The boundaries between `bins` intervals of equal weight.
    pub(crate) fn boundaries(self, bins: usize) -> Vec<f64> {
        let mut values = self.thinned(1.0 / bins as f64).values;
        values.pop();
        values.into_iter().map(f64::from).collect()
    }

    /// The values at the quantiles `epsilon`, `2 epsilon`, ... where there are more values than that.
    fn thinned(self, epsilon: f64) -> Summary {
        if (self.values.len() as f64) * epsilon < 1.0 {
            return self;
        }
        let mut sum = 0f32;
        let sums: Vec<f64> = self.weights.iter().map(|w| { sum += w; f64::from(sum) }).collect();
        let shares: Vec<f64> = sums.iter().map(|s| f64::from(*s as f32 / sum)).collect();
        let values: Vec<f64> = self.values.iter().copied().map(f64::from).collect();
        // As NumPy's `arange(0, 1, epsilon)`.
        let quantiles: Vec<f64> = (0..(1.0 / epsilon).ceil() as usize).map(|i| epsilon + i as f64 * epsilon).collect();
        let new_sums: Vec<f64> = quantiles.iter().map(|&q| interpolate(q, &shares, &sums)).collect();
        let before = std::iter::once(0.0).chain(new_sums.iter().copied());
        Summary {
            values: quantiles.iter().map(|&q| interpolate(q, &shares, &values) as f32).collect(),
            weights: new_sums.iter().zip(before).map(|(sum, before)| (sum - before) as f32).collect(),
        }
    }
}

/// The value at `x` of the line through the points; the first or last value outside of them.
fn interpolate(x: f64, xs: &[f64], ys: &[f64]) -> f64 {
    let above = xs.partition_point(|&known| known <= x);
    match (above.checked_sub(1), above) {
        (None, _) => ys.first().copied().unwrap_or_default(),
        (Some(low), high) if high == xs.len() || xs[low] == x => ys[low],
        (Some(low), high) => (ys[high] - ys[low]) / (xs[high] - xs[low]) * (x - xs[low]) + ys[low],
    }
}
