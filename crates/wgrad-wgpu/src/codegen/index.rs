//! From positions to elements: views taken apart into axes, joined where the memory is.

use wgrad_tensor::plan::View;

/// An axis of a view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) len: usize,
    pub(crate) stride: isize,
    /// `low..high`, where not all of the axis is backed by elements.
    pub(crate) valid: Option<(usize, usize)>,
}

/// The axes of a view.
pub(crate) fn axes(view: &View) -> Vec<Axis> {
    let valid = |i: usize, len: usize| {
        let range = view.mask.as_ref().and_then(|mask| mask.valid.get(i).copied());
        range.filter(|&(low, high)| low > 0 || high < len)
    };
    let lengths = view.shape.iter().zip(&view.strides).enumerate();
    lengths.map(|(i, (&len, &stride))| Axis { len, stride, valid: valid(i, len) }).collect()
}

/// The axes of the first `rows` positions' worth and the others, or `None` where no axis ends there and none can be cut.
pub(crate) fn split(axes: &[Axis], rows: usize) -> Option<(Vec<Axis>, Vec<Axis>)> {
    let mut left = rows;
    for (i, &axis) in axes.iter().enumerate() {
        if left == 1 {
            return Some((axes[..i].to_vec(), axes[i..].to_vec()));
        }
        if axis.len == 0 {
            return None;
        }
        if left.is_multiple_of(axis.len) {
            left /= axis.len;
            continue;
        }
        if !axis.len.is_multiple_of(left) || axis.valid.is_some() {
            return None;
        }
        let inner = axis.len / left;
        let stride = axis.stride.checked_mul(isize::try_from(inner).ok()?)?;
        let mut outer = axes[..i].to_vec();
        outer.push(Axis { len: left, stride, valid: None });
        let mut rest = vec![Axis { len: inner, ..axis }];
        rest.extend_from_slice(&axes[i + 1..]);
        return Some((outer, rest));
    }
    (left == 1).then(|| (axes.to_vec(), Vec::new()))
}

/// The same positions with fewer axes: those of length 1 go, neighbours that follow each other in memory join.
pub(crate) fn join(axes: &[Axis]) -> Vec<Axis> {
    let mut joined: Vec<Axis> = Vec::new();
    for &axis in axes.iter().filter(|axis| axis.len != 1 || axis.valid.is_some()) {
        match joined.last_mut() {
            Some(outer) if outer.valid.is_none() && axis.valid.is_none() && follows(outer, &axis) => {
                *outer = Axis { len: outer.len.saturating_mul(axis.len), stride: axis.stride, valid: None };
            }
            Some(_) | None => joined.push(axis),
        }
    }
    joined
}

fn follows(outer: &Axis, inner: &Axis) -> bool {
    isize::try_from(inner.len).ok().and_then(|len| inner.stride.checked_mul(len)) == Some(outer.stride)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(len: usize, stride: isize) -> Axis {
        Axis { len, stride, valid: None }
    }

    #[test]
    fn contiguous_axes_join() {
        assert_eq!(join(&axes(&View::contiguous(&[2, 1, 3, 4]))), [axis(24, 1)]);
        assert_eq!(join(&[axis(2, 12), axis(4, 1), axis(3, 4)]), [axis(2, 12), axis(4, 1), axis(3, 4)]);
        assert_eq!(join(&[axis(5, 0), axis(7, 0)]), [axis(35, 0)]);
    }

    #[test]
    fn rows_split_from_columns() {
        assert_eq!(split(&[axis(2, 12), axis(3, 4), axis(4, 1)], 6), Some((vec![axis(2, 12), axis(3, 4)], vec![axis(4, 1)])));
        assert_eq!(split(&[axis(24, 1)], 6), Some((vec![axis(6, 4)], vec![axis(4, 1)])));
        assert_eq!(split(&[axis(4, 6), axis(6, 1)], 3), None);
        assert_eq!(split(&[axis(4, 1)], 4), Some((vec![axis(4, 1)], vec![])));
        assert_eq!(split(&[axis(4, 1)], 1), Some((vec![], vec![axis(4, 1)])));
        assert_eq!(split(&[], 1), Some((vec![], vec![])));
    }
}
