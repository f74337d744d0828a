//! Throughput as the formulas have it.

use pcie_sim::sample::{CopyEngine, registers};
use pcie_sim::{Config, Cut, Generation, Link, Mps, Simulation, Width};

const TOTAL: u32 = 1 << 20;

/// Payload in Gbit/s from the first to the last quarter of the transfer, by the direction's count.
fn measure(link: Link, tags: usize, mode: u32, bytes: u32) -> f64 {
    let engine = CopyEngine::with_tags(1_000_000, tags);
    let mut simulation = Simulation::new(Config::new(link, 1), Box::new(engine));
    let host = simulation.host();
    let memory = host.allocate(2 * TOTAL as usize).unwrap();
    host.write(registers::MODE, mode).unwrap();
    let to = memory.bus() + u64::from(TOTAL);
    CopyEngine::start(&host, memory.bus(), to, bytes, TOTAL / bytes).unwrap();
    let payload = |simulation: &Simulation| {
        let counts = simulation.statistics();
        let direction = if mode == 1 { counts.downstream } else { counts.upstream };
        (direction.payload_bytes, counts.time_ps)
    };
    let mut mark = (0, 0);
    let mut end = (0, 0);
    while end.0 < u64::from(TOTAL / 4 * 3) {
        simulation.step_cycles(16);
        end = payload(&simulation);
        if mark.0 < u64::from(TOTAL / 4) {
            mark = end;
        }
    }
    (end.0 - mark.0) as f64 * 8000.0 / (end.1 - mark.1) as f64
}

fn near(ours: f64, formula: f64, what: &str) {
    let error = (ours / formula - 1.0).abs();
    assert!(error < 0.02, "{what}: {ours:.2} Gbit/s, formula {formula:.2}");
}

#[test]
fn writes_and_reads_reach_the_formulas() {
    let gen3 = Link::new(Generation::Gen3, Width::X16);
    let links = [
        Link::new(Generation::Gen3, Width::X8),
        gen3,
        gen3.with_mps(Mps::B128),
        Link { cut: Cut::Boundary64, ..gen3 },
        Link::new(Generation::Gen4, Width::X16).with_mps(Mps::B512),
    ];
    for link in links {
        for bytes in [64, 256, 512] {
            let what = format!("{} {:?} {:?} {bytes}", link.name(), link.mps, link.cut);
            // The engine ends a packet every 256 bytes whatever the link could carry.
            let packet = Link { mps: link.mps.min(Mps::B256), ..link };
            let write =
                link.tlp_gbps() * f64::from(bytes) / packet.write_bytes(bytes.into()) as f64;
            near(measure(link, 256, 2, bytes), write, &what);
            if link.generation == Generation::Gen3 {
                near(measure(link, 256, 1, bytes), link.read_gbps(bytes.into()), &what);
            }
        }
    }
}

#[test]
fn few_tags_bound_the_rate_by_the_round_trip() {
    let link = Link::new(Generation::Gen3, Width::X16);
    let gbps = measure(link, 32, 1, 64);
    // 32 reads of 64 bytes for each round trip of 550 ns, ±40, and at most two cycles of 1 ns.
    let formula = 32.0 * 64.0 * 8.0 / 551.0;
    near(gbps, formula, "32 tags");
}
