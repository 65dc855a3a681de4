//! What was measured of an adapter, kept in a file.
//!
//! The file is one JSON object in the user's cache directory. It counts only for the driver and the kernels that were measured, and it may hold anything:
//! what is not understood is ignored, names are only compared with those of variants. It is replaced as a whole, so that processes may share it; what
//! two of them measure at the same time, the later one keeps.

use super::note;
use crate::gpu::lock;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io::Read,
    path::{Path, PathBuf},
    sync::Mutex,
};
use wgpu::AdapterInfo;

/// The form of the file.
const VERSION: u32 = 1;
/// The most bytes of a file that is read ...
const MOST_BYTES: u64 = 1 << 20;
/// ... and the most buckets that are kept.
const MOST_BUCKETS: usize = 1024;

/// What is known of the buckets of an adapter.
#[derive(Debug)]
pub(crate) struct Known {
    path: Option<PathBuf>,
    driver: String,
    buckets: Mutex<BTreeMap<String, Entry>>,
}

/// What is known of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The fastest variant.
    pub(crate) best: String,
    /// The variants that were slower.
    pub(crate) slower: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    driver: String,
    kernels: u64,
    buckets: BTreeMap<String, Entry>,
}

impl Known {
    /// What the user's cache has of an adapter.
    pub(crate) fn of(adapter: &AdapterInfo) -> Known {
        let mut hasher = DefaultHasher::new();
        (&adapter.name, adapter.backend.to_str(), adapter.vendor, adapter.device).hash(&mut hasher);
        let path = wgrad_tensor::cache_directory().map(|cache| cache.join("wgpu").join(format!("{:016x}.json", hasher.finish())));
        Known::at(path, format!("{}, {} {}", adapter.name, adapter.driver, adapter.driver_info))
    }

    /// What a file has of a driver.
    pub(crate) fn at(path: Option<PathBuf>, driver: String) -> Known {
        let known = Known { path, driver, buckets: Mutex::default() };
        *lock(&known.buckets) = known.read();
        known
    }

    pub(crate) fn get(&self, bucket: &str) -> Option<Entry> {
        lock(&self.buckets).get(bucket).cloned()
    }

    pub(crate) fn set(&self, bucket: &str, entry: Entry) {
        lock(&self.buckets).insert(bucket.into(), entry);
    }

    fn read(&self) -> BTreeMap<String, Entry> {
        let read = self.path.as_deref().filter(|path| path.exists()).map(|path| read(path).map_err(|why| (path, why)));
        match read {
            None => BTreeMap::new(),
            Some(Ok(contents)) if contents.version == VERSION && contents.driver == self.driver && contents.kernels == kernels() => {
                contents.buckets.into_iter().take(MOST_BUCKETS).collect()
            }
            Some(Ok(_)) => {
                note(|| "what was measured is of another driver or other kernels".into());
                BTreeMap::new()
            }
            Some(Err((path, why))) => {
                note(|| format!("{} is ignored: {why}", path.display()));
                BTreeMap::new()
            }
        }
    }

    /// Writes the file, with what others have written meanwhile. Where it cannot be written, the next process measures again.
    pub(crate) fn save(&self) {
        let Some(path) = &self.path else { return };
        let mut buckets = self.read();
        let own = lock(&self.buckets).clone();
        buckets.extend(own);
        while buckets.len() > MOST_BUCKETS {
            buckets.pop_first();
        }
        let contents = Contents { version: VERSION, driver: self.driver.clone(), kernels: kernels(), buckets };
        if let Err(why) = write(path, &contents) {
            note(|| format!("{} cannot be written: {why}", path.display()));
        }
    }
}

/// What the texts of the kernels are.
fn kernels() -> u64 {
    wgrad_shaders::fingerprint()
}

fn read(path: &Path) -> Result<Contents, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    // One byte more than may be there, so that a longer file is not taken for a whole one.
    file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > MOST_BYTES {
        return Err(format!("it is longer than {MOST_BYTES} bytes"));
    }
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// Writes a file beside the one that is replaced.
fn write(path: &Path, contents: &Contents) -> Result<(), String> {
    let text = serde_json::to_string_pretty(contents).map_err(|error| error.to_string())?;
    let part = path.with_extension(format!("{}.part", std::process::id()));
    let directory = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = directory.and_then(|()| fs::write(&part, text)).and_then(|()| fs::rename(&part, path));
    written.map_err(|error| {
        // What is left of the new file is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&part);
        error.to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(best: &str) -> Entry {
        Entry { best: best.into(), slower: vec!["b".into()] }
    }

    #[test]
    fn what_is_saved_is_known_to_the_same_driver_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = || Some(folder.path().join("deep").join("file.json"));
        let (one, two) = (Known::at(path(), "driver 1".into()), Known::at(path(), "driver 1".into()));
        one.set("x", entry("a"));
        one.save();
        two.set("y", entry("c"));
        two.save();
        let all = Known::at(path(), "driver 1".into());
        assert_eq!((all.get("x"), all.get("y")), (Some(entry("a")), Some(entry("c"))));
        assert_eq!(Known::at(path(), "driver 2".into()).get("x"), None);
        let files = fs::read_dir(folder.path().join("deep")).expect("the folder").count();
        assert_eq!(files, 1);
    }

    #[test]
    fn what_is_not_understood_is_ignored_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file.json");
        let kernels = kernels();
        let too_long = format!(r#"{{"version":1,"driver":"d","kernels":{kernels},"buckets":{{}},"more":"{}"}}"#, "x".repeat(1 << 20));
        let texts = [
            "",
            "{",
            "[1, 2]",
            "null",
            &"[".repeat(100_000),
            "\u{0}",
            r#"{"version":1}"#,
            &format!(r#"{{"version":2,"driver":"d","kernels":{kernels},"buckets":{{"x":{{"best":"a","slower":[]}}}}}}"#),
            &format!(r#"{{"version":1,"driver":"d","kernels":{kernels},"buckets":{{"x":7}}}}"#),
            r#"{"version":1,"driver":"d","kernels":1,"buckets":{"x":{"best":"a","slower":[]}}}"#,
            &too_long,
        ];
        for text in texts {
            fs::write(&path, text).expect("a file");
            let known = Known::at(Some(path.clone()), "d".into());
            assert_eq!(known.get("x"), None, "{:.80}", text);
            known.set("x", entry("a"));
            known.save();
            assert_eq!(Known::at(Some(path.clone()), "d".into()).get("x"), Some(entry("a")), "{:.80}", text);
        }
        fs::write(&path, [0xff, 0xfe, 0]).expect("a file");
        assert_eq!(Known::at(Some(path), "d".into()).get("x"), None);
        // A folder in the place of the file, and no place at all.
        let known = Known::at(Some(folder.path().into()), "d".into());
        known.save();
        Known::at(None, "d".into()).save();
    }
}
