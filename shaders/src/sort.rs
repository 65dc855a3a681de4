//! Sorting: short lines by counting, long ones by merging sorted blocks.

use crate::{Element, Error, Kernel, Pass, Shader, Strided, WORKGROUP, index::Around};

/// Lines of up to this length are sorted in one pass; longer ones start from blocks of this length.
const BLOCK: usize = 64;

/// The i32 positions along `axis` that sort `keys`; stable; NaN last. Bindings `keys`, `out` (and `sorted`, scratch);
/// `epilogue(position: u32, index: i32)`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct ArgSort<'a> {
    pub element: Element,
    pub shape: &'a [usize],
    pub keys: &'a Strided,
    pub axis: usize,
    pub descending: bool,
}

impl ArgSort<'_> {
    /// The kernel. No length may be 0.
    ///
    /// # Errors
    /// An operand that 31-bit positions cannot address.
    pub fn kernel(&self) -> Result<Kernel, Error> {
        let mut kernel = self.passes(&Around::new(&Shader::new("argsort_rank.wgsl"), self.shape, self.axis)?)?;
        let bytes = self.shape.iter().product::<usize>() as u64 * 4;
        kernel.scratch = vec![bytes; (kernel.passes.len() - 1).min(2)];
        Ok(kernel)
    }

    /// The order of all keys as one line, and then `last`, which finds it as `sorted`.
    pub(crate) fn then(&self, last: Pass) -> Result<Kernel, Error> {
        let count = self.shape.iter().product();
        let mut kernel = self.passes(&Around { before: 1, axis: count, after: 1 })?;
        kernel.read_by(last);
        kernel.scratch = vec![count as u64 * 4; (kernel.passes.len() - 1).min(2)];
        Ok(kernel)
    }

    /// The last pass writes `out`.
    fn passes(&self, around: &Around) -> Result<Kernel, Error> {
        let mut kernel = Kernel { passes: vec![self.pass("argsort_rank.wgsl", around, BLOCK)?], scratch: Vec::new() };
        let mut block = BLOCK;
        while block < around.axis {
            kernel.read_by(self.pass("argsort_merge.wgsl", around, block)?);
            block = block.saturating_mul(2);
        }
        Ok(kernel)
    }

    fn pass(&self, file: &str, around: &Around, block: usize) -> Result<Pass, Error> {
        let shader = Shader::new(file).element(self.element);
        let elements = around.before * around.axis * around.after;
        let shader = shader
            .set("AXIS", around.axis)
            .set("AFTER", around.after)
            .set("ELEMENTS", elements)
            .set("BLOCK", block)
            .set("DESCENDING", self.descending)
            .locate("keys_at", self.shape, self.keys);
        let shader = match self.element {
            Element::F32 => shader,
            Element::F16 => shader.replace_function("order", &float_order("bitcast<u32>(f32(value))")),
            Element::I32 => shader.replace_function("order", &integer_order("bitcast<u32>(value) ^ 0x80000000u")),
            Element::U32 => shader.replace_function("order", &integer_order("value")),
        };
        Pass::new(shader, elements as u128, WORKGROUP)
    }
}

impl Kernel {
    /// Adds a pass that reads as `sorted` what the one before it writes: two pieces of scratch memory take turns.
    fn read_by(&mut self, mut pass: Pass) {
        let piece = (self.passes.len() - 1) % 2;
        if let Some(last) = self.passes.last_mut() {
            last.scratch.push(("out", piece));
        }
        pass.scratch.push(("sorted", piece));
        self.passes.push(pass);
    }
}

fn integer_order(key: &str) -> String {
    format!("fn order(value: T) -> u32 {{\n    let key = {key};\n    return select(key, ~key, DESCENDING);\n}}")
}

fn float_order(bits: &str) -> String {
    format!(
        "fn order(value: T) -> u32 {{
    let bits = {bits};
    let size = bits & 0x7fffffffu;
    if (size > 0x7f800000u) {{
        return 0xffffffffu;
    }}
    let key = select(0x80000000u + size, 0x80000000u - size, bits > 0x80000000u);
    return select(key, ~key, DESCENDING);
}}"
    )
}
