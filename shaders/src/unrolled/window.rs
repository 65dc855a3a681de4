//! The bodies of the kernels of max-pooling: every element of a window in its place, bounds tested only along axes whose windows reach beyond the tensor.

use super::parted;
use std::fmt::Write;

/// An axis of the windows, in units of what is fetched at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowAxis {
    /// Elements of the tensor.
    pub(crate) len: i64,
    /// Windows, or blocks of the result.
    pub(crate) count: i64,
    /// How many of the blocks have a window.
    pub(crate) windows: i64,
    /// Elements of a window.
    pub(crate) size: i64,
    /// From one window to the next, and from one element of a window to the next.
    pub(crate) stride: i64,
    pub(crate) dilation: i64,
    pub(crate) low: i64,
    /// Strides of `x` and of the other operand, and of a row-major result.
    pub(crate) x: i64,
    pub(crate) other: i64,
    pub(crate) out: i64,
}

impl WindowAxis {
    /// Whether `start + moved` may lie outside the tensor, for the largest `moved`.
    fn leaves(&self, furthest: i64) -> bool {
        self.low > 0 || (self.count - 1) * self.stride - self.low + furthest >= self.len
    }
}

/// `fn main` of `window_select.wgsl`. `offsets` are the first elements of `x` and `v`.
pub(crate) fn select(axes: &[WindowAxis], offsets: (i64, i64), v_is_x: bool) -> String {
    let mut body = head("WINDOWS", axes, offsets);
    let v_at = (!v_is_x).then(|| place(axes, offsets.1, "start", |axis| axis.other));
    if let Some(at) = v_at {
        let _ = writeln!(body, "    let v_first = {at};");
    }
    body += "    var best = U();\n    var chosen = V();\n";
    for element in elements(axes, |axis| axis.size) {
        let moved: Vec<i64> = element.iter().zip(axes).map(|(i, axis)| i * axis.dilation).collect();
        let x = step(&moved, axes, |axis| axis.x);
        let value = if v_is_x { "seen".into() } else { format!("V(v[v_first + {}])", step(&moved, axes, |axis| axis.other)) };
        let take = format!(
            "let seen = V(x[x_first + {x}]);\n        let key = order(seen);\n        let value = {value};\n        \
             chosen = select(chosen, value, key > best);\n        best = max(best, key);"
        );
        let _ = writeln!(body, "    {} {{\n        {take}\n    }}", when(&inside(axes, &moved, |axis| (axis.size - 1) * axis.dilation)));
    }
    body + "    store(place, chosen);\n}"
}

/// `fn main` of `window_scatter_disjoint.wgsl`. `offsets` are the first elements of `x` and `g`.
pub(crate) fn scatter(axes: &[WindowAxis], offsets: (i64, i64)) -> String {
    let mut body = head("COUNT", axes, offsets);
    let missing = axes.iter().enumerate().filter(|(_, axis)| axis.windows < axis.count);
    let exists: Vec<String> = missing.map(|(a, axis)| format!("index{a} < {}", axis.windows)).collect();
    let exists = if exists.is_empty() { "true".into() } else { exists.join(" && ") };
    let _ = writeln!(body, "    let exists = {exists};\n    let out_first = {};", place(axes, 0, "start", |axis| axis.out));
    body += "    var best = U();\n    var best_element = U();\n";
    let furthest = |axis: &WindowAxis| axis.stride - 1;
    let all: Vec<Vec<i64>> = elements(axes, |axis| axis.stride).collect();
    let member = |moved: &[i64]| moved.iter().zip(axes).all(|(&i, axis)| i < axis.size);
    for (number, moved) in all.iter().enumerate().filter(|(_, moved)| member(moved)) {
        let mut tests = inside(axes, moved, furthest);
        if exists != "true" {
            tests.push("exists".into());
        }
        let take = format!(
            "let key = order(V(x[x_first + {}]));\n        best_element = select(best_element, U({number}u), key > best);\n        \
             best = max(best, key);",
            step(moved, axes, |axis| axis.x)
        );
        let _ = writeln!(body, "    {} {{\n        {take}\n    }}", when(&tests));
    }
    let g = place(axes, offsets.1, "index", |axis| axis.other);
    let _ = writeln!(body, "    var gradient = V();\n    if (exists) {{\n        gradient = select(V(), V(g[{g}]), best > U());\n    }}");
    for (number, moved) in all.iter().enumerate() {
        let value = if member(moved) { format!("select(V(), gradient, best_element == U({number}u))") } else { "V()".into() };
        let out = step(moved, axes, |axis| axis.out);
        let tests = inside(axes, moved, furthest);
        let _ = writeln!(body, "    {} {{\n        store(u32(out_first + {out}), {value});\n    }}", when(&tests));
    }
    body + "}"
}

/// The number, the indices and the first element of a window or block.
fn head(count: &str, axes: &[WindowAxis], offsets: (i64, i64)) -> String {
    let mut body = format!("{HEAD}    if (place >= {count}) {{\n        return;\n    }}\n");
    let mut rest = String::from("place");
    for (a, axis) in axes.iter().enumerate().rev() {
        let (index, further) = if a == 0 && axis.count > 1 { (rest.clone(), String::new()) } else { parted(&rest, axis.count) };
        let _ = writeln!(body, "    let index{a} = i32({index});\n    let start{a} = index{a} * {} - {};", axis.stride, axis.low);
        if a > 0 && axis.count > 1 {
            let _ = writeln!(body, "    let rest{a} = {further};");
            rest = format!("rest{a}");
        }
    }
    let _ = writeln!(body, "    let x_first = {};", place(axes, offsets.0, "start", |axis| axis.x));
    body
}

fn place(axes: &[WindowAxis], offset: i64, name: &str, stride: impl Fn(&WindowAxis) -> i64) -> String {
    let terms = axes.iter().enumerate().map(|(a, axis)| format!(" + {name}{a} * {}", stride(axis)));
    format!("{offset}{}", terms.collect::<String>())
}

fn step(moved: &[i64], axes: &[WindowAxis], stride: impl Fn(&WindowAxis) -> i64) -> i64 {
    moved.iter().zip(axes).map(|(i, axis)| i * stride(axis)).sum()
}

/// The tests of an element that may lie outside the tensor.
fn inside(axes: &[WindowAxis], moved: &[i64], furthest: impl Fn(&WindowAxis) -> i64) -> Vec<String> {
    let bounded = axes.iter().enumerate().filter(|(_, axis)| axis.leaves(furthest(axis)));
    bounded.map(|(a, axis)| format!("u32(start{a} + {}) < {}u", moved[a], axis.len)).collect()
}

fn when(tests: &[String]) -> String {
    if tests.is_empty() { String::new() } else { format!("if ({})", tests.join(" && ")) }
}

/// All positions of a box, row-major.
fn elements(axes: &[WindowAxis], length: impl Fn(&WindowAxis) -> i64) -> impl Iterator<Item = Vec<i64>> {
    let lengths: Vec<i64> = axes.iter().map(length).collect();
    (0..lengths.iter().product::<i64>()).map(move |mut number| {
        let mut position: Vec<i64> = lengths.iter().rev().map(|&n| (number % n, number /= n).0).collect();
        position.reverse();
        position
    })
}

const HEAD: &str =
    "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let place = (group.x + grid.x * (group.y + grid.y * group.z)) * WORKGROUP + local;
";
