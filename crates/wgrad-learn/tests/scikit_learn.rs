//! The learners against scikit-learn 1.9.1. The data is made by a formula; the numbers are what this gave, with `tol=1e-12` for `LogisticRegression` (its solver `newton-cholesky`, which comes nearest) and `1e-8` for `SVC`:
//!
//! ```python
//! def noise(i, j): return ((i * 7919 + j * 104729 + 13 * i * i * (j + 1)) % 997) / 997 - 0.5
//! x = np.array([[2.0 * (i % 3 == j) + (1.5 + 0.5 * j) * noise(i, j) for j in range(3)] for i in range(60)], np.float32)
//! y = np.arange(60) % 3
//! ```
#![allow(clippy::excessive_precision)]

use wgrad_cpu as _;
use wgrad_learn::{Init, KMeans, Kernel, LinearRegression, LogisticRegression, PCA, SVC, SupportVectors};
use wgrad_tensor::{DType, Device, Tensor};

fn data() -> (Tensor, Tensor) {
    let noise = |i: usize, j: usize| ((i * 7919 + j * 104_729 + 13 * i * i * (j + 1)) % 997) as f64 / 997.0 - 0.5;
    let element = |i: usize, j: usize| 2.0 * f64::from(u8::from(i % 3 == j)) + (1.5 + 0.5 * j as f64) * noise(i, j);
    let x = (0..180).map(|k| element(k / 3, k % 3) as f32).collect::<Vec<f32>>();
    (Tensor::from_vec(x, [60, 3]), Tensor::from_vec((0..60).map(|i| i % 3).collect::<Vec<i32>>(), [60]))
}

fn devices() -> [Device; 2] {
    ["cpu", "reference"].map(|name| Device::open(name).unwrap())
}

#[track_caller]
fn close(got: impl AsRef<[f64]>, expected: &[f64], tolerance: f64) {
    let got = got.as_ref();
    assert_eq!(got.len(), expected.len(), "{got:?}");
    let near = got.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance);
    assert!(near, "{got:?}\n{expected:?}");
}

fn values(tensor: &Tensor) -> Vec<f64> {
    tensor.to_host().unwrap().data().to_f64()
}

/// `KMeans(3, init=x[:3], n_init=1)`
#[test]
fn k_means() {
    let (x, y) = data();
    for device in devices() {
        let clusters = KMeans::new(3).init(Init::Centers(x.i(..3))).device(&device).fit(&x).unwrap();
        let centers = [
            1.9453861653804778,
            -0.0985957871191202,
            -0.15546640232205378,
            0.1232626479385156,
            2.058126775991348,
            -0.08393035545235572,
            0.022528115071748567,
            -0.12812120388997206,
            1.9053080489760952,
        ];
        close(values(&clusters.cluster_centers()), &centers, 1e-12);
        close([clusters.inertia()], &[64.28880642427488], 1e-10);
        assert_eq!(clusters.n_iter(), 5);
        let mut labels = y.to_vec::<i32>().unwrap();
        labels[35] = 1;
        assert_eq!(clusters.labels(), labels);
        assert_eq!(clusters.predict(&x).unwrap().to_vec::<i32>().unwrap(), labels);
        let distances = clusters.transform(&x).unwrap();
        close([distances.min(-1).square().sum(()).item::<f64>().unwrap()], &[clusters.inertia()], 1e-10);
    }
}

/// `KMeans(5, init=[*x[:3], [50, 50, 50], [60, 60, 60]], n_init=1)`: two clusters have no samples at first.
#[test]
fn k_means_fills_empty_clusters() {
    let (x, _) = data();
    let far = Tensor::from([[50.0f32; 3], [60.0; 3]]);
    let first = Tensor::concat(&[x.i(..3), far], 0);
    let clusters = KMeans::new(5).init(Init::Centers(first)).fit(&x).unwrap();
    close([clusters.inertia()], &[42.66668484262314], 1e-10);
    assert_eq!(clusters.n_iter(), 4);
}

/// Of squares as 1e16 the digits of 1e-4 are lost, of differences they are not.
#[test]
fn inertia_of_narrow_clusters_far_from_each_other() {
    let x = Tensor::from([[-1e8], [-1e8 + 0.01], [1e8], [1e8 + 0.01]]);
    let first = Init::Centers(Tensor::from([[-1e8], [1e8]]));
    close([KMeans::new(2).init(first).fit(&x).unwrap().inertia()], &[1e-4], 1e-9);
}

/// The least inertia of `KMeans(3, n_init=50)`.
#[test]
fn k_means_from_starts_of_its_own() {
    let (x, _) = data();
    for init in [Init::KMeansPlusPlus, Init::Random] {
        let fit = || KMeans::new(3).init(init.clone()).n_init(10).seed(4).fit(&x).unwrap();
        let clusters = fit();
        close([clusters.inertia()], &[64.28880642427488], 1e-10);
        assert_eq!(clusters.labels(), fit().labels());
    }
    // As many clusters as samples: each is its own center.
    assert!(KMeans::new(60).fit(&x).unwrap().inertia() < 1e-12);
}

/// `PCA(2)`, and `PCA(0.8).n_components_`
#[test]
fn principal_components() {
    let (x, _) = data();
    for device in devices() {
        let pca = PCA::new(2).device(&device).fit(&x).unwrap();
        let components =
            [-0.2904592844889995, -0.41501501566244703, 0.8622041178449784, -0.6271647925483098, 0.7630978995085178, 0.1560317876380434];
        close(values(&pca.components()), &components, 1e-12);
        close(pca.explained_variance(), &[1.8302651816833004, 1.7011934551947927], 1e-12);
        close(pca.explained_variance_ratio(), &[0.47235496054693, 0.43904412073893506], 1e-12);
        close(pca.singular_values(), &[10.391614201812668, 10.018503573712632], 1e-12);
        let z = [-0.8509582916867314, -1.7772104763018732, -1.529638223660135, 0.0495881255834244];
        close(values(&pca.transform(&x.i(..2)).unwrap()), &z, 1e-12);
        assert_eq!(PCA::of_variance(0.8).device(&device).fit(&x).unwrap().explained_variance().len(), 2);
        let all = PCA::new(3).device(&device).fit(&x).unwrap();
        let back = all.inverse_transform(&all.transform(&x).unwrap()).unwrap();
        close(values(&back), &values(&x), 1e-12);
    }
}

/// `LinearRegression()` of `x @ [1, -2, 0.5] + 3 + x[:, 0]**2` and `x[:, 1]**2`
#[test]
fn linear_regression() {
    let (x, _) = data();
    for device in devices() {
        let x = x.cast(DType::F64);
        let column = |i: usize| x.i((.., i));
        let first = column(0) - column(1) * 2.0 + column(2) * 0.5 + 3.0 + column(0).square();
        let y = Tensor::stack(&[first.clone(), column(1).square()], 1);
        let model = LinearRegression::new().device(&device).fit(&x, &y).unwrap();
        close(&model.coef()[0], &[3.1278996082026804, -1.9379371512009698, 0.6889431228615511], 1e-12);
        close(&model.coef()[1], &[-0.4492094120771114, 1.6010891810936774, -0.47242882097367905], 1e-12);
        close(model.intercept(), &[2.848732905643697, 1.3102613939753707], 1e-12);
        close([model.score(&x, &y).unwrap()], &[0.88730967448466], 1e-12);
        assert_eq!(model.predict(&x).unwrap().shape().to_vec(), [60, 2]);
        let through_origin = LinearRegression::new().fit_intercept(false).device(&device).fit(&x, &first).unwrap();
        close(&through_origin.coef()[0], &[4.573985506812361, -0.8824628374916643, 1.6753819934062548], 1e-12);
        assert_eq!(through_origin.intercept(), [0.0]);
        // A column that is twice another: the solution of least norm.
        let doubled = Tensor::concat(&[x.clone(), x.i((.., ..1)) * 2.0], 1);
        let model = LinearRegression::new().device(&device).fit(&doubled, &first).unwrap();
        close(&model.coef()[0], &[0.6255799216405369, -1.9379371512009709, 0.6889431228615539, 1.2511598432810735], 1e-11);
        let predicted = model.predict(&doubled).unwrap();
        assert_eq!(predicted.shape().to_vec(), [60]);
        let score = model.score(&doubled, &first).unwrap();
        assert!(score > 0.75 && score < 1.0, "{score}");
    }
}

/// `LinearRegression(tol=1e-12)`: the solution of least norm among the features as they are, not among scaled ones.
#[test]
fn linear_regression_of_fewer_samples_than_features() {
    let noise = |i: usize, j: usize| ((i * 7919 + j * 104_729 + 13 * i * i * (j + 1)) % 997) as f64 / 997.0 - 0.5;
    let x = (0..24).map(|k| noise(k / 6, k % 6) * 10_f64.powi((k % 3) as i32)).collect::<Vec<f64>>();
    let model = LinearRegression::new().fit(&Tensor::from_vec(x, [4, 6]), &Tensor::from([1.0, 2.0, 4.0, -1.0])).unwrap();
    let coef =
        [-7.999999999999962, -0.4781347177634487, -3.2799365130951723, -0.017785258485549064, -0.027711518401574278, 1.2242954805246098];
    close(&model.coef()[0], &coef, 1e-9);
}

/// `LinearRegression(tol=1e-12)`: with its own `1e-6` scikit-learn takes the small feature for rounding.
#[test]
fn linear_regression_of_features_of_very_different_scales() {
    let n = 10_000;
    let noise = |i: usize, j: usize| ((i * 7919 + j * 104_729 + 13 * i * i * (j + 1)) % 997) as f64 / 997.0;
    let rows = (0..n).flat_map(|i| [3e7 * noise(i, 0), noise(i, 1), 5e7]).collect::<Vec<f64>>();
    let x = Tensor::from_vec(rows, [n, 3]);
    let y = x.i((.., 0)) * 1e-7 - x.i((.., 1)) * 2.0 + 3.0;
    for device in devices() {
        let coef = |x: &Tensor| LinearRegression::new().device(&device).fit(x, &y).unwrap().coef()[0].clone();
        let [large, small, constant] = coef(&x)[..] else { panic!() };
        close([large * 1e7, small], &[1.0, -2.0], 1e-9);
        assert_eq!(constant, 0.0);
        // The small feature again, three times as large: the least norm has 1/10 and 3/10 of the coefficient.
        let [large, small, _, triple] = coef(&Tensor::concat(&[x.clone(), x.i((.., 1..2)) * 3.0], 1))[..] else { panic!() };
        close([large * 1e7, small, triple], &[1.0, -0.2, -0.6], 1e-7);
    }
}

/// `LogisticRegression()`, and `LogisticRegression(C=0.1)` of class 1 against the others
#[test]
fn logistic_regression() {
    let (x, y) = data();
    for device in devices() {
        let model = LogisticRegression::new().tol(1e-9).max_iter(1000).device(&device).fit(&x, &y).unwrap();
        assert!(model.converged() && model.n_iter() < 100, "{} iterations", model.n_iter());
        let coef = [
            1.6667619991245919,
            -0.6358888186570965,
            -0.4395068376161322,
            -0.7817813971951552,
            1.505573386463388,
            -0.6985100811014164,
            -0.8849806019294366,
            -0.869684567806291,
            1.1380169187175475,
        ];
        close(model.coef().concat(), &coef, 1e-7);
        close(model.intercept(), &[-0.5891242532694769, -0.14821220408459634, 0.7373364573540733], 1e-7);
        close([model.score(&x, &y).unwrap()], &[59.0 / 60.0], 1e-12);
        let probabilities =
            [0.9511557506030867, 0.012833591727485893, 0.03601065766942725, 0.21938207393778678, 0.7597650820210264, 0.02085284404118688];
        close(values(&model.predict_proba(&x.i(..2)).unwrap()), &probabilities, 1e-7);

        let one = y.eq(1).cast(DType::I32);
        let model = LogisticRegression::new().c(0.1).tol(1e-9).max_iter(1000).device(&device).fit(&x, &one).unwrap();
        close(&model.coef()[0], &[-0.434482086032011, 0.9885851990888881, -0.433318592547771], 1e-7);
        close(model.intercept(), &[-1.04320241034309], 1e-7);
        let decisions = [-2.0416016250222744, 0.13965316422370933, -2.715935894723552];
        close(values(&model.decision_function(&x.i(..3)).unwrap()), &decisions, 1e-7);
        // With the default tolerance as near as scikit-learn comes with its own.
        let model = LogisticRegression::new().device(&device).fit(&x, &y).unwrap();
        assert!(model.converged());
        close(model.coef().concat(), &coef, 0.05);
    }
}

struct Expected<'a> {
    n_support: &'a [usize],
    support: &'a [usize],
    intercept: &'a [f64],
    decisions: &'a [f64],
    dual: f64,
}

#[track_caller]
fn check_svc(svc: &SupportVectors, x: &Tensor, expected: &Expected<'_>) {
    assert!(svc.converged());
    assert_eq!(svc.n_support(), expected.n_support);
    assert_eq!(svc.support(), expected.support);
    close(svc.intercept(), expected.intercept, 1e-6);
    close(values(&svc.decision_function(&x.i(..3)).unwrap()), expected.decisions, 1e-6);
    close([svc.dual_coef().concat().iter().map(|coef| coef.abs()).sum()], &[expected.dual], 1e-5);
    let rows: Vec<i32> = svc.support().iter().map(|row| *row as i32).collect();
    let n = rows.len();
    let vectors = x.take(&Tensor::from_vec(rows, [n]), 0);
    close(values(&svc.support_vectors().unwrap()), &values(&vectors), 1e-12);
}

/// `SVC()`, `SVC(kernel="linear", C=0.5)`, `SVC(gamma=2.0, C=10)`
#[test]
fn support_vectors_of_three_classes() {
    let (x, y) = data();
    for device in devices() {
        let svc = || SVC::new().tol(1e-8).device(&device);
        let rbf = svc().fit(&x, &y).unwrap();
        close([rbf.gamma()], &[0.26132414612462607], 1e-12);
        let expected = Expected {
            n_support: &[9, 8, 9],
            support: &[0, 6, 18, 24, 30, 33, 51, 54, 57, 1, 4, 10, 13, 22, 25, 31, 43, 2, 11, 14, 26, 32, 35, 47, 50, 53],
            intercept: &[0.0783131845121084, -0.07031780853416587, 0.018588971471712314],
            decisions: &[
                2.223534040396827,
                0.8319071230363246,
                -0.1682007497189712,
                0.9709346585168505,
                2.200602533682444,
                -0.19535414848352017,
                0.9270784133800344,
                -0.20681681003039526,
                2.2189715320183843,
            ],
            dual: 23.22296121501048,
        };
        check_svc(&rbf, &x, &expected);
        assert_eq!(rbf.score(&x, &y).unwrap(), 1.0);
        let linear = svc().kernel(Kernel::Linear).c(0.5).fit(&x, &y).unwrap();
        let expected = Expected {
            n_support: &[6, 5, 5],
            support: &[6, 18, 24, 30, 33, 57, 1, 4, 10, 22, 31, 2, 11, 32, 35, 50],
            intercept: &[-0.11850840937321366, -0.9239888422985574, -0.1310896630455592],
            decisions: &[
                2.2550716239861432,
                -0.23436641709278702,
                0.8429323547110193,
                1.088212466650299,
                2.2230509348001872,
                -0.2347844670889677,
                1.1400313317093835,
                -0.2591453188091001,
                2.2448848320658974,
            ],
            dual: 8.424107244262178,
        };
        check_svc(&linear, &x, &expected);
        let narrow = svc().gamma(2.0).c(10.0).fit(&x, &y).unwrap();
        close(narrow.intercept(), &[0.01750903099569771, 0.00892572819904571, -0.01072579617759536], 1e-6);
        assert_eq!(narrow.n_support(), [14, 14, 15]);
        close([narrow.dual_coef().concat().iter().map(|coef| coef.abs()).sum()], &[48.42805464373424], 1e-5);
    }
}

/// `SVC(kernel="linear")` of class 2 against the others
#[test]
fn support_vectors_of_two_classes() {
    let (x, y) = data();
    let two = y.eq(2).cast(DType::I32) * 10 - 3;
    let svc = SVC::new().kernel(Kernel::Linear).tol(1e-8).fit(&x, &two).unwrap();
    let expected = Expected {
        n_support: &[5, 4],
        support: &[18, 22, 33, 52, 57, 11, 32, 35, 50],
        intercept: &[0.155023388007812],
        decisions: &[-1.32503931212431, -3.1203118905159815, 1.8348354122917192],
        dual: 0.0,
    };
    let dual = [-1.0, -1.0, -0.4364140134950157, -0.5198163687148848, -1.0, 1.0, 1.0, 1.0, 0.9562303822099004];
    close(&svc.dual_coef()[0], &dual, 1e-6);
    check_svc(&svc, &x, &Expected { dual: dual.iter().map(|coef| f64::abs(*coef)).sum(), ..expected });
    assert_eq!(svc.classes(), [-3, 7]);
    assert_eq!(svc.predict(&x.i(..3)).unwrap().to_vec::<i32>().unwrap(), [-3, -3, 7]);
}
