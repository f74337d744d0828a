//! Management of domains.

use crate::id::KeyId;
use crate::token::domain::{DomainRecord, NewDomain};
use crate::token::{DomainName, TokenVersion};

/// What to do.
pub enum Request {
    /// Makes a domain and its keys.
    Create(Box<NewDomain>),
    /// Shows a domain.
    Get(DomainName),
    /// Lists the domains of the partition, in the order of their names.
    List,
    /// Removes a domain. A vault must be empty.
    Delete(DomainName),
    /// Makes new tokens under another key.
    Rotate {
        /// The domain.
        domain: DomainName,
        /// The key; `None` has one made.
        key: Option<KeyId>,
    },
    /// Has tokens of an earlier version mean nothing any more.
    Retire {
        /// The domain.
        domain: DomainName,
        /// The version.
        version: TokenVersion,
    },
}

/// What comes of it.
pub enum Answer {
    /// A domain as it now is.
    Domain(Box<DomainRecord>),
    /// Domains.
    Domains(Vec<DomainRecord>),
    /// It is gone.
    Deleted,
}

/// Which of them, for policy, metrics and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// [`Request::Create`]
    Create,
    /// [`Request::Get`]
    Get,
    /// [`Request::List`]
    List,
    /// [`Request::Delete`]
    Delete,
    /// [`Request::Rotate`]
    Rotate,
    /// [`Request::Retire`]
    Retire,
}

impl Function {
    /// Every function, in the order of their audit codes.
    pub const ALL: [Self; 6] =
        [Self::Create, Self::Get, Self::List, Self::Delete, Self::Rotate, Self::Retire];

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "token_domain_create",
            Self::Get => "token_domain_get",
            Self::List => "token_domain_list",
            Self::Delete => "token_domain_delete",
            Self::Rotate => "token_domain_rotate",
            Self::Retire => "token_domain_retire",
        }
    }

    /// Whether it changes what the store holds.
    pub fn is_control(self) -> bool {
        !matches!(self, Self::Get | Self::List)
    }
}

impl Request {
    /// Which function it is.
    pub fn function(&self) -> Function {
        match self {
            Self::Create(_) => Function::Create,
            Self::Get(_) => Function::Get,
            Self::List => Function::List,
            Self::Delete(_) => Function::Delete,
            Self::Rotate { .. } => Function::Rotate,
            Self::Retire { .. } => Function::Retire,
        }
    }

    /// The domain that it is about; a list is about all.
    pub fn domain(&self) -> Option<&DomainName> {
        match self {
            Self::Create(new) => Some(&new.name),
            Self::Get(name) | Self::Delete(name) => Some(name),
            Self::Rotate { domain, .. } | Self::Retire { domain, .. } => Some(domain),
            Self::List => None,
        }
    }
}
