//! The arguments of a study.

use anyhow::{Result, anyhow, bail};
use std::path::{Path, PathBuf};

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    Run(Options),
    /// The usage.
    Help(String),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) device: Option<String>,
    pub(crate) quick: bool,
    pub(crate) folder: PathBuf,
}

impl Options {
    pub(crate) fn parse(name: &str, mut arguments: impl Iterator<Item = String>) -> Result<Parsed> {
        let usage = format!("usage: {name} [--device D] [--quick] [--out DIR]");
        let mut options = Options { device: None, quick: false, folder: Path::new("target/studies").join(name) };
        while let Some(option) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| anyhow!("{option} needs a value\n{usage}"));
            match option.as_str() {
                "--help" | "-h" => return Ok(Parsed::Help(usage)),
                "--quick" => options.quick = true,
                "--device" => options.device = Some(value()?),
                "--out" => options.folder = value()?.into(),
                _ => bail!("there is no option {option}\n{usage}"),
            }
        }
        Ok(Parsed::Run(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Parsed> {
        Options::parse("xor", line.split_whitespace().map(String::from))
    }

    #[test]
    fn options_have_defaults() {
        let options = |device: Option<&str>, quick, folder: &str| {
            Parsed::Run(Options { device: device.map(String::from), quick, folder: folder.into() })
        };
        assert_eq!(parse("").unwrap(), options(None, false, "target/studies/xor"));
        assert_eq!(parse("--quick --out here --device cpu").unwrap(), options(Some("cpu"), true, "here"));
    }

    #[test]
    fn mistakes_are_told_with_the_usage() {
        let usage = "usage: xor [--device D] [--quick] [--out DIR]";
        assert_eq!(parse("--help").unwrap(), Parsed::Help(usage.into()));
        assert_eq!(parse("--out").unwrap_err().to_string(), format!("--out needs a value\n{usage}"));
        assert_eq!(parse("--fast").unwrap_err().to_string(), format!("there is no option --fast\n{usage}"));
    }
}
