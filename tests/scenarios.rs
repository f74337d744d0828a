//! `typex bench load` as people run it: every scenario that is built in, briefly, against a gateway
//! of its own or an echo of the test's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::{Ran, full, program, root, typex};

/// Brief, and few connections: what is shown is that it works, not how fast it is.
const BRIEF: [&str; 6] = ["--duration", "1", "--warm-up", "0.2", "--connections", "4"];

fn run(dir: &Path, args: &[&str]) -> Ran {
    typex(&dir.join("unused"), &[&["bench", "load"], args].concat())
}

/// What is in the result of a run that must succeed.
fn result(args: &[&str]) -> (Value, String) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (json, html) = (dir.path().join("run.json"), dir.path().join("run.html"));
    let files = ["--json", json.to_str().expect("a path"), "--html", html.to_str().expect("one")];
    run(dir.path(), &[args, &files].concat()).succeeds();
    let read = |path| std::fs::read_to_string(path).expect("it was written");
    (serde_json::from_str(&read(&json)).expect("JSON"), read(&html))
}

/// Something was answered and compared at every point, nothing failed, and the server was seen.
fn check(name: &str, run: &Value) {
    assert_eq!((&run["format"], &run["version"]), (&"typex-load".into(), &1.into()), "{name}");
    assert_eq!(run["complete"], true, "{name}");
    let points = run["points"].as_array().expect("points");
    assert!(!points.is_empty(), "{name}");
    for point in points {
        let counts = &point["counts"];
        assert_eq!(counts["errors"], serde_json::json!({}), "{name}: {}", point["name"]);
        for count in ["accepted", "records", "verified"] {
            assert!(counts[count].as_u64() > Some(0), "{name}: {count} of {counts}");
        }
        assert!(point["latency_us"]["p50"].as_f64() > Some(0.0), "{name}");
        assert!(point["server"]["memory_bytes"].as_u64() > Some(1 << 20), "{name}: {point}");
        assert!(!point["percentiles"].as_array().expect("a curve").is_empty(), "{name}");
    }
}

#[test]
fn every_scenario_runs_against_a_gateway_without_an_error() {
    let folder = std::fs::read_dir(root().join("bench/scenarios")).expect("scenarios");
    for file in folder {
        let path = file.expect("a file").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        // One needs a server that echoes, one needs connections beyond the gateway's room.
        if name == "echo" {
            continue;
        }
        let args: &[&str] = if name.starts_with("overload") { &BRIEF[..4] } else { &BRIEF };
        let (run, page) = result(&[&[name], args].concat());
        check(name, &run);
        assert!(page.contains("data-plot=\"percentiles\""), "{name}: {page}");
        if name.starts_with("overload") {
            assert!(run["overloads"][0]["goodput_of_peak"].as_f64() > Some(0.0), "{name}");
        }
    }
}

/// Of a long run, how far its memory may go up from the first third to the last, in bytes. Short of
/// it are pieces that the allocator keeps and caches that fill; a run of half a minute has some
/// hundred thousand requests, so that a leak of an allocation each, 32 bytes at least, is above.
const GROWTH_MAX: i64 = 6 << 20;

/// All kinds of requests at 80 % of the capacity: half an hour with `--full`, or half a minute.
#[test]
fn a_long_run_has_no_error_and_its_memory_stays() {
    let mix = std::fs::read_to_string(root().join("bench/scenarios/mix.toml")).expect("a scenario");
    let (mix, _) = mix.split_once("[[phase]]").expect("phases at the end");
    let (warm_up, seconds) = if full() { (120, 1800) } else { (8, 30) };
    let phases = format!(
        "[[phase]]\nclosed = {{ seconds = 3.0 }}\n\
         [[phase]]\nopen = {{ load = 0.8, warm_up = {warm_up}, seconds = {seconds} }}\n"
    );
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("long.toml");
    std::fs::write(&file, format!("{mix}{phases}")).expect("written");
    let (run, _) = result(&[file.to_str().expect("a path")]);
    check("long", &run);
    let point = &run["points"][1];
    let counts = &point["counts"];
    let count = |name: &str| counts[name].as_u64().expect("a count");
    // What the client could not send, on a machine that others keep busy, shows nothing.
    let sent = count("offered") - count("given_up") - count("unsent");
    assert_eq!(count("answers"), sent, "{counts}");
    let samples = point["samples"].as_array().expect("samples");
    let memory: Vec<_> =
        samples.iter().map(|one| one["memory_bytes"].as_i64().expect("bytes")).collect();
    let (first, last) = (median(&memory[..memory.len() / 3]), median(last_third(&memory)));
    let answers = count("answers");
    println!("{answers} answers in {seconds} s; memory from {first} to {last} bytes");
    assert!(memory.len() as u64 > seconds, "{} samples", memory.len());
    assert!(last - first <= GROWTH_MAX, "memory went from {first} to {last} bytes");
}

fn last_third(values: &[i64]) -> &[i64] {
    &values[values.len() - values.len() / 3..]
}

fn median(values: &[i64]) -> i64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

#[test]
fn an_echo_is_measured_by_several_processes() {
    let target = format!("http://{}", echo());
    let fixed = ["echo", "--target", &target, "--closed", "--processes", "2"];
    let (run, _) = result(&[&fixed, &BRIEF[..]].concat());
    check("echo", &run);
    assert_eq!(run["conditions"]["processes"], 2);
    assert_eq!(run["points"][0]["server"]["tcp_connections"], 4, "two of each process");
    let (run, _) = result(&[&["echo", "--target", &target, "--rate", "200"], &BRIEF[..]].concat());
    assert_eq!(run["points"][0]["kind"], "open");
    assert!(run["points"][0]["counts"]["offered"].as_u64() > Some(0), "{run}");
}

#[test]
fn wrong_answers_and_wrong_scenarios_end_it() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let target = format!("http://{}", echo());
    let asks = [
        ("http = { path = \"/\", body = \"a\", answer = \"b\" }", "a wrong answer"),
        ("http = { path = \"/\", body = \"a\", answr = \"b\" }", "answr"),
    ];
    for (ask, said) in asks {
        let file = dir.path().join("wrong.toml");
        let text = format!(
            "about = \"x\"\n[[link]]\nname = \"a\"\ncarrier = \"http1\"\nlistener = \"x\"\n\
             connections = 1\n[[operation]]\nask = {{ {ask} }}\n"
        );
        std::fs::write(&file, text).expect("written");
        let file = file.to_str().expect("a path");
        let ran = run(dir.path(), &[file, "--target", &target, "--closed", "--duration", "1"]);
        ran.fails_with(&[said]);
    }
    run(dir.path(), &["nothing"]).fails_with(&["no scenario nothing"]);
}

#[test]
fn an_interrupt_ends_it_with_what_there_is() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let json = dir.path().join("run.json");
    let target = format!("http://{}", echo());
    let mut child = Command::new(program())
        .args(["bench", "load", "echo", "--target", &target, "--rate", "50", "--rate", "60"])
        .args(["--duration", "2", "--warm-up", "0", "--connections", "2", "--json"])
        .arg(&json)
        .args(["--processes", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // The first of two measurements is over, the second one goes on.
    let stderr = child.stderr.take().expect("a pipe");
    let mut lines = BufReader::new(stderr).lines();
    let line = lines.next().expect("a line").expect("text");
    assert!(line.starts_with("50/s"), "{line}");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    lines.for_each(drop);
    assert_eq!(child.wait().expect("a child").code(), Some(1));
    let text = std::fs::read_to_string(json).expect("the result of what there was");
    let run: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(run["complete"], false);
    assert!(run["points"][0]["counts"]["accepted"].as_u64() > Some(0), "{run}");
}

/// A server that answers every request with its body.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

fn serve(mut stream: TcpStream) {
    stream.set_nodelay(true).expect("TCP");
    let mut reader = BufReader::new(stream.try_clone().expect("a descriptor"));
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
            return;
        }
    }
}
