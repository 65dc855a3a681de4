//! Every kind of picture is drawn: well-formed, within its canvas, with as many marks as there are things to show, and with the same bytes each time.

#[path = "../examples/gallery.rs"]
mod example;

use example::gallery;
use roxmltree::{Document, Node};
use std::{collections::HashMap, sync::LazyLock};
use tiny_skia::Pixmap;
use wgrad_plot::Figure;

static GALLERY: LazyLock<HashMap<&'static str, Figure>> = LazyLock::new(|| gallery().unwrap().into_iter().collect());

/// How many elements of that name the picture has.
fn count(picture: &str, element: &str) -> usize {
    let svg = GALLERY[picture].svg();
    let document = Document::parse(&svg).unwrap();
    document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", element))).count()
}

fn texts(picture: &str) -> Vec<String> {
    let svg = GALLERY[picture].svg();
    let document = Document::parse(&svg).unwrap();
    document.descendants().filter(|node| node.has_tag_name("text")).map(|node| node.text().unwrap_or_default().to_string()).collect()
}

fn number(node: &Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).map_or(0.0, |value| value.parse().unwrap())
}

/// The corners of what an element covers; of texts the point that they are placed by.
fn corners(node: &Node<'_, '_>) -> Vec<(f64, f64)> {
    let n = |name| number(node, name);
    match node.tag_name().name() {
        "rect" | "image" => vec![(n("x"), n("y")), (n("x") + n("width"), n("y") + n("height"))],
        "circle" => vec![(n("cx") - n("r"), n("cy") - n("r")), (n("cx") + n("r"), n("cy") + n("r"))],
        "text" => vec![(n("x"), n("y"))],
        "path" => {
            let data = node.attribute("d").unwrap().replace(['M', 'L', 'C', 'Z'], " ");
            let numbers: Vec<f64> = data.split_whitespace().map(|number| number.parse().unwrap()).collect();
            numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn everything_is_within_the_canvas() {
    for (name, figure) in GALLERY.iter() {
        let (svg, (width, height)) = (figure.svg(), figure.size());
        let document = Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut marks = 0;
        for node in document.descendants().filter(Node::is_element) {
            for (x, y) in corners(&node) {
                marks += 1;
                assert!((-0.5..=width + 0.5).contains(&x) && (-0.5..=height + 0.5).contains(&y), "{name}: {node:?} at ({x}, {y})");
            }
        }
        assert!(marks > 10, "{name} is empty");
    }
}

#[test]
fn as_many_marks_as_there_are_things() {
    assert_eq!(count("true_against_predicted", "circle"), 600);
    // A dot of the legend for each ring, and the samples.
    assert_eq!(count("boundary", "circle"), 3 + 400);
    // Dots of the legend, and every flower in each of the 12 cells beside the diagonal.
    assert_eq!(count("pairs", "circle"), 3 + 12 * 150);
    assert_eq!(count("pairs_plain", "circle"), 6 * 150);
    // The legend has a dot and a ring; of three lines one has a name.
    assert_eq!((count("plot", "circle"), count("plot", "rect")), (41, 1 + 6));
    assert_eq!(count("samples", "image"), 12);
    assert_eq!(count("confusion_many", "rect"), 1 + 10 * 10 + 60);
    assert!(texts("confusion_many").contains(&"accuracy 0.8384".to_string()), "{:?}", texts("confusion_many"));
    assert_eq!(texts("samples")[0], "10 of 12 right");
    assert!(texts("model_branches").contains(&"(None, 28, 28, 1)".to_string()));
    for (picture, inside) in [("model_branches", false), ("model_nested", true)] {
        assert_eq!(texts(picture).contains(&"pool (MaxPooling2D)".to_string()), inside, "{picture}");
    }
}

#[test]
fn png_files_show_something() {
    for (name, figure) in GALLERY.iter() {
        let (scale, (width, height)) = (0.25, figure.size());
        let pixels = Pixmap::decode_png(&figure.png_scaled(scale).unwrap()).unwrap();
        assert_eq!((f64::from(pixels.width()), f64::from(pixels.height())), ((width * scale).ceil(), (height * scale).ceil()), "{name}");
        let dark = pixels.pixels().iter().filter(|pixel| u32::from(pixel.red()) + u32::from(pixel.green()) < 400).count();
        assert!(dark * 1000 > pixels.pixels().len(), "{name}: {dark} dark pixels");
    }
}

#[test]
fn the_same_bytes_each_time() {
    for (name, figure) in gallery().unwrap() {
        assert_eq!(figure.svg(), GALLERY[name].svg(), "{name}");
        assert_eq!(figure.png_scaled(0.3).unwrap(), GALLERY[name].png_scaled(0.3).unwrap(), "{name}");
    }
}
