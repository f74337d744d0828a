//! The list of checks, and the backends they run on.

use std::sync::Arc;

use typex_abi::CardKind;
use typex_card::{Board, BoardOptions};
use typex_core::error::ErrorKind;
use typex_engine::backend::{self, Place, Start};
use typex_engine::{Card, CardOptions, Cipher, OpenMode, SealMode};

use crate::case::{Case, Random, any};
use crate::reencrypt::Pair;
use crate::subject::Subject;
use crate::{chain, random, reencrypt, single, vectors};

/// What must hold of a backend that claims an operation.
struct Check {
    operation: &'static str,
    run: fn(&mut Subject),
    /// A job of that operation, where one can do without it.
    sample: Option<fn() -> Case>,
}

const CHECKS: [Check; 8] = [
    Check {
        operation: "ECB",
        run: |subject| {
            vectors::ecb(subject);
            single::lengths(subject, &[Cipher::EcbEncrypt, Cipher::EcbDecrypt]);
        },
        sample: Some(|| sample(Cipher::EcbEncrypt)),
    },
    Check {
        operation: "CBC",
        run: |subject| {
            vectors::cbc(subject);
            single::lengths(subject, &[Cipher::CbcEncrypt, Cipher::CbcDecrypt]);
        },
        sample: Some(|| sample(Cipher::CbcDecrypt)),
    },
    Check {
        operation: "CTR",
        run: |subject| {
            vectors::ctr(subject);
            single::lengths(subject, &[Cipher::Ctr]);
            single::counter_wrap(subject);
        },
        sample: Some(|| sample(Cipher::Ctr)),
    },
    Check {
        operation: "GCM",
        run: |subject| {
            vectors::gcm(subject);
            single::lengths(subject, &[Cipher::GcmEncrypt, Cipher::GcmDecrypt]);
            single::forgeries(subject);
        },
        sample: Some(|| sample(Cipher::GcmEncrypt)),
    },
    Check {
        operation: "CMAC",
        run: |subject| {
            vectors::cmac(subject);
            single::lengths(subject, &[Cipher::Cmac]);
        },
        sample: Some(|| sample(Cipher::Cmac)),
    },
    Check {
        operation: "CBC-MAC",
        run: |subject| single::lengths(subject, &[Cipher::CbcMac]),
        sample: Some(|| sample(Cipher::CbcMac)),
    },
    Check { operation: "ProcessData envelope", run: chain::flaws, sample: None },
    Check {
        operation: "re-encryption",
        run: |subject| {
            reencrypt::lengths(subject);
            reencrypt::refusals(subject);
        },
        sample: Some(reencryption),
    },
];

fn sample(cipher: Cipher) -> Case {
    let expected = Err(ErrorKind::Unsupported);
    Case::cipher(cipher, &any(&[1; 16]), &[0; 16], &[], &[2; 32], expected)
}

fn reencryption() -> Case {
    let mut random = Random::new(8);
    let case =
        Pair::new(&mut random, (OpenMode::Gcm, SealMode::Gcm)).case(&mut random, 16, [0, 0], false);
    Case { expected: Err(ErrorKind::Unsupported), ..case }
}

/// The whole suite on one backend.
pub(crate) fn run(subject: &mut Subject, divisor: usize) {
    let mut claimed = 0;
    for check in &CHECKS {
        if subject.claims(check.operation) {
            (check.run)(subject);
            claimed += 1;
        } else if let Some(sample) = check.sample {
            subject.check(&[sample()]);
        }
    }
    if claimed == CHECKS.len() {
        random::jobs(subject, divisor);
    }
}

fn subject(name: &str) -> Subject {
    let entry = backend::find(name).unwrap();
    Subject::new(name, entry, (entry.start)(&Start::default()))
}

/// A backend on a card, and the card.
fn on_card(name: &str, kind: CardKind) -> (Subject, Arc<Card>, Board) {
    let board = Board::new(kind, &BoardOptions::default()).unwrap();
    let card = Card::start(board.link(), CardOptions::default()).unwrap();
    let entry = backend::find(name).unwrap();
    let start = Start { place: Place::Core(0), card: Some(Arc::clone(&card)), ..Start::default() };
    let subject = Subject::new(&format!("{name} on {}", kind.name()), entry, (entry.start)(&start));
    (subject, card, board)
}

/// The suite, and then that the card did the work and nothing went wrong.
fn run_on_card(name: &str, kind: CardKind, divisor: usize) {
    let (mut subject, card, _board) = on_card(name, kind);
    run(&mut subject, divisor);
    let snapshot = card.inspect();
    println!("{snapshot:?}");
    assert!(snapshot.jobs.iter().all(|(_, jobs)| *jobs > 0), "{:?}", snapshot.jobs);
    assert_eq!(snapshot.faults.iter().map(|(_, faults)| faults).sum::<u64>(), 0);
    assert_eq!((snapshot.failovers, snapshot.unread), (0, 0));
}

#[test]
fn soft() {
    run(&mut subject("soft"), 1);
}

#[test]
fn fpga_on_the_model() {
    run_on_card("fpga", CardKind::Model, 1);
}

#[test]
fn failover_on_the_model() {
    run_on_card("failover", CardKind::Model, 10);
}

#[test]
fn fpga_on_the_rtl() {
    if typex_card::COSIM {
        run_on_card("fpga", CardKind::Rtl, 1);
    } else {
        println!("SKIPPED: the suite on the RTL, which needs the feature `cosim` and Verilator");
    }
}

#[test]
fn null() {
    run(&mut subject("null"), 1);
}
