//! Images in folders, one folder for each class, as Keras' `image_dataset_from_directory`.

use crate::{Error, Pipeline, Result, load_image};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use wgrad_tensor::HostTensor;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tests::png_file;

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
