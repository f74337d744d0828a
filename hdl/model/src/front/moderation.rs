//! When a ring's interrupt fires.

/// What a ring has written, and its registers of moderation.
#[derive(Clone, Copy)]
pub(crate) struct Announced {
    pub(crate) cq_tail: u16,
    /// A completion asks for an interrupt.
    pub(crate) urgent: bool,
    pub(crate) count: u8,
    /// In cycles.
    pub(crate) hold: u32,
}

/// Armed with the count of completions the host has taken, it fires once: at once if there are
/// more; else when enough are unseen, or some time after the first.
#[derive(Default)]
pub(crate) struct Moderation {
    armed: bool,
    fire: bool,
    taken: u16,
    age: u32,
}

impl Moderation {
    /// For one cycle.
    pub(crate) fn fires(&self) -> bool {
        self.fire
    }

    /// Its timer runs.
    pub(crate) fn is_busy(&self, cq_tail: u16) -> bool {
        self.fire || (self.armed && cq_tail != self.taken)
    }

    pub(crate) fn is_still(&self) -> bool {
        !self.fire && !self.armed
    }

    /// One cycle. `arm` is the count of completions taken that comes with it.
    pub(crate) fn cycle(&mut self, disarm: bool, arm: Option<u16>, ring: Announced) {
        let unseen = ring.cq_tail.wrapping_sub(self.taken);
        let waits = self.armed && unseen != 0;
        let due = waits && (unseen >= u16::from(ring.count) || self.age >= ring.hold);
        self.fire = due || ring.urgent || arm.is_some_and(|taken| taken != ring.cq_tail);
        self.age = if waits { (self.age + 1) & 0xff_ffff } else { 0 };
        if due || ring.urgent || disarm {
            self.armed = false;
        }
        if let Some(taken) = arm {
            self.armed = taken == ring.cq_tail;
            self.taken = taken;
        }
    }
}
