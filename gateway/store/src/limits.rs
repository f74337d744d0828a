//! Bounds of the store, with their reasons.

/// Requests waiting for the store thread: at one commit in 2 ms and whole queues per commit this
/// is far more than a second of logins; more is a flood.
pub const QUEUE_REQUESTS_MAX: usize = 4096;

/// Requests served by one commit: bounds how long the first of them waits for the others.
pub const BATCH_REQUESTS_MAX: usize = 512;

/// Records one request may change: a bulk import goes in several requests.
pub const CHANGES_PER_REQUEST_MAX: usize = 4096;

/// Longest encoded record: keys have 3 KiB at most; what is longer, such as the logs that
/// installers send, is kept in parts.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;

/// Keys in one part of a partition's list: with the longest descriptions 19 KiB, which one new key
/// has to seal again, while the longest list has at most 160 parts to read.
pub const LIST_PART_KEYS: usize = 128;

/// Longest identity of a record within its table and partition.
pub const ID_BYTES_MAX: usize = 256;

/// Attempts to find a free random object number: with half of all numbers taken, 64 misses in a
/// row have a chance of 2^-64.
pub const OBJECT_ATTEMPTS_MAX: usize = 64;

/// Partitions with open templates: bounds their memory at about a GiB in the worst case.
pub const TEMPLATE_PARTITIONS_MAX: usize = 1024;

/// Memory for cached database pages: the whole database of a usual store.
pub const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Longest header and key file read.
pub const SMALL_FILE_BYTES_MAX: u64 = 64 * 1024;

/// Least memory of argon2id, in KiB, except in stores marked as test: 256 MiB.
pub const KDF_MEMORY_KIB_MIN: u32 = 256 * 1024;

/// Most memory of argon2id, in KiB: a header cannot make opening it exhaust the machine.
pub const KDF_MEMORY_KIB_MAX: u32 = 4 * 1024 * 1024;

/// Most passes of argon2id, for the same reason.
pub const KDF_PASSES_MAX: u32 = 64;

/// Most lanes of argon2id.
pub const KDF_LANES_MAX: u32 = 16;

/// Shortest passphrase, in bytes: argon2id makes guessing dear, not impossible.
pub const PASSPHRASE_BYTES_MIN: usize = 8;

/// Findings that `fsck` lists: enough to see a pattern; the count goes on.
pub const FINDINGS_MAX: usize = 1000;

/// Rows that a restore writes at once: bounds its memory at a few MiB of dirty pages.
pub const RESTORE_ROWS_PER_COMMIT: usize = 4096;

/// Entries of data operations that one core may have waiting for the log: 650 000 requests a
/// second for the 50 ms until they are written, in about 5 MiB when all wait.
pub const DATA_LOG_ENTRIES: usize = 32 * 1024;

/// Queues of such entries: one for each core of the largest machine there is.
pub const DATA_LOGS_MAX: usize = 1024;

/// Until when the entry of a data operation is durable, in milliseconds, unless set otherwise.
pub const DATA_DURABLE_MS: u64 = 50;

/// How often the head of the log is sealed while only data operations come, in milliseconds: what
/// a restored copy of log and store together can hide is no longer than this.
pub const HEAD_SEAL_MS: u64 = 1000;

/// Audit entries of one request: an intent and what belongs to it.
pub const ENTRIES_PER_REQUEST_MAX: usize = 16;

/// Tokens that one sweep removes: seven rows each are less than
/// [`CHANGES_PER_REQUEST_MAX`], in a few milliseconds, and others' requests come between.
pub const SWEEP_TOKENS_MAX: usize = 512;

/// Hours that one sweep looks at: the first after a year goes through all of it in nine.
pub const SWEEP_HOURS_MAX: usize = 1000;

/// Patterns that get full, in one list: enough for an operator to see what is wrong.
pub const LEVELS_MAX: usize = 1000;
