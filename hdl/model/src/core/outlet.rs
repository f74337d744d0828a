//! The way out: writes, completions, rings, interrupts, counters.

use super::{Core, Now};
use crate::front::completion::Entry;
use crate::front::fetch::Left;
use crate::front::ring::RingInputs;
use typex_abi::{counter_at, register};

impl Core {
    /// Brings one beat to the link.
    pub(super) fn arbitrate(&mut self, ready: bool, hold: bool, now: &mut Now) {
        let lanes = self.clusters.len();
        let fatal = self.errors.is_fatal();
        let stalled = self.writes.beat.is_some() && !ready;
        let beat_bytes = self.writes.beat.as_ref().map_or(0, |beat| u64::from(beat.bytes));
        let (clusters, completions, msix) = (&self.clusters, &self.completions, &self.msix);
        now.written = self.writes.cycle(
            ready,
            |source| !hold && (!fatal || source >= lanes),
            |source| match clusters.get(source) {
                Some(cluster) => cluster.output().line().map(|line| line.beat()),
                None if source == lanes => completions.beat.clone(),
                None => msix.beat.clone(),
            },
        );
        self.counters.add(counter_at::STALL_WRITE_LINK, u64::from(stalled));
        if ready {
            self.counters.add(counter_at::WRITTEN_BYTES, beat_bytes);
        }
    }

    /// Completions on their way to the host.
    pub(super) fn answer(&mut self, entry: Option<(usize, Entry)>, now: &Now, epoch: u8) {
        let lanes = self.clusters.len();
        let taken = now.written == Some(lanes);
        let hold = self.registers.completion_hold;
        self.completions.cycle(taken, hold, &mut self.gather, &self.rings);
        let refused = self.gather.cycle(entry, &self.rings, epoch);
        self.counters.add(counter_at::REFUSED, u64::from(refused));
    }

    pub(super) fn run_rings(&mut self, write: Option<(u32, u32)>, now: &mut Now) {
        let target = write.and_then(|(offset, value)| {
            let at = (offset & !3).checked_sub(register::RING_SQ_BASE)?;
            let register = register::RING_SQ_BASE + at % register::RING_STRIDE;
            Some(((at / register::RING_STRIDE) as usize, (register, value)))
        });
        for (index, ring) in self.rings.iter_mut().enumerate() {
            let write = target.filter(|(ring, _)| *ring == index).map(|(_, write)| write);
            if write.is_none() && ring.is_still() {
                continue;
            }
            if ring.moderation.fires() {
                now.fire |= 1 << ring.config.vector;
            }
            self.counters.add(counter_at::STALL_CREDIT, u64::from(ring.lacks_credit()));
            let (errors, begins) = ring.cycle(&ring_inputs(now, index, write));
            self.errors.report(errors.bits(), index as u8, 0);
            if begins {
                self.gather.rings[index].put = 0;
            }
        }
        let fire = now.fire | u32::from(self.errors.fires());
        let sent = now.written == Some(self.clusters.len() + 1);
        self.counters.add(counter_at::INTERRUPTS, u64::from(sent));
        self.msix.cycle(fire, write, sent);
    }

    pub(super) fn count(&mut self, now: &Now) {
        let counters = &mut self.counters;
        counters.add(counter_at::CYCLES, u64::from(!now.empty));
        let taken = matches!(now.left, Some(Left::Taken(_)));
        counters.add(counter_at::DESCRIPTORS, u64::from(taken));
        counters.add(counter_at::COMPLETIONS, now.commit.map_or(0, |(_, count, _)| count.into()));
        let reads = self.reads.counts;
        counters.add(counter_at::READ_BYTES, reads.bytes.into());
        counters.add(counter_at::READS, u64::from(reads.bytes != 0));
        counters.add(counter_at::STALL_READ_TAG, u64::from(reads.waits_tag));
        counters.add(counter_at::STALL_READ_LINK, u64::from(reads.waits_link));
        for (lane, cluster) in (0..).zip(&self.clusters) {
            let counted = cluster.counted();
            counters.add(counter_at::LANE_FORWARD + lane, u64::from(counted.forward));
            counters.add(counter_at::LANE_INVERSE + lane, u64::from(counted.inverse));
            counters.add(counter_at::LANE_GHASH + lane, u64::from(counted.ghash));
            counters.add(counter_at::LANE_IDLE + lane, u64::from(counted.idle));
            counters.add(counter_at::LANE_GHASH_STALL + lane, u64::from(counted.ghash_stall));
            counters.add(counter_at::LANE_JOBS + lane, u64::from(counted.job));
        }
    }
}

fn ring_inputs(now: &Now, index: usize, write: Option<(u32, u32)>) -> RingInputs {
    let commit = now.commit.filter(|(ring, ..)| *ring == index);
    RingInputs {
        write,
        fetched: now.fetched == Some(index),
        taken: now.left == Some(Left::Taken(index as u8)),
        lost: lost(now.left, index),
        committed: commit.map_or(0, |(_, count, _)| count),
        urgent: commit.is_some_and(|(_, _, urgent)| urgent),
    }
}

fn lost(left: Option<Left>, index: usize) -> Option<u16> {
    match left {
        Some(Left::Lost(ring, count)) if usize::from(ring) == index => Some(count),
        _ => None,
    }
}
