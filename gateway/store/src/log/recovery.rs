//! Finds the end of the log after a stop of any kind, and cuts off what a crash left unfinished.
//!
//! Every write ends with a MAC line. The log ends behind the last one whose MAC holds and before
//! which nothing is broken; a sync never returned for anything behind it. Whether the end reaches
//! as far as it once did is checked against what the tail state, the latest checkpoint and the
//! store remember.

use std::io;

use typex_core::Secret;
use typex_core::audit::Tree;
use typex_core::audit::chain::{Chain, Head};
use typex_core::audit::checkpoint::{Origin, SignedCheckpoint};
use typex_core::audit::line::{self, Line, SegmentHead};
use typex_core::limits::AUDIT_NOTE_BYTES_MAX;

use super::disk::{Disk, FileName};
use super::error::LogError;
use super::lines::{Lines, Step};
use super::ratchet::Ratchet;
use super::tail::{Tail, TailState};

/// Where the log ends.
pub(super) struct Recovered {
    pub(super) tail: TailState,
    pub(super) ratchet: Ratchet,
    pub(super) tree: Tree,
    pub(super) chain: Chain,
    pub(super) segment: u64,
    /// Bytes of the segment; 0 if it has yet to be begun.
    pub(super) written: u64,
    pub(super) signed_size: u64,
    pub(super) cut_bytes: u64,
}

pub(super) fn recover(
    disk: &mut dyn Disk,
    key: &Secret<[u8; 32]>,
    origin: &Origin,
    known: Option<Head>,
) -> Result<Recovered, LogError> {
    let mut segments: Vec<u64> = disk.list()?.into_iter().filter_map(first_of).collect();
    segments.sort_unstable();
    let tail = match Tail::load(disk, key)?.state {
        Some(state) => state,
        None if segments.is_empty() => TailState::first(Secret::new(random()?)),
        None => return Err(LogError::Tail),
    };
    let signed_size = signed_size(disk)?;
    let floor = Floor { tail: &tail, signed_size, known };
    let end = last_write(disk, &segments, origin, &floor)?;
    floor.check(&end)?;
    let cut_bytes = cut(disk, &segments, &end)?;
    let Mark { ratchet, tree, chain, written, .. } = end.mark;
    let segment = end.segment;
    Ok(Recovered { tail, ratchet, tree, chain, segment, written, signed_size, cut_bytes })
}

/// What must still be there.
struct Floor<'a> {
    tail: &'a TailState,
    signed_size: u64,
    known: Option<Head>,
}

impl Floor<'_> {
    fn check(&self, end: &End) -> Result<(), LogError> {
        let size = end.mark.tree.size();
        let known = self.known.map_or(0, |head| head.size);
        let least = known.max(self.tail.size).max(self.signed_size);
        if size < least || !end.tail_seen {
            return Err(LogError::Lost { first_lost: size });
        }
        if end.known_differs {
            return Err(LogError::Lost { first_lost: end.segment });
        }
        Ok(())
    }
}

/// The last write that holds.
struct End {
    segment: u64,
    mark: Mark,
    /// Whether the place that the tail state describes was passed.
    tail_seen: bool,
    known_differs: bool,
}

/// The state of the log behind a write.
struct Mark {
    ratchet: Ratchet,
    tree: Tree,
    chain: Chain,
    written: u64,
}

/// Looks in the last segment, and in the one before if a crash came while the last was begun.
fn last_write(
    disk: &dyn Disk,
    segments: &[u64],
    origin: &Origin,
    floor: &Floor<'_>,
) -> Result<End, LogError> {
    for segment in segments.iter().rev().take(2) {
        let mut scan = Scan::new(disk, *segment, floor);
        scan.run(origin)?;
        let Scan { mark, tail_seen, known_differs, .. } = scan;
        if let Some(mark) = mark {
            return Ok(End { segment: *segment, mark, tail_seen, known_differs });
        }
    }
    if segments.len() > 1 || segments.first().is_some_and(|first| *first > 0) {
        return Err(LogError::Lost { first_lost: floor.tail.size });
    }
    let ratchet = floor.tail.ratchet();
    let mark = Mark { ratchet, tree: Tree::default(), chain: Chain::START, written: 0 };
    Ok(End { segment: 0, mark, tail_seen: floor.tail.step == 1, known_differs: false })
}

/// Reads one segment up to the first thing that does not hold.
struct Scan<'a> {
    disk: &'a dyn Disk,
    segment: u64,
    floor: &'a Floor<'a>,
    tree: Tree,
    chain: Chain,
    /// Behind the tail state the ratchet, before it nothing: those keys are gone.
    ratchet: Option<Ratchet>,
    mark: Option<Mark>,
    tail_seen: bool,
    known_differs: bool,
}

impl<'a> Scan<'a> {
    fn new(disk: &'a dyn Disk, segment: u64, floor: &'a Floor<'a>) -> Self {
        let (tree, chain) = (Tree::default(), Chain::START);
        let (ratchet, mark) = (None, None);
        let (tail_seen, known_differs) = (false, false);
        Self { disk, segment, floor, tree, chain, ratchet, mark, tail_seen, known_differs }
    }

    fn run(&mut self, origin: &Origin) -> Result<(), LogError> {
        let mut lines = Lines::new(FileName::Segment(self.segment));
        let mut first = true;
        while let Step::Line { offset, bytes } = lines.next(self.disk)? {
            let Some((body, after)) = line::split(bytes) else { break };
            let end = offset.saturating_add(bytes.len() as u64);
            if first {
                let Ok(Line::Segment(head)) = Line::parse(body) else { break };
                if head.tree.size() != self.segment {
                    break;
                }
                check_origin(&head, origin)?;
                self.begin(*head);
            }
            let hash = line::hash(body);
            if self.chain.link(&hash) != after {
                break;
            }
            if line::is_entry(body) {
                self.tree.push(hash);
            } else if !first && !self.special(body, after, end) {
                break;
            }
            self.chain = after;
            self.compare();
            first = false;
        }
        Ok(())
    }

    fn begin(&mut self, head: SegmentHead) {
        self.chain = head.previous;
        self.tree = head.tree;
        self.look_for_tail(self.chain);
    }

    /// A line that is no entry; whether it holds.
    fn special(&mut self, body: &[u8], after: Chain, end: u64) -> bool {
        match Line::parse(body) {
            Ok(Line::Checkpoint(_)) => true,
            Ok(Line::Mac(mac)) => {
                let root = self.tree.root();
                if mac.step >= self.floor.tail.step {
                    let fresh = || self.floor.tail.ratchet();
                    let mut ratchet = self.ratchet.take().unwrap_or_else(fresh);
                    if ratchet.vouch(self.tree.size(), &root, self.chain) != mac {
                        return false;
                    }
                    self.ratchet = Some(ratchet);
                }
                self.hold(after, end);
                true
            }
            _ => false,
        }
    }

    /// Notes that the log reaches up to here.
    fn hold(&mut self, chain: Chain, written: u64) {
        self.look_for_tail(chain);
        let ratchet = match &self.ratchet {
            Some(ratchet) => Ratchet::new(ratchet.step(), ratchet.key().clone()),
            None => self.floor.tail.ratchet(),
        };
        self.mark = Some(Mark { ratchet, tree: self.tree.clone(), chain, written });
    }

    fn look_for_tail(&mut self, chain: Chain) {
        let TailState { size, chain: expected, .. } = self.floor.tail;
        self.tail_seen |= *size == self.tree.size() && *expected == chain;
    }

    fn compare(&mut self) {
        let known = self.floor.known.filter(|known| known.size == self.tree.size());
        self.known_differs |= known.is_some_and(|known| known.root != self.tree.root());
    }
}

fn check_origin(head: &SegmentHead, key: &Origin) -> Result<(), LogError> {
    if head.origin == *key {
        return Ok(());
    }
    Err(LogError::Origin { log: head.origin.clone().into(), key: key.clone().into() })
}

/// Removes what stands behind the end; returns how many bytes that were.
fn cut(disk: &mut dyn Disk, segments: &[u64], end: &End) -> Result<u64, LogError> {
    let mut cut_bytes = 0;
    for segment in segments.iter().filter(|first| **first >= end.segment) {
        let name = FileName::Segment(*segment);
        let keep = if *segment == end.segment { end.mark.written } else { 0 };
        let len = disk.len(name)?;
        cut_bytes += len.saturating_sub(keep);
        if keep == 0 {
            disk.remove(name)?;
            disk.sync_names()?;
        } else if len > keep {
            disk.truncate(name, keep)?;
            disk.sync(name)?;
        }
    }
    Ok(cut_bytes)
}

/// Entries under the latest checkpoint. One that does not parse is left to the verifier.
fn signed_size(disk: &dyn Disk) -> io::Result<u64> {
    let bytes = disk.read_start(FileName::Checkpoint, AUDIT_NOTE_BYTES_MAX)?;
    let note = str::from_utf8(&bytes).ok().and_then(|text| SignedCheckpoint::parse(text).ok());
    Ok(note.map_or(0, |note| note.checkpoint.size))
}

fn first_of(name: FileName) -> Option<u64> {
    match name {
        FileName::Segment(first) => Some(first),
        FileName::Tail | FileName::Checkpoint => None,
    }
}

fn random() -> Result<[u8; 32], LogError> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| LogError::Crypto)?;
    Ok(bytes)
}
