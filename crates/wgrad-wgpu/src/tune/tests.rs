//! The tuner on the first GPU: whatever it measures and remembers, results keep their bits.

use super::known::Entry;
use super::{Known, Tuner, WORTH};
use crate::adapter::connect_for_test;
use crate::backend::WgpuBackend;
use pollster::block_on;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    fs,
    path::Path,
    sync::Arc,
    time::Duration,
};
use wgrad_tensor::{Backend, DType, Error, Executable, HostData, HostTensor, Program, Result, Spec, Tensor, Value};

const SHAPES: [[usize; 2]; 2] = [[65, 48], [48, 70]];

const FILE: &str = "known.json";

fn failed(error: impl Display) -> Error {
    Error::InvalidProgram(error.to_string())
}

fn known(folder: &Path) -> Known {
    Known::at(Some(folder.join(FILE)), "test".into())
}

/// A device whose tuner keeps its file in a folder.
fn backend(folder: &Path) -> Result<Option<WgpuBackend>> {
    let Some(mut gpu) = connect_for_test()? else { return Ok(None) };
    gpu.tuner = Some(Arc::new(Tuner::new(known(folder), Duration::from_secs(600))));
    Ok(Some(WgpuBackend::new(gpu)))
}

fn program() -> Result<Program> {
    let inputs = SHAPES.map(|shape| Tensor::placeholder("x", Spec::new(DType::F32, shape)));
    Ok(Program::trace(&inputs, &[inputs[0].matmul(&inputs[1]).relu()])?.program)
}

fn values(backend: &WgpuBackend) -> Result<Vec<Value>> {
    let value = |shape: [usize; 2]| {
        let data = (0..shape[0] * shape[1]).map(|i| ((i * 7919) % 1009) as f32 / 303.0 - 1.3).collect();
        let host = HostTensor::new(shape, HostData::F32(data)).ok_or_else(|| Error::InvalidProgram("elements".into()))?;
        Ok(Value { spec: host.spec(), storage: backend.upload(&host)? })
    };
    SHAPES.into_iter().map(value).collect()
}

fn run(backend: &WgpuBackend, executable: &Arc<dyn Executable>) -> Result<Vec<u64>> {
    let result = executable.run(values(backend)?)?.remove(0);
    Ok(block_on(backend.download(&result))?.data().to_f64().into_iter().map(f64::to_bits).collect())
}

/// The result after so many runs that the tuner begins, and after it has ended.
fn tuned(backend: &WgpuBackend, executable: &Arc<dyn Executable>) -> Result<[Vec<u64>; 2]> {
    for _ in 0..WORTH {
        run(backend, executable)?;
    }
    let before = run(backend, executable)?;
    backend.gpu.tuner.iter().for_each(|tuner| tuner.wait(Duration::from_secs(600)));
    Ok([before, run(backend, executable)?])
}

#[test]
fn results_keep_their_bits_whichever_variant_is_the_fastest() -> Result<()> {
    let folder = tempfile::tempdir().map_err(failed)?;
    let Some(device) = backend(folder.path())? else { return Ok(()) };
    let executable = device.compile(&program()?)?;
    let expected = run(&device, &executable)?;
    assert_eq!(tuned(&device, &executable)?, [expected.clone(), expected.clone()]);

    // Every variant was compared, and the file says so.
    let text = fs::read_to_string(folder.path().join(FILE)).map_err(failed)?;
    let file: serde_json::Value = serde_json::from_str(&text).map_err(failed)?;
    let buckets: BTreeMap<String, Entry> = serde_json::from_value(file["buckets"].clone()).map_err(failed)?;
    let [(bucket, entry)] = buckets.iter().collect::<Vec<_>>()[..] else { panic!("{text}") };
    let names = [std::slice::from_ref(&entry.best), &entry.slower].concat();
    assert!(names.len() > 1, "{text}");

    // Whichever the file names runs from the beginning.
    let mut sources = BTreeSet::new();
    for best in &names {
        let slower = names.iter().filter(|name| *name != best).cloned().collect();
        let known = known(folder.path());
        known.set(bucket, Entry { best: best.clone(), slower });
        known.save();
        let Some(device) = backend(folder.path())? else { return Ok(()) };
        let executable = device.compile(&program()?)?;
        assert_eq!(run(&device, &executable)?, expected, "{best}");
        sources.insert(executable.source());
    }
    assert_eq!(sources.len(), names.len());
    Ok(())
}

/// A variant that only the file knows is not one of the kernel; one that the file calls slower than it is is not measured again.
#[test]
fn a_file_that_lies_changes_no_result() -> Result<()> {
    let folder = tempfile::tempdir().map_err(failed)?;
    let Some(device) = backend(folder.path())? else { return Ok(()) };
    let executable = device.compile(&program()?)?;
    let expected = run(&device, &executable)?;
    let bucket = wgrad_shaders::MatMul {
        batch: 1,
        m: 65,
        k: 48,
        n: 70,
        a: wgrad_shaders::Strided { offset: 0, strides: vec![0, 48, 1] },
        b: wgrad_shaders::Strided { offset: 0, strides: vec![0, 70, 1] },
        element: wgrad_shaders::Element::F32,
        b_sum: false,
    }
    .bucket();
    let known = known(folder.path());
    known.set(&bucket, Entry { best: "../../nothing".into(), slower: vec![String::new(); 3] });
    known.save();
    let Some(device) = backend(folder.path())? else { return Ok(()) };
    let again = device.compile(&program()?)?;
    assert_eq!((again.source(), run(&device, &again)?), (executable.source(), expected));
    Ok(())
}
