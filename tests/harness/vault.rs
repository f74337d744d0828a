//! Tokens by the Vault dialect, over a plain connection.

use std::net::SocketAddr;

use serde_json::Value;

use super::{Connection, Gateway};

/// A kept-alive connection of the demo client.
pub(crate) struct Vault(Connection);

impl Vault {
    /// Where the dialect is served.
    pub(crate) fn address(gateway: &Gateway) -> SocketAddr {
        let ready: Value = serde_json::from_str(gateway.ready()).expect("JSON");
        let listeners = ready["listeners"].as_array().expect("listeners");
        let is_it = |one: &&Value| one["dialect"] == "vault" && one["transport"] == "http";
        let found = listeners.iter().find(is_it).expect("the dialect is served");
        text(&found["address"]).parse().expect("an address")
    }

    /// Connects; `None` if nobody listens.
    pub(crate) fn try_open(address: SocketAddr) -> Option<Self> {
        Connection::try_open(address).map(Self)
    }

    /// Connects.
    pub(crate) fn open(gateway: &Gateway) -> Self {
        Self::try_open(Self::address(gateway)).expect("the listener accepts")
    }

    /// The status of a `POST` and its answer, null if it has none; `None` if the gateway is gone.
    pub(crate) fn ask(&mut self, path: &str, body: &Value) -> Option<(u16, Value)> {
        self.ask_as("TEST_API", path, &body.to_string())
    }

    /// The same with any token and any body.
    pub(crate) fn ask_as(&mut self, who: &str, path: &str, body: &str) -> Option<(u16, Value)> {
        let head = format!(
            "POST /v1/transform/{path} HTTP/1.1\r\nhost: test\r\nx-vault-token: {who}\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        self.0.send((head + body).as_bytes())?;
        let (head, body) = self.0.answer()?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let json = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&body) };
        Some((status.expect("a status"), json.expect("JSON")))
    }

    /// What a `POST` that must succeed tells.
    #[track_caller]
    pub(crate) fn does(&mut self, path: &str, body: &Value) -> Value {
        let (status, mut answer) = self.ask(path, body).expect("an answer");
        assert!([200, 204].contains(&status), "{path}: {status} {answer}");
        answer["data"].take()
    }
}

/// Gives the demo client all rights that the dialect asks for; its partition.
pub(crate) fn allow_tokens(gateway: &Gateway) -> String {
    let clients = gateway.typex(&["client", "list", "--json"]).succeeds();
    let client = clients.lines().next().expect("the demo client");
    let client: Value = serde_json::from_str(client).expect("a JSON object");
    let rights = "tokenize,detokenize,validate,lookup,view,manage";
    let grant = ["tokens", "rights", "grant", text(&client["id"])];
    let rights = ["--domains", "*", "--rights", rights];
    gateway.typex(&[&grant[..], &rights[..]].concat()).succeeds();
    text(&client["partition"]).to_owned()
}

/// A card number of these digits and the check digit behind them.
pub(crate) fn card(body: &str) -> String {
    let weighted = |(at, digit): (usize, u8)| {
        let digit = u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 };
        digit / 10 + digit % 10
    };
    let sum: u32 = body.bytes().rev().enumerate().map(weighted).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
