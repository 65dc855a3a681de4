//! What a picture is made of: rectangles, lines, circles, texts and small bitmaps, in the order in which they are drawn.

use crate::{color::Color, font::Font};

/// Where a text has its given point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line's colour, width and dashes (empty for none).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) color: Color,
    pub(crate) width: f64,
    pub(crate) dashes: Vec<f64>,
}

/// A part of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Segment {
    Move(f64, f64),
    Line(f64, f64),
    Cubic([f64; 6]),
    Close,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) anchor: Anchor,
    /// Degrees, clockwise.
    pub(crate) rotation: f64,
    pub(crate) color: Color,
    pub(crate) text: String,
}

/// Pixels, row by row, shown as boxes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bitmap {
    pub(crate) columns: usize,
    pub(crate) pixels: Vec<Color>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    Rect { rect: Rect, radius: f64, fill: Option<Color>, stroke: Option<Stroke> },
    Path { segments: Vec<Segment>, fill: Option<Color>, stroke: Option<Stroke> },
    Circle { x: f64, y: f64, radius: f64, fill: Color, opacity: f64, stroke: Option<Stroke> },
    Text(Text),
    Bitmap { rect: Rect, bitmap: Bitmap },
}

/// A place in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rect {
    pub(crate) fn new(x: f64, y: f64, width: f64, height: f64) -> Rect {
        Rect { x, y, width, height }
    }

    pub(crate) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// A picture while it is drawn, on white.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Pixels for each unit of length in PNG files, where nobody says otherwise.
    pub(crate) scale: f64,
    pub(crate) marks: Vec<Mark>,
}

impl Scene {
    /// Sharp on screens of high resolution.
    pub(crate) fn new(width: f64, height: f64) -> Scene {
        Scene { width: width.ceil(), height: height.ceil(), scale: 2.0, marks: Vec::new() }
    }

    pub(crate) fn rect(&mut self, rect: Rect, fill: Color) {
        self.marks.push(Mark::Rect { rect, radius: 0.0, fill: Some(fill), stroke: None });
    }

    pub(crate) fn frame(&mut self, rect: Rect, radius: f64, fill: Option<Color>, stroke: Stroke) {
        self.marks.push(Mark::Rect { rect, radius, fill, stroke: Some(stroke) });
    }

    pub(crate) fn path(&mut self, segments: Vec<Segment>, fill: Option<Color>, stroke: Option<Stroke>) {
        self.marks.push(Mark::Path { segments, fill, stroke });
    }

    /// A line through points; points that are not finite interrupt it.
    pub(crate) fn polyline(&mut self, points: impl IntoIterator<Item = (f64, f64)>, stroke: Stroke) {
        let mut segments = Vec::new();
        let mut pen_is_down = false;
        for (x, y) in points {
            let here = x.is_finite() && y.is_finite();
            match (here, pen_is_down) {
                (true, true) => segments.push(Segment::Line(x, y)),
                (true, false) => segments.push(Segment::Move(x, y)),
                (false, _) => (),
            }
            pen_is_down = here;
        }
        if !segments.is_empty() {
            self.path(segments, None, Some(stroke));
        }
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        self.polyline([from, to], stroke);
    }

    pub(crate) fn dot(&mut self, (x, y): (f64, f64), radius: f64, fill: Color, opacity: f64, stroke: Option<Stroke>) {
        self.marks.push(Mark::Circle { x, y, radius, fill, opacity, stroke });
    }

    pub(crate) fn ring(&mut self, (x, y): (f64, f64), radius: f64, stroke: Stroke) {
        self.frame(Rect::new(x - radius, y - radius, 2.0 * radius, 2.0 * radius), radius, None, stroke);
    }

    pub(crate) fn text(&mut self, (x, y): (f64, f64), text: impl Into<String>, style: Style) {
        let Style { size, bold, anchor, rotation, color } = style;
        self.marks.push(Mark::Text(Text { x, y, size, bold, anchor, rotation, color, text: text.into() }));
    }

    pub(crate) fn bitmap(&mut self, rect: Rect, bitmap: Bitmap) {
        self.marks.push(Mark::Bitmap { rect, bitmap });
    }
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Style {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) anchor: Anchor,
    pub(crate) rotation: f64,
    pub(crate) color: Color,
}

impl Style {
    pub(crate) fn new(size: f64, color: Color) -> Style {
        Style { size, bold: false, anchor: Anchor::Start, rotation: 0.0, color }
    }

    pub(crate) fn bold(self) -> Style {
        Style { bold: true, ..self }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Style {
        Style { anchor, ..self }
    }

    pub(crate) fn rotate(self, degrees: f64) -> Style {
        Style { rotation: degrees, ..self }
    }

    /// The width of a text of this style.
    pub(crate) fn width(&self, text: &str) -> f64 {
        Font::of(self.bold).width(text, self.size)
    }

    /// The beginning of a text that is too wide.
    pub(crate) fn fit(&self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.into();
        }
        let ends = text.char_indices().map(|(i, _)| i).rev();
        let shorter = ends.filter_map(|end| text.get(..end)).map(|start| format!("{}…", start.trim_end()));
        shorter.into_iter().find(|text| self.width(text) <= width).unwrap_or_default()
    }
}

impl Stroke {
    pub(crate) fn new(color: Color, width: f64) -> Stroke {
        Stroke { color, width, dashes: Vec::new() }
    }

    pub(crate) fn dashed(self, dashes: [f64; 2]) -> Stroke {
        Stroke { dashes: dashes.to_vec(), ..self }
    }
}
