//! Every bound of the engine, with its reason.

use std::time::Duration;

/// Jobs of one batch: the widest lanes hold 16 messages; four rounds of them keep the lanes full
/// when lengths differ, and one wake-up serves them all.
pub const BATCH_JOBS_MAX: usize = 64;

/// Sealed bytes of one batch: what stays in a first-level cache of 48 KiB with its round keys.
pub const BATCH_BYTES_MAX: usize = 32 * 1024;

/// Jobs of one core that are accumulated or with a pool. Admission by cost refuses long before;
/// this bounds the table when jobs are estimated at nearly nothing.
pub const SLOTS_PER_SHARD: usize = 4096;

/// Parcels of one core that are with the pools. Also the places in the queue they come back by.
pub const PARCELS_PER_SHARD: usize = 1024;

/// Estimated work below which a job runs on the spot: a slot, a place in a batch and a wake-up
/// cost about 250 ns, and lanes save that from 8 blocks on (`examples/handoff.rs`).
pub const INLINE_NS_MAX: u64 = 500;

/// Longest a job waits in the accumulator when the scheduler never goes idle: a few times what
/// one request costs in the protocol stack.
pub const LINGER: Duration = Duration::from_micros(50);

/// A batch worth more goes to a pool at once; waking a pool thread costs about a tenth of it.
pub const POOL_BATCH_NS: u64 = 100_000;

/// Lane work of one core since its scheduler was last idle, above which whole batches go to other
/// cores: ten requests' worth of protocol work have waited behind it.
pub const SPILL_NS: u64 = 200_000;

/// Outstanding lane work per core: a full accumulator and the batches spilled from it. At twice
/// this everything is refused; see [`Budget`](crate::admit::Budget).
pub const AES_OUTSTANDING_NS: u64 = 4_000_000;

/// Outstanding RSA work per pool thread: 80 private operations of 2048 bits, so nothing waits
/// longer than a fast network's round trip.
pub const RSA_OUTSTANDING_NS: u64 = 25_000_000;

/// Outstanding dear work per pool thread: a dozen RSA-2048 keys or 50 password checks. Clients
/// wait 30 seconds at least.
pub const DEAR_OUTSTANDING_NS: u64 = 2_000_000_000;

/// Counters of outstanding work by partition. Partitions that share one share its fair part.
pub const PARTITION_BUCKETS: usize = 256;

/// Pool threads of one lane class: no machine this runs on has more cores.
pub const POOL_THREADS_MAX: usize = 256;

/// Longest wrapped template: the largest one holds five parts of an RSA-4096 key and is below
/// 2 KiB; twice that.
pub const WRAPPED_TEMPLATE_BYTES_MAX: usize = 4096;

/// Largest memory of one password check: what a dear job may take from the machine.
pub const PASSWORD_MEMORY_KIB_MAX: u32 = 256 * 1024;
