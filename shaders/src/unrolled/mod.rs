//! Bodies of kernels written out. For `matmul_register.wgsl`: every sum and every element that is fetched is a variable of its own. Drivers that do not unroll loops
//! keep arrays in memory, which costs SwiftShader eight times as much as the sums.

mod block;
mod conv;
mod dense;
mod window;

pub(crate) use block::{BlockAxis, ConvBlock};
pub(crate) use conv::{ConvTile, RowAxis, TermAxis};
pub(crate) use dense::DenseTile;
pub(crate) use window::{WindowAxis, scatter, select};

use std::fmt::Write;

/// The tile of an invocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tile {
    /// A multiple of 4.
    pub(crate) rows: u32,
    /// A multiple of 4.
    pub(crate) columns: u32,
    /// Whether the tiles cover the rows and the columns of the result exactly.
    pub(crate) exact: (bool, bool),
}

/// Along which axis an operand is fetched by four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetch {
    /// Four terms of the sums of one row or column.
    Terms,
    /// One term of four rows or columns.
    Others,
    /// Nothing is fetched by four.
    Single,
}

impl Fetch {
    /// Rows or columns of a fetch.
    fn step(self) -> usize {
        if self == Fetch::Others { 4 } else { 1 }
    }

    /// The element of row or column `i` at term `q` after the fetches `name{i}_{q}`.
    fn element(self, name: &str, i: u32, q: u32) -> String {
        let axis = |i: u32| ['x', 'y', 'z', 'w'][i as usize % 4];
        match self {
            Fetch::Terms => format!("{name}{i}_0.{}", axis(q)),
            Fetch::Others => format!("{name}{}_{q}.{}", i / 4 * 4, axis(i)),
            Fetch::Single => format!("{name}{i}_{q}"),
        }
    }
}

impl Tile {
    /// `fn main`, given what follows the places of the tile.
    fn main(&self, body: &str) -> String {
        format!("{HEAD}{body}}}")
    }

    fn positions(&self) -> impl Iterator<Item = (u32, u32)> + use<> {
        let (m, n) = (self.rows, self.columns);
        (0..m).flat_map(move |i| (0..n).map(move |j| (i, j)))
    }

    fn sums(&self, body: &mut String) {
        for (i, j) in self.positions() {
            let _ = writeln!(body, "    var sum{i}_{j} = 0.0;");
        }
    }

    /// Adds `terms` terms to every sum, in order.
    fn add(&self, body: &mut String, a: Fetch, b: Fetch, terms: u32) {
        for (i, j) in self.positions() {
            let term = |sum: String, q: u32| format!("fma({}, {}, {sum})", a.element("a", i, q), b.element("b", j, q));
            let sum = (0..terms).fold(format!("sum{i}_{j}"), term);
            let _ = writeln!(body, "        sum{i}_{j} = {sum};");
        }
    }

    fn stores(&self, body: &mut String) {
        *body += "    let first = split * BATCH * M * N;\n";
        for i in 0..self.rows {
            let row = if self.exact.0 { "{" } else { &format!("if (row0 + {i}u < M) {{") };
            let _ = writeln!(body, "    {row}");
            for j in 0..self.columns {
                let store = format!("epilogue(first + position_of(batch, row0 + {i}u, column0 + {j}u), sum{i}_{j});");
                let _ = writeln!(body, "        {}", self.guarded(j, &store));
            }
            *body += "    }\n";
        }
    }

    fn guarded(&self, column: u32, store: &str) -> String {
        if self.exact.1 { store.into() } else { format!("if (column0 + {column}u < N) {{ {store} }}") }
    }
}

/// `rest % n` and `rest / n` in u32; by masking and shifting where that does, as some drivers (SwiftShader) divide lane by lane.
fn parted(rest: &str, n: i64) -> (String, String) {
    match n {
        1 => ("0u".into(), rest.into()),
        n if n.count_ones() == 1 => (format!("({rest} & {}u)", n - 1), format!("({rest} >> {}u)", n.trailing_zeros())),
        n => (format!("{rest} % {n}u"), format!("{rest} / {n}u")),
    }
}

const HEAD: &str =
    "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let tiles_m = (M + TILE_M - 1u) / TILE_M;
    let tiles_n = (N + TILE_N - 1u) / TILE_N;
    let id = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
    let batch = id / (tiles_m * tiles_n) % BATCH;
    let split = id / (tiles_m * tiles_n * BATCH);
    if (split >= SPLITS) {
        return;
    }
    let row0 = id / tiles_n % tiles_m * TILE_M;
    let column0 = id % tiles_n * TILE_N;
";
