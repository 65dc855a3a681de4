//! Distributions of numbers.

use super::proto::Message;

/// How often numbers fall between certain limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    min: f64,
    max: f64,
    sum: f64,
    sum_squares: f64,
    /// The right end of each bucket; the first one begins at `min`.
    limits: Vec<f64>,
    counts: Vec<f64>,
}

/// Buckets of a histogram, as in `tf.summary.histogram`.
const BUCKETS: usize = 30;

impl Histogram {
    /// The distribution of `values` in 30 buckets of one width; numbers that are not finite do not count.
    ///
    /// ```
    /// use wgrad_board::Histogram;
    /// let histogram = Histogram::new([0.0, 1.0, 2.0, 30.0, f64::NAN]);
    /// assert_eq!(histogram.count(), 4.0);
    /// assert_eq!(histogram.buckets().take(3).map(|(_, count)| count).collect::<Vec<_>>(), [1.0, 1.0, 1.0]);
    /// ```
    pub fn new(values: impl IntoIterator<Item = f64>) -> Histogram {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let min = values.iter().copied().reduce(f64::min).unwrap_or(0.0);
        let max = values.iter().copied().reduce(f64::max).unwrap_or(0.0);
        let buckets = if min < max { BUCKETS } else { 1 };
        // Halves first: the difference of two large numbers may overflow.
        let width = (max / 2.0 - min / 2.0) / buckets as f64 * 2.0;
        let mut counts = vec![0.0; buckets];
        for value in &values {
            let bucket = if width > 0.0 { ((value - min) / width) as usize } else { 0 };
            counts[bucket.min(buckets - 1)] += 1.0;
        }
        let share = |i: usize| i as f64 / buckets as f64;
        let limits = (1..=buckets).map(|i| if i == buckets { max } else { min * (1.0 - share(i)) + max * share(i) }).collect();
        Histogram { min, max, sum: values.iter().sum(), sum_squares: values.iter().map(|value| value * value).sum(), limits, counts }
    }

    /// How many numbers there are.
    pub fn count(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// The right end of each bucket, and how many numbers are in it.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, f64)> {
        self.limits.iter().copied().zip(self.counts.iter().copied())
    }

    pub(crate) fn message(&self) -> Message {
        let moments = Message::new().double(1, self.min).double(2, self.max).double(3, self.count()).double(4, self.sum);
        moments.double(5, self.sum_squares).doubles(6, &self.limits).doubles(7, &self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_one_value_and_extremes() {
        assert_eq!(Histogram::new([]).count(), 0.0);
        assert_eq!(Histogram::new([2.5; 7]).buckets().collect::<Vec<_>>(), [(2.5, 7.0)]);
        let wide = Histogram::new([f64::MIN, 0.0, f64::MAX]);
        assert_eq!(wide.count(), 3.0);
        assert!(wide.limits.iter().all(|limit| limit.is_finite()));
        let subnormal = Histogram::new([0.0, f64::from_bits(1)]);
        assert_eq!(subnormal.count(), 2.0);
    }
}
