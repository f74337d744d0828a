//! The checks that come before a call, in the order in which clients see them.
// spec: encedo-hem 1.5

use super::event::{Event, LogEvent, Outcome};
use super::origin;
use super::request::{Call, Request};
use super::role::{Role, Roles};
use super::rules::{Entry, Plain, Rule, State, rule};
use super::scope::Scope;
use super::session::Clock;
use super::settings::{Situation, Transport};
use super::token::Claims;
use crate::error::{ErrorKind, Malformed, Unauthenticated};
use crate::id::KeyId;
use crate::op::manage::{Manage, ManageKind, Needle};
use crate::time::UnixMs;

/// Bytes of a description's start that must be known to search without a token.
// spec: encedo-hem 5.5
const SEARCH_PREFIX_BYTES_MIN: usize = 6;

/// Why a call is not served, and what its log says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The answer.
    pub kind: ErrorKind,
    /// For the log.
    pub log: Option<LogEvent>,
}

impl From<ErrorKind> for Refusal {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, log: None }
    }
}

/// Lets a call in: `Some` holds what the caller's token says, `None` is anyone. Every member of
/// an admitted call was readable.
///
/// # Errors
/// [`Refusal`] by the first check that fails.
pub fn gate(
    request: &Request,
    transport: Transport,
    at: Situation<'_>,
    now: UnixMs,
) -> Result<Option<Claims>, Refusal> {
    check_origin(request, at)?;
    let caller = bearer(request, at, now)?;
    let rule = rule(&request.call).ok_or(ErrorKind::Malformed(Malformed::Function))?;
    check_transport(rule.plain, transport, at.settings.strict_tls)?;
    check_state(rule.state, at)?;
    check_entry(rule, &request.call, caller.as_ref(), at)?;
    match request.call.fault() {
        Some(kind) => Err(Refusal { kind, log: unreadable(&request.call, caller.as_ref()) }),
        None => Ok(caller),
    }
}

/// What the log says of a call that is not of its form, where it says anything.
// spec: encedo-hem 5.5, 4.5
fn unreadable(call: &Call, caller: Option<&Claims>) -> Option<LogEvent> {
    let (event, outcome) = match call {
        Call::Manage(ManageKind::Create, _) => (Event::KeyMade, Outcome::Malformed),
        Call::SetConfig(_) => (Event::ConfigUpdated, Outcome::Failed),
        _ => return None,
    };
    Some(LogEvent { outcome, ..LogEvent::done(event, caller.map(|caller| caller.role)) })
}

/// Whether pages of `origin` may read the answer.
// spec: encedo-hem 1.6
pub fn admits_origin(at: Situation<'_>, origin: &str) -> bool {
    at.owner().is_none_or(|owner| origin::admits(&owner.config.origin, origin))
}

fn check_origin(request: &Request, at: Situation<'_>) -> Result<(), ErrorKind> {
    let admitted = request.origin.as_deref().is_none_or(|origin| admits_origin(at, origin));
    if admitted { Ok(()) } else { Err(ErrorKind::OriginRefused) }
}

fn bearer(request: &Request, at: Situation<'_>, now: UnixMs) -> Result<Option<Claims>, ErrorKind> {
    let Some(token) = &request.bearer else { return Ok(None) };
    let claims = at.session.verify(token.expose(), now).map_err(|_| UNAUTHENTICATED)?;
    match claims.role {
        // Its key was removed since, though it may have been paired again.
        Role::Peer(key) if !at.record.is_peer_since(key, claims.iat) => Err(UNAUTHENTICATED),
        _ => Ok(Some(claims)),
    }
}

fn check_transport(plain: Plain, transport: Transport, strict: bool) -> Result<(), ErrorKind> {
    let served = match plain {
        Plain::Anywhere => true,
        Plain::Loopback => transport.secure || (transport.loopback && !strict),
        Plain::Never => transport.secure,
    };
    if served { Ok(()) } else { Err(ErrorKind::TlsRequired) }
}

fn check_state(state: State, at: Situation<'_>) -> Result<(), ErrorKind> {
    let failed = at.session.faults != 0;
    let unset = at.session.clock == Clock::Unset;
    let owner = at.owner();
    let unset_matters = owner.is_none_or(|owner| owner.config.trusted_ts);
    match state {
        State::Login if unset && unset_matters => Err(ErrorKind::Forbidden),
        State::Init if unset => Err(ErrorKind::Forbidden),
        State::Init if owner.is_some() => Err(ErrorKind::Unsupported),
        State::Provision if owner.is_some() => Err(ErrorKind::Forbidden),
        State::Provision if at.record.device.provisioned => Err(ErrorKind::Unsupported),
        State::Login | State::Ready if owner.is_none() => Err(ErrorKind::WrongState),
        State::Any => Ok(()),
        _ if failed => Err(ErrorKind::WrongState),
        _ => Ok(()),
    }
}

fn check_entry(
    rule: Rule,
    call: &Call,
    caller: Option<&Claims>,
    at: Situation<'_>,
) -> Result<(), Refusal> {
    match rule.entry {
        Entry::Open => Ok(()),
        Entry::TokenOrFresh(..) if at.owner().is_none() => Ok(()),
        Entry::Search(scopes, roles) => check_search(scopes, roles, call, caller, at),
        Entry::Token(scopes, roles) | Entry::TokenOrFresh(scopes, roles) => {
            let caller = caller.ok_or(UNAUTHENTICATED)?;
            check_scope(scopes, roles, caller, named_key(call)?)
        }
    }
}

/// The needle comes first here: it decides whether a token is needed.
fn check_search(
    scopes: &[Scope],
    roles: Roles,
    call: &Call,
    caller: Option<&Claims>,
    at: Situation<'_>,
) -> Result<(), Refusal> {
    if let Some(kind) = call.fault() {
        return Err(kind.into());
    }
    let allowed = at.owner().is_some_and(|owner| owner.config.allow_keysearch);
    match (call, caller) {
        (Call::Manage(_, Ok(Manage::Search { needle, .. })), _) if allowed && knows(needle) => {
            Ok(())
        }
        (_, None) => Err(UNAUTHENTICATED.into()),
        (_, Some(caller)) => check_scope(scopes, roles, caller, None),
    }
}

fn knows(needle: &Needle) -> bool {
    needle.at_start && !needle.at_end && needle.bytes.len() >= SEARCH_PREFIX_BYTES_MIN
}

fn check_scope(
    scopes: &[Scope],
    roles: Roles,
    caller: &Claims,
    key: Option<KeyId>,
) -> Result<(), Refusal> {
    let opens = scopes.iter().any(|scope| scope.matches(&caller.scope, key));
    if opens && roles.include(caller.role) {
        return Ok(());
    }
    let log = LogEvent::refused(caller.role, &caller.scope);
    Err(Refusal { kind: ErrorKind::Forbidden, log: Some(log) })
}

/// The key that a call names, where a scope can be for its use alone.
fn named_key(call: &Call) -> Result<Option<KeyId>, ErrorKind> {
    match call {
        Call::Crypto { key, .. } => (*key).map(Some),
        Call::Manage(_, Ok(Manage::Get(key))) => Ok(Some(*key)),
        _ => Ok(None),
    }
}

const UNAUTHENTICATED: ErrorKind = ErrorKind::Unauthenticated(Unauthenticated::Token);
