//! Rows of the sizes that training has, for measuring: one kind of kernel each, forward and backward, small enough to be compared with the reference too.

use crate::{
    Case,
    Domain::{Distinct, Index, Positive, Real},
    Tolerance,
};
use wgrad_tensor::{Conv, DType, Tensor, Window, vjp};

const SUM: Tolerance = Tolerance::tensor(256.0, "the order of long sums");

/// The rows: the kind of kernel before the colon, its size after it.
pub fn large_cases() -> Vec<Case> {
    let families = [matmul, conv, pool, rows, reduce, update, gather, elements];
    families.into_iter().flat_map(|family| family()).collect()
}

fn row(kind: &'static str, size: &str, inputs: &[&[usize]], build: impl Fn(&[Tensor]) -> Vec<Tensor> + Send + Sync + 'static) -> Case {
    Case::new(&[kind], build).named(size).shapes(inputs, &Real).dtypes(&[DType::F32]).within(SUM)
}

/// The gradients of `y` with respect to `xs`, where that of `y` is `g`.
fn backward(y: &Tensor, g: &Tensor, xs: &[&Tensor]) -> Vec<Tensor> {
    vjp(&[y], &[g], xs).into_iter().flatten().collect()
}

fn matmul() -> Vec<Case> {
    let product = |size: &str, a: &[usize], b: &[usize]| row("matmul", size, &[a, b], |x| vec![x[0].matmul(&x[1])]);
    vec![
        product("32x784x100", &[32, 784], &[784, 100]),
        product("128x784x256", &[128, 784], &[784, 256]),
        product("256x256x256", &[256, 256], &[256, 256]),
        product("512x512x512", &[512, 512], &[512, 512]),
        product("1024x1024x1024", &[1024, 1024], &[1024, 1024]),
        product("vector 1x1024x1024", &[1, 1024], &[1024, 1024]),
        product("vector 1024x1024x1", &[1024, 1024], &[1024, 1]),
        product("long sums 64x8192x64", &[64, 8192], &[8192, 64]),
        product("batch 16x64x64x64", &[16, 64, 64], &[16, 64, 64]),
        row("matmul", "bias and relu 128x784x256", &[&[128, 784], &[784, 256], &[256]], |x| vec![x[0].matmul(&x[1]).add(&x[2]).relu()]),
        row("matmul", "gradients of 128x784x256", &[&[128, 784], &[784, 256], &[128, 256]], |x| {
            backward(&x[0].matmul(&x[1]), &x[2], &[&x[0], &x[1]])
        }),
    ]
}

fn conv() -> Vec<Case> {
    let plain = || Conv::plain(2);
    let same = || Conv { padding: vec![(1, 1), (1, 1)], ..plain() };
    let mut cases = Vec::new();
    for (size, x, kernel, y, conv) in [
        ("5x5, 1 to 32 channels", [32, 28, 28, 1], [5, 5, 1, 32], [32, 24, 24, 32], plain()),
        ("5x5, 32 to 64 channels", [32, 12, 12, 32], [5, 5, 32, 64], [32, 8, 8, 64], plain()),
        ("3x3, 32 to 32 channels", [8, 32, 32, 32], [3, 3, 32, 32], [8, 32, 32, 32], same()),
        ("3x3, depthwise", [8, 32, 32, 64], [3, 3, 1, 64], [8, 32, 32, 64], Conv { feature_groups: 64, ..same() }),
        ("3x3, depthwise 28x28", [32, 28, 28, 64], [3, 3, 1, 64], [32, 28, 28, 64], Conv { feature_groups: 64, ..same() }),
    ] {
        let (forward, backward_x) = (conv.clone(), conv.clone());
        cases.push(row("conv", size, &[&x, &kernel], move |x| vec![x[0].conv(&x[1], forward.clone())]));
        cases.push(row("conv", &format!("input gradient, {size}"), &[&x, &kernel, &y], move |x| {
            backward(&x[0].conv(&x[1], backward_x.clone()), &x[2], &[&x[0]])
        }));
        cases.push(row("conv", &format!("kernel gradient, {size}"), &[&x, &kernel, &y], move |x| {
            backward(&x[0].conv(&x[1], conv.clone()), &x[2], &[&x[1]])
        }));
    }
    cases
}

fn pool() -> Vec<Case> {
    const X: &[usize] = &[32, 24, 24, 32];
    const Y: &[usize] = &[32, 12, 12, 32];
    let window = || Window { size: vec![1, 2, 2, 1], strides: vec![1, 2, 2, 1], dilation: vec![1; 4], padding: vec![(0, 0); 4] };
    let case = |size, build: fn(&[Tensor], Window) -> Vec<Tensor>| {
        let case = Case::new(&["pool"], move |x| build(x, window())).named(size).dtypes(&[DType::F32]).within(SUM);
        case.input(X, Distinct).input(Y, Real)
    };
    vec![
        case("maximum 2x2", |x, window| vec![x[0].window_max(window)]),
        case("gradient of the maximum 2x2", |x, window| backward(&x[0].window_max(window), &x[1], &[&x[0]])),
        case("mean 2x2", |x, window| vec![x[0].window_mean(window)]),
        case("gradient of the mean 2x2", |x, window| backward(&x[0].window_mean(window), &x[1], &[&x[0]])),
    ]
}

/// Work on rows: softmax, cross-entropy, layer normalisation.
fn rows() -> Vec<Case> {
    let mut cases = Vec::new();
    for shape in [[128, 10], [1024, 1000]] {
        let size = format!("{}x{}", shape[0], shape[1]);
        cases.push(row("softmax", &size, &[&shape], |x| vec![x[0].softmax(-1)]));
        cases.push(row("softmax", &format!("gradient of {size}"), &[&shape, &shape], |x| backward(&x[0].softmax(-1), &x[1], &[&x[0]])));
        let loss = row("cross-entropy", &format!("{size} and gradient"), &[&shape], |x| {
            let picked = x[0].log_softmax(-1).take_along_axis(&x[1].unsqueeze(-1), -1);
            let loss = -picked.mean(());
            std::iter::once(loss.clone()).chain(wgrad_tensor::grad(&loss, &[&x[0]]).into_iter().flatten()).collect()
        });
        cases.push(loss.input([shape[0]], Index(shape[1])));
    }
    let norm = |x: &[Tensor]| {
        let centered = x[0].sub(x[0].mean_keep(-1));
        centered.div((centered.square().mean_keep(-1) + 1e-3).sqrt()).mul(&x[1]).add(&x[2])
    };
    let inputs: [&[usize]; 4] = [&[1024, 512], &[512], &[512], &[1024, 512]];
    cases.push(row("layer norm", "1024x512", &inputs[..3], move |x| vec![norm(x)]));
    cases.push(row("layer norm", "gradients of 1024x512", &inputs, move |x| backward(&norm(x), &x[3], &[&x[0], &x[1], &x[2]])));
    cases
}

fn reduce() -> Vec<Case> {
    const X: &[&[usize]] = &[&[2048, 1024]];
    vec![
        row("reduce", "sum of 2048x1024", X, |x| vec![x[0].sum(())]),
        row("reduce", "row sums of 2048x1024", X, |x| vec![x[0].sum(1)]),
        row("reduce", "column sums of 2048x1024", X, |x| vec![x[0].sum(0)]),
        row("reduce", "row maxima of 2048x1024", X, |x| vec![x[0].max(1)]),
    ]
}

/// A step of Adam over all parameters at once.
fn update() -> Vec<Case> {
    let adam = |x: &[Tensor]| {
        let (p, g, m, v) = (&x[0], &x[1], &x[2], &x[3]);
        let m = m.add(g.sub(m).mul(0.1));
        let v = v.add(g.square().sub(v).mul(0.001));
        let p = p.sub(m.mul(1e-3).div(v.sqrt() + 1e-7));
        vec![p, m, v]
    };
    let case = |n: usize| Case::new(&["adam"], adam).named(&format!("{n} parameters")).shapes(&[&[n][..]; 3], &Real).input([n], Positive);
    [100_000, 1_000_000].into_iter().map(|n| case(n).dtypes(&[DType::F32]).within(SUM)).collect()
}

fn gather() -> Vec<Case> {
    vec![
        row("gather", "128 rows of 4096x784", &[&[4096, 784]], |x| vec![x[0].take(&x[1], 0)]).input([128], Index(4096)),
        row("gather", "4096 rows of 10000x64", &[&[10_000, 64]], |x| vec![x[0].take(&x[1], 0)]).input([4096], Index(10_000)),
        row("gather", "gradient, 4096 rows of 10000x64", &[&[10_000, 64], &[4096, 64]], |x| {
            backward(&x[0].take(&x[2], 0), &x[1], &[&x[0]])
        })
        .input([4096], Index(10_000)),
    ]
}

fn elements() -> Vec<Case> {
    const MATRIX: &[usize] = &[1024, 1024];
    vec![
        row("elements", "a x + y of 1024x1024", &[MATRIX, MATRIX], |x| vec![x[0].mul(0.5).add(&x[1])]),
        row("elements", "gelu of 1024x1024", &[MATRIX], |x| {
            vec![x[0].mul((x[0].mul(std::f64::consts::FRAC_1_SQRT_2)).erf().add(1.0)).mul(0.5)]
        }),
        row("elements", "transposed 1024x1024", &[MATRIX], |x| vec![x[0].transpose()]),
    ]
}
