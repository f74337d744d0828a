//! What making a token costs beside everything else: `soft` and `null` under one load.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::Failure;
use crate::backends::{CONNECTIONS, Side, in_turns};
use crate::connection::{Connection, post_with};
use crate::figure::{Figure, Target};
use crate::process::Process;

/// Requests of one window on each connection: about a second.
const REQUESTS: usize = 1_000;

pub(crate) fn measure() -> Result<Vec<Figure>, Failure> {
    let (gateway, against) = in_turns(side("soft")?, side("null")?, REQUESTS)?;
    Ok(vec![Figure {
        name: "6 server CPU a token, soft / null",
        unit: "us",
        gateway,
        against,
        target: Target::RatioAtMost(1.15),
        conditions: format!(
            "HTTP/1.1 POST transform/encode, a card of 16 digits, FF1, audited, {CONNECTIONS} \
             connections, {} requests a window, client on the same CPUs",
            CONNECTIONS * REQUESTS
        ),
    }])
}

/// Connections to a gateway that computes on `backend`, each with a card of its own.
fn side(backend: &str) -> Result<Side, Failure> {
    let process = Process::start(backend)?;
    prepare(&process)?;
    let address = process.dialect("vault")?;
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for number in 0..CONNECTIONS {
        let value = card(number);
        let request = asked("encode/shop", &json!({ "value": value }));
        let mut connection = Connection::open(address, request)?;
        let token = told(connection.exchange()?, "encoded_value")?;
        if backend == "soft" {
            let back = asked("decode/shop", &json!({ "value": token }));
            let back = told(Connection::open(address, back)?.exchange()?, "decoded_value")?;
            if back != value || token == value {
                return Err("a token that does not lead back".into());
            }
        }
        connections.push((connection, token.into_bytes()));
    }
    Ok(Side { process, connections })
}

/// A transformation, and a client that may use it.
fn prepare(process: &Process) -> Result<(), Failure> {
    let clients = process.operate(&["client", "list", "--json"])?;
    let client: Value = serde_json::from_str(clients.lines().next().ok_or("no client")?)?;
    let client = client["id"].as_str().ok_or("a client without an id")?;
    let rights = "tokenize,detokenize,view,manage";
    let grant = ["tokens", "rights", "grant", client, "--domains", "*", "--rights", rights];
    process.operate(&grant)?;
    let transformation = json!({ "allowed_roles": ["shop"], "tweak_source": "internal",
        "template": "builtin/creditcardnumber" });
    let role = json!({ "transformations": ["cards"] });
    for (path, body) in [("transformations/fpe/cards", transformation), ("role/shop", role)] {
        change(process, &asked(path, &body))?;
    }
    Ok(())
}

/// A request that changes something; its answer need not have a body.
fn change(process: &Process, request: &[u8]) -> Result<(), Failure> {
    let mut stream = TcpStream::connect(process.dialect("vault")?)?;
    stream.write_all(request)?;
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer)?;
    let text = String::from_utf8_lossy(&answer[..length]);
    match text.starts_with("HTTP/1.1 20") {
        true => Ok(()),
        false => Err(text.into_owned().into()),
    }
}

fn asked(path: &str, body: &Value) -> Vec<u8> {
    post_with(&format!("/v1/transform/{path}"), "x-vault-token: TEST_API", &body.to_string())
}

/// A member of what an answer tells.
fn told(answer: &[u8], member: &str) -> Result<String, Failure> {
    let answer: Value = serde_json::from_slice(answer)?;
    let text = answer["data"][member].as_str();
    text.map(str::to_owned).ok_or_else(|| format!("not a success: {answer}").into())
}

/// A card of 16 digits with its check digit.
fn card(number: usize) -> String {
    let body = format!("455673{number:09}");
    let weighted = |(at, digit): (usize, u8)| {
        let digit = u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 };
        digit / 10 + digit % 10
    };
    let sum: u32 = body.bytes().rev().enumerate().map(weighted).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}
