//! The product of two matrices, whose fetches are functions.

use super::{Fetch, Tile};
use std::fmt::Write;

/// A product of matrices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DenseTile {
    pub(crate) tile: Tile,
    /// `A_STEP` and `B_STEP` of the file.
    pub(crate) steps: (u32, u32),
    /// `B_SUM`.
    pub(crate) b_sum: bool,
}

impl DenseTile {
    /// `fn main`, in place of that of the file.
    pub(crate) fn main(&self) -> String {
        let fetch = |step: u32| if step == 4 { Fetch::Others } else { Fetch::Terms };
        let (a, b) = (fetch(self.steps.0), fetch(self.steps.1));
        let operands = [("a", "row0", a, self.tile.rows), ("b", "column0", b, self.tile.columns)];

        let mut body = String::from("    let part = (K + SPLITS * 4u - 1u) / (SPLITS * 4u) * 4u;\n");
        for (name, origin, fetch, length) in operands {
            for i in (0..length).step_by(fetch.step()) {
                let _ = writeln!(body, "    let {name}_place{i} = place_{name}(batch, {origin} + {i}u);");
            }
        }
        self.tile.sums(&mut body);
        for j in self.summed() {
            let _ = writeln!(body, "    var b_sum{j} = 0.0;");
        }
        body += "    for (var k = split * part; k < min(K, (split + 1u) * part); k += 4u) {\n";
        for (name, _, fetch, length) in operands {
            for i in (0..length).step_by(fetch.step()) {
                for q in 0..fetch.step() {
                    let _ = writeln!(body, "        let {name}{i}_{q} = fetch_{name}({name}_place{i}, k + {q}u);");
                }
            }
        }
        self.tile.add(&mut body, a, b, 4);
        for j in self.summed() {
            let terms: Vec<String> = (0..4).map(|q| b.element("b", j, q)).collect();
            let _ = writeln!(body, "        b_sum{j} = b_sum{j} + {};", terms.join(" + "));
        }
        body += "    }\n";
        self.tile.stores(&mut body);
        if self.b_sum {
            body += "    if (row0 == 0u) {\n";
            for j in self.summed() {
                let _ = writeln!(body, "        {}", self.tile.guarded(j, &format!("store_b_sum(column0 + {j}u, b_sum{j});")));
            }
            body += "    }\n";
        }
        self.tile.main(&body)
    }

    /// The columns that are summed up, too.
    fn summed(&self) -> std::ops::Range<u32> {
        0..if self.b_sum { self.tile.columns } else { 0 }
    }
}
