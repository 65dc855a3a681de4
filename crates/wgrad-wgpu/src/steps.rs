//! The steps that have hand-written kernels: what `wgrad-shaders` specialises, bound to the memory of the plan.

use crate::codegen::{Bound, Epilogue, Shader, Target, epilogue, storage_type, store};
use crate::tune::{Candidate, Choice};
use std::fmt::Debug;
use wgrad_shaders::{Access, Adapter, Element, Error as ShaderError, Kernel, MatMulVariant, Pass, Strided};
use wgrad_tensor::plan::{Buffer, Convolution, MatMul, Operand, Place, Step, View};
use wgrad_tensor::{DType, Error, Result, Shape, Window};

/// What a step starts, in order.
pub(crate) struct Started {
    pub(crate) shaders: Vec<Shader>,
    /// Bytes of the memory that only these shaders use. It is bound as the slots from the given first slot on.
    pub(crate) scratch: Vec<u64>,
    /// What the first shader could be as well.
    pub(crate) choice: Option<Choice>,
}

/// The shaders of a step other than a fused kernel or a loop; `None` where there is nothing to compute.
pub(crate) fn started(step: &Step, buffers: &[Buffer], target: &Target, first_slot: usize) -> Result<Option<Started>> {
    let context = Context { buffers, target, first_slot };
    match step {
        Step::Kernel(_) | Step::Scan(_) => Err(Error::InvalidProgram("a fused kernel or loop has no shader of its own".into())),
        Step::MatMul(step) => context.matmul(step),
        Step::Conv(step) => context.conv(step),
        Step::WindowSum { x, window, out } => {
            let (low, at) = (low(window), strided(x)?);
            let out_shape = places(x, window)?;
            let windows = context.window(x, window, &low, &out_shape)?;
            let kernel = || wgrad_shaders::WindowSum { window: windows, x: &at }.kernel();
            context.stored(kernel, &[("x", x)], out, "acc: f32")
        }
        Step::WindowSelect { x, v, window, out } => {
            let (low, at, v_at) = (low(window), strided(x)?, strided(v)?);
            let out_shape = places(x, window)?;
            let windows = context.window(x, window, &low, &out_shape)?;
            let kernel = || wgrad_shaders::WindowSelect { window: windows, x: &at, v: &v_at }.kernel();
            context.stored(kernel, &[("x", x), ("v", v)], out, "acc: f32")
        }
        Step::WindowScatter { x, g, window, out } => {
            let (low, at, g_at) = (low(window), strided(x)?, strided(g)?);
            let out_shape = places(x, window)?;
            let windows = context.window(x, window, &low, &out_shape)?;
            let kernel = || wgrad_shaders::WindowScatter { window: windows, x: &at, g: &g_at }.kernel();
            context.stored(kernel, &[("x", x), ("g", g)], out, "acc: f32")
        }
        Step::Gather { x, indices, axis, out } => {
            let gather = wgrad_shaders::Gather {
                element: context.element(x)?,
                x_shape: &x.view.shape,
                x: &strided(x)?,
                indices_shape: &indices.view.shape,
                indices: &strided(indices)?,
                axis: *axis,
            };
            context.stored(|| gather.kernel(), &[("x", x), ("indices", indices)], out, "value: T")
        }
        Step::ScatterAdd { x, indices, updates, axis, out } => {
            let scatter = wgrad_shaders::ScatterAdd {
                element: context.element(x)?,
                x_shape: &x.view.shape,
                x: &strided(x)?,
                indices_shape: &indices.view.shape,
                indices: &strided(indices)?,
                updates_shape: &updates.view.shape,
                updates: &strided(updates)?,
                axis: *axis,
            };
            context.stored(|| scatter.kernel(), &[("x", x), ("indices", indices), ("keys", indices), ("updates", updates)], out, "acc: S")
        }
        Step::ArgSort { x, axis, descending, out } => {
            let sort = wgrad_shaders::ArgSort {
                element: context.element(x)?,
                shape: &x.view.shape,
                keys: &strided(x)?,
                axis: *axis,
                descending: *descending,
            };
            context.stored(|| sort.kernel(), &[("keys", x)], out, "index: i32")
        }
        Step::CumSum { x, axis, reverse, out } => {
            let sum = wgrad_shaders::CumSum {
                element: context.element(x)?,
                shape: &x.view.shape,
                x: &strided(x)?,
                axis: *axis,
                reverse: *reverse,
            };
            context.stored(|| sum.kernel(), &[("x", x)], out, "acc: S")
        }
        Step::Random { key, stream, out } => {
            let random = wgrad_shaders::Random { elements: out.view.numel(), stream: *stream, key: &strided(key)? };
            context.stored(|| random.kernel(), &[("key", key)], out, "bits: u32")
        }
    }
}

struct Context<'a> {
    buffers: &'a [Buffer],
    target: &'a Target,
    first_slot: usize,
}

impl Context<'_> {
    fn matmul(&self, step: &MatMul) -> Result<Option<Started>> {
        let MatMul { batch, m, k, n, .. } = *step;
        if batch == 0 || m == 0 || n == 0 {
            return Ok(None);
        }
        let product = wgrad_shaders::MatMul {
            batch: self.length("batch of a matmul", batch)?,
            m: self.length("rows of a matmul", m)?,
            k: self.length("inner length of a matmul", k)?,
            n: self.length("columns of a matmul", n)?,
            a: strided(&step.a)?,
            b: strided(&step.b)?,
            element: self.element(&step.a)?,
            b_sum: step.b_sum.is_some(),
        };
        self.fastest(&product.interchangeable(&self.adapter()), || product.bucket(), |variant| self.product(step, &product, variant))
            .map(Some)
    }

    fn product(&self, step: &MatMul, product: &wgrad_shaders::MatMul, variant: MatMulVariant) -> Result<Started> {
        let kernel = product.kernel(variant).map_err(|error| self.refused(error))?;
        let mut operands = vec![("a", &step.a), ("b", &step.b)];
        let fused = epilogue(&step.epilogue, self.buffers)?;
        let kernel = match &step.b_sum {
            None => kernel,
            Some(target) => {
                let &Buffer { dtype, place, .. } = self.buffer(target)?;
                // Gradients of a kernel and its bias may lie in one buffer, which can be bound for writing only once.
                let shared = fused.bound.iter().find(|(_, _, bound)| bound.place == place && bound.write).map(|(name, _, _)| name.as_str());
                let stored = store("store_b_sum", shared.unwrap_or("b_sum"), "column", "acc: f32", dtype, &target.view)?;
                let array = format!("array<{}>", storage_type(dtype)?);
                if shared.is_none() {
                    operands.push(("b_sum", target));
                }
                kernel.map_last(|shader| {
                    // Bound anew under the number of `out`, which the epilogue takes away, and with the type of the plan's buffer.
                    let shader = shader.unbind("out").unbind("b_sum");
                    let shader = if shared.is_some() { shader } else { shader.bind("b_sum", Access::ReadWrite, &array, "[N]") };
                    shader.replace_function("store_b_sum", &stored)
                })
            }
        };
        self.bind(kernel, &operands, Some(fused))
    }

    fn conv(&self, step: &Convolution) -> Result<Option<Started>> {
        if step.out_shape.contains(&0) {
            return Ok(None);
        }
        let low: Vec<isize> = step.conv.padding.iter().map(|padding| padding.0).collect();
        let conv = wgrad_shaders::Conv {
            element: self.element(&step.lhs)?,
            lhs_shape: &step.lhs.view.shape,
            lhs: &strided(&step.lhs)?,
            rhs_shape: &step.rhs.view.shape,
            rhs: &strided(&step.rhs)?,
            out_shape: &step.out_shape,
            strides: &step.conv.strides,
            low: &low,
            lhs_dilation: &step.conv.lhs_dilation,
            rhs_dilation: &step.conv.rhs_dilation,
            feature_groups: step.conv.feature_groups,
            batch_groups: step.conv.batch_groups,
        };
        let start = |variant| {
            let kernel = conv.kernel(variant).map_err(|error| self.refused(error))?;
            self.bind(kernel, &[("lhs", &step.lhs), ("rhs", &step.rhs)], Some(epilogue(&step.epilogue, self.buffers)?))
        };
        self.fastest(&conv.interchangeable(&self.adapter()), || conv.bucket(), start).map(Some)
    }

    /// The variant that is known to be the fastest, else the first, and those that were not compared with it yet.
    fn fastest<V: Copy + Debug>(
        &self,
        variants: &[V],
        bucket: impl FnOnce() -> String,
        start: impl Fn(V) -> Result<Started>,
    ) -> Result<Started> {
        let nothing = || Error::InvalidProgram("a step has no variant".into());
        let first = variants.first().ok_or_else(nothing)?;
        let Some(known) = self.target.known.as_ref().filter(|_| variants.len() > 1) else { return start(*first) };
        let bucket = bucket();
        let entry = known.get(&bucket).unwrap_or_default();
        let names: Vec<(String, V)> = variants.iter().map(|&variant| (format!("{variant:?}"), variant)).collect();
        let (name, chosen) = names.iter().find(|(name, _)| *name == entry.best).or(names.first()).ok_or_else(nothing)?;
        let mut started = start(*chosen)?;
        let mut others = Vec::new();
        for (other, variant) in names.iter().filter(|(other, _)| other != name && !entry.slower.contains(other)) {
            // What cannot be started, or binds something else, cannot take the place of what runs.
            let shader = start(*variant).ok().and_then(|other| other.shaders.into_iter().next());
            let alike = shader.filter(|shader| started.shaders.first().is_some_and(|first| first.bound == shader.bound));
            others.extend(alike.map(|shader| Candidate { name: other.clone(), shader }));
        }
        if !others.is_empty() {
            started.choice = Some(Choice { bucket, name: name.clone(), others });
        }
        Ok(started)
    }

    fn window<'w>(
        &self,
        x: &'w Operand,
        window: &'w Window,
        low: &'w [usize],
        out_shape: &'w [usize],
    ) -> Result<wgrad_shaders::Window<'w>> {
        Ok(wgrad_shaders::Window {
            element: self.element(x)?,
            shape: &x.view.shape,
            out_shape,
            size: &window.size,
            strides: &window.strides,
            dilation: &window.dilation,
            low,
        })
    }

    /// A kernel whose result goes to a view of a buffer. `value` is the second parameter of its epilogue.
    fn stored(
        &self,
        kernel: impl FnOnce() -> Result<Kernel, ShaderError>,
        operands: &[(&'static str, &Operand)],
        out: &Operand,
        value: &str,
    ) -> Result<Option<Started>> {
        if out.view.numel() == 0 {
            return Ok(None);
        }
        let mut kernel = kernel().map_err(|error| self.refused(error))?;
        if !whole(&out.view) {
            let stored = store("epilogue", "out", "position", value, self.buffer(out)?.dtype, &out.view)?;
            kernel = kernel.map_last(|shader| shader.replace_function("epilogue", &stored));
        }
        let mut operands = operands.to_vec();
        operands.push(("out", out));
        self.bind(kernel, &operands, None).map(Some)
    }

    /// Finds the memory of every binding of every pass.
    fn bind(&self, kernel: Kernel, operands: &[(&'static str, &Operand)], fused: Option<Epilogue>) -> Result<Started> {
        let kernel = match &fused {
            None => kernel,
            Some(fused) => kernel.map_last(|shader| {
                let bind = |shader: wgrad_shaders::Shader, (name, of, bound): &(String, &'static str, Bound)| {
                    let access = if bound.write { Access::ReadWrite } else { Access::Read };
                    shader.bind(name, access, &format!("array<{of}>"), &format!("{}[{}]", bound.dtype, bound.len))
                };
                let there = shader.bindings().iter().any(|binding| binding.name == "out");
                let shader = if there { shader.unbind("out") } else { shader };
                let shader = fused.bound.iter().fold(shader, bind);
                shader.replace_function("epilogue", &fused.function).append(&fused.helpers)
            }),
        };
        let shaders = kernel.passes.iter().map(|pass| self.pass(pass, &kernel, operands, fused.as_ref())).collect::<Result<_>>()?;
        Ok(Started { shaders, scratch: kernel.scratch, choice: None })
    }

    fn pass(&self, pass: &Pass, kernel: &Kernel, operands: &[(&'static str, &Operand)], fused: Option<&Epilogue>) -> Result<Shader> {
        let mut bound: Vec<Bound> = Vec::new();
        for (number, binding) in pass.shader.bindings().into_iter().enumerate() {
            if binding.index as usize != number {
                return Err(Error::InvalidProgram(format!("{} has no binding {number}", pass.shader.file())));
            }
            let write = binding.access == Access::ReadWrite;
            let scratch = pass.scratch.iter().find(|(name, _)| *name == binding.name);
            let operand = operands.iter().find(|(name, _)| *name == binding.name);
            let epilogue = fused.and_then(|fused| fused.bound.iter().find(|(name, _, _)| *name == binding.name));
            bound.push(match (scratch, operand, epilogue) {
                (Some(&(_, piece)), _, _) => {
                    let bytes = kernel.scratch.get(piece).copied().unwrap_or(0);
                    Bound { place: Place::Slot(self.first_slot + piece), dtype: DType::U32, len: bytes.div_ceil(4) as usize, write }
                }
                (None, Some((_, operand)), _) => {
                    let &Buffer { dtype, len, place } = self.buffer(operand)?;
                    Bound { place, dtype, len, write }
                }
                (None, None, Some((_, _, bound))) => bound.clone(),
                (None, None, None) => {
                    return Err(Error::InvalidProgram(format!(
                        "{} has a binding {:?} that nothing is bound to",
                        pass.shader.file(),
                        binding.name
                    )));
                }
            });
        }
        let clash = bound.iter().enumerate().any(|(i, a)| bound[..i].iter().any(|b| a.place == b.place && (a.write || b.write)));
        if clash {
            return Err(Error::InvalidProgram(format!("a step overwrites what it reads elsewhere, in {}", pass.shader.file())));
        }
        let source = pass.shader.source().map_err(|error| self.refused(error))?.to_string();
        self.target.check_buffers(bound.len())?;
        Ok(Shader { source, bound, groups: pass.workgroups })
    }

    fn adapter(&self) -> Adapter {
        let subgroup = self.target.subgroup.and_then(|(least, most)| (least == most).then_some(least));
        Adapter { software: self.target.software, subgroup, cooperative: self.target.cooperative }
    }

    fn buffer(&self, operand: &Operand) -> Result<&Buffer> {
        let missing = || Error::InvalidProgram(format!("a step names buffer {}, which the plan does not have", operand.buffer));
        self.buffers.get(operand.buffer).ok_or_else(missing)
    }

    fn element(&self, operand: &Operand) -> Result<Element> {
        match self.buffer(operand)?.dtype {
            DType::Bool | DType::U32 => Ok(Element::U32),
            DType::I32 => Ok(Element::I32),
            DType::F16 => Ok(Element::F16),
            DType::F32 => Ok(Element::F32),
            dtype @ DType::F64 => storage_type(dtype).map(|_| Element::F32),
        }
    }

    fn length(&self, what: &str, length: usize) -> Result<u32> {
        u32::try_from(length).map_err(|_| Error::Unsupported {
            device: self.target.device.clone(),
            what: format!("{length} {what}"),
            why: format!("it counts at most {}", u32::MAX),
        })
    }

    /// The error of a kernel that cannot be specialised for a problem.
    fn refused(&self, error: ShaderError) -> Error {
        match error {
            ShaderError::TooLarge { .. } | ShaderError::Unsupported { .. } => {
                Error::Unsupported { device: self.target.device.clone(), what: "a step of the program".into(), why: error.to_string() }
            }
            ShaderError::NoFile(_) | ShaderError::NoName { .. } => Error::InvalidProgram(error.to_string()),
        }
    }
}

fn low(window: &Window) -> Vec<usize> {
    window.padding.iter().map(|padding| padding.0).collect()
}

/// The shape of the windows of an operand.
fn places(x: &Operand, window: &Window) -> Result<Shape> {
    window.output(&Shape::from(x.view.shape.as_slice())).map_err(Error::InvalidProgram)
}

fn whole(view: &View) -> bool {
    view.offset == 0 && view.is_contiguous()
}

/// The elements of an operand of a kernel of its own; the planner stores masked ones first.
fn strided(operand: &Operand) -> Result<Strided> {
    let View { strides, offset, mask, .. } = &operand.view;
    let narrow = |value: isize| {
        i32::try_from(value).map_err(|_| Error::InvalidProgram(format!("a stride or offset of {value} elements does not fit 32 bits")))
    };
    if mask.is_some() {
        return Err(Error::InvalidProgram("a step with a kernel of its own reads a masked view".into()));
    }
    Ok(Strided { offset: narrow(*offset)?, strides: strides.iter().map(|&stride| narrow(stride)).collect::<Result<_>>()? })
}
