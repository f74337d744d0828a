//! A record of every packet.

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlpKind {
    /// The device wrote host memory; recorded when it lands.
    Write,
    /// The device asks for host memory; recorded when the link takes it.
    ReadRequest,
    /// Data of a read leaves the host; recorded then.
    ReadCompletion,
    /// An interrupt message arrived; the address field holds the vector.
    Interrupt,
    /// A register write left the host.
    RegisterWrite,
    /// A register read left the host.
    RegisterRead,
    /// The answer to a register read arrived at the host.
    RegisterAnswer,
}

/// One packet, or a part of it that was cut as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlp<'a> {
    /// Virtual time, ps.
    pub time_ps: u64,
    /// What it is.
    pub kind: TlpKind,
    /// Bus address, or offset of a register.
    pub address: u64,
    /// Bytes of payload, or asked for.
    pub bytes: u32,
    /// Tag of a read; 0 otherwise.
    pub tag: u8,
    /// The payload; empty for requests. Registers and interrupts: the value, little-endian.
    pub data: &'a [u8],
}

/// Where packets are recorded.
pub type Trace = Box<dyn FnMut(&Tlp<'_>) + Send>;

/// A hash over packets, for comparing runs (FNV-1a of 64 bits; not a cryptographic one).
///
/// ```
/// # use pcie_sim::{Tlp, TlpKind, TraceHash};
/// let tlp = |time_ps| Tlp {
///     time_ps, kind: TlpKind::Write, address: 64, bytes: 1, tag: 0, data: &[7],
/// };
/// let (mut one, mut two) = (TraceHash::default(), TraceHash::default());
/// one.add(&tlp(5));
/// two.add(&tlp(6));
/// assert_ne!(one.value(), two.value());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceHash(u64);

impl Default for TraceHash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl TraceHash {
    /// Adds a packet with its time and data.
    pub fn add(&mut self, tlp: &Tlp<'_>) {
        self.bytes(&tlp.time_ps.to_le_bytes());
        self.bytes(&[tlp.kind as u8, tlp.tag]);
        self.bytes(&tlp.address.to_le_bytes());
        self.bytes(&tlp.bytes.to_le_bytes());
        self.bytes(tlp.data);
    }

    /// The hash so far.
    pub fn value(&self) -> u64 {
        self.0
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
