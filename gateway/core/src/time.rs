//! Points in time, always passed in, never read here.

use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMs(pub u64);

impl UnixMs {
    /// The time `span` later; saturates at the end of the range.
    pub fn after(self, span: Duration) -> Self {
        let span_ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(span_ms))
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// How long to wait after so many steps: nothing after none, `base_ms` after the first, twice as
/// long after each further one, at most `cap_ms`.
pub fn doubled_ms(steps: u32, base_ms: u64, cap_ms: u64) -> u64 {
    let Some(doublings) = steps.checked_sub(1) else { return 0 };
    let factor = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    base_ms.saturating_mul(factor).min(cap_ms)
}

#[cfg(test)]
mod tests {
    use super::doubled_ms;

    #[test]
    fn waits_double_up_to_their_cap() {
        let waits =
            [0, 1, 2, 3, 4, 5, 63, 64, 65, u32::MAX].map(|steps| doubled_ms(steps, 30, 200));
        assert_eq!(waits, [0, 30, 60, 120, 200, 200, 200, 200, 200, 200]);
        assert_eq!([1, 64, 65].map(|steps| doubled_ms(steps, 0, 200)), [0; 3]);
        assert_eq!([64, 65].map(|steps| doubled_ms(steps, 2, u64::MAX)), [u64::MAX; 2]);
    }
}
