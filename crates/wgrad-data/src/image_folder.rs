//! Images in folders, one folder for each class, as Keras' `image_dataset_from_directory`.

use crate::{Error, Pipeline, Result};
use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    sync::Arc,
};
use wgrad_tensor::{HostData, HostTensor};

/// Larger images are refused before anything is allocated for them.
const MAX_PIXELS: usize = 1 << 26;
const CHANNELS: usize = 3;
/// The endings of the names of files that are images.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// The PNG and JPEG files in the folders of a directory. The folders are the classes, in the order of their names;
/// hidden ones, whose names begin with a point, are left out.
///
/// ```no_run
/// let flowers = wgrad_data::ImageFolder::open("flowers")?; // flowers/daisy/*.jpg, flowers/rose/*.jpg, ...
/// let batches = flowers.images(180, 180, Some(7)).batch(32).prefetch(2); // f32[32, 180, 180, 3], i32[32]
/// # let _ = batches;
/// # Ok::<(), wgrad_data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageFolder {
    classes: Vec<String>,
    files: Arc<[(PathBuf, i32)]>,
}

impl ImageFolder {
    /// Lists the files. None of them is opened yet.
    ///
    /// # Errors
    /// A directory that cannot be read, that has no folders, or no images in them.
    pub fn open(directory: impl AsRef<Path>) -> Result<ImageFolder> {
        let directory = directory.as_ref();
        let folders: Vec<PathBuf> = entries(directory)?.into_iter().filter(|path| path.is_dir() && !is_hidden(path)).collect();
        let mut files = Vec::new();
        for (class, folder) in (0..).zip(&folders) {
            files.extend(entries(folder)?.into_iter().filter(|path| is_image(path)).map(|path| (path, class)));
        }
        if files.is_empty() {
            let rule = format!("there are no .png, .jpg or .jpeg files in its {} folders", folders.len());
            return Err(Error::Format { file: directory.display().to_string(), rule });
        }
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(ImageFolder { classes: folders.iter().map(name).collect(), files: files.into() })
    }

    /// The names of the folders: what the labels mean.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are no images; [`ImageFolder::open`] gives no such folder.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The paths of the images with their labels.
    pub fn files(&self) -> &[(PathBuf, i32)] {
        &self.files
    }

    /// Images `f32[height, width, 3]`, 0 to 1, with their labels, read on all cores: in the order of their names, or in random order, another in each pass.
    /// A file that is no image is an `Err` that names it, in place of the item.
    pub fn images(&self, height: usize, width: usize, shuffle: Option<u64>) -> Pipeline<(HostTensor, i32)> {
        let files = Pipeline::from_vec(self.files.to_vec());
        let files = match shuffle {
            Some(seed) => files.shuffle(self.len(), seed),
            None => files,
        };
        files.parallel_map(0, move |(path, label)| Ok::<_, Error>((load_image(path, height, width)?, label))).try_map(|image| image)
    }
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let io = |source| Error::Io { file: directory.display().to_string(), source };
    let mut paths = fs::read_dir(directory).map_err(io)?.map(|entry| Ok(entry.map_err(io)?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// As `.ipynb_checkpoints`.
fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn is_image(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ENDINGS.contains(&ending.as_str())
}

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
mod tests {
    use super::*;

    /// A PNG of these pixels.
    fn png_file(columns: u32, color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
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

    #[test]
    fn folders_are_classes() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, bytes: &[u8]| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        let gray = |level: u8| png_file(1, png::ColorType::Grayscale, &[level]);
        write("dog/b.png", &gray(3));
        write("cat/a.PNG", &gray(1));
        write("dog/a.jpeg", include_bytes!("../tests/images/gray.jpg"));
        write("cat/notes.txt", b"none");
        write("readme.png", &gray(9));
        write(".ipynb_checkpoints/a.png", &gray(5));
        let folder = ImageFolder::open(root.path()).unwrap();
        assert_eq!((folder.classes(), folder.len()), (&["cat".to_string(), "dog".into()][..], 3));
        let labels = |seed| folder.images(1, 1, seed).iter().map(|item| item.unwrap().1).collect::<Vec<i32>>();
        assert_eq!(labels(None), [0, 1, 1]);
        let (x, y) = folder.images(2, 2, None).batch(3).iter().next().unwrap().unwrap();
        assert_eq!((x.spec().to_string(), y.spec().to_string()), ("f32[3, 2, 2, 3]".into(), "i32[3]".into()));
        let sum = |seed| labels(Some(seed)).iter().sum::<i32>();
        assert_eq!((sum(1), labels(Some(1))), (2, labels(Some(1))));

        write("dog/c.png", b"no image");
        let folder = ImageFolder::open(root.path()).unwrap();
        let errors: Vec<String> = folder.images(1, 1, None).iter().filter_map(|item| item.err().map(|e| e.to_string())).collect();
        assert!(errors.len() == 1 && errors[0].contains("c.png: it is neither"), "{errors:?}");
    }

    #[test]
    fn a_directory_without_images_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let error = ImageFolder::open(root.path()).unwrap_err().to_string();
        assert_eq!(error, format!("{}: there are no .png, .jpg or .jpeg files in its 0 folders", root.path().display()));
        assert!(ImageFolder::open("/nowhere").unwrap_err().to_string().starts_with("/nowhere: No such file"));
    }
}
