//! What a convolution costs.

use crate::Conv;

impl Conv {
    /// Floating-point operations of the sums, given the shapes: a multiplication and an addition for each element of the lhs that a window meets. Padding
    /// counts nothing, nor do the zeros between dilated elements.
    pub fn flops(&self, lhs: &[usize], rhs: &[usize], out: &[usize]) -> u64 {
        let axes = self.strides.len();
        let ([batch, .., filters], Some(channels)) = (out, rhs.get(axes)) else { return 0 };
        let met = (0..axes).map(|axis| self.met(axis, lhs, rhs, out).unwrap_or(0));
        met.chain([batch, filters, channels].map(|&n| n as u64)).fold(2, u64::saturating_mul)
    }

    /// How many elements the windows meet along an axis, all together.
    fn met(&self, axis: usize, lhs: &[usize], rhs: &[usize], out: &[usize]) -> Option<u64> {
        let (input, kernel, windows) = (*lhs.get(axis + 1)? as i128, *rhs.get(axis)?, *out.get(axis + 1)? as i128);
        let stride = (*self.strides.get(axis)? as i128).max(1);
        let (lhs_dilation, rhs_dilation) = ((*self.lhs_dilation.get(axis)? as i128).max(1), *self.rhs_dilation.get(axis)? as i128);
        let low = self.padding.get(axis)?.0 as i128;
        let dilated = if input == 0 { 0 } else { (input - 1) * lhs_dilation + 1 };
        // The first window whose place at a position of the kernel is at least `from`.
        let window = |from: i128| (from + stride - 1).div_euclid(stride).clamp(0, windows);
        let by_position = |k: usize| {
            let before = low - k as i128 * rhs_dilation;
            let places = window(before + dilated) - window(before);
            // Of neighbouring windows one in so many meets an element.
            (places + lhs_dilation - 1) / lhs_dilation
        };
        u64::try_from((0..kernel).map(by_position).sum::<i128>()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_of_a_convolution_counts_nothing() {
        // What is met along one axis, written out: windows times positions of the kernel.
        let rows = [
            (Conv::plain(1), 9, 3, 7 * 3),
            (Conv { padding: vec![(1, 1)], ..Conv::plain(1) }, 9, 3, 9 * 3 - 2),
            (Conv { padding: vec![(4, 4)], ..Conv::plain(1) }, 8, 5, 8 * 5),
            (Conv { padding: vec![(-2, 0)], ..Conv::plain(1) }, 9, 3, 5 * 3),
            (Conv { padding: vec![(2, 2)], strides: vec![2], ..Conv::plain(1) }, 8, 5, 3 + 5 + 5 + 4),
            (Conv { padding: vec![(3, 3)], rhs_dilation: vec![3], ..Conv::plain(1) }, 6, 3, 3 + 6 + 3),
            (Conv { padding: vec![(2, 2)], lhs_dilation: vec![2], ..Conv::plain(1) }, 4, 3, 4 * 3),
        ];
        for (conv, input, kernel, met) in rows {
            let windows = conv.padding[0].0 + conv.padding[0].1 + ((input - 1) * conv.lhs_dilation[0] + 1) as isize;
            let out = (windows as usize - (kernel - 1) * conv.rhs_dilation[0] - 1) / conv.strides[0] + 1;
            let flops = conv.flops(&[2, input, 3], &[kernel, 3, 5], &[2, out, 5]);
            assert_eq!(flops, 2 * 2 * 3 * 5 * met, "{conv:?}");
        }
    }
}
