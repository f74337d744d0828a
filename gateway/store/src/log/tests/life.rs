//! Opening, appending, showing and failing.

use std::io;

use typex_core::audit::Tree;
use typex_core::audit::line::{self, Line};

use super::*;
use crate::log::ratchet::Ratchet;
use crate::log::{Disk, FileName, Filter, LogError, OutcomeFilter, Reader, verify_disk};

fn reopen(medium: &Medium, options: Options) -> Result<(Log, crate::log::Recovery), LogError> {
    Log::open(Box::new(medium.clone()), options, START)
}

#[test]
fn a_log_goes_on_where_it_was_closed() {
    let medium = Medium::default();
    let mut heads = Vec::new();
    for round in 0..4 {
        let (mut log, recovery) = reopen(&medium, options()).unwrap();
        assert_eq!(recovery.head.size, round * 7);
        assert_eq!(recovery.cut_bytes, 0);
        assert_eq!(log.append(&entry(0)).unwrap(), round * 7);
        append(&mut log, 1..7);
        heads.push(log.close(START).unwrap());
    }
    for known in heads {
        let (log, _) = reopen(&medium, Options { known: Some(known), ..options() }).unwrap();
        assert_eq!(log.head().size, 28);
    }
    assert!(verify_disk(&medium, &all_checks()).unwrap().is_clean());
}

#[test]
fn an_empty_sync_writes_nothing() {
    let medium = Medium::default();
    let mut log = open(&medium);
    let events = medium.events();
    log.sync(START).unwrap();
    assert_eq!((medium.events(), log.checkpoint_due()), (events, None));
    log.append(&entry(0)).unwrap();
    log.sync(START).unwrap();
    let due = log.checkpoint_due().unwrap();
    assert!(!medium.files().contains_key(&FileName::Checkpoint));
    log.sync(due).unwrap();
    assert!(medium.files().contains_key(&FileName::Checkpoint));
    assert_eq!(log.checkpoint_due(), None);
}

#[test]
fn a_log_that_lost_durable_entries_is_refused() {
    let medium = written(20);
    let head = verify_disk(&medium, &all_checks()).unwrap().head;
    let beyond = typex_core::audit::Head { size: head.size + 1, ..head };
    let other = typex_core::audit::Head { root: [0; 32], ..head };
    for known in [beyond, other] {
        let refused = reopen(&medium, Options { known: Some(known), ..options() });
        assert!(matches!(refused, Err(LogError::Lost { .. })));
    }
    let (name, len) = last_segment(&medium);
    for cut in [1, 200, len] {
        let mut files = medium.files();
        files.get_mut(&name).unwrap().truncate((len - cut) as usize);
        let refused = reopen(&Medium::with(files), options());
        assert!(matches!(refused, Err(LogError::Lost { .. })), "{cut} bytes");
    }
}

fn last_segment(medium: &Medium) -> (FileName, u64) {
    let files = medium.files();
    let segment = |(name, bytes): (&FileName, &Vec<u8>)| match name {
        FileName::Segment(_) => Some((*name, bytes.len() as u64)),
        _ => None,
    };
    files.iter().filter_map(segment).next_back().unwrap()
}

/// What a crash cannot have done is not repaired in silence.
#[test]
fn damage_to_durable_lines_is_not_taken_for_a_crash() {
    let medium = written(12);
    let (name, len) = last_segment(&medium);
    for at in 0..len as usize {
        let mut files = medium.files();
        files.get_mut(&name).unwrap()[at] ^= 1 << (at % 8);
        let bent = Medium::with(files);
        let opened = reopen(&bent, options());
        assert!(opened.is_err(), "byte {at}");
        assert_eq!(bent.events(), 0, "byte {at}: nothing may be changed");
    }
}

/// Without the ratchet's key nobody can add an entry that recovery would take up, not even with a
/// MAC line behind it.
#[test]
fn forged_writes_are_cut() {
    let medium = Medium::default();
    let mut log = open(&medium);
    append(&mut log, 0..4);
    let (name, len) = last_segment(&medium);
    let mut chain = log.head().chain;
    drop(log);
    let mut forged = Vec::new();
    line::append_entry(&mut forged, &mut chain, &entry(4), 4);
    let tree: Tree = (0..5).map(|leaf| [leaf; 32]).collect();
    let mac = Ratchet::new(2, Secret::new([0; 32])).vouch(5, &tree.root(), chain);
    line::append(&mut forged, &mut chain, &Line::Mac(mac));
    medium.clone().write(name, len, &forged).unwrap();
    let (log, recovery) = reopen(&medium, options()).unwrap();
    assert_eq!((recovery.head.size, recovery.cut_bytes), (4, forged.len() as u64));
    assert_eq!((log.head().size, last_segment(&medium).1), (4, len));
}

#[test]
fn past_states_of_the_ratchet_are_wiped() {
    let medium = Medium::default();
    let mut log = open(&medium);
    for round in 0..6 {
        append(&mut log, round * 20..(round + 1) * 20);
        let tail = &medium.files()[&FileName::Tail];
        let slots = tail.chunks(512).map(|slot| slot.iter().any(|byte| *byte != 0));
        assert_eq!(slots.filter(|used| *used).count(), 1);
    }
}

#[test]
fn other_keys_and_other_logs_are_refused() {
    let medium = written(5);
    let wrong = Options::new(signer(), Secret::new([9; 32]));
    assert!(matches!(reopen(&medium, wrong), Err(LogError::Tail)));
    let name = Origin::new("typex.audit/other").unwrap();
    let other = Signer::from_seed(name, &Secret::new([3; 32])).unwrap();
    let wrong = Options::new(other, tail_key());
    assert!(matches!(reopen(&medium, wrong), Err(LogError::Origin { .. })));
}

/// A medium that stops taking writes or syncs after some.
struct Failing {
    medium: Medium,
    syncs: u32,
}

impl Disk for Failing {
    fn list(&self) -> io::Result<Vec<FileName>> {
        self.medium.list()
    }
    fn len(&self, name: FileName) -> io::Result<u64> {
        self.medium.len(name)
    }
    fn read(&self, name: FileName, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.medium.read(name, offset, buffer)
    }
    fn write(&mut self, name: FileName, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.medium.write(name, offset, bytes)
    }
    fn truncate(&mut self, name: FileName, len: u64) -> io::Result<()> {
        self.medium.truncate(name, len)
    }
    fn remove(&mut self, name: FileName) -> io::Result<()> {
        self.medium.remove(name)
    }
    fn replace(&mut self, name: FileName, bytes: &[u8]) -> io::Result<()> {
        self.medium.replace(name, bytes)
    }
    fn sync(&mut self, name: FileName) -> io::Result<()> {
        self.syncs = self.syncs.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        self.medium.sync(name)
    }
    fn sync_names(&mut self) -> io::Result<()> {
        self.medium.sync_names()
    }
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_until_it_is_opened_again() {
    let medium = Medium::default();
    let failing = Failing { medium: medium.clone(), syncs: 2 };
    let (mut log, _) = Log::open(Box::new(failing), options(), START).unwrap();
    log.append(&entry(0)).unwrap();
    log.sync(START).unwrap();
    log.append(&entry(1)).unwrap();
    assert!(matches!(log.sync(START), Err(LogError::Io(_))));
    assert!(matches!(log.append(&entry(2)), Err(LogError::Failed)));
    assert!(matches!(log.sync(START), Err(LogError::Failed)));
    assert!(matches!(log.close(START), Err(LogError::Failed)));
    assert!(reopen(&medium, options()).unwrap().1.head.size >= 1);
}

fn shown(medium: &Medium, filter: Filter) -> Vec<u64> {
    let reader = Reader::new(Box::new(medium.clone()), filter);
    reader.map(|shown| shown.unwrap().logged.seq).collect()
}

#[test]
fn filters_show_what_they_name() {
    let medium = written(30);
    let expect = |filter, takes: fn(u64) -> bool| {
        assert_eq!(shown(&medium, filter), (0..30).filter(|n| takes(*n)).collect::<Vec<_>>());
    };
    let all = Filter::default;
    expect(all(), |_| true);
    expect(Filter { partition: Some(PartitionId([1; 16])), ..all() }, |n| n % 2 == 1);
    expect(Filter { key: Some(KeyId([1; 16])), ..all() }, |n| n % 3 == 0);
    expect(Filter { since: Some(UnixMs(START.0 + 10)), ..all() }, |n| n >= 10);
    expect(Filter { until: Some(UnixMs(START.0 + 10)), ..all() }, |n| n <= 10);
    expect(Filter { verb: Some(Verb::Unknown), ..all() }, |_| false);
    expect(Filter { verb: "process_data".parse().ok(), ..all() }, |_| true);
    for (name, takes) in [
        ("ok", (|n| n % 3 != 2) as fn(u64) -> bool),
        ("failed", |n| n % 3 == 2),
        ("verify_failed", |n| n % 3 == 2),
        ("busy", |_| false),
    ] {
        let outcome: OutcomeFilter = name.parse().unwrap();
        expect(Filter { outcome: Some(outcome), ..all() }, takes);
    }
}

#[test]
fn a_reader_follows_across_segments() {
    let medium = Medium::default();
    let mut log = open(&medium);
    let mut reader = Reader::new(Box::new(medium.clone()), Filter::default());
    assert!(reader.next().is_none());
    for round in 0..8 {
        append(&mut log, round * 8..(round + 1) * 8);
        let seen: Vec<u64> = reader.by_ref().map(|shown| shown.unwrap().logged.seq).collect();
        assert_eq!(seen, (round * 8..(round + 1) * 8).collect::<Vec<_>>());
    }
    assert!(medium.list().unwrap().len() > 4);
    let shown = Reader::new(Box::new(medium), Filter::default()).next().unwrap().unwrap();
    assert!(shown.json.starts_with("{\"seq\":0,") && shown.json.ends_with("\"}"));
}
