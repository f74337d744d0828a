//! What a caller may ask for, after parsing and before authorization.

pub mod crypto;
pub mod enrol;
pub mod instance;
pub mod manage;
pub mod object;
mod output;
pub mod payment;
pub mod process_data;
pub mod registration;
pub mod rsa;
pub mod token;
pub mod transform;
pub mod user_auth;

pub use output::{ImportPublicKey, Output, RsaPublicKey};

use crate::key::{General, Usage};
use crypto::CryptoKind;
use enrol::{ImportKey, NewTemplate};
use manage::ManageKind;
use process_data::ProcessData;
use registration::Function;

/// One request, freed from its dialect.
pub enum Op {
    /// Apply the one operation of a key to sealed data.
    ProcessData(ProcessData),
    /// List the public keys under which clients bring keys in.
    ImportKeys,
    /// Open a template for a new key.
    NewTemplate(NewTemplate),
    /// Bring in the key of an open template.
    ImportKey(ImportKey),
    /// Join the gateway, or keep what was joined.
    Registration(Box<registration::Request>),
    /// Ask a virtual security module.
    Instance(Box<instance::Request>),
    /// Payment operations.
    Payment(Box<payment::Request>),
    /// Management of payment keys.
    PaymentKeys(Box<payment::keys::Request>),
    /// Operations on tokens.
    Token(Box<token::Request>),
    /// Management of domains of tokens.
    TokenDomains(Box<token::manage::Request>),
    /// Codes for values, by roles and transformations.
    Transform(Box<transform::Request>),
}

impl Op {
    /// The kind of request, for policy, metrics and the audit log.
    pub fn action(&self) -> Action {
        match self {
            Self::ProcessData(_) => Action::ProcessData,
            Self::ImportKeys => Action::ImportKeys,
            Self::NewTemplate(_) => Action::NewTemplate,
            Self::ImportKey(_) => Action::ImportKey,
            Self::Registration(request) => Action::Registration(request.function()),
            Self::Instance(request) => request.call.action(),
            Self::Payment(request) => Action::Payment(request.operation()),
            Self::PaymentKeys(request) => Action::PaymentKeys(request.function()),
            Self::Token(request) => Action::Token(request.operation()),
            Self::TokenDomains(request) => Action::TokenDomains(request.function()),
            Self::Transform(request) => Action::Transform(request.function()),
        }
    }
}

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// [`Op::ProcessData`]
    ProcessData,
    /// [`Op::ImportKeys`]
    ImportKeys,
    /// [`Op::NewTemplate`]
    NewTemplate,
    /// [`Op::ImportKey`]
    ImportKey,
    /// [`Op::Registration`]
    Registration(Function),
    /// A request to an instance about itself.
    Instance(instance::Function),
    /// Management of keys.
    Manage(ManageKind),
    /// An operation with a key that serves more than one.
    Crypto(CryptoKind),
    /// A payment operation; [`policy::payment`](crate::policy::payment) decides it, since it has
    /// more than one key.
    Payment(payment::Operation),
    /// Management of payment keys.
    PaymentKeys(payment::keys::Function),
    /// An operation on a token; [`policy::token`](crate::policy::token) decides it, by domain.
    Token(token::Operation),
    /// Management of domains of tokens.
    TokenDomains(token::manage::Function),
    /// Codes for values, and who and what is there; what it comes to of operations on tokens is
    /// decided by domain.
    Transform(transform::Function),
    /// A handle for a key or a domain, under which the stream protocol then asks for operations.
    OpenHandle,
}

impl Action {
    /// Every action, in the order of their audit codes.
    pub fn all() -> impl Iterator<Item = Self> {
        let first = [Self::ProcessData, Self::ImportKeys, Self::NewTemplate, Self::ImportKey];
        first
            .into_iter()
            .chain(Function::ALL.map(Self::Registration))
            .chain(instance::Function::ALL.map(Self::Instance))
            .chain(ManageKind::ALL.map(Self::Manage))
            .chain(CryptoKind::ALL.map(Self::Crypto))
            .chain(payment::Operation::all().map(Self::Payment))
            .chain(payment::keys::Function::ALL.map(Self::PaymentKeys))
            .chain(token::Operation::ALL.map(Self::Token))
            .chain(token::manage::Function::ALL.map(Self::TokenDomains))
            .chain(transform::Function::ALL.map(Self::Transform))
            .chain([Self::OpenHandle])
    }

    /// Data operations use keys; control operations change what the store holds.
    pub fn is_control(self) -> bool {
        match self {
            Self::ProcessData | Self::ImportKeys | Self::OpenHandle => false,
            Self::NewTemplate | Self::ImportKey => true,
            Self::Registration(function) => function.is_control(),
            Self::Instance(function) => function.is_control(),
            Self::Manage(kind) => kind.is_control(),
            Self::Crypto(_) => false,
            Self::Payment(operation) => operation.is_control(),
            Self::PaymentKeys(function) => function.is_control(),
            Self::Token(operation) => operation.is_control(),
            Self::TokenDomains(function) => function.is_control(),
            Self::Transform(function) => function.is_control(),
        }
    }

    /// Whether access keys may be allowed it: the operations on payments and tokens.
    pub fn is_payment(self) -> bool {
        matches!(
            self,
            Self::Payment(_) | Self::PaymentKeys(_) | Self::Token(_) | Self::TokenDomains(_)
        )
    }

    /// Whether [`policy::authorize`](crate::policy::authorize) must be given a key, or never allows
    /// it: what has more than one, or a domain, is decided elsewhere.
    pub fn needs_key(self) -> bool {
        matches!(
            self,
            Self::ProcessData
                | Self::Crypto(_)
                | Self::Manage(ManageKind::Derive)
                | Self::Payment(_)
                | Self::Token(_)
                | Self::TokenDomains(_)
                | Self::OpenHandle
        )
    }

    /// Whether a key of `usage` may serve it.
    pub fn fits(self, usage: Usage) -> bool {
        match self {
            Self::ProcessData => usage.serves_process_data(),
            Self::Crypto(kind) => usage.general().is_some_and(|key| kind.fits(key)),
            Self::Manage(ManageKind::Derive) => usage.general().is_some_and(General::agrees),
            Self::OpenHandle => usage.payment().is_some(),
            _ => false,
        }
    }

    /// Whether a key of `usage` may agree upon the key that serves it.
    pub fn fits_agreed(self, usage: Usage) -> bool {
        match self {
            Self::Crypto(kind) => usage.general().is_some_and(|key| kind.fits_agreed(key)),
            _ => false,
        }
    }

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProcessData => "process_data",
            Self::ImportKeys => "import_keys",
            Self::NewTemplate => "new_template",
            Self::ImportKey => "import_key",
            Self::Registration(function) => function.name(),
            Self::Instance(function) => function.name(),
            Self::Manage(kind) => kind.name(),
            Self::Crypto(kind) => kind.name(),
            Self::Payment(operation) => operation.name(),
            Self::PaymentKeys(function) => function.name(),
            Self::Token(operation) => operation.name(),
            Self::TokenDomains(function) => function.name(),
            Self::Transform(function) => function.name(),
            Self::OpenHandle => "open_handle",
        }
    }
}
