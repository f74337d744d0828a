//! A page is read by a parser of XML, and every plot must have its data.

use std::collections::BTreeMap;
use std::time::Duration;

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::Value;

use super::plot::{Line, draw};
use super::*;
use crate::load::machine::Machine;
use crate::load::result::{
    Conditions, Counts, Cpu, FORMAT, Knee, Overload, Sample, Server, Slice, Summary, VERSION,
};
use crate::load::{Interval, SHIPPED, Scenario, Tally};

/// What a client counted that offered `rate` for a second; a third of it was refused.
fn tally(rate: u64) -> Tally {
    let mut tally = Tally { seconds: 1.0, offered: rate, answers: rate, ..Tally::default() };
    tally.accepted = rate - rate / 3;
    (tally.records, tally.answers_in_time) = (tally.accepted, rate);
    tally.records_in_time = tally.accepted;
    tally.refused.insert("10a6".to_owned(), rate / 3);
    tally.errors.insert("timeout <&\">".to_owned(), 2);
    for at in 0..tally.accepted {
        tally.latency.record(Duration::from_micros(100 + at * at));
    }
    for at in 0..4 {
        let mut piece =
            Interval { at, offered: rate / 4, records: rate / 4, ..Interval::default() };
        (piece.in_flight, piece.backlog, piece.errors) = (3 + at, at, at % 2);
        piece.latency.record(Duration::from_micros(100 + at));
        tally.intervals.push(piece);
    }
    tally
}

fn point(name: &str, kind: Kind, rate: u64) -> Point {
    let tally = tally(rate);
    let cpu = Cpu::of(5_000.0, &tally);
    let sample = |at| Sample {
        at_s: f64::from(at) / 4.0,
        cores: 0.5,
        memory_bytes: 30 << 20,
        tcp_connections: 8,
    };
    Point {
        name: name.to_owned(),
        phase: 0,
        kind,
        offered_per_s: rate as f64,
        load: Some(rate as f64 / 1_000.0),
        seconds: 1.0,
        throughput_per_s: tally.throughput(),
        goodput_per_s: tally.goodput(),
        counts: Counts::of(&tally),
        latency_us: Summary::of(&tally.latency),
        lateness_us: Summary::default(),
        percentiles: tally.latency.percentiles(),
        server: Some(Server { cpu, memory_bytes: 30 << 20, tcp_connections: 8 }),
        client: cpu,
        intervals: tally.intervals.iter().map(|piece| Slice::of(piece, 0.25)).collect(),
        samples: (1..5).map(sample).collect(),
    }
}

fn report(points: Vec<Point>) -> Report {
    let conditions = Conditions {
        began: "2026-11-23T04:00:00Z".to_owned(),
        name: "a <name> & more".to_owned(),
        typex: "0.1.0".to_owned(),
        machine: Machine { cpu: "a CPU".to_owned(), cores: 2, ..Machine::default() },
        processes: 2,
        target: BTreeMap::from([("a.b".to_owned(), "127.0.0.1:1".to_owned())]),
        loopback: true,
        server_processes: vec![7],
    };
    Report {
        format: FORMAT.to_owned(),
        version: VERSION,
        conditions,
        scenario: Scenario::parse(SHIPPED[0].1).expect("a scenario"),
        complete: true,
        capacity_per_s: Some(1_000.0),
        points,
        knees: vec![knee()],
        overloads: vec![overload()],
    }
}

fn knee() -> Knee {
    Knee {
        phase: 0,
        rate_per_s: Some(800.0),
        load: Some(0.8),
        p99_us: Some(900.0),
        p99_max_us: 1_000.0,
        goodput_min: 0.99,
    }
}

fn overload() -> Overload {
    Overload {
        phase: 0,
        times: 2.0,
        goodput_per_s: 980.0,
        goodput_of_peak: 0.98,
        calm_p99_us: 100.0,
        p99_us: 250.0,
        p99_ratio: 2.5,
        refused: BTreeMap::new(),
        recovery_s: None,
    }
}

fn all() -> Report {
    let loads = [500, 800, 950, 1_200].map(|rate| point(&format!("{rate}/s"), Kind::Sweep, rate));
    let mut points = vec![point("closed loop", Kind::Closed, 1_000)];
    points.extend(loads);
    points.push(point("overload", Kind::Overload, 2_000));
    report(points)
}

fn parsed(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).expect("XML")
}

fn figures<'a>(document: &'a Document<'a>) -> Vec<(&'a str, Node<'a, 'a>)> {
    let nodes = document.descendants().filter(|node| node.has_tag_name_text("figure"));
    nodes.filter_map(|node| Some((node.attribute("data-plot")?, node))).collect()
}

trait Tagged {
    fn has_tag_name_text(&self, name: &str) -> bool;
}

impl Tagged for Node<'_, '_> {
    fn has_tag_name_text(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

/// Every line of the legend is drawn, in its colour, through as many points as it says.
fn check_figure(name: &str, figure: Node<'_, '_>) {
    let svg = figure.children().find(|node| node.has_tag_name_text("svg")).expect("a drawing");
    let drawn: Vec<_> = svg.descendants().filter(|node| node.is_element()).collect();
    let legend = figure.descendants().filter(|node| node.has_tag_name_text("li"));
    let mut lines = 0;
    for entry in legend {
        let points: usize = entry.attribute("data-points").expect("a count").parse().expect("one");
        let class = entry.first_element_child().expect("a mark").attribute("class").expect("one");
        let colour = class[1..].parse().expect("a number");
        let hex = Line::new("", colour, Vec::new()).hex();
        let has_line = drawn.iter().any(|node| {
            let same = node.attribute("stroke") == Some(&hex);
            let count = node.attribute("points").map_or(0, |all| all.split_whitespace().count());
            same && node.has_tag_name_text("polyline") && count == points
        });
        let marks = drawn.iter().filter(|node| node.attribute("fill") == Some(&hex)).count();
        assert!(has_line || marks == points, "{name}: {hex} with {points} points is not drawn");
        assert!(points > 0, "{name}: a line without points");
        lines += 1;
    }
    assert!(lines > 0, "{name}: nothing drawn");
    let texts = drawn.iter().filter(|node| node.has_tag_name_text("text")).count();
    assert!(texts >= 4, "{name}: {texts} texts are no axes");
}

#[test]
fn every_plot_has_its_data() {
    let page = page(&all()).expect("a page");
    let document = parsed(&page);
    let figures = figures(&document);
    let names: Vec<_> = figures.iter().map(|(name, _)| *name).collect();
    assert_eq!(names[..5], ["throughput", "latency", "cpu", "errors", "percentiles"]);
    for at in 0..6 {
        for kind in ["rate", "queue", "tail", "cores", "memory"] {
            assert!(names.contains(&format!("{kind}-{at}").as_str()), "{kind}-{at}: {names:?}");
        }
    }
    figures.iter().for_each(|(name, figure)| check_figure(name, *figure));
    let latency = figures.iter().find(|(name, _)| *name == "latency").expect("it is there").1;
    let counts = latency.descendants().filter_map(|node| node.attribute("data-points"));
    assert_eq!(counts.collect::<Vec<_>>(), ["4"; 4], "a point for each rate of the sweep");
}

#[test]
fn a_closed_loop_alone_has_a_page_too() {
    let alone = report(vec![point("closed loop", Kind::Closed, 100)]);
    let page = page(&alone).expect("a page");
    let document = parsed(&page);
    let figures = figures(&document);
    assert_eq!(
        figures[..2].iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["cpu", "percentiles"]
    );
    figures.iter().for_each(|(name, figure)| check_figure(name, *figure));
}

#[test]
fn nothing_leads_away_from_the_page() {
    let page = page(&all()).expect("a page");
    let document = parsed(&page);
    for node in document.descendants().filter(Node::is_element) {
        assert!(!["script", "link", "img", "iframe"].contains(&node.tag_name().name()));
        for attribute in node.attributes() {
            assert!(!["href", "src"].contains(&attribute.name()), "{attribute:?}");
        }
    }
    assert!(!page.contains("url(") && !page.contains("@import"));
}

#[test]
fn a_drawing_without_points_is_still_one() {
    let axis = || axis::Axis::over("x", axis::Scale::Log, time, std::iter::empty());
    let svg = draw(&axis(), &axis(), &[Line::new("none", 0, Vec::new())]).expect("a drawing");
    assert!(parsed(&svg).root_element().has_tag_name_text("svg"));
}

/// Numbers may differ in the last digit: they went through text.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs(),
            _ => a == b,
        },
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same = |(name, a): (&String, &Value)| b.get(name).is_some_and(|b| is_same(a, b));
            a.len() == b.len() && a.iter().all(same)
        }
        (a, b) => a == b,
    }
}

#[test]
fn the_result_is_read_back_as_it_was_written() {
    let report = all();
    let text = serde_json::to_string(&report).expect("JSON");
    let back: Report = serde_json::from_str(&text).expect("the same form");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert!(is_same(&serde_json::to_value(&back).expect("JSON"), &value));
    assert_eq!((&value["format"], &value["version"]), (&"typex-load".into(), &1.into()));
    let more = text.replacen("\"complete\"", "\"unknown\":1,\"complete\"", 1);
    assert!(serde_json::from_str::<Report>(&more).is_err(), "a field that is not of the form");
}
