//! Folds against scikit-learn 1.9.1, and what must hold of any.

use proptest::prelude::*;
use wgrad_cpu as _;
use wgrad_model::Result;
use wgrad_tensor::Tensor;
use wgrad_tune::{KFold, Split, StratifiedKFold, TrainTest, cross_val_score};

fn tests(folds: Result<Vec<TrainTest>>) -> Vec<Vec<usize>> {
    folds.unwrap().into_iter().map(|fold| fold.test).collect()
}

/// `[test.tolist() for _, test in KFold(k).split(np.zeros(n))]`
#[test]
fn kfold_as_scikit_learn() {
    assert_eq!(tests(KFold::new(3).split_rows(10)), [vec![0, 1, 2, 3], vec![4, 5, 6], vec![7, 8, 9]]);
    assert_eq!(tests(KFold::new(4).split_rows(11)), [vec![0, 1, 2], vec![3, 4, 5], vec![6, 7, 8], vec![9, 10]]);
    assert_eq!(tests(KFold::new(5).split_rows(5)), [[0], [1], [2], [3], [4]]);
}

/// `[test.tolist() for _, test in StratifiedKFold(k).split(np.zeros(len(y)), y)]`
#[test]
fn stratified_kfold_as_scikit_learn() {
    let y = [1, 0, 0, 2, 1, 1, 0, 2, 2, 2, 1, 0, 1, 1, 2, 0, 0, 1, 2, 1, 1, 2, 0];
    let of = |k| tests(StratifiedKFold::new(k).split_classes(&y));
    assert_eq!(of(2), [vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12], vec![11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]]);
    assert_eq!(of(3), [vec![0, 1, 2, 3, 4, 5, 6, 7], vec![8, 9, 10, 11, 12, 13, 14, 15], vec![16, 17, 18, 19, 20, 21, 22]]);
    let five = [vec![0, 1, 2, 3, 4], vec![5, 6, 7, 8, 10], vec![9, 11, 12, 13, 14], vec![15, 17, 18, 19], vec![16, 20, 21, 22]];
    assert_eq!(of(5), five);
    let y = [5, 5, 5, 5, 5, 5, 5, -1, -1, -1];
    assert_eq!(tests(StratifiedKFold::new(3).split_classes(&y)), [vec![0, 1, 2, 7], vec![3, 4, 8], vec![5, 6, 9]]);
    assert_eq!(tests(StratifiedKFold::new(4).split_classes(&y)), [vec![0, 1, 7], vec![2, 3, 8], vec![4, 5], vec![6, 9]]);
}

proptest! {
    #[test]
    fn each_sample_is_tested_once(n in 2_usize..60, k in 2_usize..8, seed: u64, shuffle: bool) {
        prop_assume!(k <= n);
        let folds = KFold::new(k).shuffle(shuffle).seed(seed).split_rows(n).unwrap();
        let mut tested: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
        tested.sort_unstable();
        prop_assert!(tested.into_iter().eq(0..n));
        for fold in &folds {
            prop_assert!(fold.test.len() == n / k || fold.test.len() == n / k + 1);
            let mut both: Vec<usize> = fold.train.iter().chain(&fold.test).copied().collect();
            both.sort_unstable();
            prop_assert!(both.into_iter().eq(0..n));
        }
    }

    #[test]
    fn classes_keep_their_shares(classes in prop::collection::vec(0_i64..4, 8..80), k in 2_usize..5, seed: u64, shuffle: bool) {
        let count = |rows: &[usize], class: i64| rows.iter().filter(|row| classes[**row] == class).count();
        let all: Vec<usize> = (0..classes.len()).collect();
        prop_assume!((0..4).any(|class| count(&all, class) >= k));
        let folds = StratifiedKFold::new(k).shuffle(shuffle).seed(seed).split_classes(&classes).unwrap();
        let mut tested: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
        tested.sort_unstable();
        prop_assert_eq!(tested, all.clone());
        for fold in &folds {
            for class in 0..4 {
                let even = count(&all, class) / k;
                let got = count(&fold.test, class);
                prop_assert!(got == even || got == even + 1, "{} of class {}, not {} or one more", got, class, even);
            }
        }
    }
}

#[test]
fn shuffling_depends_on_the_seed() {
    let of = |seed| tests(KFold::new(3).shuffle(true).seed(seed).split_rows(30));
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
    assert_ne!(of(1), tests(KFold::new(3).split_rows(30)));
}

#[test]
fn labels_are_numbers_or_one_hot() {
    let numbers = Tensor::from([0, 0, 1, 1, 0, 1]);
    let x = Tensor::zeros([6, 2]);
    let folds = StratifiedKFold::new(3).split(&x, &numbers).unwrap();
    assert_eq!(folds, StratifiedKFold::new(3).split(&x, &numbers.one_hot(2)).unwrap());
    assert_eq!(folds, StratifiedKFold::new(3).split(&x, &numbers.reshape([6, 1])).unwrap());
    assert_eq!(tests(Ok(folds)), [[0, 2], [1, 3], [4, 5]]);
}

#[test]
fn what_is_wrong_is_told() {
    let text = |folds: Result<Vec<TrainTest>>| folds.unwrap_err().to_string();
    assert_eq!(text(KFold::new(1).split_rows(10)), "KFold: n_splits must be at least 2, got 1");
    assert_eq!(text(KFold::new(11).split_rows(10)), "KFold: n_splits=11 is more than the 10 samples");
    let most = "KFold: there are at most 2147483647 samples, and 1000000000 in all folds, got n_splits=";
    assert_eq!(text(KFold::new(2).split_rows(1 << 31)), format!("{most}2 of 2147483648 samples"));
    assert_eq!(text(KFold::new(100_000).split_rows(100_000)), format!("{most}100000 of 100000 samples"));
    assert!(text(KFold::new(usize::MAX).split_rows(usize::MAX)).starts_with(most));
    let few = StratifiedKFold::new(3).split_classes(&[0, 0, 1, 1]);
    assert_eq!(text(few), "StratifiedKFold: n_splits=3 is more than the 2 samples of the largest class");
    let half = StratifiedKFold::new(2).split(&Tensor::zeros([2, 1]), &Tensor::from([0.5f32, 1.0]));
    assert_eq!(text(half), "StratifiedKFold: labels must be whole numbers, got 0.5");
    let cube = StratifiedKFold::new(2).split(&Tensor::zeros([2, 1]), &Tensor::zeros([2, 1, 1]));
    assert_eq!(text(cube), "StratifiedKFold: labels must be [samples], [samples, 1] or [samples, classes], got f32[2, 1, 1]");
    let other = cross_val_score(&KFold::new(2), &Tensor::zeros([4, 1]), &Tensor::zeros([3, 1]), |_| Ok(0.0)).unwrap_err();
    assert_eq!(other.to_string(), "cross_val_score: there are 4 inputs and 3 labels");
}

#[test]
fn scores_come_fold_by_fold() {
    let x = Tensor::from([[0.0f32], [1.0], [2.0], [3.0], [4.0], [5.0]]);
    let y = Tensor::from([0.0f32, 10.0, 20.0, 30.0, 40.0, 50.0]);
    let scores = cross_val_score(&KFold::new(3), &x, &y, |fold| {
        assert_eq!(fold.x_train.shape().to_vec(), [4, 1]);
        let sums = [&fold.x_test, &fold.y_test].map(|t| t.sum(..).item::<f32>());
        Ok(f64::from(sums[0].clone()?) + f64::from(sums[1].clone()?))
    });
    let scores = scores.unwrap();
    assert_eq!(scores[..], [11.0, 55.0, 99.0]);
    assert_eq!(scores.mean(), 55.0);
    // np.std([11, 55, 99])
    assert!((scores.std() - 35.92584956081994).abs() < 1e-12);
    assert_eq!(scores.to_string(), "55.0000 +- 35.9258 (3 folds)");
    let failed =
        cross_val_score(&KFold::new(3), &x, &y, |fold| if fold.number == 1 { Ok(f64::from(x.i(9).item::<f32>()?)) } else { Ok(0.0) });
    assert!(failed.unwrap_err().to_string().starts_with("fold 1: "));
}
