//! Views: how the positions of a tensor map to the elements of a buffer.

use crate::{Op, Padding, Range, Scalar};

/// A strided, possibly masked window on a buffer. Position `(i0, i1, ...)` of `shape` is element `offset + sum of i * stride`.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// Elements from one position to the next along each axis; 0 repeats, negative flips.
    pub strides: Vec<isize>,
    /// The element of position 0.
    pub offset: isize,
    /// Where present, positions outside `low..high` of any axis hold `fill` and read nothing.
    pub mask: Option<Mask>,
}

/// The part of a view that is backed by elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    /// `low..high` of each axis.
    pub valid: Vec<(usize, usize)>,
    /// What the other positions hold.
    pub fill: Scalar,
}

impl View {
    /// The row-major view of a whole buffer.
    pub fn contiguous(shape: &[usize]) -> View {
        View { shape: shape.to_vec(), strides: crate::Shape::from(shape).strides(), offset: 0, mask: None }
    }

    /// The number of positions.
    pub fn numel(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether positions follow each other in the buffer in row-major order, from `offset` on, without a mask.
    pub fn is_contiguous(&self) -> bool {
        if self.mask.is_some() {
            return false;
        }
        if self.numel() <= 1 {
            return true;
        }
        let mut expected = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(&n, &stride)| {
            let fits = n == 1 || stride == expected;
            expected *= n as isize;
            fits
        })
    }

    /// The view that a movement makes of this one, or `None` where strides and a mask cannot express it.
    pub(crate) fn moved(&self, op: &Op) -> Option<View> {
        match op {
            Op::Reshape(shape) => self.reshaped(shape),
            Op::Permute(axes) => Some(self.permuted(axes)),
            Op::Expand(shape) => Some(self.expanded(shape)),
            Op::Slice(ranges) => Some(self.sliced(ranges)),
            Op::Pad { padding, fill } => self.padded(padding, *fill),
            Op::Barrier => Some(self.clone()),
            Op::Constant(_)
            | Op::Iota { .. }
            | Op::Random { .. }
            | Op::Unary(_)
            | Op::Binary(_)
            | Op::Select
            | Op::Cast(_)
            | Op::StopGradient
            | Op::Reduce { .. }
            | Op::Concat { .. }
            | Op::MatMul
            | Op::Conv(_)
            | Op::WindowSum(_)
            | Op::WindowSelect(_)
            | Op::WindowScatter(_)
            | Op::Gather { .. }
            | Op::ScatterAdd { .. }
            | Op::ArgSort { .. }
            | Op::CumSum { .. }
            | Op::Scan(_)
            | Op::Part(_) => None,
        }
    }

    pub(crate) fn permuted(&self, axes: &[usize]) -> View {
        let mask = self.mask.as_ref().map(|mask| Mask { valid: axes.iter().map(|&axis| mask.valid[axis]).collect(), fill: mask.fill });
        let pick = |axis: &usize| (self.shape[*axis], self.strides[*axis]);
        let (shape, strides) = axes.iter().map(pick).unzip();
        View { shape, strides, offset: self.offset, mask }
    }

    fn expanded(&self, shape: &[usize]) -> View {
        let mut view = self.clone();
        for (axis, (&from, &to)) in self.shape.iter().zip(shape).enumerate() {
            if from != to {
                view.strides[axis] = 0;
                if let Some(mask) = &mut view.mask {
                    mask.valid[axis] = if mask.valid[axis] == (0, 1) { (0, to) } else { (0, 0) };
                }
            }
        }
        view.shape = shape.to_vec();
        view
    }

    fn sliced(&self, ranges: &[Range]) -> View {
        let mut view = self.clone();
        for (axis, range) in ranges.iter().enumerate() {
            if range.len > 0 {
                view.offset += range.start as isize * self.strides[axis];
            }
            view.strides[axis] = self.strides[axis].saturating_mul(range.step);
            view.shape[axis] = range.len;
            if let Some(mask) = &mut view.mask {
                mask.valid[axis] = sliced_interval(mask.valid[axis], range);
            }
        }
        view
    }

    fn padded(&self, padding: &[Padding], fill: Scalar) -> Option<View> {
        if padding.iter().any(|p| p.interior > 0) || self.mask.as_ref().is_some_and(|mask| mask.fill != fill) {
            return None;
        }
        let mut view = self.clone();
        let mut valid = self.mask.as_ref().map_or_else(|| self.shape.iter().map(|&n| (0, n)).collect(), |mask| mask.valid.clone());
        for (axis, p) in padding.iter().enumerate() {
            view.shape[axis] += p.low + p.high;
            view.offset -= p.low as isize * self.strides[axis];
            valid[axis] = (valid[axis].0 + p.low, valid[axis].1 + p.low);
        }
        view.mask = Some(Mask { valid, fill });
        Some(view)
    }

    /// Axes longer than 1 are matched in groups of equal products; a group keeps its strides where it is one axis on both sides, or where the
    /// old axes follow each other in memory without a mask.
    fn reshaped(&self, shape: &[usize]) -> Option<View> {
        if self.shape.iter().chain(shape).any(|&n| n == 0) {
            return Some(View { mask: None, ..View::contiguous(shape) });
        }
        let whole = |axis: usize| self.mask.as_ref().is_none_or(|mask| mask.valid[axis] == (0, self.shape[axis]));
        let (ones, old): (Vec<usize>, Vec<usize>) = (0..self.shape.len()).partition(|&axis| self.shape[axis] == 1);
        let new: Vec<usize> = (0..shape.len()).filter(|&axis| shape[axis] != 1).collect();
        if !ones.into_iter().all(whole) {
            return None;
        }
        let mut strides = vec![0; shape.len()];
        let mut valid: Vec<(usize, usize)> = shape.iter().map(|&n| (0, n)).collect();
        let (mut from, mut to) = (0, 0);
        while from < old.len() {
            let (first_from, first_to) = (from, to);
            let (mut elements, mut wanted) = (self.shape[old[from]], *shape.get(*new.get(to)?)?);
            (from, to) = (from + 1, to + 1);
            while elements != wanted {
                if elements < wanted {
                    elements *= self.shape[*old.get(from)?];
                    from += 1;
                } else {
                    wanted *= shape[*new.get(to)?];
                    to += 1;
                }
            }
            let (axes, targets) = (&old[first_from..from], &new[first_to..to]);
            if let (&[axis], &[target]) = (axes, targets) {
                strides[target] = self.strides[axis];
                valid[target] = self.mask.as_ref().map_or((0, shape[target]), |mask| mask.valid[axis]);
                continue;
            }
            let follow = axes.windows(2).all(|pair| self.strides[pair[0]] == self.strides[pair[1]] * self.shape[pair[1]] as isize);
            if !follow || !axes.iter().copied().all(whole) {
                return None;
            }
            let mut stride = self.strides[*axes.last()?];
            for &target in targets.iter().rev() {
                strides[target] = stride;
                stride *= shape[target] as isize;
            }
        }
        let mask = self.mask.as_ref().map(|mask| Mask { valid, fill: mask.fill });
        Some(View { shape: shape.to_vec(), strides, offset: self.offset, mask })
    }

    /// The same positions with as few axes as possible: axes of length 1 dropped, neighbours that follow each other in memory joined.
    pub(crate) fn simplified(&self) -> View {
        if self.shape.contains(&0) {
            return View { shape: vec![0], strides: vec![1], offset: self.offset.max(0), mask: None };
        }
        let whole = |axis: usize| self.mask.as_ref().is_none_or(|mask| mask.valid[axis] == (0, self.shape[axis]));
        let mut view = View { shape: vec![], strides: vec![], offset: self.offset, mask: None };
        let mut valid: Vec<(usize, usize)> = vec![];
        let mut last_whole = false;
        for axis in 0..self.shape.len() {
            let (n, stride) = (self.shape[axis], self.strides[axis]);
            if n == 1 && whole(axis) {
                continue;
            }
            match (view.shape.last_mut(), view.strides.last_mut(), valid.last_mut()) {
                (Some(length), Some(before), Some(interval)) if last_whole && whole(axis) && *before == stride * n as isize => {
                    *length *= n;
                    *before = stride;
                    *interval = (0, *length);
                }
                _ => {
                    view.shape.push(n);
                    view.strides.push(stride);
                    valid.push(self.mask.as_ref().map_or((0, n), |mask| mask.valid[axis]));
                    last_whole = whole(axis);
                }
            }
        }
        let masked = valid.iter().zip(&view.shape).any(|(interval, &n)| *interval != (0, n));
        view.mask = self.mask.as_ref().filter(|_| masked).map(|mask| Mask { valid, fill: mask.fill });
        view
    }

    /// This view as one number for each of `rows`, where its positions are the same along the last `cols` of them.
    pub(crate) fn as_rows(&self, cols: usize) -> Option<View> {
        let mut inner = 1;
        let mut axis = self.shape.len();
        while inner < cols {
            axis = axis.checked_sub(1)?;
            let whole = self.mask.as_ref().is_none_or(|mask| mask.valid[axis] == (0, self.shape[axis]));
            if (self.strides[axis] != 0 && self.shape[axis] != 1) || !whole {
                return None;
            }
            inner *= self.shape[axis];
        }
        (inner == cols).then(|| View {
            shape: self.shape[..axis].to_vec(),
            strides: self.strides[..axis].to_vec(),
            offset: self.offset,
            mask: self.mask.as_ref().map(|mask| Mask { valid: mask.valid[..axis].to_vec(), fill: mask.fill }),
        })
    }
}

/// The positions of `range` whose elements lie in `low..high`.
fn sliced_interval((low, high): (usize, usize), range: &Range) -> (usize, usize) {
    // Positions inside are one run: find its ends from the arithmetic, not by looking at each.
    let (start, step) = (range.start as i128, range.step as i128);
    let (first, last) = if step > 0 {
        (ceil((low as i128 - start).max(0), step), (high as i128 - 1 - start).div_euclid(step))
    } else {
        (ceil((start - (high as i128 - 1)).max(0), -step), (start - low as i128).div_euclid(-step))
    };
    let (first, last) = (first.min(range.len as i128) as usize, last.min(range.len as i128 - 1));
    if low >= high || last < first as i128 {
        return (0, 0);
    }
    (first, last as usize + 1)
}

/// `a / b` rounded up, for `a >= 0` and `b > 0`.
fn ceil(a: i128, b: i128) -> i128 {
    (a + b - 1) / b
}

#[cfg(test)]
mod tests {
    use super::View;
    use crate::{Op, Padding, Range, Scalar};

    /// The elements that a view shows of the buffer `0, 1, 2, ...`; the numbers beside it are NumPy's.
    fn shown(view: &View) -> Vec<i64> {
        let unravel = |mut position: usize| {
            let mut index = vec![0; view.shape.len()];
            for axis in (0..view.shape.len()).rev() {
                index[axis] = position % view.shape[axis];
                position /= view.shape[axis];
            }
            index
        };
        let element = |position: usize| {
            let index = unravel(position);
            let inside = |mask: &super::Mask| index.iter().zip(&mask.valid).all(|(&i, &(low, high))| low <= i && i < high);
            match &view.mask {
                Some(mask) if !inside(mask) => mask.fill.to_f64() as i64,
                Some(_) | None => {
                    index.iter().zip(&view.strides).map(|(&i, &stride)| i as i64 * stride as i64).sum::<i64>() + view.offset as i64
                }
            }
        };
        (0..view.numel()).map(element).collect()
    }

    fn moved(shape: &[usize], ops: &[Op]) -> Option<View> {
        ops.iter().try_fold(View::contiguous(shape), |view, op| view.moved(op))
    }

    fn slice(ranges: &[(usize, usize, isize)]) -> Op {
        Op::Slice(ranges.iter().map(|&(start, len, step)| Range { start, len, step }).collect())
    }

    fn pad(padding: &[(usize, usize)]) -> Op {
        let padding = padding.iter().map(|&(low, high)| Padding { low, high, interior: 0 }).collect();
        Op::Pad { padding, fill: Scalar::F32(-1.0) }
    }

    #[test]
    fn movements_show_what_numpy_shows() {
        let rows: &[(&[usize], &[Op], &[i64])] = &[
            (&[2, 3], &[Op::Permute(vec![1, 0])], &[0, 3, 1, 4, 2, 5]),
            (&[2, 3], &[slice(&[(1, 2, -1), (0, 2, 2)])], &[3, 5, 0, 2]),
            (&[2, 1], &[Op::Expand([2, 3].into())], &[0, 0, 0, 1, 1, 1]),
            (&[3], &[pad(&[(1, 2)])], &[-1, 0, 1, 2, -1, -1]),
            (&[3], &[pad(&[(1, 2)]), slice(&[(4, 3, -2)])], &[-1, 1, -1]),
            (&[2], &[pad(&[(1, 0)]), Op::Reshape([3, 1].into()), Op::Expand([3, 2].into())], &[-1, -1, 0, 0, 1, 1]),
            (&[2, 3], &[Op::Permute(vec![1, 0]), Op::Reshape([3, 1, 2].into())], &[0, 3, 1, 4, 2, 5]),
            (&[2, 6], &[slice(&[(0, 2, 1), (1, 4, 1)]), Op::Reshape([2, 2, 2].into())], &[1, 2, 3, 4, 7, 8, 9, 10]),
            (&[4], &[pad(&[(1, 1)]), pad(&[(1, 0)])], &[-1, -1, 0, 1, 2, 3, -1]),
        ];
        for (shape, ops, expected) in rows {
            let view = moved(shape, ops).unwrap();
            assert_eq!(shown(&view), *expected, "{shape:?} {ops:?}");
            assert_eq!(shown(&view.simplified()), *expected, "{shape:?} {ops:?} simplified");
        }
    }

    #[test]
    fn what_strides_cannot_say_is_none() {
        assert_eq!(moved(&[2, 3], &[Op::Permute(vec![1, 0]), Op::Reshape([6].into())]), None);
        assert_eq!(moved(&[4], &[pad(&[(1, 1)]), Op::Reshape([2, 3].into())]), None);
        let other = Op::Pad { padding: vec![Padding { low: 1, ..Padding::default() }], fill: Scalar::F32(7.0) };
        assert_eq!(moved(&[4], &[pad(&[(1, 1)]), other]), None);
    }

    #[test]
    fn repeated_columns_are_rows() {
        let view = moved(&[3, 1, 1], &[Op::Expand([3, 2, 4].into())]).unwrap();
        assert_eq!(shown(&view.as_rows(8).unwrap()), [0, 1, 2]);
        assert_eq!(view.as_rows(24), None);
        assert_eq!(View::contiguous(&[3, 4]).as_rows(4), None);
    }
}
