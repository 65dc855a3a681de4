//! Images whose pixels come from other places, by an affine map of the coordinates. As TensorFlow's `ImageProjectiveTransformV3`.

use super::named::named;
use wgrad_tensor::{DType, Tensor};

named! {
    /// What lies outside an image.
    pub enum FillMode, "fill_mode" {
        /// Its mirror image, the outermost pixels twice: `d c b a | a b c d | d c b a`.
        "reflect" => Reflect,
        /// The image again: `a b c d | a b c d | a b c d`.
        "wrap" => Wrap,
        /// One value: `k k k k | a b c d | k k k k`.
        "constant" => Constant,
        /// The outermost pixels: `a a a a | a b c d | d d d d`.
        "nearest" => Nearest,
    }
}

named! {
    /// What lies between pixels.
    pub enum PixelInterpolation, "interpolation" {
        /// A sum of the four pixels around, linear in the distances.
        "bilinear" => Bilinear,
        /// The nearest pixel.
        "nearest" => Nearest,
    }
}

/// How pixels are read that are not there.
pub(crate) struct Reading<'a> {
    pub(crate) fill_mode: &'a FillMode,
    pub(crate) interpolation: &'a PixelInterpolation,
    pub(crate) fill_value: f64,
}

/// `[[a0, a1, a2], [b0, b1, b2]]`: the pixel at column `x` and row `y` comes from column `a0 x + a1 y + a2` and row `b0 x + b1 y + b2`. Each element is
/// `[batch, 1, 1, 1]`.
pub(crate) type Matrix = [[Tensor; 3]; 2];

/// `x` `[batch, height, width, channels]` with its pixels moved; the rule that an argument breaks.
#[track_caller]
pub(crate) fn affine(x: &Tensor, [columns, rows]: &Matrix, reading: &Reading<'_>) -> Result<Tensor, String> {
    reading.check()?;
    let &[batch, height, width, _] = &x.shape()[..] else { return Err(format!("the input must have four axes, got {}", x.shape())) };
    if i32::try_from(x.shape().numel()).is_err() {
        return Err(format!("the images {} are too large", x.shape()));
    }
    let (column, row) = (Tensor::iota([1, 1, width, 1], 2, DType::F32), Tensor::iota([1, height, 1, 1], 1, DType::F32));
    let place = |[a, b, c]: &[Tensor; 3]| a * &column + b * &row + c;
    let at_column = reading.inside(&place(columns), width).expand([batch, height, width, 1]);
    let at_row = reading.inside(&place(rows), height).expand([batch, height, width, 1]);
    let pixel = |row: &Tensor, column: &Tensor| reading.pixel(x, row, column);
    if *reading.interpolation == PixelInterpolation::Nearest {
        // Halves are rounded away from 0.
        let nearest = |place: &Tensor| (place.abs() + 0.5).floor() * place.sign();
        return Ok(pixel(&nearest(&at_row), &nearest(&at_column)));
    }
    let (left, top) = (at_column.floor(), at_row.floor());
    let (right, bottom) = (&left + 1.0, &top + 1.0);
    let (to_right, to_bottom) = ((&at_column - &left).cast(x.dtype()), (&at_row - &top).cast(x.dtype()));
    let between = |row: &Tensor| pixel(row, &left) * (1.0 - &to_right) + pixel(row, &right) * &to_right;
    Ok(between(&top) * (1.0 - &to_bottom) + between(&bottom) * &to_bottom)
}

impl Reading<'_> {
    /// The rule that an argument breaks.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.fill_mode.known()?;
        self.interpolation.known()?;
        Ok(())
    }

    /// Places on an axis of `length` pixels, where those outside stand for.
    #[track_caller]
    fn inside(&self, place: &Tensor, length: usize) -> Tensor {
        let (n, last) = (length as f64, length as f64 - 1.0);
        match self.fill_mode {
            FillMode::Constant | FillMode::Unknown(_) => return place.clone(),
            FillMode::Nearest => return place.clip(0.0, last),
            _ if length <= 1 => return place.zeros_like(),
            FillMode::Reflect => {
                let period = 2.0 * n;
                let below = place + (place / -period).floor() * period; // in (-period, 0]
                let below = below.lt(-n).where_(&below + period, -&below - 1.0);
                let above = place - (place / period).floor() * period; // in [0, period)
                let above = above.ge(n).where_(period - &above - 1.0, &above);
                place.lt(0.0).where_(below, above)
            }
            FillMode::Wrap => {
                let below = place + ((place / -last).floor() + 1.0) * n;
                let above = place - (place / last).floor() * n;
                place.lt(0.0).where_(below, place.gt(last).where_(above, place))
            }
        }
        .clip(0.0, last)
    }

    /// The pixels at whole rows and columns; those outside are `fill_value`.
    #[track_caller]
    fn pixel(&self, x: &Tensor, row: &Tensor, column: &Tensor) -> Tensor {
        let [batch, height, width, channels] = [x.shape()[0], x.shape()[1], x.shape()[2], x.shape()[3]];
        let inside = row.ge(0.0).logical_and(row.lt(height)).logical_and(column.ge(0.0)).logical_and(column.lt(width));
        let image = Tensor::iota([batch, 1, 1, 1], 0, DType::I32);
        let place = (image * height + row.cast(DType::I32)) * width + column.cast(DType::I32);
        let pixels = x.reshape([batch * height * width, channels]).take(&inside.where_(place, -1).squeeze(-1), 0);
        if self.fill_value == 0.0 { pixels } else { inside.where_(&pixels, pixels.full_like(self.fill_value)) }
    }
}

