//! Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017): 60,000 + 10,000 pictures of clothes, 28 x 28, ten classes.

use crate::{
    Error, Places, Result, Source,
    file::{Content, DataFile},
};
use wgrad_tensor::{Element, HostData, HostTensor, Shape, Tensor, each_dtype};

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

/// Images and their labels.
#[derive(Clone, Debug)]
pub struct Split {
    /// `f32[N, 28, 28]`, 0 (background) to 1.
    pub images: Tensor,
    /// `i32[N]`, positions in [`FashionMnist::CLASSES`].
    pub labels: Tensor,
}

const URL: &str = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com";

macro_rules! data_file {
    ($name:literal, $sha256:literal, $sample_sha256:literal) => {
        DataFile {
            name: $name,
            sha256: $sha256,
            sample_sha256: $sample_sha256,
            sample: include_bytes!(concat!("../sample/fashion-mnist/", $name)),
        }
    };
}

/// The labels first: where there is no network, the small files tell soonest.
const FILES: [DataFile; 4] = [
    data_file!(
        "train-labels-idx1-ubyte.gz",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "a69f2dad024ca220a8c4d85f621fdf929042d40c444abde2868903e9220ad517"
    ),
    data_file!(
        "t10k-labels-idx1-ubyte.gz",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        "aa3f574d30afaf0d4d9da084a6f8541771e20693d6a97fae6e9a4953fca8f078"
    ),
    data_file!(
        "t10k-images-idx3-ubyte.gz",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "862035b0a96959b614c9574f4c2b0ae9584ca234813e8d6d7adb7838b12ca46b"
    ),
    data_file!(
        "train-images-idx3-ubyte.gz",
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "ed2e37ed5a3a57d212141a69fe0a0de5a7126ffba14ac3f7e76f5f52cc04b1f0"
    ),
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
        FashionMnist::load_from(&Places::from_env(URL))
    }

    /// Loads the set from `places`.
    ///
    /// # Errors
    /// Those of [`FashionMnist::load`].
    pub fn load_from(places: &Places) -> Result<FashionMnist> {
        let (directory, source) = places.find("fashion-mnist", &FILES);
        let read = |file: &DataFile| match &directory {
            Some(directory) => file.read(directory),
            None => file.read_sample(),
        };
        let [train_labels, test_labels, test_images, train_images] = &FILES;
        Ok(FashionMnist {
            train: Split::new(read(train_images)?, read(train_labels)?, &source)?,
            test: Split::new(read(test_images)?, read(test_labels)?, &source)?,
            source,
        })
    }
}

impl Split {
    /// The first `n` images; all where there are no more.
    pub fn take(&self, n: usize) -> Split {
        let n = n.min(self.len());
        Split { images: first_rows(&self.images, n), labels: first_rows(&self.labels, n) }
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.shape().numel()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn new(images: Content, labels: Content, source: &Source) -> Result<Split> {
        if images.shape.first() != labels.shape.first() {
            let rule = format!("images {} and labels {} do not belong together", images.shape, labels.shape);
            return Err(Error::Format { file: source.to_string(), rule });
        }
        let pixels = images.elements.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let classes = labels.elements.iter().map(|&byte| i32::from(byte)).collect();
        Ok(Split { images: tensor(images.shape, HostData::F32(pixels))?, labels: tensor(labels.shape, HostData::I32(classes))? })
    }
}

fn tensor(shape: Shape, data: HostData) -> Result<Tensor> {
    let rule = format!("{} elements do not make the shape {shape}", data.len());
    let tensor = HostTensor::new(shape, data).ok_or(Error::Format { file: "fashion-mnist".into(), rule })?;
    Ok(Tensor::from_value(tensor.into()))
}

/// The first `n` elements along the first axis; without a device where the elements are on the host.
fn first_rows(tensor: &Tensor, n: usize) -> Tensor {
    let on_host = || {
        let data = tensor.value()?.host()?;
        let shape: Shape = std::iter::once(n).chain(tensor.shape().iter().skip(1).copied()).collect();
        let first = each_dtype!(data, values => Element::into_data(values.get(..shape.numel())?.to_vec()));
        Some(Tensor::from_value(HostTensor::new(shape, first)?.into()))
    };
    on_host().unwrap_or_else(|| tensor.narrow(0, 0, n))
}
