//! Changes of the configuration.

use super::super::{
    Change, ConfigChange, InstanceRecord, Role, Session, TlsChange, UserKeyChange, change_config,
    mac, show_config,
};
use super::{NOW, VALUE, after, fresh, key, owned, session, settings, situation};
use crate::error::ErrorKind;
use crate::time::UnixMs;

fn change(
    record: &InstanceRecord,
    session: &mut Session,
    change: ConfigChange,
) -> Result<Change, ErrorKind> {
    change_config(change, true, Some(Role::User), record, session, NOW)
}

/// The record after a change, and whether anything is different.
fn updated(change: Result<Change, ErrorKind>) -> (InstanceRecord, bool) {
    match change {
        Ok(Change::Update { record, updated, .. }) => (*record, updated),
        _ => panic!("an update"),
    }
}

fn named(user: &str) -> ConfigChange {
    ConfigChange { user: Some(user.to_owned()), ..ConfigChange::default() }
}

// spec: encedo-hem 4.5
#[test]
fn a_change_is_seen_by_a_later_time_even_within_a_second() {
    let (record, mut session) = (owned(), session());
    let (first, differs) = updated(change(&record, &mut session, named("One")));
    let (second, again) = updated(change(&first, &mut session, named("Two")));
    assert!(differs && again);
    let uts = [&record, &first, &second].map(|one| one.owner.as_ref().expect("an owner").uts);
    assert!(uts[0] < uts[1] && uts[1] < uts[2], "{uts:?}");
    let config = &second.owner.as_ref().expect("an owner").config;
    assert_eq!((config.user.as_str(), config.hostname.as_str()), ("Two", "my.example"));
}

#[test]
fn what_changes_nothing_is_no_change() {
    let (record, mut session) = (owned(), session());
    for nothing in [ConfigChange::default(), named("Owner")] {
        let (after, differs) = updated(change(&record, &mut session, nothing));
        assert!(!differs);
        assert_eq!(after.owner, record.owner);
    }
}

#[test]
fn members_must_be_of_their_form() {
    let (record, mut session) = (owned(), session());
    let none = ConfigChange::default;
    let text = |len: usize| Some("x".repeat(len));
    for (good, bad) in [
        (named(&"x".repeat(64)), named(&"x".repeat(65))),
        (named("x"), named("")),
        (ConfigChange { email: text(64), ..none() }, ConfigChange { email: text(65), ..none() }),
        (
            ConfigChange { http_option_dosprot_mode: Some(4), ..none() },
            ConfigChange { http_option_dosprot_mode: Some(5), ..none() },
        ),
        (
            ConfigChange { origin: Some("a,".repeat(512)), ..none() },
            ConfigChange { origin: Some("a,".repeat(512) + "a"), ..none() },
        ),
        (
            ConfigChange { origin: Some("*.a.example".into()), ..none() },
            ConfigChange { origin: Some("*a.example".into()), ..none() },
        ),
    ] {
        assert!(change(&record, &mut session, good).is_ok());
        assert_eq!(change(&record, &mut session, bad).err(), Some(VALUE));
    }
}

#[test]
fn certificates_without_the_key_in_use_are_refused() {
    let (record, mut session) = (owned(), session());
    let tls = |with_key| ConfigChange {
        tls: Some(TlsChange { chain: vec![1], with_key }),
        ..ConfigChange::default()
    };
    assert!(updated(change(&record, &mut session, tls(false))).1);
    assert_eq!(change(&record, &mut session, tls(true)).err(), Some(VALUE));
    let foreign = change_config(tls(false), false, None, &record, &mut session, NOW);
    assert_eq!(foreign.err(), Some(VALUE));
    let first = change_config(tls(false), true, None, &fresh(), &mut session, NOW);
    assert!(matches!(first, Ok(Change::TakeTls(_))));
    let nothing = change_config(named("x"), true, None, &fresh(), &mut session, NOW);
    assert_eq!(nothing.err(), Some(ErrorKind::Unsupported));
}

fn new_key(session: &Session, nonce: [u8; 32]) -> UserKeyChange {
    let agreed = key(50).agree(&session.public()).expect("keys agree");
    let mac = mac(agreed.expose(), &[&nonce]);
    UserKeyChange { public: key(50).public(), mac, nonce: nonce.to_vec() }
}

fn set_key(
    record: &InstanceRecord,
    session: &mut Session,
    user_key: UserKeyChange,
    now: UnixMs,
) -> Option<ErrorKind> {
    let change = ConfigChange { user_key: Some(user_key), ..ConfigChange::default() };
    match change_config(change, false, Some(Role::Master), record, session, now) {
        Ok(change) => {
            let (record, differs) = updated(Ok(change));
            assert!(differs);
            assert_eq!(record.owner.expect("an owner").user_key, key(50).public());
            None
        }
        Err(kind) => Some(kind),
    }
}

// spec: encedo-hem 4.5
#[test]
fn a_new_user_key_must_be_proven() {
    let (record, mut session) = (owned(), session());
    let settings = settings();
    let shown = |session: &Session, seed| {
        show_config(situation(&settings, &record, session), [seed; 12], NOW)
            .expect("an owner")
            .nonce
    };
    let nonce = shown(&session, 1);
    let forged = UserKeyChange { mac: [0; 32], ..new_key(&session, nonce) };
    assert_eq!(set_key(&record, &mut session, forged, NOW), Some(VALUE));
    let proven = new_key(&session, nonce);
    assert_eq!(set_key(&record, &mut session, proven, after(601)), Some(VALUE));
    let proven = new_key(&session, nonce);
    assert_eq!(set_key(&record, &mut session, proven, NOW), None);
    let again = new_key(&session, nonce);
    assert_eq!(set_key(&record, &mut session, again, NOW), Some(VALUE));
    let challenge = super::super::challenge(&record, &session, [2; 12], NOW).expect("an owner");
    let proven = new_key(&session, challenge.jti);
    assert_eq!(set_key(&record, &mut session, proven, NOW), None);
    let short = UserKeyChange { nonce: vec![1], ..new_key(&session, nonce) };
    assert_eq!(set_key(&record, &mut session, short, NOW), Some(VALUE));
}

#[test]
fn erasing_leaves_the_device_and_its_names() {
    let (record, mut session) = (owned(), session());
    let wipe = ConfigChange { wipeout: true, ..ConfigChange::default() };
    assert!(matches!(change(&record, &mut session, wipe), Ok(Change::Wipe)));
    let wiped = record.wiped(&crate::secret::Secret::new([9; 80]));
    assert!(wiped.owner.is_none());
    assert_eq!((&wiped.names, wiped.partition), (&record.names, record.partition));
    assert_eq!(wiped.device.devid, record.device.devid);
    assert_ne!(wiped.identity.eid.public(), record.identity.eid.public());
}
