//! Bounds of the audit log's files and threads, with their reasons.

/// Size at which a segment is closed: starting reads one segment (about 0.3 s for this one), and
/// a year at one entry a second is 120 of them.
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// Entries between checkpoints at most, unless an operator chooses otherwise: damage that was
/// covered up is located to this many.
pub const CHECKPOINT_ENTRIES: u64 = 64 * 1024;

/// Time between checkpoints while entries come: what a thief of the machine's present state could
/// rewrite is not older than this.
pub const CHECKPOINT_MS: u64 = 60_000;

/// Entries held back in memory before they are written without waiting for the next sync: 50 ms
/// of a fully loaded gateway are about 5 MiB.
pub(super) const BUFFER_BYTES: usize = 4 << 20;

/// Bytes read at once when a log is read.
pub(super) const READ_BYTES: usize = 64 * 1024;

/// Findings that a report lists; the rest are counted.
pub(super) const FINDINGS_MAX: usize = 1000;

/// Checkpoints that wait for one witness: each replaces those before, so a longer queue would only
/// hold what nobody needs.
pub(super) const WITNESS_QUEUE: usize = 8;

/// Witnesses of one log.
pub(super) const WITNESSES_MAX: usize = 8;

/// How long a witness on the network may take for one step: it is on this machine.
pub(super) const WITNESS_TIMEOUT_MS: u64 = 2000;

/// Bytes of a witness's answer that are read: the status line is all that counts.
pub(super) const WITNESS_ANSWER_BYTES: usize = 1024;

/// Longest key file: name, hash and key are below 200 bytes.
pub(super) const KEY_FILE_BYTES_MAX: u64 = 1024;
