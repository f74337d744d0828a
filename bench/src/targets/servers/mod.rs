//! The gateway beside other servers: every side is a process, driven in turns by closed loops, and
//! its figure is the processor time that a request or a record took.

mod allocations;
mod bare;
mod frames;
mod http;
mod idle;
mod openbao;
mod overload;
mod peer;
mod saturated;
mod softhsm;

use std::path::PathBuf;
use std::time::Duration;

use super::figure::Round;
use super::procedure::{Failure, Plan, alternate};
use crate::load::scenario::GatewaySpec;
use crate::load::{Gateway, Scenario, Session, Target, Window};

pub(super) use allocations::allocations;
pub(super) use frames::{cores, frame_size, frames};
use http::{BODIES, process_data};
pub(super) use http::{http1_tls, http3};
pub(super) use idle::idle;
pub(super) use openbao::openbao;
pub(super) use overload::overload;
pub(super) use saturated::saturated;
pub(super) use softhsm::softhsm;

/// A window of a server: processes are accounted for in steps of 10 ms.
const WINDOW: Duration = Duration::from_millis(1500);
/// The same where only a short run is wanted.
const WINDOW_QUICK: Duration = Duration::from_millis(500);

/// A server that is up and the connections to it.
struct Side<S> {
    session: Session,
    /// Ends the server when it is dropped, behind the connections.
    server: S,
}

impl Side<Gateway> {
    /// A gateway of one core, so that its figure is that of a core.
    fn gateway(backend: &str, scenario: &str) -> Result<Self, Failure> {
        Self::gateway_on(backend, 1, scenario)
    }

    fn gateway_on(backend: &str, cores: usize, scenario: &str) -> Result<Self, Failure> {
        let program = program("typex")?;
        let environment = [
            ("TYPEX_ENGINE_CORES".to_owned(), cores.to_string()),
            // The other sides are told nothing either.
            ("TYPEX_LOG_FILTER".to_owned(), "error".to_owned()),
        ];
        let spec = GatewaySpec {
            backend: Some(backend.to_owned()),
            environment: environment.into(),
            cores: Vec::new(),
        };
        let server = Gateway::start(&program, &spec)?;
        let mut scenario = Scenario::parse(scenario)?;
        server.furnish(&mut scenario)?;
        let session = Session::open(&scenario, &server.target()?)?;
        Ok(Self { session, server })
    }
}

impl<S> Side<S> {
    fn of(server: S, target: &Target, scenario: &str) -> Result<Self, Failure> {
        let session = Session::open(&Scenario::parse(scenario)?, target)?;
        Ok(Self { session, server })
    }

    /// One window without failures.
    fn window(&mut self, plan: &Plan) -> Result<Window, Failure> {
        self.window_of(if plan.quick { WINDOW_QUICK } else { WINDOW })
    }

    /// The same of a length.
    fn window_of(&mut self, length: Duration) -> Result<Window, Failure> {
        let window = self.session.window(length)?;
        let (failures, refusals) = (window.tally.failures(), window.tally.refusals());
        if failures + refusals > 0 {
            let errors = &window.tally.errors;
            let text = format!("{failures} requests failed, {refusals} were refused: {errors:?}");
            return Err(text.into());
        }
        Ok(window)
    }
}

/// A program of this workspace: beside the one that runs, or a folder above.
fn program(name: &str) -> Result<PathBuf, Failure> {
    let here = std::env::current_exe()?;
    let found = here.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    let missing = || format!("there is no program {name}: run `{COMMAND}`");
    found.into_iter().find(|path| path.is_file()).ok_or_else(|| missing().into())
}

/// What a gateway of one core is told: its runtimes, threads of each pool, and to say little.
const ONE_CORE: [(&str, &str); 3] = [
    ("TYPEX_ENGINE_CORES", "1"),
    ("TYPEX_ENGINE_POOL_THREADS", "1"),
    ("TYPEX_LOG_FILTER", "error"),
];

/// What to run where a program is missing.
const COMMAND: &str = "cargo build --release --workspace --bins --examples";

/// What a window says of its server.
type Reading = fn(&Window) -> f64;

/// Rounds of two sides; the first window of each warms it up.
fn in_turns<A, B>(
    plan: &Plan,
    mut a: Side<A>,
    mut b: Side<B>,
    reading: Reading,
) -> Result<Vec<Round>, Failure> {
    a.window(plan)?;
    b.window(plan)?;
    let rounds = alternate(
        plan,
        || a.window(plan).map(|window| reading(&window)),
        || b.window(plan).map(|window| reading(&window)),
    );
    drop((a.server, b.server));
    rounds
}
