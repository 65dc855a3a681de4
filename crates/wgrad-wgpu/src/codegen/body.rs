//! Straight-line WGSL for the lines of a kernel: loads, operations and stores at one position.

use super::bindings::Bindings;
use super::index::{Axis, axes, join, split};
use super::ops;
use super::types::{literal, value_type};
use std::collections::HashMap;
use wgrad_tensor::plan::{Code, Kernel, Level, LineId, Operand, View};
use wgrad_tensor::{DType, Error, Result};

/// The names of the variables that hold a position.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Position {
    /// `position` counts rows and columns together.
    Linear,
    /// `row` and `col`.
    RowColumn,
}

/// Writes statements. A value is written once for each scope that needs it.
pub(crate) struct Emitter<'a> {
    pub(crate) kernel: &'a Kernel,
    pub(crate) bindings: Bindings<'a>,
    position: Position,
    text: String,
    depth: usize,
    scope: Scope,
    coordinates: usize,
}

/// What is known at this place of the text.
#[derive(Clone, Default)]
pub(crate) struct Scope {
    known: Vec<bool>,
    coordinates: HashMap<Coordinate, String>,
}

/// `base / inner % len`
#[derive(Clone, PartialEq, Eq, Hash)]
struct Coordinate {
    base: &'static str,
    inner: usize,
    len: Option<usize>,
}

impl<'a> Emitter<'a> {
    pub(crate) fn new(kernel: &'a Kernel, bindings: Bindings<'a>, position: Position) -> Self {
        let scope = Scope { known: vec![false; kernel.code.len()], coordinates: HashMap::new() };
        Emitter { kernel, bindings, position, text: String::new(), depth: 1, scope, coordinates: 0 }
    }

    /// Appends a line.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) {
        self.text += &"    ".repeat(self.depth);
        self.text += text.as_ref();
        self.text.push('\n');
    }

    /// Opens a block; what becomes known in it is forgotten at [`Emitter::close`].
    pub(crate) fn open(&mut self, head: impl AsRef<str>) -> Scope {
        self.line(format!("{} {{", head.as_ref()));
        self.depth += 1;
        self.scope.clone()
    }

    /// Closes the block that was opened when the scope was `before`.
    pub(crate) fn close(&mut self, before: Scope) {
        self.depth -= 1;
        self.line("}");
        self.scope = before;
    }

    /// Says that the variable of a line exists.
    pub(crate) fn set_known(&mut self, line: LineId) {
        self.scope.known[line] = true;
    }

    /// Whether the variable of a line exists here.
    pub(crate) fn is_known(&self, line: LineId) -> bool {
        self.scope.known[line]
    }

    /// The text, and what it binds.
    pub(crate) fn finish(self) -> (String, Bindings<'a>) {
        (self.text, self.bindings)
    }

    /// Writes the values of `lines` that are not known yet, in order. They are single operations: what they need must be known or among them.
    pub(crate) fn values(&mut self, lines: &[LineId]) -> Result<()> {
        for &line in lines {
            if !self.is_known(line) {
                self.value(line)?;
                self.set_known(line);
            }
        }
        Ok(())
    }

    fn value(&mut self, id: LineId) -> Result<()> {
        let kernel = self.kernel;
        let line = &kernel.code[id];
        let dtype = |operand: LineId| kernel.code[operand].dtype;
        let expression = match &line.code {
            Code::Load(operand) => return self.load(id, operand, line.level),
            Code::Acc if line.dtype == DType::F16 => "f16(acc)".into(),
            Code::Acc => "acc".into(),
            Code::Constant(value) => literal(*value)?,
            Code::Index { shape, axis } => {
                let i = self.index_along(shape, *axis, line.level)?;
                ops::cast(DType::U32, line.dtype, &i)?
            }
            Code::Unary(op, x) => ops::unary(*op, dtype(*x), &variable(*x))?,
            Code::Binary(op, a, b) => ops::binary(*op, dtype(*a), &variable(*a), &variable(*b))?,
            Code::Select(condition, a, b) => format!("select({}, {}, {})", variable(*b), variable(*a), variable(*condition)),
            Code::Cast(x) => ops::cast(dtype(*x), line.dtype, &variable(*x))?,
            Code::Reduce(..) => return Err(Error::InvalidProgram("a reduction is used before its row is complete".into())),
        };
        self.line(format!("let {} = {expression};", variable(id)));
        Ok(())
    }

    fn load(&mut self, id: LineId, operand: &Operand, level: Level) -> Result<()> {
        let dtype = self.bindings.dtype(operand.buffer)?;
        let buffer = self.bindings.name(operand.buffer, false)?;
        let (index, condition) = self.element(&operand.view, level)?;
        let element = if dtype == DType::Bool { format!("{buffer}[{index}] != 0u") } else { format!("{buffer}[{index}]") };
        match (condition, &operand.view.mask) {
            (Some(condition), Some(mask)) => {
                self.line(format!("var {}: {} = {};", variable(id), value_type(dtype)?, literal(mask.fill)?));
                self.line(format!("if ({condition}) {{ {} = {element}; }}", variable(id)));
            }
            (_, _) => self.line(format!("let {} = {element};", variable(id))),
        }
        Ok(())
    }

    /// Writes the store of a value, which must be known.
    pub(crate) fn store(&mut self, id: LineId, target: &Operand) -> Result<()> {
        let line = &self.kernel.code[id];
        let dtype = self.bindings.dtype(target.buffer)?;
        if dtype != line.dtype {
            return Err(Error::InvalidProgram(format!("a kernel stores {} in a buffer of {dtype}", line.dtype)));
        }
        let buffer = self.bindings.name(target.buffer, true)?;
        let (index, _) = self.element(&target.view, line.level)?;
        let value = if dtype == DType::Bool { format!("u32({})", variable(id)) } else { variable(id) };
        self.line(format!("{buffer}[{index}] = {value};"));
        Ok(())
    }

    /// The element of a view at this position, and the condition for there being one.
    fn element(&mut self, view: &View, level: Level) -> Result<(String, Option<String>)> {
        let mut terms = Vec::new();
        let mut conditions = Vec::new();
        for (base, axes) in self.parts(axes(view), level)? {
            let axes = join(&axes);
            let mut inner = 1;
            for (i, axis) in axes.iter().enumerate().rev() {
                if axis.stride != 0 || axis.valid.is_some() {
                    let coordinate = self.coordinate(base, inner, (i > 0).then_some(axis.len))?;
                    terms.extend(times(&coordinate, axis.stride));
                    conditions.extend(within(&coordinate, axis));
                }
                inner *= axis.len;
            }
        }
        Ok((sum(&terms, view.offset), (!conditions.is_empty()).then(|| conditions.join(" && "))))
    }

    /// The coordinate of this position along `axis` of `shape`.
    fn index_along(&mut self, shape: &[usize], axis: usize, level: Level) -> Result<String> {
        let marked = |(i, &len): (usize, &usize)| Axis { len, stride: isize::from(i == axis), valid: None };
        let axes: Vec<Axis> = shape.iter().enumerate().map(marked).collect();
        for (base, axes) in self.parts(axes, level)? {
            if let Some(i) = axes.iter().position(|axis| axis.stride == 1 && axis.len > 1) {
                let inner = axes[i + 1..].iter().map(|axis| axis.len).product();
                let outermost = axes[..i].iter().all(|axis| axis.len == 1);
                return self.coordinate(base, inner, (!outermost).then_some(axes[i].len));
            }
        }
        Ok("0u".into())
    }

    /// Which variables count which axes.
    fn parts(&mut self, axes: Vec<Axis>, level: Level) -> Result<Vec<(&'static str, Vec<Axis>)>> {
        match (level, self.position) {
            (Level::Row, _) => Ok(vec![("row", axes)]),
            (Level::Element, Position::Linear) => Ok(vec![("position", axes)]),
            (Level::Element, Position::RowColumn) => match split(&axes, self.kernel.rows) {
                Some((rows, columns)) => Ok(vec![("row", rows), ("col", columns)]),
                None => {
                    let key = Coordinate { base: "position", inner: 1, len: None };
                    if !self.scope.coordinates.contains_key(&key) {
                        self.line(format!("let position = row * {}u + col;", self.kernel.cols));
                        self.scope.coordinates.insert(key, "position".into());
                    }
                    Ok(vec![("position", axes)])
                }
            },
        }
    }

    /// The variable of `base / inner % len`.
    fn coordinate(&mut self, base: &'static str, inner: usize, len: Option<usize>) -> Result<String> {
        if inner == 1 && len.is_none() {
            return Ok(base.into());
        }
        let key = Coordinate { base, inner, len };
        if let Some(name) = self.scope.coordinates.get(&key) {
            return Ok(name.clone());
        }
        let quotient = divided(base, inner);
        let expression = len.map_or(quotient.clone(), |len| remainder(&quotient, len));
        let name = format!("i{}", self.coordinates);
        self.coordinates += 1;
        self.line(format!("let {name} = {expression};"));
        self.scope.coordinates.insert(key, name.clone());
        Ok(name)
    }
}

/// The element of an unmasked view at the row-major position `base`, as one expression.
pub(crate) fn element(view: &View, base: &str) -> String {
    let axes = join(&axes(view));
    let mut terms = Vec::new();
    let mut inner = 1;
    for (i, axis) in axes.iter().enumerate().rev() {
        let quotient = divided(base, inner);
        let coordinate = if i == 0 { quotient } else { remainder(&quotient, axis.len) };
        terms.extend(times(&format!("({coordinate})"), axis.stride));
        inner *= axis.len;
    }
    sum(&terms, view.offset)
}

/// `base / by`; by shifting where that does, as some drivers (SwiftShader) divide lane by lane.
fn divided(base: &str, by: usize) -> String {
    match by {
        1 => base.into(),
        by if by.is_power_of_two() => format!("({base} >> {}u)", by.ilog2()),
        by => format!("{base} / {by}u"),
    }
}

/// `x % by`; by masking where that does.
fn remainder(x: &str, by: usize) -> String {
    if by.is_power_of_two() { format!("({x} & {}u)", by - 1) } else { format!("{x} % {by}u") }
}

/// The variable of a line.
pub(crate) fn variable(line: LineId) -> String {
    format!("v{line}")
}

/// `terms + offset`, each term with the sign of its stride. Index arithmetic is modulo 2^32, in which sums that pass below 0 are exact.
fn sum(terms: &[(bool, String)], offset: isize) -> String {
    let offset = Some((offset < 0, format!("{}u", offset.unsigned_abs() as u32))).filter(|_| offset != 0 || terms.is_empty());
    let positive = |term: &&(bool, String)| !term.0;
    let (added, taken): (Vec<_>, Vec<_>) = terms.iter().chain(&offset).partition(positive);
    let mut text = added.iter().map(|term| term.1.as_str()).collect::<Vec<_>>().join(" + ");
    if text.is_empty() {
        text = "0u".into();
    }
    taken.iter().fold(text, |text, term| format!("{text} - {}", term.1))
}

fn times(coordinate: &str, stride: isize) -> Option<(bool, String)> {
    let text = match stride.unsigned_abs() {
        0 => return None,
        1 => coordinate.into(),
        step => format!("{coordinate} * {}u", step as u32),
    };
    Some((stride < 0, text))
}

fn within(coordinate: &str, axis: &Axis) -> Vec<String> {
    let Some((low, high)) = axis.valid else { return Vec::new() };
    let low = (low > 0).then(|| format!("{coordinate} >= {low}u"));
    let high = (high < axis.len).then(|| format!("{coordinate} < {high}u"));
    low.into_iter().chain(high).collect()
}
