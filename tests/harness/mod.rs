//! What the groups share: a gateway process, and a client written from the protocol description
//! with another AES than the gateway's.

mod access;
mod enrol;
mod gateway;
mod hotp;
mod http;
mod instance;
mod object;
mod ports;
mod python;
mod ran;
mod random;
mod search;
mod vault;

pub(crate) use access::Access;
pub(crate) use enrol::{Template, create, create_aes};
pub(crate) use gateway::{Gateway, command, program};
pub(crate) use hotp::Hotp;
pub(crate) use http::{Connection, post};
pub(crate) use instance::Instance;
pub(crate) use object::Object;
pub(crate) use ports::{Running, default_ports};
pub(crate) use python::{interpreter, python, python_folder, python_of_operator};
pub(crate) use ran::{Ran, typex};
pub(crate) use random::Random;
pub(crate) use search::{Found, Search};
pub(crate) use vault::{Vault, allow_tokens, card};

use std::path::PathBuf;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("tests lies in the repository").to_owned()
}

/// Whether the long versions are asked for.
pub(crate) fn full() -> bool {
    std::env::var("TEST_SCALE").is_ok_and(|value| value == "full")
}

/// Whether `TEST_BACKEND` chooses a card for every gateway.
pub(crate) fn on_card() -> bool {
    std::env::var("TEST_BACKEND").is_ok_and(|backend| backend != "soft")
}

/// The status of an Enigma Bridge answer.
pub(crate) fn status(answer: &serde_json::Value) -> &str {
    answer["status"].as_str().expect("a status")
}
