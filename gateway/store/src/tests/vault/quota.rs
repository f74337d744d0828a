//! What quotas reserved is on the disk.

use typex_core::policy::quota::{Meter, OwnerId, PatternId, Quota, ValueTag};

use super::*;
use crate::tests::Place;

const METER: Meter = Meter { owner: OwnerId([3; 16]), pattern: PatternId([4; 16]), limit: 1000 };
const HOUR: u64 = 60 * 60 * 1000;

/// An enumeration of a gateway that is started again and again.
#[test]
fn an_enumeration_ends_at_the_quota_over_restarts_of_the_store() {
    let place = Place::new();
    let (mut answered, mut value) = (0, 0);
    for start in 0..6 {
        let store = place.open();
        let mut quota = Quota::default();
        quota.restore(&store.read(|tx| tx.quota_rows()).wait().unwrap(), NOW);
        for _ in 0..400 {
            value += 1;
            let Ok(row) = quota.charge(&METER, Some(ValueTag(value)), NOW) else { continue };
            if let Some(row) = row {
                let kept = row.clone();
                store.write(move |tx| tx.reserve_quota(&kept)).wait().unwrap();
                quota.durable(&row);
            }
            answered += 1;
        }
        assert!(answered <= 1000, "start {start}: {answered}");
    }
    assert!(answered > 700, "restarts cost no more than what was reserved: {answered}");
}

/// Rows of two requests that come in the other order.
#[test]
fn an_earlier_row_takes_nothing_back() {
    let store = Place::new().open();
    let mut quota = Quota::default();
    let rows: Vec<_> = (0..200)
        .map(|value| quota.charge(&METER, Some(ValueTag(value)), NOW).unwrap().unwrap())
        .collect();
    for row in rows.into_iter().rev() {
        store.write(move |tx| tx.reserve_quota(&row)).wait().unwrap();
    }
    let mut restored = Quota::default();
    restored.restore(&store.read(|tx| tx.quota_rows()).wait().unwrap(), NOW);
    let left =
        (200..2000).filter(|value| restored.charge(&METER, Some(ValueTag(*value)), NOW).is_ok());
    assert!(left.count() <= 800);
}

/// What is charged after the clock was set back is on the disk too.
#[test]
fn a_clock_that_is_set_back_gives_nothing_back_at_a_restart() {
    let place = Place::new();
    let back = UnixMs(NOW.0 - 3 * HOUR);
    let (mut answered, mut value) = (0, 0);
    for (starts_at, charges) in [(NOW, vec![(NOW, 62), (back, 900)]), (back, vec![(back, 2000)])] {
        let store = place.open();
        let mut quota = Quota::default();
        quota.restore(&store.read(|tx| tx.quota_rows()).wait().unwrap(), starts_at);
        for (now, count) in charges {
            for _ in 0..count {
                value += 1;
                let Ok(row) = quota.charge(&METER, Some(ValueTag(value)), now) else { continue };
                if let Some(row) = row {
                    let kept = row.clone();
                    store.write(move |tx| tx.reserve_quota(&kept)).wait().unwrap();
                    quota.durable(&row);
                }
                answered += 1;
            }
        }
    }
    assert!((962..=1000).contains(&answered), "{answered}");
}

#[test]
fn rows_go_when_their_time_is_over() {
    let store = Place::new().open();
    let mut quota = Quota::default();
    let row = quota.charge(&METER, None, NOW).unwrap().unwrap();
    let (kept, id) = (row.clone(), row.id);
    store.write(move |tx| tx.reserve_quota(&kept)).wait().unwrap();
    for (at, left) in [(NOW.0 + HOUR, 1), (NOW.0 + 2 * HOUR, 0)] {
        store.write(move |tx| tx.drop_quota(id, UnixMs(at))).wait().unwrap();
        assert_eq!(store.read(|tx| tx.quota_rows()).wait().unwrap().len(), left);
    }
}
