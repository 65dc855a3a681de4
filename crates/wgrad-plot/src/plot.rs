//! Lines and dots over two axes.

use crate::{
    Figure, Numbers,
    chart::{Axes, Key, LABEL, Range, is_shown, legend, title},
    color::{INK, MUTED, palette},
    error::invalid,
    scatter::opacity,
    scene::{Rect, Scene, Stroke, Style},
};
use wgrad_model::Result;

const SIZE: (f64, f64) = (480.0, 300.0);
const LEFT: f64 = 76.0;

/// Lines and dots over two axes. Series are drawn in the order in which they are added, each with a colour and an entry in the legend; one without a name has
/// the colour of the series before, and no entry.
///
/// ```
/// # use wgrad_plot::Plot;
/// let x = [0.0, 1.0, 2.0];
/// let plot = Plot::new("Least squares").axes("x", "y").dots("samples", &x, &[0.1, 0.9, 2.2]).line("fit", &x, &[0.0, 1.0, 2.0]);
/// assert!(plot.draw()?.svg().contains("Least squares"));
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Plot {
    title: String,
    note: String,
    axes: (String, String),
    series: Vec<(String, Kind, Numbers, Numbers)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Line,
    Dashes,
    Dots,
    Rings,
}

impl Plot {
    /// A plot of nothing yet.
    pub fn new(title: &str) -> Plot {
        Plot { title: title.into(), ..Plot::default() }
    }

    /// A line of small text below the title.
    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Plot {
        Plot { note: note.into(), ..self }
    }

    /// What the axes show.
    #[must_use]
    pub fn axes(self, x: &str, y: &str) -> Plot {
        Plot { axes: (x.into(), y.into()), ..self }
    }

    /// A line through the points, interrupted where one is NaN.
    #[must_use]
    pub fn line(self, name: &str, x: impl Into<Numbers>, y: impl Into<Numbers>) -> Plot {
        self.add(name, Kind::Line, x.into(), y.into())
    }

    /// A dashed line.
    #[must_use]
    pub fn dashes(self, name: &str, x: impl Into<Numbers>, y: impl Into<Numbers>) -> Plot {
        self.add(name, Kind::Dashes, x.into(), y.into())
    }

    /// A dot for each point.
    #[must_use]
    pub fn dots(self, name: &str, x: impl Into<Numbers>, y: impl Into<Numbers>) -> Plot {
        self.add(name, Kind::Dots, x.into(), y.into())
    }

    /// A ring around each point.
    #[must_use]
    pub fn rings(self, name: &str, x: impl Into<Numbers>, y: impl Into<Numbers>) -> Plot {
        self.add(name, Kind::Rings, x.into(), y.into())
    }

    fn add(mut self, name: &str, kind: Kind, x: Numbers, y: Numbers) -> Plot {
        self.series.push((name.into(), kind, x, y));
        self
    }

    /// The picture.
    ///
    /// # Errors
    /// No series; other numbers of x and y in one of them; those of evaluating tensors.
    pub fn draw(self) -> Result<Figure> {
        let mut drawn: Vec<Series> = Vec::new();
        for (name, kind, x, y) in self.series {
            let color = drawn.last().map_or(0, |last| last.color + usize::from(!name.is_empty()));
            let (x, y) = (x.get()?, y.get()?);
            if x.len() != y.len() {
                return Err(invalid("plot", format!("there is a y for each x, got {} and {} in \"{name}\"", y.len(), x.len())));
            }
            let is_dot = |(x, y): &(f64, f64)| is_shown(*x) && is_shown(*y);
            let points = x.into_iter().zip(y).map(|point| if is_dot(&point) { point } else { (f64::NAN, f64::NAN) }).collect();
            drawn.push(Series { name, kind, color, points });
        }
        if drawn.is_empty() {
            return Err(invalid("plot", "there is nothing to show"));
        }
        let mut scratch = Scene::new(SIZE.0 + LEFT + 28.0, 0.0);
        title(&mut scratch, (LEFT, 28.0), &self.title);
        scratch.text((LEFT, 47.0), self.note.replace('-', "−"), Style::new(LABEL, MUTED));
        let entries: Vec<_> = drawn.iter().filter(|series| !series.name.is_empty()).map(|s| (s.key(), s.name.clone())).collect();
        let below = if self.note.is_empty() { 50.0 } else { 69.0 };
        let top = legend(&mut scratch, (LEFT, below), LEFT + SIZE.0, &entries) - 6.0;
        let mut scene = Scene::new(scratch.width, top + SIZE.1 + 60.0);
        scene.marks = scratch.marks;
        let points = || drawn.iter().flat_map(|series| &series.points);
        let axes = Axes {
            area: Rect::new(LEFT, top, SIZE.0, SIZE.1),
            x: Range::of(points().map(|point| point.0), 7).padded(0.03),
            y: Range::of(points().map(|point| point.1), 6).padded(0.05),
        };
        axes.draw(&mut scene);
        axes.label(&mut scene, &self.axes.0, &self.axes.1);
        drawn.iter().for_each(|series| series.draw(&mut scene, &axes));
        Ok(Figure(scene))
    }
}

/// A series whose numbers are known; points that are not shown are NaN.
struct Series {
    name: String,
    kind: Kind,
    color: usize,
    points: Vec<(f64, f64)>,
}

impl Series {
    fn stroke(&self) -> Stroke {
        match self.kind {
            Kind::Dashes => Stroke::new(palette(self.color), 2.0).dashed([5.0, 4.0]),
            Kind::Rings => Stroke::new(INK, 1.5),
            Kind::Line | Kind::Dots => Stroke::new(palette(self.color), 2.0),
        }
    }

    fn key(&self) -> Key {
        match self.kind {
            Kind::Line | Kind::Dashes => Key::Line(self.stroke()),
            Kind::Dots => Key::Dot(palette(self.color)),
            Kind::Rings => Key::Ring(self.stroke()),
        }
    }

    fn draw(&self, scene: &mut Scene, axes: &Axes) {
        let places = self.points.iter().map(|(x, y)| axes.at(*x, *y));
        let finite = places.clone().filter(|(x, y)| x.is_finite() && y.is_finite());
        match self.kind {
            Kind::Line | Kind::Dashes => scene.polyline(places, self.stroke()),
            Kind::Dots => finite.for_each(|at| scene.dot(at, 3.0, palette(self.color), opacity(self.points.len()), None)),
            Kind::Rings => finite.for_each(|at| scene.ring(at, 6.0, self.stroke())),
        }
    }
}
