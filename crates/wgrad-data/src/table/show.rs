//! Tables as pandas prints them.

use super::{Column, Table, Value};
use std::fmt;

/// Longer tables are cut to their first and last five rows.
const MAX_ROWS: usize = 60;
const SHOWN: usize = 5;
/// Longer texts are cut; with the space before them there are 50 characters.
const MAX_TEXT: usize = 49;
/// Digits behind the point.
const PRECISION: usize = 6;

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows <= MAX_ROWS {
            let index: Vec<String> = (0..self.rows).map(|row| row.to_string()).collect();
            return write(f, &index, &self.columns);
        }
        let rows: Vec<usize> = (0..SHOWN).chain(self.rows - SHOWN..self.rows).collect();
        let index: Vec<String> = rows.iter().map(ToString::to_string).collect();
        let mut texts = layout(&index, &self.rows(&rows).columns);
        for (i, column) in texts.iter_mut().enumerate() {
            let width = column.first().map_or(0, |text| text.chars().count());
            let dots = if width > 3 { "..." } else { ".." };
            column.insert(SHOWN + 1, pad(dots, width, i == 0));
        }
        lines(f, &texts)?;
        write!(f, "\n\n[{} rows x {} columns]", self.rows, self.columns.len())
    }
}

/// Columns with an index before them and their names above.
pub(super) fn write(f: &mut fmt::Formatter<'_>, index: &[String], columns: &[(String, Column)]) -> fmt::Result {
    lines(f, &layout(index, columns))
}

fn lines(f: &mut fmt::Formatter<'_>, columns: &[Vec<String>]) -> fmt::Result {
    let height = columns.first().map_or(0, Vec::len);
    for row in 0..height {
        let cells: Vec<&str> = columns.iter().filter_map(|column| column.get(row)).map(String::as_str).collect();
        write!(f, "{}{}", if row > 0 { "\n" } else { "" }, cells.join(" "))?;
    }
    Ok(())
}

/// Each column as texts of equal width, the name first; the first column is the index.
fn layout(index: &[String], columns: &[(String, Column)]) -> Vec<Vec<String>> {
    let width = |texts: &[String]| texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let index: Vec<String> = std::iter::once(String::new()).chain(index.iter().cloned()).collect();
    let first = index.iter().map(|text| pad(text, width(&index), true)).collect();
    let column = |(name, column): &(String, Column)| {
        // There is room for a sign before numbers, and so before everything but the names of columns of texts.
        let name = if matches!(column, Column::Text(_)) { on_one_line(name) } else { format!(" {}", on_one_line(name)) };
        let texts: Vec<String> = std::iter::once(name).chain(cells(column)).collect();
        let width = width(&texts);
        texts.iter().map(|text| pad(text, width, false)).collect()
    };
    std::iter::once(first).chain(columns.iter().map(column)).collect()
}

/// A text filled up to `width` characters; `format!` panics beyond 65,535 of them, and names of columns may be longer.
fn pad(text: &str, width: usize, left: bool) -> String {
    let spaces = " ".repeat(width.saturating_sub(text.chars().count()));
    if left { format!("{text}{spaces}") } else { format!("{spaces}{text}") }
}

fn cells(column: &Column) -> Vec<String> {
    if let Column::Float(values) = column {
        return floats(values);
    }
    let text = |value: Value<'_>| match value {
        Value::Int(number) => format!("{}{number}", if number < 0 { "" } else { " " }),
        other => {
            let text = on_one_line(&other.to_string());
            let cut = text.chars().count() > MAX_TEXT;
            if cut { format!(" {}...", text.chars().take(MAX_TEXT - 3).collect::<String>()) } else { format!(" {text}") }
        }
    };
    column.iter().map(text).collect()
}

/// A row is a line, whatever its texts hold.
fn on_one_line(text: &str) -> String {
    text.replace('\t', "\\t").replace('\r', "\\r").replace('\n', "\\n")
}

/// Numbers with as many digits behind the point as the longest needs, at most six; very small ones make all of them scientific.
fn floats(values: &[Option<f64>]) -> Vec<String> {
    if values.iter().flatten().all(|number| number.is_nan()) {
        // There is no sign to make room for.
        return vec!["NaN".into(); values.len()];
    }
    let write = |form: &dyn Fn(f64) -> String| -> Vec<String> {
        let text = |value: &Option<f64>| match value.filter(|number| !number.is_nan()) {
            None => " NaN".into(),
            Some(number) => format!("{}{}", if number.is_sign_negative() { "" } else { " " }, form(number)),
        };
        values.iter().map(text).collect()
    };
    let fixed = write(&|number| format!("{number:.PRECISION$}"));
    let sizes = || values.iter().flatten().map(|number| number.abs());
    let too_long = fixed.iter().any(|text| text.chars().count() > PRECISION + 6);
    let small = sizes().any(|size| size > 0.0 && size < 10f64.powi(-(PRECISION as i32)));
    if small || (too_long && sizes().any(|size| size > 1e6)) {
        return write(&scientific);
    }
    let is_number = |text: &str| text.ends_with(|c: char| c.is_ascii_digit());
    let spare = |text: &str| text.len() - text.trim_end_matches('0').len();
    let cut = fixed.iter().filter(|text| is_number(text)).map(|text| spare(text)).min().unwrap_or(0).min(PRECISION - 1);
    fixed.into_iter().map(|text| if is_number(&text) { text[..text.len() - cut].to_string() } else { text }).collect()
}

/// `1.234500e+03`
fn scientific(number: f64) -> String {
    let text = format!("{number:.PRECISION$e}");
    // An infinity has no exponent.
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}
