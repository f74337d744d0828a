//! A card behind the simulated link, as its driver reaches it.

use pcie_sim::{Host, HostError, MemoryError, Region, Simulation};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use typex_abi::{CardKind, DmaBuffer, Link, LinkError, Wake};

/// Offsets of registers.
const BAR_BYTES: u32 = 0x1_0000;
/// Looks at a clock that stands still before it is let go on.
const LOOKS: u32 = 64;
/// By how much.
const STEP_PS: u64 = 1_000_000;
/// How long a write waits for room among the accesses under way; they leave at the pace of the
/// simulation.
const ROOM_WAIT: Duration = Duration::from_secs(2);

/// A simulation that is stepped by hand.
pub(crate) type ByHand = Arc<Mutex<Simulation>>;

/// A handle of a card behind a simulated link.
pub(crate) struct SimLink {
    host: Host,
    kind: CardKind,
    by_hand: Option<ByHand>,
    seen_ps: std::cell::Cell<u64>,
    looks: std::cell::Cell<u32>,
}

impl SimLink {
    pub(crate) fn new(host: Host, kind: CardKind, by_hand: Option<ByHand>) -> Self {
        let (seen_ps, looks) = (0.into(), 0.into());
        Self { host, kind, by_hand, seen_ps, looks }
    }

    /// Tries again while too many accesses are under way.
    fn post<T>(&self, access: impl Fn() -> Result<T, HostError>) -> Result<T, LinkError> {
        let begin = Instant::now();
        loop {
            match access() {
                Err(HostError::Busy) if begin.elapsed() < ROOM_WAIT => self.make_room(),
                Err(error) => return Err(link_error(error)),
                Ok(value) => return Ok(value),
            }
        }
    }

    fn make_room(&self) {
        match &self.by_hand {
            Some(simulation) => _ = lock(simulation).step(),
            None => std::thread::yield_now(),
        }
    }

    /// The clock stands still while nothing is pending. Who looks at it again and again waits for
    /// time to pass: it is let go on.
    fn let_time_pass(&self, now_ps: u64) {
        let same = self.seen_ps.replace(now_ps) == now_ps && self.by_hand.is_none();
        let looks = if same { self.looks.get() + 1 } else { 0 };
        self.looks.set(looks % LOOKS);
        if looks == LOOKS {
            // That the host has too many accesses under way means that time passes anyway.
            let _ = self.host.advance_to(now_ps + STEP_PS);
        }
    }
}

impl Link for SimLink {
    fn card(&self) -> CardKind {
        self.kind
    }

    fn read(&mut self, offset: u32) -> Result<u32, LinkError> {
        check(offset)?;
        if let Some(simulation) = &self.by_hand {
            return lock(simulation).read(offset).map_err(link_error);
        }
        self.post(|| self.host.read(offset))?.wait().map_err(link_error)
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), LinkError> {
        check(offset)?;
        self.post(|| self.host.write(offset, value))
    }

    fn allocate(&mut self, bytes: usize) -> Result<Box<dyn DmaBuffer>, LinkError> {
        let region = self.host.allocate(bytes).map_err(link_error)?;
        Ok(Box::new(SimBuffer(region)))
    }

    fn now(&self) -> Duration {
        self.let_time_pass(self.host.now_ps());
        self.host.now()
    }

    fn pass(&mut self, time: Duration) {
        let ps = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).saturating_mul(1000);
        if self.by_hand.is_none() {
            // That the host has too many accesses under way means that time passes anyway.
            let _ = self.host.advance_to(self.host.now_ps().saturating_add(ps));
        }
    }

    fn interrupt(&mut self, vector: u16, wake: Wake) -> Result<(u64, u32), LinkError> {
        self.host.on_interrupt(vector, wake).map_err(link_error)
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        if let Some(simulation) = &self.by_hand {
            return lock(simulation).reset().map_err(link_error);
        }
        self.post(|| self.host.reset())?.wait().map_err(link_error)
    }

    fn another(&self) -> Result<Box<dyn Link>, LinkError> {
        let by_hand = self.by_hand.clone();
        Ok(Box::new(Self::new(self.host.clone(), self.kind, by_hand)))
    }
}

fn check(offset: u32) -> Result<(), LinkError> {
    let known = offset < BAR_BYTES && offset.is_multiple_of(4);
    if known { Ok(()) } else { Err(LinkError::BadOffset) }
}

fn link_error(error: HostError) -> LinkError {
    match error {
        HostError::Busy | HostError::Timeout | HostError::Reset => LinkError::Timeout,
        HostError::Removed | HostError::Closed => LinkError::Removed,
        HostError::BadVector => LinkError::BadOffset,
        HostError::Memory(_) => LinkError::OutOfMemory,
    }
}

pub(crate) fn lock(simulation: &ByHand) -> MutexGuard<'_, Simulation> {
    simulation.lock().unwrap_or_else(PoisonError::into_inner)
}

struct SimBuffer(Region);

impl DmaBuffer for SimBuffer {
    fn bus(&self) -> u64 {
        self.0.bus()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, at: usize, into: &mut [u8]) {
        let room = self.0.len().saturating_sub(at).min(into.len());
        ignore_range(self.0.load(at, &mut into[..room]));
    }

    fn store(&mut self, at: usize, from: &[u8]) {
        let room = self.0.len().saturating_sub(at).min(from.len());
        ignore_range(self.0.store(at, &from[..room]));
    }
}

/// What lies behind the end was cut off; an empty access behind it is none.
fn ignore_range(result: Result<(), MemoryError>) {
    debug_assert!(result.is_ok() || matches!(result, Err(MemoryError::OutOfRange)));
}
