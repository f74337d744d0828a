//! A device that does what a script says, and a log of what it saw.

use pcie_sim::{
    Completion, Config, Device, Inputs, Outputs, ReadRequest, Region, Simulation, Tlp, TlpKind,
    Trace, TraceHash, WriteBeat,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

pub(crate) const CLOCK_KHZ: u32 = 250_000;
pub(crate) const CYCLE_PS: u64 = 4000;

/// What to do next; writes and reads each in their order, side by side.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) reads: VecDeque<ReadRequest>,
    pub(crate) writes: VecDeque<WriteBeat>,
    /// Reads wait until all writes were taken.
    pub(crate) writes_first: bool,
    /// Nothing is done before the first register write.
    started: bool,
    /// The device says that it is never idle, so that cycles can be counted.
    pub(crate) awake: bool,
    pub(crate) seen: Vec<Seen>,
    cycle: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) cycle: u64,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Reset,
    Write(u32, u32),
    Read(u32),
    Data(Completion),
    Requested(u8),
    Sent(u64),
}

pub(crate) type Shared = Arc<Mutex<Script>>;

struct Scripted {
    script: Shared,
    answer: Option<u32>,
}

impl Device for Scripted {
    fn clock_khz(&self) -> u32 {
        CLOCK_KHZ
    }

    fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs) {
        let mut script = self.script.lock().unwrap();
        let script = &mut *script;
        script.cycle += 1;
        script.log(inputs, outputs);
        if inputs.reset {
            (*outputs, self.answer) = (Outputs::default(), None);
            (script.reads, script.writes, script.started) = Default::default();
            return;
        }
        script.started |= inputs.mmio_write.is_some();
        outputs.mmio_read = self.answer.take();
        self.answer = inputs.mmio_read.map(|offset| offset + 1);
        if !script.started {
            outputs.idle = self.answer.is_none() && !script.awake;
            return;
        }
        if inputs.write_ready || outputs.write.is_none() {
            outputs.write = script.writes.pop_front();
        }
        let held = script.writes_first && outputs.write.is_some();
        if inputs.read_ready || outputs.read.is_none() {
            outputs.read = if held { None } else { script.reads.pop_front() };
        }
        outputs.idle = outputs.write.is_none() && outputs.read.is_none() && self.answer.is_none();
        outputs.idle &= !script.awake;
    }
}

impl Script {
    fn log(&mut self, inputs: &Inputs, before: &Outputs) {
        let taken = before.read.filter(|_| inputs.read_ready).map(|read| What::Requested(read.tag));
        let sent = before.write.as_ref().filter(|_| inputs.write_ready);
        let all = [
            inputs.reset.then_some(What::Reset),
            inputs.mmio_write.map(|(offset, value)| What::Write(offset, value)),
            inputs.mmio_read.map(What::Read),
            inputs.completion.clone().map(What::Data),
            taken,
            sent.map(|beat| What::Sent(beat.address)),
        ];
        let cycle = self.cycle;
        self.seen.extend(all.into_iter().flatten().map(|what| Seen { cycle, what }));
    }
}

/// A simulation of the scripted device, with a region of memory that counts up.
pub(crate) struct Bench {
    pub(crate) simulation: Simulation,
    pub(crate) script: Shared,
    pub(crate) memory: Region,
}

impl Bench {
    pub(crate) fn new(config: Config) -> Self {
        let script = Shared::default();
        let device = Scripted { script: Arc::clone(&script), answer: None };
        let simulation = Simulation::new(config, Box::new(device));
        let memory = simulation.host().allocate(1 << 16).unwrap();
        let bytes: Vec<u8> = (0..1 << 16).map(pattern).collect();
        memory.store(0, &bytes).unwrap();
        Self { simulation, script, memory }
    }

    pub(crate) fn bus(&self) -> u64 {
        self.memory.bus()
    }

    pub(crate) fn ask(&mut self, at: u64, bytes: u16, tag: u8) {
        let address = self.bus() + at;
        let read = ReadRequest { address, bytes, tag };
        self.script.lock().unwrap().reads.push_back(read);
    }

    /// A packet of whole lines.
    pub(crate) fn send(&mut self, at: u64, lines: u64, fill: u8) {
        for line in 0..lines {
            let address = self.bus() + at + 64 * line;
            let last = line + 1 == lines;
            let beat = WriteBeat { address, data: [fill; 64], bytes: 64, last };
            self.script.lock().unwrap().writes.push_back(beat);
        }
    }

    pub(crate) fn interrupt(&mut self, vector: u32) {
        let mut data = [0; 64];
        data[..4].copy_from_slice(&vector.to_le_bytes());
        let beat = WriteBeat { address: 0xfee0_0000, data, bytes: 4, last: true };
        self.script.lock().unwrap().writes.push_back(beat);
    }

    /// Lets the device do its script, for 1 ms at most.
    pub(crate) fn run(&mut self) {
        self.go();
        assert!(self.simulation.run_until_idle(1_000_000_000), "not idle within 1 ms");
    }

    pub(crate) fn go(&mut self) {
        self.simulation.write(0, 0).unwrap();
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.script.lock().unwrap().seen.clone()
    }

    /// The beats of a tag that came: (cycle, beat).
    pub(crate) fn beats(&self, tag: u8) -> Vec<(u64, Completion)> {
        let beat = |seen: Seen| match seen.what {
            What::Data(beat) if beat.tag == tag => Some((seen.cycle, beat)),
            _ => None,
        };
        self.seen().into_iter().filter_map(beat).collect()
    }

    /// The data of a tag, in the order in which it came, without the padding of the last beat.
    pub(crate) fn data(&self, tag: u8, bytes: usize) -> Vec<u8> {
        let mut data: Vec<u8> = self.beats(tag).iter().flat_map(|beat| beat.1.data).collect();
        data.truncate(bytes);
        data
    }

    pub(crate) fn load(&self, at: usize, bytes: usize) -> Vec<u8> {
        let mut data = vec![0; bytes];
        self.memory.load(at, &mut data).unwrap();
        data
    }
}

/// What the memory holds at first.
pub(crate) fn pattern(at: usize) -> u8 {
    (at * 7 + at / 256 * 3) as u8
}

pub(crate) fn expected(at: usize, bytes: usize) -> Vec<u8> {
    (at..at + bytes).map(pattern).collect()
}

/// A packet without its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) time_ps: u64,
    pub(crate) kind: TlpKind,
    pub(crate) address: u64,
    pub(crate) bytes: u32,
    pub(crate) tag: u8,
}

#[derive(Default)]
pub(crate) struct Record {
    pub(crate) packets: Vec<Packet>,
    pub(crate) hash: TraceHash,
}

impl Record {
    pub(crate) fn of(&self, kind: TlpKind) -> Vec<Packet> {
        self.packets.iter().filter(|packet| packet.kind == kind).cloned().collect()
    }
}

/// A trace sink, and what it collects.
pub(crate) fn recorder() -> (Trace, Arc<Mutex<Record>>) {
    let record = Arc::new(Mutex::new(Record::default()));
    let sink = Arc::clone(&record);
    let trace = move |tlp: &Tlp<'_>| {
        let mut record = sink.lock().unwrap();
        record.hash.add(tlp);
        let &Tlp { time_ps, kind, address, bytes, tag, .. } = tlp;
        record.packets.push(Packet { time_ps, kind, address, bytes, tag });
    };
    (Box::new(trace), record)
}
