//! Closed loops in alternation: what a comparison of two servers needs.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::client::{Client, Segment, Step};
use super::scenario::{Arrivals, Scenario};
use super::server::{Usage, usage};
use super::{LoadError, Tally, Target};

/// Connections to one server that stay open between windows.
///
/// ```no_run
/// # fn main() -> Result<(), typex_bench::load::LoadError> {
/// use std::time::Duration;
/// use typex_bench::load::{Scenario, Session, Target};
///
/// let scenario = Scenario::read("bench/scenarios/echo.toml".as_ref())?;
/// let [mut a, mut b] = [
///     Session::open(&scenario, &Target::url("127.0.0.1:8001")?)?,
///     Session::open(&scenario, &Target::url("127.0.0.1:8002")?)?,
/// ];
/// for _ in 0..9 {
///     let (a, b) = (a.window(Duration::from_secs(3))?, b.window(Duration::from_secs(3))?);
///     println!("{:.3}", a.server_cpu_us_per_request() / b.server_cpu_us_per_request());
/// }
/// # Ok(())
/// # }
/// ```
pub struct Session {
    client: Client,
    processes: Vec<u32>,
}

/// What happened in a window.
#[derive(Clone, Debug)]
pub struct Window {
    /// What the client counted; its histogram is `tally.latency`.
    pub tally: Tally,
    /// CPU time of the server's processes while it lasted, in microseconds; not a number if they
    /// cannot be seen.
    pub server_cpu_us: f64,
    /// Resident memory of the server's processes at its end, in bytes.
    pub memory_bytes: u64,
}

impl Session {
    /// Connects, on this thread: everything that the client does happens while
    /// [`window`](Self::window) runs.
    ///
    /// # Errors
    /// What the scenario, the target or the first connection lacks.
    pub fn open(scenario: &Scenario, target: &Target) -> Result<Self, LoadError> {
        let stop = Arc::new(AtomicBool::new(false));
        let client = Client::connect(scenario, target, (0, 1), stop)?;
        Ok(Self { client, processes: target.processes.clone() })
    }

    /// A closed loop for so long. The scenario's phases are not looked at.
    ///
    /// # Errors
    /// [`LoadError::Wrong`] for a wrong answer; no later window will do then.
    pub fn window(&mut self, length: Duration) -> Result<Window, LoadError> {
        self.step(&Step::Closed { seconds: length.as_secs_f64(), under_way: None })
    }

    /// So many requests a second for so long, as those of many clients that know nothing of each
    /// other; latency is counted from when each was due.
    ///
    /// # Errors
    /// As [`window`](Self::window).
    pub fn paced(&mut self, rate: f64, length: Duration, seed: u64) -> Result<Window, LoadError> {
        let segments = vec![Segment { seconds: length.as_secs_f64(), rate }];
        self.step(&Step::Open { segments, arrivals: Arrivals::Poisson, seed })
    }

    fn step(&mut self, step: &Step) -> Result<Window, LoadError> {
        let before = self.used();
        let tally = self.client.run(step, Box::new(|_| ()))?;
        let after = self.used();
        let server_cpu_us = after.cpu_us - before.cpu_us;
        Ok(Window { tally, server_cpu_us, memory_bytes: after.memory_bytes })
    }

    fn used(&self) -> Usage {
        let unseen = Usage { cpu_us: f64::NAN, memory_bytes: 0 };
        usage(&self.processes).unwrap_or(unseen)
    }
}

impl Window {
    /// Answers that came, refusals among them.
    pub fn requests(&self) -> u64 {
        self.tally.answers
    }

    /// CPU time of the server for each answer, in microseconds.
    pub fn server_cpu_us_per_request(&self) -> f64 {
        self.server_cpu_us / self.tally.answers as f64
    }

    /// CPU time of the server for each record that was carried out, in microseconds.
    pub fn server_cpu_us_per_record(&self) -> f64 {
        self.server_cpu_us / self.tally.records as f64
    }

    /// CPU time of the client for each answer, in microseconds.
    pub fn client_cpu_us_per_request(&self) -> f64 {
        self.tally.client_cpu_us / self.tally.answers as f64
    }
}
