//! The letters: DejaVu Sans, a part of which is built in, so that pictures look the same on machines without fonts.

use std::sync::LazyLock;
use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, OutlineBuilder};

/// The widths of texts and the shapes of their letters.
pub(crate) struct Font(Option<Face<'static>>);

static REGULAR: LazyLock<Font> = LazyLock::new(|| Font::parse(include_bytes!("../fonts/DejaVuSans.ttf")));
static BOLD: LazyLock<Font> = LazyLock::new(|| Font::parse(include_bytes!("../fonts/DejaVuSans-Bold.ttf")));

/// What an SVG asks for: DejaVu Sans where there is one, else its relative Verdana.
pub(crate) const FAMILIES: &str = "DejaVu Sans, Verdana, Geneva, sans-serif";

impl Font {
    fn parse(data: &'static [u8]) -> Font {
        Font(Face::parse(data, 0).ok())
    }

    pub(crate) fn of(bold: bool) -> &'static Font {
        if bold { &BOLD } else { &REGULAR }
    }

    /// The width of `text` in letters of `size`.
    pub(crate) fn width(&self, text: &str, size: f64) -> f64 {
        let Some(face) = &self.0 else { return 0.0 };
        let advance = |c| face.glyph_hor_advance(face.glyph_index(c).unwrap_or_default()).map_or(0.0, f64::from);
        text.chars().map(advance).sum::<f64>() * size / f64::from(face.units_per_em())
    }

    /// The outlines of `text` in letters of `size`, from `(0, 0)` on the base line to the right. Letters that the font does not have are boxes.
    pub(crate) fn outline(&self, text: &str, size: f32) -> Option<Path> {
        let face = self.0.as_ref()?;
        let scale = size / f32::from(face.units_per_em());
        let mut pen = Pen { path: PathBuilder::new(), x: 0.0, scale };
        for c in text.chars() {
            let glyph = face.glyph_index(c).unwrap_or_default();
            face.outline_glyph(glyph, &mut pen);
            pen.x += face.glyph_hor_advance(glyph).map_or(0.0, f32::from) * scale;
        }
        pen.path.finish()
    }
}

struct Pen {
    path: PathBuilder,
    x: f32,
    scale: f32,
}

impl Pen {
    /// Fonts count upwards, pictures downwards.
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }
    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_are_there() {
        for bold in [false, true] {
            let font = Font::of(bold);
            assert!(font.0.is_some());
            let (narrow, wide) = (font.width("iii", 10.0), font.width("WWW", 10.0));
            assert!(0.0 < narrow && narrow < wide);
            assert!(font.outline("a", 10.0).is_some());
            // What the pictures write; the box of a missing letter would be glyph 0.
            assert!("(None, 28) → ä×−…·±≤∞".chars().all(|c| font.0.as_ref().and_then(|face| face.glyph_index(c)).is_some()));
        }
    }
}
