//! Many requests, many connections, too many requests.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use crate::harness::{Connection, Gateway, Object, full, status};

/// Requests of the load test.
const REQUESTS: usize = 500_000;
/// Connections they share.
const CONNECTIONS: usize = 64;
/// Every so many answers one is opened and compared.
const SAMPLE: usize = 97;
/// Idle connections, and the memory all of them may take.
const IDLE: usize = 10_000;
const IDLE_MEMORY_MAX_KIB: u64 = 1 << 20;

#[test]
fn half_a_million_requests_without_one_wrong_answer() {
    let gateway = Gateway::start(&[]);
    let address = gateway.address("process/http");
    let each = REQUESTS / CONNECTIONS;
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|worker| std::thread::spawn(move || send(address, worker, each)))
        .collect();
    let checked: usize = workers.into_iter().map(|one| one.join().expect("no failure")).sum();
    assert!(checked >= REQUESTS / SAMPLE - CONNECTIONS, "{checked} answers were opened");
    println!("{} requests, {checked} answers opened and compared", each * CONNECTIONS);
    gateway.stop();
}

/// Sends `count` requests over one connection; how many answers were opened.
fn send(address: SocketAddr, worker: usize, count: usize) -> usize {
    let mut connection = Connection::open(address);
    let object = Object::demo_a(0xee01);
    let block: [u8; 16] = std::array::from_fn(|at| u8::try_from(at * 7 + worker).unwrap_or(0));
    let expected = aes128(&block);
    let mut checked = 0;
    for at in 0..count {
        let nonce = ((worker << 32 | at) as u64).to_be_bytes();
        let body = format!("{{\"data\":\"{}\"}}", object.seal(nonce, &block));
        let answer = connection.post(&object.path(nonce), &body);
        assert_eq!(status(&answer), "9000", "request {at} of worker {worker}");
        assert_eq!(answer["nonce"], const_hex::encode(nonce), "request {at} of worker {worker}");
        if at % SAMPLE == 0 {
            let result = answer["result"].as_str().expect("a result");
            assert_eq!(object.open(result), Some((nonce, expected.clone())));
            checked += 1;
        }
    }
    checked
}

/// AES-128 under the published demo key.
fn aes128(block: &[u8; 16]) -> Vec<u8> {
    use aes::cipher::{BlockCipherEncrypt, KeyInit};
    let key: [u8; 16] =
        const_hex::decode_to_array("11223344556677889900aabbccddeeff").expect("hex");
    let mut state = (*block).into();
    aes::Aes128::new(&key.into()).encrypt_block(&mut state);
    state.to_vec()
}

#[test]
fn ten_thousand_idle_connections_fit_in_a_gibibyte() {
    raise_descriptors();
    let gateway = Gateway::start(&[]);
    let address = gateway.address("process/http");
    let mut idle = Vec::with_capacity(IDLE);
    for at in 0..IDLE {
        let mut stream =
            TcpStream::connect(address).unwrap_or_else(|error| panic!("connection {at}: {error}"));
        if at % 2 == 0 {
            let partial = b"GET /1.0/TEST_API000000ee01/ProcessData HTTP/1.1\r\nhost: ";
            stream.write_all(partial).expect("writable");
        }
        idle.push(stream);
    }
    let object = Object::demo_a(0xee01);
    let mut connection = Connection::open(address);
    let body = format!("{{\"data\":\"{}\"}}", object.seal([1; 8], &[0; 16]));
    assert_eq!(status(&connection.post(&object.path([1; 8]), &body)), "9000");
    let memory_kib = resident_kib(gateway.pid());
    println!("{IDLE} idle connections: {memory_kib} KiB resident");
    assert!(memory_kib < IDLE_MEMORY_MAX_KIB, "{memory_kib} KiB");
    drop(idle);
}

/// Both ends of each connection are descriptors of processes of ours.
fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).expect("up to the hard limit is allowed");
    let enough = limit.maximum.is_none_or(|maximum| maximum > IDLE as u64 + 100);
    assert!(enough, "ulimit -Hn is {:?}: too low for this test", limit.maximum);
}

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number")
}

/// RSA work beyond the budget is refused at once with its own status, and AES goes on.
#[test]
fn full_queues_are_told_at_once_and_the_rest_goes_on() {
    let gateway = Arc::new(Gateway::start_with(&[("TYPEX_ENGINE_RSA_OUTSTANDING_US", "1000")]));
    let senders: Vec<_> = (0..32)
        .map(|worker| {
            let gateway = Arc::clone(&gateway);
            std::thread::spawn(move || rsa_statuses(&gateway, worker))
        })
        .collect();
    let object = Object::demo_a(0xee01);
    let mut connection = Connection::open(gateway.address("process/http"));
    let mut aes_answered = 0;
    for at in 0..2_000u64 {
        let nonce = at.to_be_bytes();
        let body = format!("{{\"data\":\"{}\"}}", object.seal(nonce, &[3; 16]));
        aes_answered += usize::from(status(&connection.post(&object.path(nonce), &body)) == "9000");
    }
    let statuses: Vec<String> =
        senders.into_iter().flat_map(|sender| sender.join().expect("no failure")).collect();
    let refused = statuses.iter().filter(|status| *status == "10a6").count();
    let answered = statuses.iter().filter(|status| *status == "9000").count();
    println!("RSA: {answered} answered, {refused} refused; AES: {aes_answered} of 2000 answered");
    assert_eq!(refused + answered, statuses.len(), "{statuses:?}");
    assert!(refused > 0, "nothing was refused");
    assert!(answered > 0, "nothing was answered");
    assert_eq!(aes_answered, 2_000, "RSA took room that belongs to AES");
    let body = format!("{{\"data\":\"{}\"}}", object.seal([8; 8], &[3; 16]));
    assert_eq!(status(&connection.post(&object.path([8; 8]), &body)), "9000");
}

fn rsa_statuses(gateway: &Gateway, worker: u8) -> Vec<String> {
    let count = if full() { 1_000 } else { 100 };
    let object = Object::demo_b(0x9876);
    let mut connection = Connection::open(gateway.address("process/http"));
    let mut data = [worker + 2; 256];
    data[0] = 0;
    let body = format!("{{\"data\":\"{}\"}}", object.seal([worker; 8], &data));
    let path = object.path([worker; 8]);
    (0..count).map(|_| status(&connection.post(&path, &body)).to_owned()).collect()
}
