//! Finding declarations in the text of a shader. WGSL's grammar is regular enough at the top level: a declaration starts a line and ends with
//! its semicolon or its closing brace.

use std::ops::Range;

/// The value of `const NAME: type = value;`.
pub(crate) fn constant(source: &str, name: &str) -> Option<Range<usize>> {
    let declaration = line_starting(source, &format!("const {name}:"))?;
    between(source, declaration, '=', ';')
}

/// The type of `alias NAME = type;`.
pub(crate) fn alias(source: &str, name: &str) -> Option<Range<usize>> {
    let declaration = line_starting(source, &format!("alias {name} ="))?;
    between(source, declaration, '=', ';')
}

/// The whole of `fn name(...) ... { ... }`, without its attributes.
pub(crate) fn function(source: &str, name: &str) -> Option<Range<usize>> {
    let start = line_starting(source, &format!("fn {name}("))?;
    let mut depth = 0usize;
    let mut comment = false;
    let mut previous = ' ';
    for (at, c) in source[start..].char_indices() {
        match c {
            '\n' => comment = false,
            '/' if previous == '/' => comment = true,
            '{' if !comment => depth += 1,
            '}' if !comment => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(start..start + at + 1);
                }
            }
            _ => {}
        }
        previous = c;
    }
    None
}

/// The line of a binding: its range, number, name and whether it is `read_write`.
pub(crate) struct BindingLine {
    pub(crate) range: Range<usize>,
    pub(crate) index: u32,
    pub(crate) name: String,
    pub(crate) writable: bool,
}

/// All storage bindings, in the order of the text.
pub(crate) fn bindings(source: &str) -> Vec<BindingLine> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        let Some(rest) = line.strip_prefix("@group(0) @binding(") else { continue };
        let Some((index, rest)) = rest.split_once(')') else { continue };
        let Some((space, rest)) = rest.trim_start().strip_prefix("var<storage, ").and_then(|rest| rest.split_once('>')) else { continue };
        let Some((name, _)) = rest.split_once(':') else { continue };
        let Ok(index) = index.parse() else { continue };
        found.push(BindingLine { range, index, name: name.trim().into(), writable: space == "read_write" });
    }
    found
}

fn line_starting(source: &str, prefix: &str) -> Option<usize> {
    if source.starts_with(prefix) {
        return Some(0);
    }
    source.find(&format!("\n{prefix}")).map(|at| at + 1)
}

fn between(source: &str, from: usize, open: char, close: char) -> Option<Range<usize>> {
    let start = from + source[from..].find(open)? + open.len_utf8();
    let end = start + source[start..].find(close)?;
    Some(start..end)
}

/// The lines of `const NAME: type = value;` with the names.
pub(crate) fn constants(source: &str) -> impl Iterator<Item = (&str, &str)> {
    source.lines().filter_map(|line| Some((line.strip_prefix("const ")?.split_once(':')?.0, line)))
}

/// The names of all functions.
pub(crate) fn functions(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| Some(line.strip_prefix("fn ")?.split_once('(')?.0))
}
