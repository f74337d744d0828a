//! The enumeration is stopped, whatever happens between its calls.

mod clock;
mod oracle;
mod tenants;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::codec::Record;
use crate::id::PartitionId;
use crate::limits::{QUOTA_DISTINCT_PER_HOUR, QUOTA_PARTITION_PART};
use crate::op::token::Operation;
use crate::secret::Secret;
use crate::token::{Alphabet, Characters, DomainName, Layout, LuhnMode, Pattern as TokenPattern};

const HOUR: u64 = 60 * 60 * 1000;
const START: u64 = 1_000 * HOUR;
const OWNER: OwnerId = OwnerId([1; 16]);

/// A gateway that loses its memory, and the disk that does not.
#[derive(Default)]
struct Gateway {
    quota: Quota,
    disk: BTreeMap<RowId, Row>,
    writes: usize,
}

impl Gateway {
    /// A call that is answered; how long it has to wait otherwise.
    fn ask(&mut self, meter: &Meter, value: u64, now: u64) -> Result<(), u64> {
        let row = self.quota.charge(meter, Some(ValueTag(value)), UnixMs(now))?;
        if let Some(row) = row {
            self.write(&row);
            self.quota.durable(&row);
        }
        Ok(())
    }

    fn write(&mut self, row: &Row) {
        let row = Row::from_bytes(row.to_bytes().expose()).unwrap();
        self.writes += 1;
        let mut merged = row.clone();
        if let Some(kept) = self.disk.get(&row.id) {
            merged.merge(kept);
        }
        self.disk.insert(row.id, merged);
    }

    fn restart(&mut self, now: u64) {
        self.quota = Quota::default();
        let rows: Vec<Row> = self.disk.values().cloned().collect();
        self.quota.restore(&rows, UnixMs(now));
    }

    fn sweep(&mut self, now: u64) {
        for id in self.quota.sweep(UnixMs(now)) {
            if self.disk.get(&id).is_some_and(|row| row.is_over(UnixMs(now))) {
                self.disk.remove(&id);
            }
        }
    }
}

fn meter(pattern: u8, limit: u32) -> Meter {
    Meter { owner: OWNER, pattern: PatternId([pattern; 16]), limit }
}

/// The most answers of any hour.
fn busiest_hour(answered: &[u64]) -> usize {
    let ending = |at: usize| answered[..=at].iter().filter(|t| **t + HOUR > answered[at]).count();
    (0..answered.len()).map(ending).max().unwrap_or(0)
}

/// 6 and 4 of 16 digits are kept: a hundred thousand calls would try a tenth of what a token can
/// stand for.
#[test]
fn an_enumeration_of_what_six_and_four_leave_stops_at_the_quota() {
    let key = QuotaKey::new(Secret::new([7; 32]));
    let layout = Layout::new(6, 4, LuhnMode::Free, Alphabet::Digits).unwrap();
    let domain = DomainName::parse("cards").unwrap();
    let owner = key.owner(Asked::Tokens, PartitionId([1; 16]), [2; 16], &domain);
    for restart_every in [u64::MAX, 100_000, 977, 13] {
        let (mut gateway, mut answered) = (Gateway::default(), vec![]);
        for number in 0..100_000_u64 {
            let pan = format!("411111{:06}1111", number % 1_000_000);
            let pattern = TokenPattern::of(&layout, pan.as_bytes()).unwrap();
            let limit = QUOTA_DISTINCT_PER_HOUR;
            let meter = Meter { owner, pattern: key.pattern(&pattern), limit };
            let value = key.value(false, pan.as_bytes());
            // All within less than three hours.
            let now = START + number * 100;
            if gateway.ask(&meter, value.0, now).is_ok() {
                answered.push(now);
            }
            if number % restart_every == restart_every - 1 {
                gateway.restart(now);
            }
        }
        let busiest = busiest_hour(&answered);
        assert!(busiest <= QUOTA_DISTINCT_PER_HOUR as usize, "{restart_every}: {busiest}");
        assert!(answered.len() <= 3 * QUOTA_DISTINCT_PER_HOUR as usize);
        if restart_every >= 100_000 {
            assert_eq!(busiest, QUOTA_DISTINCT_PER_HOUR as usize, "no less is allowed");
        }
    }
}

#[test]
fn a_value_is_counted_once_an_hour() {
    let mut gateway = Gateway::default();
    let meter = meter(1, 10);
    for _ in 0..100 {
        gateway.ask(&meter, 5, START).unwrap();
    }
    for value in 6..15 {
        gateway.ask(&meter, value, START).unwrap();
    }
    let wait = gateway.ask(&meter, 15, START).unwrap_err();
    assert!((HOUR..=HOUR + HOUR / 8).contains(&wait));
    gateway.ask(&meter, 5, START + 1).unwrap();
    assert!(gateway.ask(&meter, 15, START + wait - 1).is_err());
    gateway.ask(&meter, 15, START + wait).unwrap();
    for value in 5..14 {
        gateway.ask(&meter, value, START + wait).unwrap();
    }
    assert!(gateway.ask(&meter, 14, START + wait).is_err(), "counted anew");
}

#[test]
fn values_without_a_name_are_all_different() {
    let mut quota = Quota::default();
    let meter = meter(1, 3);
    let spent = (0..10).filter(|_| quota.charge(&meter, None, UnixMs(START)).is_ok()).count();
    assert_eq!(spent, 3);
    assert!(quota.charge(&Meter { limit: 0, ..meter }, None, UnixMs(START)).is_err());
}

/// Few writes: cards of a shop each have a pattern of their own and are seen once or twice.
#[test]
fn patterns_that_see_few_values_share_one_row() {
    let mut gateway = Gateway::default();
    for card in 0..20_000_u64 {
        let mut pattern = [0; 16];
        pattern[..8].copy_from_slice(&card.to_be_bytes());
        let meter = Meter { owner: OWNER, pattern: PatternId(pattern), limit: 1000 };
        (0..3).for_each(|value| gateway.ask(&meter, value, START).unwrap());
    }
    assert_eq!((gateway.writes, gateway.disk.len()), (1, 1));
    gateway.restart(START);
    for card in 0..20_000_u64 {
        let mut pattern = [0; 16];
        pattern[..8].copy_from_slice(&card.to_be_bytes());
        let meter = Meter { owner: OWNER, pattern: PatternId(pattern), limit: 1000 };
        (0..3).for_each(|value| gateway.ask(&meter, value, START).unwrap());
    }
    assert_eq!((gateway.writes, gateway.disk.len()), (2, 1), "also after a restart");
    gateway.sweep(START + 2 * HOUR);
    assert_eq!((gateway.quota.remembered(), gateway.disk.len()), ((0, 0, 0), 0));
}

/// A row that is not durable yet is given to whoever depends on it.
#[test]
fn nobody_is_answered_before_the_row_is_durable() {
    let mut quota = Quota::default();
    let meter = meter(1, 1000);
    let first = quota.charge(&meter, Some(ValueTag(1)), UnixMs(START)).unwrap().unwrap();
    let again = quota.charge(&meter, Some(ValueTag(1)), UnixMs(START)).unwrap().unwrap();
    assert_eq!(first, again);
    quota.durable(&first);
    assert_eq!(quota.charge(&meter, Some(ValueTag(1)), UnixMs(START)), Ok(None));
    assert_eq!(quota.charge(&meter, Some(ValueTag(2)), UnixMs(START)), Ok(None));
}

#[test]
fn memory_is_bounded_and_what_has_no_room_is_counted_together() {
    let mut quota = Quota::default();
    let mut allowed_without_room = 0;
    for number in 0..QUOTA_CALLER_PATTERNS_MAX as u64 + 5000 {
        let mut pattern = [2; 16];
        pattern[..8].copy_from_slice(&number.to_be_bytes());
        let meter = Meter { owner: OWNER, pattern: PatternId(pattern), limit: 100 };
        let asked = quota.charge(&meter, Some(ValueTag(number)), UnixMs(START));
        if number >= QUOTA_CALLER_PATTERNS_MAX as u64 {
            allowed_without_room += usize::from(asked.is_ok());
        }
    }
    assert!(allowed_without_room <= 100, "{allowed_without_room}");
    assert_eq!(quota.remembered().1, QUOTA_CALLER_PATTERNS_MAX + 1, "one is shared");
    let other = Meter { owner: OwnerId([9; 16]), ..meter(1, 100) };
    assert!(quota.charge(&other, None, UnixMs(START)).is_ok(), "others have room");
}

/// As many callers as a tenant has room for.
const CALLERS: u64 = (QUOTA_CALLERS_MAX / QUOTA_PARTITION_PART) as u64;

fn caller(number: u64) -> OwnerId {
    let mut owner = [3; 16];
    owner[8..].copy_from_slice(&number.to_be_bytes());
    OwnerId(owner)
}

#[test]
fn callers_without_room_share_one_count() {
    let mut quota = Quota::default();
    for number in 0..2 * CALLERS {
        let meter = Meter { owner: caller(number + 1), ..meter(1, 100) };
        let asked = quota.charge(&meter, None, UnixMs(START));
        assert_eq!(asked.is_ok(), number < CALLERS + 100, "{number}");
    }
    assert_eq!(quota.remembered().0 as u64, CALLERS + 1);
}

/// What was spent without room is not forgotten once there is some.
#[test]
fn room_that_comes_later_gives_nothing_back() {
    let mut quota = Quota::default();
    for number in 1..=CALLERS {
        let meter = Meter { owner: caller(number), ..meter(1, 10) };
        quota.charge(&meter, None, UnixMs(START)).unwrap();
    }
    let (late, later) = (Meter { owner: caller(1 << 40), ..meter(1, 10) }, START + HOUR);
    let spent = (0..20).filter(|_| quota.charge(&late, None, UnixMs(later)).is_ok()).count();
    assert_eq!(spent, 10);
    while !quota.sweep(UnixMs(later + HOUR / 2)).is_empty() {}
    assert!(quota.remembered().0 < 10, "there is room");
    assert!(quota.charge(&late, None, UnixMs(later + HOUR / 2)).is_err());
    assert!(quota.charge(&late, None, UnixMs(later + 2 * HOUR)).is_ok());
}

#[test]
fn names_differ_in_every_part() {
    let key = QuotaKey::new(Secret::new([7; 32]));
    let name = |name: &str| DomainName::parse(name).unwrap();
    let (ours, caller) = (PartitionId([1; 16]), [2; 16]);
    let owners = [
        key.owner(Asked::Tokens, ours, caller, &name("a")),
        key.owner(Asked::Values, ours, caller, &name("a")),
        key.owner(Asked::Tokens, PartitionId([3; 16]), caller, &name("a")),
        key.owner(Asked::Tokens, ours, [4; 16], &name("a")),
        key.owner(Asked::Tokens, ours, caller, &name("b")),
        QuotaKey::new(Secret::new([8; 32])).owner(Asked::Tokens, ours, caller, &name("a")),
    ];
    let different: std::collections::BTreeSet<_> = owners.iter().collect();
    assert_eq!(different.len(), owners.len());
    assert_ne!(key.value(true, b"4111"), key.value(false, b"4111"));
}

/// What happens between two calls of an attacker.
#[derive(Clone, Copy, Debug)]
enum Between {
    Nothing,
    Time(u64),
    Restart,
    /// The call's row is written, but the gateway dies before it answers.
    DiesUnanswered,
    Sweep,
}

fn between() -> impl Strategy<Value = Between> {
    prop_oneof![
        20 => Just(Between::Nothing),
        6 => (0..HOUR / 4).prop_map(Between::Time),
        1 => Just(Between::Restart),
        1 => Just(Between::DiesUnanswered),
        1 => Just(Between::Sweep),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// However often and whenever it restarts, no pattern is answered more often than its limit
    /// within an hour.
    #[test]
    fn a_restart_never_gives_more_than_was_left(
        limit in 1..120u32,
        steps in prop::collection::vec((between(), 0..2u8, 1..40u64), 1..200),
    ) {
        let (mut gateway, mut now, mut value) = (Gateway::default(), START, 0);
        let mut answered = [vec![], vec![]];
        for (between, pattern, calls) in steps {
            match between {
                Between::Nothing => {}
                Between::Time(ms) => now += ms,
                Between::Restart => gateway.restart(now),
                Between::Sweep => gateway.sweep(now),
                Between::DiesUnanswered => {
                    let meter = meter(pattern, limit);
                    if let Ok(Some(row)) = gateway.quota.charge(&meter, None, UnixMs(now)) {
                        gateway.write(&row);
                    }
                    gateway.restart(now);
                }
            }
            for _ in 0..calls {
                value += 1;
                if gateway.ask(&meter(pattern, limit), value, now).is_ok() {
                    answered[usize::from(pattern)].push(now);
                }
            }
        }
        for answered in &answered {
            prop_assert!(busiest_hour(answered) <= limit as usize);
        }
    }
}
