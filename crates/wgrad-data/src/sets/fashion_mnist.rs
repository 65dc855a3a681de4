//! Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017): 60,000 + 10,000 pictures of clothes, 28 x 28, ten classes.

use super::Split;
use crate::{
    Error, Places, Result, Source,
    file::DataFile,
    places::{Folder, Found},
};

/// Fashion-MNIST, as Keras' `keras.datasets.fashion_mnist.load_data`.
#[derive(Clone, Debug)]
pub struct FashionMnist {
    /// 60,000 images; 10,000 of the sample.
    pub train: Split,
    /// 10,000 images; 2,000 of the sample.
    pub test: Split,
    /// Where the files were found.
    pub source: Source,
}

const FORMS: [Folder; 1] = [Folder {
    name: "fashion-mnist",
    addresses: &[
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        "http://storage.googleapis.com/tensorflow/tf-keras-datasets",
    ],
    files: &FILES,
}];

/// Those of the whole set; the sums of the sample's after them.
const FILES: [DataFile; 4] = [
    DataFile {
        name: "train-labels-idx1-ubyte.gz",
        size: 60_008,
        sum: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        also: &["a69f2dad024ca220a8c4d85f621fdf929042d40c444abde2868903e9220ad517"],
    },
    DataFile {
        name: "t10k-labels-idx1-ubyte.gz",
        size: 10_008,
        sum: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        also: &["aa3f574d30afaf0d4d9da084a6f8541771e20693d6a97fae6e9a4953fca8f078"],
    },
    DataFile {
        name: "t10k-images-idx3-ubyte.gz",
        size: 7_840_016,
        sum: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        also: &["862035b0a96959b614c9574f4c2b0ae9584ca234813e8d6d7adb7838b12ca46b"],
    },
    DataFile {
        name: "train-images-idx3-ubyte.gz",
        size: 47_040_016,
        sum: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        also: &["ed2e37ed5a3a57d212141a69fe0a0de5a7126ffba14ac3f7e76f5f52cc04b1f0"],
    },
];

/// The files of the sample, in the order of [`FILES`].
const SAMPLE: [&[u8]; 4] = [
    include_bytes!("../../sample/fashion-mnist/train-labels-idx1-ubyte.gz"),
    include_bytes!("../../sample/fashion-mnist/t10k-labels-idx1-ubyte.gz"),
    include_bytes!("../../sample/fashion-mnist/t10k-images-idx3-ubyte.gz"),
    include_bytes!("../../sample/fashion-mnist/train-images-idx3-ubyte.gz"),
];

impl FashionMnist {
    /// What the labels 0 to 9 mean.
    pub const CLASSES: [&'static str; 10] =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// Loads the set from the first of these places that has it: the directory `WGRAD_DATA` (with `fashion-mnist/train-images-idx3-ubyte.gz`
    /// and so on); Debian's package `dataset-fashion-mnist`; the user's cache; a download into it; else the sample that this crate
    /// carries, 10,000 + 2,000 images.
    ///
    /// # Errors
    /// A file of the place found that is missing, damaged or another than it should be. A failed download is no error: the
    /// [`Source`] of the sample says why it is used.
    pub fn load() -> Result<FashionMnist> {
        FashionMnist::load_from(&Places::from_env())
    }

    /// Loads the set from `places`.
    ///
    /// # Errors
    /// Those of [`FashionMnist::load`].
    pub fn load_from(places: &Places) -> Result<FashionMnist> {
        let (directory, source) = match places.find(&FORMS) {
            Ok(Found { directory, source, .. }) => (Some(directory), source),
            Err(Error::Missing { why, .. }) => (None, Source::Sample { why }),
            Err(error) => return Err(error),
        };
        let read = |i: usize| match (&directory, &FILES[i]) {
            (Some(directory), file) => Ok(file.read(directory)?.bytes),
            (None, file) => file.unpack(SAMPLE[i], &format!("the sample's {}", file.name)),
        };
        let split = |images, labels| Split::from_idx(&read(images)?, &read(labels)?, &source.to_string());
        Ok(FashionMnist { train: split(3, 0)?, test: split(2, 1)?, source })
    }
}
