//! Images with their labels and what a model says of them.

use crate::{
    Figure, Labels,
    chart::{SMALL, title},
    color::{BAD, Color, GOOD, GRID, INK, MUTED},
    error::invalid,
    numbers::{class_name, host},
    scene::{Bitmap, Rect, Scene, Style},
};
use wgrad_model::Result;
use wgrad_tensor::Tensor;

/// The most samples that are shown.
const LARGEST: usize = 100;
/// The probabilities that are shown of each.
const BARS: usize = 3;
const SIDE: f64 = 132.0;
const CELL: (f64, f64) = (SIDE + 22.0, SIDE + 25.0 + BARS as f64 * 17.0 + 24.0);

/// Images `[n, height, width]` or `[n, height, width, channels]` (1 or 3) with their labels, each with the largest of the probabilities `[n, classes]` that a
/// model gives as bars: that of the label is green, and where another is the largest, that is red. Colours go from the least to the largest number of all images.
/// At most 100 are shown.
///
/// # Errors
/// Other shapes; another number of labels; those of evaluating the tensors.
pub fn sample_images(images: &Tensor, probabilities: &Tensor, labels: impl Into<Labels>, class_names: &[&str]) -> Result<Figure> {
    let (labels, (shape, pixels), (of_classes, probabilities)) = (labels.into().get()?, host(images)?, host(probabilities)?);
    let rule = "images are [n, height, width] or [n, height, width, 1 or 3], probabilities [n, classes], with a label each";
    let wrong = || {
        let given = format!("{}, {} and {} labels", images.shape(), probabilities.len(), labels.len());
        invalid("sample_images", format!("{rule}, and none is empty, got {given}"))
    };
    let (n, height, width, channels) = match shape[..] {
        [n, height, width] => (n, height, width, 1),
        [n, height, width, channels @ (1 | 3)] => (n, height, width, channels),
        _ => return Err(wrong()),
    };
    let classes = match of_classes[..] {
        [rows, classes] if rows == n && labels.len() == n && n > 0 && classes > 0 && height > 0 && width > 0 => classes,
        _ => return Err(wrong()),
    };
    let shown = n.min(LARGEST);
    let columns = ((shown as f64).sqrt() * 1.3).round().clamp(1.0, 8.0).min(shown as f64) as usize;
    let rows = shown.div_ceil(columns);
    let mut scene = Scene::new((columns as f64 * CELL.0 + 24.0).max(260.0), rows as f64 * CELL.1 + 58.0);
    let right = (0..n).filter(|&i| labels.get(i) == best(&probabilities, i, classes).first()).count();
    title(&mut scene, (20.0, 30.0), &format!("{right} of {n} right"));
    let shades = Shades::of(&pixels);
    for i in 0..shown {
        let at = (20.0 + (i % columns) as f64 * CELL.0, 48.0 + (i / columns) as f64 * CELL.1);
        let size = height * width * channels;
        let image = pixels.get(i * size..(i + 1) * size).unwrap_or_default();
        scene.bitmap(
            fitted(at, height, width),
            Bitmap { columns: width, pixels: image.chunks(channels).map(|p| shades.color(p)).collect() },
        );
        let likely: Vec<(usize, f64)> = best(&probabilities, i, classes)
            .into_iter()
            .map(|class| (class, probabilities.get(i * classes + class).copied().unwrap_or(0.0)))
            .collect();
        describe(&mut scene, (at.0, at.1 + SIDE), labels.get(i).copied().unwrap_or(0), &likely, class_names);
    }
    Ok(Figure(scene))
}

/// The classes of sample `i` with the largest probabilities.
fn best(probabilities: &[f64], i: usize, classes: usize) -> Vec<usize> {
    let row = probabilities.get(i * classes..(i + 1) * classes).unwrap_or_default();
    let mut order: Vec<usize> = (0..row.len()).collect();
    // Of equal ones the first, as argmax takes it; NaN comes last.
    let value = |class: usize| if row[class].is_nan() { f64::NEG_INFINITY } else { row[class] };
    order.sort_by(|&a, &b| value(b).total_cmp(&value(a)));
    order.truncate(BARS);
    order
}

/// From the numbers of pixels to colours.
struct Shades {
    min: f64,
    range: f64,
}

impl Shades {
    fn of(pixels: &[f64]) -> Shades {
        let finite = || pixels.iter().copied().filter(|pixel| pixel.is_finite());
        let (min, max) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        if min < max { Shades { min, range: max - min } } else { Shades { min: 0.0, range: 1.0 } }
    }

    fn color(&self, pixel: &[f64]) -> Color {
        let byte = |value: f64| ((value - self.min) / self.range * 255.0).round() as u8;
        match *pixel {
            [r, g, b] => Color(byte(r), byte(g), byte(b)),
            [gray, ..] => Color(byte(gray), byte(gray), byte(gray)),
            [] => INK,
        }
    }
}

/// The place of an image in its square.
fn fitted((x, y): (f64, f64), height: usize, width: usize) -> Rect {
    let scale = SIDE / height.max(width) as f64;
    let (height, width) = (height as f64 * scale, width as f64 * scale);
    Rect::new(x + (SIDE - width) / 2.0, y + (SIDE - height) / 2.0, width, height)
}

fn describe(scene: &mut Scene, (x, y): (f64, f64), label: usize, likely: &[(usize, f64)], class_names: &[&str]) {
    let style = Style::new(12.0, INK).bold();
    scene.text((x, y + 17.0), style.fit(&class_name(class_names, label), SIDE), style);
    for (i, (class, probability)) in likely.iter().enumerate() {
        let top = y + 25.0 + i as f64 * 17.0;
        let bar = match (*class == label, i) {
            (true, _) => GOOD,
            (false, 0) => BAD,
            (false, _) => MUTED,
        };
        let share = if probability.is_finite() { probability.clamp(0.0, 1.0) } else { 0.0 };
        let style = Style::new(SMALL, INK);
        let percent = format!("{:.0}%", share * 100.0);
        let name = style.fit(&class_name(class_names, *class), SIDE - 40.0);
        scene.rect(Rect::new(x, top, SIDE, 15.0), GRID.mix(crate::color::WHITE, 0.5));
        if share > 0.0 {
            scene.rect(Rect::new(x, top, SIDE * share, 15.0), bar.mix(crate::color::WHITE, 0.55));
        }
        scene.text((x + 4.0, top + 11.5), name, style);
        scene.text((x + SIDE - 4.0, top + 11.5), percent, style.anchor(crate::scene::Anchor::End));
    }
}
