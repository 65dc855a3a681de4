//! Convolutions whose groups have few filters, written out: an invocation has some neighbours along the last axis, and one filter or four. What these
//! share of a row of the input and of the kernel is fetched once; nothing is gained by a product, whose tiles would be empty.

use super::parted;
use std::fmt::Write;

/// A spatial axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockAxis {
    /// Lengths of the input, of the kernel and of the result.
    pub(crate) lhs: i64,
    pub(crate) kernel: i64,
    pub(crate) out: i64,
    pub(crate) stride: i64,
    pub(crate) low: i64,
    pub(crate) lhs_dilation: i64,
    pub(crate) rhs_dilation: i64,
    /// Elements of the input and of the kernel from one place to the next.
    pub(crate) lhs_step: i64,
    pub(crate) rhs_step: i64,
    /// Whether windows may reach beyond the input.
    pub(crate) bounded: bool,
}

/// The convolution.
#[derive(Clone, Debug)]
pub(crate) struct ConvBlock {
    pub(crate) axes: Vec<BlockAxis>,
    /// Length of the batch of the result, channels that a filter sees, filters.
    pub(crate) batch: i64,
    pub(crate) channels: i64,
    pub(crate) filters: i64,
    /// Filters that see the same channels, and those that see the same part of the batch.
    pub(crate) per_feature_group: i64,
    pub(crate) per_batch_group: i64,
    /// Elements from one to the next: batch and channels of the input, channels and filters of the kernel.
    pub(crate) lhs_steps: (i64, i64),
    pub(crate) rhs_steps: (i64, i64),
    pub(crate) offsets: (i64, i64),
    /// Neighbours of an invocation, and terms along the last axis that are written out, which divide the length of the kernel.
    pub(crate) positions: i64,
    pub(crate) taps: i64,
    /// Whether an invocation has four filters, and whether each has an input of its own.
    pub(crate) four: bool,
    pub(crate) own: bool,
    /// Parts of the loop over [`ConvBlock::longest`].
    pub(crate) splits: i64,
}

impl ConvBlock {
    /// Filters of an invocation.
    fn together(&self) -> i64 {
        if self.four { 4 } else { 1 }
    }

    fn last(&self) -> BlockAxis {
        self.axes[self.axes.len() - 1]
    }

    fn blocks(&self) -> i64 {
        (self.last().out as u64).div_ceil(self.positions as u64) as i64
    }

    /// Invocations of each part of the sums.
    pub(crate) fn count(&self) -> i64 {
        let outer: i64 = self.axes[..self.axes.len() - 1].iter().map(|axis| axis.out).product();
        self.filters / self.together() * self.blocks() * outer * self.batch
    }

    /// The name and the length of the longest loop around the written-out terms, which can be split.
    pub(crate) fn longest(&self) -> (String, i64) {
        let outer = self.axes[..self.axes.len() - 1].iter().enumerate().map(|(a, axis)| (format!("k{a}"), axis.kernel));
        outer.chain([("i".into(), self.channels)]).max_by_key(|(_, length)| *length).unwrap_or_default()
    }

    /// `fn main`, in place of that of `conv_direct.wgsl`.
    pub(crate) fn main(&self) -> String {
        let (x, outer) = (self.last(), &self.axes[..self.axes.len() - 1]);
        let mut body = String::from(HEAD);
        let _ = writeln!(body, "    if (id >= {}u) {{\n        return;\n    }}", self.count() * self.splits);
        self.place(&mut body);
        let zero = if self.four { "vec4<f32>()" } else { "0.0" };
        for p in 0..self.positions {
            let _ = writeln!(body, "    var sum{p} = {zero};");
        }
        let loops = self.open(&mut body);
        let (mut tests, mut lhs, mut rhs) = (Vec::new(), String::from("lhs_start + i * "), String::from("rhs_start + i * "));
        let _ = write!(lhs, "{}", self.lhs_steps.1);
        let _ = write!(rhs, "{} + t * {}", self.rhs_steps.0, x.rhs_step);
        for (a, axis) in outer.iter().enumerate() {
            let _ = writeln!(body, "    let place{a} = out{a} * {} + k{a} * {} - {};", axis.stride, axis.rhs_dilation, axis.low);
            let _ = writeln!(body, "    let element{a} = {};", divided(&format!("place{a}"), axis.lhs_dilation));
            if axis.bounded {
                tests.push(format!("place{a} >= 0 && element{a} < {}", axis.lhs));
            }
            if axis.lhs_dilation > 1 {
                tests.push(format!("element{a} * {} == place{a}", axis.lhs_dilation));
            }
            let _ = write!(lhs, " + element{a} * {}", axis.lhs_step);
            let _ = write!(rhs, " + k{a} * {}", axis.rhs_step);
        }
        let when = if tests.is_empty() { "{".into() } else { format!("if ({}) {{", tests.join(" && ")) };
        let _ = writeln!(body, "    {when}\n        let lhs_row = {lhs};\n        let rhs_row = {rhs};");
        self.terms(&mut body);
        body += &"    }\n".repeat(loops + 1);
        self.stores(&mut body);
        body + "}"
    }

    /// Which filters, positions, batch and part of the sums an invocation has, and where these begin in the operands.
    fn place(&self, body: &mut String) {
        let mut rest = String::from("id");
        let lengths = self.axes[..self.axes.len() - 1].iter().enumerate().rev().map(|(a, axis)| (format!("out{a}"), axis.out, 1));
        let first = [("filter0".into(), self.filters / self.together(), self.together()), ("x0".into(), self.blocks(), self.positions)];
        for (name, length, times) in first.into_iter().chain(lengths).chain([("batch".into(), self.batch, 1)]) {
            let (index, further) = parted(&rest, length);
            let _ = writeln!(body, "    let {name} = i32({index}) * {times};\n    let after_{name} = {further};");
            rest = format!("after_{name}");
        }
        let (n, c) = self.lhs_steps;
        let group = |filters: i64| if filters >= self.filters { "0".into() } else { divided("filter0", filters) };
        let (channels, batches) = (group(self.per_feature_group), group(self.per_batch_group));
        let _ = writeln!(body, "    let split = i32({rest});");
        let _ = writeln!(body, "    let channel = {channels} * {};", self.channels);
        let _ = writeln!(body, "    let lhs_start = {} + (batch + {batches} * {}) * {n} + channel * {c};", self.offsets.0, self.batch);
        let _ = writeln!(body, "    let rhs_start = {} + filter0 * {};", self.offsets.1, self.rhs_steps.1);
    }

    /// Opens the loops around the written-out terms, the one that is split first; how many there are.
    fn open(&self, body: &mut String) -> usize {
        let (split, _) = self.longest();
        let x = self.last();
        let outer = self.axes[..self.axes.len() - 1].iter().enumerate().map(|(a, axis)| (format!("k{a}"), axis.kernel, 1));
        let mut all: Vec<(String, i64, i64)> = outer.chain([("i".into(), self.channels, 1), ("t".into(), x.kernel, self.taps)]).collect();
        all.sort_by_key(|(name, _, _)| *name != split);
        let mut loops = 0;
        for (name, length, step) in all {
            if length <= step {
                let _ = writeln!(body, "    const {name} = 0;");
                continue;
            }
            let (begin, end) = if name == split && self.splits > 1 {
                let part = (length as u64).div_ceil(self.splits as u64);
                (format!("split * {part}"), format!("min((split + 1) * {part}, {length})"))
            } else {
                ("0".into(), length.to_string())
            };
            let _ = writeln!(body, "    for (var {name} = {begin}; {name} < {end}; {name} += {step}) {{");
            loops += 1;
        }
        loops
    }

    /// The elements of a row that the positions meet, the terms of the kernel, and the sums.
    fn terms(&self, body: &mut String) {
        let x = self.last();
        let meet = |p: i64, t: i64| {
            let place = p * x.stride - x.low + t * x.rhs_dilation;
            (place.rem_euclid(x.lhs_dilation) == 0).then(|| place.div_euclid(x.lhs_dilation))
        };
        let pairs = || (0..self.positions).flat_map(|p| (0..self.taps).map(move |t| (p, t)));
        let mut met: Vec<i64> = pairs().filter_map(|(p, t)| meet(p, t)).collect();
        met.sort_unstable();
        met.dedup();
        let _ = writeln!(body, "        let x = {} * {} + t * {};", divided("x0", x.lhs_dilation), x.stride, x.rhs_dilation);
        let bounded = x.bounded || self.last().out % self.positions != 0;
        let (four, of) = if self.own { (">> 2u", "vec4<f32>") } else { (">> 0u", "f32") };
        for (n, at) in met.iter().enumerate() {
            let element = format!("lhs_row + (x + {at}) * {}", x.lhs_step);
            if bounded {
                let _ = writeln!(body, "        let inside{n} = u32(x + {at}) < {}u;", x.lhs);
                let fetched = format!("{of}(lhs[select(0, {element}, inside{n}) {four}])");
                let _ = writeln!(body, "        let l{n} = select({of}(), {fetched}, inside{n});");
            } else {
                let _ = writeln!(body, "        let l{n} = {of}(lhs[({element}) {four}]);");
            }
        }
        let (four, of) = if self.four { (">> 2u", "vec4<f32>") } else { (">> 0u", "f32") };
        for t in 0..self.taps {
            let _ = writeln!(body, "        let w{t} = {of}(rhs[(rhs_row + {}) {four}]);", t * x.rhs_step);
        }
        for (p, t) in pairs() {
            let Some(n) = meet(p, t).and_then(|at| met.binary_search(&at).ok()) else { continue };
            let l = if self.four && !self.own { format!("vec4<f32>(l{n})") } else { format!("l{n}") };
            let _ = writeln!(body, "        sum{p} = fma({l}, w{t}, sum{p});");
        }
    }

    fn stores(&self, body: &mut String) {
        let (outer, x) = (&self.axes[..self.axes.len() - 1], self.last());
        let place = outer.iter().enumerate().fold(String::from("batch"), |place, (a, axis)| format!("({place} * {} + out{a})", axis.out));
        let elements = self.axes.iter().map(|axis| axis.out).product::<i64>() * self.batch * self.filters;
        let _ = writeln!(body, "    let first = split * {elements} + ({place} * {} + x0) * {} + filter0;", x.out, self.filters);
        for p in 0..self.positions {
            let when = if x.out % self.positions == 0 { "{".into() } else { format!("if (x0 + {p} < {}) {{", x.out) };
            let _ = writeln!(body, "    {when}");
            for (f, part) in [".x", ".y", ".z", ".w"].into_iter().take(self.together() as usize).enumerate() {
                let part = if self.four { part } else { "" };
                let _ = writeln!(body, "        epilogue(u32(first + {}), sum{p}{part});", p * self.filters + f as i64);
            }
            *body += "    }\n";
        }
    }
}

/// `x / by`, without a division by 1, which costs some drivers as much as any other.
fn divided(x: &str, by: i64) -> String {
    if by == 1 { x.into() } else { format!("{x} / {by}") }
}

const HEAD: &str =
    "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let id = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
";
