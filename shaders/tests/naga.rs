//! Every file and every specialised variant is legal WGSL and can be written in the languages of all drivers. Needs no GPU.

use wgrad_shaders::{
    Access, Adapter, ArgSort, Conv, CumSum, Element, Gather, Kernel, MatMul, Random, ScatterAdd, Shader, Strided, Window, WindowScatter,
    WindowSelect, WindowSum,
};

/// Parses, validates and writes HLSL, MSL and SPIR-V.
fn check(name: &str, source: &str) {
    let fail = |stage: &str, error: &dyn std::fmt::Debug| panic!("{name}: {stage}: {error:?}\n{source}");
    let module = naga::front::wgsl::parse_str(source).unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(source)));
    let info = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::all())
        .validate(&module)
        .unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(source)));

    let options = naga::back::hlsl::Options {
        special_constants_binding: Some(naga::back::hlsl::BindTarget { space: 1, ..Default::default() }),
        shader_model: naga::back::hlsl::ShaderModel::V6_2,
        ..Default::default()
    };
    let mut text = String::new();
    let pipeline = naga::back::hlsl::PipelineOptions::default();
    let mut writer = naga::back::hlsl::Writer::new(&mut text, &options, &pipeline);
    // HLSL has no cooperative matrices, and wgpu reports none on DX12.
    if !source.contains("enable wgpu_cooperative_matrix;")
        && let Err(error) = writer.write(&module, &info, None)
    {
        fail("HLSL", &error);
    }

    let options = naga::back::msl::Options { lang_version: (2, 4), fake_missing_bindings: true, ..Default::default() };
    if let Err(error) = naga::back::msl::write_string(&module, &info, &options, &Default::default()) {
        fail("MSL", &error);
    }
    if let Err(error) = naga::back::spv::write_vec(&module, &info, &Default::default(), None) {
        fail("SPIR-V", &error);
    }
}

#[test]
fn every_file_is_legal() {
    for name in wgrad_shaders::file_names() {
        let shader = Shader::new(name);
        let source = shader.source().expect("a file of the list");
        check(name, source);
        for line in source.lines().filter(|line| line.starts_with("@group(0)")) {
            assert!(line.contains("// ["), "{name}: a binding has no comment with its shape: {line}");
        }
    }
}

fn check_kernel(name: &str, kernel: Result<Kernel, wgrad_shaders::Error>) {
    let kernel = kernel.unwrap_or_else(|error| panic!("{name}: {error}"));
    for pass in &kernel.passes {
        check(name, pass.shader.source().unwrap_or_else(|error| panic!("{name}: {error}")));
        let names: Vec<String> = pass.shader.bindings().into_iter().map(|b| b.name).collect();
        assert!(pass.scratch.iter().all(|(name, index)| names.iter().any(|n| n == name) && *index < kernel.scratch.len()));
        assert!(names.len() <= 8 && pass.workgroups.iter().all(|&n| (1..=65_535).contains(&n)));
    }
}

const ADAPTERS: [Adapter; 4] = [
    Adapter { software: true, subgroup: Some(8), cooperative: None },
    Adapter { software: true, subgroup: None, cooperative: None },
    Adapter { software: false, subgroup: Some(32), cooperative: Some(16) },
    Adapter { software: false, subgroup: Some(32), cooperative: Some(8) },
];

#[test]
fn every_matmul_is_legal() {
    let a = [vec![0, -20, 1], vec![0, 1, 36], vec![0, 20, 1], vec![0, 7, 3]];
    let b = [vec![0, 12, 1], vec![0, 1, 20], vec![0, 5, 5], vec![0, 0, -1]];
    for (element, b_sum) in [(Element::F32, false), (Element::F16, false), (Element::F32, true)] {
        for (a, b) in a.iter().zip(&b) {
            let (a, b) = (Strided { offset: 4, strides: a.clone() }, Strided { offset: 0, strides: b.clone() });
            let product = MatMul { batch: 1, m: 36, k: 20, n: 12, a, b, element, b_sum };
            for variant in ADAPTERS.iter().flat_map(|adapter| product.variants(adapter)) {
                check_kernel(&format!("{variant:?}"), product.kernel(variant));
            }
        }
    }
}

#[test]
fn cooperative_matrices_are_legal_in_every_layout() {
    for adapter in ADAPTERS.iter().filter(|adapter| adapter.cooperative.is_some()) {
        for (a, b) in [([0, 48, 1], [0, 32, 1]), ([3072, 1, 64], [1536, 1, 48]), ([0, 56, 1], [8, 1, 64])] {
            let [a, b] = [a, b].map(|strides| Strided { offset: 8, strides: strides.to_vec() });
            let product = MatMul { batch: 2, m: 64, k: 48, n: 32, a, b, element: Element::F16, b_sum: false };
            let kernel = product.kernel(product.choose(adapter));
            assert_eq!(kernel.as_ref().map(|kernel| kernel.passes[0].shader.file()), Ok("matmul_cooperative.wgsl"));
            check_kernel(&format!("{product:?}"), kernel);
        }
    }
}

#[test]
fn every_convolution_is_legal() {
    let shapes: [[&[usize]; 4]; 4] = [
        [&[2, 9, 4], &[3, 4, 8], &[2, 9, 8], &[1, 1]],
        [&[2, 8, 8, 8], &[3, 3, 1, 16], &[2, 8, 8, 16], &[8, 1]],
        [&[4, 8, 8, 8], &[3, 3, 8, 16], &[2, 8, 8, 16], &[1, 2]],
        [&[1, 5, 6, 7, 1], &[3, 3, 3, 1, 5], &[1, 5, 6, 7, 5], &[1, 1]],
    ];
    for [lhs_shape, rhs_shape, out_shape, groups] in shapes {
        let axes = lhs_shape.len() - 2;
        for element in [Element::F32, Element::F16] {
            let conv = Conv {
                element,
                lhs_shape,
                lhs: &Strided::contiguous(lhs_shape),
                rhs_shape,
                rhs: &Strided::contiguous(rhs_shape),
                out_shape,
                strides: &[1, 1, 1][..axes],
                low: &[1, 1, -1][..axes],
                lhs_dilation: &[1, 1, 2][..axes],
                rhs_dilation: &[1, 1, 1][..axes],
                feature_groups: groups[0],
                batch_groups: groups[1],
            };
            for variant in ADAPTERS.iter().flat_map(|adapter| conv.variants(adapter)) {
                check_kernel(&format!("{variant:?}"), conv.kernel(variant));
            }
        }
    }
}

#[test]
fn every_window_is_legal() {
    let lists: [&[usize]; 6] = [&[7], &[3], &[3], &[2], &[1], &[0]];
    let repeated: Vec<Vec<usize>> = lists.iter().map(|list| list.repeat(6)).collect();
    for rank in [1, 4, 6] {
        for element in [Element::F32, Element::F16] {
            let [shape, out_shape, size, strides, dilation, low] = [0, 1, 2, 3, 4, 5].map(|i| &repeated[i][..rank]);
            let window = Window { element, shape, out_shape, size, strides, dilation, low };
            let x = &Strided::contiguous(shape);
            check_kernel("sum", WindowSum { window: window.clone(), x }.kernel());
            check_kernel("select", WindowSelect { window: window.clone(), x, v: x }.kernel());
            check_kernel("scatter", WindowScatter { window, x, g: &Strided::contiguous(out_shape) }.kernel());
        }
    }
}

#[test]
fn every_window_by_four_is_legal() {
    let (shape, size, dilation, low): (&[usize], &[usize], &[usize], &[usize]) =
        (&[2, 9, 8, 12], &[1, 2, 3, 1], &[1, 1, 1, 1], &[0, 1, 0, 0]);
    let x = &Strided::contiguous(shape);
    let pools: [[&[usize]; 2]; 2] = [[&[1, 2, 3, 1], &[2, 5, 2, 12]], [&[1, 1, 1, 1], &[2, 9, 6, 12]]];
    for ([strides, out_shape], element) in pools.into_iter().flat_map(|pool| [(pool, Element::F32), (pool, Element::F16)]) {
        let window = Window { element, shape, out_shape, size, strides, dilation, low };
        let g = &Strided::contiguous(out_shape);
        check_kernel("sum", WindowSum { window: window.clone(), x }.kernel());
        check_kernel("select", WindowSelect { window: window.clone(), x, v: x }.max_pool());
        let scatter = WindowScatter { window, x, g }.kernel();
        let file = scatter.as_ref().map(|kernel| kernel.passes[0].shader.file());
        assert_eq!(file, Ok(if strides[1] == 2 { "window_scatter_disjoint.wgsl" } else { "window_scatter.wgsl" }));
        check_kernel("scatter", scatter);
    }
}

#[test]
fn every_indexing_is_legal() {
    let (x_shape, updates_shape): (&[usize], &[usize]) = (&[3, 200, 2], &[3, 5, 2]);
    let (x, updates, indices) =
        (&Strided { offset: 1, strides: vec![1, 6, 3] }, &Strided::contiguous(updates_shape), &Strided::contiguous(&[5]));
    for element in [Element::F32, Element::F16, Element::I32, Element::U32] {
        check_kernel("gather", Gather { element, x_shape, x, indices_shape: &[5], indices, axis: 1 }.kernel());
        let scatter = ScatterAdd { element, x_shape, x, indices_shape: &[5], indices, updates_shape, updates, axis: 1 };
        check_kernel("scatter_add", scatter.kernel());
        let line = &Strided::contiguous(&[1]);
        let (table, many): (&[usize], &[usize]) = (&[1 << 12], &[1 << 10]);
        let scatter = ScatterAdd {
            element,
            x_shape: table,
            x: line,
            indices_shape: many,
            indices: line,
            updates_shape: many,
            updates: line,
            axis: 0,
        };
        let kernel = scatter.kernel();
        assert_eq!(kernel.as_ref().map(|kernel| kernel.passes.len()), Ok(6), "blocks of 64, four merges, the sums");
        check_kernel("scatter_add_sorted", kernel);
        for flag in [false, true] {
            check_kernel("cumsum", CumSum { element, shape: x_shape, x, axis: 1, reverse: flag }.kernel());
            check_kernel("argsort", ArgSort { element, shape: x_shape, keys: x, axis: 1, descending: flag }.kernel());
        }
    }
    check_kernel("random", Random { elements: 10, stream: 3, key: &Strided::contiguous(&[3]) }.kernel());
}

#[test]
fn epilogues_replace_the_output() {
    let shader = Shader::new("matmul_register.wgsl")
        .unbind("out")
        .bind("bias", Access::Read, "array<f32>", "[N]")
        .bind("y", Access::ReadWrite, "array<f32>", "[M, N]")
        .replace_function("epilogue", "fn epilogue(position: u32, acc: f32) { y[position] = acc + bias[position % N]; }");
    check("epilogue", shader.source().expect("all names are known"));
}

#[test]
fn unknown_names_are_told() {
    let error = |shader: Shader| shader.source().expect_err("unknown").to_string();
    assert_eq!(error(Shader::new("nothing.wgsl")), "there is no shader file \"nothing.wgsl\"");
    assert_eq!(error(Shader::new("matmul_register.wgsl").set("TILE", 3)), "matmul_register.wgsl has no constant \"TILE\"");
    assert_eq!(error(Shader::new("matmul_register.wgsl").unbind("c")), "matmul_register.wgsl has no binding \"c\"");
    assert_eq!(
        error(Shader::new("matmul_register.wgsl").replace_function("f", "").set("M", 1)),
        "matmul_register.wgsl has no function \"f\""
    );
}
