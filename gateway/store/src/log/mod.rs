//! The audit log on disk: appended to, made durable, signed, recovered and verified.
//!
//! The store's thread owns the [`Log`]. [`Log::append`] works in memory; what it was given is
//! durable once [`Log::sync`] has returned, which is when a request may be answered. Nothing here
//! reads a clock.
//!
//! The format is described to the byte in `docs/audit-log.md`.

mod disk;
mod error;
mod limits;
mod lines;
mod ratchet;
mod reader;
mod recovery;
mod signer;
mod tail;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod verify;
mod witness;

pub use disk::{Disk, FileDisk, FileName, ForeignName};
pub use error::LogError;
pub use limits::{CHECKPOINT_ENTRIES, CHECKPOINT_MS, SEGMENT_BYTES};
pub use reader::{Filter, OutcomeFilter, ReadError, Reader, Shown, UnknownOutcome};
pub use signer::{Signer, is_signed};
pub use verify::{Finding, Place, Problem, Report, Source, VerifyOptions, verify, verify_disk};
pub use witness::{Witness, WitnessCounts, WitnessError};

use std::time::Duration;

use typex_core::audit::chain::{Chain, Head};
use typex_core::audit::checkpoint::{Checkpoint, SignedCheckpoint};
use typex_core::audit::line::{self, CheckpointLine, Line, SegmentHead};
use typex_core::audit::{Entry, Tree};
use typex_core::{Secret, UnixMs};

use limits::BUFFER_BYTES;
use ratchet::Ratchet;
use recovery::Recovered;
use tail::Tail;
use witness::Witnesses;

/// How a log is kept.
pub struct Options {
    /// Signs checkpoints; its name is the log's.
    pub signer: Signer,
    /// Seals the ratchet's state. No other use of it is allowed.
    pub tail_key: Secret<[u8; 32]>,
    /// How far the log reached when the store last looked. A log that lacks it is refused.
    pub known: Option<Head>,
    /// Size at which a segment is closed.
    pub segment_bytes: u64,
    /// Entries between checkpoints at most.
    pub checkpoint_entries: u64,
    /// Time between checkpoints at most, while entries come.
    pub checkpoint_ms: u64,
    /// Who is told of every checkpoint; at most eight are kept.
    pub witnesses: Vec<Witness>,
}

impl Options {
    /// The default sizes, nobody told, nothing known.
    pub fn new(signer: Signer, tail_key: Secret<[u8; 32]>) -> Self {
        Self {
            signer,
            tail_key,
            known: None,
            segment_bytes: SEGMENT_BYTES,
            checkpoint_entries: CHECKPOINT_ENTRIES,
            checkpoint_ms: CHECKPOINT_MS,
            witnesses: Vec::new(),
        }
    }
}

/// What opening a log found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// How far the log reaches.
    pub head: Head,
    /// Bytes of unfinished writes that were cut off. None of them had been acknowledged. Put an
    /// [`Operator::LogRecovered`](typex_core::audit::Operator::LogRecovered) into the log.
    pub cut_bytes: u64,
}

/// The log, open for appending.
pub struct Log {
    disk: Box<dyn Disk>,
    signer: Signer,
    segment_bytes: u64,
    checkpoint_entries: u64,
    checkpoint_ms: u64,
    witnesses: Witnesses,
    tail: Tail,
    ratchet: Ratchet,
    tree: Tree,
    chain: Chain,
    segment: u64,
    /// Bytes of the segment that are on the medium, durable or not.
    written: u64,
    /// Whether the segment's file would be found after a crash.
    named: bool,
    buffer: Vec<u8>,
    head: Head,
    signed: Signed,
    failed: bool,
}

/// The latest checkpoint.
#[derive(Clone, Copy)]
struct Signed {
    size: u64,
    time: UnixMs,
}

impl Log {
    /// Opens a log, or begins one on a medium that has none. Cuts off what a crash left
    /// unfinished.
    ///
    /// # Errors
    /// [`LogError::Lost`] if entries that were durable are missing, [`LogError::Tail`] if it
    /// cannot be told, [`LogError::Origin`] for the key of another log, [`LogError::Io`].
    pub fn open(
        mut disk: Box<dyn Disk>,
        options: Options,
        now: UnixMs,
    ) -> Result<(Self, Recovery), LogError> {
        let Options { signer, tail_key, known, .. } = options;
        let recovered = recovery::recover(disk.as_mut(), &tail_key, signer.origin(), known)?;
        let Recovered { ratchet, tree, chain, segment, written, signed_size, .. } = recovered;
        let mut tail = Tail::new(tail_key, &recovered.tail);
        tail.store(disk.as_mut(), &ratchet, tree.size(), chain)?;
        disk.sync_names()?;
        let head = Head { size: tree.size(), root: tree.root(), chain };
        let mut log = Self {
            disk,
            signer,
            segment_bytes: options.segment_bytes,
            checkpoint_entries: options.checkpoint_entries,
            checkpoint_ms: options.checkpoint_ms,
            witnesses: Witnesses::start(options.witnesses)?,
            tail,
            ratchet,
            tree,
            chain,
            segment,
            written,
            named: written > 0,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            head,
            signed: Signed { size: signed_size, time: now },
            failed: false,
        };
        if log.written == 0 {
            log.begin_segment();
        }
        Ok((log, Recovery { head, cut_bytes: recovered.cut_bytes }))
    }

    /// Appends an entry in memory and returns its number. It is durable after the next
    /// [`sync`](Self::sync).
    ///
    /// # Errors
    /// [`LogError::Io`] when the buffer was full and could not be written; [`LogError::Failed`]
    /// after any earlier failure.
    pub fn append(&mut self, entry: &Entry) -> Result<u64, LogError> {
        self.check()?;
        let seq = self.tree.size();
        let leaf = line::append_entry(&mut self.buffer, &mut self.chain, entry, seq);
        self.tree.push(leaf);
        if self.buffer.len() >= BUFFER_BYTES / 2 {
            self.guard(Self::flush)?;
        }
        Ok(seq)
    }

    /// Makes everything appended durable, with a checkpoint when one is due at `now`. Returns how
    /// far the log reaches.
    ///
    /// # Errors
    /// As [`append`](Self::append). After an error it is not known which entries are durable.
    pub fn sync(&mut self, now: UnixMs) -> Result<Head, LogError> {
        self.check()?;
        let due = self.checkpoint_due().is_some_and(|due| now >= due);
        self.guard(|log| log.commit(due.then_some(now)))
    }

    /// How far the log reaches on the medium.
    pub fn head(&self) -> Head {
        self.head
    }

    /// When the next [`sync`](Self::sync) will sign; `None` while there is nothing to sign.
    pub fn checkpoint_due(&self) -> Option<UnixMs> {
        let unsigned = self.tree.size().saturating_sub(self.signed.size);
        if unsigned == 0 {
            return None;
        }
        let at_once = unsigned >= self.checkpoint_entries;
        let wait_ms = if at_once { 0 } else { self.checkpoint_ms };
        Some(self.signed.time.after(Duration::from_millis(wait_ms)))
    }

    /// The files that a backup copies, after [`sync`](Self::sync) and before the next append.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn files(&self) -> Result<Vec<FileName>, LogError> {
        let mut names = self.disk.list()?;
        names.sort();
        Ok(names)
    }

    /// What became of the checkpoints sent to each witness.
    pub fn witness_counts(&self) -> Vec<WitnessCounts> {
        self.witnesses.counts()
    }

    /// Makes everything durable, signs it, and waits a bounded time for the witnesses.
    ///
    /// # Errors
    /// As [`sync`](Self::sync).
    pub fn close(mut self, now: UnixMs) -> Result<Head, LogError> {
        self.check()?;
        let sign = self.tree.size() > self.signed.size;
        let head = self.guard(|log| log.commit(sign.then_some(now)))?;
        self.witnesses.close();
        Ok(head)
    }

    fn check(&self) -> Result<(), LogError> {
        if self.failed { Err(LogError::Failed) } else { Ok(()) }
    }

    /// After a failed write or sync the medium's contents are not known: never try again.
    fn guard<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, LogError>,
    ) -> Result<T, LogError> {
        let done = work(self);
        self.failed |= done.is_err();
        done
    }

    fn commit(&mut self, sign: Option<UnixMs>) -> Result<Head, LogError> {
        if self.tree.size() == self.head.size && sign.is_none() {
            return Ok(self.head);
        }
        let root = self.tree.root();
        let note = sign.map(|time| self.sign(root, time));
        let mac = self.ratchet.vouch(self.tree.size(), &root, self.chain);
        line::append(&mut self.buffer, &mut self.chain, &Line::Mac(mac));
        self.flush()?;
        self.disk.sync(FileName::Segment(self.segment))?;
        if !self.named {
            self.disk.sync_names()?;
            self.named = true;
        }
        self.head = Head { size: self.tree.size(), root, chain: self.chain };
        if let Some(note) = note {
            self.publish(note)?;
        }
        if self.written >= self.segment_bytes {
            self.rotate()?;
        }
        Ok(self.head)
    }

    /// Signs and appends the checkpoint's line. Nobody else sees it before it is durable.
    fn sign(&mut self, root: [u8; 32], time: UnixMs) -> SignedCheckpoint {
        let size = self.tree.size();
        let origin = self.signer.origin().clone();
        let note = self.signer.sign(Checkpoint { origin, size, root, chain: self.chain, time });
        let signature =
            note.signatures.first().and_then(|note| note.signature.as_slice().try_into().ok());
        let line = CheckpointLine {
            size,
            time,
            root,
            key: self.signer.verifier().id(),
            signature: signature.expect("a fresh note has one signature of 64 bytes"),
        };
        line::append(&mut self.buffer, &mut self.chain, &Line::Checkpoint(line));
        self.signed = Signed { size, time };
        note
    }

    fn publish(&mut self, note: SignedCheckpoint) -> Result<(), LogError> {
        self.disk.replace(FileName::Checkpoint, note.to_string().as_bytes())?;
        self.store_tail()?;
        self.witnesses.tell(&note);
        Ok(())
    }

    fn store_tail(&mut self) -> Result<(), LogError> {
        self.tail.store(self.disk.as_mut(), &self.ratchet, self.head.size, self.head.chain)
    }

    /// Closes the segment. The tail state is stored first: recovery reads the last segment only.
    fn rotate(&mut self) -> Result<(), LogError> {
        self.store_tail()?;
        self.segment = self.tree.size();
        self.written = 0;
        self.named = false;
        self.begin_segment();
        Ok(())
    }

    /// Puts the head of a new segment into the buffer; its file is made with the next write.
    fn begin_segment(&mut self) {
        let head = SegmentHead {
            origin: self.signer.origin().clone(),
            previous: self.chain,
            tree: self.tree.clone(),
        };
        line::append(&mut self.buffer, &mut self.chain, &Line::Segment(Box::new(head)));
    }

    fn flush(&mut self) -> Result<(), LogError> {
        self.disk.write(FileName::Segment(self.segment), self.written, &self.buffer)?;
        self.written = self.written.saturating_add(self.buffer.len() as u64);
        self.buffer.clear();
        Ok(())
    }
}
