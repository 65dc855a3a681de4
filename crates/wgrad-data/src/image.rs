//! One image: PNG or JPEG, as an array of the wanted size.

use crate::{Error, Result};
use std::{fs, io::Cursor, path::Path};
use wgrad_tensor::{HostData, HostTensor};

/// Larger images are refused before anything is allocated for them.
const MAX_PIXELS: usize = 1 << 26;
const CHANNELS: usize = 3;

/// The image in a PNG or JPEG file as `f32[height, width, 3]`, 0 to 1: bilinear between the centres of pixels, as TensorFlow resizes; grey ones have three
/// equal channels, and how transparent a pixel is does not matter.
///
/// # Errors
/// A file that cannot be read; one that is no image, or one of more than 2^26 pixels; a size of 0 or beyond that.
pub fn load_image(path: impl AsRef<Path>, height: usize, width: usize) -> Result<HostTensor> {
    let path = path.as_ref();
    let bytes = fs::read(path).map_err(|source| Error::Io { file: path.display().to_string(), source })?;
    parse_image(&bytes, height, width).map_err(|rule| Error::Format { file: path.display().to_string(), rule })
}

/// [`load_image`] of the bytes of a file.
///
/// # Errors
/// What [`load_image`] says of content and size.
pub fn parse_image(bytes: &[u8], height: usize, width: usize) -> Result<HostTensor, String> {
    let small = |pixels: &usize| (1..=MAX_PIXELS).contains(pixels);
    if height.checked_mul(width).filter(small).is_none() {
        return Err(format!("an image of {height} x {width} pixels is not within 1 and {MAX_PIXELS} of them"));
    }
    let is_png = bytes.starts_with(b"\x89PNG");
    let (pixels, [rows, columns]) = if is_png { png(bytes) } else { jpeg(bytes) }?;
    let channels = pixels.len().checked_div(rows * columns).filter(|&channels| channels > 0).ok_or("it has no pixels")?;
    let image = Bitmap { pixels, rows, columns, channels };
    let elements = (0..height).flat_map(|y| (0..width).map(move |x| (y, x))).flat_map(|(y, x)| {
        let at = |i: usize, n: usize, of: usize| ((i as f32 + 0.5) * of as f32 / n as f32 - 0.5).clamp(0.0, (of - 1) as f32);
        image.at(at(y, height, rows), at(x, width, columns))
    });
    HostTensor::new([height, width, CHANNELS], HostData::F32(elements.collect())).ok_or_else(|| "its pixels do not fill the image".into())
}

/// Pixels row by row, of one (grey), two (with transparency), three or four channels.
struct Bitmap {
    pixels: Vec<u8>,
    rows: usize,
    columns: usize,
    channels: usize,
}

impl Bitmap {
    /// The colour between four pixels.
    fn at(&self, y: f32, x: f32) -> [f32; CHANNELS] {
        let (top, left) = (y as usize, x as usize);
        let (bottom, right) = ((top + 1).min(self.rows - 1), (left + 1).min(self.columns - 1));
        std::array::from_fn(|channel| {
            let channel = if self.channels < CHANNELS { 0 } else { channel };
            let pixel = |row: usize, column: usize| {
                let at = (row * self.columns + column) * self.channels + channel;
                f32::from(self.pixels.get(at).copied().unwrap_or(0))
            };
            let between = |row: usize| pixel(row, left) + (pixel(row, right) - pixel(row, left)) * x.fract();
            (between(top) + (between(bottom) - between(top)) * y.fract()) / 255.0
        })
    }
}

type Decoded = (Vec<u8>, [usize; 2]);

fn within_limit(rows: usize, columns: usize) -> Result<[usize; 2], String> {
    let small = rows.checked_mul(columns).is_some_and(|pixels| pixels <= MAX_PIXELS);
    if small { Ok([rows, columns]) } else { Err(format!("it has {rows} x {columns} pixels, more than {MAX_PIXELS}")) }
}

fn png(bytes: &[u8]) -> Result<Decoded, String> {
    let broken = |e: png::DecodingError| format!("it is no whole PNG: {e}");
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(broken)?;
    let size = within_limit(reader.info().height as usize, reader.info().width as usize)?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("it has more pixels than fit this machine's addresses")?];
    let frame = reader.next_frame(&mut pixels).map_err(broken)?;
    pixels.truncate(frame.buffer_size());
    Ok((pixels, size))
}

fn jpeg(bytes: &[u8]) -> Result<Decoded, String> {
    let broken = |e: zune_jpeg::errors::DecodeErrors| format!("it is neither a PNG nor a whole JPEG: {e}");
    let mut decoder = zune_jpeg::JpegDecoder::new(Cursor::new(bytes));
    decoder.decode_headers().map_err(broken)?;
    let (columns, rows) = decoder.dimensions().ok_or("it is neither a PNG nor a JPEG")?;
    let size = within_limit(rows, columns)?;
    let pixels = decoder.decode().map_err(broken)?;
    // The decoder makes up the pixels that a cut file lacks.
    if has_end(bytes) { Ok((pixels, size)) } else { Err("it is no whole JPEG: its end marker is missing".into()) }
}

/// Whether the segments of a JPEG come to its end marker, FF D9; that of a small picture within a segment does not count.
fn has_end(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    // In the pixels, FF comes with a zero or a number from 0 to 7 for a restart.
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
    while let Some(at) = rest.windows(2).position(is_marker) {
        match rest[at + 1..] {
            [0xd9, ..] => return true,
            [_, high, low, ..] => rest = rest.get(at + 2 + usize::from(u16::from_be_bytes([high, low]))..).unwrap_or_default(),
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A PNG of these pixels.
    pub(crate) fn png_file(columns: u32, color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let rows = (pixels.len() / color.samples()) as u32 / columns;
        let mut encoder = png::Encoder::new(&mut file, columns, rows);
        encoder.set_color(color);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(pixels).unwrap();
        writer.finish().unwrap();
        file
    }

    fn pixels(file: &[u8], height: usize, width: usize) -> Vec<f64> {
        parse_image(file, height, width).unwrap().data().to_f64().iter().map(|pixel| (pixel * 255.0).round()).collect()
    }

    #[test]
    fn colours_and_greys_become_three_channels() {
        let rgb = png_file(2, png::ColorType::Rgb, &[1, 2, 3, 40, 50, 60]);
        assert_eq!(pixels(&rgb, 1, 2), [1., 2., 3., 40., 50., 60.]);
        let rgba = png_file(1, png::ColorType::Rgba, &[1, 2, 3, 0]);
        assert_eq!(pixels(&rgba, 1, 1), [1., 2., 3.]);
        for (color, bytes) in [(png::ColorType::Grayscale, &[9][..]), (png::ColorType::GrayscaleAlpha, &[9, 7])] {
            assert_eq!(pixels(&png_file(1, color, bytes), 1, 1), [9.; 3]);
        }
    }

    /// `tf.image.resize([[[0.], [100.]], [[40.], [60.]]], (3, 4))`.
    #[test]
    fn sizes_change_between_the_centres_of_pixels() {
        let file = png_file(2, png::ColorType::Grayscale, &[0, 100, 40, 60]);
        let grey: Vec<f64> = pixels(&file, 3, 4).chunks(3).map(|pixel| pixel[0]).collect();
        assert_eq!(grey, [0., 25., 75., 100., 20., 35., 65., 80., 40., 45., 55., 60.]);
        assert_eq!(pixels(&file, 1, 1), [50.; 3]);
    }

    #[test]
    fn jpegs_are_read() {
        let red = pixels(include_bytes!("../tests/images/red.jpg"), 2, 2);
        assert!(red.chunks(3).all(|p| (p[0] - 200.0).abs() < 4.0 && (p[1] - 40.0).abs() < 4.0 && (p[2] - 90.0).abs() < 4.0), "{red:?}");
        let gray = pixels(include_bytes!("../tests/images/gray.jpg"), 1, 1);
        assert!(gray.iter().all(|pixel| (pixel - 128.0).abs() < 3.0), "{gray:?}");
    }

    #[test]
    fn a_jpeg_without_its_end_is_none() {
        let whole = include_bytes!("../tests/images/red.jpg");
        assert!(parse_image(&[&whole[..], b"more"].concat(), 2, 2).is_ok());
        // A small picture in a segment ends before the image does.
        let inner = [&[0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xda, 0xff, 0xd9], &whole[2..]].concat();
        assert!(parse_image(&inner, 2, 2).is_ok());
        for cut in [&whole[..whole.len() - 2], &whole[..whole.len() - 9], &inner[..inner.len() - 9]] {
            assert_eq!(parse_image(cut, 2, 2).unwrap_err(), "it is no whole JPEG: its end marker is missing");
        }
    }

    #[test]
    fn what_is_no_image_is_told() {
        let error = |bytes: &[u8]| parse_image(bytes, 2, 2).unwrap_err();
        assert!(error(b"text").starts_with("it is neither a PNG nor a whole JPEG: "), "{}", error(b"text"));
        let whole = png_file(2, png::ColorType::Rgb, &[1, 2, 3, 40, 50, 60]);
        assert!(error(&whole[..50]).starts_with("it is no whole PNG: "), "{}", error(&whole[..50]));
        assert_eq!(parse_image(&whole, 0, 2).unwrap_err(), format!("an image of 0 x 2 pixels is not within 1 and {MAX_PIXELS} of them"));
        let mut huge = whole.clone();
        huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        let crc = crc32(&huge[12..29]);
        huge[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(error(&huge), format!("it has 65536 x 65536 pixels, more than {MAX_PIXELS}"));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum()
    }
}
