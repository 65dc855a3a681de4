//! Loops compiled for the widest vectors of this processor.
//!
//! The loops are plain Rust over slices that LLVM vectorises. [`pulp`] compiles each of them for several instruction sets and picks one at run
//! time. For that to work everything in the loop must be inlined: the functions given here are either tiny or `#[inline(always)]`.

use pulp::{Arch, NullaryFnOnce};

/// Several elements, or one that stands for all.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lanes<'a, T> {
    Slice(&'a [T]),
    Splat(T),
}

/// Runs a loop, compiled for this processor.
#[inline]
pub(super) fn vectorize<F: NullaryFnOnce>(f: F) -> F::Output {
    Arch::new().dispatch(f)
}

struct Map<'a, A, B, F>(&'a mut [B], &'a [A], F);

impl<A: Copy, B, F: Fn(A) -> B> NullaryFnOnce for Map<'_, A, B, F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (out, &a) in self.0.iter_mut().zip(self.1) {
            *out = (self.2)(a);
        }
    }
}

struct Zip<'a, A, B, C, F>(&'a mut [C], &'a [A], &'a [B], F);

impl<A: Copy, B: Copy, C, F: Fn(A, B) -> C> NullaryFnOnce for Zip<'_, A, B, C, F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for ((out, &a), &b) in self.0.iter_mut().zip(self.1).zip(self.2) {
            *out = (self.3)(a, b);
        }
    }
}

struct Zip3<'a, A, B, C, D, F>(&'a mut [D], &'a [A], &'a [B], &'a [C], F);

impl<A: Copy, B: Copy, C: Copy, D, F: Fn(A, B, C) -> D> NullaryFnOnce for Zip3<'_, A, B, C, D, F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (((out, &a), &b), &c) in self.0.iter_mut().zip(self.1).zip(self.2).zip(self.3) {
            *out = (self.4)(a, b, c);
        }
    }
}

/// `out = f(a)`.
#[inline]
pub(super) fn map<A: Copy, B: Copy>(out: &mut [B], a: Lanes<'_, A>, f: impl Fn(A) -> B) {
    match a {
        Lanes::Slice(a) => vectorize(Map(out, a, f)),
        Lanes::Splat(a) => out.fill(f(a)),
    }
}

/// `out = f(a, b)`.
#[inline]
pub(super) fn zip<A: Copy, B: Copy, C: Copy>(out: &mut [C], a: Lanes<'_, A>, b: Lanes<'_, B>, f: impl Fn(A, B) -> C) {
    match (a, b) {
        (Lanes::Slice(a), Lanes::Slice(b)) => vectorize(Zip(out, a, b, f)),
        (Lanes::Slice(a), Lanes::Splat(b)) => vectorize(Map(out, a, |a| f(a, b))),
        (Lanes::Splat(a), Lanes::Slice(b)) => vectorize(Map(out, b, |b| f(a, b))),
        (Lanes::Splat(a), Lanes::Splat(b)) => out.fill(f(a, b)),
    }
}

/// `out = f(a, b, c)`, where `a` is a slice.
#[inline]
pub(super) fn zip3<A: Copy, B: Copy, C: Copy, D: Copy>(
    out: &mut [D],
    a: Lanes<'_, A>,
    b: Lanes<'_, B>,
    c: Lanes<'_, C>,
    f: impl Fn(A, B, C) -> D,
) {
    match (a, b, c) {
        (Lanes::Splat(a), b, c) => zip(out, b, c, |b, c| f(a, b, c)),
        (Lanes::Slice(a), Lanes::Slice(b), Lanes::Slice(c)) => vectorize(Zip3(out, a, b, c, f)),
        (Lanes::Slice(a), Lanes::Slice(b), Lanes::Splat(c)) => vectorize(Zip(out, a, b, |a, b| f(a, b, c))),
        (Lanes::Slice(a), Lanes::Splat(b), Lanes::Slice(c)) => vectorize(Zip(out, a, c, |a, c| f(a, b, c))),
        (Lanes::Slice(a), Lanes::Splat(b), Lanes::Splat(c)) => vectorize(Map(out, a, |a| f(a, b, c))),
    }
}
