//! How jobs and results change hands between a core and the pools.
//!
//! One source for the gateway and for the model checker: queue and atomics come from a
//! [`Platform`]. The rules, each relied on by the others:
//!
//! - Only the core that owns a [`Slots`] table admits, finishes, takes and cancels; executors only
//!   [`begin`](Slots::begin). A slot is free again only once nobody else holds its job.
//! - A consumer sleeps behind a flag: set it, look again, park. A producer puts the item in the
//!   queue first and clears the flag after. Both sides swap the flag, so one of them sees the
//!   other.
//! - A [`Gate`] counts what was let in. Consumers leave only when it is closed and empty.

pub use crate::platform::{CoreTask, PoolThread, System};

/// An atomic 32-bit word. Loads acquire, everything else acquires and releases.
pub trait Word: Send + Sync {
    /// A word with this value.
    fn new(value: u32) -> Self;
    /// Its value.
    fn load(&self) -> u32;
    /// Sets it and tells what it was.
    fn swap(&self, value: u32) -> u32;
    /// Sets it if it is `current`; otherwise tells what it is.
    ///
    /// # Errors
    /// The value found.
    fn replace(&self, current: u32, value: u32) -> Result<(), u32>;
}

/// A bounded queue for many producers and consumers.
pub trait Queue<T: Send>: Send + Sync {
    /// A queue with room for `places` items.
    fn bounded(places: usize) -> Self;
    /// Appends, or gives the item back when there is no room.
    ///
    /// # Errors
    /// The item.
    fn push(&self, item: T) -> Result<(), T>;
    /// Takes the oldest item.
    fn pop(&self) -> Option<T>;
    /// Whether there is nothing to take.
    fn is_empty(&self) -> bool;
}

/// Something that sleeps and can be woken: a thread or a task. A wake that comes before the sleep
/// ends it at once.
pub trait Sleeper: Send + Sync {
    /// Ends the sleep.
    fn wake(&self);
}

/// A step that correctness rests on. A model can leave one out to show that its tests notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wake the sleeper after a push.
    Wake,
    /// Push before looking at the flag.
    PushFirst,
    /// Look at the queue again after the flag is set.
    LookAgain,
    /// Finish a slot only from the state `Running`.
    FinishOnce,
    /// Compare the generation of a tag.
    Generation,
    /// Keep a cancelled slot until its job comes back.
    KeepCancelled,
    /// Drain the queue before leaving.
    Drain,
    /// Refuse once closed.
    Refuse,
    /// Skip a cancelled job.
    SkipCancelled,
    /// Wake the consumers when the gate closes.
    WakeOnClose,
}

/// Where the protocol runs.
pub trait Platform: 'static {
    /// Its atomics.
    type Word: Word;
    /// Its queues.
    type Queue<T: Send>: Queue<T>;

    /// Whether `step` is carried out.
    #[inline(always)]
    fn performs(_step: Step) -> bool {
        true
    }
}

/// Names a job in flight: its slot and the slot's generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    index: u32,
    generation: u32,
}

impl Tag {
    /// Which slot.
    pub fn index(self) -> usize {
        self.index as usize
    }

    /// The first tag of a slot, for a backend without an engine.
    pub(crate) fn of_index(index: usize) -> Self {
        Self { index: u32::try_from(index).unwrap_or(u32::MAX), generation: 0 }
    }

    fn word(self, phase: u32) -> u32 {
        self.generation << PHASE_BITS | phase
    }
}

const PHASE_BITS: u32 = 3;
const GENERATIONS: u32 = 1 << (32 - PHASE_BITS);
const FREE: u32 = 0;
const QUEUED: u32 = 1;
const RUNNING: u32 = 2;
const DONE: u32 = 3;
const CANCELLED: u32 = 4;

/// What to do with a result that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Keep it for its waiter and wake that.
    Deliver,
    /// Nobody waits; the slot is free now.
    Discard,
    /// It names no job in flight. A defect of whoever made it.
    Stale,
}

/// The states of the jobs of one core: `Free → Queued → Running → Done → Free`, and `Cancelled`
/// from `Queued` or `Running`, which becomes `Free` when the job comes back.
pub struct Slots<P: Platform> {
    words: Box<[P::Word]>,
}

impl<P: Platform> Slots<P> {
    /// A table of free slots.
    pub fn new(count: usize) -> Self {
        Self { words: (0..count).map(|_| P::Word::new(FREE)).collect() }
    }

    /// Owner: takes a free slot for a new job. `None` if it is not free.
    pub fn admit(&self, index: usize) -> Option<Tag> {
        let word = self.words.get(index)?;
        let generation = word.load() >> PHASE_BITS;
        let tag = Tag { index: u32::try_from(index).ok()?, generation };
        word.replace(tag.word(FREE), tag.word(QUEUED)).ok().map(|()| tag)
    }

    /// Executor: claims a job to compute. `false`: it was cancelled, send it back uncomputed.
    pub fn begin(&self, tag: Tag) -> bool {
        let begun = self.step(tag, QUEUED, RUNNING);
        begun || !P::performs(Step::SkipCancelled)
    }

    /// Owner: whether a job waits and nobody has cancelled it.
    pub fn is_queued(&self, tag: Tag) -> bool {
        self.words.get(tag.index()).is_some_and(|word| word.load() == tag.word(QUEUED))
    }

    /// Owner: a job came back, computed or not.
    pub fn finish(&self, tag: Tag) -> Finish {
        let from = [RUNNING, QUEUED];
        if from.into_iter().any(|from| self.step(tag, from, DONE)) {
            return Finish::Deliver;
        }
        if self.free(tag, CANCELLED) {
            return Finish::Discard;
        }
        if P::performs(Step::FinishOnce) { Finish::Stale } else { Finish::Deliver }
    }

    /// Owner: the waiter takes its result; the slot is free afterwards. `false`: there is none.
    pub fn take(&self, tag: Tag) -> bool {
        self.free(tag, DONE)
    }

    /// Owner: the waiter went away. `true`: the slot is free now and its result can go.
    pub fn cancel(&self, tag: Tag) -> bool {
        // An executor may move it from Queued to Running in between, hence this order.
        if self.step(tag, QUEUED, CANCELLED) || self.step(tag, RUNNING, CANCELLED) {
            return !P::performs(Step::KeepCancelled) && self.free(tag, CANCELLED);
        }
        self.free(tag, DONE)
    }

    fn step(&self, tag: Tag, from: u32, to: u32) -> bool {
        let Some(word) = self.words.get(tag.index()) else { return false };
        let mut tag = tag;
        if !P::performs(Step::Generation) {
            tag.generation = word.load() >> PHASE_BITS;
        }
        word.replace(tag.word(from), tag.word(to)).is_ok()
    }

    fn free(&self, tag: Tag, from: u32) -> bool {
        let next = Tag { generation: (tag.generation + 1) % GENERATIONS, ..tag };
        self.words
            .get(tag.index())
            .is_some_and(|word| word.replace(tag.word(from), next.word(FREE)).is_ok())
    }
}

const AWAKE: u32 = 0;
const ASLEEP: u32 = 1;

/// Wakes one sleeper, only when it sleeps.
pub struct Bell<P: Platform, S: Sleeper> {
    flag: P::Word,
    sleeper: S,
}

impl<P: Platform, S: Sleeper> Bell<P, S> {
    /// A bell for a sleeper that is awake.
    pub fn new(sleeper: S) -> Self {
        Self { flag: P::Word::new(AWAKE), sleeper }
    }

    /// What it wakes.
    pub fn sleeper(&self) -> &S {
        &self.sleeper
    }

    /// Wakes the sleeper if it sleeps; tells whether it did.
    pub fn ring(&self) -> bool {
        let asleep = self.flag.swap(AWAKE) == ASLEEP;
        if asleep && P::performs(Step::Wake) {
            self.sleeper.wake();
        }
        asleep
    }

    /// Sets the flag and looks again. `true`: nothing to do, so sleep now.
    pub fn doze(&self, idle: impl Fn() -> bool) -> bool {
        self.flag.swap(ASLEEP);
        if !P::performs(Step::LookAgain) || idle() {
            return true;
        }
        self.rise();
        false
    }

    /// The sleeper is awake, whoever woke it.
    pub fn rise(&self) {
        self.flag.swap(AWAKE);
    }
}

const CLOSED: u32 = 1 << 31;

/// Counts what is inside and can be closed.
pub struct Gate<P: Platform> {
    word: P::Word,
}

impl<P: Platform> Default for Gate<P> {
    fn default() -> Self {
        Self { word: P::Word::new(0) }
    }
}

impl<P: Platform> Gate<P> {
    /// Counts one in, unless closed.
    pub fn enter(&self) -> bool {
        self.change(|word| {
            let open = word & CLOSED == 0 || !P::performs(Step::Refuse);
            open.then_some(word + 1)
        })
        .is_some()
    }

    /// Counts one out. `true`: it was the last one and the gate is closed.
    pub fn leave(&self) -> bool {
        self.change(|word| word.checked_sub(1)) == Some(CLOSED)
    }

    /// Lets nobody in any more. `true`: nobody is inside.
    pub fn close(&self) -> bool {
        self.change(|word| Some(word | CLOSED)) == Some(CLOSED)
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.word.load() & CLOSED != 0
    }

    /// Whether it is closed and nobody is inside.
    pub fn is_finished(&self) -> bool {
        let word = self.word.load();
        if P::performs(Step::Drain) { word == CLOSED } else { word & CLOSED != 0 }
    }

    /// How many are inside.
    pub fn inside(&self) -> usize {
        (self.word.load() & !CLOSED) as usize
    }

    fn change(&self, next: impl Fn(u32) -> Option<u32>) -> Option<u32> {
        let mut word = self.word.load();
        loop {
            let changed = next(word)?;
            match self.word.replace(word, changed) {
                Ok(()) => return Some(changed),
                Err(found) => word = found,
            }
        }
    }
}

/// Work for the consumers of one pool.
pub struct Inbox<P: Platform, T: Send, S: Sleeper> {
    queue: P::Queue<T>,
    bells: Box<[Bell<P, S>]>,
    gate: Gate<P>,
}

impl<P: Platform, T: Send, S: Sleeper> Inbox<P, T, S> {
    /// An empty inbox with room for `places` items and one consumer per sleeper.
    pub fn new(places: usize, sleepers: impl IntoIterator<Item = S>) -> Self {
        Self {
            queue: P::Queue::bounded(places),
            bells: sleepers.into_iter().map(Bell::new).collect(),
            gate: Gate::default(),
        }
    }

    /// The bell of one consumer.
    pub fn bell(&self, consumer: usize) -> Option<&Bell<P, S>> {
        self.bells.get(consumer)
    }

    /// Hands an item over and wakes a sleeping consumer.
    ///
    /// # Errors
    /// The item, when there is no room or the inbox is closed.
    pub fn push(&self, item: T) -> Result<(), T> {
        if !self.gate.enter() {
            return Err(item);
        }
        if !P::performs(Step::PushFirst) {
            self.ring_one();
        }
        if let Err(item) = self.queue.push(item) {
            self.leave();
            return Err(item);
        }
        if P::performs(Step::PushFirst) {
            self.ring_one();
        }
        Ok(())
    }

    /// Takes an item; the consumer calls [`leave`](Self::leave) once it has dealt with it.
    pub fn pop(&self) -> Option<T> {
        self.queue.pop()
    }

    /// Counts a dealt-with item out.
    pub fn leave(&self) {
        if self.gate.leave() {
            self.ring_all();
        }
    }

    /// Lets nothing in any more; consumers finish what is inside.
    pub fn close(&self) {
        self.gate.close();
        if P::performs(Step::WakeOnClose) {
            self.ring_all();
        }
    }

    /// Whether consumers may go home: closed, and nothing is inside.
    pub fn is_finished(&self) -> bool {
        self.gate.is_finished()
    }

    /// Whether a consumer has nothing to do.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty() && !self.gate.is_finished()
    }

    /// Items handed over and not yet dealt with.
    pub fn inside(&self) -> usize {
        self.gate.inside()
    }

    fn ring_one(&self) {
        let _ = self.bells.iter().any(Bell::ring);
    }

    fn ring_all(&self) {
        self.bells.iter().for_each(|bell| {
            bell.ring();
        });
    }
}

/// One core's end: the states of its jobs and the way their results come back.
pub struct Port<P: Platform, T: Send, S: Sleeper> {
    /// The states.
    pub slots: Slots<P>,
    /// Counts the core's jobs.
    pub gate: Gate<P>,
    /// Wakes the core.
    pub bell: Bell<P, S>,
    returned: P::Queue<T>,
}

impl<P: Platform, T: Send, S: Sleeper> Port<P, T, S> {
    /// A port for `jobs` jobs in at most `parcels` parcels.
    pub fn new(jobs: usize, parcels: usize, sleeper: S) -> Self {
        Self {
            slots: Slots::new(jobs),
            gate: Gate::default(),
            bell: Bell::new(sleeper),
            returned: P::Queue::bounded(parcels),
        }
    }

    /// Executor: sends a parcel back and wakes the core.
    ///
    /// # Errors
    /// The parcel, if the core has handed out more of them than it said.
    pub fn give_back(&self, parcel: T) -> Result<(), T> {
        if !P::performs(Step::PushFirst) {
            self.bell.ring();
        }
        self.returned.push(parcel)?;
        if P::performs(Step::PushFirst) {
            self.bell.ring();
        }
        Ok(())
    }

    /// Owner: the next parcel that came back.
    pub fn returned(&self) -> Option<T> {
        self.returned.pop()
    }

    /// Owner: whether none has.
    pub fn is_quiet(&self) -> bool {
        self.returned.is_empty()
    }
}
