//! Payment operations in batches of 64, in lanes, against the same record by record through the
//! EVP interface of OpenSSL, in one run.
//!
//! ```text
//! cargo run --release --manifest-path bench/openssl/Cargo.toml
//! ```
//!
//! Every record has keys of its own: base key, device, counter, outgoing key. Both sides keep what
//! can be kept between records, keys expanded beforehand and contexts, and nothing of a device.
//! The sides alternate in short windows of thread CPU time; a round gives one ratio, and the
//! median of the ratios is the figure. All results of both are compared first.
#![forbid(unsafe_code)]

mod peer;
mod records;
mod timing;

use std::hint::black_box;
use std::time::Duration;

use peer::Peer;
use records::Record;
use timing::{spread, window};

/// Records of a batch.
const BATCH: usize = 64;
const ROUNDS: usize = 31;
const WINDOW: Duration = Duration::from_millis(10);

type Failure = Box<dyn std::error::Error>;

/// Answers of a batch.
type Answers = Vec<Vec<u8>>;

/// An operation on both sides.
struct Row {
    name: &'static str,
    lanes: fn(&[Record]) -> Result<Answers, Failure>,
    alone: fn(&[Record]) -> Result<Answers, Failure>,
    peer: fn(&mut Peer, &Record) -> Result<Vec<u8>, Failure>,
}

const ROWS: [Row; 4] = [
    Row {
        name: "TDES-DUKPT CBC, 48 bytes, to AES-256-GCM",
        lanes: records::reencrypted,
        alone: records::reencrypted_alone,
        peer: Peer::reencrypted,
    },
    Row {
        name: "TDES-DUKPT PIN, format 0, to AES-128, format 4",
        lanes: records::translated,
        alone: records::translated_alone,
        peer: Peer::translated,
    },
    Row {
        name: "TR-31 version D, 16 bytes, opened",
        lanes: |records| records::opened(records, |record| &record.block_d),
        alone: |records| records::opened_alone(records, |record| &record.block_d),
        peer: Peer::opened_d,
    },
    Row {
        name: "TR-31 version B, 16 bytes, opened",
        lanes: |records| records::opened(records, |record| &record.block_b),
        alone: |records| records::opened_alone(records, |record| &record.block_b),
        peer: Peer::opened_b,
    },
];

fn main() -> Result<(), Failure> {
    let records = Record::all(BATCH)?;
    let mut peer = Peer::new(&records)?;
    let path = typex_kernels::tdes::Path::detect();
    println!("batches of {BATCH}, path {path}, {}; CPU ns per record", openssl::version::version());
    println!("OpenSSL   alone   lanes  ratio (min-max)      per CPU second");
    for row in ROWS {
        measure(&row, &records, &mut peer)?;
    }
    Ok(())
}

fn measure(row: &Row, records: &[Record], peer: &mut Peer) -> Result<(), Failure> {
    let expected: Answers =
        records.iter().map(|record| (row.peer)(peer, record)).collect::<Result<_, _>>()?;
    if (row.lanes)(records)? != expected || (row.alone)(records)? != expected {
        return Err(format!("{}: the sides differ", row.name).into());
    }
    let (mut theirs, mut ours, mut alone, mut ratios) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let singly = || records.iter().all(|record| (row.peer)(peer, black_box(record)).is_ok());
        theirs.push(window(WINDOW, BATCH, singly));
        ours.push(window(WINDOW, BATCH, || (row.lanes)(black_box(records)).is_ok()));
        alone.push(window(WINDOW, BATCH, || (row.alone)(black_box(records)).is_ok()));
        ratios.push(theirs[theirs.len() - 1] / ours[ours.len() - 1]);
    }
    let ((low, ratio, high), (_, lanes, _)) = (spread(&mut ratios), spread(&mut ours));
    println!(
        "{:7.0} {:7.0} {lanes:7.0} {ratio:6.2} ({low:.2}-{high:.2}) {:16.0}  {}",
        spread(&mut theirs).1,
        spread(&mut alone).1,
        1e9 / lanes,
        row.name,
    );
    Ok(())
}
