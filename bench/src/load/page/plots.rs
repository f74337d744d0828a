//! Which plots a page has.

use super::axis::{Axis, Scale, count, percent, plain, time};
use super::plot::{Line, draw};
use crate::load::LoadError;
use crate::load::result::{Kind, Point, Report, Summary};

/// More points of a line than pixels show nothing.
const POINTS: usize = 500;

/// A plot with its words.
pub(crate) struct Plot {
    /// By which tests find it.
    pub(crate) name: String,
    pub(crate) title: String,
    /// What is to be seen.
    pub(crate) note: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) svg: String,
}

struct Words<'a>(&'a str, &'a str, &'a str);

fn plot(
    Words(name, title, note): Words<'_>,
    (x, y): (&Axis, &Axis),
    lines: Vec<Line>,
) -> Result<Plot, LoadError> {
    let svg = draw(x, y, &lines)?;
    let (name, title, note) = (name.to_owned(), title.to_owned(), note.to_owned());
    Ok(Plot { name, title, note, lines, svg })
}

fn over(lines: &[Line], label: &str, scale: Scale, unit: fn(f64) -> String) -> (Axis, Axis) {
    let all = || lines.iter().flat_map(|line| &line.points);
    let x = Axis::over("offered load, requests/s", Scale::Linear, count, all().map(|one| one.0));
    (x, Axis::over(label, scale, unit, all().map(|one| one.1)))
}

/// Over the offered load; empty if no rate was offered.
pub(crate) fn over_load(report: &Report) -> Result<Vec<Plot>, LoadError> {
    let mut points: Vec<&Point> =
        report.points.iter().filter(|point| is_open(point.kind)).collect();
    points.sort_by(|a, b| a.offered_per_s.total_cmp(&b.offered_per_s));
    if points.is_empty() {
        return Ok(Vec::new());
    }
    let mut plots = vec![throughput(&points, report)?, latency(&points)?];
    plots.push(cpu(&points)?);
    plots.push(refusals(&points)?);
    Ok(plots)
}

fn is_open(kind: Kind) -> bool {
    matches!(kind, Kind::Open | Kind::Sweep | Kind::Knee)
}

fn series(points: &[&Point], value: impl Fn(&Point) -> Option<f64>) -> Vec<(f64, f64)> {
    let one = |point: &&Point| Some((point.offered_per_s, value(point)?));
    points.iter().filter_map(one).collect()
}

fn throughput(points: &[&Point], report: &Report) -> Result<Plot, LoadError> {
    let most = points.iter().map(|point| point.offered_per_s).fold(0.0, f64::max);
    // Of what was answered while it was measured: what comes late is answered behind it.
    let share = |point: &Point| point.counts.accepted as f64 / point.counts.answers.max(1) as f64;
    let accepted = series(points, |point| Some(point.throughput_per_s * share(point)));
    let mut lines = vec![
        Line::new("all answered", 7, vec![(0.0, 0.0), (most, most)]).guide(),
        Line::new("carried out", 0, accepted).marked(),
    ];
    if let Some(capacity) = report.capacity_per_s {
        let ends = vec![(0.0, capacity), (most, capacity)];
        lines.push(Line::new("closed loop", 1, ends).guide());
    }
    let (x, y) = over(&lines, "requests/s", Scale::Linear, count);
    let note = "Where the line leaves the diagonal, the server has no more to give.";
    plot(Words("throughput", "Throughput over offered load", note), (&x, &y), lines)
}

fn latency(points: &[&Point]) -> Result<Plot, LoadError> {
    type Value = fn(&Summary) -> f64;
    let values: [(&str, Value); 4] = [
        ("p50", |us| us.p50),
        ("p90", |us| us.p90),
        ("p99", |us| us.p99),
        ("p99.9", |us| us.p99_9),
    ];
    let line = |(at, (name, value)): (usize, &(&str, Value))| {
        let all =
            series(points, |point| (point.counts.accepted > 0).then(|| value(&point.latency_us)));
        Line::new(name, at, all).marked()
    };
    let lines: Vec<_> = values.iter().enumerate().map(line).collect();
    let (x, y) = over(&lines, "latency", Scale::Log, time);
    let note = "From when a request was due by the schedule, not from when it could be sent.";
    plot(Words("latency", "Latency over offered load", note), (&x, &y), lines)
}

fn cpu(points: &[&Point]) -> Result<Plot, LoadError> {
    let server = series(points, |point| point.server.map(|server| server.cpu.us_per_answer));
    let client = series(points, |point| Some(point.client.us_per_answer));
    let lines =
        vec![Line::new("server", 0, server).marked(), Line::new("clients", 1, client).marked()];
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.points.is_empty()).collect();
    let (x, y) = over(&lines, "µs per request", Scale::Linear, plain);
    let note = "User and system time of all their processes, over the answers.";
    plot(Words("cpu", "CPU time of a request", note), (&x, &y), lines)
}

fn refusals(points: &[&Point]) -> Result<Plot, LoadError> {
    let share = |count: u64, point: &Point| Some(count as f64 * 100.0 / of(point));
    let refused = |point: &Point| share(point.counts.refused.values().sum(), point);
    let counts = |point: &Point| point.counts.given_up + point.counts.unsent;
    let lines = vec![
        Line::new("refused", 4, series(points, refused)).marked(),
        Line::new("errors", 6, series(points, |one| share(one.counts.failures(), one))).marked(),
        Line::new("not sent", 7, series(points, |one| share(counts(one), one))).marked(),
    ];
    let (x, y) = over(&lines, "share of the records", Scale::Linear, percent);
    let note = "Refused for want of room; failed in any other way; due, but never sent.";
    plot(Words("errors", "Refusals and errors", note), (&x, &y), lines)
}

/// Records that a point's requests had, as far as is known.
fn of(point: &Point) -> f64 {
    let counts = &point.counts;
    let rest = counts.failures() + counts.given_up + counts.unsent;
    (counts.records + counts.refused.values().sum::<u64>() + rest).max(1) as f64
}

/// The curve of percentiles, a line for each point.
pub(crate) fn percentiles(report: &Report) -> Result<Plot, LoadError> {
    let curve = |point: &Point| {
        let all = point.percentiles.iter().filter(|one| one.percent < 100.0);
        all.map(|one| (one.percent, one.us)).collect::<Vec<_>>()
    };
    let drawn = report.points.iter().filter(|point| !point.percentiles.is_empty());
    let lines: Vec<_> =
        drawn.enumerate().map(|(at, point)| Line::new(&point.name, at, curve(point))).collect();
    let all = || lines.iter().flat_map(|line| &line.points);
    let x = Axis::over("percentile", Scale::Nines, percent, all().map(|one| one.0));
    let y = Axis::over("latency", Scale::Log, time, all().map(|one| one.1));
    let note = "Each mark to the right has ten times fewer requests above it.";
    plot(Words("percentiles", "Latency by percentile", note), (&x, &y), lines)
}

/// CPU time of every point as lines over their order; for runs without rates.
pub(crate) fn cpu_of_points(report: &Report) -> Result<Plot, LoadError> {
    let each = |value: &dyn Fn(&Point) -> Option<f64>| {
        let all = report.points.iter().enumerate();
        all.filter_map(|(at, point)| Some((at as f64 + 1.0, value(point)?))).collect::<Vec<_>>()
    };
    let server = each(&|point| point.server.map(|server| server.cpu.us_per_answer));
    let client = each(&|point| Some(point.client.us_per_answer));
    let lines =
        vec![Line::new("server", 0, server).marked(), Line::new("clients", 1, client).marked()];
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.points.is_empty()).collect();
    let all = || lines.iter().flat_map(|line| &line.points);
    let x = Axis::over("measurement", Scale::Linear, plain, all().map(|one| one.0));
    let y = Axis::over("µs per request", Scale::Linear, plain, all().map(|one| one.1));
    let note = "User and system time of all their processes, over the answers.";
    plot(Words("cpu", "CPU time of a request", note), (&x, &y), lines)
}

/// A point over time.
pub(crate) fn over_time(at: usize, point: &Point) -> Result<Vec<Plot>, LoadError> {
    let slices = || thinned(&point.intervals);
    let line = |name, colour, value: &dyn Fn(&crate::load::result::Slice) -> Option<f64>| {
        let all = slices().filter_map(|one| Some((one.at_s, value(one)?)));
        Line::new(name, colour, all.collect())
    };
    let rates = vec![
        line("due", 7, &|one| Some(one.offered_per_s)).guide(),
        line("records carried out", 0, &|one| Some(one.goodput_per_s)),
        line("records refused", 4, &|one| Some(one.refused_per_s)),
        line("errors in a quarter of a second", 6, &|one| Some(one.errors as f64)),
    ];
    let queues = vec![
        line("under way", 0, &|one| Some(one.in_flight as f64)),
        line("due and not sent", 1, &|one| Some(one.backlog as f64)),
    ];
    let latencies = vec![line("p50", 0, &|one| one.p50_us), line("p99", 2, &|one| one.p99_us)];
    let mut plots = vec![
        timed(&format!("rate-{at}"), "Rates", ("per second", Scale::Linear, count), rates)?,
        timed(&format!("queue-{at}"), "Queue depth", ("requests", Scale::Linear, count), queues)?,
        timed(&format!("tail-{at}"), "Latency", ("latency", Scale::Log, time), latencies)?,
    ];
    if !point.samples.is_empty() {
        let samples = || thinned(&point.samples);
        let cores = samples().map(|one| (one.at_s, one.cores)).collect();
        let memory = samples().map(|one| (one.at_s, one.memory_bytes as f64 / 1_048_576.0));
        let cores = vec![Line::new("busy cores", 0, cores)];
        let memory = vec![Line::new("resident MiB", 3, memory.collect())];
        let (name, unit) = (format!("cores-{at}"), ("cores", Scale::Linear, plain as _));
        plots.push(timed(&name, "CPU of the server", unit, cores)?);
        let (name, unit) = (format!("memory-{at}"), ("MiB", Scale::Linear, plain as _));
        plots.push(timed(&name, "Memory of the server", unit, memory)?);
    }
    Ok(plots)
}

type Unit<'a> = (&'a str, Scale, fn(f64) -> String);

fn timed(
    name: &str,
    title: &str,
    (label, scale, unit): Unit<'_>,
    lines: Vec<Line>,
) -> Result<Plot, LoadError> {
    let all = || lines.iter().flat_map(|line| &line.points);
    let x = Axis::over("seconds", Scale::Linear, plain, all().map(|one| one.0));
    let y = Axis::over(label, scale, unit, all().map(|one| one.1));
    plot(Words(name, title, ""), (&x, &y), lines)
}

/// Every so many, so that there are not too many.
fn thinned<T>(all: &[T]) -> impl Iterator<Item = &T> {
    all.iter().step_by(all.len().div_ceil(POINTS).max(1))
}
