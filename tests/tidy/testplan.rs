//! `hdl/testplan.toml`: every point of the card's verification, and who shows it.

use toml::Table;

use super::{assert_no_more, assert_none, read};

/// One point: its name, and `FILE NAME` of each test or property that shows it.
struct Point {
    name: String,
    shown_by: Vec<String>,
}

fn points() -> Vec<Point> {
    let plan: Table = read("hdl/testplan.toml").parse().expect("TOML");
    let points = plan["point"].as_array().expect("an array of tables");
    points
        .iter()
        .map(|point| {
            let text = |key: &str| point[key].as_str().expect("text").to_owned();
            assert!(!text("says").is_empty());
            let shown = point["shown_by"].as_array().expect("an array");
            let shown_by = shown.iter().map(|one| one.as_str().expect("text").to_owned());
            Point { name: text("name"), shown_by: shown_by.collect() }
        })
        .collect()
}

/// Whether `text` has a test function or a labelled property of that name.
fn has(text: &str, name: &str) -> bool {
    [format!("fn {name}("), format!("def {name}("), format!(" {name}:")]
        .iter()
        .any(|form| text.contains(form))
}

#[test]
fn every_point_is_shown_by_a_test_that_exists() {
    let mut missing = Vec::new();
    let points = points();
    for point in &points {
        for shown in &point.shown_by {
            let (file, name) = shown.split_once(' ').expect("FILE NAME");
            if !has(&read(file), name) {
                missing.push(format!("{}: {shown}", point.name));
            }
        }
    }
    assert_none("tests of the plan that are not there", &missing);
    let planned = points.iter().filter(|point| point.shown_by.is_empty());
    let planned: Vec<_> = planned.map(|point| point.name.clone()).collect();
    assert_no_more("planned_points", &planned);
}

#[test]
fn names_of_points_differ() {
    let mut names: Vec<_> = points().into_iter().map(|point| point.name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn a_missing_test_is_noticed() {
    assert!(has("fn shows_it() {}", "shows_it"));
    assert!(has("  a_gate: assert (x);", "a_gate"));
    assert!(!has("// shows_it", "shows_it"));
}
