//! Tables in texts of comma-separated values.

use super::{Column, Table};
use crate::{Error, Result, file::gunzip};
use std::{fmt, fs, path::Path};

/// What stands for a missing value, as in pandas.
const MISSING: [&str; 18] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None",
    "n/a", "nan",
];

/// No packed file unpacks to more.
const MAX_UNPACKED: u64 = 1 << 30;

/// How a text is read. The default: commas, a line of names, `"` around fields that hold separators, pandas' words for missing values (`NA`, `NaN`,
/// nothing at all, ...).
///
/// ```
/// let text = "# cars\nhp;name\n130;\"ford; torino\"\n?;vw\n";
/// let (table, report) = wgrad_data::Csv::new().separator(';').comment('#').missing(["?"]).parse(text.as_bytes(), "cars")?;
/// assert_eq!(table.numbers("hp")?[0], 130.0);
/// assert_eq!(report.to_string(), "hp: floats, 1 missing\nname: texts (\"ford; torino\" on line 3)");
/// # Ok::<(), wgrad_data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Csv {
    separator: char,
    comment: Option<char>,
    names: Option<Vec<String>>,
    missing: Vec<String>,
}

/// What was found in the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvReport {
    /// One for each column.
    pub columns: Vec<ColumnReport>,
}

/// What was found in one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// What it holds: `floats`, `ints`, `texts` or `bools`.
    pub kind: &'static str,
    /// How many values are missing.
    pub missing: usize,
    /// The first field that is no whole number (of floats) or no number (of texts), and its line.
    pub because: Option<(String, u64)>,
}

impl Default for Csv {
    fn default() -> Csv {
        Csv { separator: ',', comment: None, names: None, missing: MISSING.map(String::from).to_vec() }
    }
}

impl Csv {
    /// The default.
    pub fn new() -> Csv {
        Csv::default()
    }

    /// What is between fields: one ASCII character.
    #[must_use]
    pub fn separator(mut self, separator: char) -> Csv {
        self.separator = separator;
        self
    }

    /// Lines that begin with this ASCII character are skipped.
    #[must_use]
    pub fn comment(mut self, comment: char) -> Csv {
        self.comment = Some(comment);
        self
    }

    /// The names of the columns, for files without a line of names.
    #[must_use]
    pub fn names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Csv {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Further words for missing values.
    #[must_use]
    pub fn missing<N: Into<String>>(mut self, words: impl IntoIterator<Item = N>) -> Csv {
        self.missing.extend(words.into_iter().map(Into::into));
        self
    }

    /// Reads a file; one whose name ends in `.gz` is unpacked.
    ///
    /// # Errors
    /// A file that cannot be read; a line with another number of fields than the first, or that is no UTF-8; two columns of one name.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<(Table, CsvReport)> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let bytes = fs::read(path).map_err(|source| Error::Io { file: file.clone(), source })?;
        let packed = path.extension().is_some_and(|ending| ending == "gz");
        self.parse(&if packed { gunzip(&bytes[..], MAX_UNPACKED, &file)? } else { bytes }, &file)
    }

    /// Reads the bytes of a file, which errors call `file`.
    ///
    /// # Errors
    /// As [`Csv::read`].
    pub fn parse(&self, bytes: &[u8], file: &str) -> Result<(Table, CsvReport)> {
        let format = |rule: String| Error::Format { file: file.into(), rule };
        let ascii = |c: char| u8::try_from(c).ok().filter(u8::is_ascii).ok_or_else(|| format(format!("{c:?} is not an ASCII character")));
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).delimiter(ascii(self.separator)?).comment(self.comment.map(ascii).transpose()?);
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut names = self.names.clone();
        let mut records = Vec::new();
        for record in reader.from_reader(bytes).into_byte_records() {
            let record = record.map_err(|e| format(e.to_string()))?;
            let line = record.position().map_or(0, |begin| self.line(bytes, begin));
            let text = |e: csv::FromUtf8Error| format(format!("line {line}: field {} is not UTF-8", e.utf8_error().field() + 1));
            let record = csv::StringRecord::from_byte_record(record).map_err(text)?;
            let Some(names) = &names else {
                names = Some(record.iter().map(String::from).collect());
                continue;
            };
            if record.len() != names.len() {
                return Err(format(format!("line {line}: it has {} fields, there are {} columns", record.len(), names.len())));
            }
            records.push((line, record));
        }
        let names = names.ok_or_else(|| format("it has no line of names".into()))?;
        let (columns, reports): (Vec<_>, Vec<_>) = names.into_iter().enumerate().map(|(i, name)| self.column(name, i, &records)).unzip();
        let table = Table::new(columns).map_err(|error| format(error.to_string()))?;
        Ok((Table { rows: records.len(), ..table }, CsvReport { columns: reports }))
    }

    /// The line of a record that the reader looked for from `begin` on: blank lines and comments may come before it.
    fn line(&self, bytes: &[u8], begin: &csv::Position) -> u64 {
        let mut line = begin.line();
        let mut rest = usize::try_from(begin.byte()).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        loop {
            let is_comment = rest.first().is_some_and(|&first| self.comment.is_some_and(|comment| comment == char::from(first)));
            let skipped = rest.iter().take_while(|&&byte| if is_comment { byte != b'\n' } else { byte == b'\r' }).count();
            let Some(next) = rest.get(skipped..).and_then(|rest| rest.strip_prefix(b"\n")) else { return line };
            (rest, line) = (next, line + 1);
        }
    }

    /// The narrowest kind that every field of a column has; whole numbers with missing values are floats, as in pandas.
    fn column(&self, name: String, i: usize, records: &[(u64, csv::StringRecord)]) -> ((String, Column), ColumnReport) {
        let field = |record: &csv::StringRecord| record.get(i).unwrap_or_default().to_string();
        let is_missing = |field: &str| self.missing.iter().any(|word| word == field.trim());
        let fields: Vec<Option<String>> =
            records.iter().map(|(_, record)| Some(field(record)).filter(|field| !is_missing(field))).collect();
        let missing = fields.iter().filter(|field| field.is_none()).count();
        let ints = parse(&fields, |text| text.parse::<i64>().ok());
        let floats = parse(&fields, |text| text.parse::<f64>().ok());
        let bools = parse(&fields, |text| match text {
            "True" | "TRUE" | "true" => Some(true),
            "False" | "FALSE" | "false" => Some(false),
            _ => None,
        });
        let because = |row: &usize| Some((fields.get(*row)?.clone()?, records.get(*row)?.0));
        let (column, because) = match (ints, floats, bools) {
            (Ok(ints), ..) if missing == 0 && !ints.is_empty() => (Column::Int(ints), None),
            (ints, Ok(floats), _) => (Column::Float(floats), ints.err().as_ref().and_then(because)),
            (_, _, Ok(bools)) => (Column::Bool(bools), None),
            (_, Err(row), _) => (Column::Text(fields.clone()), because(&row)),
        };
        let report = ColumnReport { name: name.clone(), kind: column.kind(), missing, because };
        ((name, column), report)
    }
}

/// The fields as `f` reads them, or the row of the first that it cannot.
fn parse<T>(fields: &[Option<String>], f: impl Fn(&str) -> Option<T>) -> Result<Vec<Option<T>>, usize> {
    let field = |(row, field): (usize, &Option<String>)| field.as_deref().map(|text| f(text.trim()).ok_or(row)).transpose();
    fields.iter().enumerate().map(field).collect()
}

impl Table {
    /// The table in a file of comma-separated values; [`Csv`] reads others.
    ///
    /// # Errors
    /// Those of [`Csv::read`].
    pub fn read_csv(path: impl AsRef<Path>) -> Result<Table> {
        Ok(Csv::new().read(path)?.0)
    }

    /// The table in a text of comma-separated values.
    ///
    /// # Errors
    /// Those of [`Csv::parse`].
    pub fn parse_csv(text: &str) -> Result<Table> {
        Ok(Csv::new().parse(text.as_bytes(), "the text")?.0)
    }

    /// The table as a text of comma-separated values, with a line of names; missing values are empty fields.
    pub fn to_csv(&self) -> String {
        let field = |text: &str| {
            let quoted = text.contains([',', '"', '\n', '\r']) || (text.is_empty() && self.columns.len() == 1);
            if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_string() }
        };
        let value = |value: super::Value<'_>| if value == super::Value::Missing { String::new() } else { value.to_string() };
        let names: Vec<String> = self.names().map(field).collect();
        let line = |row: usize| self.columns().map(|(_, column)| field(&value(column.get(row)))).collect::<Vec<_>>().join(",") + "\n";
        names.join(",") + "\n" + &(0..self.rows).map(line).collect::<String>()
    }

    /// Writes [`Table::to_csv`] to a file.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        fs::write(path, self.to_csv()).map_err(|source| Error::Io { file: path.display().to_string(), source })
    }
}

/// A line for each column.
impl fmt::Display for CsvReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, column) in self.columns.iter().enumerate() {
            write!(f, "{}{}: {}", if i > 0 { "\n" } else { "" }, column.name, column.kind)?;
            if column.missing > 0 {
                write!(f, ", {} missing", column.missing)?;
            }
            if let Some((field, line)) = &column.because {
                write!(f, " ({field:?} on line {line})")?;
            }
        }
        Ok(())
    }
}
