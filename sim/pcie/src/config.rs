//! Everything that can be chosen: the link, its latencies and buffers, the seed.

use crate::latency::Latency;

/// Framing, sequence number, LCRC and a four-word header: write, or read request, 64-bit address.
pub const REQUEST_OVERHEAD_BYTES: u64 = 24;
/// The same with the three-word header of a completion.
pub const COMPLETION_OVERHEAD_BYTES: u64 = 20;

/// Signalling rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// 8 GT/s.
    Gen3,
    /// 16 GT/s.
    Gen4,
    /// 32 GT/s.
    Gen5,
}

/// Number of lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// Eight.
    X8,
    /// Sixteen.
    X16,
}

/// Largest payload of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mps {
    /// 128 bytes.
    B128,
    /// 256 bytes, the usual one.
    B256,
    /// 512 bytes.
    B512,
    /// 1024 bytes.
    B1024,
}

/// Where the host cuts completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// At multiples of the largest payload.
    Mps,
    /// At every multiple of 64 bytes, the read completion boundary: old chipsets.
    Boundary64,
}

/// The physical link and its packet sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Signalling rate.
    pub generation: Generation,
    /// Lanes.
    pub width: Width,
    /// Largest payload.
    pub mps: Mps,
    /// Largest read request, bytes: a power of two from 128 to 4096. A longer one is cut.
    pub mrrs: u16,
    /// Where completions are cut.
    pub cut: Cut,
}

impl Mps {
    /// In bytes.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::B128 => 128,
            Self::B256 => 256,
            Self::B512 => 512,
            Self::B1024 => 1024,
        }
    }
}

impl Link {
    /// A link with payloads of 256 bytes and read requests of 512.
    pub const fn new(generation: Generation, width: Width) -> Self {
        Self { generation, width, mps: Mps::B256, mrrs: 512, cut: Cut::Mps }
    }

    /// The same link with another largest payload.
    pub const fn with_mps(self, mps: Mps) -> Self {
        Self { mps, ..self }
    }

    /// Name: `gen3 x16`.
    pub fn name(&self) -> String {
        let generation = self.generation as u8 + 3;
        format!("gen{generation} x{}", self.lanes())
    }

    fn lanes(&self) -> u32 {
        match self.width {
            Width::X8 => 8,
            Width::X16 => 16,
        }
    }

    /// Gbit/s per direction behind the 128b/130b line code.
    pub fn raw_gbps(&self) -> f64 {
        let transfers = match self.generation {
            Generation::Gen3 => 8.0,
            Generation::Gen4 => 16.0,
            Generation::Gen5 => 32.0,
        };
        transfers * f64::from(self.lanes()) * 128.0 / 130.0
    }

    /// Gbit/s per direction for transaction-layer packets and their framing: the raw rate without
    /// acknowledgements, flow-control updates and skip ordered sets.
    pub fn tlp_gbps(&self) -> f64 {
        let dllp = 8.0 / f64::from(self.dllp_interval_bytes());
        let skip = 4.0 / 1538.0;
        self.raw_gbps() * (1.0 - 2.0 * dllp - skip)
    }

    /// Symbols between two acknowledgements, and between two flow-control updates, that the base
    /// specification (revision 5.0, tables 2-48 and 3-9) recommends from 8 GT/s on.
    fn dllp_interval_bytes(&self) -> u32 {
        match (self.width, self.mps) {
            (Width::X8, Mps::B128) => 163,
            (Width::X8, Mps::B256) => 203,
            (Width::X16, Mps::B128) => 144,
            (Width::X16, Mps::B256) => 168,
            (_, Mps::B512) => 182,
            (_, Mps::B1024) => 246,
        }
    }

    /// Femtoseconds that one byte occupies a direction.
    pub(crate) fn fs_per_byte(&self) -> u64 {
        (8.0e6 / self.tlp_gbps()).round() as u64
    }

    /// Bytes on the link, upstream, of a write of `bytes`.
    pub const fn write_bytes(&self, bytes: u64) -> u64 {
        bytes + REQUEST_OVERHEAD_BYTES * bytes.div_ceil(self.mps.bytes())
    }

    /// Bytes on the link of a read of `bytes`: upstream and downstream.
    pub const fn read_bytes(&self, bytes: u64) -> (u64, u64) {
        let up = REQUEST_OVERHEAD_BYTES * bytes.div_ceil(self.mrrs as u64);
        (up, bytes + COMPLETION_OVERHEAD_BYTES * bytes.div_ceil(self.cut_bytes()))
    }

    /// Gbit/s of payload that writes of `bytes` reach.
    pub fn write_gbps(&self, bytes: u64) -> f64 {
        self.tlp_gbps() * bytes as f64 / self.write_bytes(bytes) as f64
    }

    /// Gbit/s of payload that reads of `bytes` reach with tags enough.
    pub fn read_gbps(&self, bytes: u64) -> f64 {
        let (up, down) = self.read_bytes(bytes);
        self.tlp_gbps() * bytes as f64 / up.max(down) as f64
    }

    /// Completions are cut at multiples of this.
    pub(crate) const fn cut_bytes(&self) -> u64 {
        match self.cut {
            Cut::Mps => self.mps.bytes(),
            Cut::Boundary64 => 64,
        }
    }
}

/// Room on both sides of the link. All values are *assumed*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffers {
    /// Write packets that the host has room for.
    pub posted_headers: u32,
    /// Units of 16 bytes of written data that the host has room for.
    pub posted_data: u32,
    /// Read requests that the host has room for.
    pub nonposted_headers: u32,
    /// From a packet's arrival until the device may use its credits again, ps.
    pub credit_return_ps: u64,
    /// Packets that wait in the device's hard block for the link, bytes.
    pub transmit_bytes: u64,
    /// Data of reads under way that the device's hard block has room for, bytes.
    pub completion_bytes: u32,
}

impl Buffers {
    /// The largest credits that can be advertised unscaled; four times as many from generation 4
    /// on, where they can be scaled.
    pub const fn of(generation: Generation) -> Self {
        let scale = if matches!(generation, Generation::Gen3) { 1 } else { 4 };
        Self {
            posted_headers: 127 * scale,
            posted_data: 2047 * scale,
            nonposted_headers: 127 * scale,
            credit_return_ps: 100_000,
            transmit_bytes: 2048,
            completion_bytes: 131_072,
        }
    }
}

/// A simulation's configuration: with the device it decides every event.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The link.
    pub link: Link,
    /// Its latencies.
    pub latency: Latency,
    /// Its buffers.
    pub buffers: Buffers,
    /// Seed of latencies and faults.
    pub seed: u64,
}

impl Config {
    /// The defaults for a link.
    pub fn new(link: Link, seed: u64) -> Self {
        Self { link, latency: Latency::good(), buffers: Buffers::of(link.generation), seed }
    }
}

impl Default for Config {
    /// Generation 3 with 16 lanes, a good host, seed 0.
    fn default() -> Self {
        Self::new(Link::new(Generation::Gen3, Width::X16), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Generation::{Gen3, Gen4, Gen5};
    use Width::{X8, X16};

    /// One row: link, raw and packet rate, then write and read at 64, 256 and 4096 bytes.
    type Row = (Link, f64, f64, [(f64, f64); 3]);

    fn published() -> [Row; 6] {
        let link = Link::new;
        let wide = |g, w| Link::new(g, w).with_mps(Mps::B512);
        [
            (link(Gen3, X8), 63.0, 57.9, [(42.1, 44.1), (52.9, 53.7), (52.9, 53.7)]),
            (link(Gen3, X16), 126.0, 113.7, [(82.7, 86.6), (104.0, 105.5), (104.0, 105.5)]),
            (link(Gen4, X8), 126.0, 115.8, [(84.2, 88.2), (105.8, 107.4), (105.8, 107.4)]),
            (link(Gen4, X16), 252.1, 227.4, [(165.4, 173.3), (207.9, 210.9), (207.9, 210.9)]),
            (wide(Gen4, X16), 252.1, 229.2, [(166.7, 174.7), (209.6, 212.6), (219.0, 220.6)]),
            (wide(Gen5, X16), 504.1, 458.5, [(333.4, 349.3), (419.2, 425.3), (438.0, 441.3)]),
        ]
    }

    #[test]
    fn rates_are_those_of_the_published_model() {
        let near =
            |ours: f64, theirs: f64| assert!((ours - theirs).abs() <= 0.051, "{ours} {theirs}");
        for (link, raw, tlp, rows) in published() {
            near(link.raw_gbps(), raw);
            near(link.tlp_gbps(), tlp);
            for (bytes, (write, read)) in [64, 256, 4096].into_iter().zip(rows) {
                near(link.write_gbps(bytes), write);
                near(link.read_gbps(bytes), read);
            }
        }
    }

    #[test]
    fn bytes_follow_the_formulas() {
        let link = Link::new(Gen3, X16);
        assert_eq!(link.write_bytes(64), 88);
        assert_eq!(link.write_bytes(257), 257 + 48);
        assert_eq!(link.read_bytes(512), (24, 512 + 40));
        assert_eq!(link.read_bytes(513), (48, 513 + 60));
        let old = Link { cut: Cut::Boundary64, ..link };
        assert_eq!(old.read_bytes(512), (24, 512 + 160));
        assert_eq!(link.name(), "gen3 x16");
    }
}
