//! What the operator's page counts of frames and their records, and where the work was done.
// spec: stream 5

use typex_client::{KeyName, Record, Status};

use super::{BLOCK, connect, record, running, sealed};
use crate::harness::{Connection, Gateway, Object, on_card};

/// Records of a frame, each of them RSA.
const DEAR: u64 = 16;
/// Records of a frame, each of them AES.
const MANY: u64 = 1024;

/// The value of a metric whose name and labels are these, in any order.
pub(super) fn count(page: &str, name: &str, labels: &[&str]) -> u64 {
    let is_it = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|label| line.contains(label))
    };
    let value = |line: &str| line.rsplit(' ').next().and_then(|value| value.parse::<u64>().ok());
    page.lines().filter(is_it).filter_map(value).sum()
}

pub(super) fn page(gateway: &Gateway) -> String {
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
pub(super) fn routed(gateway: &Gateway, way: &str) -> u64 {
    count(&page(gateway), "typex_engine_routes_total", &[&format!("kind=\"{way}\"")])
}

/// Batches so far whose records go there.
fn batches(gateway: &Gateway, place: &str) -> u64 {
    count(&page(gateway), "typex_stream_batches_total", &[&format!("kind=\"{place}\"")])
}

/// Each record is cheap: a frame of few stays on its core, one of many crosses as a whole.
#[test]
fn frames_cross_by_what_they_are_worth_as_a_whole() {
    if on_card() {
        return println!("SKIPPED: of software alone");
    }
    let gateway = Gateway::start(&[]);
    let object = Object::demo_a(0xee01);
    let many: Vec<_> = (0..MANY).map(|nonce| sealed(&object, nonce, &BLOCK)).collect();
    // A record is worth 0.25 us.
    running(ask(&gateway, &object, 3, &many[..399]));
    let on_core = routed(&gateway, "inline") + routed(&gateway, "lanes");
    assert_eq!((on_core, routed(&gateway, "together")), (3 * 399, 0));
    assert_eq!((batches(&gateway, "core"), batches(&gateway, "pool")), (3, 0));
    running(ask(&gateway, &object, 2, &many));
    assert_eq!(routed(&gateway, "together"), 2 * MANY);
    assert_eq!(routed(&gateway, "inline") + routed(&gateway, "lanes"), on_core);
    assert_eq!((batches(&gateway, "core"), batches(&gateway, "pool")), (3, 2));
    gateway.stop();
}

/// Many streams with such frames and little room: what the pool has none for stays on its core, and
/// nothing is refused.
#[test]
fn frames_that_find_no_room_in_the_pool_are_not_refused() {
    if on_card() {
        return println!("SKIPPED: of software alone");
    }
    let gateway = Gateway::start_with(&[("TYPEX_ENGINE_AES_OUTSTANDING_US", "1000")]);
    let object = Object::demo_a(0xee01);
    let many: Vec<_> = (0..MANY).map(|nonce| sealed(&object, nonce, &BLOCK)).collect();
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| running(ask(&gateway, &object, 4, &many)));
        }
    });
    let ways = ["inline", "lanes", "together"].map(|way| routed(&gateway, way));
    println!("inline, lanes, together: {ways:?}");
    assert_eq!(ways.iter().sum::<u64>(), 24 * 4 * MANY);
    assert!(ways[2] > 0);
    gateway.stop();
}

/// Records worth more than 100 us cross to the pool each for itself, and take the others of their
/// frame with them.
#[test]
fn dear_frames_cross_to_the_pool() {
    if on_card() {
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
    assert_eq!((batches(&gateway, "core"), batches(&gateway, "pool")), (1, 2));
    gateway.stop();
}

/// With a card the records of a frame are in its rings together.
#[test]
fn frames_cross_to_the_rings_of_a_card() {
    let gateway = Gateway::start_with(&[("TYPEX_ENGINE_BACKEND", "fpga")]);
    let object = Object::demo_a(0xee01);
    let many: Vec<_> = (0..MANY).map(|nonce| sealed(&object, nonce, &BLOCK)).collect();
    // The first has the key loaded.
    running(ask(&gateway, &object, 1, &many[..64]));
    let before = bursts(&gateway);
    running(ask(&gateway, &object, 1, &many[..64]));
    let after = bursts(&gateway);
    let [jobs, doorbells] = [after[0] - before[0], after[1] - before[1]];
    // The gateway looks after its card meanwhile, one command and one doorbell at a time.
    let looks = jobs.checked_sub(64).expect("all records");
    assert!(looks < 64 && doorbells <= 4 + looks, "{jobs} jobs, {doorbells} doorbells");
    running(ask(&gateway, &object, 1, &many));
    assert_eq!(batches(&gateway, "card"), 3);
    assert!(routed(&gateway, "card") >= MANY);
    let [jobs, doorbells] = bursts(&gateway);
    assert!(jobs >= MANY && doorbells <= jobs / 8, "{jobs} jobs, {doorbells} doorbells");
    gateway.stop();
}

/// Jobs that are or were in the rings of the card, and how often it was told of some.
fn bursts(gateway: &Gateway) -> [u64; 2] {
    let page = page(gateway);
    ["submitted", "doorbells"]
        .map(|kind| count(&page, &format!("typex_card_ring_{kind}_total"), &[]))
}
