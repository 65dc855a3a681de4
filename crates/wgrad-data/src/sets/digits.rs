//! Optical digits (Alpaydin and Kaynak): 1,797 handwritten digits, 8 x 8.

use super::Split;
use crate::{Csv, Result, file::gunzip, table::Column};
use wgrad_tensor::{HostData, HostTensor, Tensor};

/// scikit-learn's `load_digits`. UCI, doi 10.24432/C50P49, CC BY 4.0; the crate carries it.
#[derive(Clone, Copy, Debug)]
pub struct Digits;

const TABLE: &[u8] = include_bytes!("../../sample/tables/digits.csv.gz");
/// Bytes of the table.
const LENGTH: u64 = 264_964;
/// Pixels count how many of 16 points are black.
const BLACK: f64 = 16.0;

impl Digits {
    /// What the labels 0 to 9 mean.
    pub const CLASSES: [&'static str; 10] = super::Mnist::CLASSES;

    /// All images `f32[1797, 8, 8]`, 0 to 1, with their labels `i32[1797]`.
    ///
    /// # Errors
    /// None, as long as the crate is whole.
    pub fn load() -> Result<Split> {
        let file = "digits.csv";
        let table = Csv::new().parse(&gunzip(TABLE, LENGTH, file)?, file)?.0;
        let n = table.len();
        let pixels: Vec<&Column> = table.columns().filter(|(name, _)| *name != "digit").map(|(_, column)| column).collect();
        let pixel = |row: usize, column: &&Column| (column.get(row).number().unwrap_or(0.0) / BLACK) as f32;
        let pixels = (0..n).flat_map(|row| pixels.iter().map(move |column| pixel(row, column))).collect();
        let labels = table.numbers("digit")?.into_iter().map(|label| label as i32).collect();
        let broken = || crate::Error::Format { file: file.into(), rule: "it has other than 64 pixels a row".into() };
        let images = HostTensor::new([n, 8, 8], HostData::F32(pixels)).ok_or_else(broken)?;
        Ok(Split { images: Tensor::from_value(images.into()), labels: Tensor::from_vec(labels, [n]) })
    }
}
