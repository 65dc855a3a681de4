//! The helper functions of generated kernels: a file of WGSL, of which each kernel takes what it calls.

/// All of them; legal WGSL as it stands.
pub(crate) const SOURCE: &str = include_str!("functions.wgsl");

/// The functions that `text` calls, and those that they call, in the order of the file.
pub(crate) fn called_by(text: &str) -> String {
    let functions: Vec<(&str, &str)> = split(SOURCE).collect();
    let mut taken = vec![false; functions.len()];
    let mut pending = vec![text];
    while let Some(text) = pending.pop() {
        for (taken, &(name, function)) in taken.iter_mut().zip(&functions) {
            if !*taken && calls(text, name) {
                *taken = true;
                pending.push(function);
            }
        }
    }
    functions.iter().zip(taken).filter(|(_, taken)| *taken).map(|((_, function), _)| format!("{function}\n\n")).collect()
}

/// Name and text of each function, without the comments between them.
fn split(source: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    source.split("\n\n").filter_map(|block| {
        let function = &block[block.find("fn ")?..];
        let name = function.strip_prefix("fn ")?.split('(').next()?;
        Some((name, function.trim_end()))
    })
}

/// Whether `text` has `name(` where `name` is a whole word.
fn calls(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        text[at + name.len()..].starts_with('(') && !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_is_called_and_no_more() {
        let text = called_by("let x = tan_f32(y) + asin(z);");
        let names: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("fn ")?.split('(').next()).collect();
        assert_eq!(names, ["float_from", "octant", "in_octant", "sin_near_0", "cos_near_0", "sin_f32", "cos_f32", "tan_f32"]);
        assert_eq!(called_by("let x = a + b;"), "");
    }
}
