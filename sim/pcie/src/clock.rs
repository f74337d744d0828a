//! The device's clock in picoseconds, exact over any number of cycles.

/// Picoseconds times kHz of one cycle.
const CYCLE: u64 = 1_000_000_000;

#[derive(Clone, Debug)]
pub(crate) struct Clock {
    khz: u64,
    period_ps: u64,
    remainder: u64,
    carry: u64,
    now_ps: u64,
}

impl Clock {
    pub(crate) fn new(khz: u32) -> Self {
        let khz = u64::from(khz.max(1));
        Self { khz, period_ps: CYCLE / khz, remainder: CYCLE % khz, carry: 0, now_ps: 0 }
    }

    pub(crate) fn now_ps(&self) -> u64 {
        self.now_ps
    }

    pub(crate) fn tick(&mut self) {
        self.now_ps += self.period_ps;
        self.carry += self.remainder;
        if self.carry >= self.khz {
            self.carry -= self.khz;
            self.now_ps += 1;
        }
    }

    /// Goes to the first edge at or after `time_ps` and says how many cycles that skipped.
    pub(crate) fn jump(&mut self, time_ps: u64) -> u64 {
        let before = self.cycle(self.now_ps);
        if time_ps <= self.now_ps {
            return 0;
        }
        let cycle = self.cycle(time_ps);
        let product = u128::from(cycle) * u128::from(CYCLE);
        self.now_ps = (product / u128::from(self.khz)) as u64;
        self.carry = (product % u128::from(self.khz)) as u64;
        cycle - before
    }

    /// Number of the first edge at or after `time_ps`.
    fn cycle(&self, time_ps: u64) -> u64 {
        let scaled = u128::from(time_ps) * u128::from(self.khz);
        let cycle = (scaled / u128::from(CYCLE)) as u64;
        let edge = (u128::from(cycle) * u128::from(CYCLE) / u128::from(self.khz)) as u64;
        if edge >= time_ps { cycle } else { cycle + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uneven_period_does_not_drift() {
        let mut clock = Clock::new(276_000);
        for _ in 0..276_000 {
            clock.tick();
        }
        assert_eq!(clock.now_ps(), 1_000_000_000);
    }

    #[test]
    fn a_jump_lands_where_ticks_would() {
        let mut ticked = Clock::new(276_000);
        let mut jumped = Clock::new(276_000);
        for _ in 0..1001 {
            ticked.tick();
        }
        assert_eq!(jumped.jump(ticked.now_ps()), 1001);
        assert_eq!((jumped.now_ps, jumped.carry), (ticked.now_ps, ticked.carry));
        assert_eq!(jumped.jump(5), 0);
        assert_eq!(jumped.jump(ticked.now_ps() + 1), 1);
        ticked.tick();
        assert_eq!(jumped.now_ps(), ticked.now_ps());
    }
}
