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

/// RSA keys of each size that are kept ready: making as many of 4096 bits takes a core a minute.
pub const RSA_KEYS_READY_MAX: usize = 64;

/// Estimated work below which a job runs on the spot: a slot, a place in a batch and a wake-up
/// cost about 250 ns, and lanes save that from 8 blocks on (`examples/handoff.rs`).
pub const INLINE_NS_MAX: u64 = 500;

/// Longest a job waits in the accumulator when the scheduler never goes idle: a few times what
/// one request costs in the protocol stack.
pub const LINGER: Duration = Duration::from_micros(50);

/// A batch worth more goes to a pool at once, and so does whatever comes in a request worth more;
/// waking a pool thread costs about a tenth of it.
pub const POOL_BATCH_NS: u64 = 100_000;

/// Parcels that a pool thread looks at for RSA operations that it can compute side by side: eight
/// lanes, and as many others that wait the longer for it.
pub const POOL_LOOK_AHEAD: usize = 16;

/// Work of a dear request for which a pool thread is woken, unless there is no more of it: four
/// times what waking costs.
pub const PIECE_NS: u64 = 50_000;

/// Lane work of one core since its scheduler was last idle, above which whole batches go to other
/// cores: ten requests' worth of protocol work have waited behind it.
pub const SPILL_NS: u64 = 200_000;

/// Outstanding lane work per core: a full accumulator and the batches spilled from it. At twice
/// this everything is refused; see [`Budget`](crate::admit::Budget).
pub const AES_OUTSTANDING_NS: u64 = 4_000_000;

/// Longest payment operation in lanes: all that is usual is far below, and while it runs nobody
/// else's request on its core goes on. Cipher feedback of single bits takes up to 85 ms.
pub const PAYMENT_LANES_NS_MAX: u64 = 1_000_000;

/// Outstanding RSA work per pool thread: a frame of 62 private operations of 2048 bits, so nothing
/// waits longer than a fast network's round trip.
pub const RSA_OUTSTANDING_NS: u64 = 25_000_000;

/// Outstanding RSA work per pool thread when it stays: twenty private operations of 2048 bits. At
/// 80 % of the capacity, with arrivals at random, more wait one time in ten thousand.
pub const RSA_STANDING_NS: u64 = RSA_OUTSTANDING_NS / 3;

/// How long a queue may be longer than what may stand: twice as long as a burst that fills it takes
/// to be gone.
pub const BURST: Duration = Duration::from_millis(50);

/// Outstanding dear work per pool thread: a dozen RSA-2048 keys or 50 password checks. Clients
/// wait 30 seconds at least.
pub const DEAR_OUTSTANDING_NS: u64 = 2_000_000_000;

/// Counters of outstanding work by partition. Partitions that share one share its fair part.
pub const PARTITION_BUCKETS: usize = 256;

/// Pool threads of one lane class: no machine this runs on has more cores.
pub const POOL_THREADS_MAX: usize = 256;

/// Data of one cipher job: what one buffer of the first-level caches holds. Longer messages are
/// the caller's to cut, as no backend streams.
pub const CIPHER_DATA_BYTES_MAX: usize = 64 * 1024;

/// Associated data of one side of a cipher job: headers, not messages.
pub const CIPHER_AAD_BYTES_MAX: usize = 1024;

/// Longest wrapped template: the largest one holds five parts of an RSA-4096 key and is below
/// 2 KiB; twice that.
pub const WRAPPED_TEMPLATE_BYTES_MAX: usize = 4096;

/// Largest memory of one password check: what a dear job may take from the machine.
pub const PASSWORD_MEMORY_KIB_MAX: u32 = 256 * 1024;

/// Entries of a core's ring, unless configured: at 1.2 us a job a card with a deep pipeline needs
/// about a hundred jobs, and a batch of a core is 64.
pub const CARD_RING_ENTRIES: usize = 256;

/// Longest that a job on a card may take, by the link's clock: two hundred times what a full ring
/// of the longest messages takes.
pub const CARD_JOB_TIMEOUT: Duration = Duration::from_millis(10);

/// Longest that a ring with jobs may make no progress, by the wall clock: a simulated card on a
/// machine with too much to do is slow, and requests wait for 30 seconds.
pub const CARD_STALL_LIMIT: Duration = Duration::from_secs(5);

/// How often the keeper looks at rings with jobs: what a lost interrupt costs.
pub const CARD_TICK: Duration = Duration::from_millis(20);

/// How often it looks when there are none.
pub const CARD_IDLE_TICK: Duration = Duration::from_millis(100);

/// Cycles for which the card's completions may wait for company: 0.5 us at 250 MHz.
pub const CARD_COMPLETION_HOLD_CYCLES: u32 = 125;

/// Completions before an armed interrupt fires.
pub const CARD_MODERATION_COUNT: u8 = 16;

/// Microseconds before an armed interrupt fires.
pub const CARD_MODERATION_US: u16 = 10;

/// Cycles after which the card gives up a read: 100 us at 250 MHz, eight times the slowest read of
/// a bad host.
pub const CARD_READ_TIMEOUT_CYCLES: u32 = 25_000;

/// Longest pause between two attempts to bring a card back.
pub const CARD_RETRY_MAX: Duration = Duration::from_secs(1);

/// Orders that may wait for a card's keeper: those of a few operators.
pub const CARD_ORDERS_MAX: usize = 16;

/// How old the registers in a snapshot may become.
pub const CARD_REFRESH: Duration = Duration::from_secs(1);

/// Register reads that one step of bringing a card up may take; each lets a microsecond pass.
pub const CARD_READS_MAX: usize = 20_000;

/// Wrapped keys of one queue on their way to the card: those of one job.
pub const CARD_KEY_LOADS_MAX: usize = 4;

/// Waiting jobs that are looked at for one whose keys are on the card.
pub const CARD_LOOK_AHEAD: usize = 64;

/// Looks at a completion before it counts as damaged: it may become visible in pieces.
pub const CARD_LOOKS_MAX: usize = 64;

/// Jobs whose data the card could not read before it is reset: each may have cost it a read tag.
pub const CARD_UNREAD_MAX: u32 = 8;

/// Entropy assumed of a random byte by the tests below, in bits: half of what the generator
/// claims. A sound one then practically never fails them; a stuck or far from uniform one does.
const RANDOM_BITS_PER_BYTE: usize = 4;

/// Negative logarithm of the chance that a source of just that entropy fails a test: the strict
/// end of what SP 800-90B section 4.4 recommends.
const RANDOM_ALPHA_LOG: usize = 40;

/// Equal random bytes in sequence that show the generator stuck (SP 800-90B section 4.4.1).
pub const RANDOM_REPEATS_MAX: usize = 1 + RANDOM_ALPHA_LOG.div_ceil(RANDOM_BITS_PER_BYTE);

/// Random bytes in a window of the adaptive proportion test (SP 800-90B section 4.4.2).
pub const RANDOM_WINDOW_BYTES: usize = 512;

/// Occurrences of one value in such a window that show a bias: the critical value of the binomial
/// distribution of 512 trials at 2^-4 for a chance of 2^-40, and one more.
pub const RANDOM_PROPORTION_MAX: usize = 78;

/// Random bytes tested before the first is used (SP 800-90B section 4.3).
pub const RANDOM_START_BYTES: usize = 1024;

/// Draws of a private scalar. One in two or more is in range on every curve, so that a sound
/// generator does not run out of them.
pub const SCALAR_DRAWS_MAX: usize = 128;

/// Bytes of a context string of RFC 8032 and FIPS 204.
pub const CONTEXT_BYTES_MAX: usize = 255;
