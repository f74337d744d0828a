//! The card's counters.

use super::error::BenchError;
use pcie_sim::{Host, HostError, Simulation, Ticket};
use std::collections::BTreeMap;
use typex_abi::{COUNTERS, counter_at, register};

/// Values of all counters; those per lane are summed over the lanes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters(BTreeMap<&'static str, u64>);

/// Lanes for which the register block has room.
const LANES_MAX: u32 = 4;

impl Counters {
    /// Reads all of them, one after the other, and waits for the answers.
    pub(crate) fn read(simulation: &mut Simulation) -> Result<Self, BenchError> {
        let mut all = BTreeMap::new();
        for counter in COUNTERS {
            let lanes = if counter.per_lane { LANES_MAX } else { 1 };
            for lane in 0..lanes {
                let low = simulation.read(counter.offset(lane))?;
                let high = simulation.read(counter.offset(lane) + 4)?;
                *all.entry(counter.name).or_default() += u64::from(high) << 32 | u64::from(low);
            }
        }
        Ok(Self(all))
    }

    pub(crate) fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// What was counted since.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let rest = |(name, value): (&&'static str, &u64)| (*name, value - earlier.of(name));
        Self(self.0.iter().map(rest).collect())
    }

    pub(crate) fn named(&self) -> BTreeMap<&'static str, u64> {
        self.0.clone()
    }
}

/// The counters from which utilisation is taken, asked for in one go while the card works. All
/// reads leave together and arrive a cycle or so apart: the same for each sample, so that the
/// difference of two samples is exact to a few cycles.
pub(crate) struct Sample {
    cycles: [Ticket<u32>; 2],
    lanes: Vec<[Ticket<u32>; 2]>,
}

/// Cycles with a job inside, and blocks issued by all forward lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Issue {
    pub(crate) cycles: u64,
    pub(crate) blocks: u64,
}

impl Sample {
    pub(crate) fn ask(host: &Host) -> Result<Self, HostError> {
        let pair = |number: u32| -> Result<_, HostError> {
            let offset = register::COUNTER + 8 * number;
            Ok([host.read(offset)?, host.read(offset + 4)?])
        };
        let cycles = pair(counter_at::CYCLES)?;
        let lanes = (0..LANES_MAX).map(|lane| pair(counter_at::LANE_FORWARD + lane));
        Ok(Self { cycles, lanes: lanes.collect::<Result<_, _>>()? })
    }

    /// The values, once all answers are there.
    pub(crate) fn finish(&self) -> Option<Result<Issue, HostError>> {
        let value = |pair: &[Ticket<u32>; 2]| {
            let (low, high) = (pair[0].poll()?, pair[1].poll()?);
            Some(low.and_then(|low| Ok(u64::from(high?) << 32 | u64::from(low))))
        };
        let cycles = value(&self.cycles)?;
        let lanes = self.lanes.iter().map(value).collect::<Option<Result<Vec<_>, _>>>()?;
        let join = |cycles| Ok(Issue { cycles, blocks: lanes?.iter().sum() });
        Some(cycles.and_then(join))
    }
}
