//! Setting the clock, from both sides.

use super::super::ejwt::Ejwt;
use super::super::json::Writer;
use super::super::{
    Clock, Event, Outcome, Session, TokenError, VENDOR_BACKEND, answer_check_in, check_in,
    checked_in,
};
use super::{
    MEMBER, NOW, NOW_S, UNAUTHENTICATED, after, boot_of, fresh, key, sealed, service, settings,
};
use crate::error::ErrorKind;
use crate::time::UnixMs;

const STATUS: [u8; 32] = [6; 32];

fn unset() -> Session {
    boot_of(&fresh(), Clock::Unset).0
}

fn ask(session: &Session, seed: u8) -> String {
    check_in(&settings(), session, &[1; 32], &[0x29; 16], [seed; 12], NOW).expect("a statement")
}

fn take(session: &mut Session, checked: &str, now: UnixMs) -> Result<Outcome, ErrorKind> {
    let log = checked_in(checked, &settings(), session, now)?;
    assert_eq!(log.event, Event::ClockSet);
    Ok(log.outcome)
}

// spec: encedo-hem 4.3
#[test]
fn a_trusted_service_sets_the_clock_again_and_again() {
    let mut session = unset();
    for seed in [1, 2] {
        let check = ask(&session, seed);
        let checked = answer_check_in(&check, &service(), &STATUS, after(1)).expect("an answer");
        assert_eq!(take(&mut session, &checked, after(2)), Ok(Outcome::Done));
        assert_eq!(session.clock, Clock::Set);
        assert_eq!(take(&mut session, &checked, after(2)), Err(UNAUTHENTICATED), "a replay");
    }
}

#[test]
fn a_statement_has_its_claims_and_is_for_one_service() {
    let session = unset();
    let check = ask(&session, 1);
    assert_eq!(answer_check_in(&check, &key(9), &STATUS, NOW), Err(TokenError));
    let check = Ejwt::parse(&check).expect("a token");
    assert_eq!(check.issuer(), Ok(session.public()));
    let lengths = [("qid", 32), ("fws", 64), ("bls", 64), ("uis", 32), ("csn", 16)];
    for (name, len) in lengths {
        let text = check.claims().need_text(name).expect("a claim");
        assert_eq!(super::super::from_base64(text).map(|bytes| bytes.len()), Some(len), "{name}");
    }
}

#[test]
fn without_a_trusted_service_nothing_sets_the_clock() {
    let mut session = unset();
    let settings = super::Settings { backends: Vec::new(), ..settings() };
    let check = check_in(&settings, &session, &[1; 32], &[], [1; 12], NOW).expect("a statement");
    assert!(Ejwt::parse(&check).expect("a token").is_for(&VENDOR_BACKEND));
    let checked = answer(&session, &service(), |claims| claims.bytes("status", &STATUS));
    assert_eq!(checked_in(&checked, &settings, &mut session, NOW), Err(UNAUTHENTICATED));
    assert_eq!(session.clock, Clock::Unset);
}

fn answer(
    session: &Session,
    from: &super::AgreementKey,
    more: impl Fn(Writer) -> Writer,
) -> String {
    let jti = session.nonces.issue(super::super::Purpose::CheckIn, [8; 12], NOW_S);
    let claims = Writer::new()
        .bytes("jti", &jti)
        .bytes("iss", &from.public())
        .bytes("aud", &session.public())
        .number("iat", NOW_S);
    sealed(from, &session.public(), more(claims))
}

#[test]
fn answers_that_are_old_foreign_or_incomplete_are_refused() {
    let mut session = unset();
    let good = |claims: Writer| claims.bytes("status", &STATUS);
    let foreign = answer(&session, &key(9), good);
    assert_eq!(take(&mut session, &foreign, NOW), Err(UNAUTHENTICATED));
    let incomplete = answer(&session, &service(), |claims| claims);
    assert_eq!(take(&mut session, &incomplete, NOW), Err(MEMBER));
    let old = answer(&session, &service(), good);
    assert_eq!(take(&mut session, &old, after(301)), Err(UNAUTHENTICATED));
    assert_eq!(session.clock, Clock::Unset);
}

#[test]
fn a_service_with_another_time_does_not_set_the_clock() {
    let mut session = unset();
    let check = ask(&session, 1);
    let checked = answer_check_in(&check, &service(), &STATUS, after(3600)).expect("an answer");
    assert_eq!(take(&mut session, &checked, NOW), Ok(Outcome::Failed));
    assert_eq!(session.clock, Clock::Unset);
}
