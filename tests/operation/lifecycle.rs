//! From start to end: options, ports, the ready file, certificates, shutdown.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::block;
use crate::harness::{Connection, Gateway, Object, Ran, command, post, status, typex};

/// For how long connections without a request stay open once the end was asked for.
const LINGER: Duration = Duration::from_millis(500);

/// When the gateway was asked to end.
type End = Arc<OnceLock<Instant>>;

/// One exchange. `None` if it came too late: before that, no connection may close without a word.
fn exchange(connection: &mut Connection, request: &str, end: &End) -> Option<(String, Value)> {
    let sent = connection.send(request.as_bytes());
    let now = Instant::now();
    let Some((head, body)) = sent.and_then(|()| connection.answer()) else {
        let asked = *end.get().expect("nobody asked for the end");
        assert!(now - asked >= LINGER, "closed without a word");
        return None;
    };
    Some((head, serde_json::from_str(&body).expect("JSON")))
}

/// Sends over one connection until it is told to close. How many requests were carried out; says
/// so to `begun` at the first answer.
fn send_until_told(
    mut connection: Connection,
    request: &str,
    begun: &Sender<()>,
    end: &End,
) -> usize {
    let mut done = 0;
    while let Some((head, answer)) = exchange(&mut connection, request, end) {
        // Only the first is waited for.
        let _ = begun.send(());
        match status(&answer) {
            "9000" => done += 1,
            "100f" | "10a6" => {}
            other => panic!("status {other}"),
        }
        if head.contains("connection: close") {
            break;
        }
    }
    done
}

/// The request of one client; every fourth wants RSA.
fn wish(at: usize) -> String {
    let (object, bytes) = if at.is_multiple_of(4) {
        (Object::demo_b(0x9876), 256)
    } else {
        (Object::demo_a(0xee01), 16)
    };
    let mut data = vec![2; bytes];
    data[0] = 0;
    let body = json!({ "data": object.seal([1; 8], &data) }).to_string();
    post(&object.path([1; 8]), &body)
}

/// One client on its own thread, once it has had an answer.
fn sender(gateway: &Gateway, at: usize, end: &End) -> JoinHandle<usize> {
    let connection = Connection::open(gateway.address("process/http"));
    let (begun, answered) = channel();
    let end = Arc::clone(end);
    let thread = std::thread::spawn(move || send_until_told(connection, &wish(at), &begun, &end));
    answered.recv().expect("an answer");
    thread
}

#[test]
fn shutdown_answers_what_was_admitted_and_refuses_the_rest() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    let gateway = Gateway::start_in(&data, &[], &[]);
    let end = End::default();
    let senders: Vec<_> = (0..8).map(|at| sender(&gateway, at, &end)).collect();
    let mut idle = Connection::open(gateway.address("process/http"));
    for _ in 0..50 {
        assert_eq!(block(&mut idle, &Object::demo_a(0xee01)), "9000");
    }
    end.set(Instant::now()).expect("the first time");
    gateway.signal("TERM");
    while !senders.iter().any(JoinHandle::is_finished) {
        std::thread::yield_now();
    }
    if let Some((_, answer)) = exchange(&mut idle, &wish(1), &end) {
        assert_eq!(status(&answer), "100f");
    }
    let answered: Vec<_> = senders.into_iter().map(|one| one.join().expect("no failure")).collect();
    assert!(gateway.wait().success());
    let done = answered.iter().sum::<usize>() + 50;
    assert!(done > 50, "no request was under way");

    assert!(!data.join("control.sock").exists());
    typex(&data, &["fsck"]).succeeds();
    typex(&data, &["audit", "verify"]).succeeds();
    let shown = typex(&data, &["audit", "show", "--json", "--action", "process_data"]).succeeds();
    let kept = shown.lines().filter(|line| line.contains("\"ok\"")).count();
    assert_eq!(kept, done, "the log knows other operations than the clients: {shown:.500}");
}

#[test]
fn a_second_gateway_on_one_directory_is_refused() {
    let gateway = Gateway::start(&[]);
    let mut connection = Connection::open(gateway.address("process/http"));
    gateway.typex(&["serve", "--free-ports"]).fails_with(&["in use"]);
    assert_eq!(block(&mut connection, &Object::demo_a(0xee01)), "9000");
    gateway.typex(&["key", "list"]).succeeds();
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

#[test]
fn every_port_can_be_chosen() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    let names = ["process", "enrol", "register", "process-tcp", "enrol-tcp"];
    let chosen: Vec<_> = names.iter().map(|name| (*name, free_port())).collect();
    let operator = free_port();
    let mut command = command(&data);
    command.stdout(Stdio::null()).env("TYPEX_LISTEN_OPERATOR_PORT", operator.to_string());
    for (name, port) in &chosen {
        command.args(["--port", &format!("enigma-bridge.{name}={port}")]);
    }
    let gateway = Gateway::launch(&data, command);
    for (name, port) in chosen {
        let transport = if name.ends_with("tcp") { "tcp" } else { "https" };
        assert_eq!(gateway.address(&format!("{name}/{transport}")).port(), port);
    }
    assert_eq!(gateway.address("operator/http").port(), operator);
    let ready: Value = serde_json::from_str(gateway.ready()).expect("JSON");
    assert_eq!(ready["pid"], gateway.pid());
    let ways: Vec<_> = ready["listeners"].as_array().expect("a list").iter().collect();
    assert!(ways.iter().all(|way| way["dialect"].is_string() && way["address"].is_string()));
    let process = ways.iter().filter(|way| way["listener"] == "process");
    let transports: Vec<_> = process.map(|way| way["transport"].as_str().expect("text")).collect();
    assert_eq!(transports, ["http", "https", "http3"]);
    assert_eq!(Connection::open(gateway.address("operator/http")).text("/healthz"), "ok\n");
    assert_eq!(Connection::open(gateway.address("operator/http")).text("/readyz"), "ready\n");
}

#[test]
fn unknown_options_are_refused_by_name() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    for (args, named) in [
        (&["--frobnicate"][..], "--frobnicate"),
        (&["--backend", "abacus"], "abacus"),
        (&["--port", "enigma-bridge.nothing=1"], "enigma-bridge.nothing=1"),
        (&["--port", "enigma-bridge.process=70000"], "70000"),
        (&["frobnicate"], "frobnicate"),
        (&["key", "frobnicate"], "frobnicate"),
        (&["--config", "/nonexistent/typex.toml"], "/nonexistent/typex.toml"),
    ] {
        typex(&data, args).fails_with(&[named]);
    }
    for (name, value) in [("TYPEX_ENGINE_SPEED", "1"), ("TYPEX_NOTHING", "1")] {
        Ran::of(command(&data).env(name, value)).fails_with(&[name]);
        Ran::of(command(&data).arg("fsck").env(name, value)).fails_with(&[name]);
    }
    Ran::of(command(&data).env("TYPEX_ENGINE_CORES", "many")).fails_with(&["TYPEX_ENGINE_CORES"]);
    Ran::of(command(&data).env("TYPEX_LOG_FILTER", "=,=").arg("--free-ports"))
        .fails_with(&["log.filter"]);
    let file = dir.path().join("typex.toml");
    std::fs::write(&file, "[engine]\nspeed = 1\n").expect("writable");
    let path = file.to_str().expect("text");
    typex(&data, &["--config", path, "serve"]).fails_with(&["speed", path]);
    assert!(!data.exists(), "a refused start left something behind");
}

#[test]
fn development_stays_on_loopback() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    for name in ["TYPEX_LISTEN_ADDRESS", "TYPEX_LISTEN_OPERATOR_ADDRESS"] {
        Ran::of(command(&data).arg("--free-ports").env(name, "0.0.0.0"))
            .fails_with(&["loopback", "typex init --production"]);
    }
}

/// The certificate that a listener shows, as curl prints it.
fn shown_certificate(address: SocketAddr) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{certs}"])
        .arg(format!("https://{address}/"))
        .output()
        .expect("curl is installed");
    let text = String::from_utf8(output.stdout).expect("text");
    let start = text.find("-----BEGIN").unwrap_or_else(|| panic!("no certificate: {text}"));
    text[start..].trim().to_owned()
}

/// A new certificate and its key, by another program than the gateway.
pub(super) fn make_certificate(dir: &Path) -> (String, String) {
    let path = |name: &str| dir.join(name).to_str().expect("text").to_owned();
    let (chain, key) = (path("chain.pem"), path("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-days", "30", "-subj", "/CN=test", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-keyout", &key, "-out", &chain])
        .output()
        .expect("openssl is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (chain, key)
}

#[test]
fn hangup_reloads_the_certificate_and_keeps_connections() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (chain, key) = make_certificate(dir.path());
    let environment = [("TYPEX_LISTEN_CERTIFICATE", &*chain), ("TYPEX_LISTEN_PRIVATE_KEY", &*key)];
    let gateway = Gateway::start_in(&dir.path().join("data"), &[], &environment);
    let address = gateway.address("process/https");
    let text = |path: &str| std::fs::read_to_string(path).expect("a file").trim().to_owned();
    let first = text(&chain);
    assert_eq!(shown_certificate(address), first);
    let mut connection = Connection::open(address);
    assert_eq!(block(&mut connection, &Object::demo_a(0xee01)), "9000");

    std::fs::write(&key, "no key").expect("writable");
    gateway.signal("HUP");
    make_certificate(&dir.path().join("."));
    let second = text(&chain);
    assert_ne!(first, second);
    gateway.signal("HUP");
    let reloads = || {
        let shown = gateway.typex(&["audit", "show", "--json"]).succeeds();
        shown.lines().filter(|line| line.contains("certificate_reload")).count()
    };
    let start = Instant::now();
    while reloads() == 0 {
        assert!(start.elapsed().as_secs() < 10, "no reload is in the audit log");
    }
    assert_eq!(shown_certificate(address), second);
    assert_eq!(block(&mut connection, &Object::demo_a(0xee01)), "9000");
}

#[test]
fn completions_and_manual_pages() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = typex(dir.path(), &["completions", shell]).succeeds();
        assert!(script.contains("ready-file") && script.contains("completions"), "{shell}");
    }
    let pages = dir.path().join("man");
    std::fs::create_dir(&pages).expect("writable");
    typex(dir.path(), &["man", pages.to_str().expect("text")]).succeeds();
    for name in ["typex.1", "typex-serve.1", "typex-audit-verify.1", "typex-key-destroy.1"] {
        let page = std::fs::read_to_string(pages.join(name)).expect(name);
        assert!(page.contains(".SH NAME"), "{name}");
    }
}
