//! Tables beside what pandas 3.1 and scikit-learn 1.9 compute and print.

use wgrad_data::{AutoMpg, BreastCancer, Column, Csv, Digits, Fill, Iris, Penguins, Scaler, Table, Value, Wine};
use wgrad_tensor::Tensor;

/// The elements of a tensor on the host.
fn numbers(tensor: &Tensor) -> Vec<f64> {
    tensor.value().unwrap().host().unwrap().to_f64()
}

#[track_caller]
fn assert_close(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{got} is not {expected}");
    }
}

const DESCRIBED_CARS: &str = "              mpg   cylinders  displacement  horsepower       weight  acceleration  model_year
count  398.000000  398.000000    398.000000  392.000000   398.000000    398.000000  398.000000
mean    23.514573    5.454774    193.425879  104.469388  2970.424623     15.568090   76.010050
std      7.815984    1.701004    104.269838   38.491160   846.841774      2.757689    3.697627
min      9.000000    3.000000     68.000000   46.000000  1613.000000      8.000000   70.000000
25%     17.500000    4.000000    104.250000   75.000000  2223.750000     13.825000   73.000000
50%     23.000000    4.000000    148.500000   93.500000  2803.500000     15.500000   76.000000
75%     29.000000    8.000000    262.000000  126.000000  3608.000000     17.175000   79.000000
max     46.600000    8.000000    455.000000  230.000000  5140.000000     24.800000   82.000000";

const CARS: &str = "      mpg  cylinders  displacement  horsepower  weight  acceleration  model_year  origin                       name
0    18.0          8         307.0       130.0    3504          12.0          70     usa  chevrolet chevelle malibu
1    15.0          8         350.0       165.0    3693          11.5          70     usa          buick skylark 320
2    18.0          8         318.0       150.0    3436          11.0          70     usa         plymouth satellite
3    16.0          8         304.0       150.0    3433          12.0          70     usa              amc rebel sst
4    17.0          8         302.0       140.0    3449          10.5          70     usa                ford torino
..    ...        ...           ...         ...     ...           ...         ...     ...                        ...
393  27.0          4         140.0        86.0    2790          15.6          82     usa            ford mustang gl
394  44.0          4          97.0        52.0    2130          24.6          82  europe                  vw pickup
395  32.0          4         135.0        84.0    2295          11.6          82     usa              dodge rampage
396  28.0          4         120.0        79.0    2625          18.6          82     usa                ford ranger
397  31.0          4         119.0        82.0    2720          19.4          82     usa                 chevy s-10

[398 rows x 9 columns]";

const PENGUINS: &str = "  species     island  bill_length_mm  bill_depth_mm  flipper_length_mm  body_mass_g     sex  year
0  Adelie  Torgersen            39.1           18.7              181.0       3750.0    male  2007
1  Adelie  Torgersen            39.5           17.4              186.0       3800.0  female  2007
2  Adelie  Torgersen            40.3           18.0              195.0       3250.0  female  2007
3  Adelie  Torgersen             NaN            NaN                NaN          NaN     NaN  2007";

const MIXED: &str = "      a          b      c    d             e             f    g
0  1.50          x   True    1  1.000000e-09  1.000000e+07  1.0
1 -2.25        NaN  False  -20  1.000000e+00  1.500000e+00  2.0
2   NaN  long text   True  300  2.000000e+00  2.123457e+00  3.0";

const DESCRIBED_MIXED: &str = "             a           d             e             f    g
count  2.00000    3.000000  3.000000e+00  3.000000e+00  3.0
mean  -0.37500   93.666667  1.000000e+00  3.333335e+06  2.0
std    2.65165  178.998138  1.000000e+00  5.773502e+06  1.0
min   -2.25000  -20.000000  1.000000e-09  1.500000e+00  1.0
25%   -1.31250   -9.500000  5.000000e-01  1.811728e+00  1.5
50%   -0.37500    1.000000  1.000000e+00  2.123457e+00  2.0
75%    0.56250  150.500000  1.500000e+00  5.000001e+06  2.5
max    1.50000  300.000000  2.000000e+00  1.000000e+07  3.0";

fn mixed() -> Table {
    Table::new([
        ("a", Column::Float(vec![Some(1.5), Some(-2.25), None])),
        ("b", Column::Text(vec![Some("x".into()), None, Some("long text".into())])),
        ("c", vec![true, false, true].into()),
        ("d", vec![1, -20, 300].into()),
        ("e", vec![1e-9, 1.0, 2.0].into()),
        ("f", vec![1e7, 1.5, 2.123456789].into()),
        ("g", vec![1.0, 2.0, 3.0].into()),
    ])
    .unwrap()
}

#[test]
fn tables_print_as_in_pandas() {
    assert_eq!(AutoMpg::load().unwrap().to_string(), CARS);
    assert_eq!(Penguins::load().unwrap().head(4).to_string(), PENGUINS);
    assert_eq!(mixed().to_string(), MIXED);
}

#[test]
fn descriptions_print_as_in_pandas() {
    let cars = AutoMpg::load().unwrap().describe();
    assert_eq!(cars.to_string(), DESCRIBED_CARS);
    assert_eq!(mixed().describe().to_string(), DESCRIBED_MIXED);
    let horsepower = cars.get("horsepower").unwrap();
    assert_close(&[horsepower.mean, horsepower.std, horsepower.median], &[104.46938775510205, 38.49115993282849, 93.5]);
    let empty = mixed().head(0).describe();
    assert!(empty.get("a").is_some_and(|a| a.count == 0 && a.mean.is_nan() && a.max.is_nan()));
}

#[test]
fn the_sets_are_what_they_say() {
    let shape = |table: Table| (table.len(), table.names().count());
    assert_eq!(shape(Iris::load().unwrap()), (150, 5));
    assert_eq!(shape(Wine::load().unwrap()), (178, 14));
    assert_eq!(shape(BreastCancer::load().unwrap()), (569, 31));
    let counts = |table: Table, name: &str| table.value_counts(name).unwrap().into_iter().map(|(_, n)| n).collect::<Vec<_>>();
    assert_eq!(counts(AutoMpg::load().unwrap(), "origin"), [249, 79, 70]);
    assert_eq!(counts(Penguins::load().unwrap(), Penguins::TARGET), [152, 124, 68]);
    assert_eq!(counts(Iris::load().unwrap(), Iris::TARGET), [50; 3]);
    assert_eq!(counts(Wine::load().unwrap(), Wine::TARGET), [71, 59, 48]);
    assert_eq!(counts(BreastCancer::load().unwrap(), BreastCancer::TARGET), [357, 212]);
    let digits = Digits::load().unwrap();
    assert_eq!((digits.len(), &digits.images.shape()[..]), (1797, &[1797, 8, 8][..]));
    assert_eq!(numbers(&digits.images)[..6], [0.0, 0.0, 5.0 / 16.0, 13.0 / 16.0, 9.0 / 16.0, 1.0 / 16.0]);
    assert_eq!(numbers(&digits.labels)[..5], [0., 1., 2., 3., 4.]);
}

#[test]
fn missing_values_are_counted_dropped_and_filled() {
    let penguins = Penguins::load().unwrap();
    let missing: Vec<usize> = penguins.missing().into_iter().map(|(_, n)| n).collect();
    assert_eq!(missing, [0, 0, 2, 2, 2, 2, 11, 0]);
    assert_eq!(penguins.dropna().len(), 333);
    assert_eq!(penguins.isna().numbers("sex").unwrap().iter().sum::<f64>(), 11.0);

    let cars = AutoMpg::load().unwrap();
    let filled = |fill| cars.fillna("horsepower", fill).unwrap().numbers("horsepower").unwrap()[32];
    assert_close(&[filled(Fill::Mean)], &[104.46938775510205]);
    assert_eq!((filled(Fill::Median), filled(Fill::Mode), filled(Fill::Value(Value::Int(7)))), (93.5, 150.0, 7.0));
    assert_eq!(penguins.fillna("sex", Fill::Mode).unwrap().value_counts("sex").unwrap()[0], ("male".into(), 179));

    let error = |name: &str, fill| penguins.fillna(name, fill).unwrap_err().to_string();
    assert_eq!(error("sex", Fill::Mean), "table: \"sex\" holds texts, which have no mean or median");
    assert_eq!(error("sex", Fill::Value(Value::Int(3))), "table: \"sex\" holds texts, which cannot be filled with Int(3)");
    let nothing = Table::new([("a", Column::Float(vec![None]))]).unwrap().fillna("a", Fill::Mean).unwrap_err().to_string();
    assert_eq!(nothing, "table: all values of \"a\" are missing: there is nothing to fill them with");
}

#[test]
fn categories_are_mapped_numbered_counted_and_one_hot() {
    let penguins = Penguins::load().unwrap();
    let sex = penguins.map("sex", [("male", 0), ("female", 1)]).unwrap();
    assert_eq!(
        sex.column("sex").unwrap().iter().take(5).map(Value::number).collect::<Vec<_>>(),
        [Some(0.0), Some(1.0), Some(1.0), None, Some(1.0)]
    );
    let (labels, classes) = penguins.classes("species").unwrap();
    assert_eq!(classes, ["Adelie", "Chinstrap", "Gentoo"]);
    assert_eq!(numbers(&labels).iter().sum::<f64>(), f64::from(68 + 2 * 124));
    assert_eq!(penguins.classes("sex").unwrap_err().to_string(), "table: row 3 of \"sex\" is missing and has no class");
    let groups = penguins.group_counts(["species", "island"]).unwrap();
    assert_eq!(
        groups.to_csv(),
        "species,island,count\nAdelie,Biscoe,44\nAdelie,Dream,56\nAdelie,Torgersen,52\nChinstrap,Dream,68\nGentoo,Biscoe,124\n"
    );
    let origin = AutoMpg::load().unwrap().select(["mpg", "origin"]).unwrap().one_hot("origin").unwrap();
    let expected = "    mpg  origin_europe  origin_japan  origin_usa
0  27.0          False          True       False
1  26.0           True         False       False";
    assert_eq!(origin.rows(&[18, 19]).to_string(), expected);
}

#[test]
fn scalers_are_those_of_scikit_learn() {
    let cars = AutoMpg::load().unwrap().select(["mpg", "weight", "origin"]).unwrap();
    let row = |table: &Table, row: usize| {
        table.select(["mpg", "weight"]).unwrap().names().map(|name| table.numbers(name).unwrap()[row]).collect::<Vec<_>>()
    };
    let standard = Scaler::standard(&cars).unwrap();
    let scaled = standard.transform(&cars).unwrap();
    assert_close(&row(&scaled, 0), &[-0.706438700650983, 0.6308698741675456]);
    assert_close(&row(&scaled, 1), &[-1.0907506236404463, 0.8543329711977774]);
    assert_close(&row(&scaled, 397), &[0.9589129656366908, -0.2960881579578606]);
    assert_close(&row(&standard.inverse_transform(&scaled).unwrap(), 5), &row(&cars, 5));
    let scaled = Scaler::min_max(&cars).unwrap().transform(&cars).unwrap();
    assert_close(&row(&scaled, 0), &[0.2393617021276596, 0.5361497022965693]);
    assert_close(&row(&scaled, 1), &[0.15957446808510636, 0.5897363198185427]);
    assert_eq!(scaled.column("origin").unwrap(), cars.column("origin").unwrap());

    let same = Table::new([("x", vec![0.1; 7])]).unwrap();
    for scaler in [Scaler::standard(&same).unwrap(), Scaler::min_max(&same).unwrap()] {
        assert!(scaler.transform(&same).unwrap().numbers("x").unwrap().iter().all(|x| x.abs() < 1e-15));
    }
}

#[test]
fn scalers_are_kept_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scaler.json");
    let scaler = Scaler::standard(&AutoMpg::load().unwrap()).unwrap();
    scaler.save(&path).unwrap();
    assert_eq!(Scaler::load(&path).unwrap(), scaler);
    let error = |text: &str| {
        std::fs::write(&path, text).unwrap();
        Scaler::load(&path).unwrap_err().to_string().replace(&path.display().to_string(), "FILE")
    };
    assert_eq!(error(r#"{"columns": [{"name": "x", "shift": 0, "scale": 0}]}"#), "FILE: the scale of \"x\" is 0");
    assert!(error("{\n").starts_with("FILE: EOF while parsing an object at line 2"));
    let table = Table::new([("y", vec![1.0])]).unwrap();
    assert_eq!(scaler.transform(&table).unwrap_err().to_string(), "table: there is no column \"mpg\"; there are y");
    let none = Scaler::min_max(&Table::new([("x", Column::Float(vec![None]))]).unwrap()).unwrap_err().to_string();
    assert_eq!(none, "table: the column \"x\" has no finite numbers to be scaled by");
}

#[test]
fn splits_are_seeded_whole_and_stratified() {
    let penguins = Penguins::load().unwrap().with_column("row", (0..344).collect::<Vec<i64>>()).unwrap();
    let (train, test) = penguins.split(0.2, 1);
    assert_eq!((train.len(), test.len()), (275, 69), "scikit-learn rounds the test part up");
    let mut rows = [train.numbers("row").unwrap(), test.numbers("row").unwrap()].concat();
    rows.sort_by(f64::total_cmp);
    assert!(rows.iter().enumerate().all(|(i, &row)| row == i as f64));
    assert_eq!(penguins.split(0.2, 1).1, test);
    assert_ne!(penguins.split(0.2, 2).1, test);

    let (train, test) = penguins.split_stratified("species", 0.25, 3).unwrap();
    let counts = |table: &Table| table.value_counts("species").unwrap().into_iter().map(|(_, n)| n).collect::<Vec<_>>();
    assert_eq!((counts(&test), counts(&train)), (vec![38, 31, 17], vec![114, 93, 51]));
    assert_eq!((penguins.split(1.5, 1).0.len(), penguins.split(-1.0, 1).1.len()), (0, 0));
    assert_eq!(Table::new([("x", (0..30).collect::<Vec<i64>>())]).unwrap().split(0.1, 1).1.len(), 3);

    let sample = penguins.sample(10, 5);
    assert_eq!((sample.len(), penguins.sample(10, 5), penguins.sample(999, 5).len()), (10, sample.clone(), 344));
}

#[test]
fn tensors_have_the_numbers_row_by_row() {
    let table = Table::parse_csv("a,b,c\n1,2.5,True\n-3,4,False\n").unwrap();
    let tensor = table.to_tensor().unwrap();
    assert_eq!((tensor.spec().to_string(), numbers(&tensor)), ("f32[2, 3]".into(), vec![1.0, 2.5, 1.0, -3.0, 4.0, 0.0]));
    let error = |text: &str| Table::parse_csv(text).unwrap().to_tensor().unwrap_err().to_string();
    assert_eq!(error("a\nx\n"), "table: the column \"a\" holds texts, not numbers");
    assert_eq!(error("a,b\n1,2\n3,\n"), "table: a tensor has no missing values; row 1 of \"b\" is one");
    assert_eq!(table.head(0).to_tensor().unwrap().shape()[..], [0, 3]);
}

#[test]
fn columns_are_chosen_replaced_and_checked() {
    let table = mixed();
    assert_eq!(table.drop(["a", "c"]).unwrap().names().collect::<Vec<_>>(), ["b", "d", "e", "f", "g"]);
    assert_eq!(table.select(["d", "a"]).unwrap().names().collect::<Vec<_>>(), ["d", "a"]);
    assert_eq!(table.filter("d", |value| value.number() > Some(0.0)).unwrap().numbers("d").unwrap(), [1.0, 300.0]);
    assert_eq!(table.tail(2).numbers("g").unwrap(), [2.0, 3.0]);
    let error = |result: wgrad_data::Result<Table>| result.unwrap_err().to_string();
    assert_eq!(error(table.select(["z"])), "table: there is no column \"z\"; there are a, b, c, d, e, f, g");
    assert_eq!(error(table.clone().with_column("a", vec![1.0])), "table: the column \"a\" has 1 rows, the table 3");
    assert_eq!(error(Table::new([("a", vec![1]), ("a", vec![2])])), "table: there are two columns \"a\"");
    assert_eq!(table.numbers("b").unwrap_err().to_string(), "table: the column \"b\" holds texts, not numbers");
}

#[test]
fn csv_comes_back_as_it_was_written() {
    let table = Table::new([("a", Column::Text(vec![Some("x, \"y\"\nz".into()), None])), ("b", vec![1.5, 2.0].into())]).unwrap();
    assert_eq!(Table::parse_csv(&table.to_csv()).unwrap(), table);
    let one = Table::new([("a", Column::Float(vec![None, Some(1.0)]))]).unwrap();
    assert_eq!(Table::parse_csv(&one.to_csv()).unwrap(), one, "an empty line would be no row");
}

#[test]
fn the_last_line_of_a_csv_may_end_in_any_way() {
    for end in ["", "\n", "\r", "\r\n", "\n\n\n", "\n# \"no quote", "\n#\n\n"] {
        for last in ["x", "\"x\""] {
            let (table, _) = Csv::new().comment('#').parse(format!("a,b\n1,{last}{end}").as_bytes(), "t").unwrap();
            assert_eq!(table.value_counts("b").unwrap(), [("x".to_string(), 1)], "{last:?} {end:?}");
        }
    }
    let table = Table::parse_csv("a,b\n1,\"x\n\"").unwrap();
    assert_eq!(table.value_counts("b").unwrap(), [("x\n".to_string(), 1)]);
}

#[test]
fn lines_of_spaces_are_skipped_as_in_pandas() {
    let table = Table::parse_csv("  \na,b\n1,2\n \t \n3,4\n   ").unwrap();
    assert_eq!(table.numbers("b").unwrap(), [2.0, 4.0]);
    assert_eq!(Table::parse_csv("a\nx\n  \n").unwrap().len(), 2, "a text of a table of one column");
}

#[test]
fn words_for_missing_values_are_compared_without_spaces() {
    let (table, _) = Csv::new().missing([" ?"]).parse(b"a,b\n1, ?\nnull,?\n", "t").unwrap();
    assert_eq!(table.missing(), [("a", 1), ("b", 2)]);
}

#[test]
fn csv_says_what_it_found() {
    let text = "a,b,c,d\n1,2,True,\n2,x,False,\n3,NA,true,\n";
    let (table, report) = Csv::new().parse(text.as_bytes(), "t").unwrap();
    assert_eq!(report.to_string(), "a: ints\nb: texts, 1 missing (\"x\" on line 3)\nc: bools\nd: floats, 3 missing");
    assert_eq!(table.column("c").unwrap(), &Column::from(vec![true, false, true]));
    let (cars, report) = Csv::new().names(["x"]).parse(b"1\n2.5\n", "t").unwrap();
    assert_eq!((cars.numbers("x").unwrap(), report.to_string()), (vec![1.0, 2.5], "x: floats (\"2.5\" on line 2)".into()));
}

#[test]
fn csv_errors_name_the_line() {
    let error = |csv: Csv, bytes: &[u8]| csv.parse(bytes, "f.csv").unwrap_err().to_string();
    assert_eq!(error(Csv::new(), b"a,b\n1,2\n\n# \n3,4,5\n"), "f.csv: line 4: it has 1 fields, there are 2 columns");
    assert_eq!(error(Csv::new().comment('#'), b"a,b\n1,2\n\n# \n3,4,5\n"), "f.csv: line 5: it has 3 fields, there are 2 columns");
    assert_eq!(error(Csv::new(), b"a,b\n1,\xff\n"), "f.csv: line 2: field 2 is not UTF-8");
    assert_eq!(error(Csv::new(), b""), "f.csv: it has no line of names");
    assert_eq!(error(Csv::new(), b"\na,a\n"), "f.csv: line 2: there are two columns \"a\"");
    assert_eq!(error(Csv::new().names(["a", "a"]), b"1,2\n"), "f.csv: table: there are two columns \"a\"");
    for text in ["a,b\n1,2\n\n3,\"4\n5,6\n", "a,b\n1,2\n\n\"3,4", "a,b\n1,2\n\n3,\"", "a,b\r\n1,2\r\n\r\n3,\"4\r\n"] {
        assert_eq!(error(Csv::new(), text.as_bytes()), "f.csv: line 4: a quote is not closed");
    }
    assert_eq!(error(Csv::new(), b"\"a,b\n"), "f.csv: line 1: a quote is not closed");
    assert_eq!(error(Csv::new().separator('ä'), b"a\n"), "f.csv: 'ä' is not an ASCII character");
    let missing = Table::read_csv("/nowhere/x.csv").unwrap_err().to_string();
    assert!(missing.starts_with("/nowhere/x.csv: No such file"), "{missing}");
}
