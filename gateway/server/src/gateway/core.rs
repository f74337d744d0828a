//! One core's half of the gateway: its shard of the engine, its caches, its audit queue.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Response;
use typex_core::op::{Action, Op, Output};
use typex_core::secret::wipe_stack;
use typex_core::{Error, ErrorKind, Secret};
use typex_dialect::{Call, Candidates, Kind, Reply};
use typex_engine::Shard;
use typex_store::{DataLog, system_clock};
use typex_wire::{EXPORTER_BYTES, Frame, WireError};

use super::caller::{Caller, Callers};
use super::keys::Keys;
use super::payment::{CoreNonces, Pairs};
use super::stream::Session;
use super::token::Realms;
use super::transform::Roles;
use super::{Gateway, Role};
use crate::hem;
use crate::payment::Aliases;
use crate::transport::{Exchange, Peer, Refusal, Service};

/// How long a finished request's traces may stay on a core's stack.
const WIPE_INTERVAL: Duration = Duration::from_secs(1);

/// How often failures are looked through for those that are over.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// What the transport of one core calls. Cloned per connection.
#[derive(Clone)]
pub struct Core(Rc<Inner>);

pub(crate) struct Inner {
    pub(crate) gateway: Arc<Gateway>,
    pub(super) shard: Shard,
    pub(super) callers: RefCell<Callers>,
    pub(super) keys: RefCell<Keys>,
    pub(super) pairs: RefCell<Pairs>,
    pub(super) roles: RefCell<Roles>,
    pub(super) realms: RefCell<Realms>,
    pub(super) nonces: RefCell<CoreNonces>,
    pub(super) log: RefCell<DataLog>,
    pub(crate) aliases: RefCell<Aliases>,
}

impl Core {
    /// The half for the core that calls this; must run on that core's thread.
    pub fn new(gateway: Arc<Gateway>, shard: Shard, log: DataLog) -> Self {
        let nonces = RefCell::new(gateway.payments.nonces());
        Self(Rc::new(Inner {
            gateway,
            shard,
            callers: RefCell::new(Callers::new()),
            keys: RefCell::new(Keys::new()),
            pairs: RefCell::new(Pairs::new()),
            roles: RefCell::new(Roles::new()),
            realms: RefCell::new(Realms::new()),
            nonces,
            log: RefCell::new(log),
            aliases: RefCell::new(Aliases::new()),
        }))
    }

    /// Empties the caches of what is revoked, as soon as it is; without end.
    pub async fn forget_revoked(self) {
        let Self(inner) = self;
        let revocations = &inner.gateway.revocations;
        let forget = || {
            inner.keys.borrow_mut().forget_revoked();
            inner.callers.borrow_mut().forget_before(revocations.count());
            inner.pairs.borrow_mut().forget_before(revocations.count());
            inner.roles.borrow_mut().forget_before(revocations.count());
            inner.realms.borrow_mut().forget_before(revocations);
            inner.aliases.borrow_mut().forget_before(revocations);
        };
        revocations.each(forget).await;
    }

    /// Overwrites, again and again, what requests that ended left on this core's stack; without
    /// end. Runs where they ran: as a task of the same runtime.
    pub async fn wipe_stack_often() {
        loop {
            tokio::time::sleep(WIPE_INTERVAL).await;
            wipe_stack();
        }
    }

    /// Forgets failures of payment operations, quotas and tokens that are over; without end. One
    /// core is enough.
    pub async fn sweep_failures(self) {
        let Self(inner) = self;
        loop {
            tokio::time::sleep(SWEEP_INTERVAL).await;
            if let Err(error) = inner.gateway.payments.sweep(&inner.gateway.store).await {
                tracing::warn!(kind = ?error.kind, "failures that are over stay in the store");
            }
            if let Err(error) = inner.gateway.sweep_tokens().await {
                tracing::warn!(kind = ?error.kind, "tokens that are over stay in the store");
            }
        }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    fn role(&self, peer: &Peer) -> Option<Role> {
        self.0.gateway.roles.get(usize::from(peer.role.0)).copied()
    }

    /// Carries out a call and counts it.
    async fn run(&self, peer: &Peer, call: Call) -> (Reply, Result<Output, Error>) {
        let Call { op, candidates, mut reply } = call;
        let (started, action) = (Instant::now(), op.action());
        let result = self.0.perform(peer, (op, &candidates), &mut reply).await;
        let kind = result.as_ref().err().map(|error| error.kind);
        self.0.gateway.metrics.finished(action, peer.transport, kind, started.elapsed());
        if let Err(error) = &result {
            log_failure(action, error);
        }
        (reply, result)
    }
}

impl Service for Core {
    async fn call(&self, exchange: Exchange) -> Response<Bytes> {
        let Exchange { peer, request } = exchange;
        let (parts, body) = request.into_parts();
        let Some(role) = self.role(&peer) else {
            return crate::operator::answer(&self.0.gateway, &parts);
        };
        if role.dialect.has_frames(role.listener, &parts) {
            return self.0.frames(peer, &parts, body).await;
        }
        match role.dialect.parse(role.listener, &parts, &body) {
            Err(answer) => {
                self.0.gateway.metrics.not_understood(peer.transport);
                answer
            }
            Ok(call) => {
                let (reply, result) = self.run(&peer, call).await;
                role.dialect.render_into(parts.headers, &reply, result)
            }
        }
    }

    async fn line(&self, peer: Peer, object: Bytes) -> Bytes {
        let Some(role) = self.role(&peer) else { return Bytes::new() };
        match role.dialect.parse_line(role.listener, &object) {
            Err(answer) => {
                self.0.gateway.metrics.not_understood(peer.transport);
                answer
            }
            Ok(call) => {
                let (reply, result) = self.run(&peer, call).await;
                role.dialect.render_line(&reply, result)
            }
        }
    }

    type Session = Session;

    fn session(&self, peer: Peer, exporter: Secret<[u8; EXPORTER_BYTES]>) -> Session {
        Session::new(peer, exporter)
    }

    async fn frame(
        &self,
        session: &Session,
        frame: Result<Frame, Option<WireError>>,
    ) -> (Bytes, bool) {
        let role = self.role(&session.peer);
        let has_frames = role.is_some_and(|role| role.listener.kind == Kind::Frames);
        self.0.answer_frame(session, frame, has_frames).await
    }

    fn body_bytes(&self, peer: &Peer, head: &http::request::Parts) -> Option<usize> {
        self.role(peer).and_then(|role| role.dialect.body_bytes(role.listener, head))
    }

    fn refuse(
        &self,
        peer: &Peer,
        head: Option<&http::request::Parts>,
        refusal: Refusal,
    ) -> Response<Bytes> {
        match self.role(peer) {
            Some(role) => role.dialect.refuse(role.listener, head, kind_of(refusal)),
            None => crate::operator::refuse(),
        }
    }

    fn refuse_line(&self, peer: &Peer, refusal: Refusal) -> Bytes {
        match self.role(peer) {
            Some(role) => role.dialect.refuse_line(role.listener, kind_of(refusal)),
            None => Bytes::new(),
        }
    }
}

impl Inner {
    /// Steps 3 to 10: from a parsed call to its result.
    // The one operation of a key is in the future of the request itself. What comes less often is
    // far larger and has a box of its own: futures are moved.
    async fn perform(
        &self,
        peer: &Peer,
        (op, candidates): (Op, &Candidates),
        reply: &mut Reply,
    ) -> Result<Output, Error> {
        let (index, caller) = self.authenticate(peer, op.action(), candidates).await?;
        let Caller { principal, .. } = &caller;
        reply.choose(index);
        reply.received(system_clock());
        let name = candidates.as_slice()[index].key;
        match op {
            Op::ProcessData(request) => {
                let name = name.ok_or(ErrorKind::KeyNotFound)?;
                self.process(peer, &caller, name, request).await
            }
            Op::ImportKeys => Box::pin(self.import_keys(peer, principal)).await,
            Op::NewTemplate(request) => Box::pin(self.new_template(peer, principal, request)).await,
            Op::ImportKey(request) => Box::pin(self.import_key(peer, principal, request)).await,
            Op::Payment(request) => Box::pin(self.payment(peer, &caller, *request)).await,
            Op::PaymentKeys(request) => Box::pin(self.payment_keys(peer, &caller, *request)).await,
            Op::Transform(request) => Box::pin(self.transform(peer, &caller, *request)).await,
            Op::Token(request) => Box::pin(self.token(peer, &caller, *request)).await,
            Op::TokenDomains(request) => {
                Box::pin(self.token_domains(peer, &caller, *request)).await
            }
            Op::Registration(request) => {
                Box::pin(self.register(peer, caller.principal, *request)).await
            }
            Op::Instance(request) => {
                let answer = Box::pin(hem::execute(self, peer, Some(reply), *request, 0)).await?;
                Ok(Output::Instance(Box::new(answer)))
            }
        }
    }
}

fn kind_of(refusal: Refusal) -> ErrorKind {
    use typex_core::error::Malformed;
    match refusal {
        Refusal::BodyTooLarge | Refusal::HeadTooLarge => ErrorKind::TooLarge,
        Refusal::Timeout => ErrorKind::Timeout,
        Refusal::ShuttingDown => ErrorKind::ShuttingDown,
        Refusal::PlaintextRefused => ErrorKind::TlsRequired,
        Refusal::TooManyConnections | Refusal::Overloaded => ErrorKind::Busy,
        Refusal::Malformed => ErrorKind::Malformed(Malformed::Syntax),
    }
}

/// Defects and lost records are the operator's to act on; the rest is the client's business. That
/// the card is down is told once, by who watches it, and not for each request.
fn log_failure(action: Action, error: &Error) {
    let action = action.name();
    let source = error.source.as_deref().map(tracing::field::display);
    match error.kind {
        ErrorKind::Internal | ErrorKind::Storage => {
            tracing::error!(action, kind = ?error.kind, source, "request failed");
        }
        kind => tracing::debug!(action, ?kind, source, "request refused"),
    }
}
