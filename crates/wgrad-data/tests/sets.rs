//! The data sets that are not carried: their real files, where there are any, and what is said where there are none.
//!
//! The files are those of `WGRAD_DATA`, or of `../shared/data` beside the repository. Without them there is nothing to test, and the run says so.

use std::path::{Path, PathBuf};
use wgrad_data::{BostonHousing, Cifar10, Download, Imdb, Mnist, Places, Reviews, Source, TinyShakespeare};
use wgrad_tensor::Tensor;

fn data() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("WGRAD_DATA").map_or_else(beside, PathBuf::from);
    let found = path.is_dir().then_some(path);
    if found.is_none() {
        eprintln!("SKIPPED: there is no WGRAD_DATA");
    }
    found
}

/// Places that have the folder `set`, if there is one.
fn with(set: &str) -> Option<Places> {
    let path = data()?;
    if !path.join(set).is_dir() {
        eprintln!("SKIPPED: WGRAD_DATA has no {set}");
        return None;
    }
    Some(Places { user: Some(path), ..Places::default() })
}

/// The elements of a tensor on the host.
fn numbers(tensor: &Tensor) -> Vec<f64> {
    tensor.value().unwrap().host().unwrap().to_f64()
}

/// How many labels are `class`.
fn count(labels: &[f64], class: u32) -> usize {
    labels.iter().filter(|&&label| label == f64::from(class)).count()
}

/// Mean and standard deviation.
fn statistics(pixels: &[f64]) -> (f64, f64) {
    let n = pixels.len() as f64;
    let mean = pixels.iter().sum::<f64>() / n;
    let variance = pixels.iter().map(|&p| (p - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

#[test]
fn mnist_is_mnist() {
    let Some(places) = with("mnist") else { return };
    let data = Mnist::load_from(&places).unwrap();
    let labels = numbers(&data.train.labels);
    assert_eq!(labels[..10], [5., 0., 4., 1., 9., 2., 1., 3., 1., 4.]);
    assert_eq!(numbers(&data.test.labels)[..10], [7., 2., 1., 0., 4., 1., 4., 9., 5., 9.]);
    let counts: Vec<_> = (0..10).map(|class| count(&labels, class)).collect();
    assert_eq!(counts, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    let (mean, deviation) = statistics(&numbers(&data.train.images));
    assert!((mean - 0.13066).abs() < 1e-5 && (deviation - 0.30811).abs() < 1e-5, "{mean} {deviation}");
    assert_eq!(data.test.images.shape()[..], [10_000, 28, 28]);
}

#[test]
fn cifar10_has_its_classes_in_equal_numbers() {
    let Some(places) = with("cifar10-subset") else { return };
    let data = Cifar10::load_from(&places).unwrap();
    let n = data.train.len();
    assert!(n == 1000 || n == 50_000, "{n}");
    assert_eq!(data.train.images.shape()[..], [n, 32, 32, 3]);
    let labels = numbers(&data.train.labels);
    assert!((0..10).all(|class| count(&labels, class) == n / 10));
    // The first image of the training set is a frog on brown ground, the second a truck.
    assert_eq!(labels[..2], [6., 9.]);
    assert_eq!(numbers(&data.train.images)[..3].iter().map(|p| (p * 255.0).round()).collect::<Vec<_>>(), [59.0, 62.0, 63.0]);
}

#[test]
fn imdb_is_encoded_as_keras_does() {
    let Some(places) = with("imdb") else { return };
    let data = Imdb::load_from(&places, 10_000).unwrap();
    let positive = |labels: Tensor| count(&numbers(&labels), 1);
    assert_eq!((data.train.len(), positive(data.train.labels())), (25_000, 12_500));
    assert_eq!((data.test.len(), positive(data.test.labels())), (25_000, 12_500));
    let tokens = |reviews: &Reviews| (reviews.iter().map(<[i32]>::len).sum::<usize>(), reviews.iter().map(<[i32]>::len).max());
    assert_eq!((tokens(&data.train), tokens(&data.test)), ((5_967_841, Some(2494)), (5_833_817, Some(2333))));
    // What Keras' documentation shows of x_train[0] and x_test[0].
    let find = |reviews: &Reviews, length: usize, ids: &[i32]| reviews.iter().filter(|r| r.len() == length && r.starts_with(ids)).count();
    assert_eq!(find(&data.train, 218, &[1, 14, 22, 16, 43, 530, 973, 1622]), 1);
    assert_eq!(find(&data.test, 68, &[1, 591, 202, 14, 31, 6, 717]), 1);
    assert!(data.train.iter().chain(data.test.iter()).flatten().all(|id| (1..10_000).contains(id)));

    let index = Imdb::word_index_from(&places).unwrap();
    assert_eq!((index.id("the"), index.word(22)), (4, Some("film")));
    let review = data.train.iter().find(|r| r.len() == 218 && r.starts_with(&[1, 14, 22, 16, 43, 530, 973])).unwrap();
    assert!(
        index.decode(review).starts_with("? this film was just brilliant casting location scenery story direction"),
        "{}",
        index.decode(review)
    );
}

#[test]
fn fewer_words_are_the_same_reviews() {
    let Some(places) = with("imdb") else { return };
    let (many, few) = (Imdb::load_from(&places, 10_000).unwrap(), Imdb::load_from(&places, 500).unwrap());
    let cut = |id: &i32| if *id < 500 { *id } else { 2 };
    assert!(many.test.iter().zip(few.test.iter()).all(|(many, few)| many.iter().map(cut).eq(few.iter().copied())));
    let rows = few.test.slice(0..10).multi_hot(500).unwrap();
    assert_eq!(rows.shape()[..], [10, 500]);
}

#[test]
fn a_set_that_no_place_has_is_an_error_that_says_what_to_do() {
    let help = |set: &str| format!("set WGRAD_DATA to a directory that has the folder {set}");
    let error = Mnist::load_from(&Places::default()).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "the data set mnist is neither here nor can it be fetched (there is no cache directory to download into); {}",
            help("mnist")
        )
    );
    let cache = tempfile::tempdir().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let places = Places { cache: Some(cache.path().into()), download: Download::From(format!("http://{closed}")), ..Places::default() };
    let error = Imdb::load_from(&places, 100).unwrap_err().to_string();
    let begin = format!("the data set imdb is neither here nor can it be fetched (http://{closed}/imdb_word_index.json: ");
    assert!(error.starts_with(&begin) && error.ends_with(&help("imdb")), "{error}");
    let never = Places { download: Download::Never, ..places };
    let error = Cifar10::load_from(&never).unwrap_err().to_string();
    assert!(error.contains("cifar-10-binary.tar.gz: there is no address to download it from"), "{error}");
}

#[test]
fn files_of_the_users_directory_are_checked() {
    let directory = tempfile::tempdir().unwrap();
    let places = Places { user: Some(directory.path().into()), ..Places::default() };
    let set = directory.path().join("imdb");
    std::fs::create_dir(&set).unwrap();
    std::fs::write(set.join("imdb.npz"), b"PK").unwrap();
    let error = Imdb::load_from(&places, 100).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: the SHA-256 of its unpacked content is ", set.join("imdb.npz").display())), "{error}");
    let error = Imdb::word_index_from(&places).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: ", set.join("imdb_word_index.json").display())) && error.contains("No such file"), "{error}");
}

#[test]
fn tiny_shakespeare_comes_with_the_crate() {
    let data = TinyShakespeare::load().unwrap();
    assert_eq!((data.text.len(), data.text.lines().count(), data.vocabulary.len()), (1_115_394, 40_000, 65));
    assert_eq!(data.ids().unwrap().shape()[..], [1_115_394]);
    assert_eq!(data.encode("Ä").unwrap_err().to_string(), "TinyShakespeare::encode: the character 'Ä' is not in the vocabulary");
    assert_eq!(data.decode(&[0, 1, -1, 65]), "\n \u{fffd}\u{fffd}");
}

#[test]
fn sources_say_where() {
    assert_eq!(Source::User("/here/mnist".into()).to_string(), "/here/mnist (WGRAD_DATA)");
}

#[test]
fn boston_housing_is_a_table_from_where_it_lies() {
    let error = BostonHousing::load_from(&Places::default()).unwrap_err().to_string();
    assert!(error.starts_with("the data set boston-housing is neither here"), "{error}");
    let Some(places) = with("tables") else { return };
    let table = BostonHousing::load_from(&places).unwrap();
    assert_eq!((table.len(), table.names().count(), table.numbers(BostonHousing::TARGET).unwrap()[0]), (506, 14, 24.0));
    let medv = table.describe().get("medv").copied().unwrap();
    assert!((medv.mean - 22.532806324110677).abs() < 1e-12 && (medv.median - 21.2).abs() < 1e-12, "{medv:?}");
}
