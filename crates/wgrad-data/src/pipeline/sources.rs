//! Where items come from.

use super::{IntoRows, Items, Pipeline};
use crate::{Error, Result};
use std::{
    fs::File,
    io::{BufRead, BufReader},
    iter,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

impl<T: Send + 'static> Pipeline<T> {
    /// The items of the iterator that `begin` makes for each pass.
    pub fn from_fn<I>(begin: impl Fn() -> I + Send + Sync + 'static) -> Pipeline<T>
    where
        I: IntoIterator<Item = T>,
        I::IntoIter: Send + 'static,
    {
        Pipeline::new(move |_| begin().into_iter().map(Ok))
    }

    /// The items of an iterator that can run once (a channel, a generator): a second pass is an `Err`. [`Pipeline::cache`] makes it repeatable.
    pub fn once<I>(items: I) -> Pipeline<T>
    where
        I: IntoIterator<Item = T>,
        I::IntoIter: Send + 'static,
    {
        let items = Mutex::new(Some(items.into_iter()));
        Pipeline::new(move |_| match items.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(items) => Items(Box::new(items.map(Ok))),
            None => Items(Box::new(iter::once(Err(Error::Pipeline {
                stage: "once",
                why: "its iterator has been run through; use cache() to keep the items of the first pass".into(),
            })))),
        })
    }
}

impl<T: Clone + Send + Sync + 'static> Pipeline<T> {
    /// The items of a vector.
    pub fn from_vec(items: impl Into<Vec<T>>) -> Pipeline<T> {
        let items: Arc<[T]> = items.into().into();
        Pipeline::new(move |_| {
            let items = items.clone();
            (0..items.len()).map(move |i| Ok(items[i].clone()))
        })
    }
}

impl Pipeline<usize> {
    /// `0, 1, .., n - 1`.
    pub fn range(n: usize) -> Pipeline<usize> {
        Pipeline::new(move |_| (0..n).map(Ok))
    }
}

impl<R: Send + 'static> Pipeline<R> {
    /// The rows of one array, or of several with as many rows each: `Pipeline::from_arrays((x, y))` has pairs. (`wgrad::io::load_npz`
    /// and [`crate::idx::load`] read arrays from files.)
    ///
    /// # Errors
    /// Arrays without a first axis or with different numbers of rows; those of evaluating a tensor.
    pub fn from_arrays(arrays: impl IntoRows<Row = R>) -> Result<Pipeline<R>> {
        let (n, row) = arrays.into_rows()?;
        Ok(Pipeline::new(move |_| {
            let row = row.clone();
            (0..n).map(move |i| Ok(row(i)))
        }))
    }
}

impl Pipeline<String> {
    /// The lines of a text file, which is opened anew for each pass. A line that cannot be read, or is not UTF-8, is an `Err` that names it and ends
    /// the pass.
    pub fn lines(path: impl AsRef<Path>) -> Pipeline<String> {
        let path: PathBuf = path.as_ref().into();
        Pipeline::new(move |_| Lines { path: path.clone(), lines: None, number: 0, ended: false })
    }
}

/// The lines of a file, opened when the first is asked for.
struct Lines {
    path: PathBuf,
    lines: Option<std::io::Lines<BufReader<File>>>,
    number: usize,
    ended: bool,
}

impl Lines {
    fn read(&mut self) -> std::io::Result<Option<String>> {
        if self.lines.is_none() {
            self.lines = Some(BufReader::new(File::open(&self.path)?).lines());
        }
        self.lines.as_mut().and_then(Iterator::next).transpose()
    }
}

impl Iterator for Lines {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        if self.ended {
            return None;
        }
        self.number += 1;
        let line = self.read().map_err(|source| Error::Io { file: format!("{}, line {}", self.path.display(), self.number), source });
        self.ended = !matches!(line, Ok(Some(_)));
        line.transpose()
    }
}
