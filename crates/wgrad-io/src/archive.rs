//! Members of zip archives, read by their names alone and never written to disk.

use std::{
    io::{Cursor, Read, Write},
    path::Path,
};
use wgrad_model::{Error, Result};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// What an archive may hold unpacked, as a multiple of its length: Keras does not compress at all.
const EXPANSION: u64 = 100;

/// What a text may have unpacked where its archive is smaller: parsed it takes ten times as much.
const TEXT: u64 = 16 << 20;

/// An archive in memory.
pub(crate) struct Archive {
    zip: ZipArchive<Cursor<Vec<u8>>>,
    path: String,
    length: u64,
    /// How many bytes may still be unpacked.
    budget: u64,
}

impl Archive {
    /// An archive; `path` is what errors call it.
    pub(crate) fn new(bytes: Vec<u8>, path: &Path) -> Result<Archive> {
        let path = path.display().to_string();
        let length = bytes.len() as u64;
        let budget = length.saturating_mul(EXPANSION);
        let zip =
            ZipArchive::new(Cursor::new(bytes)).map_err(|e| Error::File { path: path.clone(), why: format!("it is no archive: {e}") })?;
        Ok(Archive { zip, path, length, budget })
    }

    pub(crate) fn broken(&self, member: &str, why: impl ToString) -> Error {
        Error::File { path: self.path.clone(), why: format!("{member}: {}", why.to_string()) }
    }

    /// The names of the members, in the order of the archive.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let name = |name: Result<std::borrow::Cow<'_, str>, zip::result::ZipError>| name.map(|name| name.into_owned());
        self.zip.file_names().map(name).collect::<Result<_, _>>().map_err(|e| self.broken("its list", e))
    }

    /// Whether there is a member of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// A member by its name, unpacked.
    pub(crate) fn read(&mut self, name: &str) -> Result<Vec<u8>> {
        self.read_within(name, self.budget)
    }

    /// A member that is a text.
    pub(crate) fn read_text(&mut self, name: &str) -> Result<String> {
        let text = self.read_within(name, self.budget.min(self.length.max(TEXT)))?;
        String::from_utf8(text).map_err(|e| self.broken(name, e))
    }

    fn read_within(&mut self, name: &str, most: u64) -> Result<Vec<u8>> {
        let mut contents = Vec::new();
        let member = self.zip.by_name(name).map_err(|e| e.to_string());
        // What the archive says of sizes is not believed.
        let unpacked = member.and_then(|member| member.take(most.saturating_add(1)).read_to_end(&mut contents).map_err(|e| e.to_string()));
        let length = unpacked.map_err(|e| self.broken(name, e))? as u64;
        if length > most {
            let rule = if most < self.budget {
                format!("it unpacks to more than {most} bytes, the most for a text here")
            } else {
                format!("it unpacks to more than {EXPANSION} times the archive's length")
            };
            return Err(self.broken(name, rule));
        }
        self.budget -= length;
        Ok(contents)
    }
}

/// An archive of these members, not compressed: floats hardly shrink.
pub(crate) fn write(members: impl IntoIterator<Item = (impl Into<String>, Vec<u8>)>, path: &Path) -> Result<Vec<u8>> {
    let broken = |why: String| Error::File { path: path.display().to_string(), why };
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in members {
        let large = u32::try_from(contents.len()).is_err();
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(large);
        let name = name.into();
        zip.start_file(name.as_str(), options).map_err(|e| broken(format!("{name}: {e}")))?;
        zip.write_all(&contents).map_err(|e| broken(format!("{name}: {e}")))?;
    }
    Ok(zip.finish().map_err(|e| broken(e.to_string()))?.into_inner())
}
