//! Where the files of a data set are looked for, and where they were found.

use crate::{Error, Result, download, file::DataFile};
use std::{
    env, fmt,
    path::{Path, PathBuf},
};

/// The places where a data set is looked for, in this order.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// A directory given by the user. If there is one, nothing else is tried.
    pub user: Option<PathBuf>,
    /// The directory of the system's packages.
    pub system: Option<PathBuf>,
    /// The user's cache, which downloads go to.
    pub cache: Option<PathBuf>,
    /// The address of the set's folder.
    pub url: Option<String>,
}

/// Where a data set was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A directory given by the user.
    User(PathBuf),
    /// The directory of the system's package.
    System(PathBuf),
    /// The user's cache.
    Cache(PathBuf),
    /// Fetched now, into the user's cache.
    Download {
        /// From this address.
        url: String,
        /// Into this directory.
        cache: PathBuf,
    },
    /// The sample that the crate carries.
    Sample {
        /// Why nothing else was used.
        why: String,
    },
}

impl Places {
    /// `WGRAD_DATA`; `/usr/share/datasets`, where Debian's `dataset-*` packages put theirs; the user's cache ([`wgrad_tensor::cache_directory`]);
    /// the address `url`.
    pub fn from_env(url: &str) -> Places {
        let directory = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Places {
            user: directory("WGRAD_DATA"),
            system: Some("/usr/share/datasets".into()),
            cache: wgrad_tensor::cache_directory(),
            url: Some(url.into()),
        }
    }

    /// The directory with the files of `set`, or `None` where only the sample is left.
    pub(crate) fn find(&self, set: &str, files: &[DataFile]) -> (Option<PathBuf>, Source) {
        if let Some(user) = &self.user {
            let directory = user.join(set);
            return (Some(directory.clone()), Source::User(directory));
        }
        let installed = self.system.iter().map(|path| path.join(set)).find(|directory| directory.is_dir());
        if let Some(directory) = installed {
            return (Some(directory.clone()), Source::System(directory));
        }
        let Some(cache) = self.cache.as_ref().map(|path| path.join(set)) else {
            return (None, Source::Sample { why: "there is no cache directory to download into".into() });
        };
        match self.fill(&cache, files) {
            Ok(source) => (Some(cache), source),
            Err(error) => (None, Source::Sample { why: error.to_string() }),
        }
    }

    /// Downloads what the cache lacks.
    fn fill(&self, cache: &Path, files: &[DataFile]) -> Result<Source> {
        let missing: Vec<_> = files.iter().filter(|file| !cache.join(file.name).exists()).collect();
        if missing.is_empty() {
            return Ok(Source::Cache(cache.into()));
        }
        let no_address = || Error::Download { url: cache.display().to_string(), why: "no address to download from".into() };
        let url = self.url.clone().ok_or_else(no_address)?;
        missing.into_iter().try_for_each(|file| download::fetch(&url, file, cache))?;
        Ok(Source::Download { url, cache: cache.into() })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::User(path) => write!(f, "{} (WGRAD_DATA)", path.display()),
            Source::System(path) => write!(f, "{} (the system's package)", path.display()),
            Source::Cache(path) => write!(f, "{} (cache)", path.display()),
            Source::Download { url, cache } => write!(f, "{url} (downloaded to {})", cache.display()),
            Source::Sample { why } => write!(f, "the sample that wgrad carries ({why})"),
        }
    }
}
