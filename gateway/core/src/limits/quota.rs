//! Bounds of what is counted within an hour.

/// Different values of one pattern that a caller may have tokenized within an hour, at most.
// spec: payments 10.4
pub const QUOTA_DISTINCT_PER_HOUR: u32 = 1000;

/// The part of the values of a pattern that it may be, at most: trying half of them takes three
/// weeks.
pub const QUOTA_DISTINCT_PART: u64 = 1000;

/// Free values of texts below which that quota holds by itself.
// spec: payments 10.4
pub const QUOTA_FREE_VALUES: u64 = 1_000_000_000;

/// Values that a caller is told within an hour, unless the domain says otherwise: what an office
/// looks up; a settlement of a day's cards has a domain that allows it.
pub const QUOTA_DETOKENIZE_PER_HOUR: u32 = 1000;

/// Highest limit of a domain for an hour: what is counted within it must fit into memory.
pub const QUOTA_PER_HOUR_MAX: u32 = 100_000_000;

/// Callers, each in one domain, whose use is counted: more than a gateway has access keys. At about
/// 200 bytes each, 3 MiB.
pub const QUOTA_CALLERS_MAX: usize = 1 << 14;

/// Patterns that are counted: at about 200 bytes each, 100 MiB. What is over shares one count for
/// each caller.
pub const QUOTA_PATTERNS_MAX: usize = 1 << 19;

/// Those of one caller.
pub const QUOTA_CALLER_PATTERNS_MAX: usize = QUOTA_PATTERNS_MAX / 8;

/// Values that are remembered, so that they are counted once: at 16 bytes each, up to 32 MiB with
/// their room to grow. One that is not remembered is counted again.
pub const QUOTA_VALUES_MAX: usize = 1 << 20;

/// One tenant has at most the fourth part of these callers, patterns and values, and of the
/// subjects whose failures are remembered.
pub const QUOTA_PARTITION_PART: usize = 4;

/// As many of each every tenant has also when all others have taken theirs: a thousand tenants are
/// 300 MiB more.
pub const QUOTA_PARTITION_PLACES: usize = 1024;

/// Rows of quotas that are over and go at once: half of what one request to the store may change.
pub const QUOTA_SWEEP_MAX: usize = 2048;
