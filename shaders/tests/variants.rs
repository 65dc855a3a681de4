//! Every variant of every product gives what plain loops give, on the first GPU there is: the numbers are such that sums are exact. Interchangeable
//! variants give the same bits, whatever the numbers.

mod gpu;

use gpu::{Gpu, numbers};
use wgrad_shaders::{Conv, ConvVariant, Element, MatMul, Strided, Tile};

fn matrix(rows: i32, columns: i32, transposed: bool) -> Strided {
    Strided { offset: 0, strides: if transposed { vec![rows * columns, 1, rows] } else { vec![rows * columns, columns, 1] } }
}

/// The element of an operand at a position.
fn at(operand: &Strided, position: &[usize]) -> usize {
    let steps = position.iter().zip(&operand.strides).map(|(&i, &stride)| i as i64 * i64::from(stride));
    (i64::from(operand.offset) + steps.sum::<i64>()) as usize
}

fn check_matmul(gpu: &Gpu, product: &MatMul) {
    let [batch, m, k, n] = [product.batch, product.m, product.k, product.n].map(|n| n as usize);
    let (a, b) = (numbers(4 + batch * m * k * 2, 1), numbers(4 + batch * k * n * 2, 2));
    let term = |i: usize, row: usize, x: usize, column: usize| a[at(&product.a, &[i, row, x])] * b[at(&product.b, &[i, x, column])];
    let sum = |p: usize| (0..k).map(|x| term(p / (m * n), p / n % m, x, p % n)).sum::<f32>();
    let expected: Vec<f32> = (0..batch * m * n).map(sum).collect();
    for variant in product.variants(&gpu.adapter) {
        let kernel = product.kernel(variant).expect("a kernel");
        let operands = [("a", &a[..]), ("b", &b[..])];
        assert_eq!(gpu.floats(&kernel, &operands, "out", expected.len()), expected, "{variant:?} of {product:?}");
    }
}

fn check_column_sums(gpu: &Gpu, product: &MatMul) {
    let [m, k, n] = [product.m, product.k, product.n].map(|n| n as usize);
    let (a, b) = (numbers(m * k * 2, 1), numbers(4 + k * n * 2, 2));
    let expected: Vec<f32> = (0..n).map(|column| (0..k).map(|x| b[at(&product.b, &[0, x, column])]).sum()).collect();
    for variant in product.variants(&gpu.adapter) {
        let kernel = product.kernel(variant).expect("a kernel");
        let both = gpu.floats(&kernel, &[("a", &a), ("b", &b)], "b_sum", m * n);
        assert_eq!(both[..n], expected, "{variant:?} of {product:?}");
    }
}

#[test]
fn every_variant_multiplies_matrices() {
    let Some(gpu) = Gpu::open() else { return };
    let shapes = [[1, 5, 0, 7], [2, 33, 20, 12], [2, 33, 20, 12], [2, 33, 20, 12], [3, 17, 23, 35], [1, 36, 1040, 8]];
    let transposed = [(false, false), (false, false), (true, false), (false, true), (true, true), (true, false)];
    for ([batch, m, k, n], (left, right)) in shapes.into_iter().zip(transposed) {
        let (a, b) = (matrix(m, k, left), matrix(k, n, right));
        let [batch, m, k, n] = [batch, m, k, n].map(|n| n as u32);
        check_matmul(&gpu, &MatMul { batch, m, k, n, a, b, element: Element::F32, b_sum: false });
    }
    let (a, b) = (Strided { offset: 90, strides: vec![90, -10, 1] }, Strided { offset: 3, strides: vec![0, 0, 2] });
    let strided = MatMul { batch: 1, m: 9, k: 10, n: 11, a, b, element: Element::F32, b_sum: false };
    check_matmul(&gpu, &strided);
    check_column_sums(&gpu, &MatMul { b_sum: true, ..strided });
}

#[test]
fn half_precision_sums_in_single() {
    let Some(gpu) = Gpu::open().filter(|gpu| gpu.half) else { return };
    // In f16, 2048 + 1 is 2048.
    let (one, large) = (0x3c00u32, 0x6800u32);
    let a: Vec<u32> = vec![one | one << 16; 10 * 4];
    let mut b = vec![one | one << 16; 20 * 2];
    b[0] = large | large << 16;
    b[1] = b[0];
    let product =
        MatMul { batch: 1, m: 4, k: 20, n: 4, a: matrix(4, 20, false), b: matrix(20, 4, false), element: Element::F16, b_sum: false };
    for variant in product.variants(&gpu.adapter) {
        let kernel = product.kernel(variant).expect("a kernel");
        // 2067 is 2068 in f16, whose step is 2 here: ties go to even.
        assert_eq!(gpu.run(&kernel, &[("a", &a), ("b", &b)], "out", 8), [0x680a_680a; 8], "{variant:?}");
    }
}

/// A convolution over row-major operands, and what is particular about it.
struct Case {
    lhs: Vec<usize>,
    rhs: Vec<usize>,
    stride: usize,
    padding: (isize, isize),
    dilation: (usize, usize),
    groups: (usize, usize),
    lhs_strides: Option<Vec<i32>>,
    rhs_at: Option<Strided>,
}

impl Case {
    fn new(lhs: &[usize], rhs: &[usize]) -> Case {
        let (lhs, rhs) = (lhs.to_vec(), rhs.to_vec());
        Case { lhs, rhs, stride: 1, padding: (1, 1), dilation: (1, 1), groups: (1, 1), lhs_strides: None, rhs_at: None }
    }

    /// Gives `check` the convolution.
    fn with(&self, check: impl FnOnce(&Conv<'_>)) {
        let axes = self.lhs.len() - 2;
        let length = |axis: usize| {
            let dilated = (self.lhs[axis + 1] as isize - 1) * self.dilation.0 as isize + 1 + self.padding.0 + self.padding.1;
            ((dilated - ((self.rhs[axis] - 1) * self.dilation.1 + 1) as isize) / self.stride as isize + 1) as usize
        };
        let mut out = vec![self.lhs[0] / self.groups.1];
        out.extend((0..axes).map(length));
        out.push(self.rhs[axes + 1]);
        let lhs_at = self.lhs_strides.clone().map_or_else(|| Strided::contiguous(&self.lhs), |strides| Strided { offset: 0, strides });
        let rhs_at = self.rhs_at.clone().unwrap_or_else(|| Strided::contiguous(&self.rhs));
        check(&Conv {
            element: Element::F32,
            lhs_shape: &self.lhs,
            lhs: &lhs_at,
            rhs_shape: &self.rhs,
            rhs: &rhs_at,
            out_shape: &out,
            strides: &vec![self.stride; axes],
            low: &vec![self.padding.0; axes],
            lhs_dilation: &vec![self.dilation.0; axes],
            rhs_dilation: &vec![self.dilation.1; axes],
            feature_groups: self.groups.0,
            batch_groups: self.groups.1,
        });
    }

    fn check_bits(&self, gpu: &Gpu) {
        self.with(|conv| {
            let variants = conv.interchangeable(&gpu.adapter);
            assert!(variants.len() > 1 || stands_alone(variants[0]), "{conv:?}");
            // The second time all products underflow, and each sum is 0 or -0.
            for scale in [1.0, 1e-30] {
                let operand = |shape: &[usize], seed| rough(shape.iter().product(), seed).iter().map(|x| x * scale).collect::<Vec<f32>>();
                let (lhs, rhs) = (operand(&self.lhs, 3), operand(&self.rhs, 4));
                let run = |variant| {
                    let kernel = conv.kernel(variant).expect("a kernel");
                    bits(&gpu.floats(&kernel, &[("lhs", &lhs), ("rhs", &rhs)], "out", conv.out_shape.iter().product()))
                };
                let first = run(variants[0]);
                for &variant in &variants[1..] {
                    assert_eq!(run(variant), first, "{variant:?} and {:?} of {conv:?}", variants[0]);
                }
            }
        });
    }

    fn check(self, gpu: &Gpu) {
        self.with(|conv| {
            let variants = conv.variants(&gpu.adapter);
            assert!(variants.contains(&ConvVariant::Direct) && variants.len() > 3);
            self.check_values(gpu, conv, &variants);
        });
    }

    /// Checks blocks only: what has few filters is not computed otherwise.
    fn check_blocks(self, gpu: &Gpu) {
        self.with(|conv| {
            let blocks = |variant: &ConvVariant| matches!(variant, ConvVariant::Blocks { .. });
            let variants: Vec<_> = conv.variants(&gpu.adapter).into_iter().filter(blocks).collect();
            assert!(variants.contains(&conv.choose(&gpu.adapter)), "{variants:?} of {conv:?}");
            self.check_values(gpu, conv, &variants);
        });
    }

    fn check_values(&self, gpu: &Gpu, conv: &Conv<'_>, variants: &[ConvVariant]) {
        let (lhs, rhs) = (numbers(self.lhs.iter().product(), 3), numbers(self.rhs.iter().product(), 4));
        let expected: Vec<f32> = (0..conv.out_shape.iter().product()).map(|p| self.element(conv, p, &lhs, &rhs)).collect();
        for &variant in variants {
            let kernel = conv.kernel(variant).expect("a kernel");
            let results = gpu.floats(&kernel, &[("lhs", &lhs), ("rhs", &rhs)], "out", expected.len());
            assert_eq!(results, expected, "{variant:?} of {conv:?}");
        }
    }

    /// One element of the result, by the definition.
    fn element(&self, conv: &Conv<'_>, position: usize, lhs: &[f32], rhs: &[f32]) -> f32 {
        let place = unravel(position, conv.out_shape);
        let axes = self.lhs.len() - 2;
        let (filters, channels, filter) = (self.rhs[axes + 1], self.rhs[axes], place[axes + 1]);
        let batch = place[0] + filter / (filters / self.groups.1) * conv.out_shape[0];
        let first_channel = filter / (filters / self.groups.0) * channels;
        let mut sum = 0.0;
        for term in 0..self.rhs[..=axes].iter().product() {
            let tap = unravel(term, &self.rhs[..=axes]);
            let dilated = |i: usize| (place[i + 1] * self.stride + tap[i] * self.dilation.1) as isize - self.padding.0;
            let step = self.dilation.0 as isize;
            let inside = |i: usize| dilated(i) >= 0 && dilated(i) % step == 0 && dilated(i) / step < self.lhs[i + 1] as isize;
            if (0..axes).all(inside) {
                let mut from = vec![batch];
                from.extend((0..axes).map(|i| (dilated(i) / step) as usize));
                from.push(first_channel + tap[axes]);
                let weight = [&tap[..], &[filter]].concat();
                sum += lhs[at(conv.lhs, &from)] * rhs[at(conv.rhs, &weight)];
            }
        }
        sum
    }
}

fn unravel(mut position: usize, shape: &[usize]) -> Vec<usize> {
    let mut place = vec![0; shape.len()];
    for (index, &n) in place.iter_mut().zip(shape).rev() {
        *index = position % n;
        position /= n;
    }
    place
}

#[test]
fn every_variant_convolves() {
    let Some(gpu) = Gpu::open() else { return };
    Case { stride: 2, ..Case::new(&[2, 9, 3], &[3, 3, 5]) }.check(&gpu);
    Case { stride: 2, padding: (-1, 2), dilation: (3, 2), ..Case::new(&[2, 5, 6, 8], &[2, 3, 8, 12]) }.check(&gpu);
    Case { groups: (8, 1), ..Case::new(&[1, 5, 4, 8], &[3, 3, 1, 16]) }.check(&gpu);
    Case { groups: (1, 2), ..Case::new(&[4, 4, 4, 8], &[3, 3, 8, 16]) }.check(&gpu);
    Case::new(&[1, 3, 4, 5, 3], &[3, 2, 3, 3, 5]).check(&gpu);
    // Mostly padding, and elements far between in the input.
    for (batch, dilation) in [(32, 1), (12, 1), (16, 2)] {
        Case { padding: (2, 2), dilation: (dilation, 1), ..Case::new(&[batch, 3, 4, 8], &[3, 3, 8, 12]) }.check(&gpu);
    }
}

#[test]
fn every_variant_convolves_through_the_views_of_gradients() {
    let Some(gpu) = Gpu::open() else { return };
    // The gradient of an input: the kernel is flipped and its channels are swapped.
    let flipped = Strided { offset: 8 * 32, strides: vec![-96, -32, 1, 8] };
    Case { rhs_at: Some(flipped), ..Case::new(&[2, 4, 4, 8], &[3, 3, 8, 4]) }.check(&gpu);
    // The gradient of a kernel: batch and channels are swapped in the input; the gradient of the result is the kernel. The sums are long.
    let swapped = Strided { offset: 0, strides: vec![72, 12, 504, 1] };
    let case = Case::new(&[8, 7, 6, 40], &[7, 6, 40, 12]);
    Case { lhs_strides: Some(vec![1, 48, 8, 336]), rhs_at: Some(swapped), ..case }.check(&gpu);
}

#[test]
fn blocks_convolve_each_channel_by_itself() {
    let Some(gpu) = Gpu::open() else { return };
    Case { groups: (8, 1), ..Case::new(&[2, 5, 12, 8], &[3, 3, 1, 8]) }.check_blocks(&gpu);
    Case { groups: (8, 1), stride: 2, ..Case::new(&[2, 6, 9, 8], &[3, 5, 1, 8]) }.check_blocks(&gpu);
    Case { groups: (3, 1), padding: (2, 1), dilation: (1, 2), ..Case::new(&[2, 7, 13, 3], &[2, 3, 1, 12]) }.check_blocks(&gpu);
    Case { groups: (3, 1), padding: (0, 0), ..Case::new(&[2, 9, 6], &[3, 2, 9]) }.check_blocks(&gpu);
    Case { groups: (2, 1), padding: (0, 1), ..Case::new(&[1, 3, 4, 5, 6], &[2, 3, 2, 3, 2]) }.check_blocks(&gpu);
    // The gradient of an input, with strides: a dilated input. Of a kernel: groups of the batch, long sums, a dilated kernel where there are strides.
    Case { dilation: (2, 1), padding: (2, 1), groups: (8, 1), ..Case::new(&[2, 4, 6, 8], &[3, 3, 1, 8]) }.check_blocks(&gpu);
    let at = |strides: [i32; 4]| Some(Strided { offset: 0, strides: strides.to_vec() });
    let by_batch = |lhs: [usize; 4], rhs: [usize; 4]| Case { groups: (1, 8), ..Case::new(&lhs, &rhs) };
    let (lhs_strides, rhs_at) = (Some(vec![1, 72, 8, 648]), at([48, 8, 192, 1]));
    Case { lhs_strides, rhs_at, padding: (0, -1), ..by_batch([8, 9, 9, 20], [4, 6, 20, 8]) }.check_blocks(&gpu);
    let (lhs_strides, rhs_at) = (Some(vec![1, 80, 8, 720]), at([40, 8, 160, 1]));
    Case { lhs_strides, rhs_at, dilation: (1, 2), ..by_batch([8, 9, 10, 20], [4, 5, 20, 8]) }.check_blocks(&gpu);
}

/// Whether there is no other variant that adds like it.
fn stands_alone(variant: ConvVariant) -> bool {
    match variant {
        ConvVariant::Direct => true,
        ConvVariant::Product(product) => product.tile == Tile::Slices,
        ConvVariant::Blocks { .. } => false,
    }
}

/// Numbers of all sizes, half of which have products that underflow.
fn rough(n: usize, seed: u32) -> Vec<f32> {
    let scale = |i: usize| if i % 5 < 2 { 1e-21 } else { (i % 7) as f32 - 3.3 };
    numbers(n, seed).into_iter().enumerate().map(|(i, x)| (x + 0.01) * scale(i) / 3.0).collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn check_bits(gpu: &Gpu, product: &MatMul) {
    let [batch, m, k, n] = [product.batch, product.m, product.k, product.n].map(|n| n as usize);
    let operand = |len: usize, seed: u32| match product.element {
        // Pairs of halves between 1/16 and 1, one of them negative.
        Element::F16 => (0..len as u32).map(|i| 0x2c00_ac00 + (i * 37 + seed) % 0xfff + (((i * 101) % 0xfff) << 16)).collect(),
        Element::F32 | Element::I32 | Element::U32 => bits(&rough(len, seed)),
    };
    let (a, b) = (operand(batch * m * k, 5), operand(batch * k * n, 6));
    let variants = product.interchangeable(&gpu.adapter);
    assert!(variants.len() > 1 || variants[0].tile == Tile::Slices, "{product:?}");
    let out = if product.b_sum { "b_sum" } else { "out" };
    let run = |variant| gpu.run(&product.kernel(variant).expect("a kernel"), &[("a", &a), ("b", &b)], out, batch * m * n);
    let first = run(variants[0]);
    for &variant in &variants[1..] {
        assert_eq!(run(variant), first, "{variant:?} and {:?} of {product:?}", variants[0]);
    }
}

#[test]
fn interchangeable_variants_give_the_same_bits() {
    let Some(gpu) = Gpu::open() else { return };
    let plain = |[batch, m, k, n]: [i32; 4], left, right| {
        let (a, b) = (matrix(m, k, left), matrix(k, n, right));
        let [batch, m, k, n] = [batch, m, k, n].map(|n| n as u32);
        MatMul { batch, m, k, n, a, b, element: Element::F32, b_sum: false }
    };
    check_bits(&gpu, &plain([1, 65, 32, 36], false, true));
    check_bits(&gpu, &plain([1, 20, 2060, 12], false, false));
    check_bits(&gpu, &MatMul { b_sum: true, ..plain([1, 65, 33, 20], true, false) });
    if gpu.half {
        check_bits(&gpu, &MatMul { element: Element::F16, ..plain([3, 35, 16, 36], false, false) });
    }
}

#[test]
fn interchangeable_variants_of_convolutions_give_the_same_bits() {
    let Some(gpu) = Gpu::open() else { return };
    Case { stride: 2, ..Case::new(&[4, 9, 8, 8], &[3, 3, 8, 16]) }.check_bits(&gpu);
    // Padding is left out by those tiles whose rows have one place: by all, by those of 4 and 8 rows, and where the input is dilated.
    for (batch, dilation) in [(32, 1), (8, 1), (32, 2)] {
        Case { padding: (2, 2), dilation: (dilation, 1), ..Case::new(&[batch, 3, 4, 8], &[3, 3, 8, 16]) }.check_bits(&gpu);
    }
}
