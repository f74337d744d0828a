//! What is done to a log behind the gateway's back is found, and found where it was done.

use std::collections::BTreeMap;

use typex_core::audit::SignedCheckpoint;
use typex_core::audit::chain::Chain;
use typex_core::audit::line;
use typex_core::limits::AUDIT_NOTE_BYTES_MAX;

use super::*;
use crate::log::{Disk, FileName, Place, Problem, Report, Source, verify_disk};

type Files = BTreeMap<FileName, Vec<u8>>;

fn check(files: Files, options: &VerifyOptions) -> Report {
    verify_disk(&Medium::with(files), options).unwrap()
}

/// The lines of a segment with their places.
fn lines(first: u64, bytes: &[u8]) -> Vec<(Place, Vec<u8>)> {
    let mut place = Place { segment: first, line: 0, offset: 0, entry: first };
    let mut lines = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        place.line += 1;
        lines.push((place, line.to_vec()));
        place.offset += line.len() as u64;
        place.entry += u64::from(line::is_entry(line));
    }
    lines
}

fn segments(files: &Files) -> Vec<(u64, Vec<u8>)> {
    let segment = |(name, bytes): (&FileName, &Vec<u8>)| match name {
        FileName::Segment(first) => Some((*first, bytes.clone())),
        _ => None,
    };
    files.iter().filter_map(segment).collect()
}

fn latest(medium: &Medium) -> SignedCheckpoint {
    let bytes = medium.read_start(FileName::Checkpoint, AUDIT_NOTE_BYTES_MAX).unwrap();
    SignedCheckpoint::parse(std::str::from_utf8(&bytes).unwrap()).unwrap()
}

#[test]
fn an_untouched_log_is_clean_and_wholly_checked() {
    let medium = written(50);
    let report = check(medium.files(), &all_checks());
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!((report.entries, report.signed_entries, report.unfinished), (50, 50, None));
    assert!(report.segments >= 3 && report.checkpoints >= 3, "{report:?}");
    assert_eq!(latest(&medium).checkpoint.root, report.head.root);
}

#[test]
fn every_flipped_byte_is_found_at_its_line() {
    let files = written(32).files();
    assert!(segments(&files).len() >= 3);
    // No key is needed for it, and none gets in its way; but that the last newline of all is
    // missing is known only from the log's length, which the ratchet's state has.
    let checks = [all_checks(), VerifyOptions::default()];
    for (first, bytes) in segments(&files) {
        for (place, line) in lines(first, &bytes) {
            for at in 0..line.len() {
                let mut bent = files.clone();
                let offset = place.offset as usize + at;
                bent.get_mut(&FileName::Segment(first)).unwrap()[offset] ^= 1 << (offset % 8);
                let with_keys = at + 1 == line.len() || at % 2 == 0;
                let report = check(bent, &checks[usize::from(!with_keys)]);
                let finding = report.findings.first().unwrap_or_else(|| {
                    panic!("{} byte {offset}: not found", FileName::Segment(first))
                });
                assert_eq!(finding.place, place, "byte {at} of its line: {:?}", report.findings);
            }
        }
    }
}

#[test]
fn every_flipped_byte_beside_the_segments_is_found() {
    let files = written(10).files();
    for name in [FileName::Checkpoint, FileName::Tail] {
        for at in 0..files[&name].len() {
            let mut bent = files.clone();
            bent.get_mut(&name).unwrap()[at] ^= 1 << (at % 8);
            assert!(!check(bent, &all_checks()).is_clean(), "{name} byte {at}");
        }
    }
}

/// Each of the three things that remember the log's length is enough.
#[test]
fn every_truncation_is_found() {
    let medium = written(20);
    let files = medium.files();
    let head = check(files.clone(), &all_checks()).head;
    let since = vec![latest(&medium)];
    let checks = [
        VerifyOptions { known: Some(head), ..VerifyOptions::default() },
        VerifyOptions { since, ..VerifyOptions::default() },
        VerifyOptions { tail_key: Some(tail_key()), ..VerifyOptions::default() },
    ];
    let (last, bytes) = segments(&files).pop().unwrap();
    // The last line but one is the checkpoint over all entries: whoever has only that checkpoint
    // misses neither it nor the MAC behind it.
    let all = lines(last, &bytes);
    let signed_end = all[all.len() - 2].0.offset as usize;
    for len in 0..bytes.len() {
        let mut cut = files.clone();
        cut.get_mut(&FileName::Segment(last)).unwrap().truncate(len);
        cut.remove(&FileName::Checkpoint);
        for (at, options) in checks.iter().enumerate() {
            let found = !check(cut.clone(), options).is_clean();
            let nothing_lost = at == 1 && len >= signed_end;
            assert_eq!(found, !nothing_lost, "check {at}, {len} of {} bytes", bytes.len());
        }
    }
}

#[test]
fn every_dropped_segment_is_found() {
    let medium = written(50);
    let files = medium.files();
    let all = segments(&files);
    for (first, _) in &all {
        let mut dropped = files.clone();
        dropped.remove(&FileName::Segment(*first));
        let found: Vec<_> =
            check(dropped, &all_checks()).findings.into_iter().map(|f| f.problem).collect();
        let expected = if Some(*first) == all.last().map(|(first, _)| *first) {
            Problem::Rollback { size: 50, source: Source::CheckpointFile }
        } else {
            Problem::SegmentMissing { first: *first }
        };
        assert!(found.contains(&expected), "{first}: {found:?}");
    }
    let none = files.into_iter().filter(|(name, _)| !matches!(name, FileName::Segment(_)));
    assert!(!check(none.collect(), &all_checks()).is_clean());
}

#[test]
fn exchanged_removed_and_repeated_lines_are_found_there() {
    let files = written(30).files();
    let (first, bytes) = segments(&files).swap_remove(1);
    let all = lines(first, &bytes);
    for at in 2..all.len() - 1 {
        let mut exchanged = all.clone();
        exchanged.swap(at, at + 1);
        let mut removed = all.clone();
        removed.remove(at);
        let mut repeated = all.clone();
        repeated.insert(at, all[at].clone());
        for (what, lines, line) in [(0, exchanged, at), (1, removed, at), (2, repeated, at + 1)] {
            let mut bent = files.clone();
            let bytes: Vec<u8> = lines.into_iter().flat_map(|(_, line)| line).collect();
            bent.insert(FileName::Segment(first), bytes);
            let report = check(bent, &all_checks());
            let finding = report.findings.first().unwrap_or_else(|| panic!("{what} at {at}"));
            assert_eq!((finding.place.segment, finding.place.line), (first, line as u64 + 1));
        }
    }
}

/// Changes one entry and writes all links behind it anew, as someone without keys can.
fn rewrite(files: &Files, victim: u64) -> Files {
    let (mut chain, mut rewritten) = (Chain::START, files.clone());
    for (first, bytes) in segments(files) {
        let mut out = Vec::new();
        for (place, line) in lines(first, &bytes) {
            let (body, _) = line::split(&line).unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            let changed = if line::is_entry(body.as_bytes()) && place.entry == victim {
                body.replace("api_key", "password")
            } else if let Some(start) = body.find("\"previous\":\"") {
                let (head, rest) = body.split_at(start + 12);
                format!("{head}{chain}{}", &rest[32..])
            } else {
                body
            };
            chain = chain.link(&line::hash(changed.as_bytes()));
            out.extend_from_slice(format!("{changed},\"chain\":\"{chain}\"}}\n").as_bytes());
        }
        rewritten.insert(FileName::Segment(first), out);
    }
    rewritten
}

#[test]
fn rewriting_with_new_links_is_found_by_every_key() {
    let medium = written(50);
    let files = medium.files();
    let head = check(files.clone(), &all_checks()).head;
    for victim in [0, 7, 25, 49] {
        let mut bent = rewrite(&files, victim);
        let finding = &check(bent.clone(), &all_checks()).findings[0];
        assert!((victim..=victim + 24).contains(&finding.place.entry), "{finding:?}");
        bent.remove(&FileName::Checkpoint);
        let known = VerifyOptions { known: Some(head), ..VerifyOptions::default() };
        let since = VerifyOptions { since: vec![latest(&medium)], ..VerifyOptions::default() };
        for options in [known, since] {
            assert!(!check(bent.clone(), &options).is_clean(), "entry {victim}");
        }
    }
}

#[test]
fn the_unsigned_end_is_guarded_by_the_ratchet() {
    let medium = Medium::default();
    let mut log = open(&medium);
    append(&mut log, 0..8);
    let files = rewrite(&medium.files(), 6);
    assert_eq!(latest_size(&medium), None);
    let without = VerifyOptions { tail_key: None, ..all_checks() };
    assert!(check(files.clone(), &without).is_clean(), "nothing else could tell");
    let report = check(files, &all_checks());
    assert_eq!(report.findings[0].problem, Problem::Mac);
    assert!(check(medium.files(), &all_checks()).is_clean());
}

fn latest_size(medium: &Medium) -> Option<u64> {
    medium.files().contains_key(&FileName::Checkpoint).then(|| latest(medium).checkpoint.size)
}

/// All files as they were earlier: only what is kept elsewhere can tell.
#[test]
fn a_rollback_is_found_by_store_and_witness() {
    let medium = Medium::default();
    let mut log = open(&medium);
    append(&mut log, 0..12);
    let earlier = medium.files();
    append(&mut log, 12..24);
    let head = log.close(START).unwrap();
    assert!(check(earlier.clone(), &all_checks()).is_clean());
    let known = VerifyOptions { known: Some(head), ..all_checks() };
    let since = VerifyOptions { since: vec![latest(&medium)], ..all_checks() };
    for (options, source) in [(known, Source::Store), (since, Source::Witness)] {
        let found = check(earlier.clone(), &options).findings;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].problem, Problem::Rollback { size: 24, source });
    }
}

/// Two continuations of one log, both signed: each is sound alone, together they convict.
#[test]
fn a_fork_is_found_by_a_checkpoint_of_the_other_branch() {
    let medium = written(12);
    let other = Medium::with(medium.files());
    for (medium, picks) in [(&medium, 12..20), (&other, 30..41)] {
        let mut log = open(medium);
        append(&mut log, picks);
        log.close(START).unwrap();
        assert!(check(medium.files(), &all_checks()).is_clean());
    }
    let since = VerifyOptions { since: vec![latest(&medium)], ..all_checks() };
    let found = check(other.files(), &since).findings;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].problem, Problem::Fork { size: 20, source: Source::Witness });
}

#[test]
fn checkpoints_by_another_key_count_for_nothing() {
    let medium = written(12);
    let name = signer().origin().clone();
    let other = Signer::from_seed(name, &Secret::new([9; 32])).unwrap();
    let options = VerifyOptions { keys: vec![other.verifier().clone()], ..all_checks() };
    let report = check(medium.files(), &options);
    assert_eq!(report.signed_entries, 0);
    assert_eq!(report.findings[0].problem, Problem::Signature { source: Source::CheckpointFile });
}
