//! Every form of generated code is legal WGSL, and HLSL, MSL and SPIR-V can be made of it. Needs no GPU.

use crate::codegen::Target;
use crate::lower::{Command, Dispatch, lower};
use std::{fs, path::Path};
use wgrad_tensor::plan::{Plan, PlanOptions};
use wgrad_tensor::{Conv, DType, Program, Result, Spec, Tensor, Window, grad, scan};

/// A GPU, a driver on the processor, WebGPU's least with little workgroup memory, and a GPU that does not tell the size of its subgroups.
fn targets() -> [Target; 4] {
    let gpu = Target {
        device: "test".into(),
        max_invocations: 1024,
        max_workgroup_bytes: 32768,
        max_buffers: 8,
        software: false,
        subgroup: Some((32, 32)),
        cooperative: None,
        known: None,
    };
    let software = Target { software: true, subgroup: Some((8, 8)), ..gpu.clone() };
    let least = Target { max_invocations: 64, max_workgroup_bytes: 1024, subgroup: None, ..gpu.clone() };
    let vague = Target { subgroup: Some((4, 64)), ..gpu.clone() };
    [gpu, software, least, vague]
}

/// The texts of all shaders of a program.
fn shaders(inputs: &[Spec], target: &Target, build: &dyn Fn(&[Tensor]) -> Vec<Tensor>) -> Result<Vec<String>> {
    let inputs: Vec<Tensor> = inputs.iter().enumerate().map(|(i, spec)| Tensor::placeholder(&format!("x{i}"), spec.clone())).collect();
    let program = Program::trace(&inputs, &build(&inputs))?.program;
    let options = PlanOptions { max_buffers: target.max_buffers, ..PlanOptions::default() };
    let lowered = lower(&Plan::new(&program, &options)?, target.clone())?;
    fn collect(commands: Vec<Command<Dispatch>>, all: &mut Vec<String>) {
        for command in commands {
            match command {
                Command::Dispatch(dispatch) => all.push(dispatch.shader.source),
                Command::Repeat(_, commands) => collect(commands, all),
            }
        }
    }
    let mut all = Vec::new();
    collect(lowered.commands, &mut all);
    Ok(all)
}

/// Parses, validates and writes HLSL, MSL and SPIR-V.
fn check(source: &str) {
    let module = naga::front::wgsl::parse_str(source).unwrap_or_else(|e| panic!("{}\n{source}", e.emit_to_string(source)));
    let info = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::all())
        .validate(&module)
        .unwrap_or_else(|e| panic!("{}\n{source}", e.emit_to_string(source)));

    let options = naga::back::hlsl::Options {
        special_constants_binding: Some(naga::back::hlsl::BindTarget { space: 1, ..Default::default() }),
        shader_model: naga::back::hlsl::ShaderModel::V6_2,
        ..Default::default()
    };
    let mut text = String::new();
    let hlsl = naga::back::hlsl::Writer::new(&mut text, &options, &Default::default()).write(&module, &info, None).map(|_| ());
    assert!(hlsl.is_ok(), "HLSL: {hlsl:?}\n{source}");
    let options = naga::back::msl::Options { lang_version: (2, 4), fake_missing_bindings: true, ..Default::default() };
    let msl = naga::back::msl::write_string(&module, &info, &options, &Default::default()).map(|_| ());
    assert!(msl.is_ok(), "MSL: {msl:?}\n{source}");
    let spirv = naga::back::spv::write_vec(&module, &info, &Default::default(), None).map(|_| ());
    assert!(spirv.is_ok(), "SPIR-V: {spirv:?}\n{source}");
}

/// Checks all shaders of a program on every target.
fn legal(inputs: &[Spec], build: &dyn Fn(&[Tensor]) -> Vec<Tensor>) -> Result<()> {
    for target in targets() {
        let shaders = shaders(inputs, &target, build)?;
        assert!(!shaders.is_empty());
        shaders.iter().for_each(|source| check(source));
    }
    Ok(())
}

fn f32s(shape: &[usize]) -> Spec {
    Spec::new(DType::F32, shape)
}

#[test]
fn the_helper_functions_are_legal() {
    check(crate::codegen::FUNCTIONS);
}

#[test]
fn scalar_operations_are_legal_for_every_dtype() -> Result<()> {
    for dtype in [DType::F32, DType::F16] {
        legal(&[Spec::new(dtype, [7]), Spec::new(dtype, [7])], &|t| {
            let (a, b) = (&t[0], &t[1]);
            let mut all = vec![a.neg(), a.abs(), a.sign(), a.exp(), a.expm1(), a.log(), a.log1p(), a.sqrt(), a.rsqrt(), a.sin(), a.cos()];
            all.extend([a.tan(), a.asin(), a.acos(), a.atan(), a.sinh(), a.cosh(), a.tanh(), a.sigmoid(), a.relu(), a.erf(), a.erfinv()]);
            all.extend([a.floor(), a.ceil(), a.round(), a + b, a - b, a * b, a / b, a % b, a.pow(b), a.atan2(b), a.maximum(b)]);
            all.extend([a.minimum(b), a.eq(b), a.lt(b), a.le(b), a.is_nan(), a.lt(b).where_(a, b)]);
            all.extend([a * f64::INFINITY, a + f64::NAN, a * 1e-7]);
            all
        })?;
    }
    for dtype in [DType::I32, DType::U32] {
        legal(&[Spec::new(dtype, [7]), Spec::new(dtype, [7])], &|t| {
            let (a, b) = (&t[0], &t[1]);
            vec![a + b, a - b, a * b, a / b, a % b, a.maximum(b), a.minimum(b), a.eq(b), a.lt(b), a.le(b)]
        })?;
    }
    legal(&[Spec::new(DType::I32, [7])], &|t| vec![t[0].neg(), t[0].abs(), t[0].sign(), &t[0] + i32::MIN])?;
    legal(&[Spec::new(DType::Bool, [7]), Spec::new(DType::Bool, [7])], &|t| {
        let (a, b) = (&t[0], &t[1]);
        vec![a.logical_not(), a.logical_and(b), a.logical_or(b), a.eq(b), a.lt(b), a.le(b), a.where_(a, b)]
    })
}

#[test]
fn casts_are_legal_between_all_dtypes() -> Result<()> {
    let dtypes = [DType::Bool, DType::I32, DType::U32, DType::F16, DType::F32];
    for from in dtypes {
        legal(&[Spec::new(from, [9])], &|t| dtypes.iter().filter(|&&to| to != from).map(|&to| t[0].cast(to)).collect())?;
    }
    legal(&[f32s(&[2, 3])], &|t| {
        vec![t[0].cast(DType::I32) + Tensor::iota([2, 3], 1, DType::I32), &t[0] + Tensor::iota([2, 3], 0, DType::F32)]
    })
}

#[test]
fn views_are_legal() -> Result<()> {
    legal(&[f32s(&[3, 4, 5]), f32s(&[5])], &|t| {
        let x = &t[0];
        vec![
            x + &t[1],
            x.permute([2, 0, 1]).flip(0) * 2.0,
            x.pad(&[(1, 2), (0, 0), (3, 1)], f64::NEG_INFINITY).exp(),
            x.pad(&[(1, 2), (0, 0), (3, 1)], 1.0).sum(2),
            (x.reshape([12, 5]).transpose() + 1.0).reshape([6, 10]).max(1),
            x.i((1.., 3..4, 2)),
        ]
    })
}

#[test]
fn reductions_are_legal_in_every_layout() -> Result<()> {
    for shape in [[40, 5], [2, 5000], [5000, 2], [300, 100], [70000, 8]] {
        for dtype in [DType::F32, DType::F16, DType::I32, DType::U32] {
            legal(&[Spec::new(dtype, shape)], &|t| {
                let reduce =
                    |axis: i64| vec![t[0].sum(axis), t[0].max(axis), t[0].min(axis), t[0].prod(axis), t[0].argmax(axis), t[0].argmin(axis)];
                [reduce(0), reduce(1)].concat()
            })?;
        }
        legal(&[Spec::new(DType::Bool, shape)], &|t| vec![t[0].any(1), t[0].all(0), t[0].argmax(1), t[0].argmin(0)])?;
        legal(&[f32s(&shape)], &|t| vec![t[0].softmax(-1), t[0].log_softmax(0), t[0].var(1), t[0].logsumexp(0)])?;
    }
    Ok(())
}

/// Memory of f32 alone, and f16 on the way.
#[test]
fn half_precision_within_a_kernel_is_legal() -> Result<()> {
    legal(&[f32s(&[6, 5]), f32s(&[5, 7]), f32s(&[6, 7])], &|t| {
        let half = |x: &Tensor| (x.cast(DType::F16).maximum(0.0) * 3.0).cast(DType::F32);
        let gated = |x: &Tensor| x.gt(0.0).where_(x.cast(DType::F16), 0.0).cast(DType::F32);
        let y = t[0].matmul(&t[1]);
        vec![half(&y), gated(&t[2]), gated(&t[0].matmul(&(&t[1] + 1.0)))]
    })
}

#[test]
fn epilogues_are_legal() -> Result<()> {
    for dtype in [DType::F32, DType::F16] {
        legal(&[Spec::new(dtype, [6, 5]), Spec::new(dtype, [5, 7]), Spec::new(dtype, [7])], &|t| {
            let y = (t[0].matmul(&t[1]) + &t[2]).gelu_like();
            let mut all: Vec<Tensor> = grad(&(&y * &y).sum(()), &[&t[0], &t[1], &t[2]]).into_iter().flatten().collect();
            all.push(Tensor::concat(&[y.clone(), y], 1));
            all
        })?;
        legal(&[Spec::new(dtype, [2, 9, 8, 3]), Spec::new(dtype, [3, 2, 3, 4])], &|t| {
            let y = t[0].conv(&t[1], Conv { strides: vec![2, 1], ..Conv::plain(2) }).relu();
            let mut all: Vec<Tensor> = grad(&(&y * &y).sum(()), &[&t[0], &t[1]]).into_iter().flatten().collect();
            all.push(y);
            all
        })?;
    }
    Ok(())
}

trait GeluLike {
    fn gelu_like(&self) -> Tensor;
}

impl GeluLike for Tensor {
    /// Something with a helper function in its epilogue.
    fn gelu_like(&self) -> Tensor {
        self * (self * 0.7).erf()
    }
}

#[test]
fn other_steps_are_legal() -> Result<()> {
    let window = Window { size: vec![1, 2, 2, 1], strides: vec![1, 2, 2, 1], dilation: vec![1; 4], padding: vec![(0, 0); 4] };
    legal(&[f32s(&[2, 6, 6, 3])], &|t| {
        let y = t[0].window_max(window.clone());
        let mut all: Vec<Tensor> = grad(&(&y * &y).sum(()), &[&t[0]]).into_iter().flatten().collect();
        all.extend([t[0].window_sum(window.clone()), Tensor::concat(&[y.clone(), y], 3)]);
        all
    })?;
    legal(&[f32s(&[5, 4]), Spec::new(DType::I32, [3])], &|t| {
        let taken = t[0].take(&t[1], 0);
        let added = t[0].scatter_add(&t[1], &taken, 0);
        vec![
            taken,
            added,
            t[0].argsort(1, true),
            t[0].cumsum(0),
            Tensor::concat(&[t[0].cumsum(0), t[0].cumsum(1)], 1),
            t[0].gt(0.0).take(&t[1], 0),
        ]
    })?;
    legal(&[Spec::new(DType::U32, [3])], &|t| vec![Tensor::random_bits(&t[0], [5, 5], 1), Tensor::normal_with(&t[0], 2, [9], 0.0, 1.0)])?;
    for dtype in [DType::F32, DType::F16] {
        legal(&[Spec::new(dtype, [2, 4]), Spec::new(dtype, [6, 2, 4]), Spec::new(dtype, [4, 4])], &|t| {
            let body = |c: &[Tensor], x: &[Tensor], w: &[Tensor]| {
                let h = (c[0].matmul(&w[0]) + &x[0]).tanh();
                (vec![h.clone()], vec![h, c[0].clone()])
            };
            let (last, all) = scan(&t[..1], &t[1..2], &t[2..], body);
            [last, all].concat()
        })?;
    }
    Ok(())
}

/// What is generated of shaders that are written by hand.
fn epilogues(shaders: &[String]) -> Vec<String> {
    let epilogue = |source: &String| {
        let from = source.find("fn epilogue(")?;
        let len = source[from..].find("\n}")? + 3;
        source.get(from..from + len).map(String::from)
    };
    // Of passes the last one has it.
    shaders.iter().rev().filter_map(epilogue).take(1).collect()
}

/// Generated text, committed so that a change of it is seen in review. `WGRAD_UPDATE_SNAPSHOTS=1` writes it anew.
#[test]
fn generated_text_is_as_committed() -> Result<()> {
    let [gpu, software, least, _] = targets();
    let adam = |t: &[Tensor]| {
        let (p, g, m, v) = (&t[0], &t[1], &t[2], &t[3]);
        let (m, v) = (m * 0.9 + g * 0.1, v * 0.999 + g * g * 0.001);
        vec![p - &m * &t[4] / (v.sqrt() + 1e-7), m, v]
    };
    let dense = |t: &[Tensor]| vec![(t[0].matmul(&t[1]) + &t[2]).relu()];
    let snapshots = [
        ("softmax_rows", shaders(&[f32s(&[32, 10])], &software, &|t| vec![t[0].softmax(-1)])?),
        ("softmax_subgroups", shaders(&[f32s(&[32, 1000])], &gpu, &|t| vec![t[0].softmax(-1)])?),
        ("softmax_subgroup", shaders(&[f32s(&[32, 1000])], &software, &|t| vec![t[0].softmax(-1)])?),
        ("argmax_subgroups", shaders(&[Spec::new(DType::F16, [32, 1000])], &gpu, &|t| vec![t[0].argmax(-1)])?),
        ("softmax_tree", shaders(&[f32s(&[32, 1000])], &least, &|t| vec![t[0].softmax(-1)])?),
        ("column_sums", shaders(&[f32s(&[1000, 100])], &gpu, &|t| vec![t[0].sum(0)])?),
        ("padded_transpose", shaders(&[f32s(&[3, 4])], &gpu, &|t| vec![t[0].pad(&[(1, 0), (0, 2)], 7.0).transpose().sigmoid()])?),
        ("adam", shaders(&[f32s(&[784, 100]), f32s(&[784, 100]), f32s(&[784, 100]), f32s(&[784, 100]), f32s(&[])], &gpu, &adam)?),
        ("dense_epilogue", epilogues(&shaders(&[f32s(&[32, 784]), f32s(&[784, 100]), f32s(&[100])], &gpu, &dense)?)),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    for (name, shaders) in snapshots {
        let (file, text) = (folder.join(format!("{name}.wgsl")), shaders.join("\n"));
        if std::env::var_os("WGRAD_UPDATE_SNAPSHOTS").is_some() {
            fs::create_dir_all(&folder)
                .and_then(|()| fs::write(&file, &text))
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
        let committed = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(text, committed, "{name} is not as committed; WGRAD_UPDATE_SNAPSHOTS=1 writes it anew");
    }
    Ok(())
}
