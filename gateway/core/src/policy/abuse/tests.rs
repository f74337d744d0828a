use std::collections::{BTreeMap, VecDeque};

use super::*;
use crate::codec::{Corrupt, Record};
use crate::limits::{ABUSE_CALLERS_MAX, ABUSE_LEASE_MS, QUOTA_PARTITION_PART};
use proptest::prelude::*;

const OWNER: PartitionId = PartitionId([1; 16]);
const NOW: UnixMs = UnixMs(1_000_000_000_000);

/// Short and odd, so that slots and waits meet in every way.
const RULE: Rule = Rule { free: 2, span_ms: 801, base_ms: 50, cap_ms: 400, counts_open: true };
/// Callers for whom a tenant has room.
const CALLERS: usize = ABUSE_CALLERS_MAX / QUOTA_PARTITION_PART;
/// Tries whose outcome is open do not count.
const CLOSED: Rule = Rule { counts_open: false, ..RULE };
/// Never in the way.
const OFF: Rule = Rule { free: u32::MAX, counts_open: false, ..RULE };

fn subject(pan: u8) -> Subject {
    Subject { partition: OWNER, pan: Some([pan; 16]), caller: [7; 16], key: KeyId([8; 16]) }
}

fn by_pan(rule: Rule) -> Abuse {
    Abuse::new(AbuseRules { pan: rule, caller: OFF, key: OFF })
}

fn caller(number: usize) -> Subject {
    Subject { caller: (number as u128 + 1).to_be_bytes(), ..subject(1) }
}

/// How long a try would have to wait.
fn begin(abuse: &mut Abuse, subject: Subject, now: UnixMs) -> Result<Try, u64> {
    abuse.begin(subject, now).map_err(|wait| wait.wait_ms)
}

fn fail(abuse: &mut Abuse, subject: Subject, now: UnixMs) -> Result<Vec<Row>, u64> {
    let tried = begin(abuse, subject, now)?;
    let counted = abuse.failed([tried], now).expect("nothing was in between");
    Ok(counted.into_iter().map(|id| abuse.row(id).expect("just counted")).collect())
}

fn at(time: u64) -> UnixMs {
    UnixMs(NOW.0 + time)
}

#[test]
fn waits_double_from_the_first_costly_failure_to_the_cap() {
    let mut abuse = by_pan(Rule { span_ms: 1 << 40, ..RULE });
    let (mut now, mut waits) = (NOW, vec![]);
    for _ in 0..9 {
        fail(&mut abuse, subject(1), now).unwrap();
        let wait = begin(&mut abuse, subject(1), now).err().unwrap_or(0);
        if wait > 0 {
            let early = UnixMs(now.0 + wait - 1);
            assert_eq!(begin(&mut abuse, subject(1), early).err(), Some(1));
        }
        // The try that the look at no wait began is given up.
        now = UnixMs(now.0 + wait.max(ABUSE_LEASE_MS));
        waits.push(wait);
    }
    assert_eq!(waits, [0, 0, 50, 100, 200, 400, 400, 400, 400]);
}

#[test]
fn pan_caller_and_key_are_counted_together_and_apart() {
    let open = |free| Rule { free, ..CLOSED };
    let rules = AbuseRules { pan: open(2), caller: open(3), key: open(6) };
    let mut abuse = Abuse::new(rules);
    let who = |pan, caller, key| Subject {
        partition: OWNER,
        pan: Some([pan; 16]),
        caller: [caller; 16],
        key: KeyId([key; 16]),
    };
    // Three failures for one PAN; two more by the same caller; two more with the same key.
    let tries = [(1, 1, 1), (1, 2, 1), (1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 4, 1), (5, 5, 1)];
    let waits = |abuse: &mut Abuse, (pan, caller, key)| {
        abuse.begin(who(pan, caller, key), NOW).map(|tried| abuse.given_up(tried)).is_err()
    };
    let mut seen = vec![];
    for (pan, caller, key) in tries {
        let rows = fail(&mut abuse, who(pan, caller, key), NOW).unwrap();
        assert_eq!(rows.len(), 3);
        seen.push([(1, 9, 9), (9, 1, 9), (9, 9, 1)].map(|one| waits(&mut abuse, one)));
    }
    let (none, pan) = ([false; 3], [true, false, false]);
    assert_eq!(seen[..4], [none, none, pan, pan]);
    assert_eq!(seen[4..], [[true, true, false], [true, true, false], [true; 3]]);
    let foreign = Subject { partition: PartitionId([2; 16]), ..who(1, 1, 1) };
    assert!(abuse.begin(foreign, NOW).is_ok(), "another tenant's numbers are others");
    let without = Subject { pan: None, ..who(1, 9, 9) };
    assert!(fail(&mut abuse, without, NOW).is_ok_and(|rows| rows.len() == 2));
}

#[test]
fn a_batch_of_guesses_gets_no_further_than_the_same_one_by_one() {
    let mut abuse = by_pan(RULE);
    let open: Vec<_> = (0..64).filter_map(|_| abuse.begin(subject(1), NOW).ok()).collect();
    assert_eq!(open.len(), RULE.free as usize);
    assert!(abuse.begin(subject(2), NOW).is_ok());
    for tried in open {
        abuse.failed([tried], NOW).unwrap();
    }
    let last = abuse.begin(subject(1), NOW).unwrap();
    assert!(abuse.begin(subject(1), NOW).is_err(), "one at a time from here on");
    abuse.failed([last], NOW).unwrap();
    assert_eq!(begin(&mut abuse, subject(1), NOW).err(), Some(RULE.base_ms));
}

#[test]
fn open_tries_end_with_their_answer_or_their_lease_and_leave_nothing() {
    let mut abuse = by_pan(RULE);
    for _ in 0..100 {
        let tried = abuse.begin(subject(1), NOW).unwrap();
        abuse.passed(tried, NOW).unwrap();
    }
    assert_eq!(abuse.remembered(Kind::Pan), 0);
    let lost = [(); 2].map(|()| abuse.begin(subject(1), NOW).unwrap());
    drop(lost);
    assert!(abuse.begin(subject(1), at(ABUSE_LEASE_MS - 1)).is_err());
    assert!(abuse.begin(subject(1), at(ABUSE_LEASE_MS)).is_ok());
    assert!(abuse.sweep(None, 9, at(3 * ABUSE_LEASE_MS)).over.len() == 1);
}

#[test]
fn who_is_refused_is_told_who_waits_and_how_long_in_whole_seconds() {
    let told = |kind, wait_ms, is_open| {
        let error = Error::from(Wait { kind, wait_ms, is_open });
        assert_eq!(error.kind, ErrorKind::Quota);
        (error.public, error.retry_after_s)
    };
    let (text, seconds) = told(Kind::Pan, 59_001, false);
    assert_eq!((&*text, seconds), ("Too many failures of this card, it waits 60 s", Some(60)));
    let (text, seconds) = told(Kind::Caller, 1, false);
    assert_eq!((&*text, seconds), ("Too many failures of this access key, it waits 1 s", Some(1)));
    let (text, seconds) = told(Kind::Pan, 1000, true);
    let expected = "Too many requests for this card at once, ask again in 1 s";
    assert_eq!((&*text, seconds), (expected, Some(1)));
}

#[test]
fn what_is_lifted_counts_from_zero_and_nobody_else() {
    let mut abuse = by_pan(RULE);
    for pan in [1, 2] {
        (0..3).for_each(|_| drop(fail(&mut abuse, subject(pan), NOW).unwrap()));
    }
    let id = |pan: u8| subject(pan).ids().next().unwrap();
    let standing = |abuse: &Abuse, pan| abuse.standing(None, NOW).find(|one| one.id == id(pan));
    let before = standing(&abuse, 1).unwrap();
    assert_eq!((before.failures, before.closed_until), (3, at(RULE.base_ms)));
    assert!(abuse.lift(id(1)));
    assert!(!abuse.lift(id(1)) && abuse.row(id(1)).is_none() && standing(&abuse, 1).is_none());
    for _ in 0..3 {
        fail(&mut abuse, subject(1), NOW).unwrap();
    }
    assert_eq!(begin(&mut abuse, subject(1), NOW).err(), Some(RULE.base_ms));
    assert_eq!(begin(&mut abuse, subject(2), NOW).err(), Some(RULE.base_ms));
    // A try that is open stays so.
    abuse.lift(id(1));
    let open = abuse.begin(subject(1), NOW).unwrap();
    abuse.lift(id(1));
    assert!(abuse.failed([open], NOW).is_ok());
    assert_eq!(standing(&abuse, 1).unwrap().failures, 1);
}

#[test]
fn success_takes_no_failure_back() {
    let mut abuse = by_pan(RULE);
    (0..3).for_each(|_| drop(fail(&mut abuse, subject(1), NOW).unwrap()));
    let later = at(RULE.base_ms);
    let tried = abuse.begin(subject(1), later).unwrap();
    abuse.passed(tried, later).unwrap();
    fail(&mut abuse, subject(1), later).unwrap();
    assert_eq!(begin(&mut abuse, subject(1), later).err(), Some(2 * RULE.base_ms));
}

#[test]
fn memory_is_bounded_and_who_has_no_room_is_counted_with_others() {
    let mut abuse = Abuse::new(AbuseRules { pan: OFF, caller: CLOSED, key: OFF });
    for number in 0..CALLERS {
        fail(&mut abuse, caller(number), NOW).unwrap();
    }
    let early = 5 * CALLERS;
    for number in 0..3 {
        let rows = fail(&mut abuse, caller(early + number), NOW).unwrap();
        assert_eq!(rows[1].id, rows[1].id.shared(), "no room of its own");
    }
    for number in 0..2 * CALLERS {
        let waits = abuse.begin(caller(number), NOW).is_err();
        assert_eq!(waits, number >= CALLERS, "first comers keep their own count");
        assert!(abuse.remembered(Kind::Caller) <= CALLERS + 1);
    }
}

#[test]
fn what_was_counted_together_stays_when_room_appears() {
    let mut abuse = Abuse::new(AbuseRules { pan: OFF, caller: CLOSED, key: OFF });
    for number in 0..CALLERS {
        fail(&mut abuse, caller(number), NOW).unwrap();
    }
    let over = at(RULE.span_ms * 9 / 8 + 9);
    let (late, mut now) = (caller(5 * CALLERS), UnixMs(over.0 - 500));
    for _ in 0..4 {
        now = UnixMs(now.0 + begin(&mut abuse, late, now).err().unwrap_or(0));
        fail(&mut abuse, late, now).unwrap();
    }
    assert!(abuse.sweep(None, usize::MAX, over).last.is_none());
    assert_eq!(abuse.remembered(Kind::Caller), 1, "the shared count");
    now = UnixMs(over.0 + begin(&mut abuse, late, over).err().unwrap_or(0));
    let rows = fail(&mut abuse, late, now).unwrap();
    assert_ne!(rows[1].id, rows[1].id.shared());
    assert!(abuse.begin(late, UnixMs(now.0 + 1)).is_err(), "five failures");
}

/// One tenant's cards, as many as there is room for and more, are in nobody's way.
#[test]
fn a_tenant_that_takes_all_its_room_takes_none_of_another() {
    let mut abuse = Abuse::new(AbuseRules { pan: OFF, caller: RULE, key: OFF });
    for number in 0..2 * CALLERS {
        let _ = fail(&mut abuse, caller(number), NOW);
    }
    assert!(abuse.begin(caller(3 * CALLERS), NOW).is_err(), "its own wait for each other");
    let other = |number| Subject { partition: PartitionId([2; 16]), ..caller(number) };
    let tries: Vec<_> = (0..6).map(|number| abuse.begin(other(number), NOW)).collect();
    assert!(tries.iter().all(Result::is_ok));
}

/// Tries of many subjects at once are not those of one.
#[test]
fn open_tries_do_not_count_where_subjects_share() {
    let mut abuse = Abuse::new(AbuseRules { pan: OFF, caller: RULE, key: OFF });
    for number in 0..CALLERS {
        fail(&mut abuse, caller(number), NOW).unwrap();
    }
    let later = at(1);
    let tries: Vec<_> =
        (0..6).map(|number| abuse.begin(caller(2 * CALLERS + number), later)).collect();
    assert!(tries.iter().all(Result::is_ok));
}

#[test]
fn rows_come_back_in_any_order() {
    let mut abuse = Abuse::new(AbuseRules { pan: OFF, caller: CLOSED, key: OFF });
    let mut rows = BTreeMap::new();
    for number in 0..CALLERS + 2 {
        let counted = fail(&mut abuse, caller(number), NOW).unwrap();
        rows.extend(counted.into_iter().map(|row| (row.id, row)));
    }
    let restored = |rows: &mut dyn Iterator<Item = &Row>| {
        let mut abuse = Abuse::new(AbuseRules { pan: OFF, caller: CLOSED, key: OFF });
        rows.for_each(|row| abuse.restore(row));
        abuse.standing(None, NOW).collect::<Vec<_>>()
    };
    let found = restored(&mut rows.values());
    assert!(found == restored(&mut rows.values().rev()));
    for (found, expected) in found.iter().zip(abuse.standing(None, NOW)) {
        assert_eq!(*found, expected);
    }
}

#[test]
fn what_is_over_is_found_step_by_step() {
    let mut abuse = by_pan(RULE);
    for pan in 1..=9 {
        fail(&mut abuse, subject(pan), NOW).unwrap();
    }
    let all: Vec<_> = abuse.standing(None, NOW).map(|one| one.id).collect();
    for (place, id) in all.iter().enumerate() {
        let rest: Vec<_> = abuse.standing(Some(*id), NOW).map(|one| one.id).collect();
        assert_eq!(rest, all[place + 1..]);
    }
    let later = at(10 * RULE.span_ms + RULE.cap_ms);
    let (mut found, mut after, mut steps) = (vec![], None, 0);
    loop {
        let Swept { over, last } = abuse.sweep(after, 4, later);
        assert!(over.len() <= 4);
        found.extend(over);
        steps += 1;
        after = last;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((found, steps), (all.clone(), all.len() / 4 + 1));
    assert_eq!(abuse.standing(None, later).count(), 0);
}

#[test]
fn a_clock_set_back_lengthens_no_wait_beyond_the_cap_and_forgets_nothing() {
    let mut abuse = by_pan(RULE);
    let mut now = NOW;
    for _ in 0..5 {
        while let Err(wait) = fail(&mut abuse, subject(1), now) {
            now = UnixMs(now.0 + wait);
        }
    }
    let earlier = UnixMs(NOW.0 - 1_000_000);
    let wait = begin(&mut abuse, subject(1), earlier).err().unwrap_or(0);
    assert!(wait <= RULE.cap_ms, "{wait}");
    let open = UnixMs(earlier.0 + wait);
    fail(&mut abuse, subject(1), open).unwrap();
    assert!(abuse.begin(subject(1), open).is_err(), "the failures before count on");
}

/// The counts, what a store would have of them, and what a reader of the rules expects: every
/// failure with its time, looked at anew each time.
struct World {
    abuse: Abuse,
    stored: BTreeMap<SubjectId, Row>,
    time: u64,
    failures: Vec<u64>,
    closed_until: u64,
}

impl World {
    fn new() -> Self {
        let (abuse, stored) = (by_pan(RULE), BTreeMap::new());
        Self { abuse, stored, time: 0, failures: vec![], closed_until: 0 }
    }

    /// Failures that must count, and failures that may.
    fn counts(&self) -> (u32, u32) {
        let age = |at: &&u64| self.time - **at;
        let within = |span_ms| self.failures.iter().filter(|at| age(at) < span_ms).count();
        (within(RULE.span_ms) as u32, within(9 * RULE.span_ms.div_ceil(8)) as u32)
    }

    fn sweep(&mut self) {
        let mut after = None;
        loop {
            let Swept { over, last } = self.abuse.sweep(after, 2, at(self.time));
            for id in over {
                self.stored.remove(&id);
                assert!(id.kind != Kind::Pan || self.counts().0 == 0);
            }
            after = last;
            if after.is_none() {
                return;
            }
        }
    }

    fn restart(&mut self) {
        self.abuse = by_pan(RULE);
        for row in self.stored.values() {
            self.abuse.restore(&Row::from_bytes(row.to_bytes().expose()).unwrap());
        }
    }

    fn attempt(&mut self, fails: bool) {
        let wait = self.closed_until.saturating_sub(self.time);
        let begun = begin(&mut self.abuse, subject(1), at(self.time));
        assert_eq!(begun.as_ref().err().copied().unwrap_or(0), wait, "closed as long as it said");
        match begun {
            Err(_) => {}
            Ok(tried) if fails => self.fail(tried),
            Ok(tried) => self.abuse.passed(tried, at(self.time)).unwrap(),
        }
    }

    fn fail(&mut self, tried: Try) {
        let counted = self.abuse.failed([tried], at(self.time)).unwrap();
        let rows = counted.into_iter().filter_map(|id| Some((id, self.abuse.row(id)?)));
        self.stored.extend(rows);
        self.failures.push(self.time);
        let looked = begin(&mut self.abuse, subject(1), at(self.time));
        let wait = looked.map(|tried| self.abuse.given_up(tried)).err().unwrap_or(0);
        let (least, most) = self.counts();
        let range = expected_wait(least)..=expected_wait(most);
        assert!(range.contains(&wait), "{wait} of {range:?}");
        self.closed_until = self.time + wait;
    }
}

fn expected_wait(failures: u32) -> u64 {
    match failures {
        0..=2 => 0,
        3 => 50,
        4 => 100,
        5 => 200,
        _ => 400,
    }
}

/// What tries are answered, each of a card that fails or not, when so many are on their way at a
/// time; and how everybody stands afterwards.
fn answers(tries: &[(u8, bool)], at_a_time: usize) -> (Vec<Result<bool, Wait>>, Vec<Standing>) {
    let rule = |free, counts_open| Rule { free, counts_open, ..RULE };
    let (pan, caller, key) = (rule(2, true), rule(5, false), rule(9, false));
    let mut abuse = Abuse::new(AbuseRules { pan, caller, key });
    let (mut told, mut running) = (vec![], VecDeque::new());
    let end = |abuse: &mut Abuse, (begun, fails): (Result<Try, Wait>, bool)| {
        let tried = begun?;
        if fails { abuse.failed([tried], NOW).map(drop) } else { abuse.passed(tried, NOW) }?;
        Ok(fails)
    };
    for (pan, fails) in tries {
        loop {
            let begun = abuse.begin(subject(*pan), NOW);
            let is_open = matches!(begun, Err(Wait { is_open: true, .. }));
            if running.len() < at_a_time && !is_open {
                running.push_back((begun, *fails));
                break;
            }
            begun.into_iter().for_each(|tried| abuse.given_up(tried));
            let first = running.pop_front().expect("open tries are on their way");
            told.push(end(&mut abuse, first));
        }
    }
    told.extend(running.into_iter().map(|one| end(&mut abuse, one)));
    (told, abuse.standing(None, NOW).collect())
}

#[test]
fn a_batch_that_fails_waits_as_long_as_its_first_costly_failure_says() {
    let wrong: Vec<_> = (0..200).map(|at| (at, true)).collect();
    let (told, standing) = answers(&wrong, 64);
    assert_eq!(told.iter().filter(|told| told.is_ok()).count(), 6);
    let wait = Wait { kind: Kind::Caller, wait_ms: RULE.base_ms, is_open: false };
    assert!(told[6..].iter().all(|told| *told == Err(wait)));
    let caller = standing.iter().find(|one| one.id.kind == Kind::Caller).unwrap();
    assert_eq!((caller.failures, caller.closed_until), (6, at(RULE.base_ms)));
    let right = [(1, false); 1024];
    let (told, standing) = answers(&right, 64);
    assert!(told.iter().all(|told| *told == Ok(false)) && standing.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Against the model: never open before the wait is over, never longer than the cap, no
    /// failure forgotten within the span, none remembered much beyond; also over restarts and
    /// sweeps at any time.
    #[test]
    fn never_early_never_forgetful(steps in prop::collection::vec((0_u64..300, 0_u8..8), 1..120)) {
        let mut world = World::new();
        for (pause, what) in steps {
            world.time += pause;
            match what {
                0 => world.sweep(),
                1 => world.restart(),
                _ => world.attempt(what > 2),
            }
        }
        world.abuse.sweep(None, 99, at(world.time + RULE.span_ms * 2 + RULE.cap_ms));
        prop_assert_eq!(Kind::ALL.map(|kind| world.abuse.remembered(kind)), [0; 3]);
    }

    /// Side by side or one after the other: the same answers, the same counts. Who is refused may
    /// be told of a wait that began earlier.
    #[test]
    fn records_of_a_batch_are_judged_in_order(
        tries in prop::collection::vec((1_u8..5, prop::bool::weighted(0.3)), 1..60),
        at_a_time in 2_usize..40,
    ) {
        let [(told, standing), (in_a_row, standing_in_a_row)] =
            [at_a_time, 1].map(|at_a_time| answers(&tries, at_a_time));
        let [told, in_a_row] = [told, in_a_row].map(|told| {
            told.into_iter().map(|told| told.map_err(|wait| wait.is_open)).collect::<Vec<_>>()
        });
        prop_assert_eq!(told, in_a_row);
        prop_assert_eq!(standing, standing_in_a_row);
    }

    #[test]
    fn rows_round_trip(
        kind in 0_usize..3, partition: [u8; 16], id: [u8; 16],
        times in prop::collection::vec(0_u64..999, 1..9),
    ) {
        let mut entry = Entry::default();
        times.iter().for_each(|time| entry.fail(RULE, at(*time)));
        let id = SubjectId { kind: Kind::ALL[kind], partition: PartitionId(partition), id };
        let row = entry.row(id);
        let bytes = row.to_bytes().expose().clone();
        prop_assert_eq!(Row::from_bytes(&bytes), Ok(row.clone()));
        for at in 0..bytes.len() {
            prop_assert_eq!(Row::from_bytes(&bytes[..at]), Err(Corrupt));
            let mut changed = bytes.clone();
            changed[at] ^= 0x40;
            prop_assert_ne!(Row::from_bytes(&changed), Ok(row.clone()));
        }
        prop_assert_eq!(Row::from_bytes(&[&[2], &bytes[1..]].concat()), Err(Corrupt));
    }
}
