//! What an operator does for payments: access keys, grants for pairs of keys, what keys have of
//! their own, keys from components.

mod access;
mod components;
mod key;
mod name;
mod pair;
#[cfg(test)]
mod tests;
mod wait;

pub(super) use access::malformed;
pub use components::Ceremonies;
pub(crate) use components::algorithms as component_algorithms;
pub(super) use key::described;
pub(super) use name::{key as find_key, partition};
pub(crate) use pair::{passage_name, passage_names};

use serde::{Deserialize, Serialize};
use typex_core::{Error, Secret};

use super::Listed;
use super::perform::Desk;

/// What an operator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentRequest {
    /// A new access key.
    AddAccessKey {
        /// 32 hex digits or the account; `None`: a fresh one.
        partition: Option<String>,
        /// For people.
        name: String,
        /// Names of operations; `None`: all.
        operations: Option<Vec<String>>,
        /// Names of keys; `None`: all.
        keys: Option<Vec<String>>,
    },
    /// All access keys.
    AccessKeys,
    /// Another state for an access key.
    ChangeAccessKey {
        /// Its 20 characters.
        id: String,
        /// Which state.
        to: AccessChange,
    },
    /// Leave for a pair of keys.
    GrantPair(PairWanted),
    /// A custodian's approval of a pair.
    ApprovePair {
        /// As `pair list` shows it.
        id: String,
        /// Who approves.
        custodian: String,
    },
    /// All granted pairs, or those of one partition.
    Pairs {
        /// 32 hex digits or the account.
        partition: Option<String>,
    },
    /// The end of a grant.
    RevokePair {
        /// As `pair list` shows it.
        id: String,
    },
    /// Cards, access keys and keys that wait after failures.
    Waits {
        /// Also those that failed and do not wait.
        all: bool,
    },
    /// The end of a wait.
    ClearWait {
        /// As `waits list` shows it.
        id: String,
    },
    /// All payment keys, or those of one partition.
    Keys {
        /// 32 hex digits or the account.
        partition: Option<String>,
    },
    /// What a key has of its own.
    SetKey {
        /// 32 hex digits or the account; `None`: the name says it.
        partition: Option<String>,
        /// Its name.
        key: String,
        /// What.
        own: OwnWanted,
    },
    /// A key from components.
    Components(ComponentRequest),
}

/// State changes of an access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessChange {
    /// It works again.
    Enable,
    /// It works no more.
    Disable,
    /// It is gone for ever.
    Delete,
}

/// A pair of keys to be granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairWanted {
    /// 32 hex digits or the account; `None`: the names say it.
    pub partition: Option<String>,
    /// What passes, as `pair grant --help` lists it.
    pub passage: String,
    /// From where.
    pub incoming: EndWanted,
    /// To where.
    pub outgoing: EndWanted,
    /// Void after so many days.
    pub days: Option<u32>,
}

/// One end of a pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndWanted {
    /// Its name; its id where it is shown.
    pub key: String,
    /// Whether it is any key wrapped under it.
    pub is_wrapped: bool,
}

/// What a key is to have of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnWanted {
    /// Nothing.
    Nothing,
    /// The usages that it may bring in.
    Brings(Vec<String>),
    /// `TABLE:START:COUNT:PAD`
    PinRule(String),
    /// PIN blocks of format 1 may come in.
    Format1,
    /// It serves GCM alone.
    GcmOnly,
    /// It enciphers what clients show, and changes no PINs.
    ClientData,
}

/// What an operator or custodian asks about a key that comes in components.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ComponentRequest {
    /// Begins.
    Begin {
        /// 32 hex digits or the account.
        partition: String,
        /// Of the key, as `TDES_2KEY` or `AES_256`.
        algorithm: String,
        /// Of the key, as `K0`.
        usage: String,
        /// Of the key, as `B`.
        mode: String,
        /// How many components.
        count: u8,
    },
    /// Takes a component.
    Add {
        /// Which key.
        ceremony: String,
        /// Who brings it.
        custodian: String,
        /// Hex digits.
        component: Component,
    },
    /// Makes the key.
    Finish {
        /// Which key.
        ceremony: String,
    },
    /// Forgets the components.
    Abort {
        /// Which key.
        ceremony: String,
    },
}

/// The hex digits of a component. Never shown.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Component(pub Secret<String>);

impl From<String> for Component {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

/// Goes to the socket; memory that is given back is wiped.
impl From<Component> for String {
    fn from(component: Component) -> Self {
        component.0.expose().clone()
    }
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Component")
    }
}

impl PartialEq for Component {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(other.0.expose().as_bytes()).into()
    }
}

impl Eq for Component {}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentAnswer {
    /// A new access key. The only time that its secret is told.
    AccessKeyAdded {
        /// Its name.
        access_key_id: String,
        /// Its secret.
        secret_access_key: String,
        /// 32 hex digits.
        partition: String,
        /// Twelve digits, in full names of keys.
        account: String,
    },
    /// Access keys.
    AccessKeys(Listed<AccessKey>),
    /// Granted pairs.
    Pairs(Listed<PairShown>),
    /// Who waits after failures.
    Waits(Listed<WaitShown>),
    /// Payment keys.
    Keys(Listed<PaymentKeyShown>),
    /// How far components are.
    Components(Progress),
}

/// What is public about an access key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// Its 20 characters.
    pub id: String,
    /// Its id in the audit log.
    pub api_key: String,
    /// 32 hex digits.
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// For people.
    pub name: String,
    /// `enabled` or `disabled`.
    pub state: String,
    /// Names of operations, if not all.
    pub operations: Option<Vec<String>>,
    /// Keys, if not all.
    pub keys: Option<Vec<String>>,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

/// What is public about a granted pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairShown {
    /// Names the grant.
    pub id: String,
    /// 32 hex digits.
    pub partition: String,
    /// What passes, as `pair grant --help` lists it.
    pub passage: String,
    /// From where.
    pub incoming: EndWanted,
    /// To where.
    pub outgoing: EndWanted,
    /// The version of the outgoing key that it is for.
    pub outgoing_version: u32,
    /// Ids of those who approved.
    pub custodians: Vec<String>,
    /// `in force`, `needs approval` or `void`.
    pub state: String,
    /// Void from here on, milliseconds since 1970.
    pub not_after_ms: Option<u64>,
}

/// What is public about a card, an access key or a key with failures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitShown {
    /// Names the wait.
    pub id: String,
    /// `card`, `access key` or `key`.
    pub kind: String,
    /// 32 hex digits.
    pub partition: String,
    /// As the audit log has it: `pan`, `api_key` or `key`; zeros stand for all for whom there was
    /// no room.
    pub subject: String,
    /// Failures that are remembered.
    pub failures: u32,
    /// Until when it waits, milliseconds since 1970; `None` if it does not.
    pub until_ms: Option<u64>,
}

/// What is public about a payment key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentKeyShown {
    /// 32 hex digits.
    pub id: String,
    /// 32 hex digits.
    pub partition: String,
    /// As `P0`.
    pub usage: String,
    /// As `AES_256`.
    pub algorithm: String,
    /// As `B`.
    pub mode: String,
    /// As `S`.
    pub exportability: String,
    /// How it came here.
    pub entry: String,
    /// What it has of its own, in the words of `key set`.
    pub own: Option<String>,
    /// `active`, `suspended` or `destroyed`.
    pub state: String,
    /// Counts from 1.
    pub version: u32,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

/// How far the components of a key are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Names the components until they are a key.
    pub ceremony: String,
    /// Components that are here.
    pub taken: u8,
    /// Components that the key has.
    pub count: u8,
    /// Hex digits: of the component just taken, or of the key.
    pub check_value: Option<String>,
    /// The key, once it is one: 32 hex digits.
    pub key: Option<String>,
    /// Seconds until the components are forgotten.
    pub seconds_left: u64,
}

/// Carries out a request. What may have stopped working is told before this returns.
pub(super) fn perform(desk: &Desk<'_>, request: PaymentRequest) -> Result<PaymentAnswer, Error> {
    let Desk { store, revoked, .. } = desk;
    let changed = |done: Result<PaymentAnswer, Error>| done.inspect(|_| revoked());
    match request {
        PaymentRequest::AddAccessKey { partition, name, operations, keys } => {
            access::add(store, partition, name, (operations, keys))
        }
        PaymentRequest::AccessKeys => access::list(desk),
        PaymentRequest::ChangeAccessKey { id, to } => changed(access::change(desk, &id, to)),
        PaymentRequest::GrantPair(wanted) => changed(pair::grant(store, wanted)),
        PaymentRequest::ApprovePair { id, custodian } => {
            changed(pair::approve(store, id, &custodian))
        }
        PaymentRequest::Pairs { partition } => pair::list(desk, partition),
        PaymentRequest::RevokePair { id } => changed(pair::revoke(desk, id)),
        PaymentRequest::Waits { all } => wait::list(desk, all),
        PaymentRequest::ClearWait { id } => wait::clear(desk, &id),
        PaymentRequest::Keys { partition } => key::list(desk, partition),
        PaymentRequest::SetKey { partition, key, own } => {
            changed(key::set(store, (partition, key), own))
        }
        PaymentRequest::Components(request) => components::perform(desk, request),
    }
}
