//! Colours: those that tell things apart, and scales from little to much.

/// Red, green and blue of 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Color(pub(crate) u8, pub(crate) u8, pub(crate) u8);

pub(crate) const WHITE: Color = Color(255, 255, 255);
pub(crate) const INK: Color = Color(0x1f, 0x24, 0x30);
pub(crate) const MUTED: Color = Color(0x5f, 0x66, 0x73);
pub(crate) const GRID: Color = Color(0xe4, 0xe7, 0xec);
pub(crate) const AXIS: Color = Color(0xb4, 0xba, 0xc4);
pub(crate) const GOOD: Color = Color(0x2a, 0x8f, 0x4c);
pub(crate) const BAD: Color = Color(0xc9, 0x3a, 0x2e);

/// Colours that people tell apart, whatever kind of colour vision they have.
const PALETTE: [Color; 10] = [
    Color(0x42, 0x69, 0xd0),
    Color(0xe0, 0x8a, 0x0b),
    Color(0x3c, 0xa9, 0x51),
    Color(0xe5, 0x4b, 0x4b),
    Color(0xa4, 0x63, 0xf2),
    Color(0x2f, 0xb0, 0xb8),
    Color(0x9c, 0x6b, 0x4e),
    Color(0xe5, 0x6f, 0xae),
    Color(0x7b, 0x87, 0x94),
    Color(0x97, 0xb4, 0x2c),
];

/// Colour number `i`; they repeat.
pub(crate) fn palette(i: usize) -> Color {
    PALETTE[i % PALETTE.len()]
}

impl Color {
    /// `share` of the way to `other`.
    pub(crate) fn mix(self, other: Color, share: f64) -> Color {
        let share = share.clamp(0.0, 1.0);
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Color(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// Whether white text is read better on it than black.
    pub(crate) fn is_dark(self) -> bool {
        0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2) < 140.0
    }

    pub(crate) fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// From white by blue to dark blue for shares of 0 to 1.
pub(crate) fn blues(share: f64) -> Color {
    const STOPS: [Color; 5] =
        [Color(0xf7, 0xfa, 0xff), Color(0xcb, 0xdd, 0xf3), Color(0x7f, 0xae, 0xdf), Color(0x35, 0x74, 0xb8), Color(0x0b, 0x33, 0x6b)];
    let at = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let from = (at as usize).min(STOPS.len() - 2);
    STOPS[from].mix(STOPS[from + 1], at - from as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_get_darker() {
        let lightness = |c: Color| u32::from(c.0) + u32::from(c.1) + u32::from(c.2);
        let steps: Vec<u32> = (0..=20).map(|i| lightness(blues(f64::from(i) / 20.0))).collect();
        assert!(steps.windows(2).all(|pair| pair[0] > pair[1]), "{steps:?}");
        assert_eq!(blues(f64::NAN), blues(f64::NAN));
        assert!(blues(1.0).is_dark() && !blues(0.0).is_dark());
    }
}
