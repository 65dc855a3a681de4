//! A model's layers and what flows between them, as Keras' `plot_model` draws them.

mod card;
mod layout;
mod order;
mod place;

use crate::{
    Figure,
    color::{AXIS, Color, MUTED},
    scene::{Rect, Scene, Segment, Stroke, Style},
};
use card::Card;
use layout::{Edge, Layout};
use std::collections::HashMap;
use wgrad_model::{GraphNode, Model, ModelGraph, Result};

/// Which way a model is drawn, from its inputs to its outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RankDir {
    /// Downwards.
    #[default]
    TopToBottom,
    /// To the right.
    LeftToRight,
    /// Upwards.
    BottomToTop,
    /// To the left.
    RightToLeft,
}

/// How [`plot_model`] shows a model, as the arguments of Keras' `plot_model`: `PlotModel::new().show_shapes(true)`.
#[derive(Clone, Copy, Debug)]
pub struct PlotModel {
    pub(crate) show_shapes: bool,
    pub(crate) show_dtype: bool,
    pub(crate) show_layer_names: bool,
    pub(crate) show_layer_activations: bool,
    pub(crate) show_trainable: bool,
    rankdir: RankDir,
    expand_nested: bool,
    dpi: f64,
}

impl Default for PlotModel {
    fn default() -> Self {
        PlotModel::new()
    }
}

impl PlotModel {
    /// Names and classes of the layers, downwards; models in the model are one box each.
    pub fn new() -> PlotModel {
        PlotModel {
            show_shapes: false,
            show_dtype: false,
            show_layer_names: true,
            show_layer_activations: false,
            show_trainable: false,
            rankdir: RankDir::TopToBottom,
            expand_nested: false,
            dpi: 192.0,
        }
    }

    /// Whether the shapes of inputs and outputs are shown.
    #[must_use]
    pub fn show_shapes(self, show_shapes: bool) -> PlotModel {
        PlotModel { show_shapes, ..self }
    }

    /// Whether the dtype of the output is shown.
    #[must_use]
    pub fn show_dtype(self, show_dtype: bool) -> PlotModel {
        PlotModel { show_dtype, ..self }
    }

    /// Whether the names of the layers are shown; `true` by default.
    #[must_use]
    pub fn show_layer_names(self, show_layer_names: bool) -> PlotModel {
        PlotModel { show_layer_names, ..self }
    }

    /// Whether activations are shown.
    #[must_use]
    pub fn show_layer_activations(self, show_layer_activations: bool) -> PlotModel {
        PlotModel { show_layer_activations, ..self }
    }

    /// Whether it is shown which layers learn.
    #[must_use]
    pub fn show_trainable(self, show_trainable: bool) -> PlotModel {
        PlotModel { show_trainable, ..self }
    }

    /// Which way the model is drawn; downwards by default.
    #[must_use]
    pub fn rankdir(self, rankdir: RankDir) -> PlotModel {
        PlotModel { rankdir, ..self }
    }

    /// Whether the layers of models in the model are shown, in a box around them.
    #[must_use]
    pub fn expand_nested(self, expand_nested: bool) -> PlotModel {
        PlotModel { expand_nested, ..self }
    }

    /// Pixels for each inch in PNG files, where an inch is 96 units of SVG; 192 by default.
    #[must_use]
    pub fn dpi(self, dpi: f64) -> PlotModel {
        PlotModel { dpi, ..self }
    }

    /// Draws the graph of a model.
    pub(crate) fn draw(self, graph: &ModelGraph) -> Figure {
        let group = Group::of(graph, "", &self);
        let (width, height) = group.size;
        let mut scene = Scene::new(width + 2.0 * MARGIN, height + 2.0 * MARGIN);
        scene.scale = self.dpi / 96.0;
        group.draw(&mut scene, (MARGIN, MARGIN), self.rankdir);
        Figure(scene)
    }

    fn is_sideways(&self) -> bool {
        matches!(self.rankdir, RankDir::LeftToRight | RankDir::RightToLeft)
    }
}

/// Draws the layers of a model and what flows between them (Keras `plot_model`).
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{Sequential, layers::{Dense, Flatten}};
/// use wgrad_plot::{PlotModel, plot_model};
/// # fn main() -> wgrad_model::Result<()> {
/// let layers = [Flatten::new().into(), Dense::new(10).activation("softmax").into()];
/// let model = Sequential::new(layers).input_shape([28, 28]).build()?;
/// let figure = plot_model(&model, PlotModel::new().show_shapes(true))?;
/// assert!(figure.svg().contains("(None, 784)"));
/// assert_eq!(plot_model(&model, PlotModel::new().show_shapes(true).dpi(96.0))?.png()?, figure.png_scaled(1.0)?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`Model::graph`].
pub fn plot_model(model: &Model, form: PlotModel) -> Result<Figure> {
    Ok(form.draw(&model.graph()?))
}

const MARGIN: f64 = 20.0;
/// Around the layers of a model in the model, and above them for its name.
const INSIDE: f64 = 18.0;
const HEADING: f64 = 24.0;

/// The layers of a model, in their places.
struct Group {
    items: Vec<Item>,
    layout: Layout,
    size: (f64, f64),
}

enum Item {
    Card(Card),
    /// A model in the model: its name, and its layers.
    Group(String, Group),
}

impl Group {
    /// The layers right inside of the layer `outer`; of the model itself where that is empty.
    fn of(graph: &ModelGraph, outer: &str, form: &PlotModel) -> Group {
        let nodes: Vec<&GraphNode> = graph.nodes.iter().filter(|node| parent(&node.path) == outer).collect();
        let number: HashMap<&str, usize> = nodes.iter().enumerate().map(|(i, node)| (node.path.as_str(), i)).collect();
        let items: Vec<Item> = nodes.iter().map(|node| Item::of(graph, node, form)).collect();
        let edges = nodes.iter().enumerate().flat_map(|(to, node)| {
            // What comes from outside reaches the box around this group.
            let inside = node.sources.iter().filter_map(|source| number.get(source.as_str()));
            inside.filter(move |from| **from != to).map(move |&from| Edge { from, to })
        });
        let sizes: Vec<(f64, f64)> = items.iter().map(Item::size).collect();
        let flipped = |(width, height)| if form.is_sideways() { (height, width) } else { (width, height) };
        let layout = Layout::new(&sizes.iter().copied().map(flipped).collect::<Vec<_>>(), &edges.collect::<Vec<_>>());
        let size = flipped(layout.size);
        Group { items, layout, size }
    }

    fn draw(&self, scene: &mut Scene, origin: (f64, f64), rankdir: RankDir) {
        let (width, height) = self.size;
        // From the layout, which goes downwards, to the picture.
        let place = |(x, y): (f64, f64)| {
            let (x, y) = match rankdir {
                RankDir::TopToBottom => (x, y),
                RankDir::BottomToTop => (x, height - y),
                RankDir::LeftToRight => (y, x),
                RankDir::RightToLeft => (width - y, x),
            };
            (origin.0 + x, origin.1 + y)
        };
        for route in &self.layout.routes {
            arrow(
                scene,
                &route.iter().copied().map(place).collect::<Vec<_>>(),
                matches!(rankdir, RankDir::LeftToRight | RankDir::RightToLeft),
            );
        }
        for (item, &center) in self.items.iter().zip(&self.layout.centers) {
            let (center, (width, height)) = (place(center), item.size());
            item.draw(scene, Rect::new(center.0 - width / 2.0, center.1 - height / 2.0, width, height), rankdir);
        }
    }
}

impl Item {
    fn of(graph: &ModelGraph, node: &GraphNode, form: &PlotModel) -> Item {
        let is_box = form.expand_nested && node.is_model() && graph.nodes.iter().any(|inner| parent(&inner.path) == node.path);
        if !is_box {
            return Item::Card(Card::new(node, form));
        }
        Item::Group(format!("{} ({})", name(&node.path), node.class_name), Group::of(graph, &node.path, form))
    }

    fn size(&self) -> (f64, f64) {
        match self {
            Item::Card(card) => card.size,
            Item::Group(title, group) => {
                let title = heading().width(title);
                (group.size.0.max(title) + 2.0 * INSIDE, group.size.1 + 2.0 * INSIDE + HEADING)
            }
        }
    }

    fn draw(&self, scene: &mut Scene, rect: Rect, rankdir: RankDir) {
        match self {
            Item::Card(card) => card.draw(scene, rect),
            Item::Group(title, group) => {
                scene.frame(rect, 10.0, Some(Color(0xf6, 0xf8, 0xfb)), Stroke::new(AXIS, 1.2).dashed([6.0, 4.0]));
                scene.text((rect.x + INSIDE, rect.y + 22.0), title.clone(), heading());
                let left = rect.x + (rect.width - group.size.0) / 2.0;
                group.draw(scene, (left, rect.y + INSIDE + HEADING), rankdir);
            }
        }
    }
}

fn heading() -> Style {
    Style::new(12.0, MUTED).bold()
}

/// The path of the layer around a layer.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The name of a layer without those around it.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A smooth line through `points` with a head at its end; it leaves and arrives along the direction of the picture.
fn arrow(scene: &mut Scene, points: &[(f64, f64)], sideways: bool) {
    const HEAD: f64 = 8.0;
    let ([first, ..], [.., before, last]) = (points, points) else { return };
    let line = Color(0x7a, 0x84, 0x92);
    let along = if sideways { (last.0 - before.0).signum() } else { (last.1 - before.1).signum() };
    let neck = if sideways { (last.0 - along * HEAD, last.1) } else { (last.0, last.1 - along * HEAD) };
    let mut segments = vec![Segment::Move(first.0, first.1)];
    let ends: Vec<(f64, f64)> = points.iter().copied().take(points.len() - 1).chain([neck]).collect();
    for pair in ends.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        segments.push(match sideways {
            true if y0 == y1 => Segment::Line(x1, y1),
            false if x0 == x1 => Segment::Line(x1, y1),
            true => Segment::Cubic([(x0 + x1) / 2.0, y0, (x0 + x1) / 2.0, y1, x1, y1]),
            false => Segment::Cubic([x0, (y0 + y1) / 2.0, x1, (y0 + y1) / 2.0, x1, y1]),
        });
    }
    scene.path(segments, None, Some(Stroke::new(line, 1.5)));
    let (a, b) = if sideways { ((neck.0, neck.1 - 4.0), (neck.0, neck.1 + 4.0)) } else { ((neck.0 - 4.0, neck.1), (neck.0 + 4.0, neck.1)) };
    let head = vec![Segment::Move(last.0, last.1), Segment::Line(a.0, a.1), Segment::Line(b.0, b.1), Segment::Close];
    scene.path(head, Some(line), None);
}

/// The colour of a layer's family.
fn family(class_name: &str) -> Color {
    let has = |parts: &[&str]| parts.iter().any(|part| class_name.contains(part));
    if class_name == "InputLayer" {
        Color(0x5b, 0x65, 0x77)
    } else if has(&["LSTM", "GRU", "RNN", "Bidirectional", "TimeDistributed"]) {
        Color(0x7d, 0x4f, 0xc4)
    } else if has(&["Attention"]) {
        Color(0xc2, 0x4f, 0x8f)
    } else if has(&["Conv", "Dense", "Embedding", "Einsum"]) {
        Color(0x35, 0x63, 0xc4)
    } else if has(&["Normalization", "Dropout", "Noise", "Random"]) {
        Color(0x1f, 0x8a, 0x8f)
    } else if has(&["Pool"]) {
        Color(0x3d, 0x8f, 0x49)
    } else if has(&["Concatenate", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Dot"]) {
        Color(0xc0, 0x6a, 0x0c)
    } else if matches!(class_name, "Sequential" | "Functional") {
        Color(0x3b, 0x44, 0x54)
    } else {
        Color(0x73, 0x6a, 0x5d)
    }
}
