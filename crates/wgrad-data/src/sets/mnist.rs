//! MNIST (LeCun and Cortes, 1998): 60,000 + 10,000 handwritten digits, 28 x 28.

use super::Split;
use crate::{
    Places, Result, Source,
    file::DataFile,
    places::{Folder, Found},
};

/// MNIST, as Keras' `keras.datasets.mnist.load_data`. Licence: CC BY-SA 3.0, Yann LeCun and Corinna Cortes.
#[derive(Clone, Debug)]
pub struct Mnist {
    /// 60,000 images `f32[60000, 28, 28]`, 0 (background) to 1.
    pub train: Split,
    /// 10,000 images.
    pub test: Split,
    /// Where the files were found.
    pub source: Source,
}

const FORMS: [Folder; 1] = [Folder {
    name: "mnist",
    addresses: &["http://storage.googleapis.com/cvdf-datasets/mnist", "http://ossci-datasets.s3.amazonaws.com/mnist"],
    files: &FILES,
}];

const FILES: [DataFile; 4] = [
    DataFile {
        name: "t10k-labels-idx1-ubyte.gz",
        size: 10_008,
        sum: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        also: &[],
    },
    DataFile {
        name: "train-labels-idx1-ubyte.gz",
        size: 60_008,
        sum: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        also: &[],
    },
    DataFile {
        name: "t10k-images-idx3-ubyte.gz",
        size: 7_840_016,
        sum: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        also: &[],
    },
    DataFile {
        name: "train-images-idx3-ubyte.gz",
        size: 47_040_016,
        sum: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        also: &[],
    },
];

impl Mnist {
    /// What the labels 0 to 9 mean.
    pub const CLASSES: [&'static str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// Loads the set from the first of these places that has it: the directory `WGRAD_DATA` (with `mnist/train-images-idx3-ubyte.gz` and so on), the
    /// system's packages, the user's cache, a download into it.
    ///
    /// # Errors
    /// No place has it; a file of the place found is missing, damaged or another than it should be.
    pub fn load() -> Result<Mnist> {
        Mnist::load_from(&Places::from_env())
    }

    /// Loads the set from `places`.
    ///
    /// # Errors
    /// Those of [`Mnist::load`].
    pub fn load_from(places: &Places) -> Result<Mnist> {
        let Found { directory, source, .. } = places.find(&FORMS)?;
        let [test_labels, train_labels, test_images, train_images] = &FILES;
        let split = |images: &DataFile, labels: &DataFile| {
            Split::from_idx(&images.read(&directory)?.bytes, &labels.read(&directory)?.bytes, &source.to_string())
        };
        Ok(Mnist { train: split(train_images, train_labels)?, test: split(test_images, test_labels)?, source })
    }
}
