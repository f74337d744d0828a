//! The gateway against SoftHSM, which its caller has in its own process: no network, no audit.

use super::frames::process;
use super::{Failure, Plan, Round, Side};
use crate::targets::peer::Peer;
use crate::targets::procedure::alternate;

/// RSA of 2048 bits over plain HTTP.
const RSA: &str = r#"
about = "RSA"
[[link]]
name = "process"
carrier = "http1"
listener = "process"
connections = 8
[[operation]]
ask = { process-data = { object = 0x9876, bytes = 256 } }
"#;

/// Microseconds of server CPU for a record, in frames of 64, against those that a call of PKCS#11
/// takes. `argument` is the operation there, of 256 bytes: `aes-256-gcm`, `aes-256-cbc`; of
/// `rsa-2048` both sides do one private operation, the gateway for a request of its own.
pub(in crate::targets) fn softhsm(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let (scenario, messages) = match argument {
        "rsa-2048" => (RSA.to_owned(), 1),
        _ => (process(64), 64),
    };
    let mut softhsm = Peer::start("softhsm", argument, 256, messages, plan.window)?;
    let mut gateway = Side::gateway("soft", &scenario)?;
    gateway.window(plan)?;
    let ours = || gateway.window(plan).map(|window| window.server_cpu_us_per_record());
    alternate(plan, ours, || softhsm.window().map(|ns| ns / 1000.0))
}
