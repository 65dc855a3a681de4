//! The first work of a process. On Mesa 22.3.6 the very first step of a convolutional network gave zeros in another framework; this file has one test
//! only, so that nothing runs before it.

mod common;

use common::{agree, gpu, scaled};
use wgrad_tensor::{Conv, DType, Result, Tensor, Window, grad};

#[test]
fn the_first_results_are_right() -> Result<()> {
    if let Some(device) = gpu() {
        println!("{device}: {:?}", device.info().dtypes.iter().map(|dtype| dtype.name()).collect::<Vec<_>>());
    }
    let (x, kernel, dense) = (scaled(0.1, &[4, 12, 12, 1]), scaled(0.1, &[5, 5, 1, 8]), scaled(0.05, &[128, 10]));
    let labels = common::i32s(&[4], &[3, 1, 4, 1]);
    let pool = Window { size: vec![1, 2, 2, 1], strides: vec![1, 2, 2, 1], dilation: vec![1; 4], padding: vec![(0, 0); 4] };
    agree(1e-5, &[&x, &kernel, &dense, &labels], |t| {
        let h = t[0].conv(&t[1], Conv::plain(2)).relu().window_max(pool).flatten_batch();
        let loss = -(h.matmul(&t[2]).log_softmax(-1) * t[3].one_hot(10).cast(DType::F32)).sum(()) / 4.0;
        let mut all: Vec<Tensor> = grad(&loss, &[&t[1], &t[2]]).into_iter().flatten().collect();
        all.push(loss);
        all
    })
}

trait FlattenBatch {
    fn flatten_batch(&self) -> Tensor;
}

impl FlattenBatch for Tensor {
    /// All axes but the first as one.
    fn flatten_batch(&self) -> Tensor {
        let (rows, columns) = (self.shape()[0], self.shape()[1..].iter().product::<usize>());
        self.reshape([rows as i64, columns as i64])
    }
}
