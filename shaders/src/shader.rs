//! A shader file with some of its declarations replaced.

use crate::{Element, Error, Strided, edit, files};
use std::fmt::Display;

/// A kernel of `wgsl/` under specialisation. Mistakes are kept and come out at [`Shader::source`].
///
/// ```
/// # use wgrad_shaders::{Access, Shader};
/// let shader = Shader::new("matmul_register.wgsl").set("M", 32).set("K", 784).set("N", 100);
/// let fused = shader
///     .unbind("out")
///     .bind("bias", Access::Read, "array<f32>", "[100]")
///     .bind("y", Access::ReadWrite, "array<f32>", "[32, 100]")
///     .replace_function("epilogue", "fn epilogue(position: u32, acc: f32) { y[position] = max(acc + bias[position % 100u], 0.0); }");
/// assert!(fused.source()?.contains("const K: u32 = 784;"));
/// assert_eq!(fused.bindings().iter().map(|b| b.name.as_str()).collect::<Vec<_>>(), ["a", "b", "bias", "y"]);
/// assert!(fused.set("KK", 3).source().is_err());
/// # Ok::<(), wgrad_shaders::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shader {
    file: &'static str,
    source: String,
    error: Option<Error>,
}

/// How a kernel uses a storage buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Access {
    Read,
    ReadWrite,
}

/// A storage buffer of a kernel, in group 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Binding {
    pub index: u32,
    pub name: String,
    pub access: Access,
}

impl Shader {
    /// A file of `wgsl/` with its defaults.
    pub fn new(name: &str) -> Shader {
        match files::find(name) {
            Some(&(file, source)) => Shader { file, source: source.into(), error: None },
            None => Shader { file: "", source: String::new(), error: Some(Error::NoFile(name.into())) },
        }
    }

    /// The name of the file.
    pub fn file(&self) -> &'static str {
        self.file
    }

    /// Replaces the value of `const NAME: type = value;`.
    #[must_use]
    pub fn set(self, name: &str, value: impl Display) -> Shader {
        let found = edit::constant(&self.source, name);
        self.replace("constant", name, found, &format!(" {value}"))
    }

    /// Replaces the type of `alias NAME = type;`.
    #[must_use]
    pub fn set_alias(self, name: &str, to: &str) -> Shader {
        let found = edit::alias(&self.source, name);
        self.replace("alias", name, found, &format!(" {to}"))
    }

    /// Sets the type of the elements in memory (`alias T`).
    #[must_use]
    pub fn element(self, element: Element) -> Shader {
        self.set_alias("T", element.wgsl()).extended_for(element.wgsl())
    }

    /// With the extension that `added` needs.
    fn extended_for(mut self, added: &str) -> Shader {
        if added.contains("f16") && !self.source.starts_with("enable f16;") {
            self.source.insert_str(0, "enable f16;\n");
        }
        self
    }

    /// Replaces a whole function by `source`, which must declare a function of the same name and signature.
    #[must_use]
    pub fn replace_function(self, name: &str, source: &str) -> Shader {
        let found = edit::function(&self.source, name);
        self.replace("function", name, found, source).extended_for(source)
    }

    /// Takes over the functions and bindings of `part`, in place of those of the same name, and the constants that are new.
    #[must_use]
    pub fn include(mut self, part: &Shader) -> Shader {
        if let Some(error) = &part.error {
            return self.fail(error.clone());
        }
        for (name, line) in edit::constants(&part.source) {
            if edit::constant(&self.source, name).is_none() {
                self = self.append(&format!("{line}\n"));
            }
        }
        for binding in edit::bindings(&part.source) {
            let own = edit::bindings(&self.source);
            let end = own.last().map_or(self.source.len(), |last| last.range.end);
            let place = own.into_iter().find(|own| own.name == binding.name).map_or(end..end, |own| own.range);
            self.source.replace_range(place, &part.source[binding.range]);
        }
        for name in edit::functions(&part.source) {
            let text = edit::function(&part.source, name).map(|range| &part.source[range]).unwrap_or_default();
            self = match edit::function(&self.source, name) {
                Some(_) => self.replace_function(name, text),
                None => self.append(&format!("{text}\n")),
            };
        }
        self
    }

    /// Adds declarations at the end.
    #[must_use]
    pub fn append(mut self, source: &str) -> Shader {
        self.source.push('\n');
        self.source.push_str(source);
        self.extended_for(source)
    }

    /// Adds a storage buffer under the next free number; `shape` is for the comment.
    #[must_use]
    pub fn bind(mut self, name: &str, access: Access, of: &str, shape: &str) -> Shader {
        let bindings = edit::bindings(&self.source);
        let index = bindings.iter().map(|b| b.index + 1).max().unwrap_or(0);
        let at = bindings.last().map_or(self.source.len(), |b| b.range.end);
        let access = match access {
            Access::Read => "read",
            Access::ReadWrite => "read_write",
        };
        self.source.insert_str(at, &format!("@group(0) @binding({index}) var<storage, {access}> {name}: {of}; // {shape}\n"));
        self
    }

    /// Declares a storage buffer as an array of vectors of four elements.
    #[must_use]
    pub(crate) fn by_four(self, name: &str) -> Shader {
        let line = edit::bindings(&self.source).into_iter().find(|b| b.name == name).map(|b| b.range);
        let single = line.and_then(|line| Some(line.start + self.source[line].find("array<T>")?)).map(|at| at..at + "array<T>".len());
        self.replace("binding", name, single, "array<vec4<T>>")
    }

    /// Removes a storage buffer (whose last use a replaced function took away).
    #[must_use]
    pub fn unbind(self, name: &str) -> Shader {
        let found = edit::bindings(&self.source).into_iter().find(|b| b.name == name).map(|b| b.range);
        self.replace("binding", name, found, "")
    }

    /// The storage buffers, in the order of their numbers.
    pub fn bindings(&self) -> Vec<Binding> {
        let mut bindings: Vec<Binding> = edit::bindings(&self.source)
            .into_iter()
            .map(|b| Binding { index: b.index, name: b.name, access: if b.writable { Access::ReadWrite } else { Access::Read } })
            .collect();
        bindings.sort_by_key(|b| b.index);
        bindings
    }

    /// The specialised WGSL.
    ///
    /// # Errors
    /// The first name that was not found.
    pub fn source(&self) -> Result<&str, Error> {
        match &self.error {
            Some(error) => Err(error.clone()),
            None => Ok(&self.source),
        }
    }

    /// The value of a constant that is a number, 0 where there is no such constant.
    pub(crate) fn number(&self, name: &str) -> u32 {
        let text = edit::constant(&self.source, name).map_or("", |value| self.source[value].trim());
        text.trim_end_matches('u').parse().unwrap_or(0)
    }

    /// Whether a constant is `true`.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        edit::constant(&self.source, name).is_some_and(|value| self.source[value].trim() == "true")
    }

    /// Keeps an error, unless there is one already.
    pub(crate) fn fail(mut self, error: Error) -> Shader {
        self.error.get_or_insert(error);
        self
    }

    /// Sets `PREFIX_OFFSET` and `PREFIX_STRIDE_x` for each name of an axis.
    pub(crate) fn strided(self, prefix: &str, axes: &[&str], operand: &Strided) -> Shader {
        let file = self.file;
        if axes.len() != operand.strides.len() {
            let what = format!("operand {prefix} has {} strides, not {}", operand.strides.len(), axes.len());
            return self.fail(Error::Unsupported { file, what });
        }
        let shader = self.set(&format!("{prefix}_OFFSET"), operand.offset);
        axes.iter().zip(&operand.strides).fold(shader, |shader, (axis, stride)| shader.set(&format!("{prefix}_STRIDE_{axis}"), stride))
    }

    /// Sets `const NAME: array<i32, RANK>`.
    pub(crate) fn set_array(self, name: &str, values: impl IntoIterator<Item = i64>) -> Shader {
        let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        self.set(name, format_args!("array<i32, RANK>({})", values.join(", ")))
    }

    /// Replaces a function by the one that finds the elements of an operand, given positions of `shape`.
    pub(crate) fn locate(self, name: &str, shape: &[usize], operand: &Strided) -> Shader {
        if shape.len() != operand.strides.len() {
            let what = format!("{} strides for {} axes in {name}", operand.strides.len(), shape.len());
            let file = self.file;
            return self.fail(Error::Unsupported { file, what });
        }
        self.replace_function(name, &operand.locate(name, shape))
    }

    fn replace(mut self, kind: &'static str, name: &str, found: Option<std::ops::Range<usize>>, by: &str) -> Shader {
        match found {
            Some(range) => self.source.replace_range(range, by),
            None => {
                let error = Error::NoName { file: self.file, kind, name: name.into() };
                self.error.get_or_insert(error);
            }
        }
        self
    }
}
