//! Lines in a frame with axes, as SVG for a page.
//!
//! Colours are the light ones; the page's style sheet replaces them by attribute where it is dark.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::super::LoadError;
use super::axis::Axis;

/// Pixels of a plot; a page scales it to its column.
const SIZE: (u32, u32) = (540, 330);
const LEFT: i32 = 66;
const RIGHT: i32 = 14;
const TOP: i32 = 12;
const BOTTOM: i32 = 46;

/// Text and axes, lines of the grid: the style sheet knows both.
const INK: RGBColor = RGBColor(0x4b, 0x55, 0x63);
const GRID: RGBColor = RGBColor(0xe5, 0xe7, 0xeb);
const FONT: (&str, i32) = ("sans-serif", 12);

/// Colours of lines, apart also for people who see few colours.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xb4, 0x5a, 0x94),
    RGBColor(0xb5, 0x81, 0x05),
    RGBColor(0x63, 0x66, 0xf1),
    RGBColor(0xdc, 0x26, 0x26),
    RGBColor(0x6b, 0x72, 0x80),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A line of a plot.
pub(crate) struct Line {
    pub(crate) name: String,
    /// Which of the colours; they come again after eight.
    pub(crate) colour: usize,
    /// A circle at each point.
    pub(crate) has_marks: bool,
    /// What is there to compare with, not a measurement.
    pub(crate) is_guide: bool,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Line {
    pub(crate) fn new(name: &str, colour: usize, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.to_owned(), colour, has_marks: false, is_guide: false, points }
    }

    pub(crate) fn marked(self) -> Self {
        Self { has_marks: true, ..self }
    }

    pub(crate) fn guide(self) -> Self {
        Self { is_guide: true, ..self }
    }

    /// As the style sheet and the attributes have it.
    #[cfg(test)]
    pub(crate) fn hex(&self) -> String {
        let RGBColor(red, green, blue) = COLOURS[self.colour % COLOURS.len()];
        format!("#{red:02X}{green:02X}{blue:02X}")
    }

    fn style(&self) -> ShapeStyle {
        let colour = COLOURS[self.colour % COLOURS.len()];
        colour.stroke_width(if self.is_guide { 1 } else { 2 })
    }
}

/// Draws lines; their points must be of the axes' ranges.
pub(crate) fn draw(x: &Axis, y: &Axis, lines: &[Line]) -> Result<String, LoadError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let frame = Frame { x, y };
        frame.draw(&area, lines).map_err(|error| LoadError::Report(error.to_string()))?;
        area.present().map_err(|error| LoadError::Report(error.to_string()))?;
    }
    Ok(svg)
}

struct Frame<'a> {
    x: &'a Axis,
    y: &'a Axis,
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

impl Frame<'_> {
    fn draw(&self, area: &Area<'_>, lines: &[Line]) -> Drawn {
        self.grid(area)?;
        for line in lines {
            let points: Vec<_> = line.points.iter().map(|point| self.pixel(*point)).collect();
            if points.len() > 1 {
                area.draw(&PathElement::new(points.clone(), line.style()))?;
            }
            if line.has_marks || points.len() == 1 {
                let filled = COLOURS[line.colour % COLOURS.len()].filled();
                for point in points {
                    area.draw(&Circle::new(point, 3, filled))?;
                }
            }
        }
        Ok(())
    }

    /// Lines and texts of both axes.
    fn grid(&self, area: &Area<'_>) -> Drawn {
        let (left, right, top, bottom) = edges();
        for tick in self.y.ticks() {
            let y = self.pixel((f64::NAN, tick)).1;
            area.draw(&PathElement::new([(left, y), (right, y)], GRID.stroke_width(1)))?;
            area.draw(&Text::new(
                self.y.text(tick),
                (left - 8, y),
                text(HPos::Right, VPos::Center),
            ))?;
        }
        for tick in self.x.ticks() {
            let x = self.pixel((tick, f64::NAN)).0;
            area.draw(&PathElement::new([(x, top), (x, bottom)], GRID.stroke_width(1)))?;
            area.draw(&Text::new(
                self.x.text(tick),
                (x, bottom + 7),
                text(HPos::Center, VPos::Top),
            ))?;
        }
        area.draw(&Rectangle::new([(left, top), (right, bottom)], GRID.stroke_width(1)))?;
        let middle = ((left + right) / 2, SIZE.1 as i32 - 6);
        let below = text(HPos::Center, VPos::Bottom);
        area.draw(&Text::new(self.x.label.clone(), middle, below))?;
        let beside = (4, (top + bottom) / 2);
        let turned = TextStyle::from(FONT.into_font().transform(FontTransform::Rotate270));
        let turned = turned.color(&INK).pos(Pos::new(HPos::Center, VPos::Top));
        area.draw(&Text::new(self.y.label.clone(), beside, turned))?;
        Ok(())
    }

    /// Where a point is; not a number is the edge.
    fn pixel(&self, (x, y): (f64, f64)) -> (i32, i32) {
        let (left, right, top, bottom) = edges();
        let (across, up) = (self.x.place(x), self.y.place(y));
        let across = left + ((right - left) as f64 * across).round() as i32;
        (across, bottom - ((bottom - top) as f64 * up).round() as i32)
    }
}

fn edges() -> (i32, i32, i32, i32) {
    (LEFT, SIZE.0 as i32 - RIGHT, TOP, SIZE.1 as i32 - BOTTOM)
}

fn text(across: HPos, up: VPos) -> TextStyle<'static> {
    TextStyle::from(FONT.into_font()).color(&INK).pos(Pos::new(across, up))
}
