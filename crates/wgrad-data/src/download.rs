//! Fetching a file of a data set into the user's cache.

use crate::{Error, Result, file::DataFile};
use std::{fs, path::Path, time::Duration};

/// No packed file of the built-in data sets is larger.
const MAX_PACKED: u64 = 64 << 20;

/// Fetches `{base}/{name}` and puts it into `directory`, if it is the file it should be. Others never see a part of it.
pub(crate) fn fetch(base: &str, file: &DataFile, directory: &Path) -> Result<()> {
    let url = format!("{}/{}", base.trim_end_matches('/'), file.name);
    let packed = get(&url).map_err(|e| Error::Download { url: url.clone(), why: e.to_string() })?;
    file.unpack(&packed[..], &url, &[file.sha256])?;
    let path = directory.join(file.name);
    let partial = directory.join(format!("{}.{}.part", file.name, std::process::id()));
    let stored = fs::create_dir_all(directory).and_then(|()| fs::write(&partial, packed)).and_then(|()| fs::rename(&partial, &path));
    stored.map_err(|source| {
        // Nothing more can be done where the part cannot be removed either.
        let _ = fs::remove_file(&partial);
        Error::Io { file: path.display().to_string(), source }
    })
}

/// Short limits on each phase: where there is no network, the program should soon go on without.
fn get(url: &str) -> Result<Vec<u8>, ureq::Error> {
    let seconds = |n| Some(Duration::from_secs(n));
    let config = ureq::Agent::config_builder()
        .timeout_resolve(seconds(5))
        .timeout_connect(seconds(5))
        .timeout_recv_response(seconds(10))
        .timeout_per_read(seconds(10))
        .build();
    config.new_agent().get(url).call()?.body_mut().with_config().limit(MAX_PACKED).read_to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
    };

    const FILE: DataFile = DataFile {
        name: "labels.gz",
        sha256: "6b413bc4e4b437a09780b06c8c43c748d2546f2be2f36913c8dfdb95fac3a083",
        sample_sha256: "",
        sample: &[],
    };

    #[test]
    fn a_file_of_the_right_sum_is_kept() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&[0, 0, 8, 1, 0, 0, 0, 2, 7, 9]).unwrap();
        let packed = encoder.finish().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/set/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let request: Vec<_> = (&mut stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", packed.len());
            stream.get_mut().write_all(&[head.as_bytes(), &packed].concat()).unwrap();
            request.into_iter().next()
        });
        let cache = tempfile::tempdir().unwrap();
        let directory = cache.path().join("wgrad/set");
        fetch(&url, &FILE, &directory).unwrap();
        assert_eq!(server.join().unwrap().unwrap(), "GET /set/labels.gz HTTP/1.1");
        assert_eq!(FILE.read(&directory).unwrap().elements, [7, 9]);
        assert_eq!(fs::read_dir(directory).unwrap().count(), 1, "no part is left");
    }
}
