//! CIFAR-10 (Krizhevsky, 2009): 50,000 + 10,000 colour images of ten classes, 32 x 32, in the authors' binary form.

use super::Split;
use crate::{
    Error, Places, Result, Source,
    file::DataFile,
    places::{Folder, Found},
};
use flate2::read::GzDecoder;
use std::io::Read;

/// CIFAR-10, as Keras' `keras.datasets.cifar10.load_data`. Its authors ask to cite A. Krizhevsky, "Learning Multiple Layers of Features from Tiny
/// Images", 2009.
#[derive(Clone, Debug)]
pub struct Cifar10 {
    /// 50,000 images `f32[50000, 32, 32, 3]`, 0 to 1; 1,000 of the subset.
    pub train: Split,
    /// 10,000 images; 200 of the subset.
    pub test: Split,
    /// Where the files were found.
    pub source: Source,
}

/// The whole set, and the first images of each class.
const FORMS: [Folder; 2] = [
    Folder { name: "cifar10", addresses: &["http://www.cs.toronto.edu/~kriz"], files: &[ARCHIVE] },
    Folder { name: "cifar10-subset", addresses: &[], files: &SUBSET },
];

const ARCHIVE: DataFile = DataFile {
    name: "cifar-10-binary.tar.gz",
    size: 170_052_171,
    sum: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    also: &[],
};

const SUBSET: [DataFile; 2] = [
    DataFile { name: "test_200.bin.gz", size: 614_600, sum: "9f12ec2199667bf1e715e0972a8e7e8a45729c0642a3687741b3bebe655d4fa7", also: &[] },
    DataFile {
        name: "train_1000.bin.gz",
        size: 3_073_000,
        sum: "bf94625ad186633dff53b4a30b754c7b996a7b52b80645eebc474f053fb420a1",
        also: &[],
    },
];

/// Pixels of a channel.
const PLANE: usize = 32 * 32;
const CHANNELS: usize = 3;
/// A byte for the label, and the channels one after the other.
const RECORD: usize = 1 + CHANNELS * PLANE;
/// A file of the archive has 10,000 records.
const MAX_BATCH: u64 = 10_000 * RECORD as u64;

impl Cifar10 {
    /// What the labels 0 to 9 mean.
    pub const CLASSES: [&'static str; 10] = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// Loads the set from the first of these places that has it: the directory `WGRAD_DATA` (with `cifar10/cifar-10-binary.tar.gz`, or else a subset in
    /// `cifar10-subset/`), the system's packages, the user's cache, a download of 170 MB into it.
    ///
    /// # Errors
    /// No place has it; a file of the place found is missing, damaged or another than it should be.
    pub fn load() -> Result<Cifar10> {
        Cifar10::load_from(&Places::from_env())
    }

    /// Loads the set from `places`.
    ///
    /// # Errors
    /// Those of [`Cifar10::load`].
    pub fn load_from(places: &Places) -> Result<Cifar10> {
        let Found { folder, directory, source } = places.find(&FORMS)?;
        let (train, test) = if folder.files.len() == 1 {
            let file = directory.join(ARCHIVE.name).display().to_string();
            unpack(GzDecoder::new(&ARCHIVE.read(&directory)?.bytes[..]), &file)?
        } else {
            let [test, train] = &SUBSET;
            (train.read(&directory)?.bytes, test.read(&directory)?.bytes)
        };
        let split = |records: &[u8]| Cifar10::parse(records).map_err(|rule| Error::Format { file: source.to_string(), rule });
        Ok(Cifar10 { train: split(&train)?, test: split(&test)?, source })
    }

    /// The images in the bytes of a file like `data_batch_1.bin`: records of a label byte, then 1,024 bytes of red, green and blue each, row by row.
    ///
    /// # Errors
    /// A file that ends within a record; a label above 9, with its offset.
    pub fn parse(bytes: &[u8]) -> Result<Split, String> {
        let (records, rest) = bytes.as_chunks::<RECORD>();
        if !rest.is_empty() {
            let at = bytes.len() - rest.len();
            return Err(format!("the record at byte {at} has {} bytes, not {RECORD}", rest.len()));
        }
        let mut labels = Vec::with_capacity(records.len());
        let mut pixels = Vec::with_capacity(records.len() * CHANNELS * PLANE);
        for (i, [label, planes @ ..]) in records.iter().enumerate() {
            if usize::from(*label) >= Cifar10::CLASSES.len() {
                return Err(format!("the label at byte {} is {label}, there are classes 0 to 9", i * RECORD));
            }
            labels.push(*label);
            pixels.extend((0..PLANE).flat_map(|at| (0..CHANNELS).filter_map(move |channel| planes.get(channel * PLANE + at).copied())));
        }
        Split::new([labels.len(), 32, 32, CHANNELS].into(), &pixels, &labels, "cifar10").map_err(|error| error.to_string())
    }
}

/// The records for training and for testing in the authors' archive.
fn unpack(archive: impl Read, file: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    let format = |rule: String| Error::Format { file: file.into(), rule };
    let broken = |e: std::io::Error| format(format!("not a whole archive: {e}"));
    // The members by number: training batches 1 to 5 and the test batch.
    let mut batches: [Vec<u8>; 6] = Default::default();
    for member in tar::Archive::new(archive).entries().map_err(broken)? {
        let member = member.map_err(broken)?;
        let path = String::from_utf8_lossy(&member.path_bytes()).into_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        let number = name.strip_prefix("data_batch_").and_then(|rest| rest.strip_suffix(".bin")).and_then(|n| n.parse::<usize>().ok());
        let slot = if name == "test_batch.bin" { Some(5) } else { number.and_then(|n| n.checked_sub(1)).filter(|&n| n < 5) };
        if let Some(batch) = slot.and_then(|slot| batches.get_mut(slot)) {
            batch.clear();
            member.take(MAX_BATCH).read_to_end(batch).map_err(broken)?;
        }
    }
    if let Some(missing) = batches.iter().position(Vec::is_empty) {
        let name = if missing == 5 { "test_batch.bin".to_string() } else { format!("data_batch_{}.bin", missing + 1) };
        return Err(format(format!("the archive has no {name}")));
    }
    let [train @ .., test] = batches;
    Ok((train.concat(), test))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers;

    fn record(label: u8, red: u8, green: u8, blue: u8) -> Vec<u8> {
        let mut bytes = vec![label];
        [red, green, blue].iter().for_each(|&value| bytes.extend([value; PLANE]));
        bytes[2] = 255; // red, first row, second column
        bytes
    }

    #[test]
    fn channels_come_last() {
        let split = Cifar10::parse(&[record(3, 51, 102, 153), record(9, 0, 0, 0)].concat()).unwrap();
        assert_eq!(split.images.spec().to_string(), "f32[2, 32, 32, 3]");
        let pixels = numbers(&split.images);
        assert_eq!(pixels[..6], [51.0, 102.0, 153.0, 255.0, 102.0, 153.0].map(|byte: f32| f64::from(byte / 255.0)));
        assert_eq!(numbers(&split.labels), [3.0, 9.0]);
        assert!(Cifar10::parse(&[]).unwrap().is_empty());
    }

    #[test]
    fn broken_records_are_told_by_their_offset() {
        let mut bytes = [record(3, 0, 0, 0), record(10, 0, 0, 0)].concat();
        assert_eq!(Cifar10::parse(&bytes).unwrap_err(), "the label at byte 3073 is 10, there are classes 0 to 9");
        bytes.pop();
        assert_eq!(Cifar10::parse(&bytes).unwrap_err(), "the record at byte 3073 has 3072 bytes, not 3073");
    }

    fn archive(names: &[&str]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (i, name) in names.iter().enumerate() {
            let contents = record(i as u8, 0, 0, 0);
            let mut header = tar::Header::new_ustar();
            header.set_size(contents.len() as u64);
            archive.append_data(&mut header, format!("cifar-10-batches-bin/{name}"), &contents[..]).unwrap();
        }
        archive.into_inner().unwrap()
    }

    #[test]
    fn the_authors_archive_is_read_in_the_order_of_its_batches() {
        let names = [
            "test_batch.bin",
            "data_batch_2.bin",
            "data_batch_1.bin",
            "readme.html",
            "data_batch_4.bin",
            "data_batch_3.bin",
            "data_batch_5.bin",
        ];
        let (train, test) = unpack(&archive(&names)[..], "x").unwrap();
        assert_eq!(train.iter().step_by(RECORD).copied().collect::<Vec<_>>(), [2, 1, 5, 4, 6]);
        assert_eq!((test.len(), test[0]), (RECORD, 0));
        let error = unpack(&archive(&names[..6])[..], "x").unwrap_err().to_string();
        assert_eq!(error, "x: the archive has no data_batch_5.bin");
        let error = unpack(&archive(&names)[..4000], "x").unwrap_err().to_string();
        assert!(error.starts_with("x: not a whole archive: "), "{error}");
    }
}
