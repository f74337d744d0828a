//! The open loop: requests are due by a schedule, whatever became of those before.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::LoadError;
use super::arrivals::Schedule;
use super::carrier::Slot;
use super::client::{Segment, Work, join, send};
use super::limits::BACKLOG_MAX;
use super::pacer::Pacer;
use super::scenario::Arrivals;
use super::tally::Counter;

/// The least time between two looks at the schedule; what is due then is sent together.
const LOOK_MIN: Duration = Duration::from_micros(20);
/// The longest, so that an end that was asked for is seen.
const LOOK_MAX: Duration = Duration::from_millis(100);

/// What is offered.
pub(crate) struct Plan<'a> {
    pub(crate) segments: &'a [Segment],
    pub(crate) arrivals: Arrivals,
    pub(crate) seed: u64,
}

/// Requests of a link that are due and not yet sent.
struct Queue {
    waiting: RefCell<VecDeque<(Instant, usize)>>,
    /// One is there, or all is over.
    changed: Notify,
    over: std::cell::Cell<bool>,
}

impl Queue {
    fn new() -> Rc<Self> {
        let (waiting, over) = (RefCell::default(), std::cell::Cell::new(false));
        Rc::new(Self { waiting, changed: Notify::new(), over })
    }

    /// The one that waits longest; `None` when there will be none any more.
    async fn take(&self) -> Option<(Instant, usize)> {
        loop {
            if let Some(first) = self.waiting.borrow_mut().pop_front() {
                return Some(first);
            }
            if self.over.get() {
                return None;
            }
            self.changed.notified().await;
        }
    }
}

/// Sends what the plan offers over these slots.
pub(crate) async fn open(
    work: &Rc<Work>,
    slots: Vec<Vec<Slot>>,
    counter: &Rc<RefCell<Counter>>,
    (plan, share): (&Plan<'_>, (usize, usize)),
    mut pacer: Pacer,
) -> Result<Vec<Vec<Slot>>, LoadError> {
    let queues: Vec<_> = slots.iter().map(|_| Queue::new()).collect();
    let mut tasks = Vec::new();
    for (queue, slots) in queues.iter().zip(slots) {
        let spawn = |slot| {
            let (work, counter, queue) = (Rc::clone(work), Rc::clone(counter), Rc::clone(queue));
            tokio::task::spawn_local(serve(work, slot, queue, counter))
        };
        tasks.push(slots.into_iter().map(spawn).collect::<Vec<_>>());
    }
    let end = dispatch(work, &queues, counter, (plan, share), &mut pacer).await;
    for queue in &queues {
        queue.over.set(true);
        queue.changed.notify_waiters();
    }
    let slots = join(tasks).await;
    end.and(slots)
}

async fn serve(
    work: Rc<Work>,
    mut slot: Slot,
    queue: Rc<Queue>,
    counter: Rc<RefCell<Counter>>,
) -> Slot {
    while let Some((due, operation)) = queue.take().await {
        let late = due.elapsed();
        if late > work.give_up || work.stop.load(Ordering::Relaxed) {
            counter.borrow_mut().gave_up(due);
            continue;
        }
        counter.borrow_mut().taken(due, late);
        send(&work, &mut slot, work.feed.next(operation), due, &counter).await;
    }
    slot
}

/// Puts requests into the queues when they are due.
async fn dispatch(
    work: &Work,
    queues: &[Rc<Queue>],
    counter: &RefCell<Counter>,
    (plan, share): (&Plan<'_>, (usize, usize)),
    pacer: &mut Pacer,
) -> Result<(), LoadError> {
    let mut begin = counter.borrow().begin();
    for (at, segment) in plan.segments.iter().enumerate() {
        let end = begin + Duration::from_secs_f64(segment.seconds);
        let rate = segment.rate / share.1.max(1) as f64;
        let seed = plan.seed.wrapping_add((at * 1_000_003 + share.0) as u64);
        let schedule = Schedule::new(plan.arrivals, rate, seed, share);
        keep_to(schedule, (begin, end), (work, queues, counter), pacer).await?;
        begin = end;
    }
    // The last piece is as long as the others.
    while Instant::now() < begin && !work.stop.load(Ordering::Relaxed) {
        pacer.until(begin.min(Instant::now() + LOOK_MAX)).await?;
    }
    Ok(())
}

/// Does what a schedule says from `begin` to `end`.
async fn keep_to(
    mut schedule: Schedule,
    (begin, end): (Instant, Instant),
    (work, queues, counter): (&Work, &[Rc<Queue>], &RefCell<Counter>),
    pacer: &mut Pacer,
) -> Result<(), LoadError> {
    loop {
        let (next, now) = (begin + schedule.next(), Instant::now());
        if next >= end || work.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        if next > now {
            pacer.until(next.clamp(now + LOOK_MIN, now + LOOK_MAX)).await?;
            continue;
        }
        let latest = now.min(end - Duration::from_nanos(1)) - begin;
        offer(work, queues, counter, (begin, now), |each| {
            schedule.take(latest, BACKLOG_MAX, each);
        });
        // The slots have a turn, also when there is always something due.
        tokio::task::yield_now().await;
    }
}

/// Puts what is due, counted from `begin`, behind what waits.
fn offer(
    work: &Work,
    queues: &[Rc<Queue>],
    counter: &RefCell<Counter>,
    (begin, now): (Instant, Instant),
    take: impl FnOnce(&mut dyn FnMut(Duration)),
) {
    take(&mut |at| {
        let (due, operation) = (begin + at, work.feed.draw(None));
        let queue = &queues[work.feed.link(operation)];
        let mut waiting = queue.waiting.borrow_mut();
        let has_room = waiting.len() < BACKLOG_MAX;
        if has_room {
            waiting.push_back((due, operation));
            queue.changed.notify_one();
        }
        counter.borrow_mut().arrived((due, now), has_room);
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::load::Tally;
    use crate::load::carrier::Scripted;
    use crate::load::feed::Feed;
    use crate::load::scenario::Scenario;

    const SCENARIO: &str = "about = \"x\"\nprepared = 1\n[[link]]\nname = \"a\"\n\
        carrier = \"http1\"\nlistener = \"x\"\nconnections = 1\n\
        [[operation]]\nask = { http = { path = \"/\" } }\n";

    /// What clients count that offer `rate` for four seconds over `slots` to a server that answers
    /// after a millisecond, but nothing between `stall.0` and `stall.1` milliseconds.
    async fn offer_to(rate: f64, slots: usize, stall: (u64, u64), give_up_ms: u64) -> Tally {
        let scenario = Scenario::parse(SCENARIO).expect("a scenario");
        let work = Rc::new(Work {
            feed: Feed::new(&scenario, 1).expect("requests"),
            verify_every: 1,
            give_up: Duration::from_millis(give_up_ms),
            stop: Arc::new(AtomicBool::new(false)),
        });
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let scripted = || Slot::Scripted(Scripted { stall: (at(stall.0), at(stall.1)) });
        let slots = vec![(0..slots).map(|_| scripted()).collect()];
        let length = Duration::from_secs(4);
        let interval = Duration::from_millis(250);
        let counter = Counter::new((begin, vec![length]), interval, Box::new(|_| ()));
        let counter = Rc::new(RefCell::new(counter));
        let segments = [Segment { seconds: 4.0, rate }];
        let plan = Plan { segments: &segments, arrivals: Arrivals::Constant, seed: 1 };
        let local = tokio::task::LocalSet::new();
        let run = open(&work, slots, &counter, (&plan, (0, 1)), Pacer::of_runtime());
        local.run_until(run).await.expect("no failure");
        let counter = Rc::into_inner(counter).expect("the tasks have ended").into_inner();
        counter.finish(Instant::now(), Duration::ZERO).expect("no wrong answer")
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_due_by_the_schedule() {
        let tally = offer_to(100.0, 4, (0, 0), 60_000).await;
        assert_eq!((tally.offered, tally.accepted, tally.verified), (400, 400, 400));
        assert!(tally.latency.max_us() <= 3_000.0, "{}", tally.latency.max_us());
        assert_eq!(tally.intervals.len(), 16);
        assert!(tally.intervals.iter().all(|piece| (24..=26).contains(&piece.offered)));
    }

    /// A hundred requests are due while the server does nothing. A client that waited for answers
    /// before it sent would have seen four slow ones, and a p99 of a millisecond.
    #[tokio::test(start_paused = true)]
    async fn a_stall_is_in_the_tail_of_all_that_were_due_meanwhile() {
        let tally = offer_to(100.0, 4, (1_000, 2_000), 60_000).await;
        assert_eq!(tally.accepted, 400);
        let slow = tally.latency.percentiles();
        let share = slow.iter().find(|point| point.us > 10_000.0).expect("slow ones").percent;
        assert!((70.0..78.0).contains(&share), "slow from {share} % on");
        for (quantile, ms) in [(0.80, 200.0), (0.90, 600.0), (1.0, 1000.0)] {
            let us = tally.latency.quantile_us(quantile);
            assert!((us / 1e3 - ms).abs() < 60.0, "{quantile}: {us} us is not {ms} ms");
        }
        let worst = tally.intervals.iter().map(|piece| piece.backlog).max();
        assert!(worst.is_some_and(|most| (90..=100).contains(&most)), "{worst:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_too_long_is_given_up_and_counted() {
        let tally = offer_to(100.0, 4, (1_000, 2_000), 500).await;
        assert_eq!(tally.given_up + tally.accepted, 400);
        assert!((40..60).contains(&tally.given_up), "{}", tally.given_up);
    }

    #[tokio::test(start_paused = true)]
    async fn more_than_the_server_can_do_waits() {
        // A slot does at most a thousand in a second.
        let tally = offer_to(3_000.0, 1, (0, 0), 60_000).await;
        assert_eq!(tally.accepted, 12_000);
        assert!(tally.answers_in_time <= 4_000, "{}", tally.answers_in_time);
        assert!(tally.latency.quantile_us(1.0) > 4e6, "{}", tally.latency.max_us());
        assert!(tally.goodput() <= 1_000.0);
    }
}
