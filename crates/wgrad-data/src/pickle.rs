//! Lists of integers in Python's pickles, and nothing else: the program of a pickle is followed as far as it makes lists of integers; what would
//! call anything is not called.
//!
//! The operations are those that NumPy's arrays of lists need in the protocols 2 to 5 (Python's `pickletools.py` has them all).

/// More values than Python ever has on the stack: it appends a thousand at a time.
const MAX_STACK: usize = 1 << 14;

/// What is on the stack.
#[derive(Debug)]
enum Value {
    Mark,
    Int(i64),
    Ints(Vec<i32>),
    Lists(Vec<Vec<i32>>),
    /// A tuple that ends with lists: the state of an array.
    State(Vec<Vec<i32>>),
    /// Anything that is no data: names, texts, types, other tuples, an array before its elements are there.
    Other,
}

/// The lists of integers that the pickle `bytes` describes: a list of lists, or a NumPy array of lists. `offset` is where it begins in its file.
///
/// # Errors
/// An operation that has no place in such a pickle, with its offset.
pub(crate) fn integer_lists(bytes: &[u8], offset: usize) -> Result<Vec<Vec<i32>>, String> {
    let mut reader = Reader { rest: bytes, stack: Vec::new() };
    loop {
        let at = offset + bytes.len() - reader.rest.len();
        match reader.step() {
            Ok(None) => {}
            Ok(Some(lists)) => return Ok(lists),
            Err(why) => return Err(format!("at byte {at}: {why}")),
        }
        if reader.stack.len() > MAX_STACK {
            return Err(format!("at byte {at}: more than {MAX_STACK} values are on the stack"));
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
}

impl Reader<'_> {
    /// One operation; the result at the last one.
    fn step(&mut self) -> Result<Option<Vec<Vec<i32>>>, String> {
        let [operation] = self.take()?;
        match operation {
            // Protocol and frames; what is memoized is not kept, because lists must not be shared.
            0x80 => self.skip(1)?,
            0x95 => self.skip(8)?,
            b'q' => self.skip(1)?,
            b'r' => self.skip(4)?,
            0x94 => {}
            b'h' => self.push_after(1)?,
            b'j' => self.push_after(4)?,
            b'(' => self.stack.push(Value::Mark),
            b'K' => self.integer::<1>(false)?,
            b'M' => self.integer::<2>(false)?,
            b'J' => self.integer::<4>(true)?,
            0x8a => match self.take()? {
                [0] => self.stack.push(Value::Int(0)),
                [1] => self.integer::<1>(true)?,
                [2] => self.integer::<2>(true)?,
                [3] => self.integer::<3>(true)?,
                [4] => self.integer::<4>(true)?,
                [length] => return Err(format!("an integer has {length} bytes")),
            },
            // None, False, True; texts and bytes by their lengths; names.
            b'N' | 0x88 | 0x89 => self.stack.push(Value::Other),
            b'U' | b'C' | 0x8c => self.text::<1>()?,
            b'T' | b'B' | b'X' => self.text::<4>()?,
            b'c' => {
                self.line()?;
                self.line()?;
                self.stack.push(Value::Other);
            }
            0x93 | b'R' => {
                self.pop()?;
                self.pop()?;
                self.stack.push(Value::Other);
            }
            b')' => self.stack.push(Value::Other),
            0x85 => self.tuple(1)?,
            0x86 => self.tuple(2)?,
            0x87 => self.tuple(3)?,
            b't' => {
                let count = self.above_mark()?.len();
                self.tuple(count)?;
                // Below the tuple is the mark.
                let tuple = self.pop()?;
                self.pop()?;
                self.stack.push(tuple);
            }
            b']' => self.stack.push(Value::Ints(Vec::new())),
            b'a' => {
                let value = self.pop()?;
                self.append(vec![value])?;
            }
            b'e' => {
                let begin = self.stack.len() - self.above_mark()?.len();
                let values = self.stack.split_off(begin);
                self.pop()?;
                self.append(values)?;
            }
            b'b' => {
                if let Value::State(lists) = self.pop()? {
                    self.pop()?;
                    self.stack.push(Value::Lists(lists));
                }
            }
            b'.' => {
                return match self.pop()? {
                    Value::Lists(lists) => Ok(Some(lists)),
                    Value::Ints(ints) if ints.is_empty() => Ok(Some(Vec::new())),
                    _ => Err("what is pickled are not lists of integers".into()),
                };
            }
            other => return Err(format!("the operation {other:#04x} has no place in lists of integers")),
        }
        Ok(None)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (&bytes, rest) = self.rest.split_first_chunk::<N>().ok_or("the pickle ends too soon")?;
        self.rest = rest;
        Ok(bytes)
    }

    fn skip(&mut self, n: usize) -> Result<(), String> {
        self.rest = self.rest.get(n..).ok_or("the pickle ends too soon")?;
        Ok(())
    }

    fn push_after(&mut self, n: usize) -> Result<(), String> {
        self.skip(n)?;
        self.stack.push(Value::Other);
        Ok(())
    }

    fn line(&mut self) -> Result<(), String> {
        let end = self.rest.iter().position(|&byte| byte == b'\n').ok_or("a name does not end")?;
        self.skip(end + 1)
    }

    fn text<const N: usize>(&mut self) -> Result<(), String> {
        let length = self.take::<N>()?.iter().rev().fold(0usize, |length, &byte| length << 8 | usize::from(byte));
        self.push_after(length)
    }

    /// A little-endian integer.
    fn integer<const N: usize>(&mut self, signed: bool) -> Result<(), String> {
        let value = self.take::<N>()?.iter().rev().fold(0i64, |value, &byte| value << 8 | i64::from(byte));
        let negative = signed && value >> (8 * N - 1) == 1;
        self.stack.push(Value::Int(if negative { value - (1 << (8 * N)) } else { value }));
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, String> {
        self.stack.pop().ok_or_else(|| "the stack is empty".into())
    }

    fn above_mark(&self) -> Result<&[Value], String> {
        let mark = self.stack.iter().rposition(|value| matches!(value, Value::Mark)).ok_or("there is no mark on the stack")?;
        Ok(self.stack.get(mark + 1..).unwrap_or_default())
    }

    /// Makes one of the last `count` values; only lists at its end are kept.
    fn tuple(&mut self, count: usize) -> Result<(), String> {
        let begin = self.stack.len().checked_sub(count).ok_or("the stack is empty")?;
        let last = self.stack.split_off(begin).pop();
        self.stack.push(match last {
            Some(Value::Lists(lists)) => Value::State(lists),
            Some(Value::Ints(ints)) if ints.is_empty() => Value::State(Vec::new()),
            _ => Value::Other,
        });
        Ok(())
    }

    /// Appends to the list on top of the stack.
    fn append(&mut self, values: Vec<Value>) -> Result<(), String> {
        for value in values {
            match (self.stack.last_mut(), value) {
                (Some(Value::Ints(list)), Value::Int(value)) => {
                    list.push(i32::try_from(value).map_err(|_| format!("the integer {value} does not fit 32 bits"))?);
                }
                (Some(Value::Lists(lists)), Value::Ints(list)) => lists.push(list),
                (Some(top), Value::Ints(list)) if matches!(&*top, Value::Ints(empty) if empty.is_empty()) => {
                    *top = Value::Lists(vec![list]);
                }
                _ => return Err("something other than integers, or lists of them, is put into a list".into()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pickle.dumps(numpy.array([[1, 300, 70000, -2], []], dtype=object), protocol)`, by NumPy 1.26 (protocol 2) and 2.3 (4).
    const BY_NUMPY: [&[u8]; 2] = [
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x00cnumpy\nndarray\nq\x01K\x00\x85q\x02c_codecs\nencode\nq\x03X\x01\x00\x00\x00bq\x04X\x06\
          \x00\x00\x00latin1q\x05\x86q\x06Rq\x07\x87q\x08Rq\t(K\x01K\x02\x85q\ncnumpy\ndtype\nq\x0bX\x02\x00\x00\x00O8q\x0c\x89\x88\x87q\rRq\x0e(K\x03\
          X\x01\x00\x00\x00|q\x0fNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tq\x10b\x89]q\x11(]q\x12(K\x01M,\x01Jp\x11\x01\x00J\xfe\xff\xff\xffe]q\x13etq\x14b.",
        b"\x80\x04\x95\x9b\x00\x00\x00\x00\x00\x00\x00\x8c\x16numpy._core.multiarray\x94\x8c\x0c_reconstruct\x94\x93\x94\x8c\x05numpy\x94\x8c\x07ndarray\
          \x94\x93\x94K\x00\x85\x94C\x01b\x94\x87\x94R\x94(K\x01K\x02\x85\x94h\x03\x8c\x05dtype\x94\x93\x94\x8c\x02O8\x94\x89\x88\x87\x94R\x94(K\x03\x8c\
          \x01|\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?t\x94b\x89]\x94(]\x94(K\x01M,\x01Jp\x11\x01\x00J\xfe\xff\xff\xffe]\x94et\x94b.",
    ];

    #[test]
    fn arrays_of_lists_are_read() {
        for pickle in BY_NUMPY {
            assert_eq!(integer_lists(pickle, 0).unwrap(), [vec![1, 300, 70000, -2], vec![]]);
        }
        assert!(integer_lists(b"\x80\x04].", 0).unwrap().is_empty());
        assert_eq!(integer_lists(b"\x80\x04]]K\x07a\x8a\x01\xffaa.", 0).unwrap(), [[7, -1]]);
    }

    #[test]
    fn no_prefix_of_a_pickle_is_a_pickle() {
        for length in 0..BY_NUMPY[1].len() {
            assert!(integer_lists(&BY_NUMPY[1][..length], 0).is_err(), "the first {length} bytes");
        }
    }

    #[test]
    fn what_else_a_pickle_may_hold_is_refused() {
        let error = |bytes: &[u8]| integer_lists(bytes, 100).unwrap_err();
        assert_eq!(error(b"cos\nsystem\nX\x02\x00\x00\x00ls\x85R."), "at byte 120: what is pickled are not lists of integers");
        assert_eq!(error(b"}."), "at byte 100: the operation 0x7d has no place in lists of integers");
        assert_eq!(error(b"](K\x01]e."), "at byte 105: something other than integers, or lists of them, is put into a list");
        assert_eq!(error(b"]\x8a\x04\xff\xff\xff\x7fa\x8a\x05"), "at byte 108: an integer has 5 bytes");
        assert_eq!(error(b"X\xff\xff\xff\xffab"), "at byte 100: the pickle ends too soon");
        assert_eq!(error(b"a"), "at byte 100: the stack is empty");
        assert_eq!(error(b"]e"), "at byte 101: there is no mark on the stack");
        assert!(error(&[b'('; 1 << 15]).ends_with("more than 16384 values are on the stack"));
    }
}
