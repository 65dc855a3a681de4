//! Every file and every specialised variant is legal WGSL and can be written in the languages of all drivers. Needs no GPU.

use wgrad_shaders::{Access, Adapter, MatMul, Shader, Strided};

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
    if let Err(error) = writer.write(&module, &info, None) {
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

#[test]
fn every_matmul_is_legal() {
    for (half, b_sum) in [(false, false), (true, false), (false, true)] {
        let product = MatMul {
            batch: 1,
            m: 33,
            k: 20,
            n: 12,
            a: Strided { offset: 5, strides: vec![0, -20, 1] },
            b: Strided { offset: 0, strides: vec![0, 12, 1] },
            half,
            b_sum,
        };
        for variant in product.variants(&Adapter { software: false, subgroup: Some(8) }) {
            check(&format!("{variant:?}"), product.shader(variant).source().expect("all names are known"));
        }
    }
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
