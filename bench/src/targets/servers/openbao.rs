//! The gateway against the engine transit of OpenBao: AES-256-GCM of 256 bytes, TLS and audit on on
//! both sides.

use super::peer::Peer;
use super::{Failure, Plan, Round, Side, in_turns};
use crate::load::Window;

/// 256 bytes in base64, as OpenBao takes them.
const PLAINTEXT_BYTES: usize = 256;

/// One message a request (`single`), or 64 in JSON or in a frame against 64 in JSON.
pub(in crate::targets) fn openbao(plan: &Plan, argument: &str) -> Result<Vec<Round>, Failure> {
    let (messages, ours) = match argument {
        "single" => (1, encrypt(("http1", "aws-payment.api"), "encrypt-data", 0)),
        "json" => (64, encrypt(("http1", "aws-payment.api"), "encrypt-data", 64)),
        "frames" => (64, encrypt(("typex", "stream.frames"), "encrypt-batch", 64)),
        "process" => (64, process("typex", 64)),
        _ => return Err("not a way to send messages".into()),
    };
    let gateway = Side::gateway("soft", &ours)?;
    let peer = Peer::start("openbao")?;
    let target = peer.target.clone();
    let scenario = transit(&peer.token, messages);
    let bao = Side::of(peer, &target, &scenario)?;
    in_turns(plan, gateway, bao, Window::server_cpu_us_per_record)
}

/// Requests to OpenBao with so many messages each.
pub(super) fn transit(token: &str, messages: usize) -> String {
    let text = "A".repeat(PLAINTEXT_BYTES.div_ceil(3) * 4 - 2) + "==";
    let body = match messages {
        1 => format!(r#"{{"plaintext":"{text}"}}"#),
        _ => {
            let items = vec![format!(r#"{{"plaintext":"{text}"}}"#); messages].join(",");
            format!(r#"{{"batch_input":[{items}]}}"#)
        }
    };
    format!(
        r#"
        about = "encrypt of the engine transit"
        [[link]]
        name = "bao"
        carrier = "http1"
        tls = true
        listener = "bao"
        connections = 8
        [[operation]]
        [operation.ask.http]
        path = "/v1/transit/encrypt/bench"
        records = {messages}
        body = '{body}'
        headers = {{ x-vault-token = "{token}" }}
        "#
    )
}

/// EncryptData in GCM; in JSON a request is signed, and its answer names the key.
fn encrypt((carrier, listener): (&str, &str), ask: &str, messages: usize) -> String {
    format!(
        r#"
        about = "EncryptData in GCM"
        [[link]]
        name = "gateway"
        carrier = "{carrier}"
        tls = true
        listener = "{listener}"
        connections = 8
        [[operation]]
        ask = {{ {ask} = {{ batch = {messages}, bytes = {PLAINTEXT_BYTES} }} }}
        [[setup]]
        payment-key = "load"
        "#
    )
}

fn process(carrier: &str, records: usize) -> String {
    format!(
        r#"
        about = "ProcessData in batches"
        [[link]]
        name = "frames"
        carrier = "{carrier}"
        tls = true
        listener = "frames"
        connections = 8
        [[operation]]
        ask = {{ process-batch = {{ batch = {records}, object = 0xee01, bytes = 32 }} }}
        "#
    )
}
