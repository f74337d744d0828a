//! What an operator does for tokens: domains, rights of callers, how full forms of tokens are.

mod domain;
mod rights;

use serde::{Deserialize, Serialize};
use typex_core::Error;

use super::perform::Desk;

/// What an operator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenRequest {
    /// A new domain.
    CreateDomain(Box<DomainWanted>),
    /// All domains, or those of one partition.
    Domains {
        /// 32 hex digits or the account.
        partition: Option<String>,
    },
    /// Something with one domain.
    Domain {
        /// 32 hex digits or the account.
        partition: String,
        /// Its name.
        name: String,
        /// What.
        what: DomainChange,
    },
    /// Forms of tokens that get used up, of all partitions or of one.
    Levels {
        /// 32 hex digits or the account.
        partition: Option<String>,
    },
    /// Rights for a caller.
    Grant {
        /// An access key, an API key's id, or a client.
        caller: String,
        /// A domain; with `*` at its end, what names begin with.
        domains: String,
        /// Names of rights.
        rights: Vec<String>,
    },
    /// Rights of all callers, or of one.
    Rights {
        /// An access key, an API key's id, or a client.
        caller: Option<String>,
    },
    /// The end of rights of a caller.
    Revoke {
        /// An access key, an API key's id, or a client.
        caller: String,
        /// As they were granted; `None`: all.
        domains: Option<String>,
    },
}

/// What an operator does with a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DomainChange {
    /// Nothing but look.
    Show,
    /// Another key for new tokens.
    Rotate {
        /// 32 hex digits; `None`: one is made.
        key: Option<String>,
    },
    /// The end of an earlier version.
    Retire {
        /// Its number.
        version: u8,
    },
    /// Its end.
    Delete,
}

/// What a domain shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainWanted {
    /// 32 hex digits or the account.
    pub partition: String,
    /// Its name.
    pub name: String,
    /// `encrypt`, `vault` or `vault-multiple`.
    pub scheme: String,
    /// Seconds that tokens live; for vaults.
    pub ttl_seconds: Option<u64>,
    /// Characters kept in front.
    pub front: u8,
    /// Characters kept at the end.
    pub end: u8,
    /// `free`, `kept` or `versioned`.
    pub luhn: String,
    /// Characters, if not digits.
    pub alphabet: Option<String>,
    /// Different values an hour, or `none`; `None`: the default.
    pub distinct: Option<String>,
    /// Values told an hour; `None`: the default.
    pub detokenize: Option<u32>,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenAnswer {
    /// Domains.
    Domains(Vec<DomainShown>),
    /// Forms that get used up.
    Levels(Vec<LevelShown>),
    /// Rights.
    Rights(Vec<RightsShown>),
}

/// What is public about a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainShown {
    /// 32 hex digits.
    pub partition: String,
    /// Its name.
    pub name: String,
    /// `encrypt`, `vault` or `vault-multiple`.
    pub scheme: String,
    /// Characters kept in front.
    pub front: u8,
    /// Characters kept at the end.
    pub end: u8,
    /// `free`, `kept` or `versioned`.
    pub luhn: String,
    /// Characters, if not digits.
    pub alphabet: Option<String>,
    /// Whether no token can be taken for a card number.
    pub is_recognisable: bool,
    /// Seconds that tokens live.
    pub ttl_seconds: Option<u64>,
    /// Different values an hour: a number, `none` or `where-few`.
    pub distinct: String,
    /// Values told an hour.
    pub detokenize: u32,
    /// Its keys.
    pub keys: Vec<DomainKey>,
    /// The fullest of its forms, in thousandths; `None` if all are below 5 %.
    pub fullest_permille: Option<u64>,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

/// A key of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainKey {
    /// 32 hex digits.
    pub key: String,
    /// What tokens say, where they do.
    pub version: Option<u8>,
    /// `encrypt`, `seal` or `index`.
    pub does: String,
    /// `current`, `live` or `retired`.
    pub standing: String,
}

/// A form of tokens that gets used up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelShown {
    /// 32 hex digits.
    pub partition: String,
    /// The domain.
    pub domain: String,
    /// Length and kept characters, `.` for others.
    pub form: String,
    /// Tokens that there are.
    pub tokens: u64,
    /// Tokens that there could be.
    pub values: u64,
    /// Their ratio in thousandths; at 100 there are no more.
    pub permille: u64,
}

/// What a caller may do in some domains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsShown {
    /// Id of its API key or access key: 32 hex digits.
    pub caller: String,
    /// 32 hex digits.
    pub partition: String,
    /// Which domains.
    pub domains: String,
    /// Names of rights.
    pub rights: Vec<String>,
    /// When they were given, milliseconds since 1970.
    pub changed_ms: u64,
}

/// Carries out a request. What may have stopped working is told before this returns.
pub(super) fn perform(desk: &Desk<'_>, request: TokenRequest) -> Result<TokenAnswer, Error> {
    let store = desk.store;
    let changed = |answer: Result<TokenAnswer, Error>| answer.inspect(|_| (desk.revoked)());
    match request {
        TokenRequest::CreateDomain(wanted) => changed(domain::create(store, *wanted)),
        TokenRequest::Domains { partition } => domain::list(store, partition),
        TokenRequest::Domain { partition, name, what } => {
            changed(domain::change(store, (partition, name), what))
        }
        TokenRequest::Levels { partition } => domain::levels(store, partition),
        TokenRequest::Grant { caller, domains, rights } => {
            changed(rights::grant(store, caller, &domains, &rights))
        }
        TokenRequest::Rights { caller } => rights::list(store, caller),
        TokenRequest::Revoke { caller, domains } => {
            changed(rights::revoke(store, caller, domains.as_deref()))
        }
    }
}
