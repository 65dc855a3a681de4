//! The files of `wgsl/`, by name.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Names and texts of all kernels.
        pub(crate) const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../wgsl/", $name)))),*];
    };
}

files![
    "argsort_merge.wgsl",
    "argsort_rank.wgsl",
    "conv_a_along_k.wgsl",
    "conv_a_along_m.wgsl",
    "conv_b_along_k.wgsl",
    "conv_b_along_n.wgsl",
    "conv_direct.wgsl",
    "conv_gemm.wgsl",
    "cumsum.wgsl",
    "gather.wgsl",
    "matmul_a_along_k.wgsl",
    "matmul_a_along_m.wgsl",
    "matmul_b_along_k.wgsl",
    "matmul_b_along_n.wgsl",
    "matmul_cooperative.wgsl",
    "matmul_register.wgsl",
    "matmul_slices.wgsl",
    "matmul_subgroup.wgsl",
    "matmul_tile.wgsl",
    "random.wgsl",
    "roof_copy.wgsl",
    "roof_fma.wgsl",
    "scatter_add.wgsl",
    "scatter_add_sorted.wgsl",
    "sum_splits.wgsl",
    "window_scatter.wgsl",
    "window_scatter_disjoint.wgsl",
    "window_select.wgsl",
    "window_sum.wgsl",
];

/// The file of a name.
pub(crate) fn find(name: &str) -> Option<&'static (&'static str, &'static str)> {
    FILES.iter().find(|(file, _)| *file == name)
}

/// The names of all kernels.
pub fn file_names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}
