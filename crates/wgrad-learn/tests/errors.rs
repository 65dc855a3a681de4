//! What learners do not take.

use wgrad_cpu as _;
use wgrad_learn::{Init, KMeans, LinearRegression, LogisticRegression, PCA, SVC, accuracy_score};
use wgrad_model::Result;
use wgrad_tensor::Tensor;

#[track_caller]
fn says<T: std::fmt::Debug>(result: Result<T>, text: &str) {
    assert_eq!(result.unwrap_err().to_string(), text);
}

fn x() -> Tensor {
    Tensor::from([[0.0f32, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0]])
}

#[test]
fn data_of_other_shapes() {
    says(KMeans::new(2).fit(&Tensor::from([1.0f32, 2.0])), "KMeans: samples are [n, features], got f32[2]");
    says(PCA::new(1).fit(&Tensor::zeros([0, 3])), "PCA: there must be samples with features, got f32[0, 3]");
    says(SVC::new().fit(&x(), &Tensor::from([0, 1])), "SVC: labels are [n] for 4 samples, got i32[2]");
    says(
        LinearRegression::new().fit(&x(), &Tensor::zeros([3])),
        "LinearRegression: targets are [n] or [n, targets] for 4 samples, got f32[3]",
    );
    let clusters = KMeans::new(2).fit(&x()).unwrap();
    says(clusters.predict(&Tensor::zeros([1, 3])), "KMeans: it has learnt from 2 features, got 3");
    says(
        accuracy_score(&Tensor::from([1, 2]), &Tensor::from([1])),
        "accuracy_score: it takes as many predictions as labels, and some, got 1 and 2",
    );
    // The error of a tensor comes through.
    let broken = x().reshape([3, 3]);
    assert!(SVC::new().fit(&broken, &Tensor::from([0, 1, 0])).unwrap_err().to_string().starts_with("reshape: "));
}

#[test]
fn numbers_that_are_none() {
    let broken = Tensor::from([[0.0f32, f32::NAN], [1.0, 0.0]]);
    says(KMeans::new(1).fit(&broken), "KMeans: there is a NaN or an infinite number in the data");
    let infinite = Tensor::from([f32::INFINITY, 0.0, 1.0, 2.0]);
    says(LinearRegression::new().fit(&x(), &infinite), "LinearRegression: there is a NaN or an infinite number in the data");
}

#[test]
fn labels_that_are_none() {
    says(SVC::new().fit(&x(), &Tensor::from([1, 1, 1, 1])), "SVC: there must be samples of at least 2 classes, got 1");
    let halves = Tensor::from([0.0f32, 0.5, 1.0, 1.0]);
    says(LogisticRegression::new().fit(&x(), &halves), "LogisticRegression: labels are whole numbers, got 0.5");
}

#[test]
fn settings_that_make_no_sense() {
    let y = Tensor::from([0, 0, 1, 1]);
    says(KMeans::new(5).fit(&x()), "KMeans: n_clusters must be 1 to the 4 samples, got 5");
    says(KMeans::new(0).fit(&x()), "KMeans: n_clusters must be 1 to the 4 samples, got 0");
    says(KMeans::new(1).max_iter(0).fit(&x()), "KMeans: n_init and max_iter must be at least 1 and tol not negative, got 1, 0 and 0.0001");
    let centers = KMeans::new(2).init(Init::Centers(Tensor::zeros([1, 2]))).fit(&x());
    says(centers, "KMeans: the first centers must be [2, 2], got f32[1, 2]");
    says(PCA::new(3).fit(&x()), "PCA: n_components must be 1 to 2, the lesser of samples and features, got 3");
    says(PCA::of_variance(1.5).fit(&x()), "PCA: the share of the variance must be between 0 and 1, got 1.5");
    says(PCA::new(1).fit(&x().i(..1)), "PCA: there must be at least 2 samples and at most 4096 features, got 1 and 2");
    let svc = "SVC: C and tol must be more than 0 and finite and max_iter at least 1, got ";
    says(SVC::new().c(0.0).fit(&x(), &y), &format!("{svc}0, 0.001 and 10000000"));
    says(SVC::new().tol(f64::INFINITY).fit(&x(), &y), &format!("{svc}1, inf and 10000000"));
    says(SVC::new().max_iter(0).fit(&x(), &y), &format!("{svc}1, 0.001 and 0"));
    says(SVC::new().gamma(-1.0).fit(&x(), &y), "SVC: gamma must be more than 0 and finite, got -1");
    let c = LogisticRegression::new().c(f64::NAN).fit(&x(), &y);
    says(c, "LogisticRegression: C and tol must be more than 0 and max_iter at least 1, got NaN, 0.0001 and 100");
}

#[test]
fn what_would_take_too_long_or_too_much_memory() {
    let wide = Tensor::zeros([2, 4097]);
    let features = "LinearRegression: there must be at most 4096 features, got 4097";
    says(LinearRegression::new().fit(&wide, &Tensor::zeros([2])), features);
    says(PCA::new(1).fit(&wide), "PCA: there must be at least 2 samples and at most 4096 features, got 2 and 4097");
    let each = Tensor::from_vec((0..1000).collect::<Vec<i32>>(), [1000]);
    let classes = "SVC: samples times pairs of classes must be at most 200000000, got 1000 samples of 1000 classes";
    says(SVC::new().fit(&each.reshape([1000, 1]), &each), classes);
    let large = Tensor::from([[-1e200], [1e200]]);
    says(LinearRegression::new().fit(&large, &Tensor::zeros([2])), "LinearRegression: the products of the data overflow; scale it");
    says(PCA::new(1).fit(&large), "PCA: the covariance of the data overflows; scale it");
}

#[test]
fn limits_of_iterations_are_told() {
    let y = Tensor::from([0, 1, 0, 1]);
    assert!(!SVC::new().max_iter(1).fit(&x(), &y).unwrap().converged());
    assert!(!LogisticRegression::new().max_iter(1).fit(&x(), &y).unwrap().converged());
    assert_eq!(KMeans::new(2).max_iter(1).fit(&x()).unwrap().n_iter(), 1);
}

#[test]
fn samples_that_are_all_the_same() {
    let same = Tensor::ones([4, 2]);
    let y = Tensor::from([0, 1, 0, 1]);
    assert_eq!(KMeans::new(2).fit(&same).unwrap().inertia(), 0.0);
    assert_eq!(PCA::new(1).fit(&same).unwrap().explained_variance_ratio(), [0.0]);
    assert!(SVC::new().fit(&same, &y).unwrap().converged());
    assert_eq!(LinearRegression::new().fit(&same, &y).unwrap().coef()[0], [0.0, 0.0]);
}
