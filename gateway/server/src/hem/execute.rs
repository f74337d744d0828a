//! From a request to an instance to its answer.
// spec: encedo-hem 1.5

use std::cell::Cell;
use std::sync::Arc;

use typex_core::audit::Phase;
use typex_core::error::Malformed;
use typex_core::op::Action;
use typex_core::op::instance::{
    Answer, Call, Claims, Function, Refusal, Request, Transport, admits_origin, fault, gate,
};
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, UnixMs};
use typex_dialect::Reply;
use typex_store::system_clock;

use super::admitted::{self, Admitted, principal};
use super::instance::Instance;
use crate::gateway::{Inner, entry};
use crate::transport::Peer;

/// Carries out a request to an instance.
///
/// # Errors
/// Those of the checks that come before the call, and the call's own. All are in the audit log.
pub(crate) async fn execute(
    inner: &Inner,
    peer: &Peer,
    reply: Option<&mut Reply>,
    mut request: Request,
    request_ns: u64,
) -> Result<Answer, Error> {
    let action = request.call.action();
    let admitted = admit(inner, peer, reply, &mut request, action).await?;
    let admitted = Admitted { request_ns, ..admitted };
    let result = admitted.call(request.call).await;
    admitted.record(result).await
}

/// Lets a request in to what it asks for, which the audit log calls `action`.
///
/// # Errors
/// Those of the checks that come before the call, recorded.
pub(super) async fn admit<'a>(
    inner: &'a Inner,
    peer: &'a Peer,
    reply: Option<&mut Reply>,
    request: &mut Request,
    action: Action,
) -> Result<Admitted<'a>, Error> {
    let Some(instance) = inner.gateway.hems.find(request.host.as_deref()) else {
        let error = ErrorKind::Malformed(Malformed::Function).into();
        return refused(inner, peer, (&Principal::ANONYMOUS, action), error).await;
    };
    let (hems, now) = (&inner.gateway.hems, system_clock());
    let Entered { claims, identity, boot } =
        match enter(inner, peer, reply, &instance, request, now) {
            Ok(entered) => entered,
            Err(Refusal { kind, log }) => {
                if let Some(event) = &log {
                    admitted::log(inner, hems, &instance, None, event, now).await?;
                }
                let principal = principal(&instance, None);
                return refused(inner, peer, (&principal, action), kind.into()).await;
            }
        };
    Ok(Admitted {
        inner,
        hems,
        principal: principal(&instance, claims.as_ref()),
        instance,
        peer,
        claims,
        host: request.host.take(),
        action,
        now,
        identity,
        boot,
        request_ns: 0,
        recorded: Cell::new(false),
    })
}

/// What is known of a request that was let in.
struct Entered {
    /// What its token says.
    claims: Option<Claims>,
    /// The identity of the instance.
    identity: [u8; 16],
    /// The session key of this boot.
    boot: [u8; 32],
}

/// The checks that come before a call, and what the answer tells a browser.
fn enter(
    inner: &Inner,
    peer: &Peer,
    reply: Option<&mut Reply>,
    instance: &Arc<Instance>,
    request: &Request,
    now: UnixMs,
) -> Result<Entered, Refusal> {
    let mut state = instance.lock();
    if !state.serves {
        return Err(ErrorKind::Malformed(Malformed::Function).into());
    }
    if inner.gateway.random.check().is_err() {
        state.fail(fault::ENTROPY, now);
    }
    let settings = &inner.gateway.hems.settings;
    let situation = state.situation(settings);
    if let Some(reply) = reply {
        if request.origin.as_deref().is_some_and(|origin| admits_origin(situation, origin)) {
            reply.permit_origin();
        }
        let owner = state.record.owner.as_ref();
        if peer.secure && owner.is_some_and(|owner| owner.config.http_option_hsts) {
            reply.demand_tls();
        }
    }
    let loopback = peer.address.ip().is_loopback();
    let claims = gate(request, Transport { secure: peer.secure, loopback }, situation, now)?;
    let (identity, boot) = (state.record.identity.uuid, state.session.public());
    Ok(Entered { claims, identity, boot })
}

/// Records a refusal: durably, but for requests that are open to everyone and change nothing, of
/// which there may be any number.
async fn refused<T>(
    inner: &Inner,
    peer: &Peer,
    (principal, action): (&Principal, Action),
    error: Error,
) -> Result<T, Error> {
    if action != Action::Instance(Function::Look) {
        return inner.refused(peer, principal, action, None, error).await;
    }
    inner.note(entry(peer, principal, action, None, Err(error.kind))).await?;
    Err(error)
}

impl Admitted<'_> {
    async fn call(&self, call: Call) -> Result<Answer, Error> {
        match call {
            Call::Unknown | Call::Upgrade => Err(ErrorKind::Malformed(Malformed::Function).into()),
            Call::Preflight => Ok(Answer::Preflight),
            Call::Describe => Ok(Answer::Done),
            Call::Version => Ok(Answer::Version(self.hems.settings.version.clone())),
            Call::Status => Ok(self.status()),
            Call::CheckIn => self.check_in(),
            Call::CheckedIn(text) => self.checked_in(text?).await,
            Call::GetConfig => self.config(),
            Call::SetConfig(change) => self.set_config(*change?).await,
            Call::Attestation => self.attestation(),
            Call::Provision(provision) => self.provision(provision?).await,
            Call::SelfTest => self.self_test().await,
            Call::Reboot => self.reboot().await,
            Call::Shutdown => self.shutdown().await,
            Call::Storage(disk) => self.storage(disk),
            Call::Challenge => self.challenge(),
            Call::Login(auth) => self.login(auth?).await,
            Call::InitChallenge => self.init_challenge(),
            Call::Init(init) => self.init(init?).await,
            Call::BeginPairing(epk) => self.begin_pairing(&epk?),
            Call::Pair(pairing) => self.pair(pairing?).await,
            Call::ProveToPeer(epk) => self.prove(&epk?),
            Call::AskForLogin(wish) => self.ask_for_login(wish?).await,
            Call::LoginByPeer(reply) => self.login_by_peer(reply?).await,
            Call::Manage(kind, manage) => self.manage(kind, manage?).await,
            Call::Crypto { crypto, .. } => self.crypto(*crypto?).await,
            Call::LogKey => self.log_key(),
            Call::ListLogs(offset) => self.logs(offset?).await,
            Call::GetLog(file) => self.read_log(file?).await,
        }
    }

    /// Puts how a call ended into the audit log, where that has not happened with the change
    /// itself.
    async fn record(&self, result: Result<Answer, Error>) -> Result<Answer, Error> {
        let who = (&self.principal, self.action);
        match result {
            result if self.recorded.get() => result,
            Err(error) => refused(self.inner, self.peer, who, error).await,
            Ok(answer) => {
                let mut entry = self.entry();
                entry.phase = Phase::Single { result: Ok(()) };
                self.inner.note(entry).await?;
                Ok(answer)
            }
        }
    }
}
