//! From shaders to what runs: pipelines, and what is known of a run before it starts.

use crate::codegen::{Bound, buffer_bytes};
use crate::gpu::Gpu;
use crate::lower::{self, Command, Lowered, lower};
use crate::tune::{Ready, Tunable, Tunables};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use wgrad_tensor::Result;
use wgrad_tensor::plan::{Place, Plan};

/// One start of a compute shader.
#[derive(Debug)]
pub(crate) struct Dispatch {
    /// Counts the dispatches of an executable: where its bind groups are kept.
    pub(crate) number: usize,
    /// The number of the plan's step, as in [`Plan::costs`].
    pub(crate) step: usize,
    pub(crate) bound: Vec<Bound>,
    ready: Ready,
    tunable: Option<Arc<Tunable>>,
}

impl Dispatch {
    /// What is started: the fastest that is known.
    pub(crate) fn ready(&self) -> &Ready {
        self.tunable.as_ref().and_then(|tunable| tunable.faster()).unwrap_or(&self.ready)
    }
}

/// A compiled plan.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) commands: Vec<Command<Dispatch>>,
    /// Bytes of each temporary.
    pub(crate) slots: Vec<u64>,
    /// Which inputs are overwritten.
    pub(crate) written: Vec<bool>,
    /// The number of different places for bind groups.
    pub(crate) dispatches: usize,
    /// Dispatches of a run, loops unrolled.
    pub(crate) started: usize,
    /// The text of every shader.
    pub(crate) source: String,
    /// The dispatches that may become faster.
    pub(crate) tunables: Tunables,
}

/// Compiles a plan: writes its shaders and makes their pipelines.
pub(crate) fn compile(gpu: &Gpu, plan: &Plan) -> Result<Compiled> {
    for (i, buffer) in plan.buffers.iter().enumerate() {
        let what = || format!("buffer {i} of the plan, {} elements of {},", buffer.len, buffer.dtype);
        gpu.check_size(&what, buffer_bytes(buffer.dtype, buffer.len))?;
    }
    let Lowered { commands, slots } = lower(plan, gpu.target())?;
    make_pipelines(gpu, &commands)?;
    let mut compiled = Compiled {
        commands: Vec::new(),
        slots,
        written: vec![false; plan.inputs.len()],
        dispatches: 0,
        started: started(&commands),
        source: String::new(),
        tunables: Tunables::default(),
    };
    compiled.commands = compiled.finish(gpu, commands)?;
    Ok(compiled)
}

impl Compiled {
    /// Goes through the dispatches in the order of their numbers, those of loops once.
    pub(crate) fn each_kind(&self, run: &mut dyn FnMut(&Dispatch) -> Result<()>) -> Result<()> {
        let mut all = Vec::with_capacity(self.dispatches);
        collect(&self.commands, &mut all);
        all.into_iter().try_for_each(run)
    }

    /// Goes through the dispatches of a run, loops unrolled.
    pub(crate) fn each_dispatch(&self, run: &mut dyn FnMut(&Dispatch)) {
        // Nothing fails here.
        let _ = each(&self.commands, &mut |dispatch| {
            run(dispatch);
            Ok(())
        });
    }

    /// Gives every dispatch its pipeline and its number.
    fn finish(&mut self, gpu: &Gpu, commands: Vec<Command<lower::Dispatch>>) -> Result<Vec<Command<Dispatch>>> {
        let finish = |command| match command {
            Command::Repeat(times, commands) => Ok(Command::Repeat(times, self.finish(gpu, commands)?)),
            Command::Dispatch(lower::Dispatch { step, label, shader, choice }) => {
                let pipeline = gpu.pipeline(&label, &shader)?;
                self.source += &format!("// {label}: {:?} workgroups\n{}\n", shader.groups, shader.source);
                for bound in shader.bound.iter().filter(|bound| bound.write) {
                    if let Place::Input(input) = bound.place
                        && let Some(written) = self.written.get_mut(input)
                    {
                        *written = true;
                    }
                }
                self.dispatches += 1;
                let (bound, groups) = (shader.bound.clone(), shader.groups);
                let tunable = choice.map(|choice| Arc::new(Tunable::new(&label, shader, choice, pipeline.made_in)));
                self.tunables.all.extend(tunable.clone());
                let ready = Ready { pipeline, groups };
                Ok(Command::Dispatch(Dispatch { number: self.dispatches - 1, step, bound, ready, tunable }))
            }
        };
        commands.into_iter().map(finish).collect()
    }
}

/// Makes the pipelines of all shaders, on as many threads as there are cores: drivers compile slowly.
fn make_pipelines(gpu: &Gpu, commands: &[Command<lower::Dispatch>]) -> Result<()> {
    let mut all = Vec::new();
    collect(commands, &mut all);
    let mut seen = HashSet::new();
    all.retain(|dispatch| seen.insert(&dispatch.shader.source));
    let threads = thread::available_parallelism().map_or(1, usize::from).min(all.len());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(dispatch) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            gpu.pipeline(&dispatch.label, &dispatch.shader)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mine = work();
        others.into_iter().filter_map(|other| other.join().ok()).fold(mine, |all: Result<()>, other| all.and(other))
    })
}

fn collect<'a, D>(commands: &'a [Command<D>], all: &mut Vec<&'a D>) {
    for command in commands {
        match command {
            Command::Dispatch(dispatch) => all.push(dispatch),
            Command::Repeat(_, commands) => collect(commands, all),
        }
    }
}

fn started<D>(commands: &[Command<D>]) -> usize {
    let count = |command: &Command<D>| match command {
        Command::Dispatch(_) => 1,
        Command::Repeat(times, commands) => times.saturating_mul(started(commands)),
    };
    commands.iter().map(count).fold(0, usize::saturating_add)
}

/// Goes through the dispatches of some commands, loops unrolled, until one fails.
pub(crate) fn each<D>(commands: &[Command<D>], run: &mut dyn FnMut(&D) -> Result<()>) -> Result<()> {
    for command in commands {
        match command {
            Command::Dispatch(dispatch) => run(dispatch)?,
            Command::Repeat(times, commands) => (0..*times).try_for_each(|_| each(commands, run))?,
        }
    }
    Ok(())
}
