//! Fetching a file of a data set into the user's cache.

use crate::{Error, Result, file::DataFile};
use std::{
    fs,
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Fetches the file from the first of `addresses` (of folders) that has it and puts it into `directory`, if it is the file it should be. Others never
/// see a part of it.
pub(crate) fn fetch(addresses: &[&str], file: &DataFile, directory: &Path) -> Result<()> {
    let mut result = Err(Error::Download { url: file.name.into(), why: "there is no address to download it from".into() });
    for base in addresses {
        result = fetch_from(base, file, directory);
        if result.is_ok() {
            break;
        }
    }
    result
}

fn fetch_from(base: &str, file: &DataFile, directory: &Path) -> Result<()> {
    let url = format!("{}/{}", base.trim_end_matches('/'), file.name);
    let partial = part(directory, file.name);
    let io = |source| Error::Io { file: partial.display().to_string(), source };
    let stored = fs::create_dir_all(directory)
        .and_then(|()| fs::File::create(&partial))
        .map_err(io)
        .and_then(|part| get(&url, file, part))
        .and_then(|()| file.check_download(&partial, &url))
        .and_then(|()| fs::rename(&partial, directory.join(file.name)).map_err(io));
    if stored.is_err() {
        // Nothing more can be done where the part cannot be removed either.
        let _ = fs::remove_file(&partial);
    }
    stored
}

/// A file that no other process and no other thread writes, for what has come so far.
fn part(directory: &Path, name: &str) -> PathBuf {
    static PARTS: AtomicU64 = AtomicU64::new(0);
    directory.join(format!("{name}.{}.{}.part", std::process::id(), PARTS.fetch_add(1, Ordering::Relaxed)))
}

/// Short limits on each phase: where there is no network, the program should soon go on without.
fn get(url: &str, file: &DataFile, part: fs::File) -> Result<()> {
    let seconds = |n| Some(Duration::from_secs(n));
    let config = ureq::Agent::config_builder()
        .timeout_resolve(seconds(5))
        .timeout_connect(seconds(5))
        .timeout_recv_response(seconds(10))
        .timeout_per_read(seconds(10))
        .build();
    let failed = |why: String| Error::Download { url: url.into(), why };
    let mut response = config.new_agent().get(url).call().map_err(|e| failed(e.to_string()))?;
    let total = response.body().content_length();
    // A packed file may be a little larger than what is in it.
    let body = response.body_mut().with_config().limit(file.size.saturating_add(1 << 16)).reader();
    let mut watched = Progress::new(url, total, body);
    io::copy(&mut watched, &mut io::BufWriter::new(part)).map_err(|e| failed(e.to_string()))?;
    Ok(())
}

/// A reader that tells on standard error how far it is: one line, which moves on a terminal.
struct Progress<'a, R> {
    body: R,
    url: &'a str,
    total: Option<u64>,
    read: u64,
    told: Option<Instant>,
    moves: bool,
}

impl<'a, R> Progress<'a, R> {
    fn new(url: &'a str, total: Option<u64>, body: R) -> Progress<'a, R> {
        let moves = io::stderr().is_terminal();
        if !moves {
            eprintln!("downloading {url}");
        }
        Progress { body, url, total, read: 0, told: None, moves }
    }

    /// At most ten times a second.
    fn tell(&mut self, end: bool) {
        let waits = self.told.is_some_and(|told| told.elapsed() < Duration::from_millis(100));
        if !self.moves || (waits && !end) {
            return;
        }
        self.told = Some(Instant::now());
        let line = progress_line(self.url, self.read, self.total);
        // A terminal that is gone does not stop a download.
        let _ = write!(io::stderr(), "\r{line}{}", if end { "\n" } else { "" });
    }
}

fn progress_line(url: &str, read: u64, total: Option<u64>) -> String {
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    match total.filter(|&total| total > 0) {
        Some(total) => {
            let percent = 100.0 * read as f64 / total as f64;
            format!("downloading {url}: {:.1} of {:.1} MB, {percent:.0} %", megabytes(read), megabytes(total))
        }
        None => format!("downloading {url}: {:.1} MB", megabytes(read)),
    }
}

impl<R: Read> Read for Progress<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.body.read(buffer)?;
        self.read += n as u64;
        self.tell(n == 0);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::{
        io::{BufRead, BufReader},
        net::TcpListener,
    };

    const FILE: DataFile =
        DataFile { name: "labels.gz", size: 10, sum: "6b413bc4e4b437a09780b06c8c43c748d2546f2be2f36913c8dfdb95fac3a083", also: &[] };

    #[test]
    fn a_file_of_the_right_sum_is_kept() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&[0, 0, 8, 1, 0, 0, 0, 2, 7, 9]).unwrap();
        let packed = encoder.finish().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/set/", listener.local_addr().unwrap());
        let closed = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let request: Vec<_> = (&mut stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", packed.len());
            stream.get_mut().write_all(&[head.as_bytes(), &packed].concat()).unwrap();
            request.into_iter().next()
        });
        let cache = tempfile::tempdir().unwrap();
        let directory = cache.path().join("wgrad/set");
        fetch(&[&closed, &url], &FILE, &directory).unwrap();
        assert_eq!(server.join().unwrap().unwrap(), "GET /set/labels.gz HTTP/1.1");
        assert_eq!(FILE.read(&directory).unwrap().bytes[8..], [7, 9]);
        assert_eq!(fs::read_dir(directory).unwrap().count(), 1, "no part is left");
    }

    #[test]
    fn no_two_downloads_write_one_part() {
        assert_ne!(part(Path::new("d"), "x.gz"), part(Path::new("d"), "x.gz"));
    }

    #[test]
    fn progress_is_told_in_megabytes() {
        assert_eq!(progress_line("u", 1_230_000, Some(2_460_000)), "downloading u: 1.2 of 2.5 MB, 50 %");
        assert_eq!(progress_line("u", 1_230_000, None), "downloading u: 1.2 MB");
    }
}
