//! The Vault dialect from outside: replays `tests/dialect/vault/*.http`, where a `result` is the
//! name of a sample.

// spec: vault 6

mod calls;
mod samples;

use http::Response;
use typex_dialect::vault::Vault;
use typex_dialect::{Dialect, Listener};

use crate::golden::{Golden, Replayed, are_met, goldens, have_every_kind_of_error};
use crate::message;

const DIALECT: &str = "vault";

fn listener() -> &'static Listener {
    &Vault.listeners()[0]
}

#[test]
fn every_file_is_met() {
    are_met(DIALECT, 100, replay);
}

#[test]
fn every_kind_of_error_has_a_golden_answer() {
    have_every_kind_of_error(DIALECT);
}

fn replay(golden: &Golden) -> Replayed {
    let (parts, body) = message::http(&golden.request);
    let call = match Vault.parse(listener(), &parts, &body) {
        Ok(call) => call,
        Err(refusal) => return (None, written(&refusal)),
    };
    let described = calls::describe(&call);
    let answer = Vault.render(&call.reply, samples::result(golden.of_call()));
    (Some(described), written(&answer))
}

/// An answer as text, without the name of its request, which is another each time.
fn written(answer: &Response<bytes::Bytes>) -> String {
    const MEMBER: &str = "{\"request_id\":\"";
    const CHARS: usize = 36;
    let text = message::write(answer);
    match text.split_once(MEMBER) {
        Some((head, tail)) => format!("{head}{MEMBER}*{}", &tail[CHARS..]),
        None => text,
    }
}

/// Whatever fails says why in a list, and nothing of what was sent.
#[test]
fn failures_are_lists_of_texts() {
    let failures =
        goldens(DIALECT).into_iter().filter(|golden| !golden.outcome().0.starts_with('2'));
    for golden in failures {
        let (status, body) = golden.outcome();
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        let is_health = golden.request.contains("/sys/");
        assert!(is_health || body["errors"].is_array(), "{status} {body}");
        assert!(!body.to_string().contains("4111"), "{body}");
    }
}
