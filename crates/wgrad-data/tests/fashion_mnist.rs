//! Where Fashion-MNIST is found, and what is said of files that are missing or wrong.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use wgrad_data::{Download, FashionMnist, Places, Source};
use wgrad_tensor::{HostData, Tensor};

const FILES: [&str; 4] =
    ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample")
}

/// A data directory with the files of the sample, to be damaged.
fn copy_of_sample() -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let set = directory.path().join("fashion-mnist");
    fs::create_dir(&set).unwrap();
    for file in FILES {
        fs::copy(sample().join("fashion-mnist").join(file), set.join(file)).unwrap();
    }
    (directory, set)
}

fn user(path: &Path) -> Places {
    Places { user: Some(path.into()), ..Places::default() }
}

fn error(path: &Path) -> String {
    FashionMnist::load_from(&user(path)).unwrap_err().to_string()
}

fn host(tensor: &Tensor) -> &HostData {
    tensor.value().unwrap().host().unwrap()
}

#[test]
fn the_sample_is_what_it_says() {
    let data = FashionMnist::load_from(&Places::default()).unwrap();
    assert_eq!(data.train.images.spec().to_string(), "f32[10000, 28, 28]");
    assert_eq!(data.test.images.spec().to_string(), "f32[2000, 28, 28]");
    assert_eq!(data.test.labels.spec().to_string(), "i32[2000]");
    let HostData::I32(labels) = host(&data.train.labels) else { panic!("labels are i32") };
    assert_eq!(labels[..10], [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
    let HostData::F32(pixels) = host(&data.train.images) else { panic!("pixels are f32") };
    let mean = pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / pixels.len() as f64;
    assert!((mean - 0.286).abs() < 0.002, "{mean}");
    assert!(pixels.iter().all(|p| (0.0..=1.0).contains(p)) && pixels.contains(&1.0));
    assert_eq!(data.source.to_string(), "the sample that wgrad carries (there is no cache directory to download into)");
}

#[test]
fn take_keeps_the_first() {
    let data = FashionMnist::load_from(&Places::default()).unwrap();
    let few = data.train.take(3);
    assert_eq!((few.len(), few.images.spec().to_string()), (3, "f32[3, 28, 28]".into()));
    assert_eq!(host(&few.labels), &HostData::I32(vec![9, 0, 0]));
    assert_eq!(data.test.take(usize::MAX).len(), 2000);
    assert!(data.test.take(0).is_empty());
}

#[test]
fn the_users_directory_comes_first() {
    let (directory, set) = copy_of_sample();
    let places = Places { system: Some(sample()), cache: Some(sample()), ..user(directory.path()) };
    assert_eq!(FashionMnist::load_from(&places).unwrap().source, Source::User(set));
}

#[test]
fn then_the_systems_then_the_cache() {
    let (directory, set) = copy_of_sample();
    let places = Places { system: Some(directory.path().into()), cache: Some(sample()), ..Places::default() };
    assert_eq!(FashionMnist::load_from(&places).unwrap().source, Source::System(set));
    let places = Places { system: Some("/nowhere".into()), cache: Some(sample()), ..Places::default() };
    assert_eq!(FashionMnist::load_from(&places).unwrap().source, Source::Cache(sample().join("fashion-mnist")));
}

#[test]
fn a_missing_file_is_named() {
    let (directory, set) = copy_of_sample();
    fs::remove_file(set.join(FILES[3])).unwrap();
    let error = error(directory.path());
    assert!(error.starts_with(&set.join(FILES[3]).display().to_string()) && error.contains("No such file"), "{error}");
}

#[test]
fn a_missing_directory_is_named() {
    let error = error(Path::new("/nowhere"));
    assert!(error.starts_with("/nowhere/fashion-mnist/train-images-idx3-ubyte.gz: "), "{error}");
}

#[test]
fn a_truncated_file_is_named() {
    let (directory, set) = copy_of_sample();
    let path = set.join(FILES[0]);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = error(directory.path());
    assert!(error.starts_with(&format!("{}: not a whole gzip file: ", path.display())), "{error}");
}

#[test]
fn another_file_is_named_with_both_sums() {
    let (directory, set) = copy_of_sample();
    fs::copy(set.join(FILES[3]), set.join(FILES[1])).unwrap();
    let error = error(directory.path());
    let place = format!("{}: the SHA-256 of its unpacked content is aa3f574d", set.join(FILES[1]).display());
    assert!(error.starts_with(&place) && error.contains("bad3541b"), "{error}");
}

/// Answers each request with `status` and `body`, for one file after the other.
fn serve(status: &'static str, body: Vec<u8>, requests: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(requests) {
            let mut stream = BufReader::new(stream.unwrap());
            let mut line = String::new();
            while stream.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.get_mut().write_all(&[head.as_bytes(), &body].concat()).unwrap();
        }
    });
    url
}

/// What the run says after a download that failed, and the files that it left.
fn failed_download(url: String) -> (String, usize) {
    let cache = TempDir::new().unwrap();
    let places = Places { cache: Some(cache.path().into()), download: Download::From(url), ..Places::default() };
    let data = FashionMnist::load_from(&places).unwrap();
    assert_eq!(data.train.images.shape()[0], 10_000);
    let left = fs::read_dir(cache.path().join("fashion-mnist")).map_or(0, Iterator::count);
    (data.source.to_string(), left)
}

#[test]
fn without_a_network_the_sample_is_used_and_the_run_says_why() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (source, left) = failed_download(format!("http://{closed}"));
    assert!(
        source.starts_with("the sample that wgrad carries (http://127.0.0.1:") && source.contains("train-labels-idx1-ubyte.gz: "),
        "{source}"
    );
    assert_eq!(left, 0);
    let (source, left) = failed_download(serve("404 Not Found", Vec::new(), 1));
    assert!(source.contains("404"), "{source}");
    assert_eq!(left, 0);
}

#[test]
fn a_download_of_the_wrong_sum_is_not_kept() {
    let sample = fs::read(sample().join("fashion-mnist").join(FILES[1])).unwrap();
    let (source, left) = failed_download(serve("200 OK", sample, 1));
    assert!(source.contains("the SHA-256 of its unpacked content is a69f2dad"), "{source}");
    assert_eq!(left, 0);
}
