//! The thread that keeps a card: watches it, carries out orders, brings it back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use typex_abi::{Link, LinkError, error, register, state};

use super::errands::Errands;
use super::snapshot::{CardState, Registers};
use super::{CardError, Phase, Seat, Shared, bring_up, lock};
use crate::backend::fpga::fault::FaultKind;
use crate::limits::{CARD_IDLE_TICK, CARD_ORDERS_MAX, CARD_REFRESH};

/// Of the register `ring_state`: an error has stopped the ring.
const RING_STOPPED: u32 = 1 << 1;
/// Errors after which a ring stands still or never ran.
const RING_ERRORS: u32 = error::DOORBELL | error::COMPLETION_HEAD | error::RING_CONFIG;

/// What the keeper is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Inspect,
    SelfTest,
    Reset,
}

type Reply = Result<Duration, CardError>;

/// What waits for the keeper.
#[derive(Default)]
pub(super) struct Desk {
    orders: VecDeque<(Order, SyncSender<Reply>)>,
    alarm: bool,
    stop: bool,
}

/// Why the keeper wakes.
enum Call {
    Stop,
    Order(Order, SyncSender<Reply>),
    /// A fault, or an error interrupt.
    Alarm,
    Tick,
}

impl Shared {
    /// Has the keeper do something and waits for it.
    pub(super) fn order(&self, order: Order) -> Reply {
        let (reply, answer) = sync_channel(1);
        {
            let mut desk = lock(&self.desk);
            if desk.stop || desk.orders.len() >= CARD_ORDERS_MAX {
                return Err(CardError::Down);
            }
            desk.orders.push_back((order, reply));
        }
        self.bell.notify_all();
        answer.recv().unwrap_or(Err(CardError::Down))
    }

    /// Wakes the keeper.
    pub(super) fn alarm(&self) {
        lock(&self.desk).alarm = true;
        self.bell.notify_all();
    }

    pub(super) fn stop(&self) {
        lock(&self.desk).stop = true;
        self.bell.notify_all();
    }

    fn call(&self, limit: Duration) -> Call {
        let desk = lock(&self.desk);
        let quiet = |desk: &mut Desk| !desk.stop && !desk.alarm && desk.orders.is_empty();
        let waited = self.bell.wait_timeout_while(desk, limit, quiet);
        let mut desk = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        if desk.stop {
            // Whoever waits for an order learns it from the dropped channel.
            desk.orders.clear();
            Call::Stop
        } else if std::mem::take(&mut desk.alarm) {
            Call::Alarm
        } else if let Some((order, reply)) = desk.orders.pop_front() {
            Call::Order(order, reply)
        } else {
            Call::Tick
        }
    }
}

pub(super) struct Keeper<'a> {
    pub(super) link: Box<dyn Link>,
    pub(super) shared: &'a Arc<Shared>,
    /// The keeper's ring; none before the card is attached.
    pub(super) errands: Option<Errands>,
    /// An error interrupt has come.
    rung: Arc<AtomicBool>,
    /// Completions of each ring at the last tick, and since when there were no more.
    seen: Vec<(u8, u64, Instant)>,
    /// When rings, slots and registers were looked at.
    watched: Instant,
    /// 0 until the card is attached.
    pub(super) incarnation: u32,
    /// Pause before the next attempt to bring the card back.
    pause: Duration,
}

/// Runs until the card is dropped. Without `errands` it is yet to be attached.
pub(super) fn run(link: Box<dyn Link>, shared: &Arc<Shared>, errands: Option<Errands>) {
    let mut keeper = Keeper {
        link,
        shared,
        incarnation: u32::from(errands.is_some()),
        errands,
        rung: Arc::default(),
        seen: Vec::new(),
        watched: Instant::now(),
        pause: Duration::ZERO,
    };
    keeper.listen();
    while keeper.turn() {}
    shared.set_phase(Phase::Down(CardState::Gone));
    shared.wake_all();
}

impl Keeper<'_> {
    /// One wake-up; `false` at the end.
    fn turn(&mut self) -> bool {
        let patience = self.patience();
        let call = self.shared.call(patience);
        let tick = matches!(call, Call::Tick | Call::Alarm);
        match call {
            Call::Stop => return false,
            Call::Order(order, reply) => {
                let _ = reply.send(self.carry_out(order));
            }
            Call::Alarm | Call::Tick => {}
        }
        match self.shared.phase() {
            // Orders that come one after the other do not keep it from looking.
            Phase::Up(_) | Phase::Draining(_) if tick || self.watched.elapsed() >= patience => {
                self.watch();
            }
            Phase::Down(_) => {
                let _ = self.recover();
            }
            _ => {}
        }
        true
    }

    fn patience(&self) -> Duration {
        match self.shared.phase() {
            Phase::Down(CardState::Faulted) => Duration::ZERO,
            Phase::Down(_) => self.pause,
            _ if self.shared.in_flight() > 0 => self.shared.options.tick,
            _ => CARD_IDLE_TICK,
        }
    }

    fn carry_out(&mut self, order: Order) -> Reply {
        match order {
            Order::Inspect => self.refresh().map(|()| Duration::ZERO),
            Order::SelfTest => self.selftest().map(|()| Duration::ZERO),
            Order::Reset => {
                self.fault(FaultKind::Operator);
                self.recover()
            }
        }
    }

    pub(super) fn fault(&mut self, kind: FaultKind) {
        self.shared.fault(kind, self.incarnation, self.link.now());
    }

    /// Brings a faulted card back.
    fn recover(&mut self) -> Reply {
        self.shared.set_phase(Phase::Down(CardState::Recovering));
        let seats = lock(&self.shared.seats).clone();
        let busy = |seat: &Arc<Seat>| seat.busy.load(Ordering::SeqCst);
        self.shared.wait_until(|| !seats.iter().any(busy));
        let faulted = lock(&self.shared.tally.last_fault).map(|(_, _, when)| when);
        match bring_up::attach(&mut *self.link, self.shared, self.incarnation.wrapping_add(1)) {
            Ok((session, errands)) => {
                self.incarnation = session.incarnation;
                self.errands = Some(errands);
                self.pause = Duration::ZERO;
                self.seen.clear();
                let took = self.link.now().saturating_sub(faulted.unwrap_or_default());
                self.shared.count_recovery(took);
                self.listen();
                self.shared.open(session);
                Ok(took)
            }
            Err(problem) => {
                let longest = self.shared.options.retry_max;
                self.pause = (self.pause * 2).clamp(Duration::from_millis(1), longest);
                self.shared.miss(problem);
                Err(problem)
            }
        }
    }

    /// Has errors interrupt this thread, on vector 0.
    fn listen(&mut self) {
        let (rung, shared) = (Arc::clone(&self.rung), Arc::downgrade(self.shared));
        let wake = Arc::new(move || {
            rung.store(true, Ordering::SeqCst);
            if let Some(shared) = shared.upgrade() {
                shared.alarm();
            }
        });
        if let Ok(message) = self.link.interrupt(0, wake) {
            let _ = set_vector(&mut *self.link, 0, message);
        }
    }

    /// Looks at rings with jobs. One without progress gets a wake-up, since its interrupt may be
    /// lost, some time where the clock stands, and the card a look at its state.
    fn watch(&mut self) {
        self.watched = Instant::now();
        let seats = lock(&self.shared.seats).clone();
        let mut stalled = self.rung.swap(false, Ordering::SeqCst);
        for seat in &seats {
            if self.is_stalled(seat) {
                stalled = true;
                self.link.pass(self.shared.options.job_timeout / 4);
                (seat.wake)();
            }
        }
        if stalled {
            self.look();
        }
        if matches!(self.shared.phase(), Phase::Up(_)) {
            self.sweep();
        }
        let wanted = {
            let registers = lock(&self.shared.registers);
            registers.wanted && registers.read.is_none_or(|read| read.elapsed() >= CARD_REFRESH)
        };
        if wanted {
            let _ = self.refresh();
        }
    }

    fn is_stalled(&mut self, seat: &Seat) -> bool {
        let completed = seat.completed.load(Ordering::Relaxed);
        let idle = seat.in_flight.load(Ordering::SeqCst) == 0;
        let now = Instant::now();
        let known = self.seen.iter_mut().find(|(ring, ..)| *ring == seat.ring);
        let Some((_, seen, since)) = known else {
            self.seen.push((seat.ring, completed, now));
            return false;
        };
        if idle || *seen != completed {
            (*seen, *since) = (completed, now);
            return false;
        }
        if now.saturating_duration_since(*since) >= self.shared.options.stall_limit {
            self.fault(FaultKind::Hang);
        }
        true
    }

    /// Asks the card how it is.
    fn look(&mut self) {
        let problem = self.problem();
        match problem {
            Ok(None) => {}
            Ok(Some(kind)) => self.fault(kind),
            Err(_) => self.fault(FaultKind::Link),
        }
    }

    fn problem(&mut self) -> Result<Option<FaultKind>, LinkError> {
        let word = self.link.read(register::STATE)?;
        let errors = self.link.read(register::ERROR)?;
        lock(&self.shared.registers).errors = errors;
        let session = self.shared.session(self.incarnation);
        let known = session.is_some_and(|session| session.epoch == state::epoch(word));
        let mut stopped = false;
        for seat in lock(&self.shared.seats).clone() {
            let offset = register::RING_STATE + u32::from(seat.ring) * register::RING_STRIDE;
            stopped |= self.link.read(offset)? & RING_STOPPED != 0;
        }
        Ok(if word & state::FATAL != 0 {
            Some(FaultKind::Fatal)
        } else if !known || word & state::TRANSPORT_LOCKED == 0 {
            Some(FaultKind::Epoch)
        } else if stopped || errors & RING_ERRORS != 0 {
            Some(FaultKind::Ring)
        } else {
            None
        })
    }

    fn refresh(&mut self) -> Result<(), CardError> {
        let lanes = lock(&self.shared.registers).capabilities.map_or(0, |card| card.lanes);
        let (errors, counters) = Registers::refresh(&mut *self.link, lanes.into())?;
        let mut registers = lock(&self.shared.registers);
        (registers.errors, registers.counters) = (errors, counters);
        (registers.read, registers.wanted) = (Some(Instant::now()), false);
        Ok(())
    }

    /// Lets the jobs on the card end, tests it, and goes on.
    fn selftest(&mut self) -> Result<(), CardError> {
        let Phase::Up(incarnation) = self.shared.phase() else { return Err(CardError::Down) };
        let (up, draining) = (Phase::Up(incarnation), Phase::Draining(incarnation));
        if !self.shared.advance(up, draining) {
            return Err(CardError::Down);
        }
        let shared = Arc::clone(self.shared);
        let drained = shared.wait_until(|| {
            shared.wake_all();
            let seats = lock(&shared.seats).clone();
            let quiet = |seat: &Arc<Seat>| {
                !seat.busy.load(Ordering::SeqCst) && seat.in_flight.load(Ordering::SeqCst) == 0
            };
            seats.iter().all(quiet) || matches!(shared.phase(), Phase::Down(_))
        });
        if matches!(self.shared.phase(), Phase::Down(_)) {
            return Err(CardError::Down);
        }
        let result = match drained {
            true => bring_up::selftest(&mut *self.link, self.shared),
            false => Err(CardError::Busy),
        };
        match result {
            Err(CardError::Link(_)) => self.fault(FaultKind::Link),
            Err(CardError::SelfTest(_) | CardError::SelfTestTime) => {
                self.fault(FaultKind::SelfTest);
            }
            _ => {
                self.shared.advance(draining, up);
                self.shared.wake_all();
            }
        }
        result
    }
}

/// Puts an interrupt's message into the card's table and unmasks it.
pub(in super::super) fn set_vector(
    link: &mut dyn Link,
    vector: u16,
    (address, data): (u64, u32),
) -> Result<(), LinkError> {
    let at = register::MSIX_TABLE + 16 * u32::from(vector);
    link.write(at, address as u32)?;
    link.write(at + 4, (address >> 32) as u32)?;
    link.write(at + 8, data)?;
    link.write(at + 12, 0)
}
