//! Programs that were compiled for evaluations, kept for the next evaluation of the same program: a loop that builds the same graph over new
//! values compiles once.

use crate::{Executable, Program, Result, ValueId};
use std::{
    collections::HashMap,
    fmt::Write,
    sync::{Arc, Mutex, PoisonError},
};

/// How many executables are kept at most ...
const MOST: usize = 128;
/// ... and the most bytes of temporary memory of all of them. What needs more alone is not kept.
const MOST_BYTES: u64 = 64 << 20;

/// Executables by the text of their programs; those that were not used for the longest time go first.
#[derive(Debug, Default)]
pub(crate) struct Executables(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_program: HashMap<String, Used>,
    bytes: u64,
    clock: u64,
}

#[derive(Debug)]
struct Used {
    executable: Arc<dyn Executable>,
    at: u64,
}

impl Executables {
    /// The executable of a program, compiled where it is new.
    pub(crate) fn get(&self, program: &Program, compile: impl FnOnce() -> Result<Arc<dyn Executable>>) -> Result<Arc<dyn Executable>> {
        let key = key(program);
        if let Some(known) = self.kept(|kept| kept.find(&key)) {
            return Ok(known);
        }
        let executable = compile()?;
        self.kept(|kept| kept.insert(key, executable.clone()));
        Ok(executable)
    }

    fn kept<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn find(&mut self, key: &str) -> Option<Arc<dyn Executable>> {
        self.clock += 1;
        let used = self.by_program.get_mut(key)?;
        used.at = self.clock;
        Some(used.executable.clone())
    }

    fn insert(&mut self, key: String, executable: Arc<dyn Executable>) {
        let bytes = executable.stats().temporary_bytes;
        if bytes > MOST_BYTES || self.by_program.contains_key(&key) {
            return;
        }
        while self.by_program.len() >= MOST || self.bytes + bytes > MOST_BYTES {
            let oldest = self.by_program.iter().min_by_key(|(_, used)| used.at).map(|(key, _)| key.clone());
            let Some(removed) = oldest.and_then(|key| self.by_program.remove(&key)) else { return };
            self.bytes -= removed.executable.stats().temporary_bytes;
        }
        self.bytes += bytes;
        self.by_program.insert(key, Used { executable, at: self.clock });
    }
}

/// A text that tells programs apart: everything but the source lines of their calls. Numbers are written so that they read back as the same bits.
fn key(program: &Program) -> String {
    let mut key = String::new();
    let ids = |key: &mut String, ids: &[ValueId]| {
        for id in ids {
            let _ = write!(key, " {id}");
        }
    };
    for input in &program.inputs {
        let _ = writeln!(key, "{:?}", input.spec);
    }
    for instr in &program.instrs {
        let _ = write!(key, "{:?} {:?}", instr.op, instr.spec);
        ids(&mut key, &instr.operands);
        key.push('\n');
    }
    ids(&mut key, &program.outputs);
    let _ = write!(key, " {:?}", program.donations);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tensor, device::Stats, value::Value};
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Debug)]
    struct Nothing(Stats);

    impl Executable for Nothing {
        fn run(&self, _inputs: Vec<Value>) -> Result<Vec<Value>> {
            Ok(Vec::new())
        }
        fn stats(&self) -> &Stats {
            &self.0
        }
        fn source(&self) -> String {
            String::new()
        }
    }

    fn program(number: f32) -> Program {
        let x = Tensor::from([1.0f32, 2.0]);
        Program::trace(&[], &[x * number]).unwrap().program
    }

    fn compilations(numbers: &[f32], temporary_bytes: u64) -> usize {
        let (executables, count) = (Executables::default(), AtomicUsize::new(0));
        for &number in numbers {
            let compile = || {
                count.fetch_add(1, Ordering::Relaxed);
                Ok(Arc::new(Nothing(Stats { temporary_bytes, ..Stats::default() })) as Arc<dyn Executable>)
            };
            executables.get(&program(number), compile).unwrap();
        }
        count.into_inner()
    }

    #[test]
    fn the_same_program_is_compiled_once() {
        assert_eq!(compilations(&[2.0, 3.0, 2.0, 3.0], 1), 2);
        // Numbers that are equal but behave otherwise are other programs.
        assert_eq!(compilations(&[0.0, -0.0, 0.0], 1), 2);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let many: Vec<f32> = (0..MOST as i32 + 1).map(|i| i as f32 + 2.0).collect();
        let twice = |last: f32| [many.clone(), vec![last]].concat();
        assert_eq!(compilations(&twice(many[0]), 1), many.len() + 1);
        assert_eq!(compilations(&twice(many[1]), 1), many.len());
        assert_eq!(compilations(&[2.0, 2.0], MOST_BYTES + 1), 2);
        assert_eq!(compilations(&[2.0, 3.0, 3.0, 2.0], MOST_BYTES / 2 + 1), 3);
    }
}
