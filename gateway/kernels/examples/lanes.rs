//! Mixed-key CBC lanes against one message at a time through aws-lc, in one run.
//!
//! ```text
//! cargo run --release -p typex-kernels --example lanes
//! ```
//!
//! Every message has its own AES-256 key, expanded beforehand on both sides, and is encrypted in
//! place. The sides alternate in short windows of thread CPU time; a round gives one ratio, and
//! the median of the ratios is the figure. The first encryption of both is compared.

mod timing;

use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use typex_kernels::{CbcJob, MacJob, Path, RoundKeys, cbc_encrypt};

use timing::{spread, window};

const KEYS: usize = 64;
const ROUNDS: usize = 15;
const WINDOW: Duration = Duration::from_millis(3);
const SIZES: [usize; 4] = [32, 64, 256, 4096];

fn main() {
    let bytes: Vec<[u8; 32]> = (0..KEYS as u8).map(|at| [at ^ 0x5a; 32]).collect();
    let peers: Vec<EncryptingKey> = bytes.iter().map(peer).collect();
    let keys: Vec<RoundKeys> =
        bytes.iter().map(|key| RoundKeys::new(key).expect("32 bytes are an AES-256 key")).collect();
    println!("{KEYS} messages, {KEYS} AES-256 keys, CBC; CPU ns per message; one thread");
    println!("path      bytes  aws-lc  lanes  ratio (min-max)   one by one  CBC-MAC lanes");
    for path in Path::available() {
        for size in SIZES {
            row(*path, size, &peers, &keys);
        }
    }
}

/// Prints one line of the table.
fn row(path: Path, size: usize, peers: &[EncryptingKey], keys: &[RoundKeys]) {
    let mut messages: Vec<Vec<u8>> = vec![vec![7; size]; KEYS];
    let mut expected = messages.clone();
    encrypt_peer(peers, &mut expected);
    encrypt_lanes(path, keys, &mut messages);
    assert_eq!(messages, expected, "{path} and aws-lc differ");

    let (mut peer, mut lanes, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut singles, mut macs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let one = window(WINDOW, KEYS, || encrypt_peer(peers, &mut messages));
        let two = window(WINDOW, KEYS, || encrypt_lanes(path, keys, &mut messages));
        singles.push(window(WINDOW, KEYS, || encrypt_singly(keys, &mut messages)));
        macs.push(window(WINDOW, KEYS, || mac_lanes(path, keys, &messages)));
        ratios.push(one / two);
        peer.push(one);
        lanes.push(two);
    }
    let (low, ratio, high) = spread(&mut ratios);
    println!(
        "{path:9} {size:5} {:7.1} {:6.1} {ratio:6.2} ({low:.2}-{high:.2}) {:11.1} {:14.1}",
        spread(&mut peer).1,
        spread(&mut lanes).1,
        spread(&mut singles).1,
        spread(&mut macs).1,
    );
}

fn peer(key: &[u8; 32]) -> EncryptingKey {
    let key = UnboundCipherKey::new(&AES_256, key).expect("32 bytes are an AES-256 key");
    EncryptingKey::cbc(key).expect("AES has a CBC mode")
}

fn encrypt_peer(keys: &[EncryptingKey], messages: &mut [Vec<u8>]) {
    for (key, message) in keys.iter().zip(messages) {
        let iv = EncryptionContext::Iv128(FixedLength::from([0; 16]));
        black_box(key.less_safe_encrypt(message, iv).expect("whole blocks"));
    }
}

fn encrypt_lanes(path: Path, keys: &[RoundKeys], messages: &mut [Vec<u8>]) {
    let mut messages = messages.iter_mut();
    let mut jobs: [CbcJob<'_>; KEYS] = std::array::from_fn(|at| {
        let message = messages.next().expect("a message for each key");
        CbcJob::new(&keys[at], [0; 16], message).expect("whole blocks")
    });
    path.cbc_encrypt_lanes(black_box(&mut jobs));
}

fn encrypt_singly(keys: &[RoundKeys], messages: &mut [Vec<u8>]) {
    for (key, message) in keys.iter().zip(messages) {
        cbc_encrypt(key, &[0; 16], black_box(message)).expect("whole blocks");
    }
}

fn mac_lanes(path: Path, keys: &[RoundKeys], messages: &[Vec<u8>]) {
    let mut jobs: [MacJob<'_>; KEYS] =
        std::array::from_fn(|at| MacJob::new(&keys[at], &messages[at]).expect("whole blocks"));
    path.cbc_mac_lanes(black_box(&mut jobs));
    black_box(&jobs);
}
