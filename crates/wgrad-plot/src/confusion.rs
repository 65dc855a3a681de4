//! How often each class is taken for each other.

use crate::{
    Figure, Labels,
    chart::{LABEL, SMALL, title},
    color::{INK, MUTED, WHITE, blues},
    error::invalid,
    numbers::class_name,
    scene::{Anchor, Bitmap, Rect, Scene, Stroke, Style},
};
use wgrad_model::Result;

/// The most classes that are shown.
const LARGEST: usize = 1000;

/// How often samples of each class (rows) were predicted to be of each class (columns), as a heat map: the colour is the share of the row, the number how
/// many there are. Names beyond `class_names` are the numbers of the classes.
///
/// # Errors
/// No samples; other numbers of labels and predictions; more than 1000 classes.
pub fn confusion_matrix(labels: impl Into<Labels>, predictions: impl Into<Labels>, class_names: &[&str]) -> Result<Figure> {
    let (labels, predictions) = (labels.into().get()?, predictions.into().get()?);
    if labels.len() != predictions.len() || labels.is_empty() {
        let rule = format!("it takes as many predictions as labels, and some, got {} and {}", predictions.len(), labels.len());
        return Err(invalid("confusion_matrix", rule));
    }
    let classes = labels.iter().chain(&predictions).map(|label| label + 1).max().unwrap_or(0).max(class_names.len());
    if classes > LARGEST {
        return Err(invalid("confusion_matrix", format!("it shows at most {LARGEST} classes, got {classes}")));
    }
    let mut counts = vec![vec![0_usize; classes]; classes];
    for (label, prediction) in labels.iter().zip(&predictions) {
        counts[*label][*prediction] += 1;
    }
    let right = (0..classes).map(|class| counts[class][class]).sum::<usize>();
    Ok(Figure(draw(&counts, class_names, right as f64 / labels.len() as f64)))
}

fn draw(counts: &[Vec<usize>], class_names: &[&str], accuracy: f64) -> Scene {
    let classes = counts.len();
    let cell = (640.0 / classes as f64).clamp(1.0, 64.0);
    let names: Vec<String> = (0..classes).map(|class| Style::new(LABEL, INK).fit(&class_name(class_names, class), 130.0)).collect();
    let style = Style::new(LABEL, INK);
    let longest = names.iter().map(|name| style.width(name)).fold(0.0, f64::max);
    // Names that are wider than their column stand on end.
    let on_end = longest > cell - 6.0;
    let side = (cell * classes as f64).max(200.0);
    let cell = side / classes as f64;
    let (left, top) = (longest + 60.0, 62.0);
    let below = if on_end { longest + 20.0 } else { 26.0 };
    let area = Rect::new(left, top, side, side);
    let mut scene = Scene::new((left + side + 90.0).max(340.0), top + side + below + 40.0);
    title(&mut scene, (left, 28.0), "Confusion matrix");
    scene.text((left, 47.0), format!("accuracy {accuracy:.4}"), Style::new(LABEL, MUTED));
    if cell >= 12.0 {
        draw_cells(&mut scene, counts, area, cell);
    } else {
        let pixels = counts.iter().flat_map(|row| shares(row)).map(blues).collect();
        scene.bitmap(area, Bitmap { columns: classes, pixels });
    }
    draw_names(&mut scene, &names, area, cell, on_end);
    let style = Style::new(LABEL, MUTED).anchor(Anchor::Middle);
    scene.text((left + side / 2.0, area.bottom() + below + 18.0), "predicted", style);
    scene.text((22.0, top + side / 2.0), "true", style.rotate(-90.0));
    scale(&mut scene, Rect::new(area.right() + 24.0, top, 14.0, side.min(240.0)));
    scene
}

/// The part that each number is of its row.
fn shares(row: &[usize]) -> impl Iterator<Item = f64> {
    let all = row.iter().sum::<usize>().max(1) as f64;
    row.iter().map(move |&count| count as f64 / all)
}

/// Cells with their numbers, where these fit, and lines between them.
fn draw_cells(scene: &mut Scene, counts: &[Vec<usize>], area: Rect, cell: f64) {
    for (row, counts) in counts.iter().enumerate() {
        for (column, (&count, color)) in counts.iter().zip(shares(counts).map(blues)).enumerate() {
            let rect = Rect::new(area.x + column as f64 * cell, area.y + row as f64 * cell, cell, cell);
            scene.rect(rect, color);
            let number = count.to_string();
            let size = (cell * 0.3).min(14.0);
            let style = Style::new(size, if color.is_dark() { WHITE } else { INK }).anchor(Anchor::Middle);
            if count > 0 && size >= 6.0 && style.width(&number) < cell - 2.0 {
                scene.text((rect.x + cell / 2.0, rect.y + cell / 2.0 + size * 0.36), number, style);
            }
        }
    }
    for i in 1..counts.len() {
        let at = i as f64 * cell;
        scene.line((area.x + at, area.y), (area.x + at, area.bottom()), Stroke::new(WHITE, 1.0));
        scene.line((area.x, area.y + at), (area.right(), area.y + at), Stroke::new(WHITE, 1.0));
    }
}

/// The names of the classes, as many as there is room for.
fn draw_names(scene: &mut Scene, names: &[String], area: Rect, cell: f64, on_end: bool) {
    let every = (15.0 / cell).ceil().max(1.0) as usize;
    for (i, name) in names.iter().enumerate().step_by(every) {
        let middle = (i as f64 + 0.5) * cell;
        let style = Style::new(LABEL, INK);
        scene.text((area.x - 8.0, area.y + middle + 4.0), name, style.anchor(Anchor::End));
        let below = area.bottom() + if on_end { 8.0 } else { 18.0 };
        if on_end {
            scene.text((area.x + middle + 4.0, below), name, style.anchor(Anchor::End).rotate(-90.0));
        } else {
            scene.text((area.x + middle, below), name, style.anchor(Anchor::Middle));
        }
    }
}

/// What the colours mean.
fn scale(scene: &mut Scene, area: Rect) {
    const STEPS: usize = 60;
    let step = area.height / STEPS as f64;
    for i in 0..STEPS {
        let share = 1.0 - (i as f64 + 0.5) / STEPS as f64;
        scene.rect(Rect::new(area.x, area.y + i as f64 * step, area.width, step + 0.3), blues(share));
    }
    for percent in [0, 50, 100] {
        let y = area.bottom() - area.height * f64::from(percent) / 100.0;
        scene.text((area.right() + 6.0, y + 4.0), format!("{percent}%"), Style::new(SMALL, MUTED));
    }
}
