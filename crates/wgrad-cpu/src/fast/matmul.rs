//! Matrix products, batched and with any strides.

use super::{
    gemm::{Gemm, Matrix},
    lower::{Lower, invalid},
    machine::{Tables, Work},
    outs::{Out, Outs, in_pieces, pieces},
    storage::{whole, whole_mut},
    tiled,
};
use wgrad_tensor::{
    DType, Reduce, Result,
    plan::{BufferId, Code, Kernel, Level, Line, MatMul, Operand, Target, View},
};

/// `c[b] = a[b] b[b]` in f32 or f64, row-major from element `offset` of a buffer on.
#[derive(Debug)]
struct Product {
    a: Operand,
    b: Operand,
    batch: usize,
    size: [usize; 3],
    f64: bool,
    c: BufferId,
    offset: usize,
}

impl Lower {
    pub(super) fn matmul(&mut self, matmul: &MatMul) -> Result<()> {
        let MatMul { batch, m, n, k, dtype, .. } = *matmul;
        let wide = if dtype == DType::F64 { DType::F64 } else { DType::F32 };
        let a = self.matrices(&matmul.a, wide, [batch, m, k])?;
        let b = self.matrices(&matmul.b, wide, [batch, k, n])?;
        let numel = batch.checked_mul(m).and_then(|v| v.checked_mul(n)).ok_or_else(|| invalid("a product that is too large"))?;
        if let Some(target) = &matmul.b_sum {
            self.kernel(&column_sum(&matmul.b, target, dtype, n, k), None)?;
        }
        let direct = stored_as_is(&matmul.epilogue, wide);
        let (c, offset) = match direct {
            Some(target) => (target.buffer, target.view.offset as usize),
            None => (self.temporary(wide, numel), 0),
        };
        self.work(Product { a, b, batch, size: [m, n, k], f64: wide == DType::F64, c, offset });
        if direct.is_some() {
            return Ok(());
        }
        self.kernel(&matmul.epilogue, Some(c))
    }

    /// The operand in f32 or f64.
    fn matrices(&mut self, operand: &Operand, dtype: DType, shape: [usize; 3]) -> Result<Operand> {
        if operand.view.shape != shape {
            return Err(invalid(format!("a product of {shape:?} of a view of {:?}", operand.view.shape)));
        }
        let own = self.buffers().get(operand.buffer).ok_or_else(|| invalid("an operand of a buffer that is not there"))?.dtype;
        if own == dtype && operand.view.mask.is_none() {
            return Ok(operand.clone());
        }
        let plain = self.plain(operand, dtype)?;
        Ok(Operand { buffer: plain.buffer, view: View { offset: plain.offset as isize, ..View::contiguous(&shape) } })
    }
}

/// The target of an epilogue that stores the sums as they are, one after the other.
pub(super) fn stored_as_is(epilogue: &Kernel, dtype: DType) -> Option<&Target> {
    only_stored(epilogue, dtype).filter(|target| target.view.is_contiguous())
}

/// The target of an epilogue that stores the sums as they are, in any order.
pub(super) fn only_stored(epilogue: &Kernel, dtype: DType) -> Option<&Target> {
    match (&epilogue.code[..], &epilogue.stores[..]) {
        ([Line { code: Code::Acc, dtype: own, .. }], [(0, target)]) if *own == dtype && target.view.offset >= 0 => Some(target),
        _ => None,
    }
}

/// The kernel that computes `sum over k of b[0, k, n]`.
fn column_sum(b: &Operand, target: &Target, dtype: DType, n: usize, k: usize) -> Kernel {
    let view = View { shape: vec![n, k], strides: vec![b.view.strides[2], b.view.strides[1]], offset: b.view.offset, mask: None };
    let code = vec![
        Line { code: Code::Load(Operand { buffer: b.buffer, view }), dtype, level: Level::Element },
        Line { code: Code::Reduce(Reduce::Sum, 0), dtype, level: Level::Row },
    ];
    Kernel { rows: n, cols: k, code, stores: vec![(1, target.clone())] }
}

impl Work for Product {
    fn out(&self) -> BufferId {
        self.c
    }

    fn run(&self, tables: &Tables<'_>, c: &mut [u8]) -> Result<()> {
        if self.f64 {
            return self.run_in::<f64>(tables, whole_mut(c), packed);
        }
        self.run_in::<f32>(tables, whole_mut(c), |size, c, a, b| tiled::product(size, c, &a, &b).unwrap_or_else(|| packed(size, c, a, b)))
    }
}

/// `c = a b` by blocks of rows, each of which packs `b` anew.
fn packed<T: Gemm>([m, n, k]: [usize; 3], c: &mut [T], a: Matrix<'_, T>, b: Matrix<'_, T>) -> Result<()> {
    // From 256 on the work of packing does not count.
    let block_rows = (m / 2).clamp(64, 256);
    let outs = Outs::new([Out::new(bytemuck::cast_slice_mut(c), size_of::<T>())].into_iter());
    let pieces = pieces(m.saturating_mul(n).saturating_mul(k));
    in_pieces(0..m.div_ceil(block_rows), pieces, outs, &|block, _| (block * block_rows).min(m) * n, &|blocks, mut outs| {
        let (base, c) = outs.get(0).values::<T>();
        for block in blocks {
            let first = block * block_rows;
            let rows = block_rows.min(m - first);
            let a = Matrix { offset: a.offset + first as isize * a.row, ..a };
            T::gemm([rows, n, k], (&mut c[first * n - base..][..rows * n], n), a, b, false)?;
        }
        Ok(())
    })
}

impl Product {
    fn run_in<T: Gemm>(
        &self,
        tables: &Tables<'_>,
        c: &mut [T],
        multiply: impl Fn([usize; 3], &mut [T], Matrix<'_, T>, Matrix<'_, T>) -> Result<()>,
    ) -> Result<()> {
        let [m, n, k] = self.size;
        let matrix = |operand: &Operand, batch: usize| -> Matrix<'_, T> {
            let View { strides, offset, .. } = &operand.view;
            Matrix {
                data: whole(tables.bytes(operand.buffer)),
                offset: offset + batch as isize * strides[0],
                row: strides[1],
                col: strides[2],
            }
        };
        let c = c.get_mut(self.offset..).unwrap_or(&mut []);
        for batch in 0..self.batch {
            let c = c.get_mut(batch * m * n..(batch + 1) * m * n).ok_or_else(|| invalid("the result of a product leaves its buffer"))?;
            multiply([m, n, k], c, matrix(&self.a, batch), matrix(&self.b, batch))?;
        }
        Ok(())
    }
}
