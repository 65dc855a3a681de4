//! The header of `.npy` files: a Python dictionary with three entries.

/// Magic bytes, before the version.
const MAGIC: &[u8] = b"\x93NUMPY";

/// What an array is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    /// NumPy's name of the type: `<f4`.
    pub(super) descr: String,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<usize>,
}

impl Header {
    /// Header and elements of a file.
    pub(super) fn split(file: &[u8]) -> Result<(Header, &[u8]), String> {
        let rest = file.strip_prefix(MAGIC).ok_or("it does not begin as a .npy file")?;
        let (version, rest) = rest.split_at_checked(2).ok_or("it ends in its header")?;
        let width = match version[0] {
            1 => 2,
            2 | 3 => 4,
            other => return Err(format!("its version is {other}, not 1 to 3")),
        };
        let (length, rest) = rest.split_at_checked(width).ok_or("it ends in its header")?;
        let length = length.iter().rev().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
        let (text, elements) = rest.split_at_checked(length).ok_or("it ends in its header")?;
        let text = std::str::from_utf8(text).map_err(|e| format!("its header is no text: {e}"))?;
        Ok((Header::parse(text)?, elements))
    }

    fn parse(text: &str) -> Result<Header, String> {
        let mut parser = Parser(text);
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        parser.expect("{")?;
        while !parser.eat("}") {
            let key = parser.string()?;
            parser.expect(":")?;
            match key {
                "descr" => descr = Some(parser.string()?.to_string()),
                "fortran_order" => fortran_order = Some(parser.bool()?),
                "shape" => shape = Some(parser.tuple()?),
                other => return Err(format!("its header has the entry {other:?}")),
            }
            if !parser.eat(",") {
                parser.expect("}")?;
                break;
            }
        }
        let missing = |what: &str| format!("its header has no {what}");
        Ok(Header {
            descr: descr.ok_or_else(|| missing("descr"))?,
            fortran_order: fortran_order.ok_or_else(|| missing("fortran_order"))?,
            shape: shape.ok_or_else(|| missing("shape"))?,
        })
    }

    /// The beginning of a file, padded so that the elements begin at a multiple of 64 bytes.
    pub(super) fn write(&self) -> Vec<u8> {
        let lengths: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
        let shape = if let [one] = lengths.as_slice() { format!("({one},)") } else { format!("({})", lengths.join(", ")) };
        let order = if self.fortran_order { "True" } else { "False" };
        let mut text = format!("{{'descr': '{}', 'fortran_order': {order}, 'shape': {shape}, }}", self.descr);
        // Magic, version and length are 10 bytes, or 12 where the length does not fit two.
        let long = text.len() > 60_000;
        let before = if long { 12 } else { 10 };
        text.extend(std::iter::repeat_n(' ', (64 - (before + text.len() + 1) % 64) % 64));
        text.push('\n');
        let mut bytes = MAGIC.to_vec();
        bytes.extend([if long { 2 } else { 1 }, 0]);
        bytes.extend(text.len().to_le_bytes().iter().take(before - 8));
        bytes.extend(text.bytes());
        bytes
    }
}

/// The rest of a header.
struct Parser<'a>(&'a str);

impl<'a> Parser<'a> {
    fn eat(&mut self, token: &str) -> bool {
        let rest = self.0.trim_start().strip_prefix(token);
        if let Some(rest) = rest {
            self.0 = rest;
        }
        rest.is_some()
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.eat(token) {
            Ok(())
        } else {
            Err(format!("its header must have {token:?} before {:?}", self.0.chars().take(20).collect::<String>()))
        }
    }

    fn string(&mut self) -> Result<&'a str, String> {
        let quote = if self.eat("\"") { '"' } else { self.expect("'").map(|()| '\'')? };
        let (text, rest) = self.0.split_once(quote).ok_or("a text of its header does not end")?;
        self.0 = rest;
        Ok(text)
    }

    fn bool(&mut self) -> Result<bool, String> {
        if self.eat("True") { Ok(true) } else { self.expect("False").map(|()| false) }
    }

    fn tuple(&mut self) -> Result<Vec<usize>, String> {
        self.expect("(")?;
        let mut lengths = Vec::new();
        while !self.eat(")") {
            let text = self.0.trim_start();
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            let (digits, rest) = text.split_at(end);
            lengths.push(digits.parse().map_err(|_| format!("a length of its shape is {:?}", text.chars().take(20).collect::<String>()))?);
            self.0 = rest;
            if !self.eat(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(lengths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_they_are_written() {
        for shape in [vec![], vec![3], vec![2, 0, 4], vec![1; 30_000]] {
            let header = Header { descr: "<f4".into(), fortran_order: shape.len() == 3, shape };
            let bytes = header.write();
            assert_eq!(bytes.len() % 64, 0);
            assert_eq!(Header::split(&bytes).unwrap(), (header, [].as_slice()));
        }
    }

    #[test]
    fn broken_headers_say_what_is_wrong() {
        let error = |text: &str| Header::parse(text).unwrap_err();
        assert_eq!(error("{'descr': '<f4', 'shape': (3,)}"), "its header has no fortran_order");
        assert_eq!(error("{'descr': '<f4', 'more': (3,)}"), "its header has the entry \"more\"");
        assert_eq!(error("{'shape': (-3,)}"), "a length of its shape is \"-3,)}\"");
        assert_eq!(error("{'shape': (99999999999999999999,)}"), "a length of its shape is \"99999999999999999999\"");
        assert_eq!(error("{'descr: 1"), "a text of its header does not end");
        assert_eq!(Header::split(b"\x93NUMPY\x01\x00\xff\xff{").unwrap_err(), "it ends in its header");
        assert_eq!(Header::split(b"\x93NUMPY\x09\x00").unwrap_err(), "its version is 9, not 1 to 3");
    }
}
