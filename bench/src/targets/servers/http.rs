//! The gateway against bare servers of the same libraries, and against nginx.

use super::bare::Bare;
use super::peer::Peer;
use super::{Failure, Plan, Round, Side, in_turns};
use crate::load::Window;

/// The most data that a key takes in one message.
const DATA_BYTES: usize = 32;
/// Bytes of the body of a request, which is padded to that, and of the answer.
pub(super) const BODIES: (usize, usize) = (512, 260);
/// Where requests go that are not for the gateway: a path as long as its own.
const PATH: &str = "/1.0/TEST_API000000ee01/ProcessData/0123456789abcdef";

/// HTTP/3 against the bare server (`echo`) or against nginx with HTTP/2 (`nginx`).
pub(in crate::targets) fn http3(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let gateway = Side::gateway("soft", &process_data("http3", true, 16))?;
    let reading = Window::server_cpu_us_per_request;
    match argument {
        "echo" => {
            let bare = Bare::start("h3", Some(BODIES.1))?;
            let target = bare.target.clone();
            let bare = Side::of(bare, &target, &echo("http3", 16))?;
            in_turns(plan, gateway, bare, reading)
        }
        "nginx" => {
            let nginx = Peer::start("nginx")?;
            let target = nginx.target.clone();
            let nginx = Side::of(nginx, &target, &echo("http2", 16))?;
            in_turns(plan, gateway, nginx, reading)
        }
        _ => Err("not a server that HTTP/3 is compared with".into()),
    }
}

/// HTTP/1.1 over TLS against the bare server.
pub(in crate::targets) fn http1_tls(plan: &Plan, _: &str) -> Result<Vec<Round>, Failure> {
    let gateway = Side::gateway("soft", &process_data("http1", true, 1))?;
    let bare = Bare::start("h1-tls", Some(BODIES.1))?;
    let target = bare.target.clone();
    let bare = Side::of(bare, &target, &echo("http1", 1))?;
    in_turns(plan, gateway, bare, Window::server_cpu_us_per_request)
}

/// ProcessData in JSON over 8 connections.
pub(super) fn process_data(carrier: &str, tls: bool, streams: usize) -> String {
    format!(
        r#"
        about = "ProcessData in JSON"
        [[link]]
        name = "process"
        carrier = "{carrier}"
        tls = {tls}
        listener = "process"
        connections = 8
        streams = {streams}
        [[operation]]
        ask = {{ process-data = {{ object = 0xee01, bytes = {DATA_BYTES}, body_bytes = {bytes} }} }}
        "#,
        bytes = BODIES.0,
    )
}

/// Requests with heads and bodies of the same form over 8 connections.
fn echo(carrier: &str, streams: usize) -> String {
    let bytes = BODIES.0;
    format!(
        r#"
        about = "bodies of bytes"
        [[link]]
        name = "echo"
        carrier = "{carrier}"
        tls = true
        listener = "echo"
        connections = 8
        streams = {streams}
        [[operation]]
        [operation.ask.http]
        path = "{PATH}"
        headers = {{ content-type = "application/json" }}
        body_bytes = {bytes}
        "#
    )
}
