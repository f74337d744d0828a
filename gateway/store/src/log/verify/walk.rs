//! Goes through all segments line by line. After something wrong it goes on with what the log
//! itself says, so that one change is one finding where it is, not thousands behind it.

use std::io;

use typex_core::audit::Tree;
use typex_core::audit::chain::{Chain, Head};
use typex_core::audit::checkpoint::{Origin, VerifierKey};
use typex_core::audit::line::{self, CheckpointLine, Line, MacLine, SegmentHead};

use super::Claim;
use super::report::{Place, Problem, Report, Source};
use crate::log::disk::{Disk, FileName};
use crate::log::lines::{Lines, Step};
use crate::log::ratchet::Ratchet;
use crate::log::signer::is_signed;
use crate::log::tail::TailState;

pub(super) struct Walk<'a> {
    disk: &'a dyn Disk,
    keys: &'a [VerifierKey],
    claims: &'a [Claim],
    /// Claims whose place in the chain was not yet passed.
    unseen: Vec<&'a Claim>,
    tail: Option<&'a TailState>,
    report: Report,
    place: Place,
    origin: Option<Origin>,
    tree: Tree,
    /// Whether `tree` is what was hashed when the log was written. After a changed entry it can
    /// not be, and no later root says anything new.
    whole: bool,
    link: Link,
    /// Whether an entry may have been lost in lines that cannot be read.
    skipped: bool,
    /// The step of the next MAC line, once one was seen.
    step: Option<u64>,
    ratchet: Option<Ratchet>,
    tail_seen: bool,
    /// Whether the last line ended a write.
    write_ended: bool,
}

/// The chain before the next line. After a line that does not fit, its stored value and the value
/// that it should have are both taken: one of them fits the next line unless that is changed too.
#[derive(Clone, Copy)]
enum Link {
    Sure(Chain),
    Either(Chain, Chain),
    Lost,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        disk: &'a dyn Disk,
        keys: &'a [VerifierKey],
        claims: &'a [Claim],
        tail: Option<&'a TailState>,
        report: Report,
    ) -> Self {
        Self {
            disk,
            keys,
            claims,
            unseen: claims.iter().collect(),
            tail,
            report,
            place: Place::default(),
            origin: None,
            tree: Tree::default(),
            whole: true,
            link: Link::Sure(Chain::START),
            skipped: false,
            step: None,
            ratchet: None,
            tail_seen: tail.is_none_or(|tail| tail.step == 1),
            write_ended: true,
        }
    }

    pub(super) fn run(&mut self, segments: &[u64]) -> io::Result<()> {
        self.hold_against_claims();
        self.pass(Chain::START);
        for (at, first) in segments.iter().enumerate() {
            self.segment(*first, at + 1 == segments.len())?;
        }
        Ok(())
    }

    /// The end of the log against what is known of it.
    pub(super) fn finish(mut self) -> Report {
        let size = self.tree.size();
        for Claim { source, head } in std::mem::take(&mut self.unseen) {
            // Lines that are no entries can be lost too. Other findings explain more.
            if head.size > size || self.report.is_clean() {
                self.find(Problem::Rollback { size: head.size, source: *source });
            }
        }
        if let Some(tail) = self.tail.filter(|_| !self.tail_seen) {
            let lost = Problem::Rollback { size: tail.size, source: Source::Tail };
            self.find(lost);
        }
        let chain = match self.link {
            Link::Sure(chain) | Link::Either(chain, _) => chain,
            Link::Lost => Chain::START,
        };
        self.report.head = Head { size, root: self.tree.root(), chain };
        self.report.entries = size;
        self.report
    }

    fn find(&mut self, problem: Problem) {
        self.report.find(self.place, problem);
    }

    fn segment(&mut self, first: u64, last: bool) -> io::Result<()> {
        self.report.segments = self.report.segments.saturating_add(1);
        let size = self.tree.size();
        self.place = Place { segment: first, line: 0, offset: 0, entry: size };
        let mut lines = Lines::new(FileName::Segment(first));
        loop {
            match lines.next(self.disk)? {
                Step::Line { offset, bytes } => {
                    let line = self.place.line.saturating_add(1);
                    let entry = self.tree.size();
                    self.place = Place { segment: first, line, offset, entry };
                    self.line(bytes);
                }
                Step::Unfinished { offset } => {
                    let line = self.place.line.saturating_add(1);
                    let entry = self.tree.size();
                    self.place = Place { segment: first, line, offset, entry };
                    self.write_ended = false;
                    self.report.unfinished = Some(self.place);
                    break;
                }
                Step::End => break,
            }
        }
        if !self.write_ended && !last {
            self.find(Problem::SegmentEnd);
        } else if !self.write_ended {
            self.report.unfinished.get_or_insert(self.place);
        }
        Ok(())
    }

    fn line(&mut self, bytes: &[u8]) {
        self.write_ended = false;
        let Some((body, after)) = line::split(bytes) else {
            self.find(Problem::Unreadable);
            return self.skip(bytes);
        };
        let parsed = Line::parse(body);
        if self.place.line == 1 {
            self.begin(parsed.as_ref().ok());
        }
        let findings = self.report.findings.len();
        let before = self.follow(body, after);
        match parsed {
            Ok(Line::Segment(_)) if self.place.line == 1 => {}
            Ok(Line::Entry(logged)) => self.entry(logged.seq, body),
            Ok(Line::Mac(mac)) => self.mac(&mac, before, after),
            Ok(Line::Checkpoint(checkpoint)) => self.checkpoint(&checkpoint, before),
            Ok(Line::Segment(_)) => self.find(Problem::SegmentHead),
            Err(_) => {
                // What the chain has just shown to be changed need not be found again.
                if self.report.findings.len() == findings {
                    self.find(Problem::Unreadable);
                }
                self.skip(bytes);
            }
        }
        self.pass(after);
    }

    /// Notes which claims the log has reached.
    fn pass(&mut self, chain: Chain) {
        let size = self.tree.size();
        self.unseen.retain(|claim| claim.head.size != size || claim.head.chain != chain);
    }

    /// Goes on behind a line that cannot be read: by its looks an entry or not.
    fn skip(&mut self, bytes: &[u8]) {
        if line::split(bytes).is_none() {
            self.link = Link::Lost;
        }
        if line::is_entry(bytes) {
            self.tree.push([0; 32]);
        }
        self.whole = false;
        self.skipped = true;
        self.step = None;
    }

    /// The chain before this line, if the line fits it.
    fn follow(&mut self, body: &[u8], after: Chain) -> Option<Chain> {
        let hash = line::hash(body);
        let fits = |before: &Chain| before.link(&hash) == after;
        let (before, expected) = match self.link {
            Link::Sure(sure) => (Some(sure).filter(fits), Some(sure.link(&hash))),
            Link::Either(a, b) => ([a, b].into_iter().find(fits), Some(a.link(&hash))),
            // Behind a gap the log's own word is all there is.
            Link::Lost => (None, None),
        };
        self.link = match (before, expected) {
            (None, Some(expected)) => {
                self.find(Problem::Chain);
                self.whole &= !line::is_entry(body);
                Link::Either(after, expected)
            }
            _ => Link::Sure(after),
        };
        before
    }

    /// The first line of a segment must continue what was read so far.
    fn begin(&mut self, line: Option<&Line>) {
        let Some(Line::Segment(head)) = line else {
            return self.find(Problem::SegmentHead);
        };
        let size = self.tree.size();
        let first = head.tree.size();
        if first != self.place.segment || self.origin.as_ref().is_some_and(|o| *o != head.origin) {
            self.find(Problem::SegmentHead);
        } else if first > size {
            self.find(Problem::SegmentMissing { first: size });
            self.adopt(head);
        } else if first < size || !self.continues(head) {
            self.find(Problem::SegmentHead);
            self.adopt(head);
        }
        self.origin.get_or_insert_with(|| head.origin.clone());
    }

    fn continues(&self, head: &SegmentHead) -> bool {
        let chained = match self.link {
            Link::Sure(sure) => sure == head.previous,
            Link::Either(a, b) => [a, b].contains(&head.previous),
            Link::Lost => true,
        };
        chained && (!self.whole || self.tree == head.tree)
    }

    /// Goes on with what the segment says stood before it.
    fn adopt(&mut self, head: &SegmentHead) {
        self.link = Link::Sure(head.previous);
        self.tree = head.tree.clone();
        self.whole = true;
        self.step = None;
    }

    fn entry(&mut self, seq: u64, body: &[u8]) {
        if self.skipped && self.tree.size().checked_add(1) == Some(seq) {
            self.tree.push([0; 32]);
        }
        self.skipped = false;
        if seq != self.tree.size() {
            self.find(Problem::Sequence { found: seq });
        }
        self.tree.push(line::hash(body));
        self.hold_against_claims();
    }

    fn mac(&mut self, mac: &MacLine, before: Option<Chain>, after: Chain) {
        self.write_ended = true;
        let step = self.step.replace(mac.step.saturating_add(1));
        let counted = step.is_none_or(|step| step == mac.step) && mac.size == self.tree.size();
        if !counted || !self.vouched(mac, before) {
            self.find(Problem::Mac);
        }
        let passed = |tail: &TailState| tail.chain == after && tail.size == self.tree.size();
        self.tail_seen |= self.tail.is_some_and(passed);
    }

    /// Whether the tag holds, where its key is known.
    fn vouched(&mut self, mac: &MacLine, before: Option<Chain>) -> bool {
        let Some(tail) = self.tail.filter(|tail| mac.step >= tail.step) else { return true };
        let mut ratchet = self.ratchet.take().unwrap_or_else(|| tail.ratchet());
        let (size, root) = (self.tree.size(), self.tree.root());
        if ratchet.step().checked_add(1) == Some(mac.step) {
            // Its line was one of those that cannot be read.
            ratchet.vouch(size, &root, Chain::START);
        }
        let expected = ratchet.vouch(size, &root, before.unwrap_or(Chain::START));
        self.ratchet = Some(ratchet);
        if before.is_none() || !self.whole {
            return true;
        }
        self.report.macs_checked = self.report.macs_checked.saturating_add(1);
        expected == *mac
    }

    fn checkpoint(&mut self, found: &CheckpointLine, before: Option<Chain>) {
        self.report.checkpoints = self.report.checkpoints.saturating_add(1);
        let same = found.size == self.tree.size() && found.root == self.tree.root();
        if self.whole && !same {
            self.find(Problem::Root);
        }
        self.whole &= same;
        let (Some(before), Some(origin)) = (before, &self.origin) else { return };
        if self.keys.is_empty() {
            return;
        }
        if !is_signed(&found.note(origin, before), self.keys) {
            self.find(Problem::Signature { source: Source::Log });
        } else {
            // A signed root that holds proves all before it, whatever was doubtful.
            self.whole = same;
            if same {
                self.report.signed_entries = found.size;
            }
        }
    }

    fn hold_against_claims(&mut self) {
        let (claims, size) = (self.claims, self.tree.size());
        let start = claims.partition_point(|claim| claim.head.size < size);
        let here = claims[start..].iter().take_while(|claim| claim.head.size == size);
        for Claim { source, head } in here {
            if self.whole && head.root != self.tree.root() {
                self.find(Problem::Fork { size, source: *source });
            }
        }
    }
}
