//! Curves of Braille dots: two columns and four rows of dots in each character.

use super::Color;

/// A rectangle of characters.
pub(super) struct Canvas {
    columns: usize,
    rows: usize,
    /// The dots of each character, and the colour of the last one.
    cells: Vec<(u8, Color)>,
}

impl Canvas {
    pub(super) fn new(columns: usize, rows: usize) -> Canvas {
        Canvas { columns, rows, cells: vec![(0, Color::Plain); columns * rows] }
    }

    /// Dots from left to right and from top to bottom.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.columns * 2, self.rows * 4)
    }

    fn dot(&mut self, x: usize, y: usize, color: Color) {
        // The bits of the Unicode block count down the left column, then the right, then along the last row.
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        if x / 2 < self.columns && y / 4 < self.rows {
            let cell = &mut self.cells[y / 4 * self.columns + x / 2];
            *cell = (cell.0 | BITS[y % 4][x % 2], color);
        }
    }

    /// A line through points given as shares of width and height, from the lower left.
    pub(super) fn curve(&mut self, points: impl IntoIterator<Item = (f64, f64)>, color: Color) {
        let (width, height) = self.size();
        let place = |(x, y): (f64, f64)| {
            let at = |share: f64, size: usize| (share.clamp(0.0, 1.0) * size.saturating_sub(1) as f64).round();
            (at(x, width), at(1.0 - y, height))
        };
        let mut last = None;
        for point in points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()).map(place) {
            let from = last.replace(point).unwrap_or(point);
            let steps = (point.0 - from.0).abs().max((point.1 - from.1).abs()).max(1.0);
            for step in 0..=steps as usize {
                let share = step as f64 / steps;
                let at = |a: f64, b: f64| (a + (b - a) * share).round() as usize;
                self.dot(at(from.0, point.0), at(from.1, point.1), color);
            }
        }
    }

    /// The characters of a row.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (char, Color)> {
        let cells = self.cells.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default();
        cells.iter().map(|(dots, color)| (char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' '), *color))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(points: &[(f64, f64)]) -> Vec<String> {
        let mut canvas = Canvas::new(4, 2);
        canvas.curve(points.iter().copied(), Color::Training);
        (0..2).map(|row| canvas.row(row).map(|(c, _)| c).collect()).collect()
    }

    #[test]
    fn lines_go_from_point_to_point() {
        assert_eq!(drawn(&[(0.0, 0.0), (1.0, 1.0)]), ["⠀⠀⡠⠊", "⡠⠊⠀⠀"]);
        assert_eq!(drawn(&[(0.0, 1.0), (1.0, 1.0)]), ["⠉⠉⠉⠉", "⠀⠀⠀⠀"]);
        assert_eq!(drawn(&[(0.0, 0.0)]), ["⠀⠀⠀⠀", "⡀⠀⠀⠀"]);
        assert_eq!(drawn(&[(f64::NAN, 0.0), (9.0, -9.0)]), ["⠀⠀⠀⠀", "⠀⠀⠀⢀"]);
    }
}
