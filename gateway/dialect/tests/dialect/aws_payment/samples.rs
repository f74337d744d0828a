//! Results of the gateway, by name: of the keys that the call names.

use typex_core::id::KeyId;
use typex_core::op::payment::{Account, Answer, Answered, Call, Done, Encrypted, Request, SeenKey};
use typex_core::op::{Op, Output};
use typex_core::{Error, Secret};

use super::control;
use crate::kinds;

/// The result of that name.
pub(super) fn result(name: &str, op: &Op) -> Result<Output, Error> {
    if let Some(kind) = name.strip_prefix("error ") {
        return Err(kinds::named(kind).into());
    }
    if let Some(public) = name.strip_prefix("not-found ") {
        return Err(Error::new(typex_core::ErrorKind::KeyNotFound, public.to_owned()));
    }
    let Op::Payment(request) = op else { return Ok(control::result(name)) };
    Ok(Output::Payment(match &**request {
        Request::One(call) => Answer::One(Box::new(answered(call, name))),
        Request::Batch { calls, .. } => Answer::Batch(
            calls
                .iter()
                .enumerate()
                .map(|(at, call)| match (call, at) {
                    (Err(error), _) => Err(error.kind.into()),
                    (Ok(_), 1) => Err(kinds::named("Payment(Pin)").into()),
                    (Ok(call), _) => Ok(answered(call, name)),
                })
                .collect(),
        ),
    }))
}

/// Each key has an identity by its place.
fn answered(call: &Call, name: &str) -> Answered {
    let keys = call.keys.iter().enumerate().map(|(at, key)| {
        let digit = 0xa0 + at as u8;
        SeenKey { part: key.part, key: KeyId([digit; 16]), check_value: vec![digit, 0xbc, 0xde] }
    });
    Answered { account: Account(7_000_000_042), keys: keys.collect(), done: done(name) }
}

fn done(name: &str) -> Done {
    let encrypted = |nonce, tag| Encrypted { ciphertext: vec![0xce; 16], nonce, tag };
    let pin = |value: Option<&str>| {
        let value = value.map(|value| Secret::new(value.as_bytes().to_vec()));
        Done::Pin { block: vec![0xb1; 8], value }
    };
    match name {
        "encrypted" => Done::Encrypted(encrypted(None, None)),
        "encrypted-gcm" => Done::Encrypted(encrypted(Some([0x0c; 12]), Some([0x7a; 16]))),
        "decrypted" => Done::Decrypted(Secret::new((0..130).collect())),
        "pin-block" => Done::PinBlock(vec![0xb1; 8]),
        "pin-4220" => pin(Some("4220")),
        "pin" => pin(None),
        "card-value" => Done::CardValue(Secret::new(b"561".to_vec())),
        "mac" => Done::Mac(vec![0x5a, 0x69, 0x2c, 0xe6, 0x4f, 0x40, 0x41, 0x45]),
        "verified" => Done::Verified(None),
        "verified-response" => Done::Verified(Some(vec![0xa4, 0x5f, 0xec, 0xe3])),
        "script" => Done::Script { block: vec![0xb1; 16], mac: vec![0x3c; 8] },
        _ => panic!("no sample {name}"),
    }
}
