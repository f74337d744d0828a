//! The first configuration.

use super::super::json::Writer;
use super::super::{
    AgreementKey, Event, Initialised, InstanceRecord, Role, Session, init, init_challenge,
};
use super::{
    MEMBER, NOW, NOW_S, UNAUTHENTICATED, VALUE, claims_of, fresh, login_claims, master, owned,
    sealed, session, settings, user,
};
use crate::codec::Record;
use crate::error::ErrorKind;

/// Members of a configuration, each as JSON.
fn members() -> Vec<(&'static str, String)> {
    let key = |key: AgreementKey| format!("\"{}\"", super::base64(&key.public()));
    vec![
        ("masterkey", key(master())),
        ("userkey", key(user())),
        ("user", "\"John Doe\"".into()),
        ("email", "\"\"".into()),
        ("hostname", "\"My.Example\"".into()),
        ("ip", "\"192.168.7.1/24\"".into()),
        ("storage_mode", "81".into()),
        ("storage_disk0size", "8388608".into()),
        ("dnsd", "true".into()),
        ("trusted_ts", "true".into()),
        ("trusted_backend", "true".into()),
        ("allow_keysearch", "true".into()),
        ("origin", "\"*\"".into()),
    ]
}

fn with(name: &'static str, value: &str) -> Vec<(&'static str, String)> {
    let mut members = members();
    members.retain(|(one, _)| *one != name);
    members.push((name, value.to_owned()));
    members
}

fn json(members: &[(&str, String)]) -> String {
    let object = members.iter().fold(Writer::new(), |all, (name, json)| all.raw(name, json));
    object.finish()
}

fn send(
    record: &InstanceRecord,
    session: &mut Session,
    ours: &AgreementKey,
    cfg: &str,
) -> Result<Initialised, ErrorKind> {
    let challenge = init_challenge(record, session, [1; 12], NOW);
    let claims = login_claims(ours, &challenge.spk, &challenge.jti)
        .number("exp", challenge.exp)
        .raw("cfg", cfg);
    let text = sealed(ours, &challenge.spk, claims);
    init(&text, &settings(), record, session, [2; 12], NOW)
}

fn kind(members: &[(&str, String)]) -> Option<ErrorKind> {
    send(&fresh(), &mut session(), &master(), &json(members)).err()
}

// spec: encedo-hem 3.5
#[test]
fn an_owner_takes_the_instance() {
    let (record, mut session) = (fresh(), session());
    let done = send(&record, &mut session, &master(), &json(&members()));
    let done = done.expect("initialised");
    let claims = claims_of(&session, done.token.expose());
    assert_eq!((claims.role, claims.scope.as_str()), (Role::User, "system:config"));
    assert_eq!(claims.exp, NOW_S + 28_800);
    assert_eq!((done.log.event, done.log.subject), (Event::Initialised, Some(Role::Master)));
    let owner = done.record.owner.as_ref().expect("an owner");
    assert_eq!((owner.user_key, owner.master_key), (user().public(), master().public()));
    assert_eq!((owner.iat, owner.uts), (NOW_S, NOW_S));
    assert_eq!(owner.config.hostname, "my.example");
    assert!(done.record.answers_to("my.example") && done.record.answers_to("hem.test"));
    assert_eq!(done.record.identity.eid.public(), record.identity.eid.public());
    let again = send(&done.record, &mut session, &master(), &json(&members()));
    assert_eq!(again.err(), Some(ErrorKind::Unsupported));
}

#[test]
fn every_member_but_those_of_the_hardware_is_needed() {
    let optional = ["ip", "storage_mode", "storage_disk0size", "dnsd"];
    for (left_out, _) in members() {
        let rest: Vec<_> = members().into_iter().filter(|(name, _)| *name != left_out).collect();
        let expected = (!optional.contains(&left_out)).then_some(MEMBER);
        assert_eq!(kind(&rest), expected, "{left_out}");
    }
    assert_eq!(send(&fresh(), &mut session(), &master(), "1").err(), Some(MEMBER));
}

#[test]
fn members_must_be_of_their_form() {
    let long = |chars: usize| format!("\"{}\"", "u".repeat(chars));
    for (name, good, bad) in [
        ("user", long(64), long(65)),
        ("user", long(1), long(0)),
        ("email", long(64), long(65)),
        ("hostname", "\"a-b.example\"".into(), "\"a..b\"".into()),
        ("hostname", format!("\"{}\"", "a.".repeat(126) + "a"), long(254)),
        ("ip", "\"10.0.0.1\"".into(), "\"10.0.0.1/33\"".into()),
        ("origin", "\"https://a.example, *.b.example\"".into(), "\"https://\"".into()),
        ("origin", "\"\"".into(), "\"<script>\"".into()),
    ] {
        assert_eq!(kind(&with(name, &good)), None, "{name}: {good}");
        assert_eq!(kind(&with(name, &bad)), Some(VALUE), "{name}: {bad}");
    }
    assert_eq!(kind(&with("trusted_ts", "1")), Some(MEMBER));
    assert_eq!(kind(&with("userkey", "\"AAAA\"")), Some(MEMBER));
}

#[test]
fn the_master_key_must_sign() {
    let mut session = session();
    let by_user = send(&fresh(), &mut session, &user(), &json(&members()));
    assert_eq!(by_user.err(), Some(UNAUTHENTICATED));
    assert!(send(&fresh(), &mut session, &master(), &json(&members())).is_ok());
}

#[test]
fn records_read_back_and_truncations_do_not() {
    for record in [fresh(), owned()] {
        let bytes = record.to_bytes();
        let read = InstanceRecord::from_bytes(bytes.expose()).expect("a record");
        assert_eq!(read.to_bytes().expose(), bytes.expose());
        assert_eq!(read.owner, record.owner);
        for len in 0..bytes.expose().len() {
            assert!(InstanceRecord::from_bytes(&bytes.expose()[..len]).is_err());
        }
    }
}
