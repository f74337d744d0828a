//! Triple DES lanes against one message at a time through aws-lc, in one run.
//!
//! ```text
//! cargo run --release -p typex-kernels --example tdes
//! ```
//!
//! Every message has its own 16-byte key. The other side has its key schedules made beforehand
//! (but for `DES+key`); here the keys go into the lanes within the measured time. The sides
//! alternate in short windows of thread CPU time; a round gives one ratio, and the median of the
//! ratios is the figure. The first results of both are compared.

mod timing;

use std::hint::black_box;
use std::time::Duration;

use aws_lc_sys as lc;
use typex_kernels::tdes::{Block, CbcJob, DesKey, EcbJob, MacJob, Padding, Path, TdesKey};

use timing::{spread, window};

const BATCHES: [usize; 2] = [64, 512];
const ROUNDS: usize = 15;
const WINDOW: Duration = Duration::from_millis(3);
/// Bytes of the messages; one of one block stands for single blocks.
const SIZES: [usize; 4] = [8, 32, 64, 256];

fn main() {
    let bytes: Vec<[u8; 16]> = (0..512_u16)
        .map(|at| std::array::from_fn(|byte| (at as u8).wrapping_mul(37) ^ byte as u8))
        .collect();
    let peers: Vec<Peer> = bytes.iter().map(Peer::new).collect();
    let keys: Vec<TdesKey> =
        bytes.iter().map(|key| TdesKey::new(key).expect("16 bytes are a key")).collect();
    println!("triple DES, a key per message; CPU ns per message; one thread");
    println!("path     work    batch bytes  aws-lc   lanes  ratio (min-max)      per CPU second");
    for path in Path::available() {
        for batch in BATCHES {
            let set = Set { path: *path, peers: &peers[..batch], keys: &keys[..batch] };
            set.row("ECB", 8, Peer::ecb, Set::ecb);
            for size in SIZES {
                set.row("CBC enc", size, Peer::cbc_encrypt, Set::cbc_encrypt);
            }
            set.row("CBC dec", 256, Peer::cbc_decrypt, Set::cbc_decrypt);
            set.mac_row(64);
            set.single_row(&bytes[..batch]);
        }
    }
    alone(&peers[0], &keys[0]);
}

/// One path and its keys on both sides.
struct Set<'a> {
    path: Path,
    peers: &'a [Peer],
    keys: &'a [TdesKey],
}

impl Set<'_> {
    /// Prints one line of the table.
    fn row(
        &self,
        work: &str,
        size: usize,
        one: fn(&Peer, &mut [u8]),
        all: impl Fn(&Self, &mut [Vec<u8>]),
    ) {
        let mut messages: Vec<Vec<u8>> = vec![vec![7; size]; self.keys.len()];
        let mut expected = messages.clone();
        self.peers.iter().zip(&mut expected).for_each(|(peer, message)| one(peer, message));
        all(self, &mut messages);
        assert_eq!(messages, expected, "{} {work} and aws-lc differ", self.path);
        let mut others = messages.clone();
        self.compare(
            (work, size),
            || {
                for (peer, message) in self.peers.iter().zip(&mut others) {
                    one(peer, black_box(message));
                }
            },
            || all(self, black_box(&mut messages)),
        );
    }

    /// Retail MACs of whole blocks; the other side has no function for it, but the same work:
    /// single DES over the body and triple DES over the last block.
    fn mac_row(&self, size: usize) {
        let message = vec![7; size];
        let macs = || {
            let jobs = self.keys.iter();
            let mut jobs: Vec<_> =
                jobs.map(|key| MacJob::retail(key, Padding::Zeros, &message)).collect();
            self.path.mac_lanes(&mut jobs);
            jobs.iter().map(MacJob::tag).collect::<Vec<_>>()
        };
        let expected: Vec<_> = self.peers.iter().map(|peer| peer.retail(&message)).collect();
        assert_eq!(macs(), expected, "{} MAC and aws-lc differ", self.path);
        self.compare(
            ("MAC", size),
            || {
                for peer in self.peers {
                    black_box(peer.retail(&message));
                }
            },
            || {
                black_box(macs());
            },
        );
    }

    /// Single DES of one block under a key that is new, as derivation steps have it.
    fn single_row(&self, bytes: &[[u8; 16]]) {
        let halves: Vec<Block> = bytes.iter().map(|key| *key.first_chunk().expect("16")).collect();
        let mut blocks: Vec<Block> = vec![[7; 8]; bytes.len()];
        let mut others = blocks.clone();
        let lanes = |blocks: &mut [Block]| {
            let keys: Vec<_> = halves.iter().map(DesKey::new).collect();
            let jobs = keys.iter().zip(blocks);
            let mut jobs: Vec<_> =
                jobs.map(|(key, data)| EcbJob::new(key, data).expect("one block")).collect();
            self.path.ecb_encrypt_lanes(&mut jobs);
        };
        let singly = |blocks: &mut [Block]| {
            halves.iter().zip(blocks).for_each(|(key, block)| *block = single(key, block));
        };
        lanes(&mut blocks);
        singly(&mut others);
        assert_eq!(blocks, others, "{} single DES and aws-lc differ", self.path);
        self.compare(
            ("DES+key", 8),
            || singly(black_box(&mut others)),
            || lanes(black_box(&mut blocks)),
        );
    }

    fn compare(&self, (work, size): (&str, usize), mut one: impl FnMut(), mut all: impl FnMut()) {
        let batch = self.keys.len();
        let (mut peer, mut lanes, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (a, b) = (window(WINDOW, batch, &mut one), window(WINDOW, batch, &mut all));
            ratios.push(a / b);
            peer.push(a);
            lanes.push(b);
        }
        let (low, ratio, high) = spread(&mut ratios);
        let (path, lanes) = (self.path.name(), spread(&mut lanes).1);
        println!(
            "{path:8} {work:8} {batch:4} {size:5} {:7.0} {lanes:7.1} {ratio:6.2} \
             ({low:.2}-{high:.2}) {:16.0}",
            spread(&mut peer).1,
            1e9 / lanes,
        );
    }

    fn ecb(&self, messages: &mut [Vec<u8>]) {
        let jobs = self.keys.iter().zip(messages);
        let mut jobs: Vec<_> =
            jobs.map(|(key, data)| EcbJob::new(key, data).expect("whole blocks")).collect();
        self.path.ecb_encrypt_lanes(&mut jobs);
    }

    fn cbc_encrypt(&self, messages: &mut [Vec<u8>]) {
        self.path.cbc_encrypt_lanes(&mut self.cbc_jobs(messages));
    }

    fn cbc_decrypt(&self, messages: &mut [Vec<u8>]) {
        self.path.cbc_decrypt_lanes(&mut self.cbc_jobs(messages));
    }

    fn cbc_jobs<'a>(&'a self, messages: &'a mut [Vec<u8>]) -> Vec<CbcJob<'a>> {
        let jobs = self.keys.iter().zip(messages);
        jobs.map(|(key, data)| CbcJob::new(key, [0; 8], data).expect("whole blocks")).collect()
    }
}

/// One message on its own, on both sides.
fn alone(peer: &Peer, key: &TdesKey) {
    let mut block = [7; 8];
    let one = window(WINDOW, 1, || peer.ecb(black_box(&mut block)));
    let other = window(WINDOW, 1, || block = key.encrypt_block(black_box(&block)));
    println!("one block alone, {}: aws-lc {one:.0}, here {other:.0}", Path::detect());
}

/// Key schedules of aws-lc.
struct Peer([lc::DES_key_schedule; 3]);

impl Peer {
    fn new(key: &[u8; 16]) -> Self {
        let part = |at: usize| {
            let bytes = std::array::from_fn(|byte| key[at + byte]);
            // SAFETY: the schedule is plain numbers, all of which the call sets.
            unsafe {
                let mut schedule = std::mem::zeroed();
                lc::DES_set_key_unchecked(&lc::DES_cblock { bytes }, &mut schedule);
                schedule
            }
        };
        Self([part(0), part(8), part(0)])
    }

    fn cbc(&self, data: &mut [u8], encrypts: i32) {
        let [one, two, three] = &self.0;
        let mut iv = lc::DES_cblock { bytes: [0; 8] };
        let (place, bytes) = (data.as_mut_ptr(), data.len());
        // SAFETY: input and output are one slice, of whole blocks, which the function allows.
        unsafe {
            lc::DES_ede3_cbc_encrypt(place, place, bytes, one, two, three, &mut iv, encrypts);
        }
    }

    fn cbc_encrypt(&self, data: &mut [u8]) {
        self.cbc(data, 1);
    }

    fn cbc_decrypt(&self, data: &mut [u8]) {
        self.cbc(data, 0);
    }

    /// One block, for which CBC is ECB.
    fn ecb(&self, data: &mut [u8]) {
        self.cbc(data, 1);
    }

    fn retail(&self, data: &[u8]) -> Block {
        let (body, last) = data.split_at(data.len() - 8);
        let mut out = vec![0; body.len()];
        let mut iv = lc::DES_cblock { bytes: [0; 8] };
        // SAFETY: both slices have that length, whole blocks.
        unsafe {
            let (from, to) = (body.as_ptr(), out.as_mut_ptr());
            lc::DES_ncbc_encrypt(from, to, body.len(), &self.0[0], &mut iv, 1);
        }
        let mut tag: Block = std::array::from_fn(|at| iv.bytes[at] ^ last[at]);
        self.ecb(&mut tag);
        tag
    }
}

/// One block of single DES with its key schedule.
fn single(key: &Block, block: &Block) -> Block {
    let from = lc::DES_cblock { bytes: *block };
    let mut to = lc::DES_cblock { bytes: [0; 8] };
    // SAFETY: the schedule is plain numbers, all of which the first call sets; the rest are
    // blocks.
    unsafe {
        let mut schedule = std::mem::zeroed();
        lc::DES_set_key_unchecked(&lc::DES_cblock { bytes: *key }, &mut schedule);
        lc::DES_ecb_encrypt(&from, &mut to, &schedule, 1);
    }
    to.bytes
}
