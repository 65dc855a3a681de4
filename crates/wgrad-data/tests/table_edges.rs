//! Tables at the edges: NaN, infinities, equal values, no rows, long names, many values.

use wgrad_data::{Column, Csv, Fill, Scaler, Table, Value};

#[test]
fn nan_is_missing() {
    let table = Table::parse_csv("x\n1\nNAN\n+nan\n").unwrap().with_column("y", vec![f64::NAN, 3.0, 5.0]).unwrap();
    assert_eq!(table.missing(), [("x", 2), ("y", 1)]);
    assert_eq!(table.dropna().len(), 0);
    assert_eq!(table.fillna("y", Fill::Mean).unwrap().numbers("y").unwrap(), [4.0, 3.0, 5.0]);
    assert_eq!(table.describe().get("y").map(|y| (y.count, y.mean)), Some((2, 4.0)));
    assert_eq!(table.to_tensor().unwrap_err().to_string(), "table: a tensor has no missing values; row 1 of \"x\" is one");
    let report = Csv::new().parse(b"x\n1\nNAN\n", "t").unwrap().1;
    assert_eq!(report.to_string(), "x: floats, 1 missing (\"NAN\" on line 3)");
}

#[test]
fn what_ends_lines_or_quotes_separates_no_fields() {
    let error = |separator: char| Csv::new().separator(separator).parse(b"a\n1\n", "f.csv").unwrap_err().to_string();
    assert_eq!(error('\n'), r"f.csv: '\n' quotes fields or ends lines and cannot separate fields");
    assert!(error('"').contains("cannot separate fields"));
}

/// `np.mean([0.1] * 1000)` is not 0.1.
#[test]
fn equal_numbers_have_no_deviation() {
    let same = Table::new([("x", vec![0.1; 1000])]).unwrap();
    let scaled = Scaler::standard(&same).unwrap().transform(&same).unwrap();
    assert!(scaled.numbers("x").unwrap().iter().all(|&x| x == 0.0));
    assert_eq!(same.describe().get("x").map(|x| (x.mean, x.std)), Some((0.1, 0.0)));
    assert_eq!(same.fillna("x", Fill::Mean).unwrap(), same);
}

/// As scikit-learn has it: a difference that can be told from rounding is one, however large the numbers are.
#[test]
fn close_large_numbers_are_scaled() {
    let x = |numbers: &Table| numbers.numbers("x").unwrap();
    for (least, step) in [(1e15, 1.0), (1e16, 2.0)] {
        let close = Table::new([("x", vec![least, least + step, least + 2.0 * step])]).unwrap();
        assert_eq!(x(&Scaler::min_max(&close).unwrap().transform(&close).unwrap()), [0.0, 0.5, 1.0]);
    }
    let close = Table::new([("x", vec![1e15, 1e15 + 2.0])]).unwrap();
    assert_eq!(x(&Scaler::standard(&close).unwrap().transform(&close).unwrap()), [-1.0, 1.0]);
    let far = Table::new([("x", vec![1e200, -1e200])]).unwrap();
    assert!(Scaler::standard(&far).unwrap_err().to_string().contains("no finite numbers"));
    let rounded = Table::new([("x", vec![0.1, 0.1 + 1e-17, 0.3 - 0.2])]).unwrap();
    assert!(x(&Scaler::standard(&rounded).unwrap().transform(&rounded).unwrap()).iter().all(|x| x.abs() < 1e-15));
}

/// As `pd.Series([inf, 1, inf, inf]).describe()`.
#[test]
fn infinities_have_mean_and_quartiles() {
    let inf = f64::INFINITY;
    let table = Table::new([("x", vec![inf, 1.0, inf, inf])]).unwrap();
    let x = *table.describe().get("x").unwrap();
    assert_eq!((x.mean, x.min, x.median, x.q75, x.max), (inf, 1.0, inf, inf, inf));
}

#[test]
fn columns_without_rows_keep_their_kind() {
    let none = Table::new([("x", Column::Text(Vec::new()))]).unwrap();
    assert_eq!(none.fillna("x", Fill::Value(Value::Text("a"))).unwrap(), none);
    assert_eq!(none.map("x", [("a", 1)]).unwrap(), none);
}

#[test]
fn counts_do_not_replace_what_they_count() {
    let table = Table::new([("count", vec![1, 1, 2])]).unwrap();
    assert_eq!(
        table.group_counts(["count"]).unwrap_err().to_string(),
        "table: the column \"count\" cannot be grouped by: the column of counts has that name; rename it"
    );
}

#[test]
fn names_of_any_length_are_printed() {
    let long = "x".repeat(70_000);
    let table = Table::new([(long.as_str(), (0..70).collect::<Vec<i64>>())]).unwrap();
    assert!(table.to_string().contains(&long) && table.describe().to_string().contains(&long));
    assert_eq!(table.head(1).to_string().lines().map(str::len).collect::<Vec<_>>(), [70_003; 2]);
}

/// What pandas 3.1 prints.
#[test]
fn odd_values_are_printed_as_in_pandas() {
    let text = "a\tb,t,none\n1e308,\"one\ntwo\r\",\n-1e308,x,\n5e-324,y,\n";
    let (table, _) = Csv::new().parse(text.as_bytes(), "f.csv").unwrap();
    let printed = "            a\\tb           t  none
0  1.000000e+308  one\\ntwo\\r   NaN
1 -1.000000e+308           x   NaN
2  4.940656e-324           y   NaN";
    assert_eq!(table.to_string(), printed);
    let std = table.describe().to_string();
    assert_eq!(std.lines().nth(3), Some("std              inf   NaN"), "{std}");
    let none = Table::new([("a", Column::Float(vec![None])), ("b", vec![1.0].into())]).unwrap();
    assert_eq!(none.to_string(), "    a    b\n0 NaN  1.0");
    let texts: Vec<String> = [49, 50].map(|n| "x".repeat(n)).into();
    let shown = Table::new([("a", texts)]).unwrap().to_string();
    assert_eq!(shown.lines().skip(1).map(|line| line.matches('x').count()).collect::<Vec<_>>(), [49, 46]);
}

/// With work for each pair of these it would take hours.
#[test]
fn many_names_and_values_take_no_square_of_time() {
    let n = 300_000;
    let wide = Table::new((0..n).map(|i| (i.to_string(), vec![i]))).unwrap();
    assert_eq!(wide.names().len(), n as usize);
    let long = Table::new([("x", (0..n).chain([7, 7, 5]).collect::<Vec<i64>>())]).unwrap();
    assert_eq!(long.value_counts("x").unwrap()[..3], [("7".into(), 3), ("5".into(), 2), ("0".into(), 1)]);
    assert_eq!(long.fillna("x", Fill::Mode).unwrap(), long);
}
