//! One client: a thread with all its connections, which carries out steps.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;
use tokio::time::Instant;

use super::carrier::{Route, Slot};
use super::feed::Feed;
use super::limits::RECONNECT_PAUSE;
use super::open::{Plan, open};
use super::operation::{Answer, Exchange, Fault, Verdict};
use super::pacer::Pacer;
use super::scenario::{Arrivals, Link, Scenario};
use super::tally::Counter;
use super::{Interval, LoadError, Tally, Target};
use crate::CpuClock;

/// Called whenever a piece of a step is over.
pub(crate) type Tell = Box<dyn FnMut(&Interval)>;

/// What clients do together for some time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Step {
    /// Each slot sends as soon as it has an answer.
    Closed { seconds: f64, under_way: Option<usize> },
    /// By the clock; rates are of all clients together. Segments follow each other without a pause.
    Open { segments: Vec<Segment>, arrivals: Arrivals, seed: u64 },
}

/// A rate for some time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Segment {
    pub(crate) seconds: f64,
    pub(crate) rate: f64,
}

impl Step {
    pub(crate) fn seconds(&self) -> f64 {
        match self {
            Self::Closed { seconds, .. } => *seconds,
            Self::Open { segments, .. } => segments.iter().map(|one| one.seconds).sum(),
        }
    }

    /// Of each segment.
    fn lengths(&self) -> Vec<Duration> {
        match self {
            Self::Closed { seconds, .. } => vec![Duration::from_secs_f64(*seconds)],
            Self::Open { segments, .. } => {
                segments.iter().map(|one| Duration::from_secs_f64(one.seconds)).collect()
            }
        }
    }
}

/// A client and its connections.
pub(crate) struct Client {
    runtime: Runtime,
    local: LocalSet,
    work: Rc<Work>,
    /// Slots of each link.
    slots: Vec<Vec<Slot>>,
    /// Which one of how many.
    share: (usize, usize),
}

/// What the slots share.
pub(crate) struct Work {
    pub(crate) feed: Feed,
    pub(crate) verify_every: u64,
    pub(crate) give_up: Duration,
    /// Ends the step early.
    pub(crate) stop: Arc<AtomicBool>,
}

/// How long a piece of a step is.
pub(crate) const INTERVAL: Duration = Duration::from_millis(250);

impl Client {
    /// Connects. `share` tells the clients of one run apart; each has its part of the connections.
    pub(crate) fn connect(
        scenario: &Scenario,
        target: &Target,
        share: (usize, usize),
        stop: Arc<AtomicBool>,
    ) -> Result<Self, LoadError> {
        scenario.check()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (local, mut slots) = (LocalSet::new(), Vec::new());
        for link in &scenario.links {
            let route = Rc::new(route(scenario, link, target)?);
            let mine = Link { connections: part(link.connections, share), ..link.clone() };
            let opened = local.block_on(&runtime, Slot::open(&mine, &route));
            let address = route.address.to_string();
            let failed = |fault: Fault| LoadError::Connect { address, fault: told(&fault) };
            slots.push(opened.map_err(failed)?);
        }
        let work = Work {
            feed: Feed::new(scenario, scenario.seed.wrapping_add(share.0 as u64))?,
            verify_every: scenario.verify_every,
            give_up: Duration::from_millis(scenario.give_up_ms),
            stop,
        };
        Ok(Self { runtime, local, work: Rc::new(work), slots, share })
    }

    /// Carries out a step; what is under way at its end is waited for.
    pub(crate) fn run(&mut self, step: &Step, tell: Tell) -> Result<Tally, LoadError> {
        let cpu_before = CpuClock::Thread.now();
        let (work, slots) = (Rc::clone(&self.work), std::mem::take(&mut self.slots));
        let share = self.share;
        let done = self.local.block_on(&self.runtime, async move {
            let counter = Counter::new((Instant::now(), step.lengths()), INTERVAL, tell);
            let counter = Rc::new(RefCell::new(counter));
            let slots = match step {
                Step::Closed { under_way, .. } => {
                    let most = under_way.map_or(usize::MAX, |all| part(all, share));
                    closed(&work, slots, &counter, most).await
                }
                Step::Open { segments, arrivals, seed } => {
                    let plan = Plan { segments, arrivals: *arrivals, seed: *seed };
                    match Pacer::new() {
                        Ok(pacer) => open(&work, slots, &counter, (&plan, share), pacer).await,
                        Err(error) => Err(error.into()),
                    }
                }
            };
            (slots, counter)
        });
        let (slots, counter) = done;
        self.slots = slots?;
        let counter = Rc::into_inner(counter).map(RefCell::into_inner);
        let counter = counter.expect("every task that counts has ended");
        let cpu = CpuClock::Thread.now().saturating_sub(cpu_before);
        counter.finish(Instant::now(), cpu)
    }
}

/// The part of `all` that one of several has.
pub(crate) fn part(all: usize, (index, of): (usize, usize)) -> usize {
    let of = of.max(1);
    all / of + usize::from(index < all % of)
}

fn route(scenario: &Scenario, link: &Link, target: &Target) -> Result<Route, LoadError> {
    Ok(Route {
        address: target.address(&link.listener)?,
        name: target.name.clone(),
        carrier: link.carrier,
        tls: link.tls,
        trust: target.roots()?,
        patience: Duration::from_millis(scenario.patience_ms),
    })
}

fn told(fault: &Fault) -> String {
    match fault {
        Fault::Connect(why) | Fault::Connection(why) => why.clone(),
        fault => fault.kind(),
    }
}

/// Every slot sends as soon as it has an answer; of each link no more than `most` do.
async fn closed(
    work: &Rc<Work>,
    slots: Vec<Vec<Slot>>,
    counter: &Rc<RefCell<Counter>>,
    most: usize,
) -> Result<Vec<Vec<Slot>>, LoadError> {
    let (mut tasks, mut idle) = (Vec::new(), Vec::new());
    for (link, mut slots) in slots.into_iter().enumerate() {
        idle.push(slots.split_off(most.min(slots.len())));
        let spawn = |slot| {
            let (work, counter) = (Rc::clone(work), Rc::clone(counter));
            tokio::task::spawn_local(closed_slot(work, slot, link, counter))
        };
        tasks.push(slots.into_iter().map(spawn).collect::<Vec<_>>());
    }
    let mut slots = join(tasks).await?;
    slots.iter_mut().zip(idle).for_each(|(slots, idle)| slots.extend(idle));
    Ok(slots)
}

/// The slots of tasks that have ended.
pub(crate) async fn join(
    tasks: Vec<Vec<tokio::task::JoinHandle<Slot>>>,
) -> Result<Vec<Vec<Slot>>, LoadError> {
    let mut links = Vec::with_capacity(tasks.len());
    for tasks in tasks {
        let mut slots = Vec::with_capacity(tasks.len());
        for task in tasks {
            let slot = task.await.map_err(|error| LoadError::Client(error.to_string()))?;
            slots.push(slot);
        }
        links.push(slots);
    }
    Ok(links)
}

async fn closed_slot(
    work: Rc<Work>,
    mut slot: Slot,
    link: usize,
    counter: Rc<RefCell<Counter>>,
) -> Slot {
    let end = counter.borrow().end();
    loop {
        let now = Instant::now();
        if now >= end || work.stop.load(Ordering::Relaxed) {
            return slot;
        }
        counter.borrow_mut().offered(now);
        let exchange = work.feed.next(work.feed.draw(Some(link)));
        send(&work, &mut slot, exchange, now, &counter).await;
    }
}

/// Sends a request that was due at `due`, and counts how it ended.
pub(crate) async fn send(
    work: &Work,
    slot: &mut Slot,
    exchange: &Exchange,
    due: Instant,
    counter: &RefCell<Counter>,
) {
    counter.borrow_mut().sent();
    let answer = slot.exchange(exchange).await;
    let now = Instant::now();
    let lost = matches!(answer, Err(Fault::Connect(_)));
    let how = answer.and_then(|answer| {
        let verdict = exchange.expected.judge(&answer)?;
        check(work, exchange, (due, &verdict, &answer), counter);
        Ok(verdict)
    });
    counter.borrow_mut().ended((due, now), how);
    if lost {
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

/// Opens the answer if it is its turn; a wrong one ends the step.
fn check(
    work: &Work,
    exchange: &Exchange,
    (due, verdict, answer): (Instant, &Verdict, &Answer),
    counter: &RefCell<Counter>,
) {
    let mut counter = counter.borrow_mut();
    let is_its_turn = work.verify_every > 0 && counter.answers().is_multiple_of(work.verify_every);
    if verdict.accepted == 0 || !is_its_turn {
        return;
    }
    match exchange.expected.verify(answer) {
        Ok(()) => counter.verified(due),
        Err(why) => {
            counter.wrong(why);
            work.stop.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::carrier::Scripted;

    /// Four connections to a server that answers after a millisecond.
    #[tokio::test(start_paused = true)]
    async fn a_closed_loop_of_few_leaves_the_other_slots_idle() {
        let scenario = "about = \"x\"\n[[link]]\nname = \"a\"\ncarrier = \"http1\"\n\
            listener = \"x\"\nconnections = 4\n[[operation]]\nask = { http = { path = \"/\" } }\n";
        let scenario = Scenario::parse(scenario).expect("a scenario");
        for (most, answers) in [(1, 1000), (2, 2000), (usize::MAX, 4000)] {
            let work = Rc::new(Work {
                feed: Feed::new(&scenario, 1).expect("requests"),
                verify_every: 0,
                give_up: Duration::from_secs(1),
                stop: Arc::new(AtomicBool::new(false)),
            });
            let begin = Instant::now();
            let slot = || Slot::Scripted(Scripted { stall: (begin, begin) });
            let second = Duration::from_secs(1);
            let counter = Counter::new((begin, vec![second]), INTERVAL, Box::new(|_| ()));
            let counter = Rc::new(RefCell::new(counter));
            let slots = vec![(0..4).map(|_| slot()).collect()];
            let local = LocalSet::new();
            let slots = local.run_until(closed(&work, slots, &counter, most)).await;
            assert_eq!(slots.expect("no failure")[0].len(), 4);
            let counter = Rc::into_inner(counter).expect("the tasks have ended").into_inner();
            let tally = counter.finish(Instant::now(), Duration::ZERO).expect("no wrong answer");
            assert!(tally.answers.abs_diff(answers) <= answers / 50, "{most}: {}", tally.answers);
        }
    }

    #[test]
    fn parts_make_the_whole() {
        for (all, of) in [(8, 3), (1, 4), (64, 64), (5, 1)] {
            let parts: Vec<_> = (0..of).map(|index| part(all, (index, of))).collect();
            assert_eq!(parts.iter().sum::<usize>(), all, "{parts:?}");
            assert!(parts.iter().max() <= parts.iter().min().map(|least| least + 1).as_ref());
        }
    }
}
