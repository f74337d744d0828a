//! Plots of the sweeps.

use super::error::BenchError;
use super::report::{Report, Row};
use super::spec::Sweep;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::RGBColor;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const SIZE: (u32, u32) = (720, 420);
const COLOURS: [RGBColor; 3] =
    [RGBColor(0x1b, 0x6c, 0xa8), RGBColor(0xc2, 0x57, 0x1a), RGBColor(0x3c, 0x7d, 0x3c)];

/// A line: its name, and points with their labels on the horizontal axis.
type Lines<'a> = BTreeMap<&'a str, Vec<(&'a str, f64)>>;

type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Draws each sweep of the report into `folder` as SVG; gives the files' paths.
///
/// # Errors
/// [`BenchError::Plot`]
pub fn plots(report: &Report, folder: &Path) -> Result<Vec<PathBuf>, BenchError> {
    let mut files = Vec::new();
    for sweep in Sweep::ALL {
        let rows: Vec<_> = report.rows.iter().filter(|row| of(sweep, row).is_some()).collect();
        if let Some(first) = rows.first() {
            let path = folder.join(format!("{}-{}.svg", report.card, sweep.name()));
            let title = title(report, sweep, first);
            draw(&path, sweep, &title, &rows).map_err(|e| BenchError::Plot(e.to_string()))?;
            files.push(path);
        }
    }
    Ok(files)
}

/// A row's line and place on it.
fn of(sweep: Sweep, row: &Row) -> Option<(&str, &str)> {
    row.name.strip_prefix(sweep.name())?.strip_prefix('/')?.split_once('/')
}

fn title(report: &Report, sweep: Sweep, row: &Row) -> String {
    let Report { card, config, clock_mhz, link, seed, .. } = report;
    let link = if sweep == Sweep::Link { String::new() } else { format!(", {link}") };
    let lanes = if sweep == Sweep::Lanes { String::new() } else { format!(", {}", lanes(row)) };
    format!("card={card}, {config}, {clock_mhz} MHz{lanes}{link}, virtual time, seed {seed}")
}

fn lanes(row: &Row) -> String {
    let lanes = row.lanes;
    if lanes == 1 { "1 lane".to_owned() } else { format!("{lanes} lanes") }
}

fn axis(sweep: Sweep) -> &'static str {
    match sweep {
        Sweep::Size => "bytes of a message",
        Sweep::Lanes => "lanes",
        Sweep::Link => "link",
        Sweep::Ring => "entries of the ring",
        Sweep::Backlog => "jobs under way",
    }
}

fn draw(path: &Path, sweep: Sweep, title: &str, rows: &[&Row]) -> Drawn {
    let (lines, labels) = lines(sweep, rows);
    let unit = rows.first().map_or("", |row| row.figure.unit);
    let highest = rows.iter().map(|row| row.figure.value).fold(0.0, f64::max);
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 15))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(-0.3..labels.len() as f64 - 0.7, 0.0..highest.max(1e-9) * 1.1)?;
    draw_mesh(&mut chart, &labels, axis(sweep), unit)?;
    draw_lines(&mut chart, lines, &labels)?;
    draw_legend(&mut chart)?;
    root.present()?;
    Ok(())
}

fn draw_mesh(chart: &mut Chart<'_>, labels: &[&str], axis: &str, unit: &str) -> Drawn {
    let label = |x: &f64| {
        let near = (x - x.round()).abs() < 0.01 && *x > -0.5;
        let label = near.then(|| labels.get(x.round() as usize)).flatten();
        label.map_or(String::new(), |label| (*label).to_owned())
    };
    chart
        .configure_mesh()
        .x_labels(labels.len() + 1)
        .x_label_formatter(&label)
        .x_desc(axis)
        .y_desc(unit)
        .bold_line_style(BLACK.mix(0.15))
        .light_line_style(TRANSPARENT)
        .draw()?;
    Ok(())
}

fn draw_lines(chart: &mut Chart<'_>, lines: Lines<'_>, labels: &[&str]) -> Drawn {
    for ((name, points), colour) in lines.into_iter().zip(COLOURS.iter().cycle()) {
        let place = |label| labels.iter().position(|other| *other == label).unwrap_or(0) as f64;
        let points: Vec<_> = points.into_iter().map(|(x, y)| (place(x), y)).collect();
        let dots = points.iter().map(|point| Circle::new(*point, 3, colour.filled()));
        chart.draw_series(dots)?;
        chart
            .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], *colour));
    }
    Ok(())
}

fn draw_legend(chart: &mut Chart<'_>) -> Drawn {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()?;
    Ok(())
}

/// The lines, and all labels of the horizontal axis in the order of the rows.
fn lines<'a>(sweep: Sweep, rows: &[&'a Row]) -> (Lines<'a>, Vec<&'a str>) {
    let (mut lines, mut labels) = (Lines::new(), Vec::new());
    for row in rows {
        if let Some((line, at)) = of(sweep, row) {
            lines.entry(line).or_default().push((at, row.figure.value));
            if !labels.contains(&at) {
                labels.push(at);
            }
        }
    }
    (lines, labels)
}
