//! Tables of text with the borders and the column widths of Keras' summaries (which are Rich's tables).

/// How the text of a column is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
    Center,
}

/// A column: its title, its alignment, and where it ends as a share of the line.
pub(crate) type Column = (&'static str, Align, f64);

/// The table with lines of `length` characters at most.
pub(crate) fn render(columns: &[Column], rows: &[Vec<String>], length: usize) -> String {
    let widths = widths(columns, length);
    let aligns: Vec<Align> = columns.iter().map(|c| c.1).collect();
    let titles: Vec<String> = columns.iter().map(|c| c.0.to_string()).collect();
    let mut out = rule(&widths, ["┏", "━", "┳", "┓"]);
    out += &cells(&titles, &aligns, &widths, "┃");
    out += &rule(&widths, ["┡", "━", "╇", "┩"]);
    for (i, row) in rows.iter().enumerate() {
        if i > 0 {
            out += &rule(&widths, ["├", "─", "┼", "┤"]);
        }
        out += &cells(row, &aligns, &widths, "│");
    }
    out + &rule(&widths, ["└", "─", "┴", "┘"])
}

/// Widths with one space on both sides of the text. Keras asks for columns that, with spaces and borders, are too wide for the line; Rich
/// takes the excess away evenly, rounding half to even.
fn widths(columns: &[Column], length: usize) -> Vec<usize> {
    let mut asked = Vec::new();
    let mut start = 0;
    for (_, _, end) in columns {
        let end = (end * length as f64) as usize;
        asked.push(end.saturating_sub(start) + 2);
        start = end;
    }
    let available = length.saturating_sub(columns.len() + 1);
    let mut excess = asked.iter().sum::<usize>().saturating_sub(available);
    let count = asked.len();
    let shrink = |(i, width): (usize, usize)| {
        let share = (excess as f64 / (count - i) as f64).round_ties_even() as usize;
        excess -= share.min(width);
        (width - share.min(width)).max(3)
    };
    asked.into_iter().enumerate().map(shrink).collect()
}

fn rule(widths: &[usize], [left, line, cross, right]: [&str; 4]) -> String {
    let lines: Vec<String> = widths.iter().map(|w| line.repeat(*w)).collect();
    format!("{left}{}{right}\n", lines.join(cross))
}

fn cells(texts: &[String], aligns: &[Align], widths: &[usize], bar: &str) -> String {
    let wrapped: Vec<Vec<String>> = texts.iter().zip(widths).map(|(text, width)| wrap(text, width.saturating_sub(2).max(1))).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = String::new();
    for line in 0..height {
        out += bar;
        for ((lines, align), width) in wrapped.iter().zip(aligns).zip(widths) {
            let (text, width) = (lines.get(line).map_or("", String::as_str), width.saturating_sub(2));
            match align {
                Align::Left => out += &format!(" {text:<width$} "),
                Align::Right => out += &format!(" {text:>width$} "),
                Align::Center => out += &format!(" {text:^width$} "),
            }
            out += bar;
        }
        out.push('\n');
    }
    out
}

/// Lines of at most `width` characters, broken between words; of a word that is longer the beginning and an ellipsis are shown.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let word = if word.chars().count() > width { word.chars().take(width - 1).chain(['…']).collect() } else { word.to_string() };
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => *line += &format!(" {word}"),
            Some(_) | None => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped() {
        assert_eq!(wrap("batch_normalization (BatchNormalization)", 33), ["batch_normalization", "(BatchNormalization)"]);
        assert_eq!(wrap("abcdef gh", 4), ["abc…", "gh"]);
        assert_eq!(wrap("a b", 3), ["a b"]);
    }

    #[test]
    fn widths_of_keras() {
        let three = [("", Align::Left, 0.45), ("", Align::Left, 0.80), ("", Align::Left, 1.0)];
        assert_eq!(widths(&three, 80), [35, 26, 15]);
        let four = [("", Align::Left, 0.3), ("", Align::Left, 0.56), ("", Align::Left, 0.74), ("", Align::Left, 1.0)];
        assert_eq!(widths(&four, 80), [23, 19, 13, 20]);
    }
}
