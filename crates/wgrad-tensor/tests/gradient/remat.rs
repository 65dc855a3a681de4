//! Values that gradients compute again: the same results bit by bit, in less memory.

use wgrad_tensor::{
    DType, Device, Op, Program, Spec, Tensor, grad,
    plan::{Plan, PlanOptions},
    remat,
};

const BLOCKS: usize = 4;

/// Three layers with what needs care: random numbers, statistics over an axis, a movement of what comes in, values on both sides of a branch.
fn block(x: &Tensor, w: &Tensor, stream: u32) -> Tensor {
    let key = Tensor::random_key(3);
    let kept = Tensor::uniform_with(&key, stream, x.shape(), 0.0, 1.0).lt(0.8).cast(DType::F32);
    let h = (x.matmul(w) * kept).tanh();
    let h = (&h - h.mean_keep(-1)).exp().matmul(&w.transpose()).relu();
    (h.matmul(w) + x.transpose().transpose()).sigmoid()
}

/// The loss over blocks, each as `run` has it, and its gradients.
fn loss(x: &Tensor, w: &Tensor, run: impl Fn(&dyn Fn() -> Tensor) -> Tensor) -> Vec<Tensor> {
    let y = (0..BLOCKS).fold(x.clone(), |x, i| run(&|| block(&x, w, i as u32)));
    let loss = (&y * &y).mean(());
    let gradients = grad(&loss, &[x, w]).into_iter().flatten();
    std::iter::once(loss.clone()).chain(gradients).collect()
}

fn kept(f: &dyn Fn() -> Tensor) -> Tensor {
    f()
}

fn again(f: &dyn Fn() -> Tensor) -> Tensor {
    remat(f)
}

#[test]
fn the_same_bits() {
    let (x, w) = (Tensor::normal([5, 6], 0.0, 1.0, 1), Tensor::normal([6, 6], 0.0, 0.5, 2));
    for device in ["reference", "cpu"] {
        let device = Device::open(device).unwrap();
        let bits = |tensors: Vec<Tensor>| {
            let values = Tensor::eval_all(&tensors, &device).unwrap();
            values.iter().map(|value| value.to_vec::<f32>().unwrap().into_iter().map(f32::to_bits).collect()).collect::<Vec<Vec<u32>>>()
        };
        assert_eq!(bits(loss(&x, &w, again)), bits(loss(&x, &w, kept)), "{device}");
        // A region around the others is the one that counts.
        let nested = |f: &dyn Fn() -> Tensor| remat(|| again(f));
        assert_eq!(bits(loss(&x, &w, nested)), bits(loss(&x, &w, kept)), "{device}");
    }
}

#[test]
fn gradients_of_gradients() {
    let (x, w) = (Tensor::normal([3, 4], 0.0, 1.0, 1), Tensor::normal([4, 4], 0.0, 0.5, 2));
    let second = |run: fn(&dyn Fn() -> Tensor) -> Tensor| {
        let first = loss(&x, &w, run);
        let norm = (&first[2] * &first[2]).sum(());
        grad(&norm, &[&w]).remove(0).unwrap().to_vec::<f32>().unwrap()
    };
    let (kept, again) = (second(kept), second(again));
    assert!(kept.iter().zip(&again).all(|(a, b)| (a - b).abs() <= 1e-6 * a.abs().max(1e-3)), "{kept:?} {again:?}");
}

#[test]
fn less_memory_whatever_the_plan() {
    let x = Tensor::placeholder("x", Spec::new(DType::F32, [512, 32]));
    let w = Tensor::placeholder("w", Spec::new(DType::F32, [32, 32]));
    let program = |run: fn(&dyn Fn() -> Tensor) -> Tensor| Program::trace(&[x.clone(), w.clone()], &loss(&x, &w, run)).unwrap().program;
    let (kept, again) = (program(kept), program(again));
    let barriers = |program: &Program| program.instrs.iter().filter(|instr| instr.op == Op::Barrier).count();
    assert_eq!(barriers(&kept), 0);
    // What each block is given: the matrix, which all share, its key, and the input or the result of the block before.
    assert_eq!(barriers(&again.simplify()), 1 + BLOCKS + BLOCKS, "{again}");
    for (fuse, split_reductions) in [(true, true), (true, false), (false, true)] {
        let options = PlanOptions { fuse, split_reductions, ..PlanOptions::default() };
        let bytes = |program: &Program| Plan::new(program, &options).unwrap().stats().temporary_bytes;
        let (kept, again) = (bytes(&kept), bytes(&again));
        assert!(10 * again < 7 * kept, "{again} of {kept} bytes, fuse {fuse}");
    }
}
