//! Whole requests against a real store and the engine's pools.

mod accounts;
mod certificates;
mod domains;
mod reports;

use std::cell::Cell;
use std::net::IpAddr;
use std::time::Duration;

use typex_core::op::Action;
use typex_core::op::registration::{
    Answer, ApiKeyView, AuthName, Call, Caller, ClientType, Contact, Credentials, DomainSettings,
    Environment, Method, NewApiKey, NewClient, Request, Settings,
};
use typex_core::policy::{Grant, Verdict, authorize};
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, Secret, UnixMs};
use typex_engine::{PasswordCost, Shard};
use typex_store::{Purpose, Store};

use super::{Context, authenticate_password, execute, working_api_key};
use crate::stand::Place;

pub(super) const NOW: UnixMs = UnixMs(1_800_000_000_000);
pub(super) const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
pub(super) const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

/// A gateway's registration, alone.
pub(super) struct World {
    pub(super) context: Context,
    pub(super) shard: Shard,
    pub(super) peer: IpAddr,
    pub(super) now: UnixMs,
    store: Store,
    messages: Cell<u8>,
}

fn settings() -> Settings {
    let kind = |name: &str, method, token: Option<&str>| ClientType {
        name: name.into(),
        methods: vec![method],
        token: token.map(|text| Secret::new(text.to_owned())),
        max_api_keys: 2,
        max_objects: 3,
    };
    let plain = Method { name: AuthName::Type, init: false, contacts: vec![] };
    let confirmed =
        Method { name: AuthName::Challenge, init: true, contacts: vec![Contact::Email] };
    Settings {
        types: vec![
            kind("test", plain.clone(), None),
            kind("vendor", plain, Some("vendor-token")),
            kind("partner", confirmed, None),
        ],
        environments: vec![Environment::Dev],
        servers: vec![],
        operations: Settings::basic_operations(),
        domains: Some(DomainSettings {
            suffix: "keys.example".into(),
            controllers: vec!["ns.keys.example".into()],
        }),
        effort_bits: 8,
        approval_token: Some(Secret::new("approver".to_owned())),
        clients_max: 4,
    }
}

/// Runs `test` as a task of one core; then the audit log must verify.
pub(super) fn run(test: impl AsyncFnOnce(World)) {
    let place = Place::new(NOW);
    let stand = place.stand();
    let cost = PasswordCost { memory_kib: 8, passes: 1, lanes: 1 };
    let patience = Duration::from_secs(30);
    let context = Context::new(stand.store.clone(), settings(), cost, patience);
    let context = context.expect("randomness");
    stand.run(false, async |shard| {
        let (store, messages) = (stand.store.clone(), Cell::new(100));
        test(World { context, shard, peer: HERE, now: NOW, store, messages }).await;
    });
    stand.close();
}

impl World {
    /// Carries out a call as policy lets `principal`.
    pub(super) async fn ask(&self, principal: &Principal, call: Call) -> Result<Answer, Error> {
        let request = Request { environment: Environment::Dev, call };
        let grant = grant(principal, &request, self.now)?;
        execute(&self.context, &self.shard, grant, self.peer, request, self.now).await
    }

    /// The same for a caller that presented nothing.
    pub(super) async fn ask_open(&self, call: Call) -> Result<Answer, Error> {
        self.ask(&Principal::ANONYMOUS, call).await
    }

    /// The same for the holder of `key`.
    pub(super) async fn ask_as(&self, key: &ApiKeyView, call: Call) -> Result<Answer, Error> {
        let text = key.api_key.clone();
        let read = self.store.read(move |tx| {
            working_api_key(tx, &tx.lookup_digest(Purpose::ApiKey, text.expose().as_bytes()))
        });
        let missing = ErrorKind::Unauthenticated(typex_core::error::Unauthenticated::ApiKey);
        let record = read.await?.ok_or(missing)?;
        self.ask(&record.principal()?, call).await
    }

    pub(super) async fn login(&self, of: &Credentials) -> Result<Principal, Error> {
        let pair = (of.username.as_str(), &of.password);
        authenticate_password(&self.context, &self.shard, pair, self.peer, self.now).await
    }

    pub(super) async fn new_client(&self) -> Credentials {
        match self.ask_open(Call::CreateClient(client("test"))).await.expect("an open type") {
            Answer::Created { credentials, max_api_keys: 2, max_objects: 3 } => credentials,
            _ => panic!("another answer"),
        }
    }

    /// A new key, made by a message of its own.
    pub(super) async fn new_key(&self, of: &Credentials) -> Result<ApiKeyView, Error> {
        self.messages.set(self.messages.get() + 1);
        self.key_by(of, self.messages.get()).await
    }

    /// The key that a message makes.
    pub(super) async fn key_by(&self, of: &Credentials, message: u8) -> Result<ApiKeyView, Error> {
        let principal = self.login(of).await?;
        let new = NewApiKey { endpoint: vec![], digest: [message; 32], operations: None };
        match self.ask(&principal, Call::AddApiKey(new)).await? {
            Answer::ApiKey(view) => Ok(view),
            _ => panic!("another answer"),
        }
    }

    /// A client with one key.
    pub(super) async fn holder(&self) -> ApiKeyView {
        self.new_key(&self.new_client().await).await.expect("the first key")
    }
}

fn grant(principal: &Principal, request: &Request, now: UnixMs) -> Result<Grant, Error> {
    let action = Action::Registration(request.function());
    match authorize(principal, action, None, now) {
        Verdict::Allow(grant) => Ok(grant),
        Verdict::Deny(error) => Err(error),
    }
}

pub(super) fn client(client_type: &str) -> NewClient {
    NewClient {
        name: "till 7".into(),
        authentication: AuthName::Type,
        client_type: client_type.into(),
        token: None,
        registration: None,
        email: None,
        properties: vec![],
    }
}

pub(super) fn caller(key: &ApiKeyView) -> Caller {
    Caller { api_key: key.api_key.clone(), username: None }
}

pub(super) fn kind<T>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind)
}
