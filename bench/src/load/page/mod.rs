//! The result as a page: one file, no network, no script.
//!
//! It is XML, so that tests can read it with any parser.

mod axis;
mod plot;
mod plots;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use axis::{count, short, time};
use plots::Plot;

use super::LoadError;
use super::result::{Kind, Point, Report};

const STYLE: &str = include_str!("style.css");
/// Measurements that are shown over time; the rest are in the JSON.
const TIMED_MAX: usize = 24;

/// A page about a run, to be written as a file of HTML.
///
/// # Errors
/// [`LoadError::Report`] if something cannot be drawn.
pub fn page(report: &Report) -> Result<String, LoadError> {
    let mut page = String::new();
    let title = format!("{} under load", report.conditions.name);
    put(
        &mut page,
        format_args!(
            "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n\
         <meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
            escaped(&title)
        ),
    );
    head(&mut page, report);
    cards(&mut page, report);
    conditions(&mut page, report);
    let plots = plots::over_load(report)?;
    page += "<h2>Measured</h2>\n<div class=\"plots\">\n";
    plots.iter().for_each(|plot| figure(&mut page, plot));
    if plots.is_empty() {
        figure(&mut page, &plots::cpu_of_points(report)?);
    }
    figure(&mut page, &plots::percentiles(report)?);
    page += "</div>\n<h2>Every measurement</h2>\n";
    table(&mut page, report);
    over_time(&mut page, report)?;
    scenario(&mut page, report);
    page += "</body>\n</html>\n";
    Ok(page)
}

/// Writing to a text does not fail.
fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = page.write_fmt(text);
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '&' => safe += "&amp;",
            '"' => safe += "&quot;",
            // XML has no other characters below the blank.
            c if c.is_control() && c != '\n' && c != '\t' => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

fn head(page: &mut String, report: &Report) {
    let (conditions, failures) = (&report.conditions, report.failures());
    let verified: u64 = report.points.iter().map(|point| point.counts.verified).sum();
    let answers: u64 = report.points.iter().map(|point| point.counts.answers).sum();
    put(
        page,
        format_args!(
            "<h1>{}</h1>\n<p class=\"about\">{}</p>\n<p class=\"verdict\">",
            escaped(&conditions.name),
            escaped(&report.scenario.about)
        ),
    );
    if !report.complete {
        page.push_str("<span class=\"bad\">ended early</span>");
    }
    let (class, text) = match failures {
        0 => ("good", "no errors".to_owned()),
        count => ("bad", format!("{count} errors")),
    };
    put(
        page,
        format_args!(
            "<span class=\"{class}\">{text}</span><span>{} answers, {} opened and compared</span>\
         <span>{}</span></p>\n",
            grouped(answers),
            grouped(verified),
            escaped(&conditions.began)
        ),
    );
}

/// With a space between thousands.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

fn card(page: &mut String, what: &str, value: &str, note: &str) {
    put(
        page,
        format_args!(
            "<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n",
            escaped(what),
            escaped(value),
            escaped(note)
        ),
    );
}

fn cards(page: &mut String, report: &Report) {
    page.push_str("<dl class=\"cards\">\n");
    let closed = report.points.iter().rev().find(|point| point.kind == Kind::Closed);
    if let Some(point) = closed {
        let records = format!("{} records/s", count(point.goodput_per_s));
        card(page, "Capacity, requests/s", &count(point.throughput_per_s), &records);
    }
    let near = |point: &&Point| (point.load.unwrap_or(0.0) - 0.8).abs() < 0.1;
    let calm = report.points.iter().filter(|point| point.kind != Kind::Overload).find(near);
    if let Some(point) = calm.or(closed) {
        let note = format!("p50 {}, {}", time(point.latency_us.p50), point.name);
        card(page, "p99 latency", &time(point.latency_us.p99), &note);
    }
    if let Some(point) = closed.or(report.points.first()) {
        if let Some(server) = point.server {
            let value = format!("{} µs", short(server.cpu.us_per_answer));
            let note = format!("{} µs a record", short(server.cpu.us_per_record));
            card(page, "Server CPU per request", &value, &note);
        }
        let value = format!("{} µs", short(point.client.us_per_answer));
        let note = format!("{} cores busy", short(point.client.cores));
        card(page, "Client CPU per request", &value, &note);
    }
    found(page, report);
    page.push_str("</dl>\n");
}

/// What searches and overloads found.
fn found(page: &mut String, report: &Report) {
    for knee in &report.knees {
        let rate = knee.rate_per_s.map_or_else(|| "none".to_owned(), count);
        let note = format!("p99 at most {}", time(knee.p99_max_us));
        card(page, "Knee, requests/s", &rate, &note);
    }
    for over in &report.overloads {
        let recovery = over.recovery_s.map_or_else(|| "not seen".to_owned(), |s| format!("{s} s"));
        let note = format!(
            "of the peak; p99 {} times that at 80 %; recovery {recovery}",
            short(over.p99_ratio)
        );
        let value = format!("{} %", short(over.goodput_of_peak * 100.0));
        card(page, &format!("Goodput at {} times", short(over.times)), &value, &note);
    }
}

fn conditions(page: &mut String, report: &Report) {
    let conditions = &report.conditions;
    let machine = &conditions.machine;
    let links = report.scenario.links.iter().map(|link| {
        let tls = if link.tls || link.carrier.is_quic() { " with TLS" } else { "" };
        let slots = link.streams * link.pipeline;
        format!("{}: {}{tls}, {} × {slots}", link.name, link.carrier.name(), link.connections)
    });
    let listeners = conditions.target.iter().map(|(name, address)| format!("{name} {address}"));
    let rows = [
        ("Machine", format!("{} cores of {}", machine.cores, machine.cpu)),
        ("Memory", format!("{} GiB", short(machine.memory_bytes as f64 / 1_073_741_824.0))),
        ("System", machine.kernel.clone()),
        ("Load average", format!("{} at the begin", machine.load_average)),
        ("Programs", format!("typex {}, {}", conditions.typex, clients(conditions.processes))),
        ("Connections", links.collect::<Vec<_>>().join("; ")),
        ("Seed", report.scenario.seed.to_string()),
        ("Network", network(conditions.loopback)),
        ("Listeners", listeners.collect::<Vec<_>>().join(", ")),
    ];
    page.push_str("<details><summary>Conditions</summary><table class=\"conditions\">\n");
    for (name, value) in rows {
        put(page, format_args!("<tr><td>{name}</td><td>{}</td></tr>\n", escaped(value.trim())));
    }
    page.push_str("</table></details>\n");
}

fn clients(processes: usize) -> String {
    match processes {
        0 => "one client thread".to_owned(),
        count => format!("{count} client processes"),
    }
}

fn network(loopback: bool) -> String {
    match loopback {
        true => "loopback: clients and server share the machine".to_owned(),
        false => "to another address".to_owned(),
    }
}

fn figure(page: &mut String, plot: &Plot) {
    put(
        page,
        format_args!(
            "<figure data-plot=\"{}\"><figcaption>{}<small>{}</small></figcaption>\n{}\
         <ul class=\"legend\">",
            escaped(&plot.name),
            escaped(&plot.title),
            escaped(&plot.note),
            plot.svg.trim_start_matches("<?xml version=\"1.0\" encoding=\"utf-8\"?>")
        ),
    );
    for line in &plot.lines {
        put(
            page,
            format_args!(
                "<li data-points=\"{}\"><i class=\"c{}\"></i>{}</li>",
                line.points.len(),
                line.colour % 8,
                escaped(&line.name)
            ),
        );
    }
    page.push_str("</ul></figure>\n");
}

fn table(page: &mut String, report: &Report) {
    page.push_str("<div class=\"scroll\"><table><tr>");
    for name in [
        "",
        "offered/s",
        "answers/s",
        "records/s",
        "p50",
        "p99",
        "p99.9",
        "max",
        "server µs",
        "client µs",
        "refused",
        "errors",
        "not sent",
    ] {
        put(page, format_args!("<th>{name}</th>"));
    }
    page.push_str("</tr>\n");
    for point in &report.points {
        let cells = cells(point);
        page.push_str("<tr>");
        cells.iter().for_each(|cell| put(page, format_args!("<td>{}</td>", escaped(cell))));
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n");
}

/// A row of the table.
fn cells(point: &Point) -> [String; 13] {
    let (counts, us) = (&point.counts, &point.latency_us);
    let server = point.server.map(|server| short(server.cpu.us_per_answer));
    [
        point.name.clone(),
        count(point.offered_per_s),
        count(point.throughput_per_s),
        count(point.goodput_per_s),
        time(us.p50),
        time(us.p99),
        time(us.p99_9),
        time(us.max),
        server.unwrap_or_else(|| "–".to_owned()),
        short(point.client.us_per_answer),
        kinds(&counts.refused),
        kinds(&counts.errors),
        (counts.given_up + counts.unsent).to_string(),
    ]
}

fn kinds(counts: &std::collections::BTreeMap<String, u64>) -> String {
    match counts.is_empty() {
        true => "0".to_owned(),
        false => {
            let all = counts.iter().map(|(kind, count)| format!("{count} × {kind}"));
            all.collect::<Vec<_>>().join(", ")
        }
    }
}

fn over_time(page: &mut String, report: &Report) -> Result<(), LoadError> {
    page.push_str("<h2>Over time</h2>\n");
    for (at, point) in report.points.iter().enumerate().take(TIMED_MAX) {
        let open = if is_opened(report, at) { " open=\"open\"" } else { "" };
        put(
            page,
            format_args!(
                "<details{open}><summary>{}</summary><div class=\"plots\">\n",
                escaped(&point.name)
            ),
        );
        plots::over_time(at, point)?.iter().for_each(|plot| figure(page, plot));
        page.push_str("</div></details>\n");
    }
    Ok(())
}

/// What is worth a look at once: overloads, or else the last measurement.
fn is_opened(report: &Report, at: usize) -> bool {
    let is_overload = |point: &Point| point.kind == Kind::Overload;
    match report.points.iter().any(is_overload) {
        true => is_overload(&report.points[at]),
        false => at + 1 == report.points.len(),
    }
}

fn scenario(page: &mut String, report: &Report) {
    let text = toml::to_string(&report.scenario).unwrap_or_default();
    put(
        page,
        format_args!(
            "<h2>Scenario</h2>\n<details><summary>As it was run, with its defaults</summary>\
         <pre>{}</pre></details>\n\
         <footer>typex bench load; the same as figures: --json. Latencies have three digits. \
         CPU time counts in steps of 10 ms.</footer>\n",
            escaped(&text)
        ),
    );
}
