//! What the model itself costs, per cycle of a device that does almost nothing.
//!
//! `cargo run --release -p pcie-sim --example speed`

use pcie_sim::{Config, Device, HostError, Inputs, Outputs, ReadRequest, Simulation, WriteBeat};
use std::time::Instant;

const CYCLES: u64 = 5_000_000;

/// Never idle; every `period` cycles it reads a line, and writes one.
struct Load {
    period: u64,
    cycle: u64,
    bus: u64,
}

impl Device for Load {
    fn clock_khz(&self) -> u32 {
        250_000
    }

    fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs) {
        self.cycle += 1;
        if inputs.read_ready {
            outputs.read = None;
        }
        if inputs.write_ready {
            outputs.write = None;
        }
        if self.cycle.checked_rem(self.period) == Some(0) {
            let (address, tag) = (self.bus, (self.cycle / self.period) as u8);
            outputs.read = Some(ReadRequest { address, bytes: 64, tag });
            outputs.write = Some(WriteBeat { address, data: [1; 64], bytes: 64, last: true });
        }
    }
}

fn main() -> Result<(), HostError> {
    for (what, period) in [("no traffic", 0), ("64 B each way, every 4th cycle", 4)] {
        let mut load = Load { period, cycle: 0, bus: 0 };
        // The first region of a simulation lies at 4 GiB.
        load.bus = 1 << 32;
        let mut simulation = Simulation::new(Config::default(), Box::new(load));
        let memory = simulation.host().allocate(4096)?;
        debug_assert_eq!(memory.bus(), 1 << 32);
        let start = Instant::now();
        simulation.step_cycles(CYCLES);
        let seconds = start.elapsed().as_secs_f64();
        let rate = CYCLES as f64 / seconds / 1e6;
        println!("{what}: {rate:.1} M cycles/s, {} reads", simulation.statistics().reads);
    }
    Ok(())
}
