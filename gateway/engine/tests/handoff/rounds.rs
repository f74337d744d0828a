//! Whole rounds between a core and a pool, under every schedule.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use typex_engine::handoff::{Finish, Inbox, Port, Step, Tag};

use crate::model::{Model, Token, check, fails_without};

type TestInbox = Inbox<Model, Tag, Token>;
type TestPort = Port<Model, Tag, Token>;

/// The consumer loop of a pool; `work` deals with one item.
fn consume(inbox: &TestInbox, index: usize, mut work: impl FnMut(Tag)) {
    let bell = inbox.bell(index).unwrap();
    while !inbox.is_finished() {
        while let Some(item) = inbox.pop() {
            work(item);
            inbox.leave();
        }
        if bell.doze(|| inbox.is_idle()) {
            bell.sleeper().sleep();
            bell.rise();
        }
    }
}

/// Takes results in until `jobs` have come back; returns how many were delivered.
fn collect(port: &TestPort, jobs: usize) -> usize {
    let (mut back, mut delivered) = (0, 0);
    while back < jobs {
        while let Some(tag) = port.returned() {
            back += 1;
            delivered += usize::from(port.slots.finish(tag) == Finish::Deliver);
        }
        if back < jobs && port.bell.doze(|| port.is_quiet()) {
            port.bell.sleeper().sleep();
            port.bell.rise();
        }
    }
    delivered
}

/// A core hands jobs over one after the other and waits for each.
fn round_trips() {
    let inbox = Arc::new(TestInbox::new(1, [Token::new()]));
    let port = Arc::new(TestPort::new(1, 1, Token::new()));
    let pool = {
        let (inbox, port) = (Arc::clone(&inbox), Arc::clone(&port));
        thread::spawn(move || {
            consume(&inbox, 0, |tag| {
                assert!(port.slots.begin(tag));
                port.give_back(tag).unwrap();
            });
        })
    };
    for _ in 0..2 {
        let tag = port.slots.admit(0).expect("the job before was taken");
        inbox.push(tag).expect("the queue was emptied");
        assert_eq!(collect(&port, 1), 1);
        assert!(port.slots.take(tag) && !port.slots.take(tag));
    }
    inbox.close();
    pool.join().unwrap();
}

/// Two consumers, one job, closed right behind it: it is computed once and both go home.
fn shutdown() {
    let inbox = Arc::new(TestInbox::new(2, [Token::new(), Token::new()]));
    let port = TestPort::new(2, 2, Token::new());
    let computed = Arc::new(AtomicUsize::new(0));
    let pool: Vec<_> = (0..2)
        .map(|index| {
            let (inbox, computed) = (Arc::clone(&inbox), Arc::clone(&computed));
            thread::spawn(move || {
                consume(&inbox, index, |_| {
                    computed.fetch_add(1, Ordering::Relaxed);
                });
            })
        })
        .collect();
    inbox.push(port.slots.admit(0).unwrap()).unwrap();
    inbox.close();
    pool.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(computed.load(Ordering::Relaxed), 1);
}

/// A job is handed over while the pool closes: it is refused or computed, never lost.
fn late_push() {
    let inbox = Arc::new(TestInbox::new(1, [Token::new()]));
    let computed = Arc::new(AtomicUsize::new(0));
    let pool = {
        let (inbox, computed) = (Arc::clone(&inbox), Arc::clone(&computed));
        thread::spawn(move || {
            consume(&inbox, 0, |_| {
                computed.fetch_add(1, Ordering::Relaxed);
            });
        })
    };
    let pusher = {
        let inbox = Arc::clone(&inbox);
        thread::spawn(move || {
            let port = TestPort::new(1, 1, Token::new());
            inbox.push(port.slots.admit(0).unwrap()).is_ok()
        })
    };
    inbox.close();
    let accepted = pusher.join().unwrap();
    pool.join().unwrap();
    assert_eq!(computed.load(Ordering::Relaxed), usize::from(accepted));
}

/// A waiter goes away while its job is on its way: nothing is delivered, and the slot is not used
/// again before the job is back.
fn cancellation() {
    let inbox = Arc::new(TestInbox::new(1, [Token::new()]));
    let port = Arc::new(TestPort::new(1, 1, Token::new()));
    let pool = {
        let (inbox, port) = (Arc::clone(&inbox), Arc::clone(&port));
        thread::spawn(move || {
            consume(&inbox, 0, |tag| {
                port.slots.begin(tag);
                port.give_back(tag).unwrap();
            });
        })
    };
    let tag = port.slots.admit(0).unwrap();
    inbox.push(tag).unwrap();
    assert!(!port.slots.cancel(tag), "the job is still out");
    assert!(port.slots.admit(0).is_none(), "the slot is still taken");
    assert_eq!(collect(&port, 1), 0);
    assert!(port.slots.admit(0).is_some());
    inbox.close();
    pool.join().unwrap();
}

#[test]
fn round_trips_end_under_every_schedule() {
    check(round_trips);
}

#[test]
fn shutdown_loses_nothing_under_every_schedule() {
    check(shutdown);
}

#[test]
fn a_late_job_is_refused_or_computed_under_every_schedule() {
    check(late_push);
}

#[test]
fn cancellation_is_clean_under_every_schedule() {
    check(cancellation);
}

#[test]
fn a_lost_wake_is_caught() {
    assert!(fails_without(Step::Wake, "rounds::round_trips_end_under_every_schedule"));
}

#[test]
fn a_wake_before_the_push_is_caught() {
    assert!(fails_without(Step::PushFirst, "rounds::round_trips_end_under_every_schedule"));
}

#[test]
fn a_sleeper_that_does_not_look_again_is_caught() {
    assert!(fails_without(Step::LookAgain, "rounds::round_trips_end_under_every_schedule"));
}

#[test]
fn a_pool_that_leaves_work_behind_is_caught() {
    assert!(fails_without(Step::Drain, "rounds::shutdown_loses_nothing_under_every_schedule"));
}

#[test]
fn a_pool_that_sleeps_through_its_end_is_caught() {
    assert!(fails_without(
        Step::WakeOnClose,
        "rounds::shutdown_loses_nothing_under_every_schedule"
    ));
}

#[test]
fn a_closed_gate_that_lets_in_is_caught() {
    assert!(fails_without(
        Step::Refuse,
        "rounds::a_late_job_is_refused_or_computed_under_every_schedule"
    ));
}

#[test]
fn a_slot_freed_before_its_job_is_back_is_caught() {
    assert!(fails_without(
        Step::KeepCancelled,
        "rounds::cancellation_is_clean_under_every_schedule"
    ));
}
