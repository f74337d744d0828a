//! What clients of AES notice of others that keep RSA busy.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use super::{Failure, ONE_CORE, Plan, Round, program};
use crate::load::scenario::GatewaySpec;
use crate::load::{Gateway, Scenario, Session, Target};
use crate::targets::procedure::alternate;

/// Requests for AES in a second: a tenth of what a core has time for.
const RATE: f64 = 1000.0;
/// A window; its p99 is of 30 requests that took longer.
const WINDOW: Duration = Duration::from_secs(3);
/// RSA begins so long before the window and ends so long after.
const LEAD: Duration = Duration::from_millis(400);

const AES: &str = r#"
about = "AES beside RSA"
[[link]]
name = "process"
carrier = "http1"
listener = "process"
connections = 16
[[operation]]
ask = { process-data = { object = 0xee01, bytes = 32 } }
"#;

/// Fewer than the gateway has room for, so that none is refused, and always some that wait.
const RSA: &str = r#"
about = "RSA all the time"
[[link]]
name = "process"
carrier = "http1"
listener = "process"
connections = 12
[[operation]]
ask = { process-data = { object = 0x9876, bytes = 256 } }
"#;

/// p99 of AES requests, in microseconds from when each was due: with RSA on all threads of its
/// pool, and without. The gateway has all cores, which clients share.
pub(in crate::targets) fn saturated(plan: &Plan, _: &str) -> Result<Vec<Round>, Failure> {
    let [_, _, log] = ONE_CORE;
    let spec = GatewaySpec {
        backend: Some("soft".to_owned()),
        environment: [log].map(|(name, value)| (name.into(), value.into())).into(),
        cores: Vec::new(),
    };
    let gateway = Gateway::start(&program("typex")?, &spec)?;
    let target = gateway.target()?;
    let mut aes = Session::open(&Scenario::parse(AES)?, &target)?;
    aes.window(LEAD)?;
    let (aes, seed) = (std::cell::RefCell::new(aes), std::cell::Cell::new(0));
    let p99 = || {
        seed.set(seed.get() + 1);
        let window = aes.borrow_mut().paced(RATE, WINDOW, seed.get())?;
        let (failures, refusals) = (window.tally.failures(), window.tally.refusals());
        match failures + refusals + window.tally.given_up {
            0 => Ok(window.tally.latency.quantile_us(0.99)),
            _ => Err(format!("{failures} requests failed, {refusals} were refused").into()),
        }
    };
    alternate(plan, || beside_rsa(&target, p99), p99)
}

/// Measures while another client keeps RSA busy, and makes sure that it did.
fn beside_rsa(
    target: &Target,
    measure: impl FnOnce() -> Result<f64, Failure>,
) -> Result<f64, Failure> {
    thread::scope(|scope| {
        let (connected, begin) = sync_channel(1);
        let busy = scope.spawn(move || -> Result<f64, Failure> {
            let mut session = Session::open(&Scenario::parse(RSA)?, target)?;
            connected.send(())?;
            let window = session.window(LEAD * 2 + WINDOW)?;
            match window.tally.failures() + window.tally.refusals() {
                0 => Ok(window.server_cpu_us / 1e6 / window.tally.seconds),
                _ => Err("RSA was refused".into()),
            }
        });
        let measured = begin.recv().map_err(Failure::from).and_then(|()| {
            thread::sleep(LEAD);
            measure()
        });
        let cores = busy.join().map_err(|_| "a client panicked")??;
        match cores > BUSY {
            true => measured,
            false => {
                Err(format!("RSA kept {cores:.2} cores busy, which is not all its pool").into())
            }
        }
    })
}

/// Cores that the gateway must have used at least; others may have work for the machine as well.
const BUSY: f64 = 0.5;
