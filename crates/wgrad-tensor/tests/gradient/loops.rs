//! Loops over time, their gradients and their errors.

use crate::check::{check, numbers};
use wgrad_tensor::{DType, Device, Instr, Loop, Op, Program, Scan, Tensor, grad, scan};

/// A recurrent layer: `h = tanh(x . kernel + h . recurrent + bias)`, with every `h`.
fn recurrent(x: &[Tensor], reverse: bool) -> (Tensor, Tensor) {
    let [inputs, start, kernel, recurrent, bias] = x else { panic!("five inputs") };
    let direction = if reverse { Loop::new().reverse() } else { Loop::new() };
    // The bias is captured by the body.
    let (last, all) =
        direction.scan(std::slice::from_ref(start), std::slice::from_ref(inputs), &[kernel.clone(), recurrent.clone()], |h, x, weights| {
            let h = (x[0].matmul(&weights[0]) + h[0].matmul(&weights[1]) + bias.exp()).tanh();
            (vec![h.clone()], vec![h.sin()])
        });
    (last[0].clone(), all[0].clone())
}

fn operands(steps: usize) -> [Tensor; 5] {
    [
        numbers([steps, 2, 3], -1.0, 1.0),
        numbers([2, 2], -1.0, 1.0),
        numbers([3, 2], -1.0, 1.0),
        numbers([2, 2], -1.0, 0.5),
        numbers([2], -1.0, 0.0),
    ]
}

#[test]
fn gradients_of_a_recurrent_layer() {
    for reverse in [false, true] {
        check("last", &operands(3), |x| recurrent(x, reverse).0);
        check("all", &operands(3), |x| recurrent(x, reverse).1);
        check("both", &operands(2), |x| {
            let (last, all) = recurrent(x, reverse);
            last.sum(()) * all
        });
    }
    check("no steps", &operands(0), |x| recurrent(x, false).0);
    check("one step", &operands(1), |x| recurrent(x, false).1);
}

#[test]
fn carries_without_gradients() {
    // An integer counter, a carry that is replaced, and a result that does not depend on the carries.
    check("counter", &[numbers([3], 0.5, 1.0), numbers([2, 2], 0.5, 1.0)], |x| {
        let carries = [Tensor::from(0i32), x[1].clone(), x[0].sum(())];
        let (last, all) = scan(&carries, std::slice::from_ref(&x[0]), &[], |carries, x, _| {
            let count = carries[0].cast(DType::F64) + 1.0;
            let replaced = carries[1].zeros_like() + &x[0];
            (vec![&carries[0] + 1, replaced, &carries[2] * &x[0] * count], vec![x[0].exp()])
        });
        last[1].sum(()) * &last[2] + &all[0]
    });
}

#[test]
fn loops_in_loops() {
    check("powers of a matrix", &[numbers([2, 2], -1.0, 1.0)], |x| {
        let (sum, _) = Loop::new().length(2).scan(&[x[0].zeros_like()], &[], &[], |sum, _, _| {
            let (power, _) = Loop::new().length(2).scan(&[&sum[0] + 1.0], &[], &[], |p, _, _| (vec![p[0].matmul(&x[0])], vec![]));
            (vec![&sum[0] + &power[0]], vec![])
        });
        sum[0].clone()
    });
}

#[test]
fn what_does_not_change_is_computed_before_the_loop() {
    let x = Tensor::placeholder("x", numbers([3], 0.0, 1.0).spec().clone());
    let (_, all) = scan(&[], std::slice::from_ref(&x), &[], |_, element, _| (vec![], vec![x.exp().sum(()) * &element[0] * 2.0]));
    let program = Program::trace(std::slice::from_ref(&x), &all).expect("a valid graph").program;
    let body = program.instrs.iter().find_map(|instr| match &instr.op {
        Op::Scan(scan) => Some(&scan.body),
        _ => None,
    });
    let ops: Vec<_> = body.expect("a loop").instrs.iter().map(|instr| instr.op.name()).collect();
    assert!(!ops.contains(&"exp") && ops.contains(&"mul"), "{ops:?}");
}

#[test]
fn the_loop_back_does_not_grow_with_the_number_of_steps() {
    let count = |steps: usize| {
        let x = operands(steps);
        let gradients = grad(&recurrent(&x, false).0.sum(()), &[&x[2], &x[3]]);
        let gradients: Vec<Tensor> = gradients.into_iter().flatten().collect();
        Program::trace(&[], &gradients).expect("a valid graph").program.len()
    };
    assert_eq!(count(2), count(500));
}

#[test]
fn the_loop_back_keeps_matrix_products() {
    let x = operands(4);
    let gradients = grad(&recurrent(&x, false).0.sum(()), &x.iter().collect::<Vec<_>>());
    let gradients: Vec<Tensor> = gradients.into_iter().flatten().collect();
    let program = Program::trace(&[], &gradients).expect("a valid graph").program;
    let matmuls = |instr: &Instr| match &instr.op {
        Op::Scan(scan) => Some(scan.body.instrs.iter().filter(|instr| instr.op == Op::MatMul).count()),
        _ => None,
    };
    // Two forward, and two back for each of these; none is computed again.
    assert_eq!(program.instrs.iter().filter_map(matmuls).collect::<Vec<_>>(), [2, 4]);
}

/// Everything that a training step with a recurrent layer asks for, and a second order.
fn training(x: &[Tensor]) -> Vec<Tensor> {
    let (last, all) = recurrent(x, false);
    let loss = last.sum(()) * all.sum(());
    let gradients: Vec<Tensor> = grad(&loss, &x.iter().collect::<Vec<_>>()).into_iter().flatten().collect();
    let slope = gradients.iter().map(|gradient| gradient.sin().sum(())).reduce(|a, b| a + b).expect("gradients");
    let second = grad(&slope, &x.iter().collect::<Vec<_>>()).into_iter().flatten();
    [vec![loss], gradients.clone(), second.collect()].concat()
}

#[test]
fn simplified_loops_give_the_same() {
    let x = operands(3);
    let inputs: Vec<Tensor> = x.iter().map(|x| Tensor::placeholder("x", x.spec().clone())).collect();
    let program = Program::trace(&inputs, &training(&inputs)).expect("a valid graph").program;
    let simplified = program.simplify();
    simplified.verify().expect("a valid program");
    let device = Device::open("reference").expect("the reference device");
    let run = |program: &Program| {
        let values = x.iter().map(|x| x.value().cloned().expect("a value")).collect();
        let results = device.compile(program).expect("a program").run(values).expect("results");
        results.iter().flat_map(|value| device.read(value).expect("numbers").data().to_f64()).collect::<Vec<_>>()
    };
    for (a, b) in run(&program).into_iter().zip(run(&simplified)) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{a} {b}");
    }
}

fn loops(program: &Program) -> Vec<&Scan> {
    let scans = program.instrs.iter().filter_map(|instr| if let Op::Scan(scan) = &instr.op { Some(&**scan) } else { None });
    scans.collect()
}

#[test]
fn a_training_step_has_one_loop_forward_and_one_back() {
    let x = operands(3);
    let (last, all) = recurrent(&x, false);
    let loss = last.sum(()) * all.sum(());
    let gradients = grad(&loss, &x.iter().collect::<Vec<_>>()).into_iter().flatten();
    let program = Program::trace(&[], &gradients.chain([loss.clone()]).collect::<Vec<_>>()).expect("a valid graph").program;
    assert_eq!(loops(&program).len(), 3);
    let simplified = program.simplify();
    assert_eq!(loops(&simplified).len(), 2, "{simplified}");
    // Without gradients the loop stacks what is asked for, and nothing that is not.
    let alone = |y: &Tensor| Program::trace(&[], std::slice::from_ref(y)).expect("a valid graph").program.simplify();
    assert_eq!(loops(&alone(&loss))[0].body.outputs.len(), 2);
    assert_eq!(loops(&alone(&last))[0].body.outputs.len(), 1);
}

#[test]
fn errors() {
    let text = |results: &[Tensor]| results[0].error().expect("an error").to_string();
    let (x, y) = (numbers([3, 2], 0.0, 1.0), numbers([4], 0.0, 1.0));
    let (_, all) = scan(&[], &[x.clone(), y], &[], |_, x, _| (vec![], vec![x[0].sum(()) + &x[1]]));
    assert!(text(&all).starts_with("scan: sequence f64[4] must have 3 elements"), "{}", text(&all));

    let scalar = numbers((), 0.0, 1.0);
    let (_, all) = scan(&[], std::slice::from_ref(&scalar), &[], |_, x, _| (vec![], vec![x[0].clone()]));
    assert!(text(&all).starts_with("scan: sequence f64[] must have a leading axis"), "{}", text(&all));

    let (last, _) = scan(std::slice::from_ref(&scalar), &[], &[], |x, _, _| (x.to_vec(), vec![]));
    assert!(text(&last).starts_with("scan: needs a sequence or a length"), "{}", text(&last));

    let (last, all) = scan(std::slice::from_ref(&scalar), std::slice::from_ref(&x), &[], |_, x, _| (vec![], x.to_vec()));
    assert!(text(&last).starts_with("scan: the body gives 0 carries, it got 1"), "{}", text(&last));
    assert!(all[0].error().is_some());

    let (last, _) = scan(std::slice::from_ref(&scalar), std::slice::from_ref(&x), &[], |_, x, _| (x.to_vec(), vec![]));
    assert!(text(&last).contains("carry 0 is f64[] before and f64[2] after the body"), "{}", text(&last));

    let (last, _) = scan(&[&x + numbers([5], 0.0, 1.0)], &[], &[], |x, _, _| (x.to_vec(), vec![]));
    assert!(text(&last).contains("do not broadcast"), "{}", text(&last));
}
