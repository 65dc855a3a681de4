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
    /// What may be downloaded.
    pub download: Download,
}

/// Whether data sets are downloaded, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Download {
    /// Not at all.
    #[default]
    Never,
    /// From the address that the set's authors or Keras give.
    Canonical,
    /// From a folder at this address.
    From(String),
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

/// A folder of files that make a data set; some sets have several such forms.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Its name in each place.
    pub(crate) name: &'static str,
    /// Addresses of the same folder, tried one after the other; none where it cannot be downloaded.
    pub(crate) addresses: &'static [&'static str],
    /// The smallest first: where there is no network, it tells soonest.
    pub(crate) files: &'static [DataFile],
}

/// A folder that was found.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) directory: PathBuf,
    pub(crate) source: Source,
}

impl Places {
    /// `WGRAD_DATA`; `/usr/share/datasets`, where Debian's `dataset-*` packages put theirs; the user's cache ([`wgrad_tensor::cache_directory`]);
    /// a download into it.
    pub fn from_env() -> Places {
        let directory = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Places {
            user: directory("WGRAD_DATA"),
            system: Some("/usr/share/datasets".into()),
            cache: wgrad_tensor::cache_directory(),
            download: Download::Canonical,
        }
    }

    /// The first place that has one of `forms`, the better of which come first.
    ///
    /// # Errors
    /// [`Error::Missing`] where no place has one. In the user's directory, nothing is an error here: reading tells which file is not there.
    pub(crate) fn find<'a>(&self, forms: &'a [Folder]) -> Result<Found<'a>> {
        let Some(first) = forms.first() else {
            return Err(Error::Missing { set: String::new(), why: "it has no files".into() });
        };
        if let Some(user) = &self.user {
            let folder = forms.iter().find(|folder| folder.is_in(user)).unwrap_or(first);
            let directory = user.join(folder.name);
            return Ok(Found { folder, source: Source::User(directory.clone()), directory });
        }
        let installed = |folder: &&Folder| self.system.as_ref().is_some_and(|path| path.join(folder.name).is_dir());
        if let (Some(system), Some(folder)) = (&self.system, forms.iter().find(installed)) {
            let directory = system.join(folder.name);
            return Ok(Found { folder, source: Source::System(directory.clone()), directory });
        }
        let missing = |why: String| Error::Missing { set: first.name.into(), why };
        let cache = self.cache.as_ref().ok_or_else(|| missing("there is no cache directory to download into".into()))?;
        let directory = cache.join(first.name);
        let source = self.fill(&directory, first).map_err(|error| missing(error.to_string()))?;
        Ok(Found { folder: first, directory, source })
    }

    /// Downloads what the cache lacks.
    fn fill(&self, cache: &Path, folder: &Folder) -> Result<Source> {
        let missing: Vec<_> = folder.files.iter().filter(|file| !cache.join(file.name).exists()).collect();
        if missing.is_empty() {
            return Ok(Source::Cache(cache.into()));
        }
        let addresses = match &self.download {
            Download::Never => &[],
            Download::Canonical => folder.addresses,
            Download::From(address) => &[address.as_str()][..],
        };
        missing.into_iter().try_for_each(|file| download::fetch(addresses, file, cache))?;
        Ok(Source::Download { url: addresses.first().copied().unwrap_or_default().into(), cache: cache.into() })
    }
}

impl Folder {
    fn is_in(&self, place: &Path) -> bool {
        self.files.iter().any(|file| place.join(self.name).join(file.name).exists())
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
