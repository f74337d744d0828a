//! Logins of the local user and the administrator.
// spec: encedo-hem 3.2, 3.3

use subtle::ConstantTimeEq;

use super::answer::Challenge;
use super::ejwt::Ejwt;
use super::event::{Event, LogEvent};
use super::json::{Object, WrongType};
use super::nonce::{NonceError, NonceSeed, Purpose};
use super::record::{InstanceRecord, Owner};
use super::role::Role;
use super::scope::without_note;
use super::session::{Session, seconds};
use super::settings::Settings;
use super::token::TokenError;
use crate::error::{ErrorKind, Malformed, Unauthenticated};
use crate::limits::{LOGIN_CONTEXT_CHARS_MAX, SCOPE_CHARS_MAX};
use crate::secret::Secret;
use crate::time::UnixMs;

/// Life of a token whose client names none, seconds.
pub(super) const TOKEN_S: u64 = 28_800;

/// A token that was issued, and what the log says of it.
pub struct Issued {
    /// The token.
    pub token: Secret<String>,
    /// For the log.
    pub log: LogEvent,
}

impl From<TokenError> for ErrorKind {
    fn from(_: TokenError) -> Self {
        Self::Unauthenticated(Unauthenticated::Token)
    }
}

impl From<NonceError> for ErrorKind {
    fn from(error: NonceError) -> Self {
        match error {
            NonceError::Invalid => TokenError.into(),
            NonceError::Full => Self::Busy,
        }
    }
}

impl From<WrongType> for ErrorKind {
    fn from(_: WrongType) -> Self {
        Self::Malformed(Malformed::Member)
    }
}

/// A challenge.
///
/// # Errors
/// [`ErrorKind::WrongState`] without an owner.
pub fn challenge(
    record: &InstanceRecord,
    session: &Session,
    seed: NonceSeed,
    now: UnixMs,
) -> Result<Challenge, ErrorKind> {
    let owner = record.owner.as_ref().ok_or(ErrorKind::WrongState)?;
    Ok(new_challenge(record, session, owner.config.user.clone(), seed, now))
}

pub(super) fn new_challenge(
    record: &InstanceRecord,
    session: &Session,
    label: String,
    seed: NonceSeed,
    now: UnixMs,
) -> Challenge {
    let now_s = seconds(now);
    Challenge {
        exp: now_s.saturating_add(Purpose::Login.window_s()),
        spk: session.public(),
        jti: session.nonces.issue(Purpose::Login, seed, now_s),
        label,
        eid: record.identity.eid.public(),
    }
}

/// Answers a login. Whoever calls waits as long as [`Throttle`](super::Throttle) says, before
/// either answer.
///
/// # Errors
/// [`Unauthenticated::Token`] for a proof that fails, [`Malformed`] for claims not of their form.
pub fn login(
    auth: &str,
    settings: &Settings,
    record: &InstanceRecord,
    session: &mut Session,
    seed: NonceSeed,
    now: UnixMs,
) -> Result<Issued, ErrorKind> {
    let owner = record.owner.as_ref().ok_or(ErrorKind::WrongState)?;
    let auth = Ejwt::parse(auth)?;
    let role = role_of(owner, &auth.issuer()?).ok_or(TokenError)?;
    auth.verify(&session.agreement)?;
    if !auth.is_for(&session.public()) {
        return Err(TokenError.into());
    }
    let claims = auth.claims();
    let scope = scope(claims)?;
    let ctx = context(claims, LOGIN_CONTEXT_CHARS_MAX)?;
    let exp = match claims.number("exp")? {
        Some(0) => return Err(TokenError.into()),
        wish => expiry(wish, settings, now)?,
    };
    session.nonces.accept(Purpose::Login, &auth.nonce()?, seconds(now))?;
    let token = session.token(role, (without_note(scope), ctx), exp, seed, now);
    let log = LogEvent::done(Event::Login, Some(role)).with_text(scope);
    Ok(Issued { token, log })
}

/// When a token shall end, seconds: as wished, but not later than the operator lets it.
pub(super) fn expiry(
    wish: Option<u64>,
    settings: &Settings,
    now: UnixMs,
) -> Result<u64, TokenError> {
    let now_s = seconds(now);
    let exp = wish.unwrap_or(now_s.saturating_add(TOKEN_S));
    if exp <= now_s {
        return Err(TokenError);
    }
    Ok(exp.min(now_s.saturating_add(settings.token_s_max)))
}

/// What shall be in the token besides; an empty text is none.
pub(super) fn context(claims: &Object, most: usize) -> Result<Option<&str>, ErrorKind> {
    match claims.text("ctx")? {
        Some(ctx) if ctx.chars().count() > most => Err(ErrorKind::Malformed(Malformed::Value)),
        ctx => Ok(ctx.filter(|ctx| !ctx.is_empty())),
    }
}

/// Both keys are compared, whichever fits.
fn role_of(owner: &Owner, issuer: &[u8; 32]) -> Option<Role> {
    let is_user = bool::from(owner.user_key.ct_eq(issuer));
    let is_master = bool::from(owner.master_key.ct_eq(issuer));
    match (is_user, is_master) {
        (true, _) => Some(Role::User),
        (false, true) => Some(Role::Master),
        (false, false) => None,
    }
}

fn scope(claims: &Object) -> Result<&str, ErrorKind> {
    let scope = claims.text("scope")?.unwrap_or_default();
    let fits = scope.chars().count() <= SCOPE_CHARS_MAX;
    if fits { Ok(scope) } else { Err(ErrorKind::Malformed(Malformed::Value)) }
}
