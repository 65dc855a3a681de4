//! Arguments with one number, or two, for each axis.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A size for each of `N` axes, given as one number or one for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes<const N: usize>(pub [usize; N]);

impl<const N: usize> From<usize> for Sizes<N> {
    fn from(size: usize) -> Self {
        Sizes([size; N])
    }
}

impl<const N: usize> From<[usize; N]> for Sizes<N> {
    fn from(sizes: [usize; N]) -> Self {
        Sizes(sizes)
    }
}

impl From<(usize, usize)> for Sizes<2> {
    fn from((height, width): (usize, usize)) -> Self {
        Sizes([height, width])
    }
}

impl From<(usize, usize, usize)> for Sizes<3> {
    fn from((depth, height, width): (usize, usize, usize)) -> Self {
        Sizes([depth, height, width])
    }
}

/// What is before and after each of `N` axes.
///
/// One number stands for all sides; `(1, 2)` for both sides of the one axis of a sequence, or for the two axes of an image, the same on both sides;
/// `((1, 0), (2, 3))` for each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides<const N: usize>(pub [(usize, usize); N]);

impl<const N: usize> From<usize> for Sides<N> {
    fn from(size: usize) -> Self {
        Sides([(size, size); N])
    }
}

impl<const N: usize> From<[(usize, usize); N]> for Sides<N> {
    fn from(sides: [(usize, usize); N]) -> Self {
        Sides(sides)
    }
}

impl From<(usize, usize)> for Sides<1> {
    fn from(sides: (usize, usize)) -> Self {
        Sides([sides])
    }
}

impl From<(usize, usize)> for Sides<2> {
    fn from((height, width): (usize, usize)) -> Self {
        Sides([(height, height), (width, width)])
    }
}

impl From<((usize, usize), (usize, usize))> for Sides<2> {
    fn from((height, width): ((usize, usize), (usize, usize))) -> Self {
        Sides([height, width])
    }
}

impl From<(usize, usize, usize)> for Sides<3> {
    fn from((depth, height, width): (usize, usize, usize)) -> Self {
        Sides([depth, height, width].map(|size| (size, size)))
    }
}

impl From<((usize, usize), (usize, usize), (usize, usize))> for Sides<3> {
    fn from((depth, height, width): ((usize, usize), (usize, usize), (usize, usize))) -> Self {
        Sides([depth, height, width])
    }
}

/// The forms in Keras' configurations.
#[derive(Deserialize)]
#[serde(untagged)]
enum Form<T> {
    All(usize),
    Each(Vec<T>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Side {
    Both(usize),
    Each((usize, usize)),
}

impl Side {
    fn pair(&self) -> (usize, usize) {
        match *self {
            Side::Both(size) => (size, size),
            Side::Each(pair) => pair,
        }
    }
}

impl<const N: usize> Serialize for Sizes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_slice().serialize(serializer)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Sizes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let each = match Form::deserialize(deserializer)? {
            Form::All(size) => vec![size; N],
            Form::Each(sizes) => sizes,
        };
        let count = each.len();
        let sizes = each.try_into().map_err(|_| de::Error::custom(format!("expected {N} sizes, got {count}")))?;
        Ok(Sizes(sizes))
    }
}

/// As Keras: the sides of a sequence's axis are one pair, those of images and volumes a list of pairs.
impl<const N: usize> Serialize for Sides<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            all => all.serialize(serializer),
        }
    }
}

impl<'de, const N: usize> Deserialize<'de> for Sides<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let each = match Form::<Side>::deserialize(deserializer)? {
            Form::All(size) => return Ok(size.into()),
            Form::Each(sides) => sides,
        };
        let sides: Vec<(usize, usize)> = match each.as_slice() {
            [Side::Both(before), Side::Both(after)] if N == 1 => vec![(*before, *after)],
            sides => sides.iter().map(Side::pair).collect(),
        };
        let count = sides.len();
        let sides = sides.try_into().map_err(|_| de::Error::custom(format!("expected the sides of {N} axes, got {count}")))?;
        Ok(Sides(sides))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sizes_are_one_number_or_one_for_each_axis() {
        let parsed = |json| serde_json::from_value::<Sizes<2>>(json).map_err(|e| e.to_string());
        assert_eq!(parsed(json!(3)), Ok(3.into()));
        assert_eq!(parsed(json!([3, 4])), Ok((3, 4).into()));
        assert_eq!(parsed(json!([3])), Err("expected 2 sizes, got 1".into()));
        assert_eq!(json!(Sizes::from((3, 4))), json!([3, 4]));
    }

    #[test]
    fn sides_have_three_forms() {
        let image = |json| serde_json::from_value::<Sides<2>>(json).map_err(|e| e.to_string());
        assert_eq!(image(json!(3)), Ok(3.into()));
        assert_eq!(image(json!([3, 4])), Ok((3, 4).into()));
        assert_eq!(image(json!([[1, 2], [3, 4]])), Ok(((1, 2), (3, 4)).into()));
        assert_eq!(image(json!([[1, 2]])), Err("expected the sides of 2 axes, got 1".into()));
        assert_eq!(json!(Sides::<2>::from((3, 4))), json!([[3, 3], [4, 4]]));
        let sequence: Sides<1> = serde_json::from_value(json!([1, 2])).unwrap();
        assert_eq!(sequence, (1, 2).into());
        assert_eq!(json!(sequence), json!([1, 2]));
    }
}
