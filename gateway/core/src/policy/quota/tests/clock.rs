//! Clocks that are read in any order, and that are put right.

use super::*;

const SLOT: u64 = HOUR / 8;

/// The cores of a gateway read the clock before they count.
#[test]
fn a_boundary_that_is_crossed_in_both_directions_forgets_nothing() {
    let mut quota = Quota::default();
    let meter = meter(1, 10);
    let answered = (0..1000).filter(|value| {
        let now = UnixMs(START + SLOT - 1 + value % 2);
        quota.charge(&meter, Some(ValueTag(*value)), now).is_ok()
    });
    assert_eq!(answered.count(), 10);
    quota.sweep(UnixMs(START + 3 * HOUR));
    assert_eq!(quota.remembered(), (0, 0, 0));
}

#[test]
fn values_are_remembered_as_long_as_their_counts() {
    for back in [1, 4, 8, 9, 10, 30] {
        let mut quota = Quota::default();
        for slot in 0..8 {
            quota.charge(&meter(1, 10), Some(ValueTag(slot)), UnixMs(START + slot * SLOT)).unwrap();
        }
        let set_back = START + 8 * SLOT - back * SLOT;
        for value in 8..30 {
            let asked = quota.charge(&meter(1, 10), Some(ValueTag(value)), UnixMs(set_back));
            assert_eq!(asked.is_ok(), value < 10, "{back}: {value}");
        }
        quota.sweep(UnixMs(START + 8 * SLOT + 3 * HOUR));
        assert_eq!(quota.remembered(), (0, 0, 0), "{back}");
    }
}

#[test]
fn what_is_spent_after_a_clock_was_set_back_outlives_a_restart() {
    for back in [1, 2, 9, 10, 24, 1000].map(|slots| slots * SLOT) {
        let (mut gateway, meter, mut value) = (Gateway::default(), meter(1, 1000), 0);
        let mut ask = |gateway: &mut Gateway, count: u64, now: u64| {
            let asked = (0..count).filter(|_| {
                value += 1;
                gateway.ask(&meter, value, now).is_ok()
            });
            asked.count()
        };
        assert_eq!(ask(&mut gateway, 62, START), 62);
        assert_eq!(ask(&mut gateway, 900, START - back), 900);
        gateway.restart(START - back);
        assert!(ask(&mut gateway, 2000, START - back) <= 38, "{back}");
        gateway.restart(START - back + SLOT);
        assert_eq!(ask(&mut gateway, 2000, START - back + SLOT), 0, "{back}");
    }
}
