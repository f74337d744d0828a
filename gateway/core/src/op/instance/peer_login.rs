//! Logins that a paired authenticator approves.
// spec: encedo-hem 3.7

use super::answer::Answer;
use super::ejwt::{self, Ejwt};
use super::event::{Event, LogEvent};
use super::json::{Object, Writer};
use super::login::{Issued, expiry};
use super::nonce::{Nonce, NonceSeed, Purpose};
use super::pairing::pid_text;
use super::record::{InstanceRecord, Peer};
use super::request::LoginWish;
use super::role::Role;
use super::scope::{key_of, without_note};
use super::seal::{exchange_key, seal, unseal};
use super::session::{Session, seconds};
use super::settings::Settings;
use super::text::base64;
use super::token::TokenError;
use crate::error::{ErrorKind, Malformed};
use crate::limits::{PEER_CONTEXT_CHARS_MAX, PEER_NOTE_CHARS_MAX, PEER_SCOPE_BYTES_MAX};
use crate::time::UnixMs;

/// A request for a login, sealed for each authenticator. `label` is the label of the key for
/// whose use it is, where there is such a key.
///
/// # Errors
/// [`Malformed::Value`] for a scope that is too long and a public key that agrees on zero.
pub fn ask_for_login(
    wish: &LoginWish,
    label: Option<&str>,
    record: &InstanceRecord,
    session: &Session,
    seed: NonceSeed,
    now: UnixMs,
) -> Result<Answer, ErrorKind> {
    if wish.scope.len() > PEER_SCOPE_BYTES_MAX {
        return Err(ErrorKind::Malformed(Malformed::Value));
    }
    let (ours, now_s) = (&record.identity.eid, seconds(now));
    let purpose = purpose_of(&wish.scope);
    let jti = session.nonces.issue(purpose, seed, now_s);
    let claims = Writer::new()
        .bytes("iss", &ours.public())
        .bytes("aud", &wish.epk)
        .number("iat", now_s)
        .number("exp", now_s.saturating_add(purpose.window_s()))
        .bytes("jti", &jti)
        .some_text("ctx", within(wish.ctx.as_deref(), PEER_CONTEXT_CHARS_MAX))
        .some_text("note", within(wish.note.as_deref(), PEER_NOTE_CHARS_MAX))
        .raw("scope", &sealed_scopes(record, &jti, &scope_text(&wish.scope, label)))
        .finish();
    let request = ejwt::issue(ours, &wish.epk, &claims);
    let request = request.ok_or(ErrorKind::Malformed(Malformed::Value))?;
    Ok(Answer::LoginRequest { request, epk: wish.epk })
}

/// The key whose label [`ask_for_login`] wants.
pub fn key_of_wish(wish: &LoginWish) -> Option<crate::id::KeyId> {
    key_of(&wish.scope)
}

/// Takes an authenticator's approval.
///
/// # Errors
/// [`Unauthenticated::Token`](crate::error::Unauthenticated::Token) for a reply that is not to
/// our request, [`Malformed`] for one not of its form, [`ErrorKind::VerifyFailed`] for an
/// authenticator that is not paired and a scope that does not open.
pub fn login_by_peer(
    reply: &str,
    settings: &Settings,
    record: &InstanceRecord,
    session: &mut Session,
    seed: NonceSeed,
    now: UnixMs,
) -> Result<Issued, ErrorKind> {
    let reply = Ejwt::parse(reply)?;
    reply.verify(&record.identity.eid)?;
    let (jti, claims) = (reply.nonce()?, reply.claims());
    let purpose = fresh_purpose(session, &jti, now)?;
    let wish = claims.number("exp")?.filter(|exp| *exp != 0);
    let exp = expiry(wish, settings, now)?;
    let peer = peer(record, &reply.issuer()?, claims)?;
    let sealed = claims.need_text("scope")?;
    let key = exchange_key(&record.identity.eid, &peer.public, &jti);
    let scope = key.and_then(|key| unseal(&key, sealed)).ok_or(ErrorKind::VerifyFailed)?;
    let ctx = within(claims.text("ctx")?, PEER_CONTEXT_CHARS_MAX);
    session.nonces.accept(purpose, &jti, seconds(now))?;
    let (role, scope) = (Role::Peer(peer.key), without_note(&scope));
    let token = session.token(role, (scope, ctx), exp, seed, now);
    let log = LogEvent::done(Event::PeerLogin, Some(role)).with_text(scope);
    Ok(Issued { token, log })
}

fn purpose_of(scope: &str) -> Purpose {
    if key_of(scope).is_some() { Purpose::PeerLoginForKey } else { Purpose::PeerLogin }
}

fn fresh_purpose(session: &Session, jti: &Nonce, now: UnixMs) -> Result<Purpose, TokenError> {
    [Purpose::PeerLogin, Purpose::PeerLoginForKey]
        .into_iter()
        .find(|purpose| session.nonces.is_fresh(*purpose, jti, seconds(now)))
        .ok_or(TokenError)
}

/// What is asked for, and for people what the key is called.
fn scope_text(scope: &str, label: Option<&str>) -> String {
    let Some(label) = label.filter(|_| key_of(scope).is_some()) else {
        return scope.to_owned();
    };
    // The number of the key's type is not public; readers show the label.
    let note = Writer::new().text("t", "0").text("l", label).finish();
    format!("{scope}#{}", base64(note.as_bytes()))
}

fn sealed_scopes(record: &InstanceRecord, jti: &Nonce, text: &str) -> String {
    let peers = record.peers().iter();
    peers
        .filter_map(|peer| {
            let key = exchange_key(&record.identity.eid, &peer.public, jti)?;
            Some((pid_text(&peer.pid), seal(&key, text)))
        })
        .fold(Writer::new(), |scopes, (pid, sealed)| scopes.text(&pid, &sealed))
        .finish()
}

fn peer<'a>(
    record: &'a InstanceRecord,
    issuer: &[u8; 32],
    claims: &Object,
) -> Result<&'a Peer, ErrorKind> {
    let pid: [u8; 32] = claims.array("pid")?;
    let known = |peer: &&Peer| peer.public == *issuer && peer.pid == pid;
    record.peers().iter().find(known).ok_or(ErrorKind::VerifyFailed)
}

fn within(text: Option<&str>, most: usize) -> Option<&str> {
    text.filter(|text| (1..=most).contains(&text.chars().count()))
}
