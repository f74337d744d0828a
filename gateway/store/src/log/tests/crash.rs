//! Crash images: whatever a crash leaves of the writes that no sync has covered, what was
//! acknowledged is there, what is there was written, and the log goes on.

use typex_core::audit::chain::Head;

use super::*;
use crate::log::testing::Rng;
use crate::log::{Filter, Reader, verify_disk};

const SEED: u64 = 0x7970_6578;
/// Images that a sound medium must survive.
const IMAGES: u64 = 10_000;
const IMAGES_PER_EVENT: u64 = 16;

/// What a run acknowledged: after so many events of the medium, this head.
struct Run {
    medium: Medium,
    acknowledged: Vec<(usize, Head)>,
    entries: u64,
}

impl Run {
    fn new(medium: Medium, rng: &mut Rng) -> Self {
        let mut run = Self { medium, acknowledged: Vec::new(), entries: 0 };
        let mut log = open(&run.medium);
        run.acknowledged.push((run.medium.events(), log.head()));
        for step in 0..10 {
            for _ in 0..rng.below(5) {
                log.append(&entry(run.entries)).unwrap();
                run.entries += 1;
            }
            let head = log.sync(UnixMs(START.0 + step * 3000)).unwrap();
            run.acknowledged.push((run.medium.events(), head));
        }
        run
    }

    /// The last acknowledgement that the world saw before a crash after `events`.
    fn seen(&self, events: usize) -> Option<Head> {
        let before = self.acknowledged.iter().take_while(|(at, _)| *at <= events);
        before.last().map(|(_, head)| *head)
    }
}

/// Opens an image, holds it against what was seen, goes on and verifies. The error says what is
/// wrong with it.
fn check(image: &Medium, seen: Option<Head>, written: u64) -> Result<(), String> {
    let known = Options { known: seen, ..options() };
    let opened = Log::open(Box::new(image.clone()), known, START);
    let (mut log, recovery) = opened.map_err(|error| format!("does not open: {error:?}"))?;
    let size = recovery.head.size;
    if seen.is_some_and(|seen| seen.size > size) {
        return Err(format!("{size} entries left of {seen:?}"));
    }
    let reader = Reader::new(Box::new(image.clone()), Filter::default());
    let kept: Vec<_> = reader.map_while(Result::ok).map(|shown| shown.logged).collect();
    let same = kept.iter().enumerate().all(|(at, logged)| logged.entry == entry(at as u64));
    if kept.len() as u64 != size || size > written || !same {
        return Err(format!("{} entries of {written} written, head at {size}", kept.len()));
    }
    log.append(&entry(size)).unwrap();
    log.close(START).unwrap();
    let options = VerifyOptions { known: seen, ..all_checks() };
    let report = verify_disk(image, &options).unwrap();
    let clean = report.is_clean() && report.entries == size + 1;
    if clean { Ok(()) } else { Err(format!("does not verify: {report:?}")) }
}

/// Checks this many images of as many runs as it takes; returns how many were bad.
fn crash_everywhere(medium: impl Fn() -> Medium, least: u64, must_hold: bool) -> u64 {
    let (mut seed, mut images, mut bad) = (SEED, 0, 0);
    while images < least {
        let mut rng = Rng(seed);
        let run = Run::new(medium(), &mut rng);
        for events in 0..=run.medium.events() {
            for _ in 0..IMAGES_PER_EVENT {
                let image = run.medium.crash(events, &mut rng);
                let found = check(&image, run.seen(events), run.entries);
                assert!(!must_hold || found.is_ok(), "seed {seed}, event {events}: {found:?}");
                bad += u64::from(found.is_err());
                images += 1;
            }
        }
        seed += 1;
    }
    println!("{images} images, seeds {SEED} to {}, {bad} bad", seed - 1);
    bad
}

#[test]
fn acknowledged_entries_survive_every_crash() {
    assert_eq!(crash_everywhere(Medium::default, IMAGES, true), 0);
}

#[test]
fn a_crash_during_recovery_loses_nothing_either() {
    println!("seed {SEED}");
    let mut rng = Rng(SEED);
    let run = Run::new(Medium::default(), &mut rng);
    for events in 0..=run.medium.events() {
        let first = run.medium.crash(events, &mut rng);
        let seen = run.seen(events);
        let opened = Log::open(Box::new(first.clone()), options(), START);
        drop(opened.unwrap());
        for events in 0..=first.events() {
            let second = first.crash(events, &mut rng);
            let found = check(&second, seen, run.entries);
            assert!(found.is_ok(), "seed {SEED}, events {events}: {found:?}");
        }
    }
}

/// The checks above must see what they are there to see.
#[test]
fn a_medium_that_ignores_syncs_is_caught() {
    assert!(crash_everywhere(Medium::without_sync, 500, false) > 100);
}
