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

/// The folders of cases that there are.
fn folders() -> Vec<PathBuf> {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("WGRAD_GOLDEN").map(PathBuf::from);
    let beside = crate_folder.join("../../../shared/golden");
    let full = named.or_else(|| Some(beside).filter(|folder| folder.is_dir()));
    if full.is_none() {
        eprintln!("SKIPPED: the full set of Keras' cases is not there; name its folder with WGRAD_GOLDEN");
    }
    std::iter::once(crate_folder.join("golden/small")).chain(full).collect()
}

fn check(device: &str, kind: &str) {
    let Some(device) = device_or_skip(device) else { return };
    let mut passed = 0;
    for folder in folders() {
        let index = Index::open(&folder).unwrap();
        let report = run(&index, &device, |entry| entry.kind == kind);
        assert!(report.failed() == 0, "{kind} on {device}, cases of {}:\n{report}", folder.display());
        passed += report.passed();
    }
    // Models are files, which only the full set has.
    assert!(passed > 0 || kind == "model", "there are no cases of kind {kind}");
}

macro_rules! on {
    ($($device:ident)*) => {
        $(mod $device {
            on! { @kinds $device layer activation loss metric optimizer schedule regularizer constraint initializer train model }
        })*
    };
    (@kinds $device:ident $($kind:ident)*) => {
        $(#[test] fn $kind() { super::check(stringify!($device), stringify!($kind)); })*
    };
}

on!(reference cpu);
#[cfg(feature = "wgpu")]
on!(wgpu);
