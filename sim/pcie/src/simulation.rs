//! The simulation: device, link and virtual time, owned by one thread.

mod control;

use crate::clock::Clock;
use crate::config::Config;
use crate::events::{Event, Events};
use crate::fault::{Fault, Strike};
use crate::host::{Answer, Host, HostError, Shared, Ticket};
use crate::pins::{Device, Inputs, Outputs};
use crate::reads::Reads;
use crate::registers::Registers;
use crate::statistics::Statistics;
use crate::trace::Trace;
use crate::wire::Wire;
use crate::writes::Writes;
use std::sync::Arc;

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The device was clocked once.
    Cycle,
    /// Nothing was to do until a later time; virtual time went there.
    Skip,
    /// Nothing is pending; virtual time stands still.
    Idle,
}

/// A device behind a link.
///
/// ```
/// use pcie_sim::{Config, Simulation, sample::{CopyEngine, registers}};
///
/// let mut simulation = Simulation::new(Config::default(), Box::new(CopyEngine::new(250_000)));
/// let host = simulation.host();
/// let memory = host.allocate(8192)?;
/// memory.store(0, b"over the link and back")?;
/// CopyEngine::start(&host, memory.bus(), memory.bus() + 4096, 64, 1)?;
/// assert!(simulation.run_until_idle(10_000_000), "within 10 us");
///
/// let mut copy = [0; 22];
/// memory.load(4096, &mut copy)?;
/// assert_eq!(&copy, b"over the link and back");
/// assert_eq!(simulation.read(registers::DONE)?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Simulation {
    device: Box<dyn Device>,
    inputs: Inputs,
    outputs: Outputs,
    clock: Clock,
    state: State,
    wire: Wire,
    events: Events,
    registers: Registers,
    reads: Reads,
    writes: Writes,
    resetting: Vec<Answer<()>>,
    advance_ps: u64,
    shared: Arc<Shared>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    /// Cycles of reset that remain.
    Reset(u32),
    /// Not clocked, until a time or until reset.
    Hung(Option<u64>),
    Removed,
}

impl Simulation {
    /// A simulation at time 0. The device is not reset first: [`Simulation::reset`] does that.
    pub fn new(config: Config, device: Box<dyn Device>) -> Self {
        let shared = Arc::new(Shared::new());
        let wire = Wire::new(&config, &shared);
        Self {
            clock: Clock::new(device.clock_khz()),
            device,
            inputs: Inputs::default(),
            outputs: Outputs::default(),
            state: State::Running,
            events: Events::default(),
            registers: Registers::default(),
            reads: Reads::new(&wire),
            writes: Writes::new(&wire),
            resetting: Vec::new(),
            advance_ps: 0,
            wire,
            shared,
        }
    }

    /// A handle of the host's side.
    pub fn host(&self) -> Host {
        Host::new(Arc::clone(&self.shared))
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Virtual time in picoseconds.
    pub fn now_ps(&self) -> u64 {
        self.clock.now_ps()
    }

    /// Counts since time 0.
    pub fn statistics(&self) -> Statistics {
        self.wire.statistics(self.now_ps())
    }

    /// Arms a fault. False when [`limits::FAULTS`](crate::limits::FAULTS) are armed.
    pub fn inject(&mut self, fault: Fault) -> bool {
        self.wire.arm(fault)
    }

    /// The faults that struck, up to [`limits::STRIKES`](crate::limits::STRIKES).
    pub fn strikes(&self) -> &[Strike] {
        self.wire.faults.strikes()
    }

    /// Sets, or with `None` ends, the record of packets.
    pub fn trace(&mut self, trace: Option<Trace>) {
        self.wire.trace = trace;
    }

    /// Does what is next: one clock cycle, or a leap of time when nothing is to do.
    #[inline]
    pub fn step(&mut self) -> Step {
        self.settle();
        if self.quiet() { self.skip() } else { self.cycle() }
    }

    /// Clocks the device this many times, without leaping. While it hangs or is gone only time
    /// passes.
    pub fn step_cycles(&mut self, cycles: u64) {
        for _ in 0..cycles {
            self.settle();
            if matches!(self.state, State::Hung(_) | State::Removed) {
                self.clock.tick();
                self.wire.publish(self.now_ps());
            } else {
                self.cycle();
            }
        }
    }

    /// Steps until nothing is pending, or `limit_ps` of virtual time have passed. True when
    /// nothing is pending.
    pub fn run_until_idle(&mut self, limit_ps: u64) -> bool {
        let end_ps = self.now_ps().saturating_add(limit_ps);
        while self.now_ps() < end_ps {
            if self.step() == Step::Idle {
                return true;
            }
        }
        false
    }

    /// Steps until virtual time is `time_ps` or at most one cycle later.
    pub fn advance_to(&mut self, time_ps: u64) {
        self.advance_ps = self.advance_ps.max(time_ps);
        while self.now_ps() < time_ps {
            self.step();
        }
    }

    /// Writes a register.
    ///
    /// # Errors
    /// See [`Host::write`].
    pub fn write(&mut self, offset: u32, value: u32) -> Result<(), HostError> {
        self.host().write(offset, value)
    }

    /// Reads a register and steps until the answer is there.
    ///
    /// # Errors
    /// See [`Host::read`].
    pub fn read(&mut self, offset: u32) -> Result<u32, HostError> {
        let ticket = self.host().read(offset)?;
        self.finish(&ticket)
    }

    /// Resets the function and steps until that is done.
    ///
    /// # Errors
    /// See [`Host::reset`].
    pub fn reset(&mut self) -> Result<(), HostError> {
        let ticket = self.host().reset()?;
        self.finish(&ticket)
    }

    /// Steps until a ticket is answered. Every ticket is, at the latest after the timeout of
    /// register reads.
    ///
    /// # Errors
    /// What the answer says; [`HostError::Timeout`] for a ticket of another simulation.
    pub fn finish<T: Copy>(&mut self, ticket: &Ticket<T>) -> Result<T, HostError> {
        loop {
            let step = self.step();
            if let Some(answer) = ticket.poll() {
                return answer;
            }
            if step == Step::Idle && self.shared.commands.is_empty() {
                return Err(HostError::Timeout);
            }
        }
    }

    /// Everything that has arrived by now takes effect, in the order of time on each path.
    #[inline]
    fn settle(&mut self) {
        if !self.shared.commands.is_empty() {
            self.take_commands();
        }
        let now_ps = self.now_ps();
        self.writes.settle(&mut self.wire, &mut self.events, now_ps);
        while let Some((time_ps, event)) = self.events.pop(now_ps) {
            match event {
                Event::Data(place, serial) => {
                    let read = (place, serial);
                    self.reads.data(&mut self.wire, &mut self.events, time_ps, read);
                }
                Event::Handler(vector) => self.shared.call(vector),
            }
        }
        self.registers.settle(now_ps);
        if let State::Hung(Some(until_ps)) = self.state
            && until_ps <= now_ps
        {
            self.state = State::Running;
        }
    }

    /// Whether the device needs no clock now.
    #[inline]
    fn quiet(&self) -> bool {
        match self.state {
            State::Hung(_) | State::Removed => true,
            State::Reset(_) => false,
            State::Running => {
                let out = &self.outputs;
                let silent = out.idle && out.read.is_none() && out.write.is_none();
                silent && self.arrival_ps().is_none_or(|time_ps| time_ps > self.now_ps())
            }
        }
    }

    fn arrival_ps(&self) -> Option<u64> {
        self.registers.arrival_ps().into_iter().chain(self.reads.arrival_ps()).min()
    }

    fn skip(&mut self) -> Step {
        let Some(due_ps) = self.due_ps() else { return Step::Idle };
        let time_ps = due_ps.max(self.now_ps() + 1);
        self.wire.counts.cycles_skipped += self.clock.jump(time_ps);
        self.wire.publish(self.now_ps());
        Step::Skip
    }

    /// When something happens next.
    fn due_ps(&self) -> Option<u64> {
        let wakes = match self.state {
            State::Running => self.arrival_ps(),
            State::Hung(until_ps) => until_ps,
            State::Reset(_) | State::Removed => None,
        };
        let advance = (self.advance_ps > self.now_ps()).then_some(self.advance_ps);
        let paths = [wakes, advance, self.events.due_ps(), self.writes.due_ps()];
        paths.into_iter().chain([self.registers.due_ps()]).flatten().min()
    }

    fn cycle(&mut self) -> Step {
        let now_ps = self.now_ps();
        self.inputs = Inputs::default();
        if let State::Reset(left) = self.state {
            self.hold_reset(left);
            self.clock_device(now_ps);
            return Step::Cycle;
        }
        self.strike_clock(now_ps);
        if self.state == State::Running {
            self.registers.deliver(&mut self.wire, now_ps, &mut self.inputs);
            self.inputs.completion = self.reads.deliver(now_ps);
            self.take_outputs(now_ps);
        }
        if self.state == State::Running {
            self.clock_device(now_ps);
        }
        Step::Cycle
    }

    fn clock_device(&mut self, now_ps: u64) {
        self.device.cycle(&self.inputs, &mut self.outputs);
        self.wire.counts.cycles += 1;
        if self.inputs.reset {
            self.outputs = Outputs::default();
        } else if let Some(value) = self.outputs.mmio_read {
            let landed_ps = self.writes.landed_ps();
            self.registers.answer(&mut self.wire, now_ps, value, landed_ps);
        }
        self.clock.tick();
        self.wire.publish(self.now_ps());
    }

    /// What the device shows is taken, where there is room.
    fn take_outputs(&mut self, now_ps: u64) {
        let mut burst_reset = false;
        if let Some(beat) = &self.outputs.write {
            self.inputs.write_ready = self.writes.ready(&self.wire, now_ps);
            if self.inputs.write_ready {
                burst_reset = self.writes.take(&mut self.wire, now_ps, beat);
            }
            self.wire.counts.write_stall_cycles += u64::from(!self.inputs.write_ready);
        }
        if let Some(request) = self.outputs.read {
            self.inputs.read_ready = self.reads.ready(&self.wire, now_ps, &request);
            if self.inputs.read_ready {
                let landed_ps = self.writes.landed_ps();
                let (wire, events) = (&mut self.wire, &mut self.events);
                self.reads.take(wire, events, now_ps, request, landed_ps);
            }
            self.wire.counts.read_stall_cycles += u64::from(!self.inputs.read_ready);
        }
        if burst_reset {
            self.begin_reset();
        }
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.shared.close();
    }
}
