//! What an operator sees of the card and does to it.

use serde_json::Value;

use super::{ask, count, kind, report, sum};
use crate::harness::{Connection, Gateway, command, typex};

const FPGA: [&str; 2] = ["--backend", "fpga"];
/// Requests after which the counters must have moved.
const REQUESTS: u64 = 100;

fn requests(gateway: &Gateway, count: u64) {
    let mut connection = Connection::open(gateway.address("process/http"));
    (0..count).for_each(|at| assert_eq!(ask(&mut connection, at), "9000", "request {at}"));
}

#[test]
fn requests_are_computed_by_the_card() {
    let gateway = Gateway::start(&FPGA);
    let mut operator = Connection::open(gateway.address("operator/http"));
    assert_eq!(operator.text("/readyz"), "ready\n");
    let before = report(&gateway);
    assert_eq!((&before["card"], &before["backend"]), (&kind().into(), &"fpga".into()));
    assert_eq!(before["state"]["up"], true, "{before}");
    assert_eq!(before["identity"]["configuration"], "usp-model", "{before}");
    requests(&gateway, REQUESTS);
    let after = report(&gateway);
    let moved = |of: fn(&Value) -> u64| of(&after) - of(&before);
    assert!(moved(|report| sum(&report["jobs"]["card"])) >= REQUESTS, "{after}");
    assert!(moved(|report| count(&report["counters"], "completions")) >= REQUESTS, "{after}");
    assert!(moved(|report| report["keys"]["hits"].as_u64().expect("a number")) > 0, "{after}");
    assert_eq!(sum(&after["faults"]["kinds"]), 0, "{after}");
    let rings = after["rings"].as_array().expect("rings");
    assert!(rings.iter().all(|ring| ring["in_flight"] == 0), "{after}");
}

#[test]
fn a_report_for_people_says_the_same() {
    let gateway = Gateway::start(&FPGA);
    requests(&gateway, 1);
    let text = gateway.typex(&["card"]).succeeds();
    let first = format!("card={} backend=fpga state=up", kind());
    for word in [&first, "usp-model", "RING", "software", "slots"] {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
    let doctor = gateway.typex(&["doctor"]).out;
    assert!(doctor.contains(&format!("card={}, backend fpga", kind())), "{doctor}");
}

/// The sum over the lines of the metrics page whose name and labels begin so.
fn metric(page: &str, name: &str, labels: &str) -> u64 {
    let start = format!("{name}{{card=\"{}\"{labels}", kind());
    let lines: Vec<_> = page.lines().filter(|line| line.starts_with(&start)).collect();
    assert!(!lines.is_empty(), "no {start} in {page}");
    let value = |line: &&str| line.rsplit(' ').next()?.parse::<u64>().ok();
    lines.iter().filter_map(value).sum()
}

#[test]
fn metrics_show_the_card() {
    let gateway = Gateway::start(&FPGA);
    requests(&gateway, REQUESTS);
    let page = Connection::open(gateway.address("operator/http")).text("/metrics");
    assert_eq!(metric(&page, "typex_card_up", "} "), 1);
    assert_eq!(metric(&page, "typex_card_selftest_passed", "} "), 1);
    for kind in ["hits", "misses"] {
        assert!(metric(&page, "typex_card_keys_total", &format!(",kind=\"{kind}\"")) > 0, "{page}");
    }
    assert!(metric(&page, "typex_card_jobs_total", ",kind=") >= REQUESTS, "{page}");
    assert!(metric(&page, "typex_card_ring_submitted_total", ",kind=") >= REQUESTS, "{page}");
    assert!(metric(&page, "typex_card_key_slots", ",kind=\"resident\"") > 0, "{page}");
    assert_eq!(metric(&page, "typex_card_ring_jobs", ",kind="), 0, "{page}");
}

#[test]
fn self_test_and_reset_are_carried_out_and_recorded() {
    let gateway = Gateway::start(&FPGA);
    let before = report(&gateway);
    let tested = gateway.typex(&["card", "selftest"]).succeeds();
    assert!(tested.contains(&format!("card={} self-test passed", kind())), "{tested}");
    let reset = gateway.typex(&["card", "reset", "--json"]).succeeds();
    let reset: Value = serde_json::from_str(&reset).expect("JSON");
    assert!(reset["took_us"].as_u64() > Some(0), "{reset}");
    let after = report(&gateway);
    let attached = |report: &Value| report["state"]["incarnation"].as_u64().expect("a number");
    assert!(attached(&after) > attached(&before), "{after}");
    assert_eq!(after["state"]["up"], true, "{after}");
    requests(&gateway, 10);
    let log = gateway.typex(&["audit", "show", "--json"]).succeeds();
    for verb in ["card_selftest", "card_reset"] {
        let entry = format!("\"operator\":\"{verb}\",\"result\":\"ok\"");
        assert_eq!(log.matches(&entry).count(), 1, "{log}");
    }
}

#[test]
fn the_trace_has_transactions_and_not_what_they_carried() {
    let gateway = Gateway::start(&FPGA);
    requests(&gateway, 3);
    let text = gateway.typex(&["card", "trace", "--last", "1000000", "--json"]).succeeds();
    let events: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let members = ["address", "bytes", "kind", "number", "tag", "time_ns"];
    let has = |event: &Value| event.as_object().is_some_and(|one| one.keys().eq(members));
    assert!(events.iter().all(has), "{text:.500}");
    for kind in ["register_write", "dma_read", "dma_write"] {
        assert!(events.iter().any(|event| event["kind"] == kind), "no {kind} in {text:.500}");
    }
    let numbers: Vec<_> = events.iter().filter_map(|event| event["number"].as_u64()).collect();
    assert!(numbers.iter().copied().eq(0..events.len() as u64), "{numbers:?}");
    let late = events.iter().filter(|event| event["time_ns"].as_u64() > Some(0)).count();
    assert!(late > events.len() / 2, "time stands still: {text:.500}");
    let few = gateway.typex(&["card", "trace", "--last", "5"]).succeeds();
    assert_eq!(few.lines().count(), 5, "{few}");
}

#[test]
fn without_a_card_the_commands_say_so() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    typex(&dir.path().join("data"), &["card"]).fails_with(&["no gateway runs", "--backend fpga"]);
    let gateway = Gateway::start(&["--backend", "soft"]);
    for args in [&["card"][..], &["card", "selftest"], &["card", "reset"], &["card", "trace"]] {
        gateway.typex(args).fails_with(&["backend soft", "--backend fpga"]);
    }
    let doctor = gateway.typex(&["doctor"]).out;
    assert!(doctor.contains("none in use"), "{doctor}");
}

#[test]
fn options_of_a_card_without_one_are_refused() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    let soft = typex(&data, &["--backend", "soft", "--card", "model"]);
    soft.fails_with(&["--card needs", "--backend fpga"]);
    typex(&data, &["--backend", "fpga", "--card", "abacus"]).fails_with(&["abacus", "model, rtl"]);
    typex(&data, &["--backend", "abacus"]).fails_with(&["abacus", "failover"]);
}

/// In a build with the RTL this serves instead; `clients` and others run on it then.
#[test]
fn rtl_is_there_or_the_error_says_how_to_get_it() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    let doctor = command(&data)
        .env("TYPEX_ENGINE_BACKEND", "fpga")
        .env("TYPEX_CARD_KIND", "rtl")
        .arg("doctor")
        .output()
        .expect("typex runs");
    if String::from_utf8_lossy(&doctor.stdout).contains("card=rtl") {
        let gateway = Gateway::start(&["--backend", "fpga", "--card", "rtl"]);
        requests(&gateway, 1);
        assert_eq!(report(&gateway)["card"], "rtl");
    } else {
        let build = "cargo run --release --features cosim -- --backend fpga --card rtl";
        typex(&data, &["--backend", "fpga", "--card", "rtl"]).fails_with(&[build]);
        assert!(!data.join("store").exists(), "a refused start leaves nothing behind");
    }
}
