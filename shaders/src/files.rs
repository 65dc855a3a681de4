//! The files of `wgsl/`, by name.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Names and texts of all kernels.
        pub(crate) const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../wgsl/", $name)))),*];
    };
}

files!["matmul_register.wgsl"];

/// The file of a name.
pub(crate) fn find(name: &str) -> Option<&'static (&'static str, &'static str)> {
    FILES.iter().find(|(file, _)| *file == name)
}

/// The names of all kernels.
pub fn file_names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}
