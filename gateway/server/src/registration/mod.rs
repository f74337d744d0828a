//! Carries registration requests out: the decisions are in `typex_core::op::registration`, the
//! records in the store, argon2id in the engine's pools.
// spec: enigma-bridge 6

mod account;
mod api_key;
mod certificate;
mod domain;
mod operator;
mod password;
mod report;

#[cfg(test)]
mod tests;

pub use api_key::working_api_key;
pub use operator::{
    check_new_key, confirm_registration, count_new_key, demo_client, operator_client, remove_client,
};
pub use password::authenticate_password;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use typex_core::audit::{Detail, Entry, Phase, Template, Verb};
use typex_core::op::registration::{
    Addresses, Answer, Call, PasswordHash, Request, Settings, Subject, Throttle, ThrottleRules,
};
use typex_core::policy::Grant;
use typex_core::{Error, ErrorKind, Secret, UnixMs};
use typex_engine::{PasswordCost, Shard};
use typex_store::{Store, Tx};

/// What one argon2id hash costs: about a quarter of a millisecond. Stretching makes guessable
/// passwords dear to guess; these are 256 random bits that the gateway makes itself, and no client
/// chooses one. So the cost is set by how long a request may wait for a core that a login has.
pub const PASSWORD_COST: PasswordCost = PasswordCost { memory_kib: 512, passes: 1, lanes: 1 };

/// What all cores share of registration.
pub struct Context {
    store: Store,
    settings: Arc<Settings>,
    throttle: Mutex<Throttle>,
    cost: PasswordCost,
    /// Compared with where no client has the name, so that time does not tell.
    dummy: PasswordHash,
    /// How long a password may wait for a pool.
    patience: Duration,
}

/// Who asks, when: what every function may look at.
#[derive(Clone)]
struct Asker {
    grant: Arc<Grant>,
    peer: IpAddr,
    now: UnixMs,
}

impl Context {
    /// Over an open store. `patience` is how long password work may take.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the system has no randomness.
    pub fn new(
        store: Store,
        settings: Settings,
        cost: PasswordCost,
        patience: Duration,
    ) -> Result<Self, Error> {
        let dummy = PasswordHash {
            memory_kib: cost.memory_kib,
            passes: cost.passes,
            lanes: cost.lanes,
            salt: random()?,
            hash: Secret::new(random()?),
        };
        let throttle = Mutex::new(Throttle::new(ThrottleRules::default(), random()?));
        let settings = Arc::new(settings);
        Ok(Self { store, settings, throttle, cost, dummy, patience })
    }

    /// What the operator decided.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A poisoned throttle still holds sound counts: no code panics between its changes.
    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses a subject that must still wait.
    fn check_patience(&self, subject: Subject<'_>, now: UnixMs) -> Result<(), Error> {
        let Some(wait_ms) = self.throttle().wait_ms(subject, now) else { return Ok(()) };
        let text = format!("too many failures, try again in {} s", wait_ms.div_ceil(1000));
        Err(Error::new(ErrorKind::Busy, text))
    }

    /// Notes how an attempt ended, where it was about a secret.
    fn note<T>(&self, subject: Subject<'_>, now: UnixMs, result: &Result<T, Error>) {
        match result {
            Ok(_) => self.throttle().succeeded(subject),
            Err(error) if is_guess(error.kind) => self.throttle().failed(subject, now),
            Err(_) => {}
        }
    }
}

/// Carries a request out. What it changes is durable, with its audit entry, before the answer;
/// the caller records refusals.
///
/// # Errors
/// Those of the function; [`ErrorKind::Busy`] also while the caller must wait after failures.
pub async fn execute(
    context: &Context,
    shard: &Shard,
    grant: Grant,
    peer: IpAddr,
    request: Request,
    now: UnixMs,
) -> Result<Answer, Error> {
    let asker = Asker { grant: Arc::new(grant), peer: peer.to_canonical(), now };
    let environment = request.environment;
    match request.call {
        Call::AuthMethods { client_type } => account::methods(context, client_type),
        Call::BeginRegistration(new) => account::begin(context, asker, new).await,
        Call::CreateClient(new) => account::create(context, shard, asker, environment, new).await,
        Call::AddApiKey(new) => api_key::add(context, asker, environment, new).await,
        Call::ShowApiKey { api_key } => api_key::show(context, asker, api_key).await,
        Call::ClientAddress => Ok(client_address(peer)),
        Call::ListOperations(caller) => api_key::operations(context, caller).await,
        Call::EnrolDomain(new) => domain::enrol(context, asker, new).await,
        Call::DomainChallenge(new) => domain::challenge(context, asker, new).await,
        Call::UpdateDomain(update) => domain::update(context, asker, update).await,
        Call::UnlockDomain(caller) => domain::unlock(context, asker, caller).await,
        Call::InstallStatus { caller, report } => {
            report::install(context, asker, caller, report).await
        }
        Call::SendLog(new) => report::log(context, asker, new).await,
        Call::ApproveType(new) => report::approve(context, asker, new).await,
    }
}

fn client_address(peer: IpAddr) -> Answer {
    let Addresses { ipv4, ipv6 } = Addresses::of(peer);
    Answer::ClientAddress { ipv4, ipv6 }
}

impl Asker {
    /// Adds to a change the entry that says it was made.
    fn record(&self, tx: &mut Tx<'_>, detail: Detail) {
        const PATH: Template = Template::new("/api/v1/{resource}");
        tx.record(Entry {
            time: self.now,
            principal: self.grant.principal().clone(),
            peer: Some(self.peer),
            verb: Verb::Request(self.grant.action()),
            key: None,
            path: Some(PATH),
            phase: Phase::Single { result: Ok(()) },
            detail,
        });
    }
}

/// Whether an error may come from trying secrets.
fn is_guess(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unauthenticated(_) | ErrorKind::Forbidden)
}

/// Random bytes from the system.
fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| ErrorKind::Internal)?;
    Ok(bytes)
}
