//! A backend that keeps jobs: the core goes on, and every job ends once.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use typex_core::error::ErrorKind;
use typex_engine::backend::{self, BackendEntry, Capability, Place, Start, Wake};
use typex_engine::{Backend, Batch, Completions, Item, Job, Options, Pending, Route, Tuning};

use crate::harness::*;

/// What a test decides about the backend of its thread.
#[derive(Default)]
struct Control {
    /// Jobs it has room for.
    room: AtomicUsize,
    /// Jobs it may still give back.
    released: AtomicUsize,
    /// Jobs it has.
    kept: AtomicUsize,
}

thread_local! {
    static CONTROL: RefCell<Option<Arc<Control>>> = const { RefCell::new(None) };
    static WAKE: RefCell<Option<Wake>> = const { RefCell::new(None) };
}

static HOLDING: BackendEntry = BackendEntry {
    name: "holding",
    purpose: "keeps jobs until a test releases them",
    capabilities: &[],
    computes: true,
    needs_card: false,
    replaces_card: false,
    start: |start| match start.place {
        Place::Pool => soft(start),
        Place::Core(_) => {
            WAKE.set(start.wake.clone());
            let control = CONTROL.with_borrow(|control| control.clone().unwrap());
            Box::new(Holding { control, items: Vec::new(), soft: soft(start) })
        }
    },
};

fn soft(start: &Start) -> Box<dyn Backend> {
    (backend::find("soft").unwrap().start)(start)
}

struct Holding {
    control: Arc<Control>,
    items: Vec<Item>,
    soft: Box<dyn Backend>,
}

impl Backend for Holding {
    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }

    fn keeps_jobs(&self) -> bool {
        true
    }

    fn submit(&mut self, batch: &mut Batch) -> usize {
        let room = self.control.room.load(Ordering::SeqCst).saturating_sub(self.items.len());
        let before = self.items.len();
        self.items.extend(batch.take(room));
        self.control.kept.store(self.items.len(), Ordering::SeqCst);
        self.items.len() - before
    }

    fn poll(&mut self, completions: &mut Completions) -> usize {
        let count = self.control.released.load(Ordering::SeqCst).min(self.items.len());
        self.control.released.fetch_sub(count, Ordering::SeqCst);
        for mut item in self.items.drain(..count) {
            let result = self.soft.run(&mut item.task).unwrap();
            completions.push(item.tag, result);
        }
        self.control.kept.store(self.items.len(), Ordering::SeqCst);
        count
    }

    fn in_flight(&self) -> usize {
        self.items.len()
    }

    fn has_completions(&self) -> bool {
        !self.items.is_empty() && self.control.released.load(Ordering::SeqCst) > 0
    }
}

fn holding_world(room: usize) -> (World, Arc<Control>) {
    let control = Arc::new(Control::default());
    control.room.store(room, Ordering::SeqCst);
    CONTROL.set(Some(Arc::clone(&control)));
    let tuning = Tuning { linger: Duration::from_secs(3600), ..Tuning::default() };
    (world_of(Options { backend: &HOLDING, tuning, ..Options::default() }), control)
}

fn send(world: &World, key: &Key, deadline: Duration) -> Pending {
    let now = Instant::now();
    let work = key.process(key.seal([7; 8], &[1; 16]));
    let job = Job { work, now, deadline: now + deadline, request_ns: 0 };
    world.shard.submit(grant(key), job).unwrap()
}

fn is_right(key: &Key, result: Result<typex_engine::Done, typex_core::Error>) -> bool {
    key.open([7; 8], &sealed_of(result).unwrap()).len() == 16
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_core_leaves_jobs_with_its_backend_and_goes_on() {
    let ((world, control), key) = (holding_world(64), aes());
    let mut pending = [(); 3].map(|()| send(&world, &key, LONG));
    assert_eq!(world.shard.flush(Instant::now()), 0);
    assert_eq!(control.kept.load(Ordering::SeqCst), 3);
    assert!(pending.iter_mut().all(|pending| poll_now(pending).is_none()));
    control.released.store(2, Ordering::SeqCst);
    let late = send(&world, &key, LONG);
    assert_eq!(world.shard.flush(Instant::now()), 2);
    let [first, second, mut third] = pending;
    assert!(is_right(&key, world.finish(first)) && is_right(&key, world.finish(second)));
    assert!(poll_now(&mut third).is_none());
    control.released.store(2, Ordering::SeqCst);
    assert!(is_right(&key, world.finish(third)) && is_right(&key, world.finish(late)));
    assert_eq!(world.counter(|counters| counters.routed(Route::Card)), 4);
    assert!(world.engine.is_idle());
}

/// However much a request is worth, its jobs go to the backend that keeps jobs, and together.
#[test]
fn jobs_of_a_dear_request_reach_the_backend_together() {
    let ((world, control), key) = (holding_world(64), aes());
    let dear = typex_engine::limits::POOL_BATCH_NS;
    assert_eq!(world.shard.route(dear), Route::Card);
    let part = || {
        let job = Job { request_ns: dear, ..job(key.process(key.seal([7; 8], &[1; 16]))) };
        world.shard.submit(grant(&key), job).unwrap()
    };
    let pending: Vec<_> = (0..63).map(|_| part()).collect();
    assert_eq!(control.kept.load(Ordering::SeqCst), 0, "they wait for the rest");
    let last = part();
    assert_eq!(control.kept.load(Ordering::SeqCst), 64, "in one burst");
    control.released.store(64, Ordering::SeqCst);
    for pending in pending.into_iter().chain([last]) {
        assert!(is_right(&key, world.finish(pending)));
    }
    assert_eq!(world.counter(|counters| counters.routed(Route::Card)), 64);
    assert_eq!(world.counter(|counters| counters.routed(Route::Together)), 0);
}

#[test]
fn a_wake_from_another_thread_ends_the_sleep() {
    let ((world, control), key) = (holding_world(64), aes());
    let wake = WAKE.take().unwrap();
    for _ in 0..100 {
        let pending = send(&world, &key, LONG);
        let (control, wake) = (Arc::clone(&control), Arc::clone(&wake));
        let card = std::thread::spawn(move || {
            while control.kept.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            control.released.store(1, Ordering::SeqCst);
            wake();
        });
        assert!(is_right(&key, world.finish(pending)));
        card.join().unwrap();
    }
}

#[test]
fn what_it_has_no_room_for_goes_to_a_pool() {
    let ((world, control), key) = (holding_world(2), aes());
    let pending = [(); 5].map(|()| send(&world, &key, LONG));
    world.shard.flush(Instant::now());
    control.released.store(2, Ordering::SeqCst);
    for pending in pending {
        assert!(is_right(&key, world.finish(pending)));
    }
    assert_eq!(world.counter(|counters| counters.routed(Route::Card)), 2);
    assert_eq!(world.counter(|counters| counters.routed(Route::Spill)), 3);
}

#[test]
fn an_overdue_job_is_answered_while_the_backend_has_it() {
    let ((world, control), key) = (holding_world(64), aes());
    let overdue = send(&world, &key, Duration::from_millis(20));
    let mut other = send(&world, &key, LONG);
    world.shard.flush(Instant::now());
    world.shard.flush(Instant::now() + Duration::from_millis(40));
    let result = world.finish(overdue).map(|_| ());
    assert_eq!(result.unwrap_err().kind, ErrorKind::Timeout);
    assert!(poll_now(&mut other).is_none());
    assert_eq!((control.kept.load(Ordering::SeqCst), world.engine.is_idle()), (2, false));
    control.released.store(2, Ordering::SeqCst);
    assert!(is_right(&key, world.finish(other)));
    assert!(world.engine.is_idle());
    use Ordering::Relaxed;
    assert_eq!(world.counter(|counters| counters.expired.load(Relaxed)), 1);
    assert_eq!(world.counter(|counters| counters.stale.load(Relaxed)), 0);
}

#[test]
fn a_cancelled_job_keeps_its_slot_until_it_is_back() {
    let ((world, control), key) = (holding_world(64), aes());
    for _ in 0..3 {
        let dropped = send(&world, &key, LONG);
        world.shard.flush(Instant::now());
        drop(dropped);
        assert_eq!((control.kept.load(Ordering::SeqCst), world.engine.is_idle()), (1, false));
        control.released.store(1, Ordering::SeqCst);
        world.shard.flush(Instant::now());
        assert!(world.engine.is_idle());
    }
    let stale = world.counter(|counters| counters.stale.load(Ordering::Relaxed));
    assert_eq!((stale, control.kept.load(Ordering::SeqCst)), (0, 0));
}

#[test]
fn a_closed_engine_finishes_what_the_backend_has() {
    let ((world, control), key) = (holding_world(64), aes());
    let pending = send(&world, &key, LONG);
    world.shard.flush(Instant::now());
    world.engine.close();
    let work = key.process(key.seal([7; 8], &[1; 16]));
    let refused = world.shard.submit(grant(&key), job(work)).map(|_| ());
    assert_eq!(refused.unwrap_err().kind, ErrorKind::ShuttingDown);
    control.released.store(1, Ordering::SeqCst);
    assert!(is_right(&key, world.finish(pending)) && world.engine.is_idle());
}
