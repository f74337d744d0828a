//! Setting the clock by a time service that is trusted.
// spec: encedo-hem 4.3

use super::ejwt::{self, Ejwt};
use super::event::{Event, LogEvent, Outcome};
use super::json::Writer;
use super::keys::AgreementKey;
use super::nonce::{Nonce, NonceSeed, Purpose};
use super::session::{Clock, Session, seconds};
use super::settings::{Settings, VENDOR_BACKEND};
use super::token::TokenError;
use crate::error::{ErrorKind, Malformed};
use crate::limits::INSTANCE_CLOCK_SKEW_S;
use crate::time::UnixMs;

/// A statement for the time service. `query` is random, so that the service cannot tell
/// instances apart; `serial` is that of the TLS certificate.
///
/// # Errors
/// [`ErrorKind::Internal`] where the service's configured key agrees on zero.
pub fn check_in(
    settings: &Settings,
    session: &Session,
    query: &[u8; 32],
    serial: &[u8],
    seed: NonceSeed,
    now: UnixMs,
) -> Result<String, ErrorKind> {
    let backend = settings.backends.first().unwrap_or(&VENDOR_BACKEND);
    let version = &settings.version;
    let claims = Writer::new()
        .bytes("jti", &session.nonces.issue(Purpose::CheckIn, seed, seconds(now)))
        .bytes("iss", &session.public())
        .bytes("qid", query)
        .bytes("aud", backend)
        .bytes("fws", &version.fws)
        .bytes("bls", &version.bls)
        .bytes("uis", &version.uis)
        .bytes("csn", serial)
        .finish();
    ejwt::issue(&session.agreement, backend, &claims).ok_or(ErrorKind::Internal)
}

/// Takes the time service's statement, and gives what the log says of it. The clock is the
/// gateway's; it counts as set once a trusted service agrees with it.
///
/// # Errors
/// [`Malformed::Member`] for a statement not of its form,
/// [`Unauthenticated::Token`](crate::error::Unauthenticated::Token) for one that is not to our
/// question or not by a trusted service.
pub fn checked_in(
    checked: &str,
    settings: &Settings,
    session: &mut Session,
    now: UnixMs,
) -> Result<LogEvent, ErrorKind> {
    let checked = Ejwt::parse(checked)?;
    if !settings.backends.contains(&checked.issuer()?) || !checked.is_for(&session.public()) {
        return Err(TokenError.into());
    }
    checked.verify(&session.agreement)?;
    let time_s = checked.claims().number("iat")?.ok_or(ErrorKind::Malformed(Malformed::Member))?;
    checked.claims().array::<32>("status")?;
    session.nonces.accept(Purpose::CheckIn, &checked.nonce()?, seconds(now))?;
    Ok(set_clock(session, time_s, now))
}

/// The time service's side: its statement, if `check` is one for it. `status` says nothing that
/// is acted upon.
///
/// # Errors
/// [`TokenError`] for a statement that is not for this service.
pub fn answer_check_in(
    check: &str,
    service: &AgreementKey,
    status: &[u8; 32],
    now: UnixMs,
) -> Result<String, TokenError> {
    let check = Ejwt::parse(check)?;
    if !check.is_for(&service.public()) {
        return Err(TokenError);
    }
    check.verify(service)?;
    let (instance, jti): ([u8; 32], Nonce) = (check.issuer()?, check.nonce()?);
    let claims = Writer::new()
        .bytes("jti", &jti)
        .number("iat", seconds(now))
        .bytes("iss", &service.public())
        .bytes("aud", &instance)
        .bytes("status", status)
        .finish();
    ejwt::issue(service, &instance, &claims).ok_or(TokenError)
}

fn set_clock(session: &mut Session, time_s: u64, now: UnixMs) -> LogEvent {
    let agrees = time_s.abs_diff(seconds(now)) <= INSTANCE_CLOCK_SKEW_S;
    if agrees {
        session.clock = Clock::Set;
    }
    let outcome = if agrees { Outcome::Done } else { Outcome::Failed };
    let extra = (time_s as u32).to_le_bytes().to_vec();
    LogEvent { event: Event::ClockSet, outcome, subject: None, extra }
}
