//! Keeping the items of the first pass.

use super::{Items, Pipeline};
use crate::Result;
use std::sync::{Arc, OnceLock};

impl<T: Clone + Send + Sync + 'static> Pipeline<T> {
    /// Keeps the items of the first pass that comes to its end without an error in memory; later passes take them from there. What comes before this
    /// stage then does not run again (and is not shuffled anew).
    #[must_use]
    pub fn cache(self) -> Pipeline<T> {
        let kept: Arc<OnceLock<Arc<[T]>>> = Arc::default();
        Pipeline::new(move |pass| match kept.get() {
            Some(items) => {
                let items = items.clone();
                Items(Box::new((0..items.len()).map(move |i| Ok(items[i].clone()))))
            }
            None => Items(Box::new(Filling { items: self.pass(pass), seen: Some(Vec::new()), kept: kept.clone() })),
        })
    }
}

/// A pass whose items are noted.
struct Filling<T> {
    items: Items<T>,
    /// `None` once there was an error.
    seen: Option<Vec<T>>,
    kept: Arc<OnceLock<Arc<[T]>>>,
}

impl<T: Clone> Iterator for Filling<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let item = self.items.next();
        match (&item, &mut self.seen) {
            (Some(Ok(item)), Some(seen)) => seen.push(item.clone()),
            (Some(Err(_)), seen) => *seen = None,
            (None, seen) => {
                if let Some(seen) = seen.take() {
                    self.kept.get_or_init(|| seen.into());
                }
            }
            (Some(Ok(_)), None) => {}
        }
        item
    }
}
