//! Cases that Keras computed, on every device: the small set of this repository, and the folder that `WGRAD_GOLDEN` names (or `../shared/golden` beside
//! the repository), where it is there.

use std::path::PathBuf;
use wgrad_cpu as _;
use wgrad_testing::{
    device_or_skip,
    golden::{Index, run},
};
#[cfg(feature = "wgpu")]
use wgrad_wgpu as _;

/// How many cases of a kind in the full set must pass.
enum Passing {
    All,
    /// Some are not supported yet.
    AtLeast(usize),
}

/// The folders of cases that there are, and whether they are the full set.
fn folders() -> Vec<(PathBuf, bool)> {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("WGRAD_GOLDEN").map(PathBuf::from);
    let beside = crate_folder.join("../../../shared/golden");
    let full = named.or_else(|| Some(beside).filter(|folder| folder.is_dir()));
    if full.is_none() {
        eprintln!("SKIPPED: the full set of Keras' cases is not there; name its folder with WGRAD_GOLDEN");
    }
    let small = Some(crate_folder.join("golden/small")).filter(|folder| folder.is_dir());
    small.map(|folder| (folder, false)).into_iter().chain(full.map(|folder| (folder, true))).collect()
}

fn check(device: &str, kind: &str, passing: Passing) {
    let Some(device) = device_or_skip(device) else { return };
    for (folder, is_full) in folders() {
        let index = Index::open(&folder).unwrap();
        let report = run(&index, &device, |entry| entry.kind == kind);
        let enough = match passing {
            Passing::All => report.failed() == 0,
            Passing::AtLeast(least) if is_full => report.passed() >= least,
            Passing::AtLeast(_) => true,
        };
        assert!(enough, "{kind} on {device}, cases of {}:\n{report}", folder.display());
    }
}

macro_rules! kinds {
    ($($device:ident),*: $kinds:tt) => {
        $(mod $device { kinds! { @tests $device $kinds } })*
    };
    (@tests $device:ident { $($kind:ident: $passing:expr,)* }) => {
        use super::{Passing::*, check};
        $(#[test] fn $kind() { check(stringify!($device), stringify!($kind), $passing); })*
    };
}

macro_rules! on {
    ($($device:ident),*) => {
        kinds! { $($device),*: {
            layer: AtLeast(256),
            activation: All,
            loss: All,
            metric: All,
            optimizer: All,
            schedule: All,
            regularizer: All,
            constraint: All,
            initializer: All,
            train: AtLeast(12),
            model: AtLeast(2),
        } }
    };
}

on!(reference, cpu);
#[cfg(feature = "wgpu")]
on!(wgpu);
