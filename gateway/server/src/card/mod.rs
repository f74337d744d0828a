//! The card behind the backends that drive one: started from the configuration, shown to the
//! operator, reset and tested on request.

mod board;
mod report;
mod trace;
mod watch;

pub use board::{BoardError, abi_kind, available};
pub use report::{
    Capability, Count, Faults, Identity, Jobs, Keys, LastFault, Report, Restarted, Ring, State,
    Tested,
};
pub use trace::{EXCERPT_EVENTS_MAX, Event, Excerpt, Trace};

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use typex_card::Board;
use typex_engine::{CardError, CardOptions, CardSnapshot, CardState, SelfTest};

use crate::config::Config;

/// The capability that is told apart from the sizes.
const CLOCK: &str = "clock_khz";

/// The card in use.
pub struct Card {
    card: Arc<typex_engine::Card>,
    backend: &'static str,
    board: Board,
    link: String,
    seed: u64,
    trace: Arc<Trace>,
}

/// Why a gateway with a card does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no such card here.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The card does not answer as it should.
    #[error("card: {0}")]
    Card(#[from] CardError),
    /// The system refuses a thread.
    #[error("card: {0}")]
    Thread(#[from] std::io::Error),
}

impl Card {
    /// Whether this build has the card that the configuration asks for.
    ///
    /// # Errors
    /// [`StartError::Board`].
    pub fn check(config: &Config) -> Result<(), StartError> {
        if config.engine.backend.needs_card() {
            available(config.card.kind)?;
        }
        Ok(())
    }

    /// Builds and attaches the card that the configuration asks for; `None` if its backend needs
    /// none. Blocks until the card's self-test has passed. With a backend that replaces it, a card
    /// that does not come up is brought in later.
    ///
    /// # Errors
    /// Any [`StartError`].
    pub fn start(config: &Config) -> Result<Option<Arc<Self>>, StartError> {
        let backend = config.engine.backend.entry();
        if !backend.needs_card {
            return Ok(None);
        }
        let board = board::build(&config.card)?;
        let trace = Arc::new(Trace::new(config.card.trace_events));
        if config.card.trace_events > 0 {
            board::watch(&board, &trace)?;
        }
        board::unplug(&board, &config.card)?;
        let attach = match backend.replaces_card {
            true => typex_engine::Card::start_patiently,
            false => typex_engine::Card::start,
        };
        let card = attach(board.link(), options(config))?;
        board::arm(&board, &config.card)?;
        let (link, seed) = (board::name(&config.card), config.card.seed);
        let card = Arc::new(Self { card, backend: backend.name, board, link, seed, trace });
        watch::start(&card)?;
        Ok(Some(card))
    }

    /// What the engine drives.
    pub fn engine(&self) -> Arc<typex_engine::Card> {
        Arc::clone(&self.card)
    }

    /// `model` or `rtl`.
    pub fn kind(&self) -> &'static str {
        self.board.kind().name()
    }

    /// Whether it takes jobs.
    pub fn is_up(&self) -> bool {
        self.card.is_ready()
    }

    /// How it is in a word, and why it did not come up.
    pub fn trouble(&self) -> Option<String> {
        trouble(&self.card.snapshot())
    }

    /// Everything there is to show, with registers as they were last read. Never blocks.
    pub fn report(&self) -> Report {
        self.tell(&self.card.snapshot())
    }

    /// The same with registers read now. Blocks for milliseconds.
    pub fn inspect(&self) -> Report {
        self.tell(&self.card.inspect())
    }

    /// Runs the self-test; jobs of the card wait meanwhile.
    pub fn selftest(&self) -> Tested {
        let reason = self.card.selftest().err().map(|error| error.to_string());
        Tested { card: self.kind().to_owned(), passed: reason.is_none(), reason }
    }

    /// Resets the card and puts it back to work.
    ///
    /// # Errors
    /// Why it did not come back.
    pub fn reset(&self) -> Result<Restarted, CardError> {
        let took_us = microseconds(self.card.reset()?);
        let snapshot = self.card.snapshot();
        let epoch = snapshot.epoch.into();
        Ok(Restarted { card: snapshot.card.to_owned(), epoch, took_us })
    }

    /// The last transactions of the link, from number `from` on if that is given.
    pub fn trace(&self, from: Option<u64>, last: usize) -> Excerpt {
        self.trace.excerpt(from, last)
    }

    fn tell(&self, snapshot: &CardSnapshot) -> Report {
        Report {
            card: snapshot.card.to_owned(),
            backend: self.backend.to_owned(),
            identity: self.identity(snapshot),
            state: state(snapshot),
            capabilities: capabilities(),
            rings: rings(snapshot),
            keys: keys(snapshot),
            jobs: Jobs { card: counts(&snapshot.jobs), software: counts(&snapshot.software) },
            faults: faults(snapshot),
            counters: counts(&snapshot.counters),
        }
    }

    fn identity(&self, snapshot: &CardSnapshot) -> Identity {
        let (major, minor) = snapshot.version;
        let clock = snapshot.capabilities.iter().find(|(name, _)| *name == CLOCK);
        Identity {
            abi: format!("{major}.{minor}"),
            build: format!("{:08x}", snapshot.build),
            configuration: snapshot.configuration.to_owned(),
            clock_khz: clock.map_or(0, |(_, khz)| *khz),
            link: self.link.clone(),
            seed: self.seed,
            shape: counts(&snapshot.capabilities)
                .into_iter()
                .filter(|size| size.name != CLOCK)
                .collect(),
        }
    }
}

fn trouble(snapshot: &CardSnapshot) -> Option<String> {
    let word = snapshot.state.name();
    (snapshot.state != CardState::Up).then(|| match snapshot.problem {
        Some(problem) => format!("{word}: {problem}"),
        None => word.to_owned(),
    })
}

fn options(config: &Config) -> CardOptions {
    let card = &config.card;
    CardOptions {
        ring_entries: card.ring_entries,
        job_timeout: Duration::from_micros(card.job_timeout_us),
        stall_limit: Duration::from_millis(card.stall_ms),
        moderation_count: card.interrupt_completions,
        moderation_us: card.interrupt_us,
        retry_max: Duration::from_millis(card.retry_ms),
        ..CardOptions::default()
    }
}

fn state(snapshot: &CardSnapshot) -> State {
    State {
        up: snapshot.state == CardState::Up,
        word: snapshot.state.name().to_owned(),
        tested: matches!(snapshot.selftest, SelfTest::Passed),
        selftest: snapshot.selftest.to_string(),
        epoch: snapshot.epoch.into(),
        incarnation: snapshot.incarnation.into(),
        problem: snapshot.problem.map(|problem| problem.to_string()),
        errors: snapshot.errors.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn capabilities() -> Vec<Capability> {
    let row = |(operation, algorithm, runs, reason): &(&str, &str, &str, &str)| Capability {
        operation: (*operation).to_owned(),
        algorithm: (*algorithm).to_owned(),
        runs: (*runs).to_owned(),
        reason: (*reason).to_owned(),
    };
    typex_engine::CARD_CAPABILITIES.iter().map(row).collect()
}

fn rings(snapshot: &CardSnapshot) -> Vec<Ring> {
    let row = |ring: &typex_engine::RingSnapshot| Ring {
        index: ring.index as u64,
        entries: ring.size as u64,
        in_flight: ring.in_flight as u64,
        submitted: ring.submitted,
        completed: ring.completed,
        doorbells: ring.doorbells,
        interrupts: ring.interrupts,
    };
    snapshot.rings.iter().map(row).collect()
}

fn keys(snapshot: &CardSnapshot) -> Keys {
    let slots = &snapshot.slots;
    Keys {
        slots: slots.capacity as u64,
        resident: slots.resident as u64,
        hits: slots.hits,
        misses: slots.misses,
        evictions: slots.evictions,
        zeroised: slots.zeroised,
    }
}

fn faults(snapshot: &CardSnapshot) -> Faults {
    let last = snapshot.last_fault.map(|(kind, time)| LastFault {
        kind: kind.to_owned(),
        time_ms: time
            .duration_since(UNIX_EPOCH)
            .map_or(0, |span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
    });
    Faults {
        kinds: counts(&snapshot.faults),
        failovers: snapshot.failovers,
        recoveries: snapshot.recoveries,
        recovery_us: microseconds(snapshot.recovery_last),
        last,
    }
}

fn counts(rows: &[(&'static str, u64)]) -> Vec<Count> {
    rows.iter().map(|(name, value)| Count::new(name, *value)).collect()
}

fn microseconds(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
