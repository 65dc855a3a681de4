//! Each column of a table against each other.

use crate::{
    Figure, Labels, Numbers,
    chart::{Axes, Key, LABEL, Range, is_shown, legend},
    color::{INK, MUTED, WHITE, palette},
    error::invalid,
    errors::histogram,
    numbers::class_name,
    scatter::opacity,
    scene::{Anchor, Rect, Scene, Segment, Stroke, Style},
};
use wgrad_model::Result;

/// The most columns, and the most dots of a cell.
const LARGEST: usize = 12;
const DOTS: usize = 2000;
const CELL: f64 = 150.0;
const GAP: f64 = 12.0;

/// Each column of a table against each other, and on the diagonal the distribution of each. With labels, each class has its colour. Of more than 2000 rows
/// every so many are drawn.
///
/// # Errors
/// No columns or more than 12; columns of other lengths, or none; another number of labels.
pub fn pair_plot<'a, N: Into<Numbers>>(
    columns: impl IntoIterator<Item = (&'a str, N)>,
    labels: Option<Labels>,
    class_names: &[&str],
) -> Result<Figure> {
    let columns: Vec<(&str, Vec<f64>)> =
        columns.into_iter().map(|(name, values)| Ok((name, values.into().get()?))).collect::<Result<_>>()?;
    let labels = labels.map(Labels::get).transpose()?;
    let rows = columns.first().map_or(0, |(_, values)| values.len());
    if columns.is_empty() || columns.len() > LARGEST {
        return Err(invalid("pair_plot", format!("it takes 1 to {LARGEST} columns, got {}", columns.len())));
    }
    if let Some((name, values)) = columns.iter().find(|(_, values)| values.len() != rows || values.is_empty()) {
        let rule = format!("all columns have the same length, and some rows, got {} for {name} and {rows} for the first", values.len());
        return Err(invalid("pair_plot", rule));
    }
    if let Some(labels) = labels.as_ref().filter(|labels| labels.len() != rows) {
        return Err(invalid("pair_plot", format!("there is a label for each of the {rows} rows, got {}", labels.len())));
    }
    let groups = labels.unwrap_or_else(|| vec![0; rows]);
    Ok(Figure(draw(&columns, &groups, class_names)))
}

fn draw(columns: &[(&str, Vec<f64>)], groups: &[usize], class_names: &[&str]) -> Scene {
    let (left, side) = (92.0, columns.len() as f64 * (CELL + GAP) - GAP);
    let classes = groups.iter().copied().max().map_or(0, |group| group + 1).min(20);
    let entry = |class: usize| (Key::Dot(palette(class)), class_name(class_names, class));
    let entries: Vec<_> = if classes > 1 { (0..classes).map(entry).collect() } else { Vec::new() };
    let mut scratch = Scene::new(left + side + 20.0, 0.0);
    let top = legend(&mut scratch, (left, 28.0), left + side, &entries) - if entries.is_empty() { 8.0 } else { 14.0 };
    let mut scene = Scene::new(scratch.width, top + side + 56.0);
    scene.marks = scratch.marks;
    let ranges: Vec<Range> = columns.iter().map(|(_, values)| Range::of(values.iter().copied(), 3).padded(0.06)).collect();
    for row in 0..columns.len() {
        for column in 0..columns.len() {
            let at = (left + column as f64 * (CELL + GAP), top + row as f64 * (CELL + GAP));
            let axes = Axes { area: Rect::new(at.0, at.1, CELL, CELL), x: ranges[column].clone(), y: ranges[row].clone() };
            axes.draw_grid(&mut scene);
            if row == column {
                distribution(&mut scene, &axes, &columns[row].1, groups, classes);
            } else {
                dots(&mut scene, &axes, &columns[column].1, &columns[row].1, groups);
            }
            if column == 0 {
                axes.draw_y_numbers(&mut scene);
                let style = Style::new(LABEL, INK).anchor(Anchor::Middle).rotate(-90.0);
                scene.text((22.0, at.1 + CELL / 2.0), style.fit(columns[row].0, CELL), style);
            }
            if row + 1 == columns.len() {
                axes.draw_x_numbers(&mut scene);
                let style = Style::new(LABEL, INK).anchor(Anchor::Middle);
                scene.text((at.0 + CELL / 2.0, at.1 + CELL + 38.0), style.fit(columns[column].0, CELL), style);
            }
        }
    }
    scene
}

fn dots(scene: &mut Scene, axes: &Axes, x: &[f64], y: &[f64], groups: &[usize]) {
    let every = x.len().div_ceil(DOTS).max(1);
    let opacity = opacity(x.len() / every * 4);
    for ((x, y), group) in x.iter().zip(y).zip(groups).step_by(every).filter(|((x, y), _)| is_shown(**x) && is_shown(**y)) {
        scene.dot(axes.at(*x, *y), 2.2, palette(*group), opacity, None);
    }
}

/// The distribution of each class as steps, over the lower nine tenths of the cell.
fn distribution(scene: &mut Scene, axes: &Axes, values: &[f64], groups: &[usize], classes: usize) {
    let steps = |class: usize| {
        let of_class = values.iter().zip(groups).filter(|(value, group)| **group == class && is_shown(**value));
        let mut values: Vec<f64> = of_class.map(|(value, _)| *value).collect();
        values.sort_by(f64::total_cmp);
        (!values.is_empty()).then(|| histogram(&values, 20))
    };
    let all: Vec<_> = (0..classes).map(|class| (class, steps(class))).collect();
    // As densities, because the buckets of the classes are not of one width.
    let density = |limits: &[f64], count: usize| count as f64 / (limits[1] - limits[0]);
    let highest = all.iter().flat_map(|(_, steps)| steps).flat_map(|(limits, counts)| counts.iter().map(|count| density(limits, *count)));
    let highest = highest.fold(f64::MIN_POSITIVE, f64::max);
    let bottom = axes.area.bottom();
    for (class, steps) in all {
        let Some((limits, counts)) = steps else { continue };
        let mut outline = Vec::new();
        for (pair, count) in limits.windows(2).zip(&counts) {
            let y = bottom - axes.area.height * 0.9 * density(&limits, *count) / highest;
            outline.extend([(axes.at_x(pair[0]), y), (axes.at_x(pair[1]), y)]);
        }
        let (Some(first), Some(last)) = (outline.first().copied(), outline.last().copied()) else { continue };
        let lines = outline.iter().map(|(x, y)| Segment::Line(*x, *y));
        let segments = std::iter::once(Segment::Move(first.0, bottom)).chain(lines).chain([Segment::Line(last.0, bottom)]).collect();
        let color = if classes > 1 { palette(class) } else { MUTED };
        let fill = (classes <= 1).then(|| color.mix(WHITE, 0.6));
        scene.path(segments, fill, Some(Stroke::new(color, 1.5)));
    }
}
