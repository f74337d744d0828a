//! Frames of `typex/1`: what records cost, and how that changes with frames and cores.

use super::bare::Bare;
use super::{Failure, Plan, Round, Side, in_turns};
use crate::load::Window;

/// 64 records a frame, of 256 bytes that GCM seals (`gcm`) or of ProcessData (`process`): the CPU
/// against no computation (`null`), and that against a server that sends the records back (`echo`).
pub(in crate::targets) fn frames(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let reading = Window::server_cpu_us_per_record;
    let (what, side) = argument.split_once(' ').ok_or("not records and a side")?;
    let asked = match what {
        "gcm" => encrypt(&[KEY_SETUP]),
        "process" => process(64),
        _ => return Err("not records of frames".into()),
    };
    let null = Side::gateway("null", &unopened(&asked))?;
    match side {
        "null" => in_turns(plan, Side::gateway("soft", &asked)?, null, reading),
        "echo" => {
            let bare = Bare::start("frames", None)?;
            let target = bare.target.clone();
            let same = match what {
                "gcm" => encrypt(&[KEY_GIVEN]),
                _ => asked,
            };
            in_turns(plan, null, Side::of(bare, &target, &unopened(&same))?, reading)
        }
        _ => Err("not a side of frames".into()),
    }
}

/// ProcessData in frames of as many records as `argument` says first, and then.
pub(in crate::targets) fn frame_size(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let (first, second) = argument.split_once(' ').ok_or("not two sizes of frames")?;
    let of = |records: &str| Side::gateway("soft", &process(records.parse()?));
    in_turns(plan, of(first)?, of(second)?, Window::server_cpu_us_per_record)
}

/// Records that two cores carry out in a second and one does, were they the gateway's alone: the
/// cores over the processor time of a record. What cores share shows as time of both.
pub(in crate::targets) fn cores(plan: &Plan, _: &str) -> Result<Vec<Round>, Failure> {
    let of = |cores| Side::gateway_on("soft", cores, &process(64));
    let mut rounds = in_turns(plan, of(2)?, of(1)?, Window::server_cpu_us_per_record)?;
    for Round { first, second } in &mut rounds {
        (*first, *second) = (2e6 / *first, 1e6 / *second);
    }
    Ok(rounds)
}

/// A key that a gateway makes.
const KEY_SETUP: &str = r#"
    [[setup]]
    payment-key = "load"
"#;
/// One for a server that looks at none.
const KEY_GIVEN: &str = r#"
    [operation.ask.encrypt-batch.key]
    access_key = "nobody"
    secret = "nothing"
    partition = "00000000000000000000000000000000"
    id = "00000000000000000000000000000000"
    clear = "0000000000000000000000000000000000000000000000000000000000000000"
"#;

/// EncryptData in GCM of 256 bytes, over 4 connections of 2 streams.
fn encrypt(more: &[&str]) -> String {
    let asked = r#"
        about = "EncryptData in frames"
        [[link]]
        name = "frames"
        carrier = "typex"
        listener = "frames"
        connections = 4
        streams = 2
        [[operation]]
        [operation.ask.encrypt-batch]
        batch = 64
        bytes = 256
    "#;
    format!("{asked}{}", more.concat())
}

/// ProcessData of as much data as a key takes, over 4 connections of 2 streams.
pub(super) fn process(records: usize) -> String {
    format!(
        r#"
        about = "ProcessData in frames"
        [[link]]
        name = "frames"
        carrier = "typex"
        listener = "frames"
        connections = 4
        streams = 2
        [[operation]]
        ask = {{ process-batch = {{ batch = {records}, object = 0xee01, bytes = 32 }} }}
        "#
    )
}

/// The same where answers are not opened: those of no computation are zeros.
fn unopened(scenario: &str) -> String {
    format!("verify_every = 0\n{scenario}")
}
