//! Recognisable keys and data go through every operation, failures included; then everything
//! that the gateway writes, and its memory, is searched for them.

mod tokens;
mod traffic;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Connection, Found, Gateway, Random, Search, command, typex};
use traffic::Traffic;

/// A gateway that logs all it can, after every operation was asked of it.
fn searched_output(format: &str) -> Vec<Found> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (data, log) = (dir.path().join("data"), dir.path().join("log"));
    let gateway = logged(&data, &log, format);
    let mut traffic = Traffic::new(Random::seeded("secrets"));
    traffic.run(&gateway);
    let backup = dir.path().join("backup");
    gateway.typex(&["backup", backup.to_str().expect("text")]).succeeds();
    let mut operator = Connection::open(gateway.address("operator/http"));
    let metrics = operator.text("/metrics");
    assert!(metrics.contains("typex_requests"), "{metrics}");
    let shown = ["--json", "--partition"].map(|_| gateway.typex(&["audit", "show", "--json"]));
    let listed = gateway.typex(&["key", "list", "--json"]).succeeds();
    gateway.stop();

    let search = traffic.search();
    let mut found = search.bytes("metrics", metrics.as_bytes());
    found.extend(search.bytes("key list", listed.as_bytes()));
    for shown in shown {
        found.extend(search.bytes("audit show", shown.succeeds().as_bytes()));
    }
    let checked = typex(&data, &["fsck"]);
    found.extend(search.bytes("fsck", checked.succeeds().as_bytes()));
    let logged = std::fs::read_to_string(&log).expect("a log");
    assert!(logged.contains("request refused"), "the filter does not hold: {logged}");
    found.extend(search.files(dir.path()));
    found
}

fn logged(data: &Path, log: &Path, format: &str) -> Gateway {
    let log = std::fs::File::create(log).expect("a log file");
    let mut command = command(data);
    command.arg("--free-ports").env("TYPEX_LOG_FILTER", "trace").env("TYPEX_LOG_FORMAT", format);
    command.stdout(log.try_clone().expect("a descriptor")).stderr(log);
    Gateway::launch(data, command)
}

#[test]
fn nothing_is_written_for_people() {
    assert_eq!(searched_output("human"), []);
}

#[test]
fn nothing_is_written_for_machines() {
    assert_eq!(searched_output("json"), []);
}

/// What may be in memory: keys that can still be used, and what the gateway must know to serve
/// (demo keys, the import key, API keys that work). All else was there only while its request was.
#[test]
fn memory_forgets_what_requests_held() {
    let gateway = Gateway::start(&[]);
    let mut traffic = Traffic::new(Random::seeded("secrets"));
    traffic.run(&gateway);
    traffic.search().until_forgotten(gateway.pid());
}

/// The searches above can find what they look for.
#[test]
fn planted_secrets_are_found() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut random = Random::seeded("secrets");
    let (written, held): ([u8; 32], Vec<u8>) = (random.bytes(), random.bytes::<32>().to_vec());
    let mut search = Search::new();
    search.add("written", &written);
    search.add("held", &held);
    std::fs::create_dir(dir.path().join("below")).expect("writable");
    std::fs::write(dir.path().join("below/file"), format!("x{written:?}x")).expect("writable");
    let found = search.files(dir.path());
    assert!(found.iter().any(|found| found.secret == "written"), "{found:?}");
    let found = search.memory(std::process::id()).expect("one's own memory is open");
    assert!(found.iter().any(|found| found.secret == "held"), "{found:?}");
    drop(held);
}

/// A gateway that aborts leaves no image of its memory, though it was started where one would be
/// written.
#[test]
fn no_core_image_is_left() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Core);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Core, raised).expect("up to the hard limit is allowed");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let control = dir.path().join("control");
    std::fs::create_dir(&control).expect("writable");
    let aborted = Command::new("sh").args(["-c", "kill -ABRT $$"]).current_dir(&control).status();
    assert!(!aborted.expect("a shell").success());
    if control.read_dir().expect("readable").next().is_none() {
        println!("SKIPPED the control: this system writes no core files into directories");
    }
    let run = dir.path().join("run");
    std::fs::create_dir(&run).expect("writable");
    let data = dir.path().join("data");
    let mut command = command(&data);
    command.arg("--free-ports").current_dir(&run).stdout(Stdio::null());
    let gateway = Gateway::launch(&data, command);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", gateway.pid()));
    let limits = limits.expect("it runs");
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    let words: Vec<_> = core.expect("a limit").split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"]);
    gateway.signal("ABRT");
    assert!(!gateway.wait().success());
    assert!(run.read_dir().expect("readable").next().is_none(), "a core file in {run:?}");
}
