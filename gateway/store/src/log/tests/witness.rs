//! Each kind of witness gets each checkpoint, and a dead one is only counted.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::thread;

use typex_core::audit::SignedCheckpoint;

use super::*;
use crate::log::{CHECKPOINT_MS, Witness, WitnessError, is_signed};

fn closed_with(witness: Witness) -> Log {
    let options = Options { witnesses: vec![witness], ..options() };
    let (mut log, _) = Log::open(Box::new(Medium::default()), options, START).unwrap();
    log.append(&entry(0)).unwrap();
    log
}

fn signed(note: &SignedCheckpoint) -> bool {
    is_signed(note, &[signer().verifier().clone()])
}

#[test]
fn a_file_collects_checkpoints() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("witness");
    for _ in 0..2 {
        closed_with(Witness::File(path.clone())).close(START).unwrap();
    }
    let notes = SignedCheckpoint::parse_all(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(notes.len() == 2 && notes.iter().all(signed));
}

#[test]
fn syslog_gets_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let socket = UnixDatagram::bind(&path).unwrap();
    closed_with(Witness::Syslog(path)).close(START).unwrap();
    let mut bytes = [0; 2048];
    let len = socket.recv(&mut bytes).unwrap();
    let line = std::str::from_utf8(&bytes[..len]).unwrap();
    let note = line.strip_prefix("<109>typex-audit: ").unwrap();
    assert!(signed(&SignedCheckpoint::from_line(note).unwrap()));
}

#[test]
fn a_url_gets_a_post() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let text = format!("http://{}/log", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = String::new();
        while !request.ends_with("=\n") {
            let mut bytes = [0; 1024];
            let len = stream.read(&mut bytes).unwrap();
            request.push_str(std::str::from_utf8(&bytes[..len]).unwrap());
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        request
    });
    closed_with(text.parse().unwrap()).close(START).unwrap();
    let request = server.join().unwrap();
    assert!(request.starts_with("POST /log HTTP/1.1\r\nHost: 127.0.0.1:"));
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(signed(&SignedCheckpoint::parse(body).unwrap()));
}

/// Nobody accepts, so the first delivery hangs until its timeout: the log must not.
#[test]
fn a_dead_witness_is_counted_and_delays_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let text = format!("http://{}/", listener.local_addr().unwrap());
    let mut log = closed_with(text.parse().unwrap());
    for pick in 1..40 {
        log.sync(UnixMs(START.0 + pick * 2 * CHECKPOINT_MS)).unwrap();
        log.append(&entry(pick)).unwrap();
    }
    let counts = &log.witness_counts()[0];
    assert!(counts.dropped >= 20, "{counts:?}");
    drop(listener);
}

#[test]
fn witnesses_are_named_by_text() {
    let good = ["file:/var/log/typex", "syslog", "syslog:/run/log", "http://[::1]:8080/a?b=c"];
    for text in good {
        assert!(text.parse::<Witness>().is_ok(), "{text}");
    }
    let bad = [
        "",
        "file:",
        "ftp:x",
        "http://10.0.0.1:80/",
        "http://127.0.0.1/",
        "http://x:1/",
        "http://127.0.0.1:80/a b",
        "https://127.0.0.1:1/",
    ];
    for text in bad {
        assert_eq!(text.parse::<Witness>(), Err(WitnessError), "{text}");
    }
}
