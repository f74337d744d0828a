//! Challenges, check-ins and a first configuration as published, against ours.

use super::super::ejwt::Ejwt;
use super::super::json::Object;
use super::super::text::from_base64_url;
use super::super::token::{Segments, sign};
use super::super::{
    Challenge, VENDOR_BACKEND, answer_check_in, challenge, check_in, init, init_challenge,
    parse_genuine,
};
use super::samples::sample;
use super::{NOW, NOW_S, base64, fresh, key, master, owned, service, session, settings};
use crate::error::ErrorKind;

/// Names of the members of a JSON object without objects in it, in their order.
fn names(json: &str) -> Vec<&str> {
    let ends = json.match_indices("\":").map(|(at, _)| at);
    ends.filter_map(|at| json[..at].rsplit('"').next()).collect()
}

fn claims(token: &str) -> String {
    let segments = Segments::split(token).expect("three segments");
    String::from_utf8(from_base64_url(segments.claims).expect("base64")).expect("a text")
}

fn object(name: &str) -> Object {
    Object::parse(sample(name).as_bytes()).expect("an object")
}

fn issued(nonce: &[u8; 32]) -> u64 {
    u32::from_le_bytes([nonce[0], nonce[1], nonce[2], nonce[3]]).into()
}

// spec: encedo-hem 2, 2.1, 3.2, 3.4
#[test]
fn challenges_last_a_minute_and_name_two_keys() {
    for name in ["challenge", "init_challenge"] {
        let (jti, eid): ([u8; 32], [u8; 32]) =
            (object(name).array("jti").expect("32"), object(name).array("eid").expect("32"));
        assert_eq!(object(name).number("exp"), Ok(Some(issued(&jti) + 60)), "{name}");
        assert_ne!(object(name).array("spk"), Ok(eid), "{name}");
    }
    let statement = object("init_challenge").need_text("genuine").map(parse_genuine);
    assert!(statement.is_ok_and(|genuine| genuine.is_some()));
    let ours = [
        challenge(&owned(), &session(), [1; 12], NOW).expect("an owner"),
        init_challenge(&fresh(), &session(), [1; 12], NOW),
    ];
    for Challenge { exp, spk, jti, eid, .. } in ours {
        assert_eq!((issued(&jti), exp), (NOW_S, NOW_S + 60));
        assert_ne!(spk, eid);
    }
}

// spec: encedo-hem 4.3
#[test]
fn a_check_in_has_the_members_of_the_published_one() {
    let check = Ejwt::parse(sample("check")).expect("a token");
    assert!(check.is_for(&VENDOR_BACKEND));
    assert_eq!(check.issuer().ok(), object("challenge").array("spk").ok(), "the session's key");
    let ours = check_in(&settings(), &session(), &[1; 32], &[0x29; 16], [1; 12], NOW);
    let ours = ours.expect("a statement");
    let (ours, theirs) = (claims(&ours), claims(sample("check")));
    assert_eq!(names(&ours), names(&theirs));
    for name in names(&ours) {
        let length = |text: &str| {
            let object = Object::parse(text.as_bytes()).expect("an object");
            object.need_text(name).map(str::len)
        };
        assert_eq!(length(&ours), length(&theirs), "{name}");
    }
}

// spec: encedo-hem 4.3
#[test]
fn a_time_service_answers_as_the_published_one() {
    let checked = object("checked_claims");
    let jti = checked.array("jti").expect("32 bytes");
    assert_eq!(checked.number("iat"), Ok(Some(issued(&jti) + 1)));
    assert_eq!(checked.array("iss"), Ok(VENDOR_BACKEND));
    let check = check_in(&settings(), &session(), &[1; 32], &[2; 16], [1; 12], NOW);
    let ours = answer_check_in(&check.expect("a statement"), &service(), &[6; 32], NOW);
    let ours = claims(&ours.expect("an answer"));
    assert_eq!(names(&ours), names(sample("checked_claims")));
}

/// The published claims with keys and nonce of ours in them.
fn claims_of_init(challenge: &Challenge) -> String {
    let swap = |text: String, name: &str, ours: &[u8]| {
        text.replace(object("init_claims").need_text(name).expect("a text"), &base64(ours))
    };
    let text = swap(sample("init_claims").to_owned(), "jti", &challenge.jti);
    let text = swap(text, "aud", &challenge.spk);
    swap(text, "iss", &master().public())
}

// spec: encedo-hem 2.2, 3.5
#[test]
fn the_published_configuration_is_taken() {
    let (record, mut session) = (fresh(), session());
    let challenge = init_challenge(&record, &session, [1; 12], NOW);
    let agreed = master().agree(&challenge.spk).expect("keys agree");
    let text = sign(&agreed, sample("init_header"), &claims_of_init(&challenge));
    let done = init(&text, &settings(), &record, &mut session, [2; 12], NOW).expect("taken");
    let owner = done.record.owner.expect("an owner");
    assert_eq!(owner.master_key, master().public());
    let cfg = object("init_claims").object("cfg").expect("an object");
    assert_eq!(Ok(owner.user_key), cfg.array("userkey"));
    let config = owner.config;
    assert_eq!(
        (&*config.user, &*config.hostname, &*config.ip),
        ("John Doe", "my.ence.do", "192.168.7.1/24")
    );
    assert_eq!((config.storage_mode, config.storage_disk0size), (81, 8_388_608));
    assert!(config.dnsd && config.trusted_ts && config.trusted_backend && config.allow_keysearch);
    // The same claims by somebody else.
    let agreed = key(9).agree(&challenge.spk).expect("keys agree");
    let text = sign(&agreed, sample("init_header"), &claims_of_init(&challenge));
    let refused = init(&text, &settings(), &record, &mut session, [2; 12], NOW).err();
    assert!(matches!(refused, Some(ErrorKind::Unauthenticated(_))));
}
