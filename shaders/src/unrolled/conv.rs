//! The product that a convolution implies: loops over the kernel's axes around the tile, so that no term has to be divided into coordinates, and
//! bounds that are tested once for all channels of a place, and only along axes whose windows reach beyond the input.

use super::{Fetch, Tile};
use std::fmt::Write;

/// An axis of the rows of the product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowAxis {
    pub(crate) len: usize,
    /// Elements of the input from one row to the next.
    pub(crate) stride: i64,
    /// Of a spatial axis whose windows reach beyond the input: its length, the first place of the first window, and from one window to the next.
    pub(crate) bounds: Option<(usize, i64, i64)>,
}

/// An axis of the sums.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TermAxis {
    pub(crate) len: usize,
    /// Elements of the input and of the kernel from one term to the next.
    pub(crate) a_stride: i64,
    pub(crate) b_stride: i64,
    /// The axis of the rows that has bounds which this one moves in, and by how many places from one term to the next.
    pub(crate) moves: Option<(usize, i64)>,
}

/// The product of a convolution whose input is not dilated. The outermost axes come first.
#[derive(Clone, Debug)]
pub(crate) struct ConvTile {
    pub(crate) tile: Tile,
    pub(crate) rows: Vec<RowAxis>,
    pub(crate) terms: Vec<TermAxis>,
    /// The first elements of the input and of the kernel, from one group to the next, and from one column to the next in the kernel.
    pub(crate) first: (i64, i64),
    pub(crate) group: (i64, i64),
    pub(crate) column: i64,
    pub(crate) a: Fetch,
    pub(crate) b: Fetch,
    /// Whether all rows of a tile have one place in different batches, so that a term is padding for all of them or for none.
    pub(crate) one_place: bool,
    pub(crate) splits: u32,
}

impl ConvTile {
    /// `fn main`, in place of that of the file.
    pub(crate) fn main(&self) -> String {
        let mut body = String::new();
        self.places(&mut body);
        self.tile.sums(&mut body);
        let last = self.terms.len().saturating_sub(1);
        for (depth, axis) in self.terms[..last].iter().enumerate() {
            let (begin, end) = if depth == 0 && self.splits > 1 {
                let part = axis.len.div_ceil(self.splits as usize);
                (format!("i32(split) * {part}"), format!("min((i32(split) + 1) * {part}, {})", axis.len))
            } else {
                ("0".into(), axis.len.to_string())
            };
            let _ = writeln!(body, "    for (var t{depth} = {begin}; t{depth} < {end}; t{depth}++) {{");
        }
        self.inner(&mut body);
        body += &"    }\n".repeat(last);
        self.tile.stores(&mut body);
        self.tile.main(&body)
    }

    /// The coordinates of the rows, where each begins in the input, and where each column begins in the kernel.
    fn places(&self, body: &mut String) {
        let count = self.rows.len();
        for i in (0..self.tile.rows).step_by(self.a.step()) {
            for (d, axis) in self.rows.iter().enumerate().rev() {
                let coordinate = if i == 0 {
                    let below: usize = self.rows[d + 1..].iter().map(|axis| axis.len).product();
                    let wrapped = if d == 0 { String::new() } else { format!(" % {}", axis.len) };
                    format!("i32(row0) / {below}{wrapped}")
                } else {
                    // One row, or four, further; where that passes the end of an axis, the axis around it moves on. Rows beyond the last one are the last.
                    let before = i - self.a.step() as u32;
                    let by = if d + 1 == count { format!("i32(here{i}) * {}", self.a.step()) } else { format!("carry{i}_{}", d + 1) };
                    if d + 1 == count {
                        let here = if self.tile.exact.0 { "true".into() } else { format!("row0 + {i}u < M") };
                        let _ = writeln!(body, "    let here{i} = {here};");
                    }
                    let _ = writeln!(body, "    let next{i}_{d} = row{before}_{d} + {by};");
                    let _ = writeln!(body, "    let carry{i}_{d} = i32(next{i}_{d} >= {});", axis.len);
                    format!("next{i}_{d} - carry{i}_{d} * {}", axis.len)
                };
                let _ = writeln!(body, "    let row{i}_{d} = {coordinate};");
            }
            let terms: Vec<String> = self.rows.iter().enumerate().map(|(d, axis)| format!(" + row{i}_{d} * {}", axis.stride)).collect();
            let origin = format!("{} + i32(batch) * {}{}", self.first.0, self.group.0, terms.concat());
            let _ = writeln!(body, "    let a_place{i} = ({origin}) >> {}u;", shift(self.a));
            for (d, (_, first, stride)) in self.bounded() {
                let _ = writeln!(body, "    let start{i}_{d} = {first} + row{i}_{d} * {stride};");
            }
        }
        for j in (0..self.tile.columns).step_by(self.b.step()) {
            let column = format!("i32(min(column0 + {j}u, N - {}u)) * {}", self.b.step(), self.column);
            let _ =
                writeln!(body, "    let b_place{j} = ({} + i32(batch) * {} + {column}) >> {}u;", self.first.1, self.group.1, shift(self.b));
        }
    }

    /// The axes of rows that have bounds.
    fn bounded(&self) -> impl Iterator<Item = (usize, (usize, i64, i64))> + '_ {
        self.rows.iter().enumerate().filter_map(|(d, axis)| Some((d, axis.bounds?)))
    }

    /// The loop over the innermost axis, or all of it at once where it is short.
    fn inner(&self, body: &mut String) {
        let Some((axis, outer)) = self.terms.split_last() else { return };
        let unroll = if axis.len.is_multiple_of(4) { 4 } else { Some(axis.len).filter(|&len| len <= 8).unwrap_or(1) };
        for (name, fetch) in [("a", self.a), ("b", self.b)] {
            let units = 1 << shift(fetch);
            let strides = outer.iter().enumerate().map(|(d, axis)| format!(" + t{d} * {}", stride(name, axis) / units));
            let _ = writeln!(body, "    let {name}_at = 0{};", strides.collect::<String>());
        }
        let each = axis.moves.is_some();
        if !each {
            self.inside(body, "");
        }
        if self.skips() {
            *body += "    if (inside0) {\n";
        }
        let last = outer.len();
        if unroll < axis.len {
            let _ = writeln!(body, "    for (var t{last} = 0; t{last} < {}; t{last} += {unroll}) {{", axis.len);
        } else {
            let _ = writeln!(body, "    {{\n        const t{last} = 0;");
        }
        for q in 0..unroll {
            if each {
                let _ = writeln!(body, "        let t{last}_{q} = t{last} + {q};");
                self.inside(body, &format!("_{q}"));
            }
        }
        self.fetches(body, axis, unroll);
        self.tile.add(body, self.a, self.b, unroll as u32);
        *body += if self.skips() { "    }\n    }\n" } else { "    }\n" };
    }

    /// Whether the loop over the innermost axis is left out in padding.
    fn skips(&self) -> bool {
        self.one_place && self.bounded().next().is_some() && self.terms.last().is_some_and(|axis| axis.moves.is_none())
    }

    /// Whether each row is inside its bounds at a term, whose innermost coordinate is `t{last}{suffix}`; the place outside is that of the first element.
    fn inside(&self, body: &mut String, suffix: &str) {
        if self.bounded().next().is_none() {
            return;
        }
        let rows = if self.skips() { 1 } else { self.tile.rows };
        for i in (0..rows).step_by(self.a.step()) {
            let tests = self.bounded().map(|(d, (len, _, _))| {
                let moved = self.terms.iter().enumerate().filter_map(|(t, axis)| {
                    let (_, by) = axis.moves.filter(|moves| moves.0 == d)?;
                    Some(format!(" + t{t}{} * {by}", if t + 1 == self.terms.len() { suffix } else { "" }))
                });
                format!("u32(start{i}_{d}{}) < {len}u", moved.collect::<String>())
            });
            let _ = writeln!(body, "        let inside{i}{suffix} = {};", tests.collect::<Vec<_>>().join(" && "));
        }
    }

    fn fetches(&self, body: &mut String, axis: &TermAxis, unroll: usize) {
        let bounded = self.bounded().next().is_some() && !self.skips();
        let last = self.terms.len() - 1;
        for (name, buffer, fetch, length) in [("a", "lhs", self.a, self.tile.rows), ("b", "rhs", self.b, self.tile.columns)] {
            let (units, of) = if fetch == Fetch::Single { (1, "f32") } else { (4, "vec4<f32>") };
            let steps = if fetch == Fetch::Terms { 1 } else { unroll };
            for q in 0..steps {
                let by = stride(name, axis);
                let term = if fetch == Fetch::Terms { format!("(t{last} >> 2u)") } else { format!("(t{last} + {q}) * {}", by / units) };
                let _ = writeln!(body, "        let {name}_at_{q} = {name}_at + {term};");
                for i in (0..length).step_by(fetch.step()) {
                    let at = format!("{name}_place{i} + {name}_at_{q}");
                    let fetched = if name == "a" && bounded {
                        let inside = if axis.moves.is_some() { format!("inside{i}_{q}") } else { format!("inside{i}") };
                        format!("select({of}(), {of}({buffer}[select(0, {at}, {inside})]), {inside})")
                    } else {
                        format!("{of}({buffer}[{at}])")
                    };
                    let _ = writeln!(body, "        let {name}{i}_{q} = {fetched};");
                }
            }
        }
    }
}

fn stride(name: &str, axis: &TermAxis) -> i64 {
    if name == "a" { axis.a_stride } else { axis.b_stride }
}

/// Places are counted in units of `1 << shift` elements.
fn shift(fetch: Fetch) -> u32 {
    if fetch == Fetch::Single { 0 } else { 2 }
}
