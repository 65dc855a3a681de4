//! Starts kernels on a GPU, with shader runtime checks on.

use std::collections::HashMap;
use wgpu::{BufferUsages, util::DeviceExt};
use wgrad_shaders::{Access, Adapter, Binding, Kernel};

pub(crate) struct Gpu {
    pub(crate) adapter: Adapter,
    pub(crate) half: bool,
    device: wgpu::Device,
    queue: wgpu::Queue,
}

impl Gpu {
    /// The first adapter. Where there is none, the tests say so; in CI they fail.
    pub(crate) fn open() -> Option<Gpu> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let Ok(adapter) = pollster::block_on(instance.request_adapter(&Default::default())) else {
            assert!(std::env::var("CI").map_or(true, |ci| ci != "true"), "in CI no test may be skipped, but there is no GPU");
            eprintln!("\n*** SKIPPED: the kernels were not run: there is no GPU ***\n");
            return None;
        };
        let info = adapter.get_info();
        let features = adapter.features() & (wgpu::Features::SUBGROUP | wgpu::Features::SHADER_F16);
        let descriptor = wgpu::DeviceDescriptor { required_features: features, required_limits: adapter.limits(), ..Default::default() };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor)).expect("a device");
        let uniform = info.subgroup_min_size == info.subgroup_max_size && features.contains(wgpu::Features::SUBGROUP);
        let adapter = Adapter {
            software: info.device_type == wgpu::DeviceType::Cpu,
            subgroup: uniform.then_some(info.subgroup_min_size),
            cooperative: None,
        };
        Some(Gpu { adapter, half: features.contains(wgpu::Features::SHADER_F16), device, queue })
    }

    /// Runs a kernel on operands by name; what is in `out` after it, of `len` words, which first hold ones.
    pub(crate) fn run(&self, kernel: &Kernel, operands: &[(&str, &[u32])], out: &str, len: usize) -> Vec<u32> {
        let buffer = |words: &[u32]| {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC;
            self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor { label: None, contents: bytemuck::cast_slice(words), usage })
        };
        let scratch: Vec<_> = kernel.scratch.iter().map(|&bytes| buffer(&vec![u32::MAX; bytes.div_ceil(4) as usize])).collect();
        let mut named: HashMap<&str, wgpu::Buffer> = operands.iter().map(|(name, words)| (*name, buffer(words))).collect();
        for name in ["out", "b_sum"] {
            named.insert(name, buffer(&vec![u32::MAX; len]));
        }
        let mut encoder = self.device.create_command_encoder(&Default::default());
        for pass in &kernel.passes {
            let source = wgpu::ShaderSource::Wgsl(pass.shader.source().expect("all names are known").into());
            let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
            let bindings = pass.shader.bindings();
            let layout: Vec<_> = bindings.iter().map(entry).collect();
            let layout = self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &layout });
            let whole = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &[Some(&layout)],
                ..Default::default()
            });
            let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(pass.shader.file()),
                layout: Some(&whole),
                module: &module,
                entry_point: None,
                compilation_options: Default::default(),
                cache: None,
            });
            let entries: Vec<_> = bindings
                .iter()
                .map(|binding| {
                    let piece = pass.scratch.iter().find(|(name, _)| *name == binding.name).map(|&(_, index)| &scratch[index]);
                    let buffer = piece.unwrap_or_else(|| &named[binding.name.as_str()]);
                    wgpu::BindGroupEntry { binding: binding.index, resource: buffer.as_entire_binding() }
                })
                .collect();
            let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries });
            let mut compute = encoder.begin_compute_pass(&Default::default());
            compute.set_pipeline(&pipeline);
            compute.set_bind_group(0, &group, &[]);
            let [x, y, z] = pass.workgroups;
            compute.dispatch_workgroups(x, y, z);
        }
        let size = 4 * len as u64;
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let read = self.device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false });
        encoder.copy_buffer_to_buffer(&named[out], 0, &read, 0, size);
        self.queue.submit([encoder.finish()]);
        read.slice(..).map_async(wgpu::MapMode::Read, |_| {});
        self.device.poll(wgpu::PollType::wait_indefinitely()).expect("the device answers");
        let range = read.slice(..).get_mapped_range().expect("the buffer is mapped");
        bytemuck::pod_collect_to_vec(&range)
    }

    /// The same for floats.
    pub(crate) fn floats(&self, kernel: &Kernel, operands: &[(&str, &[f32])], out: &str, len: usize) -> Vec<f32> {
        let words: Vec<(&str, &[u32])> = operands.iter().map(|(name, values)| (*name, bytemuck::cast_slice(values))).collect();
        self.run(kernel, &words, out, len).into_iter().map(f32::from_bits).collect()
    }
}

fn entry(binding: &Binding) -> wgpu::BindGroupLayoutEntry {
    let ty = wgpu::BufferBindingType::Storage { read_only: binding.access == Access::Read };
    wgpu::BindGroupLayoutEntry {
        binding: binding.index,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}

/// `n` small numbers, the same each time: multiples of 1/8, so that sums of products are exact in any order.
pub(crate) fn numbers(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) % 33) as f32 / 8.0 - 2.0
    };
    (0..n).map(|_| next()).collect()
}
