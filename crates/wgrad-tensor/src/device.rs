//! Devices: the one trait that a backend implements, what it tells of itself, and the choice among the backends that are linked in.

mod roof;

pub use roof::Roof;

use crate::{
    DType, Error, HostTensor, Program, Result, Spec, Storage, Value,
    dump::dump,
    executables::Executables,
    profile::{self, Profile},
};
use std::{
    fmt,
    future::Future,
    ops::Deref,
    pin::Pin,
    sync::{Arc, RwLock},
};

/// A boxed future, so that [`Backend`] stays object-safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// The interpreter that specifies all the others.
    Reference,
    /// The processor.
    Cpu,
    /// A GPU, discrete or integrated.
    Gpu,
    /// A GPU driver that computes on the processor (llvmpipe, SwiftShader, WARP).
    SoftwareGpu,
}

/// What a device says of itself.
#[derive(Clone, Debug)]
pub struct DeviceInfo {
    /// Unique in a process, for example `cpu` or `wgpu:0`.
    pub name: String,
    /// For people: `NVIDIA H100 (Vulkan)`, `fast CPU, 2 threads`.
    pub description: String,
    /// What kind of device it is.
    pub kind: DeviceKind,
    /// The dtypes it computes with.
    pub dtypes: Vec<DType>,
    /// The largest tensor in bytes, where there is a limit.
    pub max_tensor_bytes: u64,
}

/// A device that compiles and runs programs. Six methods, object-safe; nothing here knows of gradients.
pub trait Backend: Send + Sync + fmt::Debug {
    /// What the device is.
    fn info(&self) -> &DeviceInfo;
    /// Makes a program ready to run.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for dtypes and sizes that the device does not have, [`Error::OutOfMemory`] where the plan cannot fit.
    fn compile(&self, program: &Program) -> Result<Arc<dyn Executable>>;
    /// Copies a tensor to the device.
    fn upload(&self, tensor: &HostTensor) -> Result<Arc<dyn Storage>>;
    /// Copies a value of this device to the host. The only method that waits for the device.
    fn download<'a>(&'a self, value: &'a Value) -> BoxFuture<'a, Result<HostTensor>>;
    /// Bytes of device memory held now, and the most that were held at once.
    fn memory(&self) -> Memory;
    /// Measures what the device can do at most, with a large copy and with nothing but multiply-adds; [`Device::roof`] keeps it.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the device has no speed that is worth a measurement; those of the device.
    fn roof(&self) -> Result<Roof> {
        Err(Error::Unsupported { device: self.info().name.clone(), what: "a roof".into(), why: "it is not made for speed".into() })
    }
}

/// Device memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Held now.
    pub held: u64,
    /// The most that was held at once.
    pub peak: u64,
    /// How often memory was asked of the driver (or the allocator) so far.
    pub allocations: u64,
    /// What can still be given, where the device knows.
    pub available: Option<u64>,
}

/// A program that is ready to run on one device. Replayed as often as wanted; runs of one executable follow each other.
pub trait Executable: Send + Sync + fmt::Debug {
    /// Runs it. `inputs` are values of this device or of the host, in the order and with the specs of the program's inputs.
    ///
    /// Storage of a donated input that nobody else holds is reused for the output that it is donated to; where somebody holds it, the
    /// result goes to new storage, so nothing a user had is lost. Returns without waiting for the device.
    fn run(&self, inputs: Vec<Value>) -> Result<Vec<Value>>;
    /// What a run costs, known before anything runs.
    fn stats(&self) -> &Stats;
    /// The text that was generated for the device: WGSL for GPUs, the plan for others.
    fn source(&self) -> String;
    /// Where the time of the runs so far went, if the program was compiled while profiles were wanted ([`profile::record`], `WGRAD_PROFILE=1`).
    /// Where the device measures without waiting, runs that are still on their way are not in it.
    fn profile(&self) -> Option<Profile> {
        None
    }
}

/// The cost of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Steps of the plan; on a GPU the dispatches.
    pub dispatches: usize,
    /// Bytes that the steps read.
    pub bytes_read: u64,
    /// Bytes that the steps write.
    pub bytes_written: u64,
    /// Floating-point operations (a multiply-add counts as two).
    pub flops: u64,
    /// Bytes of temporaries, planned by liveness.
    pub temporary_bytes: u64,
    /// The most device memory in use at once: inputs, outputs that are not donated, temporaries.
    pub peak_bytes: u64,
}

impl Stats {
    /// The same for a device that needs `bytes` of temporaries, its own among them.
    #[must_use]
    pub fn with_temporary_bytes(self, bytes: u64) -> Stats {
        let fixed = self.peak_bytes.saturating_sub(self.temporary_bytes);
        Stats { temporary_bytes: bytes, peak_bytes: fixed.saturating_add(bytes), ..self }
    }
}

/// A handle to a device; cheap to clone.
#[derive(Clone, Debug)]
pub struct Device {
    backend: Arc<dyn Backend>,
    executables: Arc<Executables>,
}

/// A way to open devices, which each backend crate registers with [`inventory::submit!`].
pub struct BackendEntry {
    /// The word before the colon in `wgpu:1`.
    pub name: &'static str,
    /// Opens device `index`, or the backend's first choice.
    pub open: fn(index: Option<usize>) -> Result<Device>,
    /// Opens the device that [`Device::best`] should consider, `None` where there is none that is worth it, with its rank; the highest wins.
    pub best: fn() -> Option<(u32, Device)>,
    /// One line for each device of this backend.
    pub list: fn() -> Vec<DeviceInfo>,
}

inventory::collect!(BackendEntry);

static DEFAULT: RwLock<Option<Device>> = RwLock::new(None);

impl Device {
    /// Wraps a backend.
    pub fn new(backend: impl Backend + 'static) -> Device {
        Device { backend: Arc::new(backend), executables: Arc::default() }
    }

    /// Opens a device by name: `cpu`, `reference`, `wgpu`, `wgpu:1`, `best`.
    ///
    /// # Errors
    /// [`Error::NoDevice`] names the backends that there are.
    pub fn open(name: &str) -> Result<Device> {
        let name = name.trim();
        if name == "best" {
            return Device::pick();
        }
        let no_device = |why: String| Error::NoDevice { requested: name.into(), why };
        let (backend, index) = match name.split_once(':') {
            None => (name, None),
            Some((backend, index)) => {
                let index = index.parse().map_err(|_| no_device(format!("\"{index}\" is not a device number")))?;
                (backend, Some(index))
            }
        };
        let entry = inventory::iter::<BackendEntry>.into_iter().find(|entry| entry.name == backend);
        let entry = entry.ok_or_else(|| {
            let mut known: Vec<_> = inventory::iter::<BackendEntry>.into_iter().map(|entry| entry.name).collect();
            known.sort_unstable();
            no_device(format!("the backends of this program are: {}", known.join(", ")))
        })?;
        (entry.open)(index)
    }

    /// The device that `WGRAD_DEVICE` names, else a real GPU if there is one, else the processor. A software GPU driver is used only when it is
    /// asked for.
    ///
    /// # Errors
    /// [`Error::NoDevice`] where `WGRAD_DEVICE` names none, or no backend is linked in.
    pub fn best() -> Result<Device> {
        match std::env::var("WGRAD_DEVICE") {
            Ok(name) if !name.trim().is_empty() => Device::open(&name),
            _ => Device::pick(),
        }
    }

    fn pick() -> Result<Device> {
        let best = inventory::iter::<BackendEntry>.into_iter().filter_map(|entry| (entry.best)()).max_by_key(|(rank, _)| *rank);
        best.map(|(_, device)| device).ok_or_else(|| Error::NoDevice {
            requested: "best".into(),
            why: "no backend is linked into this program; depend on `wgrad` or `wgrad-cpu`".into(),
        })
    }

    /// All devices of all backends that are linked in.
    pub fn all() -> Vec<DeviceInfo> {
        inventory::iter::<BackendEntry>.into_iter().flat_map(|entry| (entry.list)()).collect()
    }

    /// The device that tensors are evaluated on where nothing else decides: the one given to [`Device::set_default`], else [`Device::best`].
    ///
    /// # Errors
    /// Those of [`Device::best`].
    pub fn default_device() -> Result<Device> {
        if let Some(device) = DEFAULT.read().unwrap_or_else(|e| e.into_inner()).clone() {
            return Ok(device);
        }
        let device = Device::best()?;
        Ok(DEFAULT.write().unwrap_or_else(|e| e.into_inner()).get_or_insert(device).clone())
    }

    /// Makes `device` the default of this process.
    pub fn set_default(device: &Device) {
        *DEFAULT.write().unwrap_or_else(|e| e.into_inner()) = Some(device.clone());
    }

    /// Makes a program ready to run, and prints what the environment's `WGRAD_DUMP` asks for: `program`, `plan`, `wgsl`.
    ///
    /// # Errors
    /// Those of [`Backend::compile`].
    pub fn compile(&self, program: &Program) -> Result<Arc<dyn Executable>> {
        if profile::printing() {
            // For the profile's last column; devices without a roof leave it empty.
            let _ = self.roof();
        }
        let executable = self.backend.compile(program)?;
        dump(program, &*executable);
        Ok(executable)
    }

    /// [`Device::compile`] for a program that may come again: the executables that were used last are kept.
    pub(crate) fn compile_once(&self, program: &Program) -> Result<Arc<dyn Executable>> {
        self.executables.get(program, || self.compile(program))
    }

    /// Copies a value to the host and waits for it.
    ///
    /// # Errors
    /// Those of the device.
    pub fn read(&self, value: &Value) -> Result<HostTensor> {
        if let Some(data) = value.host() {
            return HostTensor::new(&value.spec.shape, data.clone())
                .ok_or_else(|| Error::InvalidProgram(format!("a value of {} has {} elements", value.spec, data.len())));
        }
        pollster::block_on(self.backend.download(value))
    }

    /// A value on this device with the elements of `tensor`.
    ///
    /// # Errors
    /// Those of the device, for example [`Error::OutOfMemory`].
    pub fn put(&self, tensor: &HostTensor) -> Result<Value> {
        Ok(Value { spec: tensor.spec(), storage: self.backend.upload(tensor)? })
    }

    /// The value where this device can use it: its own and the host's as they are, another device's by way of the host.
    ///
    /// # Errors
    /// Those of the devices.
    pub fn adopt(&self, value: Value) -> Result<Value> {
        match value.storage.device() {
            Some(name) if name != self.info().name => {
                let tensor = Device::open(name)?.read(&value)?;
                self.put(&tensor)
            }
            Some(_) | None => Ok(value),
        }
    }

    /// Fails unless the device computes with the dtype of each of `specs`; for backends' `compile`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] names the dtype and those that there are.
    pub fn check_dtypes<'a>(info: &DeviceInfo, specs: impl IntoIterator<Item = &'a Spec>) -> Result<()> {
        for spec in specs {
            if !info.dtypes.contains(&spec.dtype) {
                let known: Vec<_> = info.dtypes.iter().map(|d| d.name()).collect();
                return Err(Error::Unsupported {
                    device: info.name.clone(),
                    what: format!("dtype {}", spec.dtype),
                    why: format!("it computes with {}; cast the tensor or use another device", known.join(", ")),
                });
            }
        }
        Ok(())
    }
}

impl Deref for Device {
    type Target = dyn Backend;
    fn deref(&self) -> &Self::Target {
        &*self.backend
    }
}

impl PartialEq for Device {
    fn eq(&self, other: &Device) -> bool {
        self.info().name == other.info().name
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.info().name, self.info().description)
    }
}
