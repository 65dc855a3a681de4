//! One opened adapter: its queue, its pipelines, and whatever went wrong on it.
//!
//! wgpu reports errors through scopes and callbacks. Creation is wrapped in scopes; errors of work that is already on its way are kept by the callbacks
//! and come out of the next call, so that nothing panics and nothing is lost.

use crate::codegen::{Shader, Target};
use crate::memory::Pool;
use crate::module;
use crate::pending::Pending;
use crate::timing::{Clock, Timer};
use crate::tune::Tuner;
use pollster::block_on;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::{Duration, Instant},
};
use wgpu::{
    Adapter, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType, BufferBindingType, ComputePipelineDescriptor,
    CooperativeScalarType, DeviceDescriptor, ErrorFilter, Features, Limits, MemoryHints, PipelineLayoutDescriptor, PollError, PollType,
    ShaderModuleDescriptor, ShaderSource, ShaderStages, SubmissionIndex,
};
use wgrad_tensor::device::{DeviceInfo, DeviceKind};
use wgrad_tensor::{Error, Result, profile, timeline};

/// The longest that a download waits for work that makes no progress.
const PATIENCE: Duration = Duration::from_secs(300);

/// An opened adapter.
#[derive(Debug)]
pub(crate) struct Gpu {
    pub(crate) info: DeviceInfo,
    adapter: Adapter,
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) limits: Limits,
    pub(crate) pool: Arc<Pool>,
    subgroup: Option<(u32, u32)>,
    cooperative: Option<u32>,
    /// Whether kernels are made for a driver that computes on the processor.
    software: bool,
    /// Whether shaders check bounds while they run.
    checked: bool,
    fault: Arc<Mutex<Option<Error>>>,
    /// Why the device is gone, once it is.
    lost: Arc<OnceLock<String>>,
    pipelines: Mutex<HashMap<String, Arc<Pipeline>>>,
    pub(crate) pending: Mutex<Pending>,
    /// Held while something is submitted, and while nothing may be.
    pub(crate) turn: Mutex<()>,
    /// Programs that are profiled.
    pub(crate) timers: Mutex<Vec<Weak<Timer>>>,
    /// What timestamps are on the host's clock.
    pub(crate) clock: Mutex<Option<Clock>>,
    /// Who measures variants of kernels, if anybody.
    pub(crate) tuner: Option<Arc<Tuner>>,
}

/// A compute shader that is ready to run.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) pipeline: wgpu::ComputePipeline,
    pub(crate) layout: wgpu::BindGroupLayout,
    /// How long it took to make.
    pub(crate) made_in: Duration,
}

impl Gpu {
    /// Opens an adapter with all that it offers.
    pub(crate) fn open(adapter: &Adapter, info: DeviceInfo) -> Result<Gpu> {
        let kernels = std::env::var("WGRAD_KERNELS").unwrap_or_default();
        let cooperative = if kernels == "cooperative" { cooperative(adapter) } else { None };
        let mut wanted = Features::SHADER_F16 | Features::TIMESTAMP_QUERY | Features::SUBGROUP;
        wanted.set(Features::EXPERIMENTAL_COOPERATIVE_MATRIX, cooperative.is_some());
        let descriptor = DeviceDescriptor {
            label: Some(&info.name),
            required_features: adapter.features() & wanted,
            required_limits: adapter.limits(),
            memory_hints: MemoryHints::Performance,
            experimental_features: module::experimental(cooperative.is_some()),
            ..Default::default()
        };
        let failed = |why: String| Error::Device { device: info.name.clone(), why };
        let (device, queue) = block_on(adapter.request_device(&descriptor)).map_err(|error| failed(error.to_string()))?;

        let fault = Arc::new(Mutex::new(None));
        let (name, kept) = (info.name.clone(), fault.clone());
        device.on_uncaptured_error(Arc::new(move |error| {
            lock(&kept).get_or_insert_with(|| translate(&name, "a command", 0, error));
        }));
        let lost = Arc::new(OnceLock::new());
        let kept = lost.clone();
        device.set_device_lost_callback(move |reason, message| {
            kept.get_or_init(|| if message.is_empty() { format!("{reason:?}") } else { message });
        });
        let limits = device.limits();
        let about = adapter.get_info();
        let subgroup = device.features().contains(Features::SUBGROUP).then_some((about.subgroup_min_size, about.subgroup_max_size));
        let software = match kernels.as_str() {
            "gpu" => false,
            "software" => true,
            _ => info.kind == DeviceKind::SoftwareGpu,
        };
        let pool = Arc::new(Pool::new(&info.name));
        let checked = std::env::var("WGRAD_CHECKED").map_or(cfg!(debug_assertions), |value| value != "0");
        Ok(Gpu {
            info,
            adapter: adapter.clone(),
            device,
            queue,
            limits,
            pool,
            subgroup,
            cooperative,
            software,
            checked,
            fault,
            lost,
            pipelines: Mutex::default(),
            pending: Mutex::default(),
            turn: Mutex::default(),
            timers: Mutex::default(),
            clock: Mutex::default(),
            tuner: None,
        })
    }

    /// Another connection to the same adapter, without a tuner.
    pub(crate) fn again(&self) -> Result<Gpu> {
        Gpu::open(&self.adapter, self.info.clone())
    }

    /// What generated code may depend on.
    pub(crate) fn target(&self) -> Target {
        Target {
            device: self.info.name.clone(),
            max_invocations: self.limits.max_compute_invocations_per_workgroup.min(self.limits.max_compute_workgroup_size_x),
            max_workgroup_bytes: self.limits.max_compute_workgroup_storage_size,
            max_buffers: self.max_buffers(),
            software: self.software,
            subgroup: self.subgroup,
            cooperative: self.cooperative,
            known: self.tuner.as_ref().map(|tuner| tuner.known.clone()),
        }
    }

    /// The most storage buffers that one dispatch may bind.
    pub(crate) fn max_buffers(&self) -> usize {
        self.limits.max_storage_buffers_per_shader_stage.min(self.limits.max_bindings_per_bind_group) as usize
    }

    /// Runs `create` and gives what it made, or the error that it caused. `needed` are the bytes that `what` takes.
    pub(crate) fn guarded<T>(&self, what: &str, needed: u64, create: impl FnOnce(&wgpu::Device) -> T) -> Result<T> {
        let scopes = [ErrorFilter::Internal, ErrorFilter::OutOfMemory, ErrorFilter::Validation].map(|f| self.device.push_error_scope(f));
        let created = create(&self.device);
        // Scopes are a stack: the last one pushed is popped first.
        let errors = scopes.into_iter().rev().filter_map(|scope| block_on(scope.pop()));
        match errors.reduce(|first, _| first) {
            Some(error) => Err(translate(&self.info.name, what, needed, error)),
            None => Ok(created),
        }
    }

    /// The error that a callback has kept since the last call, if any. A lost device is one for ever: wgpu ignores what it is asked for.
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(why) = self.lost.get() {
            return Err(Error::Device { device: self.info.name.clone(), why: format!("it was lost: {why}") });
        }
        lock(&self.fault).take().map_or(Ok(()), Err)
    }

    /// Adds the timestamps that have arrived to the profiles that they belong to.
    pub(crate) fn collect_times(&self) -> Result<()> {
        let timers: Vec<_> = lock(&self.timers).iter().filter_map(Weak::upgrade).collect();
        timers.iter().try_for_each(|timer| timer.collect())
    }

    /// The pipeline of a shader; equal texts share one.
    pub(crate) fn pipeline(&self, label: &str, shader: &Shader) -> Result<Arc<Pipeline>> {
        if let Some(pipeline) = lock(&self.pipelines).get(&shader.source) {
            return Ok(pipeline.clone());
        }
        let start = Instant::now();
        // Without the lock, so that several threads can compile.
        let pipeline = self.guarded(&format!("the shader of {label}"), 0, |device| {
            let descriptor = ShaderModuleDescriptor { label: Some(label), source: ShaderSource::Wgsl(shader.source.as_str().into()) };
            let module = module::create(device, descriptor, self.checked);
            let entries: Vec<_> = shader.bound.iter().enumerate().map(|(i, bound)| entry(i as u32, bound.write)).collect();
            let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: Some(label), entries: &entries });
            let whole = device.create_pipeline_layout(&PipelineLayoutDescriptor {
                label: Some(label),
                bind_group_layouts: &[Some(&layout)],
                ..Default::default()
            });
            let pipeline = device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(label),
                layout: Some(&whole),
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions { zero_initialize_workgroup_memory: false, ..Default::default() },
                cache: None,
            });
            Arc::new(Pipeline { pipeline, layout, made_in: start.elapsed() })
        })?;
        Ok(lock(&self.pipelines).entry(shader.source.clone()).or_insert(pipeline).clone())
    }

    /// Waits until nothing runs any more, `patience` at most, and keeps it so as long as the result lives. `None` where something runs on.
    pub(crate) fn quiet(&self, patience: Duration) -> Option<MutexGuard<'_, ()>> {
        let turn = lock(&self.turn);
        let polled = self.device.poll(PollType::Wait { submission_index: None, timeout: Some(patience) });
        polled.is_ok().then_some(turn)
    }

    /// Waits until a submission is complete and its callbacks have run.
    pub(crate) fn wait(&self, index: SubmissionIndex) -> Result<()> {
        let failed = |why: String| Error::Device { device: self.info.name.clone(), why };
        let (start, _span) = (Instant::now(), timeline::host("wait"));
        while start.elapsed() < PATIENCE {
            let wait = PollType::Wait { submission_index: Some(index.clone()), timeout: Some(Duration::from_secs(1)) };
            match profile::in_driver(|| self.device.poll(wait)) {
                Ok(_) => return self.check(),
                Err(PollError::Timeout) => self.check()?,
                Err(error) => return Err(failed(error.to_string())),
            }
        }
        Err(failed(format!("it has not finished its work in {} seconds", PATIENCE.as_secs())))
    }
}

/// The largest square cooperative matrices of f16 with sums of f32 that the adapter has and shaders can name.
fn cooperative(adapter: &Adapter) -> Option<u32> {
    use CooperativeScalarType::{F16, F32};
    if !adapter.features().contains(Features::EXPERIMENTAL_COOPERATIVE_MATRIX | Features::SHADER_F16 | Features::SUBGROUP) {
        return None;
    }
    let offered = adapter.cooperative_matrix_properties();
    let offers = |&size: &u32| offered.iter().any(|p| [p.m_size, p.n_size, p.k_size] == [size; 3] && (p.ab_type, p.cr_type) == (F16, F32));
    [16, 8].into_iter().find(offers)
}

fn entry(binding: u32, writable: bool) -> BindGroupLayoutEntry {
    let ty = BufferBindingType::Storage { read_only: !writable };
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}

fn translate(device: &str, what: &str, needed: u64, error: wgpu::Error) -> Error {
    match error {
        wgpu::Error::OutOfMemory { .. } => Error::OutOfMemory { device: device.into(), what: what.into(), needed, available: 0 },
        wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
            Error::Device { device: device.into(), why: format!("{what}: {}", description.trim()) }
        }
    }
}

/// Locks, also where a thread has panicked with the lock: what is guarded here is consistent at every step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
