//! Walks: views of buffers, reduced to as few axes as possible, read and written in runs along the innermost axis.

use wgrad_tensor::{Error, Result, Scalar, plan::View};

/// The most axes that are left of a view after neighbours are merged.
const MAX_AXES: usize = 16;

/// A view with its axes merged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Walk {
    axes: Vec<Axis>,
    offset: isize,
    fill: Option<Scalar>,
    /// Whether no position has an element behind it.
    void: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    n: usize,
    stride: isize,
    /// Positions `low..high` have elements behind them.
    low: usize,
    high: usize,
}

impl Axis {
    fn whole(&self) -> bool {
        self.low == 0 && self.high == self.n
    }
}

/// What is simple about a walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    /// Position `i` is element `offset + i`.
    Contiguous(usize),
    /// Every position is this element.
    Uniform(usize),
    /// Anything else.
    General,
}

impl Walk {
    /// The walk of a view of a buffer of `len` elements.
    ///
    /// # Errors
    /// [`Error::InvalidProgram`] where the view leaves the buffer.
    pub(super) fn new(view: &View, len: usize) -> Result<Walk> {
        let axes = axes_of(view)?;
        Walk::from_axes(axes, view, len)
    }

    /// The walk of the same positions in another order: the view's positions are `rows x cols` in row-major order, the walk's `cols x rows`.
    /// `None` where the axes of the view do not part into rows and columns.
    ///
    /// # Errors
    /// [`Error::InvalidProgram`] where the view leaves the buffer.
    pub(super) fn transposed(view: &View, cols: usize, len: usize) -> Result<Option<Walk>> {
        let mut axes = axes_of(view)?;
        let mut inner = 1usize;
        let mut split = axes.len();
        while split > 0 && inner < cols {
            split -= 1;
            inner *= axes[split].n;
        }
        if inner != cols {
            // The last axis taken reaches over the border: cut it in two.
            let Some(axis) = axes.get(split).copied() else { return Ok(None) };
            let beyond = inner.checked_div(axis.n).unwrap_or(0);
            let divides = beyond > 0 && cols.is_multiple_of(beyond) && axis.n.is_multiple_of(cols / beyond);
            if inner < cols || !divides || !axis.whole() {
                return Ok(None);
            }
            let part = cols / beyond;
            axes[split] = Axis { n: axis.n / part, stride: axis.stride * part as isize, low: 0, high: axis.n / part };
            split += 1;
            axes.insert(split, Axis { n: part, stride: axis.stride, low: 0, high: part });
        }
        axes.rotate_left(split);
        Walk::from_axes(axes, view, len).map(Some)
    }

    fn from_axes(axes: Vec<Axis>, view: &View, len: usize) -> Result<Walk> {
        let empty = axes.iter().any(|axis| axis.n == 0);
        let void = empty || axes.iter().any(|axis| axis.low >= axis.high);
        let mut merged: Vec<Axis> = Vec::with_capacity(axes.len());
        for axis in axes.into_iter().filter(|axis| axis.n != 1) {
            match merged.last_mut() {
                Some(outer) if outer.whole() && axis.whole() && outer.stride == axis.stride.wrapping_mul(axis.n as isize) => {
                    let n = outer.n * axis.n;
                    *outer = Axis { n, stride: axis.stride, low: 0, high: n };
                }
                _ => merged.push(axis),
            }
        }
        if merged.len() > MAX_AXES {
            return Err(Error::InvalidProgram(format!("a view of {} axes that cannot be merged; {MAX_AXES} are supported", merged.len())));
        }
        let walk = Walk { axes: merged, offset: view.offset, fill: view.mask.as_ref().map(|mask| mask.fill), void };
        if !void {
            let (low, high) = walk.reach();
            if low < 0 || high >= len as i128 {
                return Err(Error::InvalidProgram(format!("a view reads elements {low} to {high} of a buffer of {len}")));
            }
        }
        Ok(walk)
    }

    /// The lowest and the highest element behind a position.
    fn reach(&self) -> (i128, i128) {
        self.axes.iter().fold((self.offset as i128, self.offset as i128), |(low, high), axis| {
            let ends = [axis.low, axis.high - 1].map(|i| i as i128 * axis.stride as i128);
            (low + ends[0].min(ends[1]), high + ends[0].max(ends[1]))
        })
    }

    /// What is simple about it.
    pub(super) fn form(&self) -> Form {
        if self.void || self.axes.iter().any(|axis| !axis.whole()) {
            return Form::General;
        }
        match self.axes[..] {
            [] => Form::Uniform(self.offset as usize),
            [axis] if axis.stride == 0 => Form::Uniform(self.offset as usize),
            [axis] if axis.stride == 1 => Form::Contiguous(self.offset as usize),
            _ => Form::General,
        }
    }

    /// The first element and the number of those that are repeated one after the other, as a bias is for each row.
    pub(super) fn period(&self) -> Option<(usize, usize)> {
        match self.axes[..] {
            [outer, inner] if !self.void && outer.stride == 0 && inner.stride == 1 && outer.whole() && inner.whole() => {
                Some((self.offset as usize, inner.n))
            }
            _ => None,
        }
    }

    /// The stride of the innermost axis.
    pub(super) fn inner_stride(&self) -> isize {
        self.axes.last().map_or(0, |axis| axis.stride)
    }

    /// Whether a later position is always a later element.
    pub(super) fn is_monotone(&self) -> bool {
        let mut extent = 0i128;
        self.axes.iter().rev().all(|axis| {
            let grows = axis.stride as i128 > extent && axis.whole();
            extent += axis.stride as i128 * (axis.n as i128 - 1);
            grows
        })
    }

    /// The element of a position, were nothing masked. The number of positions maps to an element behind the last one.
    pub(super) fn element(&self, position: usize) -> usize {
        let mut rest = position;
        let mut element = self.offset;
        for (i, axis) in self.axes.iter().enumerate().rev() {
            let index = if i == 0 { rest } else { rest % axis.n };
            rest /= axis.n.max(1);
            element = element.wrapping_add(axis.stride.wrapping_mul(index as isize));
        }
        element as usize
    }

    /// The value of positions without an element.
    pub(super) fn fill(&self) -> Option<Scalar> {
        self.fill
    }

    /// Calls `run(first position, number, Some((first element, stride)))` for the runs of `n` positions from `start` on, counted from 0; `None`
    /// instead of an element where there is none.
    #[inline]
    pub(super) fn runs(&self, start: usize, n: usize, mut run: impl FnMut(usize, usize, Option<(isize, isize)>)) {
        if self.void {
            return run(0, n, None);
        }
        let Some((inner, outer)) = self.axes.split_last() else {
            return run(0, n, Some((self.offset, 0)));
        };
        let mut index = [0usize; MAX_AXES];
        let mut rest = start / inner.n;
        let mut first = start % inner.n;
        let mut base = self.offset;
        let mut invalid = 0;
        for (i, axis) in outer.iter().enumerate().rev() {
            index[i] = rest % axis.n;
            rest /= axis.n;
            base += axis.stride * index[i] as isize;
            invalid += usize::from(!(axis.low..axis.high).contains(&index[i]));
        }
        let mut done = 0;
        while done < n {
            let end = inner.n.min(first + n - done);
            if invalid > 0 {
                run(done, end - first, None);
            } else {
                let (low, high) = (inner.low.clamp(first, end), inner.high.clamp(first, end));
                if low > first {
                    run(done, low - first, None);
                }
                if high > low {
                    run(done + low - first, high - low, Some((base + inner.stride * low as isize, inner.stride)));
                }
                if end > high.max(low) {
                    run(done + high.max(low) - first, end - high.max(low), None);
                }
            }
            done += end - first;
            first = 0;
            for (i, axis) in outer.iter().enumerate().rev() {
                invalid -= usize::from(!(axis.low..axis.high).contains(&index[i]));
                index[i] += 1;
                base += axis.stride;
                if index[i] < axis.n {
                    invalid += usize::from(!(axis.low..axis.high).contains(&index[i]));
                    break;
                }
                base -= axis.stride * axis.n as isize;
                index[i] = 0;
                invalid += usize::from(!(axis.low..axis.high).contains(&0));
            }
        }
    }

    /// Reads `out.len()` positions from `start` on; element `base` is the first of `source`.
    pub(super) fn read<T: Copy, U: Copy>(
        &self,
        (base, source): (usize, &[T]),
        start: usize,
        out: &mut [U],
        fill: U,
        convert: impl Fn(T) -> U + Copy,
    ) {
        self.runs(start, out.len(), |at, n, element| {
            let out = &mut out[at..at + n];
            let Some((first, stride)) = element else { return out.fill(fill) };
            let first = (first - base as isize) as usize;
            match stride {
                1 => out.iter_mut().zip(&source[first..first + n]).for_each(|(out, &v)| *out = convert(v)),
                0 => out.fill(convert(source[first])),
                _ => {
                    let mut element = first as isize;
                    for out in out {
                        *out = convert(source[element as usize]);
                        element += stride;
                    }
                }
            }
        });
    }

    /// Writes positions from `start` on; element `base` is the first of `target`.
    pub(super) fn write<T: Copy, U: Copy>(
        &self,
        (base, target): (usize, &mut [U]),
        start: usize,
        values: &[T],
        convert: impl Fn(T) -> U + Copy,
    ) {
        self.runs(start, values.len(), |at, n, element| {
            let Some((first, stride)) = element else { return };
            let mut element = first - base as isize;
            let values = &values[at..at + n];
            if stride == 1 {
                let target = &mut target[element as usize..][..n];
                return target.iter_mut().zip(values).for_each(|(out, &v)| *out = convert(v));
            }
            for &v in values {
                target[element as usize] = convert(v);
                element += stride;
            }
        });
    }
}

fn axes_of(view: &View) -> Result<Vec<Axis>> {
    let rank = view.shape.len();
    let masked = view.mask.as_ref().map(|mask| mask.valid.len());
    if view.strides.len() != rank || masked.is_some_and(|n| n != rank) {
        return Err(Error::InvalidProgram(format!("a view of shape {:?} with {} strides", view.shape, view.strides.len())));
    }
    let axis = |i: usize| {
        let n = view.shape[i];
        let (low, high) = view.mask.as_ref().map_or((0, n), |mask| mask.valid[i]);
        Axis { n, stride: view.strides[i], low: low.min(n), high: high.min(n) }
    };
    Ok((0..rank).map(axis).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgrad_tensor::plan::Mask;

    /// The elements behind all positions by the definition of a view; `None` where masked.
    fn elements(view: &View) -> Vec<Option<isize>> {
        (0..view.numel())
            .map(|mut position| {
                let mut element = Some(view.offset);
                for axis in (0..view.shape.len()).rev() {
                    let i = position % view.shape[axis];
                    position /= view.shape[axis];
                    let valid = view.mask.as_ref().is_none_or(|m| (m.valid[axis].0..m.valid[axis].1).contains(&i));
                    element = element.filter(|_| valid).map(|e| e + view.strides[axis] * i as isize);
                }
                element
            })
            .collect()
    }

    fn views() -> Vec<View> {
        let view =
            |shape: &[usize], strides: &[isize], offset| View { shape: shape.to_vec(), strides: strides.to_vec(), offset, mask: None };
        let masked = |mut view: View, valid: &[(usize, usize)]| {
            view.mask = Some(Mask { valid: valid.to_vec(), fill: Scalar::F32(-1.0) });
            view
        };
        vec![
            view(&[], &[], 5),
            view(&[7], &[1], 2),
            view(&[2, 3, 4], &[12, 4, 1], 0),
            view(&[4, 3, 2], &[1, 4, 12], 0),
            view(&[3, 4], &[0, 1], 3),
            view(&[3, 4], &[1, 0], 3),
            view(&[3, 4], &[-4, -1], 11),
            masked(view(&[4, 5], &[3, 1], -4), &[(1, 4), (1, 4)]),
            masked(view(&[3, 2, 4], &[8, 4, 1], 0), &[(0, 3), (0, 2), (1, 3)]),
            masked(view(&[3, 1], &[1, 1], 0), &[(0, 3), (1, 1)]),
        ]
    }

    #[test]
    fn reads_what_the_view_says() {
        let source: Vec<f32> = (0..24).map(|v| v as f32).collect();
        for view in views() {
            let walk = Walk::new(&view, source.len()).unwrap();
            let expected: Vec<f32> = elements(&view).iter().map(|e| e.map_or(-1.0, |e| source[e as usize])).collect();
            for start in 0..expected.len() {
                for end in start..=expected.len() {
                    let mut out = vec![0.0; end - start];
                    walk.read((0, &source[..]), start, &mut out, -1.0, |v| v);
                    assert_eq!(out, expected[start..end], "{view:?} from {start} to {end}");
                }
            }
        }
    }

    #[test]
    fn transposes_at_the_border_of_rows_and_columns() {
        let source: Vec<f32> = (0..24).map(|v| v as f32).collect();
        for view in views() {
            let all = elements(&view);
            for cols in (1..=all.len()).filter(|cols| all.len().is_multiple_of(*cols)) {
                let Some(walk) = Walk::transposed(&view, cols, source.len()).unwrap() else { continue };
                let rows = all.len() / cols;
                let at = |i: usize| all[i % rows * cols + i / rows].map_or(-1.0, |e| source[e as usize]);
                let expected: Vec<f32> = (0..all.len()).map(at).collect();
                let mut out = vec![0.0; all.len()];
                walk.read((0, &source[..]), 0, &mut out, -1.0, |v| v);
                assert_eq!(out, expected, "{view:?} with {cols} columns");
            }
        }
    }

    #[test]
    fn a_view_that_leaves_its_buffer_is_an_error() {
        let view = View { shape: vec![3], strides: vec![2], offset: 0, mask: None };
        assert!(Walk::new(&view, 4).is_err());
        assert!(Walk::new(&view, 5).is_ok());
    }
}
