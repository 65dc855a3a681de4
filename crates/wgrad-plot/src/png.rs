//! Pictures as PNG.

use crate::{
    color::{Color, WHITE},
    font::Font,
    scene::{Anchor, Bitmap, Mark, Rect, Scene, Segment, Stroke, Text},
};
use tiny_skia::{
    ColorU8, FillRule, FilterQuality, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapPaint, StrokeDash, Transform,
};

/// The most pixels of a picture: 400 MB of memory.
const LARGEST: f64 = 1e8;

/// The file, with `scale` pixels for each unit of length.
pub(crate) fn png(scene: &Scene, scale: f64) -> Result<Vec<u8>, String> {
    let (width, height) = ((scene.width * scale).ceil(), (scene.height * scale).ceil());
    let too_large = || format!("a picture of {width} x {height} pixels is not within 1 x 1 and {LARGEST} pixels");
    if !(width >= 1.0 && height >= 1.0 && width * height <= LARGEST) {
        return Err(too_large());
    }
    let mut canvas = Pixmap::new(width as u32, height as u32).ok_or_else(too_large)?;
    canvas.fill(skia(WHITE, 1.0));
    let transform = Transform::from_scale(scale as f32, scale as f32);
    for mark in &scene.marks {
        draw(&mut canvas, mark, transform);
    }
    canvas.encode_png().map_err(|e| e.to_string())
}

/// A bitmap as a file of its own; nothing where it has no pixels.
pub(crate) fn of_bitmap(bitmap: &Bitmap) -> Vec<u8> {
    pixmap(bitmap).and_then(|pixels| pixels.encode_png().ok()).unwrap_or_default()
}

fn pixmap(bitmap: &Bitmap) -> Option<Pixmap> {
    let rows = bitmap.pixels.len().checked_div(bitmap.columns)?;
    let mut pixels = Pixmap::new(u32::try_from(bitmap.columns).ok()?, u32::try_from(rows).ok()?)?;
    for (pixel, Color(r, g, b)) in pixels.pixels_mut().iter_mut().zip(&bitmap.pixels) {
        *pixel = ColorU8::from_rgba(*r, *g, *b, 255).premultiply();
    }
    Some(pixels)
}

fn skia(Color(r, g, b): Color, opacity: f64) -> tiny_skia::Color {
    tiny_skia::Color::from_rgba8(r, g, b, (opacity.clamp(0.0, 1.0) * 255.0).round() as u8)
}

fn paint(color: Color, opacity: f64) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(skia(color, opacity));
    paint
}

fn draw(canvas: &mut Pixmap, mark: &Mark, transform: Transform) {
    match mark {
        Mark::Rect { rect, radius, fill, stroke } => {
            draw_path(canvas, rounded(rect, *radius), fill.map(|fill| (fill, 1.0)), stroke.as_ref(), transform);
        }
        Mark::Path { segments, fill, stroke } => {
            draw_path(canvas, path(segments), fill.map(|fill| (fill, 1.0)), stroke.as_ref(), transform);
        }
        Mark::Circle { x, y, radius, fill, opacity, stroke } => {
            let circle = PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32);
            draw_path(canvas, circle, Some((*fill, *opacity)), stroke.as_ref(), transform);
        }
        Mark::Text(text) => draw_text(canvas, text, transform),
        Mark::Bitmap { rect, bitmap } => {
            let Some(pixels) = pixmap(bitmap) else { return };
            let scale = (rect.width as f32 / pixels.width() as f32, rect.height as f32 / pixels.height() as f32);
            let place = transform.pre_translate(rect.x as f32, rect.y as f32).pre_scale(scale.0, scale.1);
            let how = PixmapPaint { quality: FilterQuality::Nearest, ..PixmapPaint::default() };
            canvas.draw_pixmap(0, 0, pixels.as_ref(), &how, place, None);
        }
    }
}

fn draw_path(canvas: &mut Pixmap, path: Option<Path>, fill: Option<(Color, f64)>, stroke: Option<&Stroke>, transform: Transform) {
    let Some(path) = path else { return };
    if let Some((color, opacity)) = fill {
        canvas.fill_path(&path, &paint(color, opacity), FillRule::Winding, transform, None);
    }
    if let Some(stroke) = stroke {
        let how = tiny_skia::Stroke {
            width: stroke.width as f32,
            line_cap: LineCap::Butt,
            line_join: LineJoin::Round,
            dash: StrokeDash::new(stroke.dashes.iter().map(|dash| *dash as f32).collect(), 0.0),
            ..tiny_skia::Stroke::default()
        };
        canvas.stroke_path(&path, &paint(stroke.color, 1.0), &how, transform, None);
    }
}

fn draw_text(canvas: &mut Pixmap, text: &Text, transform: Transform) {
    let font = Font::of(text.bold);
    let Some(path) = font.outline(&text.text, text.size as f32) else { return };
    let width = font.width(&text.text, text.size);
    let before = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    let place = transform.pre_translate(text.x as f32, text.y as f32).pre_rotate(text.rotation as f32).pre_translate(-before as f32, 0.0);
    canvas.fill_path(&path, &paint(text.color, 1.0), FillRule::Winding, place, None);
}

fn path(segments: &[Segment]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for segment in segments {
        match segment {
            Segment::Move(x, y) => path.move_to(*x as f32, *y as f32),
            Segment::Line(x, y) => path.line_to(*x as f32, *y as f32),
            Segment::Cubic(c) => {
                let [x1, y1, x2, y2, x, y] = c.map(|value| value as f32);
                path.cubic_to(x1, y1, x2, y2, x, y);
            }
            Segment::Close => path.close(),
        }
    }
    path.finish()
}

/// A rectangle whose corners are quarters of circles, which cubic curves with this ratio are nearly.
fn rounded(rect: &Rect, radius: f64) -> Option<Path> {
    const RATIO: f64 = 0.552_284_75;
    let (left, top, right, bottom) = (rect.x, rect.y, rect.right(), rect.bottom());
    let r = radius.min(rect.width / 2.0).min(rect.height / 2.0);
    if r <= 0.0 {
        let corners = [Segment::Move(left, top), Segment::Line(right, top), Segment::Line(right, bottom), Segment::Line(left, bottom)];
        return path(&[&corners[..], &[Segment::Close]].concat());
    }
    let k = r * (1.0 - RATIO);
    path(&[
        Segment::Move(left + r, top),
        Segment::Line(right - r, top),
        Segment::Cubic([right - k, top, right, top + k, right, top + r]),
        Segment::Line(right, bottom - r),
        Segment::Cubic([right, bottom - k, right - k, bottom, right - r, bottom]),
        Segment::Line(left + r, bottom),
        Segment::Cubic([left + k, bottom, left, bottom - k, left, bottom - r]),
        Segment::Line(left, top + r),
        Segment::Cubic([left, top + k, left + k, top, left + r, top]),
        Segment::Close,
    ])
}
