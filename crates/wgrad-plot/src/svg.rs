//! Pictures as SVG.

use crate::{
    font::FAMILIES,
    png,
    scene::{Anchor, Mark, Scene, Segment, Stroke, Text},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt::Write;

/// The document.
pub(crate) fn svg(scene: &Scene) -> String {
    let (width, height) = (scene.width, scene.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILIES}\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for mark in &scene.marks {
        out += &element(mark);
        out.push('\n');
    }
    out + "</svg>\n"
}

fn element(mark: &Mark) -> String {
    match mark {
        Mark::Rect { rect, radius, fill, stroke } => {
            let (x, y, width, height) = (n(rect.x), n(rect.y), n(rect.width), n(rect.height));
            let round = if *radius > 0.0 { format!(" rx=\"{}\"", n(*radius)) } else { String::new() };
            let paint = paint(fill.map(|fill| fill.css()), stroke.as_ref());
            format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{round}{paint}/>")
        }
        Mark::Path { segments, fill, stroke } => {
            let paint = paint(fill.map(|fill| fill.css()), stroke.as_ref());
            format!("<path d=\"{}\"{paint} stroke-linejoin=\"round\"/>", data(segments))
        }
        Mark::Circle { x, y, radius, fill, opacity, stroke } => {
            let opacity = if *opacity < 1.0 { format!(" fill-opacity=\"{}\"", n(*opacity)) } else { String::new() };
            let paint = paint(Some(fill.css()), stroke.as_ref());
            format!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{paint}{opacity}/>", n(*x), n(*y), n(*radius))
        }
        Mark::Text(text) => text_element(text),
        Mark::Bitmap { rect, bitmap } => {
            let (x, y, width, height) = (n(rect.x), n(rect.y), n(rect.width), n(rect.height));
            let png = STANDARD.encode(png::of_bitmap(bitmap));
            format!(
                "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
                 style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{png}\"/>"
            )
        }
    }
}

fn text_element(text: &Text) -> String {
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let (x, y) = (n(text.x), n(text.y));
    let bold = if text.bold { " font-weight=\"bold\"" } else { "" };
    let rotation = if text.rotation == 0.0 { String::new() } else { format!(" transform=\"rotate({} {x} {y})\"", n(text.rotation)) };
    let (size, color) = (n(text.size), text.color.css());
    format!("<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{color}\"{bold}{anchor}{rotation}>{}</text>", escape(&text.text))
}

fn paint(fill: Option<String>, stroke: Option<&Stroke>) -> String {
    let mut out = format!(" fill=\"{}\"", fill.as_deref().unwrap_or("none"));
    if let Some(stroke) = stroke {
        // Writing to a string does not fail.
        let _ = write!(out, " stroke=\"{}\" stroke-width=\"{}\"", stroke.color.css(), n(stroke.width));
        if !stroke.dashes.is_empty() {
            let dashes: Vec<String> = stroke.dashes.iter().map(|dash| n(*dash)).collect();
            let _ = write!(out, " stroke-dasharray=\"{}\"", dashes.join(" "));
        }
    }
    out
}

fn data(segments: &[Segment]) -> String {
    let parts: Vec<String> = segments
        .iter()
        .map(|segment| match segment {
            Segment::Move(x, y) => format!("M{} {}", n(*x), n(*y)),
            Segment::Line(x, y) => format!("L{} {}", n(*x), n(*y)),
            Segment::Cubic(c) => format!("C{}", c.map(n).join(" ")),
            Segment::Close => "Z".into(),
        })
        .collect();
    parts.concat()
}

/// A number with at most two digits behind the point.
fn n(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    // -0 is 0.
    format!("{}", rounded + 0.0)
}

/// Text as XML and HTML take it; characters that XML does not have become the sign for that.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
