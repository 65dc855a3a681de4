//! Data of which no picture can be drawn, and data that is strange.

use roxmltree::Document;
use wgrad_cpu as _;
use wgrad_plot::*;
use wgrad_tensor::Tensor;

fn error<T>(result: wgrad_model::Result<T>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn errors_name_the_rule_and_the_values() {
    let none: [f64; 0] = [];
    let rule = "true_against_predicted: it takes as many predicted as true values, and some, got 2 and 1";
    assert_eq!(error(true_against_predicted(&[1.0], &[1.0, 2.0])), rule);
    assert!(error(error_histogram(&none, &none)).contains("got 0 and 0"));
    assert!(error(confusion_matrix(&[0_usize; 0], &[0_usize; 0], &[])).contains("and some, got 0 and 0"));
    assert_eq!(error(confusion_matrix(&[0, -1], &[0, 0], &[])), "labels: a label is a whole number from 0 on, got -1");
    assert_eq!(error(confusion_matrix(&[5000], &[0], &[])), "confusion_matrix: it shows at most 1000 classes, got 5001");
    assert!(error(confusion_matrix(&Tensor::from_vec(vec![0.5_f32], [1]), &[0], &[])).contains("got 0.5"));
    assert_eq!(error(pair_plot::<&[f64]>([], None, &[])), "pair_plot: it takes 1 to 12 columns, got 0");
    assert!(error(pair_plot([("a", &[1.0, 2.0][..]), ("b", &[1.0][..])], None, &[])).contains("got 1 for b and 2 for the first"));
    assert!(error(pair_plot([("a", &[1.0, 2.0])], Some((&[0]).into()), &[])).contains("a label for each of the 2 rows, got 1"));
    let (images, likely) = (Tensor::zeros([2, 4, 4, 2]), Tensor::ones([2, 3]));
    assert!(error(sample_images(&images, &likely, &[0, 1], &[])).contains("got [2, 4, 4, 2], 6 and 2 labels"));
    assert_eq!(error(plot_history(Runs::default())), "plot_history: there is no epoch to show");
    assert_eq!(error(Plot::new("nothing").draw()), "plot: there is nothing to show");
    let plot = Plot::new("uneven").line("fit", &[0.0, 1.0], &[0.0]);
    assert_eq!(error(plot.draw()), "plot: there is a y for each x, got 1 and 2 in \"fit\"");
    let figure = error_histogram(&[1.0], &[1.5]).unwrap();
    assert_eq!(error(figure.save("picture.gif")), "picture.gif: pictures are written as .svg or .png");
    assert!(error(figure.png_scaled(1e6)).contains("is not within"));
    assert!(error(figure.png_scaled(f64::NAN)).contains("is not within"));
    let invalid = Tensor::ones([2]).matmul(&Tensor::ones([3]));
    assert!(error(true_against_predicted(&invalid, &invalid)).contains("matmul"));
}

#[test]
fn strange_numbers_make_pictures_too() {
    let strange = [f64::NAN, f64::INFINITY, -1e300, 0.0, 5e-324, 1e300];
    for figure in [
        true_against_predicted(&strange, &strange),
        true_against_predicted(&[f64::NAN; 3], &[1.0; 3]),
        error_histogram(&strange, &[0.0; 6]),
        error_histogram(&[f64::NAN], &[f64::NAN]),
        Plot::new("").line("a", &strange, &strange).dots("b", &strange, &[1.0; 6]).rings("c", &strange, &strange).draw(),
        pair_plot([("a & <b>", &strange), ("\u{0}", &[1.0; 6])], Some((&[0, 1, 2, 0, 1, 999]).into()), &["\"x\""]),
        confusion_matrix(&[999], &[0], &["one"]),
        sample_images(&Tensor::full([1, 1, 3], f32::NAN), &Tensor::full([1, 2], f32::NAN), &[0], &[]),
    ] {
        let figure = figure.unwrap();
        let svg = figure.svg();
        Document::parse(&svg).unwrap_or_else(|e| panic!("{e}: {svg}"));
        let places = svg.lines().map(|line| line.split('>').next().unwrap_or_default());
        assert!(places.clone().all(|tag| !tag.contains("NaN") && !tag.contains("inf") && !tag.contains("00000")), "{svg}");
        figure.png_scaled(0.5).unwrap();
    }
}
