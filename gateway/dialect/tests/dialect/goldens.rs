//! Replays `tests/dialect/enigma_bridge/*.http`.

use bytes::BytesMut;
use typex_core::Error;
use typex_core::key::KeyName;
use typex_core::op::{ImportPublicKey, Op, Output, RsaPublicKey};
use typex_core::principal::Credential;
use typex_dialect::enigma_bridge::EnigmaBridge;
use typex_dialect::{Call, Candidate, Dialect, Kind};

use crate::golden::{Golden, Replayed, are_met, have_every_kind_of_error};
use crate::message;

const DIALECT: &str = "enigma_bridge";

#[test]
fn every_file_is_met() {
    are_met(DIALECT, 60, replay);
}

#[test]
fn every_kind_of_error_has_a_golden_answer() {
    have_every_kind_of_error(DIALECT);
}

fn replay(golden: &Golden) -> Replayed {
    let listener = message::listener(&golden.mark);
    let mut call = match message::parse(listener, &golden.request) {
        Ok(call) => call,
        Err(refusal) => return (None, refusal),
    };
    let described = describe(&call);
    let result = outcome(golden.of_call(), &call);
    call.reply.choose(0);
    let answer = match listener.kind {
        Kind::Http | Kind::Frames => message::write(&EnigmaBridge.render(&call.reply, result)),
        Kind::JsonLines => message::utf8(&EnigmaBridge.render_line(&call.reply, result)),
    };
    (Some(described), answer)
}

fn describe(call: &Call) -> String {
    let mut lines = vec![call.op.action().name().to_owned()];
    match &call.op {
        Op::ProcessData(data) => lines.push(format!("sealed {}", const_hex::encode(&data.sealed))),
        Op::NewTemplate(new) => {
            lines.push(format!("usage {:?}", new.usage));
            lines.push(format!("type {:08x}", new.foreign_type));
        }
        Op::ImportKey(import) => {
            lines.push(format!("object {:08x}", import.object));
            lines.push(format!("import key {}", import.import_key));
            lines.push(format!("wrapped keys {}", const_hex::encode(&import.wrapped_keys)));
            lines.push(format!("protected {}", const_hex::encode(&import.protected)));
            lines.push(format!("digest {}", const_hex::encode(import.digest)));
        }
        _ => {}
    }
    lines.extend(call.candidates.as_slice().iter().map(describe_candidate));
    lines.join("\n")
}

fn describe_candidate(candidate: &Candidate) -> String {
    let who = match &candidate.credential {
        Credential::None => "anyone",
        Credential::ApiKey(api_key) => api_key.expose().as_str(),
        Credential::Password { username, .. } => username,
        Credential::Signature(signed) => &signed.access_key,
    };
    match candidate.key {
        None => format!("candidate {who}"),
        Some(KeyName::Object(object)) => format!("candidate {who} {object:08x}"),
        Some(KeyName::Id(id)) => panic!("this API has no ids: {id}"),
    }
}

fn outcome(text: &str, call: &Call) -> Result<Output, Error> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Ok(match word {
        "error" => return Err(error(rest)),
        "sealed" => Output::Sealed(BytesMut::from(&const_hex::decode(rest).unwrap()[..])),
        "keys" => Output::ImportKeys(vec![import_key()]),
        "template" => {
            let Op::NewTemplate(new) = &call.op else { panic!("only a template request") };
            let object = u32::from_str_radix(rest, 16).unwrap();
            Output::Template { template: (new.layout)(new, object), import_key: import_key() }
        }
        "created" => {
            let words: Vec<&str> = rest.split(' ').collect();
            let number = |at: usize| u32::from_str_radix(words[at], 16).unwrap();
            let public = words.get(2).map(|_| import_key().key);
            Output::KeyCreated { object: number(0), foreign_type: number(1), public }
        }
        _ => panic!("no result {text}"),
    })
}

fn error(name: &str) -> Error {
    crate::kinds::named(name).into()
}

fn import_key() -> ImportPublicKey {
    let modulus = [vec![0xc0], vec![0x5a; 254], vec![0x01]].concat();
    ImportPublicKey { id: 1, key: RsaPublicKey { modulus, exponent: vec![1, 0, 1] } }
}
