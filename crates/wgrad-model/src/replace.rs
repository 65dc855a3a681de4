//! Files that are always whole: the old one until the new one is complete.

use crate::{Error, Result};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

/// How long one writer waits for another of the same file.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn file_error(path: &Path, why: impl ToString) -> Error {
    Error::File { path: path.display().to_string(), why: why.to_string() }
}

/// Puts a file in the place of the one that was there, whole or not at all: the new one is `PATH.part` until it is complete. Threads and processes that
/// write to one path take turns; the last one's file stays. Where the path is a link, what it leads to is replaced.
///
/// # Errors
/// Those of the file system; a path to what is no file; another writer that does not finish.
pub fn replace_file(path: &Path, contents: &[u8]) -> Result<()> {
    // A path that does not lead anywhere yet is no link.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let written = part_of(&target).and_then(|part| {
        let mut file = claim(&part)?;
        write(&mut file, contents, &part, &target).inspect_err(|_| {
            // What is left of the new file is of no use; that it cannot be removed changes nothing.
            let _ = std::fs::remove_file(&part);
        })
    });
    written.map_err(|why| file_error(path, why))
}

fn part_of(target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().ok_or_else(|| io::Error::other("this is no name of a file"))?;
    // A device or a pipe would be gone, with a file in its place.
    if target.metadata().is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other("what is there is no file"));
    }
    let mut name = name.to_os_string();
    name.push(".part");
    Ok(target.with_file_name(name))
}

/// The new file, empty, for this writer alone until it is closed.
fn claim(part: &Path) -> io::Result<File> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(part)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(2)),
            // Some network file systems have no locks: there, writers must agree among themselves.
            Ok(()) | Err(TryLockError::Error(_)) => {
                // Before it was locked the other writer may have given it its final name.
                if same_file::Handle::from_path(part).ok() == same_file::Handle::from_file(file.try_clone()?).ok() {
                    file.set_len(0)?;
                    return Ok(file);
                }
            }
        }
    }
    let seconds = PATIENCE.as_secs();
    Err(io::Error::other(format!("another writer has not finished within {seconds} s: {} is locked", part.display())))
}

fn write(file: &mut File, contents: &[u8], part: &Path, target: &Path) -> io::Result<()> {
    file.write_all(contents)?;
    // The name must not lead to contents that a power cut can still take away.
    file.sync_all()?;
    std::fs::rename(part, target)?;
    sync_folder(target);
    Ok(())
}

/// Until the folder is on the disk, too, a power cut can bring the old file back. Where folders cannot be read or synced that stays so: the file is there.
fn sync_folder(path: &Path) {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, process};

    /// A folder of its own for each test, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("wgrad-replace-{name}-{}", process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir(&path).unwrap();
            Folder(path)
        }

        fn names(&self) -> Vec<String> {
            let mut names: Vec<String> =
                fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn writers_of_one_path_take_turns() {
        let folder = Folder::new("turns");
        let path = folder.0.join("model");
        let contents = |writer: u8| vec![writer; 100_000 + usize::from(writer)];
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let path = &path;
                scope.spawn(move || (0..10).for_each(|_| replace_file(path, &contents(writer)).unwrap()));
            }
            for _ in 0..200 {
                if let Ok(found) = fs::read(&path) {
                    assert!(found == contents(found[0]), "{} bytes of writer {}", found.len(), found[0]);
                }
            }
        });
        assert_eq!(folder.names(), ["model"]);
    }

    #[test]
    fn what_a_killed_writer_left_is_written_over() {
        let folder = Folder::new("killed");
        fs::write(folder.0.join("model.part"), [1; 100]).unwrap();
        replace_file(&folder.0.join("model"), b"new").unwrap();
        assert_eq!((fs::read(folder.0.join("model")).unwrap().as_slice(), folder.names()), (&b"new"[..], vec!["model".to_string()]));
    }

    #[cfg(unix)]
    #[test]
    fn links_stay() {
        let folder = Folder::new("links");
        fs::write(folder.0.join("real"), "old").unwrap();
        std::os::unix::fs::symlink("real", folder.0.join("link")).unwrap();
        replace_file(&folder.0.join("link"), b"new").unwrap();
        assert!(folder.0.join("link").is_symlink());
        assert_eq!(
            (fs::read(folder.0.join("real")).unwrap().as_slice(), folder.names()),
            (&b"new"[..], vec!["link".to_string(), "real".into()])
        );
    }

    #[test]
    fn what_cannot_be_replaced() {
        let folder = Folder::new("refused");
        let refused = |path: &Path| replace_file(path, b"").unwrap_err().to_string();
        assert!(refused(&folder.0).ends_with("what is there is no file"), "{}", refused(&folder.0));
        #[cfg(unix)]
        assert_eq!(refused(Path::new("/dev/null")), "/dev/null: what is there is no file");
        assert!(refused(Path::new("")).ends_with("this is no name of a file"));
        let missing = folder.0.join("missing").join("model");
        assert!(refused(&missing).contains("No such file") || cfg!(not(unix)), "{}", refused(&missing));
    }
}
