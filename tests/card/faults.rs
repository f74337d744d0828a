//! Requests while the card is reset, hangs, or loses what it sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{ask, report, sum};
use crate::harness::{Connection, Gateway, full};

/// Clients at once.
const CLIENTS: u64 = 8;
/// How long a fault may keep one waiting.
const PATIENCE: Duration = Duration::from_secs(60);

/// Clients that send until told to end; each answer is checked.
struct Load {
    end: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<String>>>,
}

impl Load {
    fn start(gateway: &Gateway) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let client = |number: u64| {
            let mut connection = Connection::open(gateway.address("process/http"));
            let end = Arc::clone(&end);
            std::thread::spawn(move || {
                let more = (0..u64::MAX).take_while(|_| !end.load(Ordering::Relaxed));
                more.map(|at| ask(&mut connection, number << 32 | at)).collect()
            })
        };
        Self { clients: (0..CLIENTS).map(client).collect(), end }
    }

    /// The status of every request.
    fn end(self) -> Vec<String> {
        self.end.store(true, Ordering::Relaxed);
        self.clients.into_iter().flat_map(|one| one.join().expect("no failure")).collect()
    }
}

/// Waits until the report is as wanted.
fn wait_for(gateway: &Gateway, wanted: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    let start = Instant::now();
    loop {
        let report = report(gateway);
        if wanted(&report) {
            return report;
        }
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {report}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_reset_under_load_loses_no_request_with_failover() {
    let gateway = Gateway::start(&["--backend", "failover"]);
    let load = Load::start(&gateway);
    for _ in 0..if full() { 50 } else { 5 } {
        gateway.typex(&["card", "reset"]).succeeds();
    }
    let statuses = load.end();
    assert!(statuses.iter().all(|status| status == "9000"), "{statuses:?}");
    assert!(statuses.len() > 100, "only {} requests", statuses.len());
    assert_eq!(report(&gateway)["state"]["up"], true);
}

#[test]
fn a_reset_under_load_answers_every_request_with_fpga() {
    let gateway = Gateway::start(&["--backend", "fpga"]);
    let load = Load::start(&gateway);
    for _ in 0..5 {
        gateway.typex(&["card", "reset"]).succeeds();
    }
    let statuses = load.end();
    let good = statuses.iter().filter(|status| *status == "9000").count();
    let faulted = statuses.iter().filter(|status| *status == "f012").count();
    println!("{good} answered, {faulted} refused by the fault");
    assert_eq!(good + faulted, statuses.len(), "{statuses:?}");
    let mut connection = Connection::open(gateway.address("process/http"));
    assert_eq!(ask(&mut connection, 1), "9000");
}

/// Starts with faults of one kind, sends until they have struck, and waits until the card is back.
fn survive(kind: &str) {
    let environment = [
        ("TYPEX_ENGINE_BACKEND", "failover"),
        ("TYPEX_CARD_FAULTS", kind),
        ("TYPEX_CARD_FAULT_COUNT", "3"),
        ("TYPEX_CARD_FAULT_INTERVAL_US", "3000"),
    ];
    println!("fault {kind}, seed 1");
    let gateway = Gateway::start_with(&environment);
    let load = Load::start(&gateway);
    let struck = wait_for(&gateway, |report| sum(&report["faults"]["kinds"]) > 0);
    let statuses = load.end();
    assert!(statuses.iter().all(|status| status == "9000"), "{kind}: {statuses:?}");
    println!("{kind}: {} requests, {}", statuses.len(), struck["faults"]);
    wait_for(&gateway, |report| report["state"]["up"] == true);
    let mut connection = Connection::open(gateway.address("process/http"));
    assert_eq!(ask(&mut connection, 1), "9000");
}

#[test]
fn a_card_that_hangs_is_replaced_and_brought_back() {
    survive("hang");
}

#[test]
fn a_card_that_loses_data_is_replaced_and_brought_back() {
    survive("drop-completion");
}

#[test]
fn a_card_that_loses_half_of_its_data_is_replaced_and_brought_back() {
    survive("truncate-completion");
}

#[test]
fn a_card_that_is_gone_is_replaced_for_good() {
    let environment = [
        ("TYPEX_ENGINE_BACKEND", "failover"),
        ("TYPEX_CARD_FAULTS", "removal"),
        ("TYPEX_CARD_RETRY_MS", "50"),
    ];
    let gateway = Gateway::start_with(&environment);
    let load = Load::start(&gateway);
    let gone = wait_for(&gateway, |report| report["state"]["word"] == "gone");
    let statuses = load.end();
    assert!(statuses.iter().all(|status| status == "9000"), "{statuses:?}");
    assert!(sum(&gone["faults"]["kinds"]) > 0, "{gone}");
    let mut operator = Connection::open(gateway.address("operator/http"));
    let ready = operator.text("/readyz");
    assert!(ready.starts_with("ready; the card is "), "{ready}");
    gateway.typex(&["doctor"]).fails_with(&["BAD   card"]);
    gateway.typex(&["card", "reset"]).fails_with(&["card"]);
    let mut connection = Connection::open(gateway.address("process/http"));
    assert_eq!(ask(&mut connection, 1), "9000");
}

#[test]
fn a_gateway_with_failover_starts_without_its_card() {
    let absent = ("TYPEX_CARD_FAULTS", "absent");
    let gateway = Gateway::start_with(&[("TYPEX_ENGINE_BACKEND", "failover"), absent]);
    let mut connection = Connection::open(gateway.address("process/http"));
    assert_eq!(ask(&mut connection, 1), "9000");
    let mut operator = Connection::open(gateway.address("operator/http"));
    let ready = operator.text("/readyz");
    assert!(ready.starts_with("ready; the card is "), "{ready}");
    assert!(operator.text("/metrics").contains("typex_card_up{card=\"model\"} 0"));
    let shown = report(&gateway);
    assert_eq!(shown["state"]["up"], false, "{shown}");
    assert!(shown["state"]["problem"].is_string(), "{shown}");
    let text = gateway.typex(&["card"]).succeeds();
    assert!(text.contains("does not come up: "), "{text}");
}

#[test]
fn a_destroyed_key_leaves_the_card() {
    let gateway = Gateway::start(&["--backend", "failover"]);
    let mut connection = Connection::open(gateway.address("process/http"));
    assert_eq!(ask(&mut connection, 1), "9000");
    let resident = |report: &serde_json::Value| report["keys"]["resident"].as_u64();
    assert_eq!(resident(&report(&gateway)), Some(3));
    let keys = gateway.typex(&["key", "list", "--json"]).succeeds();
    let row = keys.lines().find(|line| line.contains("ee01")).expect("the demo key");
    let row: serde_json::Value = serde_json::from_str(row).expect("JSON");
    gateway.typex(&["key", "destroy", row["id"].as_str().expect("text"), "--yes"]).succeeds();
    let emptied = wait_for(&gateway, |report| resident(report) == Some(0));
    assert_eq!(emptied["keys"]["zeroised"], 3, "{emptied}");
    let mut operator = Connection::open(gateway.address("operator/http"));
    let metric = "typex_card_keys_total{card=\"model\",kind=\"zeroised\"} 3";
    assert!(operator.text("/metrics").contains(metric));
}
