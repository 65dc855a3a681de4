//! Axes: ranges with round numbers, a grid, labels, and legends.

use crate::{
    color::{AXIS, Color, GRID, INK, MUTED},
    scene::{Anchor, Rect, Scene, Stroke, Style},
};

/// Sizes of letters.
pub(crate) const TITLE: f64 = 15.0;
pub(crate) const LABEL: f64 = 12.0;
pub(crate) const SMALL: f64 = 11.0;

/// Numbers of other sizes are not shown, or not told from 0.
const SMALLEST: f64 = 1e-100;
const LARGEST: f64 = 1e100;

/// Whether a number has a place in a picture: NaN and numbers without end or measure have none.
pub(crate) fn is_shown(value: f64) -> bool {
    value.abs() < LARGEST
}

/// A range of numbers and the round ones among them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) min: f64,
    pub(crate) max: f64,
    step: f64,
}

impl Range {
    /// A range that holds those of `values` that are shown, with about `ticks` round numbers; of 0 to 1 where there are none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>, ticks: usize) -> Range {
        let finite = values.into_iter().filter(|value| is_shown(*value));
        let (min, max) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| (min.min(value), max.max(value)));
        Range::between(min, max, ticks)
    }

    /// From `min` to `max`, or around them where they are nearly the same.
    pub(crate) fn between(min: f64, max: f64, ticks: usize) -> Range {
        let (min, max) = if min <= max { (min, max) } else { (0.0, 1.0) };
        // f64 tells numbers apart that differ by a 2^-52nd.
        let least = (min.abs().max(max.abs()) * 1e-9).max(SMALLEST);
        let (min, max) = if max - min < least {
            let around = if min.abs() <= SMALLEST { 1.0 } else { min.abs() * 0.1 };
            (min - around, max + around)
        } else {
            (min, max)
        };
        Range { min, max, step: round_step((max - min) / ticks.max(1) as f64) }
    }

    /// With whole numbers only.
    pub(crate) fn whole(self) -> Range {
        Range { step: self.step.max(1.0).ceil(), ..self }
    }

    /// Wider, by a share of its length on both sides.
    pub(crate) fn padded(self, share: f64) -> Range {
        let more = (self.max - self.min) * share;
        Range { min: self.min - more, max: self.max + more, step: self.step }
    }

    /// Wider, so that it begins and ends with round numbers.
    pub(crate) fn rounded(self) -> Range {
        let whole = |value: f64| value * self.step;
        Range { min: whole((self.min / self.step + 1e-9).floor()), max: whole((self.max / self.step - 1e-9).ceil()), step: self.step }
    }

    /// The round numbers in it.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let first = (self.min / self.step - 1e-6).ceil();
        let last = (self.max / self.step + 1e-6).floor();
        let count = (last - first).clamp(0.0, 100.0) as usize;
        // -0 is 0.
        (0..=count).map(|i| (first + i as f64) * self.step + 0.0).collect()
    }

    /// A number as text, with as many digits as tell the ticks apart.
    pub(crate) fn show(&self, value: f64) -> String {
        let size = self.min.abs().max(self.max.abs());
        if !(1e-4..1e6).contains(&size) && size != 0.0 {
            let digits = (size.log10().floor() - self.step.log10().floor()).clamp(0.0, 6.0) as usize;
            return if value == 0.0 { "0".into() } else { format!("{value:.digits$e}").replace('-', "−") };
        }
        let digits = (-(self.step * 1.000_001).log10().floor()).clamp(0.0, 9.0) as usize;
        format!("{value:.digits$}").replace('-', "−")
    }

    /// Where a number is, as a share of the range.
    fn share(&self, value: f64) -> f64 {
        (value - self.min) / (self.max - self.min)
    }
}

/// 1, 2 or 5 times a power of ten, at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= step * 0.999).unwrap_or(10.0);
    factor * power
}

/// Two axes around a rectangle of the picture.
#[derive(Clone, Debug)]
pub(crate) struct Axes {
    pub(crate) area: Rect,
    pub(crate) x: Range,
    pub(crate) y: Range,
}

impl Axes {
    pub(crate) fn at_x(&self, value: f64) -> f64 {
        self.area.x + self.x.share(value) * self.area.width
    }

    pub(crate) fn at_y(&self, value: f64) -> f64 {
        self.area.bottom() - self.y.share(value) * self.area.height
    }

    pub(crate) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.at_x(x), self.at_y(y))
    }

    /// The grid, the axes and their numbers.
    pub(crate) fn draw(&self, scene: &mut Scene) {
        self.draw_grid(scene);
        self.draw_x_numbers(scene);
        self.draw_y_numbers(scene);
    }

    pub(crate) fn draw_grid(&self, scene: &mut Scene) {
        let Rect { x, y, .. } = self.area;
        for tick in self.y.ticks() {
            let at = self.at_y(tick);
            scene.line((x, at), (self.area.right(), at), Stroke::new(GRID, 1.0));
        }
        for tick in self.x.ticks() {
            let at = self.at_x(tick);
            scene.line((at, y), (at, self.area.bottom()), Stroke::new(GRID, 1.0));
        }
        scene.line((x, self.area.bottom()), (self.area.right(), self.area.bottom()), Stroke::new(AXIS, 1.0));
    }

    pub(crate) fn draw_x_numbers(&self, scene: &mut Scene) {
        for tick in self.x.ticks() {
            let style = Style::new(SMALL, MUTED).anchor(Anchor::Middle);
            scene.text((self.at_x(tick), self.area.bottom() + 16.0), self.x.show(tick), style);
        }
    }

    pub(crate) fn draw_y_numbers(&self, scene: &mut Scene) {
        for tick in self.y.ticks() {
            let style = Style::new(SMALL, MUTED).anchor(Anchor::End);
            scene.text((self.area.x - 8.0, self.at_y(tick) + 4.0), self.y.show(tick), style);
        }
    }

    /// What the axes show.
    pub(crate) fn label(&self, scene: &mut Scene, x: &str, y: &str) {
        let style = Style::new(LABEL, MUTED).anchor(Anchor::Middle);
        let middle = (self.area.x + self.area.width / 2.0, self.area.y + self.area.height / 2.0);
        scene.text((middle.0, self.area.bottom() + 36.0), x, style);
        let numbers = self.y.ticks().into_iter().map(|tick| Style::new(SMALL, MUTED).width(&self.y.show(tick))).fold(0.0, f64::max);
        scene.text((self.area.x - numbers - 20.0, middle.1), y, style.rotate(-90.0));
    }
}

/// The title of a picture.
pub(crate) fn title(scene: &mut Scene, at: (f64, f64), text: &str) {
    scene.text(at, text, Style::new(TITLE, INK).bold());
}

/// How an entry of a legend looks.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    Line(Stroke),
    Dot(Color),
    Ring(Stroke),
}

/// Entries beside each other from `x` on, in further lines where they pass `right`; the line after the last.
pub(crate) fn legend(scene: &mut Scene, (x, mut y): (f64, f64), right: f64, entries: &[(Key, String)]) -> f64 {
    const LINE: f64 = 20.0;
    let style = Style::new(LABEL, INK);
    let mut at = x;
    for (key, text) in entries {
        let (sign, text) = (if matches!(key, Key::Line(_)) { 24.0 } else { 10.0 }, style.fit(text, right - x - 40.0));
        let width = sign + 6.0 + style.width(&text) + 20.0;
        if at > x && at + width - 20.0 > right {
            (at, y) = (x, y + LINE);
        }
        match key {
            Key::Line(stroke) => scene.line((at, y - 4.0), (at + sign, y - 4.0), stroke.clone()),
            Key::Dot(color) => scene.dot((at + 5.0, y - 4.0), 5.0, *color, 1.0, None),
            Key::Ring(stroke) => scene.ring((at + 5.0, y - 4.0), 5.0, stroke.clone()),
        }
        scene.text((at + sign + 6.0, y), text, style);
        at += width;
    }
    if entries.is_empty() { y } else { y + LINE }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: &[f64]) -> Vec<String> {
        let range = Range::of(values.iter().copied(), 5);
        range.ticks().into_iter().map(|tick| range.show(tick)).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(&[0.0, 1.0]), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(ticks(&[-3.0, 17.0]), ["0", "5", "10", "15"]);
        assert_eq!(ticks(&[0.0, 4e-7]), ["0", "1e−7", "2e−7", "3e−7", "4e−7"]);
        assert_eq!(ticks(&[f64::NAN, 2.0, f64::INFINITY]), ["1.8", "1.9", "2.0", "2.1", "2.2"]);
        assert_eq!(Range::of([0.0, 3.0], 10).whole().ticks(), [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn no_range_has_no_or_endless_ticks() {
        for values in [&[][..], &[0.0], &[1e300, -1e300], &[1.0, 1.0 + 1e-15], &[f64::MIN_POSITIVE, 0.0], &[-9e99, 9e99], &[5e-324]] {
            let range = Range::of(values.iter().copied(), 5);
            let ticks = range.ticks();
            assert!(ticks.len() >= 2 && ticks.len() < 20, "{values:?}: {ticks:?}");
            assert!(ticks.iter().all(|tick| tick.is_finite()));
            let (rounded, near) = (range.clone().rounded(), (range.max - range.min) * 1e-6);
            assert!(rounded.min <= range.min + near && range.max - near <= rounded.max, "{values:?}");
        }
    }
}
