//! One ring: its registers, its pointers, its interrupt.

use super::moderation::{Announced, Moderation};
use typex_abi::{error, limits, register};

const FIRST: u32 = register::RING_SQ_BASE;

/// Error bits of a ring in one cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RingErrors {
    pub(crate) tail: bool,
    pub(crate) head: bool,
    pub(crate) config: bool,
}

impl RingErrors {
    /// As the register of errors shows them.
    pub(crate) fn bits(self) -> u32 {
        let bit = |on: bool, bit: u32| if on { bit } else { 0 };
        bit(self.tail, error::DOORBELL)
            | bit(self.head, error::COMPLETION_HEAD)
            | bit(self.config, error::RING_CONFIG)
    }
}

/// What a ring was enabled with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RingConfig {
    pub(crate) sq_base: u64,
    pub(crate) cq_base: u64,
    pub(crate) window_base: u64,
    pub(crate) window_limit: u64,
    pub(crate) log2_size: u32,
    /// Completions of 32 bytes.
    pub(crate) wide: bool,
    /// Its interrupt.
    pub(crate) vector: u8,
}

impl RingConfig {
    pub(crate) fn size(&self) -> u16 {
        1 << self.log2_size
    }

    /// Phase of the entry with this count.
    pub(crate) fn phase(&self, count: u16) -> bool {
        count & self.size() == 0
    }

    /// Whether a buffer may be touched.
    pub(crate) fn contains(&self, address: u64, bytes: u16) -> bool {
        let past = address.wrapping_add(u64::from(bytes));
        address.is_multiple_of(limits::BUFFER_ALIGN as u64)
            && address >= self.window_base
            && past <= self.window_limit
            && past > address
    }
}

/// What happens to a ring in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RingInputs {
    /// Register, from the ring's first, and value.
    pub(crate) write: Option<(u32, u32)>,
    pub(crate) fetched: bool,
    /// A descriptor was taken into the card.
    pub(crate) taken: bool,
    /// A read of descriptors failed; so many never came.
    pub(crate) lost: Option<u16>,
    /// Completions that were written.
    pub(crate) committed: u16,
    /// One of them is to interrupt.
    pub(crate) urgent: bool,
}

/// A ring.
#[derive(Default)]
pub(crate) struct Ring {
    words: [u32; 32],
    pub(crate) config: RingConfig,
    enabled: bool,
    stopped: bool,
    sq_tail: u16,
    pub(crate) fetch: u16,
    pub(crate) sq_head: u16,
    pub(crate) cq_tail: u16,
    cq_head: u16,
    /// Descriptors asked for, and neither completed in memory nor lost.
    pub(crate) jobs: u16,
    /// Descriptors that can be fetched, since the cycle before.
    pub(crate) count: u16,
    want: bool,
    no_credit: bool,
    pub(crate) moderation: Moderation,
    moderation_hold: u32,
    cycles_per_us: u32,
}

impl Ring {
    pub(crate) fn new(cycles_per_us: u32) -> Self {
        Self { cycles_per_us, ..Self::default() }
    }

    pub(crate) fn wants_fetch(&self) -> bool {
        self.want && self.is_active()
    }

    pub(crate) fn lacks_credit(&self) -> bool {
        self.no_credit
    }

    /// Bus address of the next descriptor that is fetched.
    pub(crate) fn fetch_address(&self) -> u64 {
        let index = self.fetch & (self.config.size() - 1);
        self.config.sq_base.wrapping_add(64 * u64::from(index))
    }

    /// Phase of the next descriptor that is taken.
    pub(crate) fn take_phase(&self) -> bool {
        self.config.phase(self.sq_head)
    }

    /// Descriptors can be fetched, jobs are inside, or a timer runs.
    pub(crate) fn is_busy(&self) -> bool {
        self.want
            || self.jobs != 0
            || self.moderation.is_busy(self.cq_tail)
            || (self.is_active() && self.count_now() != 0)
    }

    /// Nothing can change without a write.
    pub(crate) fn is_still(&self) -> bool {
        !self.enabled && self.jobs == 0 && self.moderation.is_still()
    }

    fn is_active(&self) -> bool {
        self.enabled && !self.stopped
    }

    /// One cycle; true with the errors: the ring begins anew.
    pub(crate) fn cycle(&mut self, inputs: &RingInputs) -> (RingErrors, bool) {
        let mut errors = RingErrors::default();
        let mut enable = false;
        let mut arm = None;
        let (was_enabled, cq_tail) = (self.enabled, self.cq_tail);
        let write = inputs.write;
        if let Some((register::RING_ENABLE, value)) = write {
            enable = value & 1 != 0 && self.is_usable();
            errors.config = value & 1 != 0 && !enable;
        }
        if let Some((register::RING_ARM, value)) = write {
            arm = Some(value as u16).filter(|_| was_enabled);
        }
        if enable {
            self.enable();
        } else if self.enabled || self.jobs != 0 {
            self.move_pointers(inputs, &mut errors);
        }
        let moderation = self.words[Self::word(register::RING_MODERATION)];
        let (urgent, count, hold) = (inputs.urgent, moderation as u8, self.moderation_hold);
        self.moderation.cycle(enable, arm, Announced { cq_tail, urgent, count, hold });
        self.moderation_hold = (moderation >> 16).wrapping_mul(self.cycles_per_us) & 0xff_ffff;
        if let Some((at, value)) = write {
            self.store(at, value);
        }
        (errors, enable)
    }

    fn move_pointers(&mut self, inputs: &RingInputs, errors: &mut RingErrors) {
        let active = self.is_active();
        let count = self.count_now();
        let waits = active && !inputs.fetched && self.sq_tail != self.fetch;
        let no_credit = waits && self.room() == 0;
        match inputs.write {
            Some((register::RING_SQ_TAIL, value)) if active => {
                errors.tail = !self.ring_doorbell(value as u16);
            }
            Some((register::RING_CQ_HEAD, value)) if active => {
                errors.head = !self.free_completions(value as u16);
            }
            Some((register::RING_ENABLE, value)) if value & 1 == 0 => self.enabled = false,
            _ => {}
        }
        if inputs.lost.is_some() || errors.tail || errors.head {
            self.stopped = true;
        }
        let fetched = if inputs.fetched { self.count } else { 0 };
        self.fetch = self.fetch.wrapping_add(fetched);
        self.sq_head = self.sq_head.wrapping_add(u16::from(inputs.taken));
        self.cq_tail = self.cq_tail.wrapping_add(inputs.committed);
        let gone = inputs.committed.wrapping_add(inputs.lost.unwrap_or(0));
        self.jobs = self.jobs.wrapping_add(fetched).wrapping_sub(gone);
        self.count = count;
        self.want = active && !inputs.fetched && count != 0;
        self.no_credit = no_credit;
    }

    /// False: it goes backwards or beyond.
    fn ring_doorbell(&mut self, tail: u16) -> bool {
        let after = tail.wrapping_sub(self.sq_head);
        let now = self.sq_tail.wrapping_sub(self.sq_head);
        let good = after <= self.config.size() && after >= now;
        self.sq_tail = if good { tail } else { self.sq_tail };
        good
    }

    fn free_completions(&mut self, head: u16) -> bool {
        let good = head.wrapping_sub(self.cq_head) <= self.cq_tail.wrapping_sub(self.cq_head);
        self.cq_head = if good { head } else { self.cq_head };
        good
    }

    fn room(&self) -> u16 {
        self.config.size().wrapping_sub(self.fetch.wrapping_sub(self.cq_head))
    }

    /// Up to eight, not across the ring's end or a multiple of 512 bytes.
    fn count_now(&self) -> u16 {
        let size = self.config.size();
        let to_end = size - (self.fetch & (size - 1));
        let line = (self.config.sq_base >> 6) as u16;
        let to_line = 8 - (line.wrapping_add(self.fetch) & 7);
        to_line.min(to_end).min(self.sq_tail.wrapping_sub(self.fetch)).min(self.room())
    }

    fn is_usable(&self) -> bool {
        let size = self.words[Self::word(register::RING_SIZE)] as usize;
        (limits::RING_LOG2_SIZE_MIN..=limits::RING_LOG2_SIZE_MAX).contains(&size)
            && self.words[Self::word(register::RING_SQ_BASE)] & 63 == 0
            && self.words[Self::word(register::RING_CQ_BASE)] & 63 == 0
            && !self.enabled
            && self.jobs == 0
    }

    fn enable(&mut self) {
        let config = self.words[Self::word(register::RING_CONFIG)];
        self.config = RingConfig {
            sq_base: self.long(register::RING_SQ_BASE),
            cq_base: self.long(register::RING_CQ_BASE),
            window_base: self.long(register::RING_WINDOW_BASE),
            window_limit: self.long(register::RING_WINDOW_LIMIT),
            log2_size: self.words[Self::word(register::RING_SIZE)],
            wide: config & 1 != 0,
            vector: (config >> 8 & 0xf) as u8,
        };
        (self.enabled, self.stopped, self.want, self.no_credit) = (true, false, false, false);
        (self.sq_tail, self.fetch, self.sq_head) = (0, 0, 0);
        (self.cq_tail, self.cq_head, self.jobs) = (0, 0, 0);
    }

    /// A register; `at` as of ring 0.
    pub(crate) fn read(&self, at: u32) -> u32 {
        match at {
            register::RING_ENABLE => u32::from(self.enabled),
            register::RING_STATE => {
                let bits = u32::from(self.enabled) | u32::from(self.stopped) << 1;
                bits | u32::from(self.jobs) << 16
            }
            register::RING_SQ_HEAD => u32::from(self.sq_head),
            register::RING_CQ_TAIL => u32::from(self.cq_tail),
            _ => self.words[Self::word(at)],
        }
    }

    fn store(&mut self, at: u32, value: u32) {
        let kept = at < register::RING_ENABLE
            || (register::RING_WINDOW_BASE..register::RING_SQ_TAIL).contains(&at);
        if kept {
            self.words[Self::word(at)] = value;
        }
    }

    fn word(at: u32) -> usize {
        (at.wrapping_sub(FIRST) / 4 % 32) as usize
    }

    fn long(&self, at: u32) -> u64 {
        let [low, high] = [at, at + 4].map(|at| u64::from(self.words[Self::word(at)]));
        low | high << 32
    }
}
