//! The GPUs of this machine, and the choice among them.
//!
//! Adapters are numbered with the most capable kind first, so `wgpu:0` is a real GPU where there is one. A driver that computes on the processor
//! (llvmpipe, SwiftShader, WARP) is opened only when it is asked for by name.

use crate::backend::WgpuBackend;
use crate::gpu::Gpu;
use crate::tune::Tuner;
use pollster::block_on;
use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};
use wgpu::{Adapter, AdapterInfo, Backends, DeviceType, Features, Instance, InstanceDescriptor, InstanceFlags};
use wgrad_tensor::device::{BackendEntry, DeviceInfo, DeviceKind};
use wgrad_tensor::{DType, Device, Error, Result};

/// A GPU ranks above the processor in [`Device::best`].
const RANK: u32 = 100;

inventory::submit! {
    BackendEntry { name: "wgpu", open, best, list }
}

/// Opens adapter `index`, or the first. A device is opened once in a process.
fn open(index: Option<usize>) -> Result<Device> {
    static OPEN: Mutex<Option<HashMap<usize, Device>>> = Mutex::new(None);
    let index = index.unwrap_or(0);
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let open = open.get_or_insert_default();
    if let Some(device) = open.get(&index) {
        return Ok(device.clone());
    }
    let device = Device::new(WgpuBackend::new(connect(index)?));
    open.insert(index, device.clone());
    Ok(device)
}

/// The first adapter, if it is a real GPU that can be opened.
fn best() -> Option<(u32, Device)> {
    let adapter = adapters().first()?;
    (kind(&adapter.get_info()) == DeviceKind::Gpu).then(|| open(Some(0)).ok()).flatten().map(|device| (RANK, device))
}

fn list() -> Vec<DeviceInfo> {
    adapters().iter().enumerate().map(|(index, adapter)| info(index, adapter)).collect()
}

/// All adapters, real GPUs first. Found once: the drivers of a machine do not change while a program runs.
fn adapters() -> &'static [Adapter] {
    static ADAPTERS: OnceLock<Vec<Adapter>> = OnceLock::new();
    ADAPTERS.get_or_init(|| {
        let flags = InstanceFlags::empty().with_env();
        let descriptor = InstanceDescriptor { backends: backends(), flags, ..InstanceDescriptor::new_without_display_handle() };
        let mut adapters = block_on(Instance::new(descriptor).enumerate_adapters(backends()));
        adapters.sort_by_key(|adapter| order(adapter.get_info().device_type));
        adapters
    })
}

/// The interfaces that this crate is compiled with, or those of them that `WGPU_BACKEND` names.
fn backends() -> Backends {
    (Backends::VULKAN | Backends::METAL | Backends::DX12).with_env()
}

fn order(device_type: DeviceType) -> u8 {
    match device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

fn kind(info: &AdapterInfo) -> DeviceKind {
    match info.device_type {
        DeviceType::DiscreteGpu | DeviceType::IntegratedGpu | DeviceType::VirtualGpu => DeviceKind::Gpu,
        DeviceType::Cpu | DeviceType::Other => DeviceKind::SoftwareGpu,
    }
}

fn info(index: usize, adapter: &Adapter) -> DeviceInfo {
    let (about, limits) = (adapter.get_info(), adapter.limits());
    let mut dtypes = vec![DType::Bool, DType::I32, DType::U32, DType::F32];
    if adapter.features().contains(Features::SHADER_F16) {
        dtypes.push(DType::F16);
    }
    DeviceInfo {
        name: format!("wgpu:{index}"),
        description: format!("{} ({})", about.name, about.backend),
        kind: kind(&about),
        dtypes,
        max_tensor_bytes: limits.max_buffer_size.min(limits.max_storage_buffer_binding_size),
    }
}

pub(crate) fn connect(index: usize) -> Result<Gpu> {
    let no_device = |why: String| Error::NoDevice { requested: format!("wgpu:{index}"), why };
    let adapters = adapters();
    let adapter = adapters.get(index).ok_or_else(|| no_device(missing(adapters)))?;
    let mut gpu = Gpu::open(adapter, info(index, adapter)).map_err(|error| no_device(error.to_string()))?;
    gpu.tuner = Tuner::from_env(&adapter.get_info());
    Ok(gpu)
}

/// What was looked for, what there is, and what to install.
fn missing(adapters: &[Adapter]) -> String {
    if adapters.is_empty() {
        return "no Vulkan, Metal or DX12 driver was found; install the driver of your GPU, or on Debian mesa-vulkan-drivers, which has a \
                driver for the processor too; without one use WGRAD_DEVICE=cpu"
            .into();
    }
    let known: Vec<_> = adapters.iter().enumerate().map(|(i, adapter)| format!("wgpu:{i} ({})", adapter.get_info().name)).collect();
    format!("the adapters of this machine are {}", known.join(", "))
}

/// The first adapter for a test, or `None` where there is none and none is required.
#[cfg(test)]
pub(crate) fn connect_for_test() -> Result<Option<Gpu>> {
    match connect(0) {
        Ok(gpu) => Ok(Some(gpu)),
        Err(error) if std::env::var("WGRAD_REQUIRE_GPU").is_ok() => Err(error),
        Err(error) => {
            eprintln!("SKIPPED, there is no GPU: {error}");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_adapter_says_what_was_looked_for() {
        let text = missing(&[]);
        assert!(text.contains("Vulkan") && text.contains("mesa-vulkan-drivers"), "{text}");
        let Err(error) = open(Some(1000)) else { panic!("adapter 1000 was opened") };
        assert!(error.to_string().starts_with("no device \"wgpu:1000\": "), "{error}");
    }
}
