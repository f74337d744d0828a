//! RSA private operations, many of them waiting at once, against OpenSSL.
// spec: enigma-bridge 4.3, 5.5

use typex_client::{KeyName, Record, Status, Stream};
use typex_kernels::rsa::lanes::lanes_min;

use super::counts::{count, page};
use super::{connect, opened, record, running, sealed};
use crate::harness::{Connection, Gateway, Object, Ran, Random, create, interpreter};

const BITS: usize = 2048;
/// Type of an object for private operations of this size, its keys from the client.
const TYPE: &str = "300006";
const OPERATIONS: usize = 10_000;
/// Records of a frame: as many as may wait for one thread.
const FRAME: usize = 48;

/// A padded message and its signature.
type Pair = (Vec<u8>, Vec<u8>);

/// A key in the form of its import, and signatures under it, by OpenSSL.
fn oracle() -> (Vec<u8>, Vec<Pair>) {
    let (bits, count) = (BITS.to_string(), OPERATIONS.to_string());
    let text = Ran::of(interpreter().args(["openssl_rsa.py", &bits, &count])).succeeds();
    let bytes = |hex: &str| const_hex::decode(hex).expect("hex");
    let (key, signatures) = text.split_once('\n').expect("a key and signatures");
    let pairs = signatures.lines().map(|line| {
        let (message, signature) = line.split_once(' ').expect("a pair");
        (bytes(message), bytes(signature))
    });
    (bytes(key), pairs.collect())
}

/// Asks for the private operation on each message and compares what comes of it.
async fn compare(stream: &Stream, object: &Object, handle: u32, pairs: &[Pair]) {
    let seal = |(nonce, (message, _)): (u64, &Pair)| sealed(object, nonce, message);
    let messages: Vec<_> = (0..).zip(pairs).map(seal).collect();
    let records: Vec<Record<'_>> =
        (0..).zip(&messages).map(|(id, data)| record(id, handle, data)).collect();
    let answers = stream.batch(&records, None).await.expect("answers");
    assert_eq!(answers.len(), pairs.len());
    for answer in &answers {
        assert_eq!(answer.status, Status::Done);
        let (nonce, result) = opened(object, &answer.data);
        assert_eq!(nonce, u64::from(answer.id));
        let (_, signature) = &pairs[answer.id as usize];
        assert!(result == *signature, "signature {nonce} is not OpenSSL's");
    }
}

/// Those of a frame wait for the thread of the pool together, so that most go in lanes.
#[test]
fn private_operations_that_wait_together_are_those_of_openssl() {
    let (parts, pairs) = oracle();
    assert_eq!(pairs.len(), OPERATIONS);
    let gateway = Gateway::start(&[]);
    let mut connection = Connection::open(gateway.address("enrol/http"));
    let mut random = Random::seeded("frames::rsa");
    let object = create(&mut connection, "TEST_API", TYPE, &mut random, &parts).expect("it runs");
    running(async {
        let client = connect(&gateway, "frames/typex/1").await.expect("it listens");
        let stream = client.stream().await.expect("a stream");
        let key = KeyName::Object(object.id);
        let handle = stream.open(object.api_key, key).await.expect("the new one");
        for pairs in pairs.chunks(FRAME) {
            compare(&stream, &object, handle, pairs).await;
        }
        client.close().await;
    });
    let page = page(&gateway);
    let together = count(&page, "typex_engine_pools_total", &["kind=\"rsa_side_by_side\""]);
    println!("{OPERATIONS} operations, {together} of them side by side");
    let has_lanes = lanes_min(BITS / 8).is_some();
    assert_eq!(together > OPERATIONS as u64 / 2, has_lanes, "{together}");
    gateway.stop();
}
