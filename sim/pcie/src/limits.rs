//! Bounds of everything that could grow.

/// Longest read request: the largest that the standard allows.
pub const READ_BYTES_MAX: u16 = 4096;

/// Longest write packet, for the same reason; a longer one is cut.
pub const WRITE_BYTES_MAX: usize = 4096;

/// Tags of reads: what 8 bits name.
pub const READ_TAGS: usize = 256;

/// Commands of all host handles that wait for the simulation: a few rings' doorbells for each of
/// some hundred threads.
pub const HOST_COMMANDS: usize = 4096;

/// Register accesses on their way to the device: twice what 250 ns hold at 28 bytes each on the
/// fastest link, as a power of two.
pub const MMIO_IN_FLIGHT: usize = 1024;

/// Register reads without an answer: more than one for each core of a large host.
pub const MMIO_READS: usize = 512;

/// Regions of host memory that are mapped at a time: a few for each ring and core.
pub const REGIONS: usize = 8192;

/// Bytes of host memory that are mapped at a time.
pub const MEMORY_BYTES: usize = 1 << 32;

/// Interrupt vectors: what MSI-X can name.
pub const VECTORS: usize = 2048;

/// Faults that are armed at a time.
pub const FAULTS: usize = 1024;

/// Faults whose strike is kept; later ones are only counted.
pub const STRIKES: usize = 4096;

/// Clock cycles for which a reset is held.
pub const RESET_CYCLES: u32 = 16;

/// Wall time for which a host thread waits for the simulation to answer, in seconds. A register
/// read takes 25 000 cycles at most until its virtual timeout; the slowest device model that is
/// of use runs 10 000 a second.
pub const WALL_WAIT_S: u64 = 30;
