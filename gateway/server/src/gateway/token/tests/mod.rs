//! Operations on tokens against a real store and engine, as dialects ask for them.

mod domains;
mod quotas;
mod rights;
mod secret;
mod tasks;

use typex_core::error::Payment;
use typex_core::id::ApiKeyId;
use typex_core::op::Output;
use typex_core::op::token::manage::{self, Answer as Managed};
use typex_core::op::token::{Answer, Call, Done, Mask, Request, Task};
use typex_core::policy::token::{DomainPattern, Right, RightSet, RightsRecord, Rule, TokenRights};
use typex_core::principal::{Principal, Proof};
use typex_core::token::domain::{DomainLimits, DomainRecord, NewDomain, NewScheme};
use typex_core::token::{Alphabet, DomainName, Layout, LuhnMode, Metadata};
use typex_core::{Error, ErrorKind, PartitionId, Secret, UnixMs};
use typex_store::{Store, system_clock};

use crate::gateway::Core;
use crate::stand::{Place, rules};
use crate::transport::{Peer, Role, Transport};

const OWNER: PartitionId = PartitionId([0x0a; 16]);
const OTHER: PartitionId = PartitionId([0x0b; 16]);
const PAN: &[u8] = b"4111111111111111";
const NOT_FOUND: ErrorKind = ErrorKind::Payment(Payment::Token);

const VAULTLESS: NewScheme = NewScheme::Vaultless;
const ONE_TOKEN: NewScheme = NewScheme::Vaulted { deterministic: true, ttl_ms: None };
const MANY_TOKENS: NewScheme = NewScheme::Vaulted { deterministic: false, ttl_ms: None };

struct World {
    core: Core,
    store: Store,
}

fn new_place() -> Place {
    Place::new(UnixMs(1))
}

/// Runs `test` as a task of one core; then the log must verify, and show no card.
fn run(place: &Place, test: impl AsyncFnOnce(&World)) {
    place.serve(rules(), async |core| {
        let store = core.inner().gateway.store.clone();
        test(&World { core, store }).await;
    });
    let shown = std::str::from_utf8(&PAN[..12]).unwrap();
    assert!(!place.log().contains(shown), "a card in the log");
}

fn name(text: &str) -> DomainName {
    DomainName::parse(text).expect("a name")
}

fn digits(front: u8, end: u8, luhn: LuhnMode) -> Layout {
    Layout::new(front, end, luhn, Alphabet::Digits).expect("a layout")
}

/// The layout that is usual: the last four stay, the version shows.
fn usual() -> Layout {
    digits(0, 4, LuhnMode::Versioned)
}

fn tokenize(domain: &str, value: &[u8]) -> Call {
    let (ttl_ms, metadata) = (None, Metadata::default());
    let value = Secret::new(value.to_vec());
    Call { domain: name(domain), task: Task::Tokenize { value, ttl_ms, metadata } }
}

fn detokenize(domain: &str, token: &[u8]) -> Call {
    let purpose = "a test".parse().expect("a purpose");
    let task = Task::Detokenize { token: token.to_vec(), purpose, mask: Mask::Full };
    Call { domain: name(domain), task }
}

fn retokenize(domain: &str, token: &[u8], to: &str) -> Call {
    Call { domain: name(domain), task: Task::Retokenize { token: token.to_vec(), to: name(to) } }
}

fn validate(domain: &str, token: &[u8]) -> Call {
    Call { domain: name(domain), task: Task::Validate { token: token.to_vec() } }
}

fn look_up(domain: &str, token: &[u8]) -> Call {
    Call { domain: name(domain), task: Task::Lookup { token: token.to_vec() } }
}

fn delete(domain: &str, token: &[u8]) -> Call {
    Call { domain: name(domain), task: Task::Delete { token: token.to_vec() } }
}

/// Different cards of one issuer with right check digits.
fn cards(count: u32) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|number| {
        let body = format!("411111{number:09}");
        let sum: u32 = body
            .bytes()
            .rev()
            .enumerate()
            .map(|(at, digit)| {
                let digit = u32::from(digit - b'0');
                let weighted = if at % 2 == 0 { digit * 2 } else { digit };
                weighted / 10 + weighted % 10
            })
            .sum();
        format!("{body}{}", (10 - sum % 10) % 10).into_bytes()
    })
}

fn peer() -> Peer {
    let address = ([192, 0, 2, 1], 4000).into();
    Peer { address, role: Role(0), transport: Transport::H1, secure: true }
}

/// Who holds the API key of this number; 0 is an operator.
fn holder(partition: PartitionId, number: u8) -> Principal {
    let (api_key, proof) = match number {
        0 => (None, Proof::Operator),
        number => (Some(ApiKeyId([number; 16])), Proof::ApiKey),
    };
    Principal { partition, client: None, api_key, proof }
}

impl World {
    async fn told(&self, who: Principal, request: Request) -> Result<Answer, Error> {
        match self.core.inner().token(&peer(), &who.into(), request).await? {
            Output::Token(answer) => Ok(answer),
            _ => panic!("another output"),
        }
    }

    async fn ask_as(&self, who: Principal, call: Call) -> Result<Done, ErrorKind> {
        match self.told(who, Request::One(Box::new(call))).await {
            Ok(Answer::One(done)) => Ok(*done),
            Ok(Answer::Batch(_)) => panic!("another answer"),
            Err(error) => Err(error.kind),
        }
    }

    /// Asks as an operator of the owner.
    async fn ask(&self, call: Call) -> Result<Done, ErrorKind> {
        self.ask_as(holder(OWNER, 0), call).await
    }

    async fn token(&self, domain: &str, value: &[u8]) -> Vec<u8> {
        token_of(self.ask(tokenize(domain, value)).await)
    }

    async fn value(&self, domain: &str, token: &[u8]) -> Result<Vec<u8>, ErrorKind> {
        self.ask(detokenize(domain, token)).await.map(value_of)
    }

    async fn manage_as(
        &self,
        who: Principal,
        request: manage::Request,
    ) -> Result<Managed, ErrorKind> {
        match self.core.inner().token_domains(&peer(), &who.into(), request).await {
            Ok(Output::TokenDomains(answer)) => Ok(*answer),
            Ok(_) => panic!("another output"),
            Err(error) => Err(error.kind),
        }
    }

    async fn manage(&self, request: manage::Request) -> Result<DomainRecord, ErrorKind> {
        match self.manage_as(holder(OWNER, 0), request).await? {
            Managed::Domain(domain) => Ok(*domain),
            _ => panic!("another answer"),
        }
    }

    async fn domain(&self, text: &str, layout: Layout, scheme: NewScheme) {
        self.domain_with(text, layout, scheme, DomainLimits::default()).await;
    }

    async fn domain_with(
        &self,
        text: &str,
        layout: Layout,
        scheme: NewScheme,
        limits: DomainLimits,
    ) {
        let new = NewDomain { name: name(text), layout, scheme, limits };
        self.manage(manage::Request::Create(Box::new(new))).await.expect("a domain");
    }

    async fn rights(&self, number: u8, rules: &[(&str, &[Right])]) {
        let rule = |(domains, rights): &(&str, &[Right])| Rule {
            domains: DomainPattern::parse(domains).expect("a pattern"),
            rights: RightSet::of(rights),
        };
        let rights = TokenRights::new(rules.iter().map(rule).collect()).expect("rules");
        let (holder, changed) = (ApiKeyId([number; 16]), system_clock());
        let record = RightsRecord { partition: OWNER, holder, rights, changed };
        self.store.write(move |tx| tx.put(&record)).await.expect("rights");
        self.core.inner().gateway.revocations.raise();
    }
}

fn token_of(done: Result<Done, ErrorKind>) -> Vec<u8> {
    match done {
        Ok(Done::Token { token, .. }) => token,
        Ok(_) => panic!("another answer"),
        Err(kind) => panic!("{kind:?}"),
    }
}

fn value_of(done: Done) -> Vec<u8> {
    match done {
        Done::Value(value) => value.expose().clone(),
        _ => panic!("another answer"),
    }
}
