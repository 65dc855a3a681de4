//! Where files are kept that can be made anew: data sets, what was measured of a GPU.

use std::{env, path::PathBuf};

/// The directory `WGRAD_CACHE`, or `wgrad` in the user's cache directory (`XDG_CACHE_HOME`, `LOCALAPPDATA`, `~/.cache`), if there is any. It may not
/// exist yet.
pub fn cache_directory() -> Option<PathBuf> {
    find(&|name| env::var_os(name).map(PathBuf::from), env::home_dir())
}

/// Relative paths are ignored: they would name another directory wherever a program is started.
fn find(variable: &dyn Fn(&str) -> Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let named = |name| variable(name).filter(|path| path.is_absolute());
    let of_user = || named("XDG_CACHE_HOME").or_else(|| named("LOCALAPPDATA")).or_else(|| Some(home?.join(".cache")));
    named("WGRAD_CACHE").or_else(|| Some(of_user()?.join("wgrad")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_absolute_directory_counts() {
        let absolute = |name: &str| env::temp_dir().join(name);
        let with = |set: &[(&str, PathBuf)], home: Option<&str>| {
            let variable = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, path)| path.clone());
            find(&variable, home.map(absolute))
        };
        let (own, xdg) = (("WGRAD_CACHE", absolute("own")), ("XDG_CACHE_HOME", absolute("xdg")));
        assert_eq!(with(&[own.clone(), xdg.clone()], Some("me")), Some(own.1));
        assert_eq!(with(&[("WGRAD_CACHE", "here".into()), xdg.clone()], Some("me")), Some(xdg.1.join("wgrad")));
        assert_eq!(with(&[("XDG_CACHE_HOME", "".into())], Some("me")), Some(absolute("me").join(".cache").join("wgrad")));
        assert_eq!(with(&[], None), None);
    }
}
