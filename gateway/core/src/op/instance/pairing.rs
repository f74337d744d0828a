//! Pairing with an authenticator.
// spec: encedo-hem 3.6

use super::answer::Answer;
use super::ejwt::{self, Ejwt};
use super::event::{Event, LogEvent, Outcome};
use super::json::{Object, Writer};
use super::keys::{AgreementKey, mac};
use super::nonce::{NonceSeed, Purpose};
use super::record::{InstanceRecord, Peer};
use super::request;
use super::role::Role;
use super::session::{Session, seconds};
use super::text::base64;
use super::token::TokenError;
use crate::error::{ErrorKind, Malformed};
use crate::id::KeyId;
use crate::key::Algorithm;
use crate::limits::LABEL_CHARS_MAX;
use crate::op::manage::{Attributes, Manage, NewKey};
use crate::secret::Secret;
use crate::time::UnixMs;

/// What the description of an authenticator's key begins with; clients search for it.
pub const PEER_MARK: &[u8; 6] = b"EXTAID";

/// An authenticator that is paired once its key is brought in and the record stored.
pub struct Paired {
    /// The key to bring in.
    pub import: Manage,
    /// Who enters the record then.
    pub peer: Peer,
    /// What to answer.
    pub answer: Answer,
    /// For the log.
    pub log: LogEvent,
}

/// A request to pair, for the holder of `epk`.
///
/// # Errors
/// [`Malformed::Value`] for a public key that agrees on zero.
pub fn begin_pairing(
    epk: &[u8; 32],
    record: &InstanceRecord,
    session: &Session,
    seed: NonceSeed,
    now: UnixMs,
) -> Result<Answer, ErrorKind> {
    let (ours, now_s) = (&record.identity.eid, seconds(now));
    let claims = Writer::new()
        .bytes("jti", &session.nonces.issue(Purpose::Pairing, seed, now_s))
        .number("exp", now_s.saturating_add(Purpose::Pairing.window_s()))
        .bytes("aud", epk)
        .bytes("iss", &ours.public())
        .finish();
    let request = ejwt::issue(ours, epk, &claims).ok_or(NOT_A_KEY)?;
    Ok(Answer::PairRequest { request, eid: ours.public() })
}

/// Takes an authenticator's reply. `caller` is who asked for the pairing.
///
/// # Errors
/// [`Unauthenticated::Token`](crate::error::Unauthenticated::Token) for a reply that is not to
/// our request, [`Malformed`] for one not of its form, [`ErrorKind::KeyExists`] and
/// [`ErrorKind::Quota`] where the authenticator or eight are paired.
pub fn pair(
    pairing: &request::Pairing,
    caller: Role,
    record: &InstanceRecord,
    session: &mut Session,
    now: UnixMs,
) -> Result<Paired, ErrorKind> {
    let reply = Ejwt::parse(&pairing.reply)?;
    reply.verify(&record.identity.eid)?;
    let (public, nonce) = (reply.issuer()?, reply.nonce()?);
    if !session.nonces.is_fresh(Purpose::Pairing, &nonce, seconds(now)) {
        return Err(TokenError.into());
    }
    let label = label(reply.claims())?;
    let code = confirm(&record.identity.eid, reply.claims(), &pairing.reply)?;
    let (key, paired_s) = (KeyId::of_public(&public), seconds(now));
    let peer = Peer { key, public, pid: pairing.pid, paired_s };
    record.with_peer(&peer)?;
    session.nonces.accept(Purpose::Pairing, &nonce, seconds(now))?;
    Ok(Paired {
        import: import(&peer, label),
        answer: Answer::Paired { key: peer.key, code },
        log: LogEvent::of_key(Event::Paired, Outcome::Done, Some(caller), peer.key),
        peer,
    })
}

/// A proof of the instance for the holder of `epk`.
///
/// # Errors
/// [`Malformed::Value`] for a public key that agrees on zero.
pub fn prove(
    epk: &[u8; 32],
    record: &InstanceRecord,
    session: &Session,
    seed: NonceSeed,
    now: UnixMs,
) -> Result<Answer, ErrorKind> {
    let ours = &record.identity.eid;
    let key = ours.agree(epk).ok_or(NOT_A_KEY)?;
    let nonce = session.name(seed, now);
    Ok(Answer::Proof { nonce, mac: mac(key.expose(), &[&nonce]), eid: ours.public() })
}

const NOT_A_KEY: ErrorKind = ErrorKind::Malformed(Malformed::Value);

/// What proves to the authenticator that its reply arrived.
fn confirm(ours: &AgreementKey, claims: &Object, reply: &str) -> Result<[u8; 32], ErrorKind> {
    let key: Secret<[u8; 32]> = ours.agree(&claims.array("epk")?).ok_or(NOT_A_KEY)?;
    Ok(mac(key.expose(), &[reply.as_bytes()]))
}

fn label(claims: &Object) -> Result<String, ErrorKind> {
    let label = claims.need_text("label")?;
    let printable = label.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    if printable && (1..=LABEL_CHARS_MAX).contains(&label.len()) {
        Ok(label.to_owned())
    } else {
        Err(ErrorKind::Malformed(Malformed::Value))
    }
}

fn import(peer: &Peer, label: String) -> Manage {
    let description = [PEER_MARK.as_slice(), &peer.pid].concat();
    Manage::Import {
        new: NewKey {
            algorithm: Algorithm::X25519,
            purposes: Algorithm::X25519.default_purposes(),
            attributes: Attributes { label, description },
        },
        public: peer.public.to_vec(),
    }
}

/// As a client names a pairing.
pub(super) fn pid_text(pid: &[u8; 32]) -> String {
    base64(pid)
}
