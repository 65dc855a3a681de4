//! What matrix products and convolutions share: tiles, splits, and the choice of them.

use crate::{
    Adapter, Element, Error, Kernel, MatMulVariant, Shader, Tile, WORKGROUP,
    kernel::{positions, split},
    unrolled,
};

/// The lengths of a batch of products.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gemm {
    pub(crate) batch: u32,
    pub(crate) m: u32,
    pub(crate) k: u32,
    pub(crate) n: u32,
    /// Whether register tiles add exactly the terms that there are, by loops that splits cut elsewhere.
    pub(crate) in_loops: bool,
}

/// Products of fewer multiplications take the kernel that compiles fastest.
const SMALL: u64 = 1 << 15;

/// Products of at least so many multiplications are worth the kernel that takes longest to compile: on llvmpipe 0.7 s, for a tenth of the time of a run.
const LARGE: u64 = 1 << 24;

/// Sums of so many terms are worth sharing among invocations.
const LONG: u32 = 32;

/// Register tiles, and what a multiplication costs in each on a driver whose loads are dear (SwiftShader).
const REGISTER_TILES: [(u32, u32, u64); 3] = [(8, 8, 4), (4, 8, 5), (4, 4, 6)];

impl Gemm {
    /// The number of multiplications.
    fn work(&self) -> u64 {
        [self.batch, self.m, self.k, self.n].iter().fold(1, |work, &n| work.saturating_mul(n.into()))
    }

    /// Whether compiling is what costs.
    pub(crate) fn is_small(&self) -> bool {
        self.work() < SMALL
    }

    /// Every variant that computes this product on this adapter.
    pub(crate) fn variants(&self, adapter: &Adapter, may_split: bool) -> Vec<MatMulVariant> {
        let mut tiles: Vec<Tile> = REGISTER_TILES.map(|(m, n, _)| self.register(adapter, m, n)).to_vec();
        if let Some(lanes) = adapter.subgroup.filter(|&lanes| (8..=32).contains(&lanes) && lanes.is_power_of_two()) {
            tiles.extend([16, 32].map(|m| Tile::Subgroup { lanes, m: m.max(lanes), n: 4 }));
        }
        tiles.extend([Tile::Workgroup, Tile::Slices]);
        tiles.dedup();
        let splits = self.splits(adapter, self.register(adapter, 8, 8));
        let counts = if may_split && splits > 1 { vec![1, splits] } else { vec![1] };
        counts.iter().flat_map(|&splits| tiles.iter().map(move |&tile| MatMulVariant { tile, splits })).collect()
    }

    /// A good variant without measuring.
    ///
    /// * Small products: the smallest register tiles, which compile fastest.
    /// * A software driver with subgroup operations: subgroup tiles, which load least; register tiles where the result has hardly any columns, which
    ///   would leave lanes idle.
    /// * A software driver without, or with few lanes: the register tiles that do the least for all of the result.
    /// * Else workgroup memory for large results, slices for small ones: what costs is to wait for memory, the less the more invocations do. Register tiles
    ///   where the sums are too short to share.
    ///
    /// Sums are split where the result is too small to keep the adapter busy and the sums are long.
    pub(crate) fn choose(&self, adapter: &Adapter, may_split: bool) -> MatMulVariant {
        let tile = match (adapter.software, adapter.subgroup) {
            _ if self.is_small() && (adapter.software || self.k < LONG) => self.register(adapter, 4, 4),
            (true, Some(lanes)) if (8..=16).contains(&lanes) && lanes.is_power_of_two() && self.n > 4 => {
                let tall = Tile::Subgroup { lanes, m: 32, n: 4 };
                if self.m > 16 && self.work() >= LARGE && (self.tiles(tall) >= 4 || (may_split && self.k >= 4096)) {
                    tall
                } else {
                    Tile::Subgroup { lanes, m: 16, n: 4 }
                }
            }
            (true, _) => self.cheapest(adapter),
            (false, _) if self.m >= 64 && self.n >= 32 && self.tiles(Tile::Workgroup) >= 128 => Tile::Workgroup,
            (false, _) if self.k >= LONG => Tile::Slices,
            (false, _) => self.register(adapter, 4, 4),
        };
        MatMulVariant { tile, splits: if may_split { self.splits(adapter, tile) } else { 1 } }
    }

    /// The passes, given what specialises the fetches of the operands, and what writes a register tile out.
    pub(crate) fn kernel(
        &self,
        variant: MatMulVariant,
        element: Element,
        specialise: impl FnOnce(Shader) -> Result<Shader, Error>,
        unroll: impl FnOnce(unrolled::Tile, &Shader) -> Option<String>,
    ) -> Result<Kernel, Error> {
        let MatMulVariant { tile, splits } = variant;
        let (shader, workgroup) = match tile {
            Tile::Register { m, n, workgroup } => {
                (Shader::new("matmul_register.wgsl").set("TILE_M", m).set("TILE_N", n).set("WORKGROUP", workgroup), workgroup)
            }
            Tile::Subgroup { lanes, m, n } => {
                (Shader::new("matmul_subgroup.wgsl").set("TILE_M", m).set("TILE_N", n).set("LANES", lanes), 1)
            }
            Tile::Workgroup => (Shader::new("matmul_tile.wgsl"), 1),
            Tile::Slices => (Shader::new("matmul_slices.wgsl"), 1),
            Tile::Cooperative { .. } => {
                let what = "an operand that is no matrix in memory".into();
                return Err(Error::Unsupported { file: "matmul_cooperative.wgsl", what });
            }
        };
        let shader = shader.element(element).set("BATCH", self.batch).set("M", self.m).set("K", self.k.max(1)).set("N", self.n);
        let mut shader = specialise(shader.set("SPLITS", splits.max(1)))?;
        if self.k == 0 {
            // An empty sum: there is nothing to fetch.
            for name in ["fetch_a", "fetch_b"] {
                shader = shader
                    .replace_function(name, &format!("fn {name}(place: vec4<i32>, k: u32) -> vec4<f32> {{\n    return vec4<f32>();\n}}"));
            }
        }
        if let Tile::Register { m, n, .. } = tile {
            let exact = (self.m.is_multiple_of(m.max(1)), self.n.is_multiple_of(n.max(1)));
            let tile = unrolled::Tile { rows: m, columns: n, exact };
            if let Some(main) = unroll(tile, &shader) {
                shader = shader.replace_function("main", &main);
            }
        }
        let count = u128::from(self.tiles(tile)) * u128::from(splits.max(1));
        if splits <= 1 {
            return Kernel::single(shader, count, workgroup);
        }
        let elements = positions(&shader, "the number of results", [self.batch, self.m, self.n].map(|n| n as usize))?;
        split(shader, element, splits, elements, (count, workgroup))
    }

    /// A register tile. Workgroups of a software driver are small, as they are what its cores share.
    fn register(&self, adapter: &Adapter, m: u32, n: u32) -> Tile {
        let tiles = u64::from(self.m.div_ceil(m)) * u64::from(self.n.div_ceil(n)) * u64::from(self.batch);
        Tile::Register { m, n, workgroup: if adapter.software && tiles < 2048 { 8 } else { WORKGROUP } }
    }

    /// The register tile that takes a software driver the least time: four tiles at once, on a few cores.
    fn cheapest(&self, adapter: &Adapter) -> Tile {
        let cost = |&(m, n, weight): &(u32, u32, u64)| {
            let tiles = self.tiles(self.register(adapter, m, n));
            tiles.div_ceil(4).max(4).saturating_mul(u64::from(m * n) * weight)
        };
        let (m, n, _) = REGISTER_TILES.into_iter().min_by_key(cost).unwrap_or(REGISTER_TILES[0]);
        self.register(adapter, m, n)
    }

    /// The number of tiles of the result.
    fn tiles(&self, tile: Tile) -> u64 {
        let (m, n) = tile.size();
        let per_product = u64::from(self.m.div_ceil(m)) * u64::from(self.n.div_ceil(n));
        per_product.saturating_mul(self.batch.into())
    }

    /// Into how many parts to split the sums: enough for all cores, none shorter than 512 (on a GPU; 1,024 in software, where cores are few).
    fn splits(&self, adapter: &Adapter, tile: Tile) -> u32 {
        let (wanted, shortest) = if adapter.software { (64, 1024) } else { (32768, 512) };
        let lanes = match tile {
            Tile::Register { .. } => 1,
            Tile::Subgroup { lanes, .. } => u64::from(lanes),
            Tile::Workgroup | Tile::Slices => 256,
            Tile::Cooperative { lanes, .. } => u64::from(lanes),
        };
        let busy = self.tiles(tile).saturating_mul(lanes).max(1);
        (wanted / busy).min(u64::from(self.k / shortest)).clamp(1, 64) as u32
    }
}
