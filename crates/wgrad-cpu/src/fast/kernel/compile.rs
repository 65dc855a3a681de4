//! From the planner's kernel to instructions: levels, order, blocks, phases, registers.

use super::{
    super::walk::{Form, Walk},
    Accumulator, Fused, Level, Load, Order, Phase, Source, Store,
    chain::Chain,
    emit::uses,
    is_natural, width,
};
use std::collections::HashMap;
use wgrad_tensor::{
    Error, Result,
    plan::{Buffer, Code, Kernel, Level as PlanLevel, LineId, Operand},
};

/// Positions of a block: what is computed stays in the first-level cache until it is used.
const BLOCK: usize = 1024;
/// Rows up to this length are kept whole in a block.
const LONGEST_WHOLE_ROW: usize = 8192;
/// Blocks of a chunk.
const BLOCKS_PER_CHUNK: usize = 16;
/// Rows of a block in which columns are contiguous.
pub(super) const WIDEST_COLUMN_BLOCK: usize = 512;
/// The most buffers that one kernel writes.
pub(in crate::fast) const MAX_OUTS: usize = 16;

impl Fused {
    /// Compiles a kernel over the buffers of its plan.
    ///
    /// # Errors
    /// [`Error::InvalidProgram`] where it breaks the rules of plans.
    pub(in crate::fast) fn new(kernel: &Kernel, buffers: &[Buffer]) -> Result<Fused> {
        Compiler::new(kernel, buffers)?.compile()
    }
}

/// Where the value of a line is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Constant(wgrad_tensor::Scalar),
    Register(usize),
    /// Read in place by each instruction that uses it.
    Load(usize),
}

/// A step of a list of instructions before registers are given out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Item {
    Line(LineId),
    Store(usize),
}

pub(super) struct Compiler<'a> {
    pub(super) kernel: &'a Kernel,
    buffers: &'a [Buffer],
    pub(super) fused: Fused,
    pub(super) levels: Vec<Level>,
    /// For each line the phase in which it can be computed.
    depths: Vec<usize>,
    pub(super) places: Vec<Option<Place>>,
    /// The accumulator of each reduction.
    pub(super) accumulators: HashMap<LineId, usize>,
    /// Free element registers of 4 and of 8 bytes a number.
    pub(super) free: [Vec<usize>; 2],
    pub(super) whole_rows: bool,
}

fn invalid(why: impl Into<String>) -> Error {
    Error::InvalidProgram(why.into())
}

impl<'a> Compiler<'a> {
    fn new(kernel: &'a Kernel, buffers: &'a [Buffer]) -> Result<Compiler<'a>> {
        let reduces = kernel.code.iter().any(|line| matches!(line.code, Code::Reduce(..)));
        let has_rows = kernel.code.iter().any(|line| line.level == PlanLevel::Row);
        // Without rows to speak of, the positions are one long row.
        let flat = kernel.cols <= 1 && !reduces && !has_rows && kernel.cols == 1;
        let (rows, cols) = if flat { (1, kernel.rows) } else { (kernel.rows, kernel.cols) };
        let fused = Fused {
            rows,
            cols,
            order: Order::Rows,
            block_rows: 1,
            block_cols: 1,
            chunk_cols: 1,
            loads: Vec::new(),
            stores: Vec::new(),
            prologue: Vec::new(),
            phases: Vec::new(),
            finish: Vec::new(),
            accumulators: Vec::new(),
            registers: Vec::new(),
            outs: Vec::new(),
            divisible: true,
            cost: 0,
            chain: None,
        };
        let n = kernel.code.len();
        Ok(Compiler {
            kernel,
            buffers,
            fused,
            levels: Vec::with_capacity(n),
            depths: vec![0; n],
            places: vec![None; n],
            accumulators: HashMap::new(),
            free: [Vec::new(), Vec::new()],
            whole_rows: true,
        })
    }

    fn compile(mut self) -> Result<Fused> {
        self.check()?;
        for (_, target) in &self.kernel.stores {
            if !self.fused.outs.contains(&target.buffer) {
                self.fused.outs.push(target.buffer);
            }
        }
        if self.fused.outs.len() > MAX_OUTS {
            return Err(invalid(format!("a kernel writes {} buffers; {MAX_OUTS} are supported", self.fused.outs.len())));
        }
        self.choose_order()?;
        self.choose_blocks();
        self.add_loads()?;
        self.find_levels_and_depths();
        self.add_stores()?;
        self.add_accumulators();
        self.emit_prologue();
        if self.whole_rows {
            self.emit_whole_rows()
        } else {
            self.emit_phases()
        }
        let heavy = |line: &wgrad_tensor::plan::Line| if matches!(line.code, Code::Unary(..)) { 4 } else { 1 };
        self.fused.cost = 1 + self.kernel.code.iter().map(heavy).sum::<usize>();
        self.fused.chain = Chain::new(&self.fused);
        Ok(self.fused)
    }

    /// Lines refer to earlier lines, operands to buffers.
    fn check(&self) -> Result<()> {
        let kernel = self.kernel;
        let operands = kernel.code.iter().filter_map(|line| if let Code::Load(operand) = &line.code { Some(operand) } else { None });
        for operand in operands.chain(kernel.stores.iter().map(|(_, target)| target)) {
            let buffer = self.buffers.get(operand.buffer).ok_or_else(|| invalid("an operand of a buffer that is not there"))?;
            Walk::new(&operand.view, buffer.len)?;
        }
        let earlier = kernel.code.iter().enumerate().all(|(i, line)| uses(&line.code).into_iter().flatten().all(|used| used < i));
        let stored = kernel.stores.iter().all(|(line, _)| *line < kernel.code.len());
        if !earlier || !stored || kernel.rows.checked_mul(kernel.cols).is_none() {
            return Err(invalid("a kernel whose lines are not in order"));
        }
        Ok(())
    }

    /// Columns where most of what is read and written is contiguous in that direction.
    fn choose_order(&mut self) -> Result<()> {
        let (rows, cols) = (self.fused.rows, self.fused.cols);
        if rows <= 1 || cols <= 1 {
            return Ok(());
        }
        let loads = self.kernel.code.iter().filter_map(|line| match &line.code {
            Code::Load(operand) if line.level == PlanLevel::Element => Some(operand),
            _ => None,
        });
        let element = |line: LineId| self.kernel.code[line].level == PlanLevel::Element;
        let stores = self.kernel.stores.iter().filter(|(line, _)| element(*line)).map(|(_, target)| target);
        let mut score = 0i32;
        let mut possible = true;
        for operand in loads.chain(stores) {
            let len = self.buffers[operand.buffer].len;
            let along_rows = Walk::new(&operand.view, len)?;
            match Walk::transposed(&operand.view, cols, len)? {
                None => possible = false,
                Some(walk) => score += i32::from(walk.inner_stride() == 1) - i32::from(along_rows.inner_stride() == 1),
            }
        }
        // Accumulated sums and whole short columns are in rows by their nature.
        let acc = self.kernel.code.iter().any(|line| matches!(line.code, Code::Acc));
        if possible && score > 0 && !acc {
            self.fused.order = Order::Columns;
        }
        Ok(())
    }

    fn choose_blocks(&mut self) {
        let reduces = self.kernel.code.iter().any(|line| matches!(line.code, Code::Reduce(..)));
        let (rows, cols) = (self.fused.rows.max(1), self.fused.cols.max(1));
        let (block_rows, block_cols) = match self.fused.order {
            Order::Rows if cols <= if reduces { LONGEST_WHOLE_ROW } else { BLOCK } => ((BLOCK / cols).clamp(1, rows), cols),
            Order::Rows => (1, BLOCK),
            Order::Columns => {
                let block_rows = rows.min(WIDEST_COLUMN_BLOCK);
                (block_rows, (BLOCK / block_rows).clamp(1, cols))
            }
        };
        self.whole_rows = block_cols == cols;
        let fused = &mut self.fused;
        fused.block_rows = block_rows;
        fused.block_cols = block_cols;
        fused.chunk_cols = (block_cols * BLOCKS_PER_CHUNK).min(cols);
    }

    fn walk(&self, operand: &Operand, level: Level) -> Result<Walk> {
        let len = self.buffers[operand.buffer].len;
        if self.fused.order == Order::Columns
            && level == Level::Element
            && let Some(walk) = Walk::transposed(&operand.view, self.fused.cols, len)?
        {
            return Ok(walk);
        }
        Walk::new(&operand.view, len)
    }

    fn plan_level(&self, line: LineId) -> Level {
        match self.kernel.code[line].level {
            PlanLevel::Row => Level::Row,
            PlanLevel::Element => Level::Element,
        }
    }

    /// The loads, in the order of their lines; `places` is set for those that are read in place.
    fn add_loads(&mut self) -> Result<()> {
        for line in 0..self.kernel.code.len() {
            let level = self.plan_level(line);
            let dtype = self.kernel.code[line].dtype;
            let (source, walk) = match &self.kernel.code[line].code {
                Code::Load(operand) => {
                    let out = self.fused.outs.iter().position(|&out| out == operand.buffer);
                    let positions = if level == Level::Row { self.fused.rows } else { self.fused.rows * self.fused.cols };
                    if operand.view.numel() != positions || self.buffers[operand.buffer].dtype != dtype {
                        return Err(invalid(format!("a load of {} positions in a kernel of {positions}", operand.view.numel())));
                    }
                    (out.map_or(Source::Buffer(operand.buffer), Source::Out), self.walk(operand, level)?)
                }
                Code::Acc => {
                    let numel = self.fused.rows * self.fused.cols;
                    (Source::Acc, Walk::new(&wgrad_tensor::plan::View::contiguous(&[numel]), numel)?)
                }
                Code::Constant(value) => {
                    self.places[line] = Some(Place::Constant(*value));
                    continue;
                }
                Code::Index { .. } | Code::Unary(..) | Code::Binary(..) | Code::Select(..) | Code::Cast(_) | Code::Reduce(..) => continue,
            };
            let form = walk.form();
            let uniform = matches!(form, Form::Uniform(_)) && source != Source::Acc;
            let direct = is_natural(dtype) && !matches!(source, Source::Out(_)) && (form != Form::General || source == Source::Acc);
            // A contiguous load is a slice of every block only where the block is a stretch of positions.
            let stretch = level != Level::Element || self.fused.order == Order::Rows || self.fused.block_rows == self.fused.rows;
            if direct && (uniform || stretch) {
                self.places[line] = Some(Place::Load(self.fused.loads.len()));
            }
            self.fused.loads.push(Load { source, walk, dtype, level: if uniform { Level::Uniform } else { level } });
        }
        Ok(())
    }

    /// What depends on uniform values alone is uniform; reductions give their value to the next phase.
    fn find_levels_and_depths(&mut self) {
        let mut loads = self.fused.loads.iter();
        for line in 0..self.kernel.code.len() {
            let code = &self.kernel.code[line].code;
            let used = || uses(code).into_iter().flatten();
            let of_operands = || used().map(|used| self.levels[used]).max().unwrap_or(Level::Uniform);
            let level = match code {
                Code::Load(_) | Code::Acc => loads.next().map_or(Level::Element, |load| load.level),
                Code::Constant(_) => Level::Uniform,
                Code::Index { .. } => self.plan_level(line),
                Code::Unary(..) | Code::Binary(..) | Code::Select(..) | Code::Cast(_) => of_operands(),
                Code::Reduce(..) => Level::Row,
            };
            let deepest = used().map(|used| self.depths[used]).max().unwrap_or(0);
            self.depths[line] = deepest + usize::from(matches!(code, Code::Reduce(..)));
            self.levels.push(level);
        }
    }

    fn add_stores(&mut self) -> Result<()> {
        let mut targets: HashMap<usize, usize> = HashMap::new();
        for (line, target) in &self.kernel.stores {
            let out = self.fused.outs.iter().position(|&out| out == target.buffer).unwrap_or(0);
            // A kernel of one row may store a row value as elements and the other way round; the positions are the same.
            let level = self.plan_level(*line);
            let positions = if level == Level::Row { self.fused.rows } else { self.fused.rows * self.fused.cols };
            let dtype = self.kernel.code[*line].dtype;
            if target.view.numel() != positions || self.buffers[target.buffer].dtype != dtype || target.view.mask.is_some() {
                return Err(invalid(format!("a store of {} positions in a kernel of {positions}", target.view.numel())));
            }
            let walk = self.walk(target, level)?;
            let in_order = self.fused.order == Order::Rows || level == Level::Row || self.fused.block_rows == self.fused.rows;
            *targets.entry(out).or_default() += 1;
            self.fused.divisible &= walk.is_monotone() && in_order && targets[&out] == 1;
            self.fused.stores.push(Store { out, walk, dtype, level });
        }
        Ok(())
    }

    fn add_accumulators(&mut self) {
        for (line, value) in self.kernel.code.iter().enumerate() {
            let Code::Reduce(op, operand) = value.code else { continue };
            let dtype = self.kernel.code[operand].dtype;
            let rows = self.fused.block_rows;
            let mut register = |width: usize| {
                self.fused.registers.push(rows * width);
                self.fused.registers.len() - 1
            };
            let number = register(width(dtype));
            let index = op.is_arg().then(|| register(4));
            self.accumulators.insert(line, self.fused.accumulators.len());
            self.fused.accumulators.push(Accumulator { op, dtype, value: number, index });
            self.places[line] = Some(Place::Register(index.unwrap_or(number)));
        }
    }

    fn emit_prologue(&mut self) {
        let lines = (0..self.kernel.code.len()).filter(|&line| self.levels[line] == Level::Uniform);
        let items: Vec<Item> = lines.map(Item::Line).collect();
        self.fused.prologue = self.emit(&items);
    }

    /// Everything in the order of the lines, each store right after its line where nothing loads what it overwrites later.
    fn emit_whole_rows(&mut self) {
        let mut items = Vec::new();
        for line in 0..self.kernel.code.len() {
            if self.levels[line] != Level::Uniform {
                items.push(Item::Line(line));
            }
            items.extend(self.stores_after(line).map(Item::Store));
        }
        let block = self.emit(&items);
        self.fused.phases = vec![Phase { block, ..Phase::default() }];
    }

    /// The stores that come after a line: that of its value, and what overwrites a buffer (an update in place) that the line is the last to load.
    fn stores_after(&self, line: LineId) -> impl Iterator<Item = usize> + use<'a> {
        let kernel = self.kernel;
        let loads = move |line: LineId, buffer: usize| matches!(&kernel.code[line].code, Code::Load(operand) if operand.buffer == buffer);
        let place = move |(value, target): &(LineId, Operand)| {
            let last = (0..kernel.code.len()).rev().find(|&line| loads(line, target.buffer));
            last.map_or(*value, |last| last.max(*value))
        };
        kernel.stores.iter().enumerate().filter(move |&(_, store)| place(store) == line).map(|(i, _)| i)
    }

    /// A phase for the reductions of each depth, then one for what is stored, element by element; row values are stored after all phases.
    fn emit_phases(&mut self) {
        let kernel = self.kernel;
        let code = &kernel.code;
        let reduction_depth = |line: LineId| matches!(code[line].code, Code::Reduce(..)).then_some(self.depths[line]);
        let depths: Vec<Option<usize>> = (0..code.len()).map(reduction_depth).collect();
        let last = depths.iter().flatten().max().copied().unwrap_or(0);
        let (element_stores, row_stores): (Vec<usize>, Vec<usize>) =
            (0..kernel.stores.len()).partition(|&store| self.fused.stores[store].level == Level::Element);
        for depth in 0..=last {
            let rows: Vec<Item> = (0..code.len()).filter(|&l| self.is_row(l) && self.depths[l] == depth).map(Item::Line).collect();
            let rows = self.emit(&rows);
            let mut wanted: Vec<Item> = (0..code.len()).filter(|&line| depths[line] == Some(depth + 1)).map(Item::Line).collect();
            let accumulators = wanted.iter().filter_map(|item| self.accumulator(*item)).collect();
            if depth == last {
                wanted.extend(element_stores.iter().copied().map(Item::Store));
            }
            let items = self.with_operands(&wanted);
            let block = self.emit(&items);
            self.fused.phases.push(Phase { rows, block, accumulators });
        }
        let items: Vec<Item> = row_stores.into_iter().map(Item::Store).collect();
        self.fused.finish = self.emit(&items);
    }

    fn accumulator(&self, item: Item) -> Option<usize> {
        match item {
            Item::Line(line) => self.accumulators.get(&line).copied(),
            Item::Store(_) => None,
        }
    }

    /// Whether a line is a row value that is computed from others (a reduction is computed by a phase).
    fn is_row(&self, line: LineId) -> bool {
        self.levels[line] == Level::Row && !matches!(self.kernel.code[line].code, Code::Reduce(..))
    }

    /// `wanted` and the element lines that it depends on, in the order of the lines.
    fn with_operands(&self, wanted: &[Item]) -> Vec<Item> {
        let code = &self.kernel.code;
        let mut needed = vec![false; code.len()];
        for item in wanted {
            match item {
                Item::Line(line) => needed[*line] = true,
                Item::Store(store) => needed[self.kernel.stores[*store].0] = true,
            }
        }
        for line in (0..code.len()).rev().filter(|&line| self.levels[line] == Level::Element || wanted.contains(&Item::Line(line))) {
            if needed[line] {
                uses(&code[line].code).into_iter().flatten().for_each(|used| needed[used] = true);
            }
        }
        let mut items = Vec::new();
        for (line, needed) in needed.into_iter().enumerate() {
            let here = self.levels[line] == Level::Element || wanted.contains(&Item::Line(line));
            if needed && here {
                items.push(Item::Line(line));
            }
            items.extend(self.stores_after(line).map(Item::Store).filter(|store| wanted.contains(store)));
        }
        items
    }
}
