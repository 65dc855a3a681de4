//! Two classic learners: football players told apart by k-means without being told their roles, and blobs parted by the widest margin, with the support vectors circled.
//!
//!     cargo run --release --example kmeans_and_svm [-- --device D] [--quick] [--out DIR]
//!
//! The players are drawn at random (seeded): 60 defenders and 60 forwards, with statistics for a season such as those of real ones.

use anyhow::Result;
use std::process::ExitCode;
use wgrad::{
    DType, Tensor,
    learn::{Gamma, KMeans, Kernel, PCA, SVC, accuracy_score},
    plot::{Plot, decision_boundary_of},
    tune::{StratifiedKFold, cross_val_score},
};
use wgrad_study::Study;

fn main() -> ExitCode {
    wgrad_study::main("kmeans_and_svm", run)
}

pub(crate) fn run(study: &Study) -> Result<()> {
    players(study)?;
    margin(study)?;
    moons(study)
}

/// What is counted in a season, with mean and standard deviation of defenders and of forwards.
const STATISTICS: [(&str, [(f32, f32); 2]); 6] = [
    ("goals", [(1.5, 1.2), (13.0, 5.0)]),
    ("shots per match", [(0.5, 0.25), (2.8, 0.8)]),
    ("tackles per match", [(2.2, 0.6), (0.7, 0.35)]),
    ("clearances per match", [(4.5, 1.3), (0.6, 0.4)]),
    ("passes per match", [(52.0, 12.0), (25.0, 7.0)]),
    ("dribbles per match", [(0.5, 0.3), (1.8, 0.7)]),
];

/// A row for each player, standardized, and the roles: 0 defends, 1 attacks.
fn season(each: usize) -> Result<(Tensor, Tensor, Tensor)> {
    let mut columns = Vec::new();
    for (number, (_, roles)) in STATISTICS.iter().enumerate() {
        let of = |role: usize| {
            let (mean, std) = roles[role];
            Tensor::normal([each], mean, std, (2 * number + role) as u64).clip(0.0, f64::from(mean + 4.0 * std))
        };
        columns.push(Tensor::concat(&[of(0), of(1)], 0));
    }
    let table = Tensor::stack(&columns, 1).eval()?;
    let standard = ((&table - table.mean_keep(0)) / table.std_keep(0)).eval()?;
    let roles = Tensor::arange(0, 2 * each as i32, 1).ge(each).cast(DType::I32);
    Ok((table, standard, roles))
}

fn players(study: &Study) -> Result<()> {
    let (table, x, roles) = season(study.choose(60, 30))?;
    let clusters = KMeans::new(2).n_init(10).seed(1).fit(&x)?;
    println!("k-means: inertia {:.2} after {} iterations", clusters.inertia(), clusters.n_iter());
    let found = Tensor::from_vec(clusters.labels().to_vec(), [clusters.labels().len()]);
    // Clusters have no names: the better of both ways to give them roles.
    let agreement = accuracy_score(&roles, &found)?;
    study.result("kmeans_agreement", agreement.max(1.0 - agreement));
    study.result("kmeans_inertia", clusters.inertia());

    // Six dimensions are none to look at: two directions show most of them.
    let pca = PCA::new(2).fit(&x)?;
    study.result("explained_variance", pca.explained_variance_ratio().iter().sum::<f64>());
    let (seen, centers) = (pca.transform(&x)?, pca.transform(&clusters.cluster_centers())?);
    let mut plot =
        Plot::new("Players in two clusters").note("rings are the centers").axes("first principal component", "second principal component");
    for cluster in 0..2 {
        let (x, y) = members(&seen, clusters.labels(), cluster)?;
        plot = plot.dots(&format!("cluster {}", cluster + 1), &x, &y);
    }
    let (x_centers, y_centers) = columns(&centers)?;
    study.picture("players.png", &plot.rings("center", &x_centers, &y_centers).draw()?)?;

    let mut text = String::from("cluster,players");
    STATISTICS.iter().for_each(|(name, _)| text += &format!(",{name}"));
    for cluster in 0..2 {
        let rows: Vec<i32> = (0..).zip(clusters.labels()).filter(|(_, label)| **label == cluster).map(|(row, _)| row).collect();
        let count = rows.len();
        let means = table.take(&Tensor::from_vec(rows, [count]), 0).mean(0).to_vec::<f32>()?;
        text += &format!("\n{},{count}", cluster + 1);
        means.iter().for_each(|mean| text += &format!(",{mean:.2}"));
    }
    println!("{text}");
    study.text("clusters.csv", text + "\n")?;

    let ks: Vec<usize> = (1..=8).collect();
    let inertia = ks.iter().map(|k| Ok(KMeans::new(*k).n_init(5).fit(&x)?.inertia())).collect::<Result<Vec<f64>>>()?;
    let ks: Vec<f64> = ks.into_iter().map(|k| k as f64).collect();
    let elbow = Plot::new("The elbow").axes("clusters", "inertia").line("inertia", &ks, &inertia);
    study.picture("elbow.png", &elbow.draw()?)
}

/// Two blobs that a line can part: the one with the widest margin.
fn margin(study: &Study) -> Result<()> {
    let n = 40;
    let blob = |x: f32, y: f32, seed| Tensor::normal([n, 2], 0.0, 0.75, seed) + Tensor::from([x, y]);
    let x = Tensor::concat(&[blob(-1.8, -1.2, 11), blob(1.8, 1.6, 12)], 0).eval()?;
    let labels: Vec<i32> = (0..2 * n as i32).map(|row| row / n as i32).collect();
    let y = Tensor::from_vec(labels.clone(), [2 * n]);
    let svc = SVC::new().kernel(Kernel::Linear).c(1000.0).fit(&x, &y)?;
    study.result("svm_accuracy", svc.score(&x, &y)?);
    study.result("svm_support_vectors", svc.support().len() as f64);

    // The line is w . x + b = 0, w the weighted sum of the support vectors; the margin ends at 1 and -1.
    let vectors = svc.support_vectors()?;
    let weights: Vec<f32> = svc.dual_coef().concat().into_iter().map(|coef| coef as f32).collect();
    let weights = Tensor::from_vec(weights, [svc.support().len()]).cast(vectors.dtype());
    let w = vectors.transpose().matmul(&weights.unsqueeze(-1)).flatten().to_host()?.data().to_f64();
    let (w, b) = ([w[0], w[1]], svc.intercept()[0]);
    study.result("svm_margin", 2.0 / w[0].hypot(w[1]));

    let (xs, _) = columns(&x)?;
    let ends = [xs.iter().copied().fold(f64::INFINITY, f64::min), xs.iter().copied().fold(f64::NEG_INFINITY, f64::max)];
    let line = |value: f64| ends.map(|x| (value - b - w[0] * x) / w[1]).to_vec();
    let mut plot = Plot::new("The widest margin").note("support vectors are circled").axes("x", "y");
    for class in 0..2 {
        let (x, y) = members(&x, &labels, class)?;
        plot = plot.dots(&format!("class {class}"), &x, &y);
    }
    let (x_support, y_support) = columns(&vectors)?;
    let plot = plot.rings("support vector", &x_support, &y_support).line("boundary", &ends, &line(0.0));
    let plot = plot.dashes("margin", &ends, &line(1.0)).dashes("", &ends, &line(-1.0));
    study.picture("margin.png", &plot.draw()?)
}

/// Two half moons that no line parts: the RBF kernel does.
fn moons(study: &Study) -> Result<()> {
    let n = study.choose(150, 60);
    let angle = Tensor::linspace(0.0f32, std::f32::consts::PI, n);
    let upper = Tensor::stack(&[angle.cos(), angle.sin()], 1);
    let lower = Tensor::stack(&[1.0 - angle.cos(), 0.5 - angle.sin()], 1);
    let x = (Tensor::concat(&[upper, lower], 0) + Tensor::normal([2 * n, 2], 0.0, 0.15, 21)).eval()?;
    let y = Tensor::arange(0, 2 * n as i32, 1).ge(n).cast(DType::I32).eval()?;
    for (name, kernel) in [("linear", Kernel::Linear), ("rbf", Kernel::Rbf)] {
        let svc = || SVC::new().kernel(kernel).gamma(if kernel == Kernel::Rbf { Gamma::Value(2.0) } else { Gamma::Scale });
        let folds = StratifiedKFold::new(5).shuffle(true).seed(1);
        let scores = cross_val_score(&folds, &x, &y, |fold| svc().fit(&fold.x_train, &fold.y_train)?.score(&fold.x_test, &fold.y_test))?;
        println!("{name} kernel: accuracy {scores}");
        study.result(&format!("moons_{name}_accuracy"), scores.mean());
        if kernel == Kernel::Rbf {
            let model = svc().fit(&x, &y)?;
            study.result("moons_support_vectors", model.support().len() as f64);
            let picture = decision_boundary_of(
                |points| model.decision_function(points).map(|d| d.sigmoid().unsqueeze(-1)),
                &x,
                &y,
                &["upper", "lower"],
            );
            study.picture("moons.png", &picture?)?;
        }
    }
    Ok(())
}

/// The two columns of points.
fn columns(points: &Tensor) -> Result<(Vec<f64>, Vec<f64>)> {
    let values = points.to_host()?.data().to_f64();
    Ok((values.iter().copied().step_by(2).collect(), values.iter().copied().skip(1).step_by(2).collect()))
}

/// The columns of the points with a label.
fn members(points: &Tensor, labels: &[i32], label: i32) -> Result<(Vec<f64>, Vec<f64>)> {
    let (x, y) = columns(points)?;
    Ok(x.into_iter().zip(y).zip(labels).filter(|(_, known)| **known == label).map(|(point, _)| point).unzip())
}
