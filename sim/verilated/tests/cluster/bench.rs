//! Drives a cluster as the front does: admits jobs, feeds their input after a latency, takes
//! output, and compares every end of a job with what its job says.

use crate::jobs::{Job, Kind, OK, Slot, Wish};
use crate::random::Random;
use std::collections::VecDeque;
use verilated::{Port, Unit};

/// Bytes between the outputs of two jobs: nothing may be written outside.
const STRIDE: u64 = 8192;
/// A job that takes longer is lost.
const CYCLES_MAX: u64 = 200_000;

/// How the cluster is driven.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// Cycles between two admissions, at least.
    pub(crate) interval: u64,
    /// Cycles from an admission to the first line of input.
    pub(crate) latency: u64,
    /// Of 16 cycles, how many take output, ends of jobs, and loaded keys.
    pub(crate) ready: usize,
}

pub(crate) const FULL_SPEED: Pace = Pace { interval: 4, latency: 150, ready: 16 };

struct Running {
    job: Job,
    output: Vec<u8>,
}

struct Arrival {
    due: u64,
    ctx: u64,
    /// Line number and data; none if there is no input.
    line: Option<(u64, Vec<u8>)>,
    last: bool,
    error: bool,
}

struct Inputs {
    in_valid: Port,
    in_ctx: Port,
    in_line: Port,
    in_data: Port,
    start_valid: Port,
    start_ctx: Port,
    start_error: Port,
    job_valid: Port,
    ctx_take: Port,
    out_ready: Port,
    done_ready: Port,
    kl_ready: Port,
}

impl Inputs {
    fn of(unit: &Unit) -> Self {
        Self {
            in_valid: unit.port("in_valid_i"),
            in_ctx: unit.port("in_ctx_i"),
            in_line: unit.port("in_line_i"),
            in_data: unit.port("in_data_i"),
            start_valid: unit.port("start_valid_i"),
            start_ctx: unit.port("start_ctx_i"),
            start_error: unit.port("start_error_i"),
            job_valid: unit.port("job_valid_i"),
            ctx_take: unit.port("ctx_take_i"),
            out_ready: unit.port("out_ready_i"),
            done_ready: unit.port("done_ready_i"),
            kl_ready: unit.port("kl_ready_i"),
        }
    }
}

struct Outputs {
    ctx_valid: Port,
    ctx_id: Port,
    out_valid: Port,
    out_addr: Port,
    out_data: Port,
    out_bytes: Port,
    out_last: Port,
    done_valid: Port,
    done_tag: Port,
    done_status: Port,
    done_bytes: Port,
    done_cycles: Port,
    done_inline: Port,
    kl_valid: Port,
    kl_tag: Port,
    events: Port,
    busy: Port,
    fatal: Port,
}

impl Outputs {
    fn of(unit: &Unit) -> Self {
        Self {
            ctx_valid: unit.port("ctx_valid_o"),
            ctx_id: unit.port("ctx_id_o"),
            out_valid: unit.port("out_valid_o"),
            out_addr: unit.port("out_addr_o"),
            out_data: unit.port("out_data_o"),
            out_bytes: unit.port("out_bytes_o"),
            out_last: unit.port("out_last_o"),
            done_valid: unit.port("done_valid_o"),
            done_tag: unit.port("done_tag_o"),
            done_status: unit.port("done_status_o"),
            done_bytes: unit.port("done_bytes_o"),
            done_cycles: unit.port("done_cycles_o"),
            done_inline: unit.port("done_inline_o"),
            kl_valid: unit.port("kl_valid_o"),
            kl_tag: unit.port("kl_tag_o"),
            events: unit.port("events_o"),
            busy: unit.port("busy_o"),
            fatal: unit.port("fatal_o"),
        }
    }
}

pub(crate) struct Bench {
    unit: Unit,
    i: Inputs,
    o: Outputs,
    pub(crate) cycle: u64,
    pace: Pace,
    random: Random,
    next_admission: u64,
    arrivals: VecDeque<Arrival>,
    running: Vec<Option<Running>>,
    backlog: VecDeque<usize>,
    started: Vec<u64>,
    /// Forward, inverse, GHASH, idle, stall, job: how often.
    pub(crate) events: [u64; 6],
    /// What the cluster showed, but no data: cycle, and what.
    pub(crate) trace: Vec<(u64, u64)>,
    pub(crate) ended: usize,
}

impl Bench {
    pub(crate) fn new(seed: u64) -> Self {
        println!("seed {seed}");
        let mut unit = Unit::open("cluster_unit").expect("hdl/tb/cluster_unit was built");
        unit.reset();
        Self {
            i: Inputs::of(&unit),
            o: Outputs::of(&unit),
            unit,
            cycle: 0,
            pace: FULL_SPEED,
            random: Random::new(seed ^ 0x5eed),
            next_admission: 0,
            arrivals: VecDeque::new(),
            running: Vec::new(),
            backlog: VecDeque::new(),
            started: Vec::new(),
            events: [0; 6],
            trace: Vec::new(),
            ended: 0,
        }
    }

    /// Fills slots 0 to `count` - 1 with keys of all lengths.
    pub(crate) fn fill(&mut self, random: &mut Random, count: u8, gcm: bool) -> Vec<Slot> {
        let slot = |slot| Slot::new(slot, random.bytes(16 + 8 * (usize::from(slot) % 3)));
        let slots: Vec<Slot> = (0..count).map(slot).collect();
        for slot in &slots {
            self.load(slot, gcm);
        }
        slots
    }

    /// Expands a key into its slot, and derives what is derived from it.
    pub(crate) fn load(&mut self, slot: &Slot, gcm: bool) {
        let mut key = slot.key.bytes().to_vec();
        key.resize(32, 0);
        self.put("key_slot_i", slot.slot.into());
        self.put("key_len_i", slot.length().into());
        let port = self.unit.port("key_i");
        self.unit.set_bytes(port, &key);
        self.pulse("key_valid_i", "key_done_o");
        self.put("init_gcm_i", gcm.into());
        self.pulse("init_valid_i", "init_done_o");
    }

    pub(crate) fn zeroise(&mut self, slot: u8) {
        self.put("zero_slot_i", slot.into());
        self.put("zero_valid_i", 1);
        self.step();
        self.put("zero_valid_i", 0);
    }

    fn pulse(&mut self, start: &str, done: &str) {
        let done = self.unit.port(done);
        self.put(start, 1);
        self.step();
        self.put(start, 0);
        let mut waited = 0;
        while self.unit.value(done) == 0 {
            self.step();
            waited += 1;
            assert!(waited < 2000, "{start} has no end");
        }
    }

    fn put(&mut self, name: &str, value: u64) {
        let port = self.unit.port(name);
        self.unit.set(port, value);
    }

    /// Runs all jobs to their end.
    pub(crate) fn run(&mut self, jobs: Vec<Job>, pace: Pace) {
        self.submit(jobs, pace);
        self.finish();
    }

    /// Queues jobs, which run in the cycles that follow.
    pub(crate) fn submit(&mut self, jobs: Vec<Job>, pace: Pace) {
        self.pace = pace;
        self.next_admission = self.cycle;
        let first = self.running.len();
        self.backlog.extend(first..first + jobs.len());
        self.started.resize(first + jobs.len(), 0);
        for job in jobs {
            self.running.push(Some(Running { job, output: Vec::new() }));
        }
    }

    /// Jobs that have not ended.
    pub(crate) fn open(&self) -> usize {
        self.running.len() - self.ended
    }

    fn finish(&mut self) {
        let mut last_end = self.cycle;
        let mut ended = self.ended;
        while self.ended < self.running.len() {
            self.step();
            if self.ended != ended {
                (ended, last_end) = (self.ended, self.cycle);
            }
            assert!(self.cycle - last_end < CYCLES_MAX, "{ended} jobs ended, then none");
        }
        for _ in 0..1000 {
            if self.unit.value(self.o.busy) == 0 {
                break;
            }
            self.step();
        }
        assert_eq!(self.unit.value(self.o.busy), 0, "nothing is inside");
    }

    /// One cycle: inputs are set, outputs are read, the edge follows.
    fn step(&mut self) {
        let admitted = self.admit();
        let arrived = self.arrive();
        let ready = self.pace.ready;
        let mut ready = || u64::from(self.random.below(16) < ready);
        let [out_ready, done_ready, kl_ready] = [ready(), ready(), ready()];
        self.unit.set(self.i.out_ready, out_ready);
        self.unit.set(self.i.done_ready, done_ready);
        self.unit.set(self.i.kl_ready, kl_ready);
        self.unit.settle();
        self.watch();
        if out_ready == 1 && self.unit.value(self.o.out_valid) == 1 {
            self.take_beat();
        }
        if done_ready == 1 && self.unit.value(self.o.done_valid) == 1 {
            self.take_done();
        }
        if kl_ready == 1 && self.unit.value(self.o.kl_valid) == 1 {
            self.take_key();
        }
        self.unit.edge();
        self.cycle += 1;
        if admitted {
            self.unit.set(self.i.job_valid, 0);
            self.unit.set(self.i.ctx_take, 0);
        }
        if arrived {
            self.unit.set(self.i.in_valid, 0);
            self.unit.set(self.i.start_valid, 0);
        }
    }

    fn watch(&mut self) {
        assert_eq!(self.unit.value(self.o.fatal), 0, "illegal state in cycle {}", self.cycle);
        let events = self.unit.value(self.o.events);
        for (at, count) in self.events.iter_mut().enumerate() {
            *count += events >> (5 - at) & 1;
        }
        if events >> 4 != 0 {
            self.trace.push((self.cycle, events));
        }
    }

    fn admit(&mut self) -> bool {
        if self.cycle < self.next_admission || self.unit.value(self.o.ctx_valid) == 0 {
            return false;
        }
        let Some(number) = self.backlog.pop_front() else { return false };
        let ctx = self.unit.value(self.o.ctx_id);
        let job = self.running[number].as_ref().expect("it was not run").job.clone();
        self.started[number] = self.cycle;
        self.next_admission = self.cycle + self.pace.interval;
        self.put_job(&job, ctx, number);
        self.unit.set(self.i.job_valid, 1);
        self.unit.set(self.i.ctx_take, 1);
        self.expect_input(&job, ctx);
        true
    }

    fn put_job(&mut self, job: &Job, ctx: u64, number: usize) {
        let steps = job.steps.iter().rev().fold(0, |steps, step| steps << 8 | u64::from(*step));
        let key =
            |keys, &(slot, length): &(u8, u8)| keys << 9 | u64::from(slot) << 2 | u64::from(length);
        let values = [
            ("job_ctx_i", ctx),
            ("job_tag_i", number as u64),
            ("job_program_i", job.program.into()),
            ("job_key_load_i", job.key_load.into()),
            ("job_inline_i", job.inline.into()),
            ("job_start_cycle_i", self.cycle),
            ("job_steps_i", steps),
            ("job_keys_i", job.keys.iter().rev().fold(0, key)),
            ("job_word_i", job.word.into()),
            ("job_data_bytes_i", job.data_bytes as u64),
            ("job_data_block_i", job.data_block as u64),
            ("job_aad_in_bytes_i", job.aad_in.0 as u64),
            ("job_aad_in_block_i", job.aad_in.1 as u64),
            ("job_aad_out_bytes_i", job.aad_out.0 as u64),
            ("job_aad_out_block_i", job.aad_out.1 as u64),
            ("job_tag_block_i", job.tag_block as u64),
            ("job_output_addr_i", number as u64 * STRIDE),
            ("job_output_bytes_i", job.output_bytes as u64),
        ];
        for (name, value) in values {
            self.put(name, value);
        }
        for (name, block) in [("job_iv_i", job.iv), ("job_expected_i", job.expected)] {
            let port = self.unit.port(name);
            self.unit.set_bytes(port, &block);
        }
    }

    /// Lines of its input, with whatever lies behind the end of the last.
    fn expect_input(&mut self, job: &Job, ctx: u64) {
        let due = self.cycle + self.pace.latency.max(1);
        let mut lines: Vec<Vec<u8>> = job.input.chunks(64).map(<[u8]>::to_vec).collect();
        if let Some(last) = lines.last_mut() {
            let rest = self.random.bytes(64 - last.len());
            last.extend(rest);
        }
        let count = lines.len();
        let arrival = |line, last| Arrival { due, ctx, line, last, error: job.read_error };
        if count == 0 {
            self.arrivals.push_back(arrival(None, true));
        }
        for (number, data) in lines.into_iter().enumerate() {
            self.arrivals.push_back(arrival(Some((number as u64, data)), number + 1 == count));
        }
    }

    fn arrive(&mut self) -> bool {
        if self.arrivals.front().is_none_or(|arrival| arrival.due > self.cycle) {
            return false;
        }
        let arrival = self.arrivals.pop_front().expect("it was seen");
        if let Some((number, mut data)) = arrival.line {
            data.reverse();
            self.unit.set(self.i.in_valid, 1);
            self.unit.set(self.i.in_ctx, arrival.ctx);
            self.unit.set(self.i.in_line, number);
            self.unit.set_bytes(self.i.in_data, &data);
        }
        if arrival.last {
            self.unit.set(self.i.start_valid, 1);
            self.unit.set(self.i.start_ctx, arrival.ctx);
            self.unit.set(self.i.start_error, arrival.error.into());
        }
        true
    }

    fn take_beat(&mut self) {
        let address = self.unit.value(self.o.out_addr);
        let bytes = self.unit.value(self.o.out_bytes) as usize;
        let last = self.unit.value(self.o.out_last) == 1;
        let mut data = self.unit.bytes(self.o.out_data);
        data.reverse();
        let running = self.running[(address / STRIDE) as usize].as_mut();
        let running = running.expect("beats come before the end");
        assert_eq!(address % STRIDE, running.output.len() as u64, "beats come in order");
        running.output.extend(&data[..bytes]);
        assert!(data[bytes.next_multiple_of(16)..].iter().all(|byte| *byte == 0), "nothing else");
        let end = running.output.len() == running.job.output_bytes;
        assert_eq!(last, end || (address + 64).is_multiple_of(256), "a TLP ends here");
        self.trace.push((self.cycle, 1 << 40 | address << 8 | bytes as u64));
    }

    fn end(&mut self, number: usize) -> Running {
        self.ended += 1;
        self.running[number].take().expect("a job ends once")
    }

    fn take_done(&mut self) {
        let number = self.unit.value(self.o.done_tag) as usize;
        let status = self.unit.value(self.o.done_status);
        let bytes = self.unit.value(self.o.done_bytes) as usize;
        let mut running = self.end(number);
        let job = &running.job;
        assert!(!job.key_load, "the end of a key comes elsewhere");
        if job.inline {
            running.output = self.unit.bytes(self.o.done_inline);
            running.output.truncate(job.output.len());
        }
        let what = (number, &job.steps, job.data_bytes, job.aad_in, job.inline);
        assert_eq!(status, job.status.into(), "status of {what:?}");
        assert_eq!(bytes, job.output.len(), "bytes of {what:?}");
        assert!(running.output == job.output, "output of {what:?}");
        let cycles = self.unit.value(self.o.done_cycles);
        assert!(self.started[number] + cycles <= self.cycle, "cycles of {what:?}");
        self.trace.push((self.cycle, 2 << 40 | (number as u64) << 32 | cycles));
    }

    fn take_key(&mut self) {
        let number = self.unit.value(self.o.kl_tag) as usize;
        let mut value = |name| {
            let port = self.unit.port(name);
            self.unit.bytes(port)
        };
        let (mut header, key) = (value("kl_header_o"), value("kl_key_o"));
        let (ok, status, target) = (value("kl_ok_o"), value("kl_status_o"), value("kl_target_o"));
        header.reverse();
        let running = self.end(number);
        let job = &running.job;
        assert_eq!(status, [job.status], "status of key {number}");
        assert_eq!(ok, [u8::from(job.status == OK)]);
        assert_eq!(target, [number as u8 & 0x7f]);
        if !job.read_error {
            assert!(header == job.input[..64] && key == job.output, "key {number}");
        }
        self.trace.push((self.cycle, 3 << 40 | number as u64));
    }

    /// Runs `count` like jobs and tells the share of cycles in which the forward lane took a
    /// block, from the first full stretch to the last.
    pub(crate) fn occupancy(&mut self, jobs: Vec<Job>, pace: Pace) -> f64 {
        let from = self.trace.len();
        self.run(jobs, pace);
        let issues: Vec<u64> = self.trace[from..]
            .iter()
            .filter(|(_, what)| *what < 64 && what & 32 != 0)
            .map(|(cycle, _)| *cycle)
            .collect();
        let middle = &issues[issues.len() / 4..issues.len() * 3 / 4];
        (middle.len() - 1) as f64 / (middle[middle.len() - 1] - middle[0]) as f64
    }

    /// Like jobs under keys drawn at random.
    pub(crate) fn like(
        random: &mut Random,
        slots: &[Slot],
        kind: Kind,
        sizes: [usize; 2],
        count: usize,
    ) -> Vec<Job> {
        let wish = Wish { kind, bytes: sizes[0], aad_bytes: sizes[1], spoil: 0 };
        (0..count).map(|_| Job::new(random, slots, wish)).collect()
    }
}
