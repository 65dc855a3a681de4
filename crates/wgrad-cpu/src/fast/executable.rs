//! Programs that are ready to run.

use super::{
    NAME,
    machine::{Input, Machine, Recording},
    storage::{Buffer, Counters, host_bytes},
};
use std::sync::Arc;
use wgrad_tensor::{
    Error, Executable, Program, Result, Spec, Storage, Value,
    device::Stats,
    plan::{Place, Plan},
    profile::{self, Profile, Recorder},
    timeline,
};

#[derive(Debug)]
pub(super) struct FastExecutable {
    inputs: Vec<wgrad_tensor::Input>,
    outputs: Vec<Spec>,
    machine: Machine,
    counters: Arc<Counters>,
    stats: Stats,
    source: String,
    recorder: Option<Arc<Recorder>>,
}

impl FastExecutable {
    pub(super) fn new(program: &Program, plan: &Plan, counters: &Arc<Counters>) -> Result<FastExecutable> {
        let recorder = profile::wanted().then(|| Recorder::new(NAME, "time of the commands on the host", plan));
        let recording = recorder.clone().map(|recorder| Recording { recorder, first: 0 });
        let machine = Machine::new(plan, counters, recording)?;
        let stats = plan.stats().with_temporary_bytes(machine.temporary_bytes());
        Ok(FastExecutable {
            inputs: program.inputs.clone(),
            outputs: program.outputs.iter().map(|&output| program.spec(output).clone()).collect(),
            machine,
            counters: counters.clone(),
            stats,
            source: plan.to_string(),
            recorder,
        })
    }

    fn mismatch(&self, number: usize, got: String) -> Error {
        let input = &self.inputs[number];
        Error::Mismatch { what: format!("input {number} ({:?}) of the program", input.name), expected: input.spec.to_string(), got }
    }

    /// The bytes of an input, which must be as the program says.
    fn bytes<'a>(&self, number: usize, value: &'a Value) -> Result<&'a [u8]> {
        let spec = &self.inputs[number].spec;
        if value.spec != *spec {
            return Err(self.mismatch(number, value.spec.to_string()));
        }
        let bytes = match (value.storage.as_any().downcast_ref::<Buffer>(), value.host()) {
            (Some(buffer), _) => buffer.bytes(),
            (None, Some(data)) if data.dtype() == spec.dtype => host_bytes(data),
            (None, Some(data)) => return Err(self.mismatch(number, format!("storage of {}", data.dtype()))),
            (None, None) => {
                let device = value.storage.device().unwrap_or("another device");
                return Err(self.mismatch(number, format!("{} on {device}, not on {NAME} or the host", value.spec)));
            }
        };
        if bytes.len() != spec.bytes() {
            return Err(self.mismatch(number, format!("storage of {} bytes", bytes.len())));
        }
        Ok(bytes)
    }

    /// The memory of an input that will be written: its own where nobody else holds it, else a copy.
    fn own(&self, number: usize, value: &mut Value) -> Result<Buffer> {
        self.bytes(number, value)?;
        let empty: Arc<dyn Storage> = Arc::new(Buffer::default());
        let storage = std::mem::replace(&mut value.storage, empty);
        let shared = match storage.clone().into_any().downcast::<Buffer>() {
            Ok(buffer) => {
                drop(storage);
                match Arc::try_unwrap(buffer) {
                    Ok(buffer) => return Ok(buffer),
                    Err(shared) => shared as Arc<dyn Storage>,
                }
            }
            Err(_) => storage,
        };
        value.storage = shared;
        let bytes = self.bytes(number, value)?;
        let mut buffer = Buffer::counted(bytes.len(), &self.counters)?;
        buffer.bytes_mut().copy_from_slice(bytes);
        Ok(buffer)
    }
}

impl Executable for FastExecutable {
    fn run(&self, mut inputs: Vec<Value>) -> Result<Vec<Value>> {
        if inputs.len() != self.inputs.len() {
            let expected = format!("{} value(s)", self.inputs.len());
            return Err(Error::Mismatch { what: "inputs of the program".into(), expected, got: inputs.len().to_string() });
        }
        let lowered = &self.machine.lowered;
        let mut owned: Vec<Option<Buffer>> = Vec::with_capacity(inputs.len());
        for (number, value) in inputs.iter_mut().enumerate() {
            owned.push(if lowered.written[number] { Some(self.own(number, value)?) } else { None });
        }
        let mut memory = Vec::with_capacity(inputs.len());
        for (number, (value, owned)) in inputs.iter().zip(owned).enumerate() {
            memory.push(match owned {
                Some(buffer) => Input::Owned(buffer),
                None => Input::Shared(self.bytes(number, value)?),
            });
        }
        let span = timeline::host("run");
        let fresh = lowered.fresh.iter().map(|&bytes| Buffer::counted(bytes, &self.counters)).collect::<Result<Vec<_>>>()?;
        let (memory, fresh) = self.machine.run(memory, fresh)?;
        drop(span);
        if let Some(recorder) = &self.recorder {
            recorder.add_run();
        }
        // An output that is an input as it was shares its storage; the same buffer may be several outputs.
        let written: Vec<Option<Arc<dyn Storage>>> = memory
            .into_iter()
            .map(|input| match input {
                Input::Owned(buffer) => Some(Arc::new(buffer) as Arc<dyn Storage>),
                Input::Shared(_) => None,
            })
            .collect();
        let fresh: Vec<Arc<dyn Storage>> = fresh.into_iter().map(|buffer| Arc::new(buffer) as Arc<dyn Storage>).collect();
        let storage = |&buffer: &usize| match lowered.buffers[buffer].place {
            Place::Input(input) => Ok(written[input].clone().unwrap_or_else(|| inputs[input].storage.clone())),
            Place::Output(output) => Ok(fresh[output].clone()),
            Place::Slot(_) => Err(Error::InvalidProgram("an output in temporary memory".into())),
        };
        let value = |(spec, buffer): (&Spec, &usize)| Ok(Value { spec: spec.clone(), storage: storage(buffer)? });
        self.outputs.iter().zip(&lowered.outputs).map(value).collect()
    }

    fn stats(&self) -> &Stats {
        &self.stats
    }

    fn source(&self) -> String {
        self.source.clone()
    }

    fn profile(&self) -> Option<Profile> {
        self.recorder.as_ref().map(|recorder| recorder.profile())
    }
}
