//! Finished pictures.

use crate::{
    error::{file_error, invalid},
    png,
    scene::Scene,
    svg,
};
use std::{fs, path::Path};
use wgrad_model::Result;

/// A picture, to be had as SVG and as PNG. The same input gives the same bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure(pub(crate) Scene);

impl Figure {
    /// Width and height in units of SVG.
    pub fn size(&self) -> (f64, f64) {
        (self.0.width, self.0.height)
    }

    /// The picture as an SVG document. Its texts are texts, in DejaVu Sans or what the viewer has instead.
    pub fn svg(&self) -> String {
        svg::svg(&self.0)
    }

    /// The picture as a PNG file, with two pixels for each unit of length, or as [`crate::PlotModel::dpi`] says.
    ///
    /// # Errors
    /// A picture of more than 100 million pixels.
    pub fn png(&self) -> Result<Vec<u8>> {
        self.png_scaled(self.0.scale)
    }

    /// [`Figure::png`] with `scale` pixels for each unit of length; 96 units are an inch, so that `dpi / 96` gives that resolution.
    ///
    /// # Errors
    /// A picture of no pixels, or of more than 100 million.
    pub fn png_scaled(&self, scale: f64) -> Result<Vec<u8>> {
        png::png(&self.0, scale).map_err(|rule| invalid("png", rule))
    }

    /// Writes the picture to a file, as its ending says: `.svg` or `.png`.
    ///
    /// # Errors
    /// Another ending; those of [`Figure::png`] and of the file system.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.save_scaled(path, self.0.scale)
    }

    /// [`Figure::save`] with `scale` pixels for each unit of length in a PNG file.
    ///
    /// # Errors
    /// As [`Figure::save`].
    pub fn save_scaled(&self, path: impl AsRef<Path>, scale: f64) -> Result<()> {
        let path = path.as_ref();
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
        let bytes = match ending.as_deref() {
            Some("svg") => self.svg().into_bytes(),
            Some("png") => self.png_scaled(scale)?,
            _ => return Err(file_error(path, "pictures are written as .svg or .png")),
        };
        fs::write(path, bytes).map_err(|e| file_error(path, e))
    }
}
