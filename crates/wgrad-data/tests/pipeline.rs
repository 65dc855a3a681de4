//! Pipelines against the iterators of the standard library, and what is promised of order, errors and threads.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};
use wgrad_data::{Collate, Error, Items, Pipeline, Result};
use wgrad_tensor::{HostData, HostTensor};

fn all<T>(items: Items<T>) -> Vec<T> {
    items.collect::<Result<_>>().unwrap()
}

fn array(shape: &[usize], values: &[f32]) -> HostTensor {
    HostTensor::new(shape, HostData::F32(values.to_vec())).unwrap()
}

fn sorted(mut items: Vec<usize>) -> Vec<usize> {
    items.sort_unstable();
    items
}

#[test]
fn stages_do_what_iterators_do() {
    let p = Pipeline::range(20).filter(|n| n % 3 != 0).map(|n| n * n).skip(2).take(7).enumerate().zip(Pipeline::range(5));
    let expected: Vec<_> = (0..20).filter(|n| n % 3 != 0).map(|n| n * n).skip(2).take(7).enumerate().zip(0..5).collect();
    assert_eq!(all(p.iter()), expected);
    assert_eq!(all(p.iter()), expected, "a second pass");
    assert_eq!(all(Pipeline::from_vec(vec!["a", "b"]).repeat(3).iter()), ["a", "b", "a", "b", "a", "b"]);
    assert_eq!(all(Pipeline::from_fn(|| 3..6).repeat_forever().take(7).iter()), [3, 4, 5, 3, 4, 5, 3]);
    assert_eq!(all(Pipeline::range(0).repeat_forever().iter()), [0; 0], "no items, again and again");
    assert_eq!(all(Pipeline::range(3).repeat(0).iter()), [0; 0]);
    assert_eq!(all(Pipeline::range(4).flat_map(Pipeline::range).iter()), [0, 0, 1, 0, 1, 2]);
    // As the documentation of tf.data says of cycle_length 2, block_length 1.
    let rows = |n: usize| Pipeline::from_vec(vec![n; 3]);
    assert_eq!(all(Pipeline::from_vec([1, 2, 3]).interleave(2, rows).iter()), [1, 2, 1, 2, 1, 2, 3, 3, 3]);
}

#[test]
fn shuffling_depends_on_seed_and_pass_only() {
    let p = |seed| Pipeline::range(100).shuffle(30, seed);
    let first = all(p(1).pass(0));
    assert_eq!(sorted(first.clone()), (0..100).collect::<Vec<_>>());
    assert_eq!(first, all(p(1).iter()));
    assert_eq!(first, all(p(1).parallel_map(3, |n| n).prefetch(2).iter()));
    assert_ne!(first, all(p(1).pass(1)));
    assert_ne!(first, all(p(2).pass(0)));
    // An item never comes earlier than the buffer allows.
    assert!(first.iter().enumerate().all(|(place, &n)| n < place + 30));
    let twice = all(p(1).repeat(2).pass(0));
    assert_eq!((&twice[..100], &twice[100..]), (&first[..], &all(p(1).pass(1))[..]), "each repetition is a pass of its own");
}

#[test]
fn a_whole_buffer_makes_every_order_equally_likely() {
    let p = Pipeline::range(3).shuffle(3, 5);
    let mut counts = std::collections::BTreeMap::new();
    (0..6000).for_each(|pass| *counts.entry(all(p.pass(pass))).or_insert(0) += 1);
    assert_eq!(counts.len(), 6);
    // 1,000 expected of each; five standard deviations are 144.
    assert!(counts.values().all(|&n| (856..1144).contains(&n)), "{counts:?}");
}

#[test]
fn the_cache_is_filled_once() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let p = Pipeline::range(5).map(move |n| (counted.fetch_add(1, Relaxed), n).1).cache();
    assert_eq!(p.iter().take(2).count(), 2);
    assert_eq!(all(p.iter()), [0, 1, 2, 3, 4]);
    let before = runs.load(Relaxed);
    assert_eq!(all(p.iter()), [0, 1, 2, 3, 4]);
    assert_eq!(runs.load(Relaxed), before);
    let once = Pipeline::once(vec![1, 2]).cache();
    assert_eq!((all(once.iter()), all(once.iter())), (vec![1, 2], vec![1, 2]));
}

/// On either side of a zip, with pipelines of the same length.
#[test]
fn caches_of_pairs_are_both_filled() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = || {
        let count = count.clone();
        Pipeline::range(5).map(move |n| (count.fetch_add(1, Relaxed), n).1).cache()
    };
    let pairs = counted().zip(counted());
    assert_eq!((all(pairs.iter()), all(pairs.iter()).len(), count.load(Relaxed)), ((0..5).map(|n| (n, n)).collect(), 5, 10));
    // What is longer goes no further once the other has ended.
    let mut longer = Pipeline::range(9).zip(Pipeline::range(2)).iter();
    assert_eq!((longer.by_ref().count(), longer.next().is_none()), (2, true));
}

#[test]
fn batches_stack_rows() {
    let x = array(&[5, 2], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    let y = HostTensor::new([5], HostData::I32(vec![0, 1, 2, 3, 4])).unwrap();
    let p = Pipeline::from_arrays((x.clone(), y.clone())).unwrap();
    let batches = all(p.clone().batch(2).iter());
    assert_eq!(
        batches.iter().map(|(x, y)| (x.shape().to_vec(), y.shape().to_vec())).collect::<Vec<_>>(),
        [(vec![2, 2], vec![2]), (vec![2, 2], vec![2]), (vec![1, 2], vec![1])]
    );
    assert_eq!(batches[1].0, array(&[2, 2], &[4.0, 5.0, 6.0, 7.0]));
    assert_eq!(all(p.clone().batch(5).iter()), [(x, y)], "all rows are the arrays again");
    assert_eq!(all(p.batch_drop_remainder(2).iter()).len(), 2);
}

#[test]
fn padding_fills_to_the_longest() {
    let words = Pipeline::from_vec(vec![vec![1, 2, 3], vec![], vec![4]]).padded_batch(3, -1.0);
    let batch = all(words.iter()).remove(0);
    assert_eq!(batch, HostTensor::new([3, 3], HostData::I32(vec![1, 2, 3, -1, -1, -1, 4, -1, -1])).unwrap());
    let items = vec![array(&[1, 2], &[1.0, 2.0]), array(&[2, 1], &[3.0, 4.0])];
    assert_eq!(HostTensor::collate(items, Some(0.0)).unwrap(), array(&[2, 2, 2], &[1.0, 2.0, 0.0, 0.0, 3.0, 0.0, 4.0, 0.0]));
}

#[test]
fn empty_items_are_padded_without_loops_over_nothing() {
    let long = 1 << 40;
    let padded = |shapes: &[[usize; 2]]| HostTensor::collate(shapes.iter().map(|shape| array(shape, &[])).collect(), Some(7.0));
    assert_eq!(padded(&[[long, 0], [long / 2, 0]]).unwrap().shape()[..], [2, long, 0]);
    assert_eq!(padded(&[[2, 0], [0, 2]]).unwrap(), array(&[2, 2, 2], &[7.0; 8]));
    for (shapes, all) in [([[long, 0], [0, long]], [2, long, long]), ([[long, 0], [0, 1]], [2, long, 1])] {
        let expected = format!("pipeline, batch: 2 items, together of the shape {all:?}, are more than there is memory for");
        assert_eq!(padded(&shapes).unwrap_err().to_string(), expected);
    }
}

#[test]
fn passes_and_threads_without_end_are_not_begun() {
    assert_eq!(all(Pipeline::range(3).filter(|_| false).repeat(u64::MAX).iter()), [0; 0]);
    assert_eq!(all(Pipeline::range(2).repeat(u64::MAX).take(3).pass(5)), [0, 1, 0]);
    assert_eq!(all(Pipeline::range(3).parallel_map(usize::MAX, |n| n).iter()), [0, 1, 2]);
}

#[test]
fn threads_change_nothing() {
    let work = |n: usize| (0..1000 * (n % 7)).fold(n, |a, b| a.wrapping_mul(31).wrapping_add(b));
    let plain = all(Pipeline::range(300).map(work).iter());
    for threads in [0, 1, 2, 5] {
        assert_eq!(all(Pipeline::range(300).parallel_map(threads, work).prefetch(3).iter()), plain, "{threads} threads");
    }
}

#[test]
fn errors_take_the_place_of_their_item() {
    let p = Pipeline::range(6).try_map(|n| if n == 2 { Err("two is not wanted") } else { Ok(n as f32) });
    let texts = |items: Items<f32>| items.map(|item| item.map_or_else(|e| e.to_string(), |v| v.to_string())).collect::<Vec<_>>();
    let expected = ["0", "1", "two is not wanted", "3", "4", "5"];
    assert_eq!(texts(p.iter()), expected);
    assert_eq!(texts(p.clone().parallel_map(2, |v| v).prefetch(1).iter()), expected);
    assert_eq!(p.clone().batch(2).iter().map(|batch| batch.is_err()).collect::<Vec<_>>(), [false, true, false, false]);
    assert_eq!(p.clone().shuffle(3, 0).iter().filter(Result::is_err).count(), 1);
    assert_eq!(texts(p.clone().skip(3).iter()), ["two is not wanted", "4", "5"], "an error is no item that can be skipped");
    assert_eq!(p.repeat_forever().take(20).iter().filter(Result::is_err).count(), 3);
}

#[test]
fn what_goes_wrong_is_told() {
    let text = |error: Error| error.to_string();
    let once = Pipeline::once(0..2);
    once.iter().for_each(drop);
    assert_eq!(
        text(once.iter().next().unwrap().unwrap_err()),
        "pipeline, once: its iterator has been run through; use cache() to keep the items of the first pass"
    );
    let panics = Pipeline::range(3).parallel_map(2, |n| if n == 1 { panic!("number {n}") } else { n });
    let results: Vec<_> = panics.iter().map(|item| item.map_err(text)).collect();
    assert_eq!(results, [Ok(0), Err("pipeline, parallel_map: a function panicked: number 1".into()), Ok(2)]);
    let panics = Pipeline::range(3).map(|n| if n == 1 { panic!("number {n}") } else { n }).prefetch(4);
    let results: Vec<_> = panics.iter().map(|item| item.map_err(text)).collect();
    assert_eq!(results, [Ok(0), Err("pipeline, prefetch: a function panicked: number 1".into())]);
    let shapes = Pipeline::from_vec(vec![vec![1.0f32], vec![1.0, 2.0]]).batch(2);
    assert_eq!(
        text(shapes.iter().next().unwrap().unwrap_err()),
        "pipeline, batch: items must have one dtype and shape (padded_batch takes different lengths), got f32[1] and f32[2]"
    );
    let unsigned = |lengths: [u32; 2]| Pipeline::from_vec(lengths.map(|n| (0..n).collect::<Vec<u32>>())).padded_batch(2, -1.0);
    assert_eq!(text(unsigned([1, 2]).iter().next().unwrap().unwrap_err()), "pipeline, batch: items of u32 cannot be filled up with -1");
    assert_eq!(all(unsigned([2, 2]).iter()).len(), 1, "what needs no padding is as it is");
    let rows = Pipeline::from_arrays((array(&[2], &[0.0; 2]), array(&[3], &[0.0; 3])));
    assert_eq!(text(rows.unwrap_err()), "pipeline, from_arrays: arrays must have the same number of rows, got 2 and 3");
    assert_eq!(text(Pipeline::from_arrays(array(&[], &[0.0])).unwrap_err()), "pipeline, from_arrays: an array of f32[] has no rows");
}

#[test]
fn a_pass_that_is_dropped_ends_its_threads() {
    let made = Arc::new(AtomicUsize::new(0));
    let counted = made.clone();
    let p = Pipeline::range(usize::MAX).map(move |n| (counted.fetch_add(1, Relaxed), n).1).parallel_map(2, |n| n).prefetch(2);
    assert_eq!(all(p.clone().take(10).iter()).len(), 10);
    // Every thread holds a clone of the counter only while its pass lives.
    drop(p);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while Arc::strong_count(&made) > 1 {
        assert!(std::time::Instant::now() < end, "threads go on without anybody who listens");
        std::thread::yield_now();
    }
}

#[test]
fn lines_name_the_file_and_the_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("words.txt");
    std::fs::write(&path, b"one\r\ntwo\n\xff\nfour\n").unwrap();
    let results: Vec<_> = Pipeline::lines(&path).iter().map(|line| line.map_err(|error| error.to_string())).collect();
    assert_eq!(results[..2], [Ok("one".to_string()), Ok("two".to_string())]);
    let error = results[2].as_ref().unwrap_err();
    assert!(error.contains("words.txt, line 3: ") && error.contains("UTF-8") && results.len() == 3, "{error}");
    let missing = Pipeline::lines(directory.path().join("missing.txt")).iter().next().unwrap().unwrap_err().to_string();
    assert!(missing.contains("missing.txt, line 1: "), "{missing}");
    assert_eq!(Pipeline::lines(directory.path().join("missing.txt")).skip(1).iter().filter(Result::is_err).count(), 1);
}
