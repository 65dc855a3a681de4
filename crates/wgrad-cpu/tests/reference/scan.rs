//! Loops.

use crate::common::{program, tensor};
use std::{panic::Location, sync::Arc};
use wgrad_tensor::{Binary, DType, Device, Input, Instr, Op, Program, Scan, Spec};

/// `carry = carry + x * scale`, stacking the carries.
fn body() -> Program {
    let spec = Spec::new(DType::F32, ());
    let input = |name: &str| Input { spec: spec.clone(), name: name.into() };
    let instr =
        |op, operands: [usize; 2]| Instr { op: Op::Binary(op), operands: operands.into(), spec: spec.clone(), at: Location::caller() };
    Program {
        inputs: vec![input("carry"), input("x"), input("scale")],
        instrs: vec![instr(Binary::Mul, [1, 2]), instr(Binary::Add, [0, 3])],
        outputs: vec![4, 4],
        donations: Vec::new(),
    }
}

fn run(length: usize, reverse: bool) -> (Vec<f32>, Vec<f32>) {
    let scan = Op::Scan(Arc::new(Scan { body: body(), carries: 1, sequences: 1, length, reverse }));
    let operands = [tensor([], [10.0f32]), tensor(length, vec![1.0f32, 2.0, 3.0][..length].to_vec()), tensor([], [2.0f32])];
    let mut program = program(&scan, &operands.each_ref().map(|t| t.spec()));
    for (part, spec) in [(0, Spec::new(DType::F32, ())), (1, Spec::new(DType::F32, length))] {
        program.instrs.push(Instr { op: Op::Part(part), operands: vec![3], spec, at: Location::caller() });
    }
    program.outputs = vec![4, 5];
    let device = Device::open("reference").unwrap();
    let outputs = device.compile(&program).unwrap().run(operands.map(Into::into).into()).unwrap();
    let read = |i: usize| device.read(&outputs[i]).unwrap().to_vec().unwrap();
    (read(0), read(1))
}

#[test]
fn forward_and_reverse() {
    assert_eq!(run(3, false), (vec![22.0], vec![12.0, 16.0, 22.0]));
    assert_eq!(run(3, true), (vec![22.0], vec![22.0, 20.0, 16.0]));
}

#[test]
fn no_iterations() {
    assert_eq!(run(0, false), (vec![10.0], vec![]));
}
