//! Data sets that are tables. Those whose licence allows it come with the crate.

use crate::{
    Csv, Error, Places, Result, Table,
    file::DataFile,
    npz::Npz,
    places::{Folder, Found},
};

/// Declares tables that the crate carries: the type, its documentation, its file.
macro_rules! tables {
    ($($(#[$doc:meta])* $set:ident = $file:literal, $target:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $set;

        impl $set {
            /// The column that is to be predicted.
            pub const TARGET: &'static str = $target;

            /// The whole table.
            ///
            /// # Errors
            /// None, as long as the crate is whole.
            pub fn load() -> Result<Table> {
                Ok(Csv::new().parse(include_bytes!(concat!("../../sample/tables/", $file)), $file)?.0)
            }
        }
    )* };
}

tables! {
    /// 398 cars and how many miles they go with a gallon; `horsepower` is missing in six rows. UCI, doi 10.24432/C5859H, CC BY 4.0.
    AutoMpg = "auto-mpg.csv", "mpg";
    /// 344 penguins of three species: Adelie (152), Gentoo (124) and Chinstrap (68); measurements of two and the sex of eleven are missing. Horst, Hill
    /// and Gorman, palmerpenguins, CC0.
    Penguins = "penguins.csv", "species";
    /// 150 flowers of three species. R. A. Fisher, 1936; UCI, CC BY 4.0.
    Iris = "iris.csv", "species";
    /// 178 wines of three growers. UCI, CC BY 4.0.
    Wine = "wine.csv", "class";
    /// 569 tumours, malignant (212) or benign (357). UCI, CC BY 4.0.
    BreastCancer = "breast-cancer.csv", "diagnosis";
}

/// 506 districts of Boston and the median price of a house there (`medv`, in 1000 dollars of 1978). Harrison and Rubinfeld, 1978. The set is old and much
/// used; its column `b` was built on race, which is why scikit-learn removed it. No licence is stated, so the crate does not carry it.
#[derive(Clone, Copy, Debug)]
pub struct BostonHousing;

/// The table, and the arrays that Keras has.
const FORMS: [Folder; 2] = [
    Folder { name: "boston-housing", addresses: &["http://storage.googleapis.com/tensorflow/tf-keras-datasets"], files: &[ARRAYS] },
    Folder { name: "tables", addresses: &[], files: &[TABLE] },
];

const ARRAYS: DataFile = DataFile {
    name: "boston_housing.npz",
    size: 57_026,
    sum: "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
    also: &[],
};

const TABLE: DataFile = DataFile {
    name: "boston-housing.csv",
    size: 34_695,
    sum: "24ec814c9b6c5bb1cae0f6d203636413195ade13a34b62920787599f63eefd7e",
    also: &[],
};

const COLUMNS: [&str; 13] = ["crim", "zn", "indus", "chas", "nox", "rm", "age", "dis", "rad", "tax", "ptratio", "b", "lstat"];

impl BostonHousing {
    /// The column that is to be predicted.
    pub const TARGET: &'static str = "medv";

    /// Loads the table from the first of these places that has it: the directory `WGRAD_DATA` (with `tables/boston-housing.csv` or Keras'
    /// `boston-housing/boston_housing.npz`), the system's packages, the user's cache, a download into it.
    ///
    /// # Errors
    /// No place has it; a file of the place found is missing, damaged or another than it should be.
    pub fn load() -> Result<Table> {
        BostonHousing::load_from(&Places::from_env())
    }

    /// Loads the table from `places`.
    ///
    /// # Errors
    /// Those of [`BostonHousing::load`].
    pub fn load_from(places: &Places) -> Result<Table> {
        let Found { folder, directory, .. } = places.find(&FORMS)?;
        let [file] = folder.files else { return Err(Error::Missing { set: folder.name.into(), why: "it has no file".into() }) };
        let bytes = file.read(&directory)?.bytes;
        let path = directory.join(file.name).display().to_string();
        if file.name == TABLE.name {
            return Ok(Csv::new().parse(&bytes, &path)?.0);
        }
        from_arrays(&bytes).map_err(|rule| Error::Format { file: path, rule })
    }
}

/// Keras' archive: `x` has 13 columns, `y` the prices.
fn from_arrays(bytes: &[u8]) -> Result<Table, String> {
    let mut npz = Npz::new(bytes, 1 << 20)?;
    let (x, y) = (npz.floats("x")?, npz.floats("y")?);
    if x.len() != COLUMNS.len() * y.len() {
        return Err(format!("x has {} numbers, not {} for each of {} rows", x.len(), COLUMNS.len(), y.len()));
    }
    let column = |i: usize| x.iter().skip(i).step_by(COLUMNS.len()).copied().collect::<Vec<f64>>();
    let columns = COLUMNS.iter().enumerate().map(|(i, name)| (*name, column(i)));
    Table::new(columns.chain([(BostonHousing::TARGET, y.clone())])).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npz::tests::{npy, npz};

    #[test]
    fn keras_arrays_become_a_table() {
        let floats = |n: usize| (0..n).flat_map(|i| (i as f64 / 2.0).to_le_bytes()).collect::<Vec<u8>>();
        let table = from_arrays(&npz(&[("x", npy("<f8", &floats(26))), ("y", npy("<f8", &floats(2)))])).unwrap();
        assert_eq!((table.len(), table.names().count()), (2, 14));
        assert_eq!((table.numbers("lstat").unwrap(), table.numbers("medv").unwrap()), (vec![6.0, 12.5], vec![0.0, 0.5]));
        let error = from_arrays(&npz(&[("x", npy("<f8", &floats(25))), ("y", npy("<f8", &floats(2)))])).unwrap_err();
        assert_eq!(error, "x has 25 numbers, not 13 for each of 2 rows");
    }
}
