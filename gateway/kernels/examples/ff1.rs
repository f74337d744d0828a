//! FF1 over card numbers in lanes, and on the general path, against the `fpe` crate, in one run.
//!
//! ```text
//! cargo run --release -p typex-kernels --example ff1
//! ```
//!
//! A batch is 64 strings of digits with tweaks of eight bytes, each under an AES-256 key of its
//! own that is expanded beforehand on all sides. Ours are turned from digits to numbers and back
//! within the time; the crate gets its numeral strings made. The sides alternate in short windows
//! of thread CPU time; a round gives one ratio, and the median of the ratios is the figure. The
//! results of the first batch are compared.

mod timing;

use std::hint::black_box;
use std::time::Duration;

use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};
use typex_kernels::ff1::{CardJob, Opening, Shape};
use typex_kernels::{Path, RoundKeys};

use timing::{spread, window};

const BATCH: usize = 64;
const ROUNDS: usize = 31;
const WINDOW: Duration = Duration::from_millis(10);
const TWEAK: &[u8] = b"\x01\x10\x04\x01\x11\x11\x11\x11";

fn main() {
    println!("batches of {BATCH}, {BATCH} AES-256 keys; CPU ns per string; one thread");
    println!("path      digits    fpe  lanes  ratio (min-max)      per CPU second  general  ratio");
    for path in Path::available() {
        for digits in [12, 16, 19] {
            row(*path, digits);
        }
    }
}

/// Keys as all sides have them, and the strings.
struct Batch {
    keys: Vec<RoundKeys>,
    openings: Vec<Opening>,
    shape: Shape,
    peers: Vec<FF1<Aes256>>,
    digits: Vec<Vec<u8>>,
    numerals: Vec<Vec<u16>>,
    strings: Vec<FlexibleNumeralString>,
}

impl Batch {
    fn new(digits: usize) -> Self {
        let key = |at: usize| [at as u8 ^ 0x5a; 32];
        let own = |at| RoundKeys::new(&key(at)).expect("32 bytes are an AES-256 key");
        let keys: Vec<_> = (0..BATCH).map(own).collect();
        let opening =
            |keys| Opening::new(keys, digits, TWEAK.len()).expect("card numbers have lanes");
        let peer = |at| FF1::new(&key(at), 10).expect("10 is a radix");
        let text = |at| (0..digits).map(|place| ((at * 7 + place * 3) % 10) as u16).collect();
        let numerals: Vec<Vec<u16>> = (0..BATCH).map(text).collect();
        Self {
            openings: keys.iter().map(opening).collect(),
            keys,
            shape: Shape::new(10, digits).expect("card numbers have values enough"),
            peers: (0..BATCH).map(peer).collect(),
            digits: numerals.iter().map(|n| n.iter().map(|n| *n as u8).collect()).collect(),
            strings: numerals.iter().cloned().map(FlexibleNumeralString::from).collect(),
            numerals,
        }
    }

    fn lanes(&mut self, path: Path) {
        let sides = self.keys.iter().zip(&self.openings).zip(&mut self.digits);
        let jobs = sides.map(|((keys, opening), text)| CardJob::new(keys, opening, TWEAK, text));
        let mut jobs: Vec<_> = jobs.map(|job| job.expect("it fits")).collect();
        path.ff1_encrypt_lanes(black_box(&mut jobs));
    }

    fn general(&mut self, path: Path) {
        for (keys, text) in self.keys.iter().zip(&mut self.numerals) {
            path.ff1_encrypt(keys, &self.shape, TWEAK, black_box(text)).expect("it fits");
        }
    }

    fn peer(&self) -> Vec<FlexibleNumeralString> {
        let sides = self.peers.iter().zip(&self.strings);
        sides.map(|(key, text)| key.encrypt(TWEAK, text).expect("it fits")).collect()
    }

    /// All sides encrypt the same strings to the same.
    fn check(&mut self, path: Path) {
        let expected: Vec<Vec<u16>> = self.peer().into_iter().map(Vec::from).collect();
        self.lanes(path);
        self.general(path);
        let digits = self.digits.iter().map(|text| text.iter().copied().map(u16::from).collect());
        let digits: Vec<Vec<u16>> = digits.collect();
        assert_eq!(digits, expected, "{path} and fpe differ");
        assert_eq!(self.numerals, expected, "{path} and fpe differ on the general path");
    }
}

/// Prints one line of the table.
fn row(path: Path, digits: usize) {
    let mut batch = Batch::new(digits);
    batch.check(path);
    let (mut theirs, mut lanes, mut general) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ratios, mut general_ratios) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let peer = window(WINDOW, BATCH, || drop(black_box(batch.peer())));
        let own = window(WINDOW, BATCH, || batch.lanes(path));
        let alone = window(WINDOW, BATCH, || batch.general(path));
        ratios.push(peer / own);
        general_ratios.push(peer / alone);
        theirs.push(peer);
        lanes.push(own);
        general.push(alone);
    }
    let ((low, ratio, high), own) = (spread(&mut ratios), spread(&mut lanes).1);
    println!(
        "{path:9} {digits:6} {:6.0} {own:6.1} {ratio:6.1} {:13} {:16.0} {:8.0} {:6.2}",
        spread(&mut theirs).1,
        format!("({low:.1}-{high:.1})"),
        1e9 / own,
        spread(&mut general).1,
        spread(&mut general_ratios).1,
    );
}
