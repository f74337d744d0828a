//! What the link carries at most, by arithmetic.

use super::work::Work;
use pcie_sim::{COMPLETION_OVERHEAD_BYTES, Link, REQUEST_OVERHEAD_BYTES};

/// Descriptors of one read, and completions of one write.
const FETCH: f64 = 8.0;
const GATHER: f64 = 16.0;
const DESCRIPTOR_BYTES: u64 = 64;
const COMPLETION_BYTES: u64 = 16;

/// Messages per second that the link carries, whichever direction is full first. Descriptors are
/// fetched 8 at a time and completions written 16 at a time; doorbells are left out.
pub(crate) fn messages_per_s(link: &Link, work: Work, data_bytes: usize) -> f64 {
    let (input, output) = work.traffic(data_bytes);
    let (request, data) = link.read_bytes(input as u64);
    let fetch = link.read_bytes(8 * DESCRIPTOR_BYTES);
    let gather = 16 * COMPLETION_BYTES + REQUEST_OVERHEAD_BYTES;
    let up = fetch.0 as f64 / FETCH
        + request as f64
        + link.write_bytes(output as u64) as f64
        + gather as f64 / GATHER;
    let down = fetch.1 as f64 / FETCH + data as f64;
    debug_assert!(fetch.1 >= 8 * DESCRIPTOR_BYTES + COMPLETION_OVERHEAD_BYTES);
    link.tlp_gbps() * 1e9 / 8.0 / up.max(down)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pcie_sim::{Generation, Width};

    #[test]
    fn ceilings_are_those_of_the_table() {
        let gen3 = Link::new(Generation::Gen3, Width::X16);
        let millions = |link: &Link, work, bytes| messages_per_s(link, work, bytes) / 1e6;
        let near = |ours: f64, table: f64| {
            assert!((ours / table - 1.0).abs() < 0.011, "{ours} {table}");
        };
        near(millions(&gen3, Work::Gcm { aad_bytes: 0 }, 64), 93.0);
        near(millions(&gen3, Work::Gcm { aad_bytes: 16 }, 64), 84.0);
        near(millions(&gen3, Work::Cbc, 64), 93.0);
        near(millions(&gen3, Work::Gcm { aad_bytes: 0 }, 256), 39.0);
        near(millions(&gen3, Work::Gcm { aad_bytes: 0 }, 1024), 11.6);
        near(millions(&gen3, Work::Gcm { aad_bytes: 0 }, 4096), 3.0);
        let half = Link::new(Generation::Gen3, Width::X8);
        near(millions(&half, Work::Gcm { aad_bytes: 0 }, 64), 47.0);
    }
}
