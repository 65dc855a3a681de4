//! What the planner makes of programs.

use wgrad_tensor::{
    Conv, DType, Program, Spec, Tensor, Window,
    plan::{Operand, Plan, PlanOptions, Step},
};

fn input(name: &str, shape: &[usize]) -> Tensor {
    Tensor::placeholder(name, Spec::new(DType::F32, shape))
}

fn plan(inputs: &[Tensor], outputs: &[Tensor]) -> Plan {
    let program = Program::trace(inputs, outputs).unwrap().program;
    Plan::new(&program, &PlanOptions::default()).unwrap()
}

fn kinds(plan: &Plan) -> Vec<&'static str> {
    plan.steps.iter().map(Step::name).collect()
}

#[test]
fn bias_and_activation_run_in_the_matmul() {
    let (x, w, b) = (input("x", &[4, 3]), input("w", &[3, 5]), input("b", &[5]));
    let y = (x.matmul(&w) + &b).relu();
    let plan = plan(&[x, w, b], &[y]);
    assert_eq!(kinds(&plan), ["matmul"], "{plan}");
}

#[test]
fn softmax_is_one_kernel() {
    let x = input("x", &[8, 10]);
    let y = x.softmax(-1);
    let plan = plan(&[x], &[y]);
    assert_eq!(kinds(&plan), ["kernel"], "{plan}");
    assert!(plan.slots.is_empty());
}

#[test]
fn movements_are_views() {
    let x = input("x", &[2, 3, 4]);
    let y = x.permute([2, 0, 1]).reshape([4, 6]).transpose() * 2.0;
    let plan = plan(&[x], &[y]);
    assert_eq!(kinds(&plan), ["kernel"], "{plan}");
}

#[test]
fn parts_are_stored_in_place() {
    let (x, w) = (input("x", &[4, 3]), input("w", &[3, 5]));
    let y = Tensor::concat(&[x.matmul(&w).flatten(), x.exp().flatten()], 0);
    let plan = plan(&[x, w], &[y]);
    assert_eq!(kinds(&plan), ["matmul", "kernel"], "{plan}");
    assert!(plan.slots.is_empty(), "{plan}");
}

#[test]
fn parts_in_another_order_of_axes_are_stored_in_place_too() {
    let (x, g) = (input("x", &[2, 8, 8, 3]), input("g", &[2, 6, 6, 4]));
    let kernel = input("kernel", &[3, 3, 3, 4]);
    let y = (x.conv(&kernel, Conv::plain(2)) * &g).sum(());
    let gradient = wgrad_tensor::grad(&y, &[&kernel]).remove(0).unwrap();
    let flat = Tensor::concat(&[gradient.flatten(), Tensor::from(vec![1f32, 2.0])], 0);
    let plan = plan(&[x, g, kernel], &[flat]);
    assert_eq!(kinds(&plan), ["conv", "kernel"], "{plan}");
    assert!(plan.slots.is_empty(), "{plan}");
}

/// Forward, cross-entropy, backward and an update of a flat arena in place.
#[test]
fn a_training_step_is_a_few_steps() {
    let sizes = [784, 256, 128, 64, 32, 10];
    let batch = 128;
    let total: usize = sizes.windows(2).map(|s| s[0] * s[1] + s[1]).sum();
    let (arena, x) = (input("arena", &[total]), input("x", &[batch, 784]));
    let labels = Tensor::placeholder("y", Spec::new(DType::I32, [batch]));
    let rate = input("rate", &[]);
    let mut parameters = Vec::new();
    let mut start = 0i64;
    let mut h = x.clone();
    for (layer, s) in sizes.windows(2).enumerate() {
        let (kernel, bias) = ((s[0] * s[1]) as i64, s[1] as i64);
        let w = arena.i(start..start + kernel).reshape([s[0] as i64, s[1] as i64]);
        let b = arena.i(start + kernel..start + kernel + bias);
        start += kernel + bias;
        h = h.matmul(&w) + &b;
        if layer < sizes.len() - 2 {
            h = h.relu();
        }
        parameters.extend([w, b]);
    }
    let losses = -(h.log_softmax(-1) * labels.one_hot(10)).sum(-1);
    let loss = losses.mean(());
    let sources: Vec<&Tensor> = parameters.iter().collect();
    let gradients: Vec<Tensor> = wgrad_tensor::grad(&loss, &sources).into_iter().map(|g| g.unwrap().flatten()).collect();
    let updated = &arena - &rate * Tensor::concat(&gradients, 0);
    let mut program = Program::trace(&[arena, x, labels, rate], &[updated, loss]).unwrap().program;
    program.donations = vec![(0, 0)];
    let plan = Plan::new(&program, &PlanOptions::default()).unwrap();
    assert!(plan.steps.len() <= 18, "{} steps\n{plan}", plan.steps.len());
    assert_eq!(plan.outputs[0], plan.inputs[0], "the arena is updated in place\n{plan}");
}

#[test]
fn an_output_may_repeat_another() {
    let x = input("x", &[]);
    let y = &x + &x;
    let plan = plan(&[x], &[y.clone(), y.reshape([1]).expand([2])]);
    assert_eq!(plan.steps.len(), 1, "{plan}");
}

#[test]
fn a_reduction_of_repeated_numbers_runs_over_elements() {
    let x = input("x", &[13, 1]);
    let y = x.expand([13, 9]).sum(1);
    // Planning fails where the reduction is given a row value.
    let plan = plan(&[x], &[y]);
    assert_eq!(kinds(&plan), ["kernel"], "{plan}");
}

#[test]
fn repeated_numbers_that_are_stored_and_reduced_are_elements() {
    let x = input("x", &[2, 1]);
    let y = x.expand([2, 3]);
    let joined = Tensor::concat(&[y.reshape([6]), x.reshape([2])], 0);
    // The repeated numbers are stored by the kernel of the sums of rows, which loads the number of each row once.
    let plan = plan(&[x], &[joined, y.sum(1), y.sum(())]);
    assert_eq!(kinds(&plan)[0], "kernel", "{plan}");
}

/// A step that read its own whole would have one buffer bound twice, and neither device can do that.
#[test]
fn no_step_reads_the_whole_that_it_writes() {
    let (x, seed) = (input("x", &[1, 4]), input("seed", &[1, 3]));
    // The gradients of a dense layer for a batch of one: that of the bias is the operand of that of the kernel.
    let g = seed.tanh();
    let arena = Tensor::concat(&[x.transpose().matmul(&g).flatten(), g.flatten(), g.cumsum(1).flatten()], 0);
    let plan = plan(&[x, seed], &[arena]);
    for step in &plan.steps {
        let both = |read: &&Operand| step.writes().iter().any(|write| write.buffer == read.buffer);
        assert!(!step.reads().iter().any(both), "{plan}");
    }
}

#[test]
fn column_sums_count_among_the_buffers_of_a_matmul() {
    let inputs = [input("x", &[8, 4]), input("g", &[8, 3]), input("a", &[4, 3]), input("b", &[4, 3])];
    let [x, g, a, b] = &inputs;
    let program = Program::trace(&inputs, &[x.transpose().matmul(g) * a + b, g.sum(0)]).unwrap().program;
    let steps = |max_buffers| Plan::new(&program, &PlanOptions { max_buffers, ..PlanOptions::default() }).unwrap().steps.len();
    // Two operands, two more of the epilogue, the product and the sums.
    assert_eq!([5, 6].map(steps), [2, 1]);
}

#[test]
fn what_is_made_of_constants_can_be_stored() {
    let x = Tensor::iota([4], 0, DType::F32) * 2.0 + 1.0;
    let plan = plan(&[], &[x.cumsum(0)]);
    assert_eq!(kinds(&plan), ["kernel", "cumsum"], "{plan}");
}

#[test]
fn the_position_of_the_only_element_is_known() {
    let x = input("x", &[3, 1]);
    let position = x.argmax(1).cast(DType::F32);
    let plan = plan(std::slice::from_ref(&x), &[x.reshape([3]) + position.expand([2, 3]).i(0), position]);
    assert!(!plan.to_string().contains("argmax"), "{plan}");
}

#[test]
fn element_wise_results_overwrite_operands_that_die() {
    let x = input("x", &[4, 6]);
    let running = x.cumsum(1);
    let scaled = &running * 2.0;
    let once = plan(std::slice::from_ref(&x), &[scaled.cumsum(0)]);
    assert_eq!(kinds(&once), ["cumsum", "kernel", "cumsum"], "{once}");
    assert_eq!(once.slots, [96], "{once}");
    // What is read again stays.
    let again = plan(std::slice::from_ref(&x), &[scaled.cumsum(0), running.cumsum(0)]);
    assert_eq!(again.slots, [96, 96], "{again}");
}

#[test]
fn the_mask_of_a_pooled_relu_runs_on_the_windows() {
    let (x, bias, g) = (input("x", &[2, 4, 4, 3]), input("bias", &[3]), input("g", &[2, 2, 2, 3]));
    let window = Window { size: vec![1, 2, 2, 1], strides: vec![1, 2, 2, 1], dilation: vec![1; 4], padding: vec![(0, 0); 4] };
    let pooled = (&x + &bias).relu().window_max(window);
    let gradients: Vec<_> = wgrad_tensor::grad(&(pooled * &g).sum(()), &[&x, &bias]).into_iter().map(|g| g.unwrap()).collect();
    let plan = plan(&[x, bias, g], &gradients);
    let over = |positions: usize| plan.steps.iter().filter(|step| matches!(step, Step::Kernel(k) if k.rows * k.cols == positions)).count();
    // The activation is over all elements; the mask and the sums of the gradient are not.
    assert_eq!(over(2 * 4 * 4 * 3), 1, "{plan}");
    assert!(over(2 * 2 * 2 * 3) >= 1, "{plan}");
}
