//! What the operator's page counts of frames and their records, and where the work was done.
// spec: stream 5

use typex_client::{KeyName, Record, Status};

use super::{BLOCK, connect, record, running, sealed};
use crate::harness::{Connection, Gateway, Object};

/// Records of a frame, each of them RSA.
const DEAR: u64 = 16;
/// Records of a frame, each of them AES.
const MANY: u64 = 1024;

/// The value of a metric whose name and labels are these, in any order.
fn count(page: &str, name: &str, labels: &[&str]) -> u64 {
    let is_it = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|label| line.contains(label))
    };
    let value = |line: &str| line.rsplit(' ').next().and_then(|value| value.parse::<u64>().ok());
    page.lines().filter(is_it).filter_map(value).sum()
}

fn page(gateway: &Gateway) -> String {
    Connection::open(gateway.address("operator/http")).text("/metrics")
}

/// Asks for `frames` frames of records of that data, all of which must be done.
async fn ask(gateway: &Gateway, object: &Object, frames: u64, messages: &[Vec<u8>]) {
    let client = connect(gateway, "frames/typex/1").await.expect("it listens");
    let stream = client.stream().await.expect("a stream");
    let key = KeyName::Object(object.id);
    let handle = stream.open(object.api_key, key).await.expect("the demo's");
    let records: Vec<Record<'_>> =
        (0..).zip(messages).map(|(id, data)| record(id, handle, data)).collect();
    for _ in 0..frames {
        let answers = stream.batch(&records, None).await.expect("answers");
        assert!(answers.iter().all(|answer| answer.status == Status::Done));
    }
    client.close().await;
}

#[test]
fn frames_and_records_are_counted() {
    let gateway = Gateway::start(&[]);
    let object = Object::demo_a(0xee01);
    let messages: Vec<_> = (0..40).map(|nonce| sealed(&object, nonce, &BLOCK)).collect();
    running(ask(&gateway, &object, 3, &messages));
    let page = page(&gateway);
    // HELLO and OPEN are frames as well.
    let frames = count(&page, "typex_transport_requests_total", &["kind=\"typex/1\""]);
    assert_eq!(frames, 5, "{page}");
    let labels = ["action=\"process_data\"", "transport=\"typex/1\"", "outcome=\"ok\""];
    assert_eq!(count(&page, "typex_requests_total", &labels), 120, "{page}");
    gateway.stop();
}

/// Jobs of a way so far.
fn routed(gateway: &Gateway, way: &str) -> u64 {
    count(&page(gateway), "typex_engine_routes_total", &[&format!("kind=\"{way}\"")])
}

/// Records worth more than 100 us cross to the pool, and so do batches of the others that are.
#[test]
fn dear_frames_cross_to_the_pool() {
    if std::env::var("TEST_BACKEND").is_ok_and(|backend| backend != "soft") {
        return println!("SKIPPED: of software alone");
    }
    let gateway = Gateway::start(&[]);
    let aes = Object::demo_a(0xee01);
    let cheap: Vec<_> = (0..2).map(|nonce| sealed(&aes, nonce, &BLOCK)).collect();
    running(ask(&gateway, &aes, 1, &cheap));
    assert_eq!(routed(&gateway, "pool"), 0, "two short records stay on their core");
    let rsa = Object::demo_b(0x9876);
    let mut message = [2; 256];
    message[0] = 0;
    let dear: Vec<_> = (0..DEAR).map(|nonce| sealed(&rsa, nonce, &message)).collect();
    running(ask(&gateway, &rsa, 2, &dear));
    assert_eq!(routed(&gateway, "pool"), 2 * DEAR);
    let many: Vec<_> = (0..MANY).map(|nonce| sealed(&aes, nonce, &BLOCK)).collect();
    running(ask(&gateway, &aes, 1, &many));
    let ways = ["inline", "lanes", "pool", "spill"].map(|way| routed(&gateway, way));
    println!("inline, lanes, pool, spill: {ways:?}");
    assert_eq!(ways.iter().sum::<u64>(), 2 + 2 * DEAR + MANY);
    gateway.stop();
}

/// With a card the records of a frame are in its rings together.
#[test]
fn frames_cross_to_the_rings_of_a_card() {
    let gateway = Gateway::start_with(&[("TYPEX_ENGINE_BACKEND", "fpga")]);
    let object = Object::demo_a(0xee01);
    let many: Vec<_> = (0..MANY).map(|nonce| sealed(&object, nonce, &BLOCK)).collect();
    running(ask(&gateway, &object, 1, &many));
    assert!(routed(&gateway, "card") >= MANY);
    let page = page(&gateway);
    let jobs = count(&page, "typex_card_ring_submitted_total", &[]);
    let doorbells = count(&page, "typex_card_ring_doorbells_total", &[]);
    assert!(jobs >= MANY && doorbells <= jobs / 8, "{jobs} jobs, {doorbells} doorbells");
    gateway.stop();
}
