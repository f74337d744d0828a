//! Counts of what went over the link.

/// One direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// Packets.
    pub tlps: u64,
    /// Bytes on the link, with framing and headers.
    pub bytes: u64,
    /// Bytes of payload.
    pub payload_bytes: u64,
    /// Time for which the direction was occupied, ps.
    pub busy_ps: u64,
}

impl Direction {
    /// Share of a span of time for which the direction was occupied.
    pub fn utilisation(&self, span_ps: u64) -> f64 {
        if span_ps == 0 { 0.0 } else { self.busy_ps as f64 / span_ps as f64 }
    }
}

/// Counts since the simulation began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Virtual time of the snapshot, ps.
    pub time_ps: u64,
    /// Clock cycles for which the device was stepped.
    pub cycles: u64,
    /// Clock cycles that were skipped because nothing was to do.
    pub cycles_skipped: u64,
    /// From the device to the host.
    pub upstream: Direction,
    /// From the host to the device.
    pub downstream: Direction,
    /// Reads that the device asked for.
    pub reads: u64,
    /// Reads answered with an error because their range was not mapped.
    pub reads_unmapped: u64,
    /// Write packets that landed.
    pub writes: u64,
    /// Write packets dropped because their range was not mapped.
    pub writes_unmapped: u64,
    /// Write packets of the time before a reset that arrived after it, and were dropped.
    pub writes_late: u64,
    /// Interrupt messages that arrived.
    pub interrupts: u64,
    /// Register writes that the device saw.
    pub register_writes: u64,
    /// Register reads that were answered.
    pub register_reads: u64,
    /// Things the device must not do: a tag used twice, a beat of no length or across a line.
    pub violations: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Resets of the device.
    pub resets: u64,
    /// Cycles in which a read request waited for the link.
    pub read_stall_cycles: u64,
    /// Cycles in which a write beat waited for the link.
    pub write_stall_cycles: u64,
}

impl Statistics {
    /// What happened since an earlier snapshot of the same simulation.
    pub fn since(&self, earlier: &Self) -> Self {
        let direction = |a: &Direction, b: &Direction| Direction {
            tlps: a.tlps - b.tlps,
            bytes: a.bytes - b.bytes,
            payload_bytes: a.payload_bytes - b.payload_bytes,
            busy_ps: a.busy_ps - b.busy_ps,
        };
        Self {
            time_ps: self.time_ps - earlier.time_ps,
            cycles: self.cycles - earlier.cycles,
            cycles_skipped: self.cycles_skipped - earlier.cycles_skipped,
            upstream: direction(&self.upstream, &earlier.upstream),
            downstream: direction(&self.downstream, &earlier.downstream),
            reads: self.reads - earlier.reads,
            reads_unmapped: self.reads_unmapped - earlier.reads_unmapped,
            writes: self.writes - earlier.writes,
            writes_unmapped: self.writes_unmapped - earlier.writes_unmapped,
            writes_late: self.writes_late - earlier.writes_late,
            interrupts: self.interrupts - earlier.interrupts,
            register_writes: self.register_writes - earlier.register_writes,
            register_reads: self.register_reads - earlier.register_reads,
            violations: self.violations - earlier.violations,
            faults: self.faults - earlier.faults,
            resets: self.resets - earlier.resets,
            read_stall_cycles: self.read_stall_cycles - earlier.read_stall_cycles,
            write_stall_cycles: self.write_stall_cycles - earlier.write_stall_cycles,
        }
    }
}
