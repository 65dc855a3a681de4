//! Tables in texts of comma-separated values.

use super::{Column, Table, repeated};
use crate::{Error, Result, file::gunzip};
use std::{fmt, fs, io::Read as _, path::Path};

/// What stands for a missing value, as in pandas.
const MISSING: [&str; 19] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None",
    "n/a", "nan", "null",
];

/// No packed file unpacks to more.
const MAX_UNPACKED: u64 = 1 << 28;

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

/// The fields of records of one width, in one text: a text for each field would take many times its length.
#[derive(Default)]
struct Records {
    text: String,
    /// Where each field ends.
    ends: Vec<usize>,
    /// The lines on which the records begin.
    lines: Vec<u64>,
}

impl Records {
    fn push(&mut self, line: u64, fields: &[&str]) {
        for field in fields {
            self.text.push_str(field);
            self.ends.push(self.text.len());
        }
        self.lines.push(line);
    }

    /// The fields number `i` of all records.
    fn column(&self, i: usize) -> impl Iterator<Item = &str> {
        let width = self.ends.len().checked_div(self.lines.len()).unwrap_or(0);
        (0..self.lines.len()).map(move |row| {
            let at = row * width + i;
            let begin = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
            self.ends.get(at).and_then(|&end| self.text.get(begin..end)).unwrap_or_default()
        })
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

    /// Further words for missing values. Spaces around words and fields do not count.
    #[must_use]
    pub fn missing<N: Into<String>>(mut self, words: impl IntoIterator<Item = N>) -> Csv {
        self.missing.extend(words.into_iter().map(|word| word.into().trim().to_string()));
        self
    }

    /// Reads a file; one whose name ends in `.gz` is unpacked.
    ///
    /// # Errors
    /// A file that cannot be read; a line with another number of fields than the first, or that is no UTF-8; a quote that is not closed; two
    /// columns of one name.
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
        if matches!(self.separator, '"' | '\r' | '\n') {
            return Err(format(format!("{:?} quotes fields or ends lines and cannot separate fields", self.separator)));
        }
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(ascii(self.separator)?).comment(self.comment.map(ascii).transpose()?);
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        // Only an open quote takes the second of two more ends of lines into its record.
        let mut reader = builder.from_reader(bytes.chain(&b"\n\n"[..]));
        let mut names = self.names.clone();
        let mut records = Records::default();
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(|e| format(e.to_string()))? {
            let line = record.position().map_or(0, |begin| self.line(bytes, begin));
            let at_line = |rule: String| format(format!("line {line}: {rule}"));
            if reader.position().byte() > bytes.len() as u64 + 1 {
                return Err(at_line("a quote is not closed".into()));
            }
            let text = |(i, field)| std::str::from_utf8(field).map_err(|_| at_line(format!("field {} is not UTF-8", i + 1)));
            let fields = record.iter().enumerate().map(text).collect::<Result<Vec<&str>>>()?;
            // As pandas, which skips a line of spaces; in a table of one column it may be a text.
            if matches!(fields[..], [blank] if !blank.is_empty() && blank.trim().is_empty())
                && names.as_ref().is_none_or(|names| names.len() > 1)
            {
                continue;
            }
            let Some(names) = &names else {
                if let Some(name) = repeated(fields.iter().copied()) {
                    return Err(at_line(format!("there are two columns {name:?}")));
                }
                names = Some(fields.into_iter().map(String::from).collect());
                continue;
            };
            if fields.len() != names.len() {
                return Err(at_line(format!("it has {} fields, there are {} columns", fields.len(), names.len())));
            }
            records.push(line, &fields);
        }
        let names = names.ok_or_else(|| format("it has no line of names".into()))?;
        let (columns, reports): (Vec<_>, Vec<_>) = names.into_iter().enumerate().map(|(i, name)| self.column(name, i, &records)).unzip();
        let table = Table::new(columns).map_err(|error| format(error.to_string()))?;
        Ok((Table { rows: records.lines.len(), ..table }, CsvReport { columns: reports }))
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
    fn column(&self, name: String, i: usize, records: &Records) -> ((String, Column), ColumnReport) {
        let is_missing = |field: &str| self.missing.iter().any(|word| word == field.trim());
        let fields: Vec<Option<&str>> = records.column(i).map(|field| Some(field).filter(|field| !is_missing(field))).collect();
        let whole = fields.iter().all(Option::is_some);
        let ints = parse(&fields, |text| text.parse::<i64>().ok());
        let floats = parse(&fields, |text| text.parse::<f64>().ok());
        let bools = parse(&fields, |text| match text {
            "True" | "TRUE" | "true" => Some(true),
            "False" | "FALSE" | "false" => Some(false),
            _ => None,
        });
        let because = |row: &usize| Some((fields.get(*row).copied()??.to_string(), *records.lines.get(*row)?));
        let (column, because) = match (ints, floats, bools) {
            (Ok(ints), ..) if whole && !ints.is_empty() => (Column::Int(ints), None),
            (ints, Ok(floats), _) => (Column::Float(floats), ints.err().as_ref().and_then(because)),
            (_, _, Ok(bools)) => (Column::Bool(bools), None),
            (_, Err(row), _) => (Column::Text(fields.iter().map(|field| field.map(String::from)).collect()), because(&row)),
        };
        let missing = column.missing();
        let report = ColumnReport { name: name.clone(), kind: column.kind(), missing, because };
        ((name, column), report)
    }
}

/// The fields as `f` reads them, or the row of the first that it cannot.
fn parse<T>(fields: &[Option<&str>], f: impl Fn(&str) -> Option<T>) -> Result<Vec<Option<T>>, usize> {
    let field = |(row, field): (usize, &Option<&str>)| field.map(|text| f(text.trim()).ok_or(row)).transpose();
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
