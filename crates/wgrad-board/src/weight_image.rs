//! Weights as pictures.

use wgrad_tensor::{HostData, HostTensor};

/// Which element of the weight a pixel shows.
type ElementAt = Box<dyn Fn(usize, usize) -> Option<usize>>;

/// A weight in shades of gray from its least to its largest number: a vector is a row, a matrix lies on its long side (as Keras shows them), and the kernel of
/// a convolution `[height, width, in, out]` is a sheet of small pictures, a row for each input and a column for each output. `None` for other ranks and
/// weights without elements.
pub(crate) fn weight_image(weight: &HostTensor) -> Option<HostTensor> {
    let values = weight.data().to_f64();
    let (rows, columns, at): (usize, usize, ElementAt) = match weight.shape()[..] {
        [n] => (1, n, Box::new(|_, column| Some(column))),
        [rows, columns] if rows > columns => (columns, rows, Box::new(move |row, column| Some(column * columns + row))),
        [rows, columns] => (rows, columns, Box::new(move |row, column| Some(row * columns + column))),
        [height, width, inputs, outputs] => {
            // A line of background between two pictures.
            let sheet = move |row: usize, column: usize| {
                let (input, y, output, x) = (row / (height + 1), row % (height + 1), column / (width + 1), column % (width + 1));
                (y < height && x < width).then(|| ((y * width + x) * inputs + input) * outputs + output)
            };
            (inputs.checked_mul(height + 1)?.checked_sub(1)?, outputs.checked_mul(width + 1)?.checked_sub(1)?, Box::new(sheet))
        }
        _ => return None,
    };
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (min, max) = (finite().reduce(f64::min)?, finite().reduce(f64::max)?);
    let range = if min < max { max - min } else { 1.0 };
    let shade = |value: f64| ((value - min) / range) as f32;
    let shades = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let shades = shades.map(|(row, column)| at(row, column).and_then(|i| values.get(i)).map_or(0.0, |value| shade(*value)));
    HostTensor::new([rows, columns], HostData::F32(shades.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shape: &[usize]) -> Option<(Vec<usize>, Vec<f32>)> {
        let n = shape.iter().product::<usize>();
        let weight = HostTensor::new(shape, HostData::F32((0..n).map(|i| i as f32).collect())).unwrap();
        let image = weight_image(&weight)?;
        Some((image.shape().to_vec(), image.to_vec::<f32>()?))
    }

    #[test]
    fn every_rank() {
        assert_eq!(of(&[3]).unwrap(), (vec![1, 3], vec![0.0, 0.5, 1.0]));
        assert_eq!(of(&[3, 1]).unwrap(), (vec![1, 3], vec![0.0, 0.5, 1.0]));
        assert_eq!(of(&[1, 3]).unwrap(), (vec![1, 3], vec![0.0, 0.5, 1.0]));
        // Two pictures of 1 x 1 beside each other, with a line between them.
        assert_eq!(of(&[1, 1, 1, 2]).unwrap(), (vec![1, 3], vec![0.0, 0.0, 1.0]));
        assert_eq!(of(&[2, 2, 3, 4]).unwrap().0, [8, 11]);
        assert!(of(&[0]).is_none() && of(&[0, 0, 0, 0]).is_none() && of(&[2, 2, 2]).is_none());
    }
}
