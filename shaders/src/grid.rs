//! How a number of workgroups becomes a grid, and what the choice of a variant may depend on.

/// The most workgroups that WebGPU guarantees in one dimension.
const LIMIT: u64 = 65_535;

/// A grid of at least `count` workgroups, none of whose dimensions exceeds WebGPU's limit. Kernels number their workgroups
/// `x + grid.x * (y + grid.y * z)` and ignore what lies beyond their own count; `None` where even three dimensions do not suffice.
///
/// ```
/// assert_eq!(wgrad_shaders::workgroups(100), Some([100, 1, 1]));
/// assert_eq!(wgrad_shaders::workgroups(65_536), Some([32_768, 2, 1]));
/// assert_eq!(wgrad_shaders::workgroups(u64::MAX), None);
/// ```
pub fn workgroups(count: u64) -> Option<[u32; 3]> {
    let z = count.div_ceil(LIMIT * LIMIT).max(1);
    let y = count.div_ceil(z).div_ceil(LIMIT).max(1);
    let x = count.div_ceil(z * y);
    (z <= LIMIT).then_some([x as u32, y as u32, z as u32])
}

/// What a default choice may depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adapter {
    /// A software driver: memory is as near as registers, loads are dear, barriers dearer.
    pub software: bool,
    /// The size of every subgroup, where subgroup operations are enabled and there is only one size.
    pub subgroup: Option<u32>,
    /// Rows and columns of the cooperative matrices of f16 with sums of f32, where they are enabled.
    pub cooperative: Option<u32>,
}

impl Adapter {
    /// A software driver whose subgroups, if any, are too small to share what they load: SwiftShader.
    pub(crate) fn is_narrow(&self) -> bool {
        self.software && self.subgroup.is_none_or(|lanes| lanes < 8)
    }
}
