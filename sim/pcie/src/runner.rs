//! A thread that runs a simulation while there is something to do.

use crate::host::{Host, Shared};
use crate::simulation::{Simulation, Step};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Steps between two looks at the stop flag.
const STRETCH: u32 = 1024;

/// A simulation on its own thread. The thread steps while something is pending, parks otherwise,
/// and is woken by what a [`Host`] does. Dropped, it stops the thread.
///
/// ```
/// use pcie_sim::{Config, Runner, Simulation, sample::{CopyEngine, registers}};
///
/// let simulation = Simulation::new(Config::default(), Box::new(CopyEngine::new(250_000)));
/// let runner = Runner::start(simulation)?;
/// let host = runner.host();
/// assert_eq!(host.read(registers::DONE)?.wait()?, 0);
/// assert!(host.now_ps() >= 900_000, "a register read takes 0.9 us of virtual time");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Runner {
    shared: Arc<Shared>,
    host: Host,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Simulation>>,
}

impl Runner {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(simulation: Simulation) -> io::Result<Self> {
        let shared = simulation.shared();
        let host = simulation.host();
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        let body = move || run(simulation, &flag);
        let thread = std::thread::Builder::new().name("pcie-sim".into()).spawn(body)?;
        shared.set_runner(Some(thread.thread().clone()));
        Ok(Self { shared, host, stop, thread: Some(thread) })
    }

    /// A handle of the host's side.
    pub fn host(&self) -> Host {
        self.host.clone()
    }

    /// Stops the thread and gives the simulation back; `None` if the device panicked.
    pub fn stop(mut self) -> Option<Simulation> {
        self.halt()
    }

    fn halt(&mut self) -> Option<Simulation> {
        self.stop.store(true, Ordering::SeqCst);
        let thread = self.thread.take()?;
        self.shared.unpark();
        thread.thread().unpark();
        let simulation = thread.join().ok();
        self.shared.set_runner(None);
        simulation
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.halt();
    }
}

fn run(mut simulation: Simulation, stop: &AtomicBool) -> Simulation {
    let shared = simulation.shared();
    let stopped = || stop.load(Ordering::SeqCst);
    while !stopped() {
        for _ in 0..STRETCH {
            if simulation.step() == Step::Idle {
                shared.park(stopped);
                break;
            }
        }
    }
    simulation
}
