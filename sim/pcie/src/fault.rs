//! Faults, struck by schedule or by chance, and what was struck.

use crate::limits;
use crate::rng::Rng;
use std::ops::Range;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// A read's data never comes.
    DropCompletion,
    /// A read's data comes this many ps later.
    DelayCompletion(u64),
    /// A read's data comes twice.
    DuplicateCompletion,
    /// A read's data comes after that of the next read; legal, so nothing must go wrong.
    ReorderCompletion,
    /// The second half of a read's beats is missing and `last` stands early. A read of a single
    /// beat is lost: receivers discard a malformed packet.
    TruncateCompletion,
    /// A read's data comes marked as bad, with bits flipped.
    PoisonCompletion,
    /// The host answers a read as if its address were not mapped.
    BadAddress,
    /// One bit of a write's data is flipped.
    CorruptWrite,
    /// This write, and all behind it, are held up for this many ps. They survive a reset of the
    /// device: afterwards they count as late and are blocked.
    LateWrite(u64),
    /// An interrupt message is lost.
    LoseInterrupt,
    /// A register write is lost.
    LoseRegisterWrite,
    /// The device's clock stands for this many ps, or until reset when 0.
    Hang(u64),
    /// The device is gone until it is plugged in again.
    Removal,
    /// The device is reset between two beats of a write; the packet is lost. The host is not told.
    ResetInBurst,
}

/// What a fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Read,
    Write,
    Interrupt,
    RegisterWrite,
    Clock,
    Burst,
}

impl FaultKind {
    /// One of each, with times of 20 us.
    pub const ALL: [Self; 14] = [
        Self::DropCompletion,
        Self::DelayCompletion(20_000_000),
        Self::DuplicateCompletion,
        Self::ReorderCompletion,
        Self::TruncateCompletion,
        Self::PoisonCompletion,
        Self::BadAddress,
        Self::CorruptWrite,
        Self::LateWrite(20_000_000),
        Self::LoseInterrupt,
        Self::LoseRegisterWrite,
        Self::Hang(0),
        Self::Removal,
        Self::ResetInBurst,
    ];

    pub(crate) fn victim(self) -> Victim {
        match self {
            Self::DropCompletion
            | Self::DelayCompletion(_)
            | Self::DuplicateCompletion
            | Self::ReorderCompletion
            | Self::TruncateCompletion
            | Self::PoisonCompletion
            | Self::BadAddress => Victim::Read,
            Self::CorruptWrite | Self::LateWrite(_) => Victim::Write,
            Self::LoseInterrupt => Victim::Interrupt,
            Self::LoseRegisterWrite => Victim::RegisterWrite,
            Self::Hang(_) | Self::Removal => Victim::Clock,
            Self::ResetInBurst => Victim::Burst,
        }
    }
}

/// When a fault strikes. An opportunity is a read, a write packet, a register write and so on that
/// lies in the fault's range; for hangs and removal a clock cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The opportunity of this number, from 0; once.
    Nth(u64),
    /// The first opportunity at or after this time in ps; once.
    At(u64),
    /// Each opportunity with this probability, per million.
    Chance(u32),
}

/// A fault that waits for its opportunity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// When.
    pub trigger: Trigger,
    /// Only accesses that begin at these bus addresses (for register writes: offsets).
    pub within: Range<u64>,
}

impl Fault {
    /// Strikes once, at the opportunity of this number, from 0.
    pub const fn nth(kind: FaultKind, number: u64) -> Self {
        Self { kind, trigger: Trigger::Nth(number), within: 0..u64::MAX }
    }

    /// Strikes once, at the first opportunity at or after this time.
    pub const fn at(kind: FaultKind, time_ps: u64) -> Self {
        Self { kind, trigger: Trigger::At(time_ps), within: 0..u64::MAX }
    }

    /// Strikes each opportunity with this probability, per million.
    pub const fn chance(kind: FaultKind, ppm: u32) -> Self {
        Self { kind, trigger: Trigger::Chance(ppm), within: 0..u64::MAX }
    }

    /// The same for a range of addresses.
    pub fn within(self, within: Range<u64>) -> Self {
        Self { within, ..self }
    }

    /// A schedule made of a seed: `count` faults of the given kinds, at times in `0..horizon_ps`.
    pub fn schedule(seed: u64, kinds: &[FaultKind], count: usize, horizon_ps: u64) -> Vec<Self> {
        let mut rng = Rng::new(seed, 3);
        let mut pick = || {
            let kind = kinds.get(rng.below(kinds.len() as u64) as usize)?;
            Some(Self::at(*kind, rng.below(horizon_ps)))
        };
        (0..count.min(limits::FAULTS)).filter_map(|_| pick()).collect()
    }
}

/// A fault that struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Strike {
    /// What went wrong.
    pub kind: FaultKind,
    /// When, ps.
    pub time_ps: u64,
    /// The victim's address; 0 for clock faults.
    pub address: u64,
}

pub(crate) struct Injector {
    armed: Vec<Armed>,
    strikes: Vec<Strike>,
    struck: u64,
    rng: Rng,
}

struct Armed {
    fault: Fault,
    seen: u64,
}

impl Injector {
    pub(crate) fn new(seed: u64) -> Self {
        Self { armed: Vec::new(), strikes: Vec::new(), struck: 0, rng: Rng::new(seed, 2) }
    }

    /// Whether there was room.
    pub(crate) fn arm(&mut self, fault: Fault) -> bool {
        let room = self.armed.len() < limits::FAULTS;
        if room {
            self.armed.push(Armed { fault, seen: 0 });
        }
        room
    }

    pub(crate) fn strikes(&self) -> &[Strike] {
        &self.strikes
    }

    pub(crate) fn struck(&self) -> u64 {
        self.struck
    }

    pub(crate) fn next_bit(&mut self, bits: u64) -> u64 {
        self.rng.below(bits)
    }

    /// An opportunity: the fault that strikes it, if one does.
    #[inline]
    pub(crate) fn strike(&mut self, victim: Victim, now_ps: u64, at: u64) -> Option<FaultKind> {
        if self.armed.is_empty() { None } else { self.select(victim, now_ps, at) }
    }

    fn select(&mut self, victim: Victim, time_ps: u64, address: u64) -> Option<FaultKind> {
        let mut chosen = None;
        for (index, armed) in self.armed.iter_mut().enumerate() {
            let fault = &armed.fault;
            if fault.kind.victim() != victim || !fault.within.contains(&address) {
                continue;
            }
            let number = armed.seen;
            armed.seen += 1;
            let hit = match fault.trigger {
                Trigger::Nth(n) => number >= n,
                Trigger::At(at) => time_ps >= at,
                Trigger::Chance(ppm) => self.rng.below(1_000_000) < u64::from(ppm),
            };
            if hit && chosen.is_none() {
                chosen = Some(index);
            }
        }
        chosen.map(|index| self.note(index, time_ps, address))
    }

    fn note(&mut self, index: usize, time_ps: u64, address: u64) -> FaultKind {
        let fault = &self.armed[index].fault;
        let kind = fault.kind;
        if !matches!(fault.trigger, Trigger::Chance(_)) {
            self.armed.remove(index);
        }
        self.struck += 1;
        if self.strikes.len() < limits::STRIKES {
            self.strikes.push(Strike { kind, time_ps, address });
        }
        kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_when_and_where_it_should() {
        let mut injector = Injector::new(1);
        injector.arm(Fault::nth(FaultKind::DropCompletion, 2).within(100..200));
        let mut hits = Vec::new();
        for i in 0..20u64 {
            if injector.strike(Victim::Read, i, 90 + 10 * i).is_some() {
                hits.push(i);
            }
            assert_eq!(injector.strike(Victim::Write, i, 150), None);
        }
        assert_eq!(hits, [3]);
        let strike = Strike { kind: FaultKind::DropCompletion, time_ps: 3, address: 120 };
        assert_eq!(injector.strikes(), [strike]);
    }

    #[test]
    fn chance_is_a_matter_of_the_seed() {
        let run = |seed| {
            let mut injector = Injector::new(seed);
            injector.arm(Fault::chance(FaultKind::LoseInterrupt, 100_000));
            (0..1000).filter(|&i| injector.strike(Victim::Interrupt, i, 0).is_some()).collect()
        };
        let hits: Vec<u64> = run(1);
        assert!((60..140).contains(&hits.len()), "{}", hits.len());
        assert_eq!(hits, run(1));
        assert_ne!(hits, run(2));
    }

    #[test]
    fn a_schedule_is_a_matter_of_the_seed() {
        let plan = |seed| Fault::schedule(seed, &FaultKind::ALL, 10, 1_000_000);
        assert_eq!(plan(4), plan(4));
        assert_ne!(plan(4), plan(5));
        assert_eq!(plan(4).len(), 10);
        assert!(Fault::schedule(4, &[], 10, 1).is_empty());
    }

    #[test]
    fn armed_faults_are_bounded() {
        let mut injector = Injector::new(1);
        let fault = || Fault::nth(FaultKind::Removal, 0);
        assert!((0..limits::FAULTS).all(|_| injector.arm(fault())));
        assert!(!injector.arm(fault()));
    }
}
