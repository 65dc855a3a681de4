//! The box of a layer: name and class on the colour of its family, and below what is asked for.

use super::{PlotModel, family, name};
use crate::{
    color::{Color, GRID, INK, MUTED, WHITE},
    scene::{Anchor, Rect, Scene, Segment, Stroke, Style},
};
use wgrad_model::{ANY, GraphNode};
use wgrad_tensor::{DType, Spec};

const LINE: f64 = 20.0;
const HEAD: f64 = 28.0;
const PADDING: f64 = 12.0;
const RADIUS: f64 = 6.0;
/// Lines of shapes; of more the number is told.
const SHAPES: usize = 4;

pub(super) struct Card {
    title: String,
    color: Color,
    /// What, and its value.
    lines: Vec<(String, String)>,
    /// Where the values begin.
    column: f64,
    pub(super) size: (f64, f64),
}

impl Card {
    pub(super) fn new(node: &GraphNode, form: &PlotModel) -> Card {
        let title = match form.show_layer_names {
            true => format!("{} ({})", name(&node.path), node.class_name),
            false => node.class_name.clone(),
        };
        let title = title_style().fit(&title, 400.0);
        let lines = lines(node, form);
        let widest = |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| line_style().width(text)).fold(0.0, f64::max);
        let column = widest(&mut lines.iter().map(|(what, _)| what)) + 12.0;
        let values = column + widest(&mut lines.iter().map(|(_, value)| value));
        let inside = title_style().width(&title).max(if lines.is_empty() { 0.0 } else { values });
        let below = if lines.is_empty() { 0.0 } else { lines.len() as f64 * LINE + 8.0 };
        let size = ((inside + 2.0 * PADDING).max(110.0).ceil(), HEAD + below);
        Card { title, color: family(&node.class_name), lines, column, size }
    }

    pub(super) fn draw(&self, scene: &mut Scene, rect: Rect) {
        scene.frame(rect, RADIUS, Some(if self.lines.is_empty() { self.color } else { WHITE }), Stroke::new(self.color, 1.2));
        if !self.lines.is_empty() {
            scene.path(top(&rect), Some(self.color), None);
        }
        let style = title_style().anchor(Anchor::Middle);
        scene.text((rect.x + rect.width / 2.0, rect.y + HEAD / 2.0 + 4.5), self.title.clone(), style);
        for (i, (what, value)) in self.lines.iter().enumerate() {
            let y = rect.y + HEAD + 4.0 + i as f64 * LINE;
            if i > 0 && !what.is_empty() {
                scene.line((rect.x + PADDING, y), (rect.right() - PADDING, y), Stroke::new(GRID, 1.0));
            }
            scene.text((rect.x + PADDING, y + 14.0), what.clone(), Style { color: MUTED, ..line_style() });
            scene.text((rect.x + PADDING + self.column, y + 14.0), value.clone(), line_style());
        }
    }
}

/// The part of a rounded rectangle that holds the title.
fn top(rect: &Rect) -> Vec<Segment> {
    let (left, right, y, bottom) = (rect.x, rect.right(), rect.y, rect.y + HEAD);
    let k = RADIUS * 0.45;
    vec![
        Segment::Move(left, bottom),
        Segment::Line(left, y + RADIUS),
        Segment::Cubic([left, y + k, left + k, y, left + RADIUS, y]),
        Segment::Line(right - RADIUS, y),
        Segment::Cubic([right - k, y, right, y + k, right, y + RADIUS]),
        Segment::Line(right, bottom),
        Segment::Close,
    ]
}

fn title_style() -> Style {
    Style::new(12.5, WHITE).bold()
}

fn line_style() -> Style {
    Style::new(11.5, INK)
}

fn lines(node: &GraphNode, form: &PlotModel) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    if form.show_shapes {
        // What an input gives is what it gets.
        if node.class_name != "InputLayer" {
            lines.extend(shapes("input", &node.inputs));
        }
        lines.extend(shapes("output", &node.outputs));
    }
    let mut line = |what: &str, value: Option<String>| lines.extend(value.map(|value| (what.to_string(), value)));
    line("dtype", node.outputs.first().filter(|_| form.show_dtype).map(|spec| keras_name(spec.dtype).into()));
    line("activation", node.activation.clone().filter(|_| form.show_layer_activations));
    line("trainable", node.trainable.filter(|_| form.show_trainable).map(|learns| if learns { "yes" } else { "no" }.into()));
    lines
}

fn shapes(what: &str, specs: &[Spec]) -> Vec<(String, String)> {
    let rest = specs.len().saturating_sub(SHAPES);
    let shown = specs.iter().take(SHAPES).map(|spec| {
        let axes =
            std::iter::once("None".to_string()).chain(spec.shape.iter().map(|&n| if n == ANY { "None".into() } else { n.to_string() }));
        let axes: Vec<String> = axes.collect();
        format!("({}{})", axes.join(", "), if axes.len() == 1 { "," } else { "" })
    });
    let more = (rest > 0).then(|| format!("… {rest} more"));
    // Only the first line says what it is.
    shown.chain(more).enumerate().map(|(i, value)| (if i == 0 { what.to_string() } else { String::new() }, value)).collect()
}

/// As Keras calls it.
fn keras_name(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        DType::I32 => "int32",
        DType::U32 => "uint32",
        DType::F16 => "float16",
        DType::F32 => "float32",
        DType::F64 => "float64",
    }
}
