//! Rematerialization: values that gradients compute again rather than keep.
//!
//! The nodes that [`remat`] records are marked as one region. Where the gradient of one of them needs a value of the region, it takes that value from a
//! second copy of the region's nodes, which is computed from what the region was given, behind an [`Op::Barrier`]. So the first copy is dead once the
//! region has its results, and the simplifier cannot merge the two.

use super::ancestors;
use crate::{
    Op, Tensor,
    tensor::{Kind, Node},
};
use std::{
    cell::Cell,
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
};

thread_local! {
    static REGION: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Runs `f`; gradients compute the values that it records again instead of keeping them (Keras' `remat`, gradient checkpointing): less memory for
/// more work. What `f` makes of its inputs stays the same, and so do the gradients, bit by bit: random numbers are drawn with the same key.
///
/// What `f` is given and what it returns is kept. A `remat` in another one is part of it; bodies of [`crate::scan`] and traced functions know
/// regions around them only.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_tensor::{Tensor, grad, remat};
/// let x = Tensor::from([0.5f32, 1.0]);
/// let f = |x: &Tensor| (x.exp() * x).tanh();
/// let kept = grad(&f(&x).sum(()), &[&x]).remove(0).unwrap();
/// let again = grad(&remat(|| f(&x)).sum(()), &[&x]).remove(0).unwrap();
/// assert_eq!(again.to_vec::<f32>()?, kept.to_vec::<f32>()?);
/// # Ok::<(), wgrad_tensor::Error>(())
/// ```
pub fn remat<T>(f: impl FnOnce() -> T) -> T {
    /// Leaves the region, however `f` ends.
    struct Leave(Option<u64>);
    impl Drop for Leave {
        fn drop(&mut self) {
            REGION.set(self.0);
        }
    }
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let around = REGION.get();
    let _leave = Leave(around);
    REGION.set(around.or_else(|| Some(NEXT.fetch_add(1, Ordering::Relaxed))));
    f()
}

/// The region that nodes are recorded in now.
pub(crate) fn region() -> Option<u64> {
    REGION.get()
}

/// Nodes of regions, computed again: by region and node.
#[derive(Default)]
pub(super) struct Again(HashMap<(u64, u64), Tensor>);

impl Again {
    /// The node as its gradient rule sees it: a second copy where it belongs to a region.
    pub(super) fn of(&mut self, node: &Tensor) -> Tensor {
        let Some(region) = node.0.region else { return node.clone() };
        let is_known = |x: &Tensor| self.0.contains_key(&(region, x.id()));
        let is_given = |x: &Tensor| x.0.region != Some(region);
        let new: Vec<Tensor> = ancestors([node], |x| is_given(x) || is_known(x)).into_iter().filter(|x| !is_known(x)).collect();
        for x in new {
            let again = match &*x.0 {
                Node { kind: Kind::Op(op), operands, spec, at, .. } if !is_given(&x) => {
                    let operands = operands.iter().map(|operand| self.0[&(region, operand.id())].clone()).collect();
                    Tensor::node(Kind::Op(op.clone()), operands, spec.clone(), at)
                }
                _ => Tensor::apply(Op::Barrier, vec![x.clone()]),
            };
            self.0.insert((region, x.id()), again);
        }
        self.0.get(&(region, node.id())).unwrap_or(node).clone()
    }
}
