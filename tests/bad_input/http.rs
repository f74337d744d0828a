//! HTTP/1.1 listeners.

use serde_json::{Value, json};

use super::{Neighbour, sound_body, sound_path};
use crate::harness::{Connection, Gateway, Object, post, status};

#[test]
fn requests_that_are_no_http_are_refused_and_closed() {
    let gateway = Gateway::start(&[]);
    let mut neighbour = Neighbour::of(&gateway);
    let long = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(40_000));
    let cases = [
        ("BAD\r\n\r\n", "400"),
        ("\0\0\0\0\r\n\r\n", "400"),
        ("GET / HTTP/9.9\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nbad header\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "400"),
        (&long, "431"),
    ];
    for listener in ["process/http", "enrol/http", "register/http", "operator/http"] {
        for (request, expected) in cases {
            let mut connection = Connection::open(gateway.address(listener));
            connection.send(request.as_bytes()).expect("open");
            let (head, _) = connection.answer().expect("an answer");
            assert!(head.starts_with(&format!("http/1.1 {expected}")), "{listener}: {head}");
            assert!(connection.answer().is_none(), "{listener} stays open after {request:.40}");
            neighbour.is_served();
        }
    }
}

/// Path, body, status: requests that are HTTP, and wrong.
fn wrong_requests() -> Vec<(String, String, &'static str)> {
    let path = |handle: &str, function: &str| format!("/1.0/{handle}/{function}/0102030405060708");
    let sound = sound_body();
    let process = path("TEST_API000000ee01", "ProcessData");
    let create = path("TEST_API0000000001", "CreateUserObject");
    let template = path("TEST_API0000000001", "GetUserObjectTemplate");
    let data = |data: &str| json!({ "data": data }).to_string();
    let long = data(&format!("0000{}", "00".repeat(2_000)));
    vec![
        ("/".into(), sound.clone(), "8038"),
        (process.replace("1.0", "2.0"), sound.clone(), "8038"),
        (path("TEST_API000000ee01", "Process"), sound.clone(), "8001"),
        ("/1.0/TEST_API000000ee01/ProcessData".into(), sound.clone(), "803a"),
        (format!("/1.0/TEST_API000000ee01/ProcessData/{}", "1".repeat(65)), sound.clone(), "8031"),
        (path("UNKNOWN_KEY000000ee01", "ProcessData"), sound.clone(), "8068"),
        (path("TEST_API000000ffff", "ProcessData"), sound, "8034"),
        (process.clone(), String::new(), "8039"),
        (process.clone(), "{".into(), "8037"),
        (process.clone(), "[]".into(), "8039"),
        (process.clone(), "{}".into(), "8039"),
        (process.clone(), "{\"data\":1}".into(), "8039"),
        (process.clone(), "{\"data\":\"00\",\"data\":\"00\"}".into(), "8039"),
        (process.clone(), data("Packet0_PLAINAES_0000zz"), "8039"),
        (process.clone(), data("00"), "8049"),
        (process.clone(), data(&"00".repeat(33)), "8049"),
        (process.clone(), data(&"00".repeat(50)), "a0a1"),
        (process, long, "8031"),
        (template.clone(), "{}".into(), "8036"),
        (template.clone(), "{\"data\":{\"type\":\"1a\"}}".into(), "8004"),
        (template.clone(), "{\"data\":{\"type\":\"12345\"}}".into(), "8083"),
        (template, "{\"data\":{\"format\":1,\"protocol\":2,\"type\":\"4\"}}".into(), "8038"),
        (create.clone(), "{}".into(), "8036"),
        (create, "{\"data\":{\"objectid\":\"x\"}}".into(), "8036"),
    ]
}

#[test]
fn wrong_requests_get_their_status_over_one_connection() {
    let gateway = Gateway::start(&[]);
    let mut connection = Connection::open(gateway.address("process/http"));
    let mut wrong = Vec::new();
    for (path, body, expected) in wrong_requests() {
        let answer = connection.post(&path, &body);
        assert!(answer["function"].as_str().is_some_and(|name| !name.is_empty()), "{answer}");
        assert!(answer["result"].is_null() && answer["version"] == "1.0", "{answer}");
        if status(&answer) != expected {
            wrong.push(format!("{path:.60} {body:.60}: {answer}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn methods_and_preflights() {
    let gateway = Gateway::start(&[]);
    for listener in ["process/http", "enrol/http", "register/http"] {
        let mut connection = Connection::open(gateway.address(listener));
        let request = "OPTIONS / HTTP/1.1\r\nhost: a\r\norigin: https://page.example\r\n\
            access-control-request-method: POST\r\n\r\n";
        connection.send(request.as_bytes()).expect("open");
        let (head, body) = connection.answer().expect("an answer");
        assert!(head.starts_with("http/1.1 204") && body.is_empty(), "{head}");
        for line in [
            "access-control-allow-origin: *",
            "access-control-allow-methods: get, post, options",
            "access-control-allow-headers: content-type, x-auth-token, accept",
        ] {
            assert!(head.contains(line), "{line} is not in {head}");
        }
        connection.send(post(&sound_path(), &sound_body()).as_bytes()).expect("open");
        let (head, _) = connection.answer().expect("an answer");
        assert!(head.contains("access-control-allow-origin: *"), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
    }
    let mut connection = Connection::open(gateway.address("process/http"));
    for method in ["PUT", "DELETE", "PATCH", "BREW"] {
        let request = post(&sound_path(), &sound_body()).replacen("POST", method, 1);
        let answer = connection.exchange_raw(request.as_bytes()).expect("an answer");
        assert!(answer.contains("\"8001\""), "{method}: {answer}");
    }
}

/// Labels in front of the data are ignored, so this GET is as long as we like and still right.
#[test]
fn long_targets_pass_and_longer_ones_do_not() {
    let gateway = Gateway::start(&[]);
    let object = Object::demo_a(0xee01);
    let sealed = object.seal([1; 8], &[2; 16]);
    let target = |bytes: usize| format!("{}/{}_{sealed}", object.path([1; 8]), "x".repeat(bytes));
    let mut connection = Connection::open(gateway.address("process/http"));
    for bytes in [0, 1_000, 20 << 10, 30_000] {
        assert_eq!(status(&connection.get(&target(bytes))), "9000", "{bytes} bytes");
    }
    let request = format!("GET {} HTTP/1.1\r\nhost: a\r\n\r\n", target(33 << 10));
    connection.send(request.as_bytes()).expect("open");
    let (head, _) = connection.answer().expect("an answer");
    assert!(head.starts_with("http/1.1 431"), "{head}");
    assert!(connection.answer().is_none(), "it stays open");
}

#[test]
fn bodies_beyond_the_limit_are_told() {
    let gateway = Gateway::start_with(&[("TYPEX_LIMITS_BODY_BYTES_MAX", "4096")]);
    let mut neighbour = Neighbour::of(&gateway);
    for listener in ["process/http", "enrol/http", "register/http"] {
        let registration = listener.starts_with("register");
        let too_large = if registration { json!(0x8031) } else { json!("8031") };
        let head = format!("POST {} HTTP/1.1\r\nhost: a\r\n", sound_path());
        let blanks = " ".repeat(5_000);
        for request in [
            format!("{head}content-length: 5000\r\n\r\n{blanks}"),
            format!("{head}content-length: 999999999999\r\n\r\n{blanks}"),
            format!("{head}transfer-encoding: chunked\r\n\r\n1388\r\n{blanks}\r\n0\r\n\r\n"),
        ] {
            let mut connection = Connection::open(gateway.address(listener));
            let answer = connection.exchange_raw(request.as_bytes()).expect("an answer");
            let answer: Value = serde_json::from_str(&answer).expect("JSON");
            assert_eq!(answer["status"], too_large, "{listener}: {answer}");
            assert!(connection.answer().is_none(), "it stays open");
        }
        neighbour.is_served();
    }
}

#[test]
fn slow_and_truncated_bodies_disturb_nobody() {
    let gateway = Gateway::start_with(&[("TYPEX_LIMITS_BODY_MS", "300")]);
    let mut neighbour = Neighbour::of(&gateway);
    let request = post(&sound_path(), &sound_body());
    let half = &request.as_bytes()[..request.len() - 20];
    let mut slow: Vec<_> =
        (0..50).map(|_| Connection::open(gateway.address("process/http"))).collect();
    slow.iter_mut().for_each(|connection| connection.send(half).expect("open"));
    for _ in 0..50 {
        let mut gone = Connection::open(gateway.address("process/http"));
        gone.send(half).expect("open");
    }
    neighbour.is_served();
    for mut connection in slow {
        let (_, body) = connection.answer().expect("an answer");
        assert!(body.contains("\"1006\""), "{body}");
        assert!(connection.answer().is_none(), "it stays open");
    }
    neighbour.is_served();
}

#[test]
fn silent_connections_are_closed_and_busy_ones_are_not() {
    let gateway = Gateway::start_with(&[("TYPEX_LIMITS_IDLE_MS", "400")]);
    let mut silent = Connection::open(gateway.address("process/http"));
    let mut busy = Neighbour::of(&gateway);
    let ended = std::thread::spawn(move || silent.answer().is_none());
    while !ended.is_finished() {
        busy.is_served();
    }
    assert!(ended.join().expect("no failure"));
    busy.is_served();
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let gateway = Gateway::start(&[]);
    let mut connection = Connection::open(gateway.address("process/http"));
    let rsa = Object::demo_b(0x9876);
    let aes = Object::demo_a(0xee01);
    let mut requests = String::new();
    for at in 0..20_u8 {
        let (object, data) = if at % 5 == 0 { (&rsa, vec![0; 256]) } else { (&aes, vec![at; 16]) };
        let body = json!({ "data": object.seal([at; 8], &data) }).to_string();
        requests += &post(&object.path([at; 8]), &body);
    }
    connection.send(requests.as_bytes()).expect("open");
    for at in 0..20_u8 {
        let (_, body) = connection.answer().expect("an answer");
        let answer: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(status(&answer), "9000", "{at}");
        assert_eq!(answer["nonce"], const_hex::encode([at; 8]));
    }
}

/// Clients repeat what they got no answer to.
#[test]
fn a_replayed_request_gets_the_same_answer() {
    let gateway = Gateway::start(&[]);
    let request = post(&sound_path(), &sound_body());
    let ask = || {
        let mut connection = Connection::open(gateway.address("process/http"));
        connection.exchange_raw(request.as_bytes()).expect("an answer")
    };
    let first = ask();
    assert!((0..20).all(|_| ask() == first));
}

#[test]
fn connections_beyond_the_limit_are_closed_and_the_rest_served() {
    let gateway = Gateway::start_with(&[("TYPEX_LIMITS_CONNECTIONS_MAX", "16")]);
    let mut neighbour = Neighbour::of(&gateway);
    neighbour.is_served();
    let address = gateway.address("process/http");
    let request = post(&sound_path(), &sound_body());
    let mut others: Vec<_> = (0..16).map(|_| Connection::open(address)).collect();
    let served = |one: &mut Connection| one.exchange_raw(request.as_bytes()).is_some();
    let count = others.iter_mut().filter_map(|one| served(one).then_some(())).count();
    assert_eq!(count, 8);
    neighbour.is_served();
    drop(others);
    let start = std::time::Instant::now();
    while !Connection::try_open(address).is_some_and(|mut one| served(&mut one)) {
        assert!(start.elapsed().as_secs() < 10, "places do not come free");
    }
}
