//! What the host commands and what faults do: register accesses taken, resets, hangs, removal.

use super::{Simulation, State};
use crate::fault::{FaultKind, Victim};
use crate::host::{Answer, Command, HostError};
use crate::limits::RESET_CYCLES;
use crate::pins::Outputs;

impl Simulation {
    pub(super) fn take_commands(&mut self) {
        let now_ps = self.now_ps();
        while self.room() {
            let Some(command) = self.shared.commands.pop() else { break };
            match command {
                Command::Write { offset, value } => self.write_register(now_ps, offset, value),
                Command::Read { offset, answer } => self.read_register(now_ps, offset, answer),
                Command::Reset { answer } => self.ask_reset(answer),
                Command::Plug { answer } => self.plug(answer),
                Command::Advance { time_ps } => self.advance_ps = self.advance_ps.max(time_ps),
                Command::Inject { fault } => {
                    self.wire.arm(fault);
                }
                Command::Trace { trace } => self.wire.trace = trace,
                Command::Count { answer } => answer.give(Ok(self.statistics())),
            }
        }
    }

    /// Whether a register access can be taken. A device without a clock makes no room, but the
    /// reset behind the accesses has to get through: they are lost then.
    fn room(&self) -> bool {
        self.registers.room() || matches!(self.state, State::Hung(_) | State::Removed)
    }

    fn write_register(&mut self, now_ps: u64, offset: u32, value: u32) {
        if self.state != State::Removed && self.registers.room() {
            self.registers.write(&mut self.wire, now_ps, offset, value);
        }
    }

    fn read_register(&mut self, now_ps: u64, offset: u32, answer: Answer<u32>) {
        if self.state == State::Removed {
            answer.give(Err(HostError::Removed));
        } else if self.registers.room() {
            self.registers.read(&mut self.wire, now_ps, offset, answer);
        } else {
            answer.give(Err(HostError::Busy));
        }
    }

    fn ask_reset(&mut self, answer: Answer<()>) {
        if self.state == State::Removed {
            answer.give(Err(HostError::Removed));
            return;
        }
        self.resetting.push(answer);
        self.begin_reset();
    }

    fn plug(&mut self, answer: Answer<()>) {
        if self.state == State::Removed {
            self.resetting.push(answer);
            self.begin_reset();
        } else {
            answer.give(Ok(()));
        }
    }

    /// Packets under way are discarded, and memory is out of reach until the reset is over.
    pub(super) fn begin_reset(&mut self) {
        self.wire.epoch = self.wire.epoch.wrapping_add(1);
        self.wire.window.open = false;
        self.wire.counts.resets += 1;
        self.writes.clear(&self.wire);
        self.reads.clear(&self.wire);
        self.events.forget_reads();
        self.registers.clear(HostError::Reset);
        self.outputs = Outputs::default();
        self.state = State::Reset(RESET_CYCLES);
    }

    pub(super) fn hold_reset(&mut self, left: u32) {
        self.inputs.reset = true;
        self.state = State::Reset(left.saturating_sub(1));
        if left <= 1 {
            self.state = State::Running;
            self.wire.window.open = true;
            for answer in self.resetting.drain(..) {
                answer.give(Ok(()));
            }
        }
    }

    pub(super) fn strike_clock(&mut self, now_ps: u64) {
        match self.wire.strike(Victim::Clock, now_ps, 0) {
            Some(FaultKind::Hang(0)) => self.state = State::Hung(None),
            Some(FaultKind::Hang(time_ps)) => self.state = State::Hung(Some(now_ps + time_ps)),
            Some(FaultKind::Removal) => self.remove(),
            _ => {}
        }
    }

    /// What is on its way to the host still lands.
    fn remove(&mut self) {
        self.state = State::Removed;
        self.writes.drop_open();
        self.reads.clear(&self.wire);
        self.events.forget_reads();
        self.registers.clear(HostError::Removed);
        self.outputs = Outputs::default();
    }
}
