//! Pictures as PNG.

use crate::error::invalid;
use png::{BitDepth, ColorType, Decoder, Encoder};
use std::io::Cursor;
use wgrad_model::Result;
use wgrad_tensor::HostTensor;

/// Height, width and channels, and the file.
pub(crate) fn png(tag: &str, image: &HostTensor) -> Result<([usize; 3], Vec<u8>)> {
    let rule = || format!("an image is [height, width] or [height, width, 1, 3 or 4] and not empty, got {}", image.shape());
    let size @ [height, width, channels] = match image.shape()[..] {
        [height, width] => [height, width, 1],
        [height, width, channels] => [height, width, channels],
        _ => return Err(invalid(tag, rule())),
    };
    let color = match channels {
        1 => ColorType::Grayscale,
        3 => ColorType::Rgb,
        4 => ColorType::Rgba,
        _ => return Err(invalid(tag, rule())),
    };
    let (Ok(rows), Ok(columns)) = (u32::try_from(height), u32::try_from(width)) else { return Err(invalid(tag, rule())) };
    // NaN is black.
    let bytes: Vec<u8> = image.data().to_f64().iter().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, columns, rows);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&bytes));
    written.map_err(|e| invalid(tag, format!("{}: {e}", rule())))?;
    Ok((size, file))
}

/// Height, width and channels of a PNG file.
pub(crate) fn png_size(tag: &str, png: &[u8]) -> Result<[usize; 3]> {
    let reader = Decoder::new(Cursor::new(png)).read_info().map_err(|e| invalid(tag, format!("it is no PNG file: {e}")))?;
    let info = reader.info();
    Ok([info.height as usize, info.width as usize, info.color_type.samples()])
}
