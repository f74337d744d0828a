//! What a client gets.

use super::account::{Credentials, Method};
use super::api_key::ApiKeyStatus;
use super::domain::{DomainProof, DomainStatus};
use super::report::Approval;
use super::settings::{Environment, Operation, Server};
use crate::principal::ApiKeyText;
use crate::secret::Secret;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The result of a registration request.
pub enum Answer {
    /// How clients of a type prove themselves.
    AuthMethods {
        /// The type asked for.
        client_type: String,
        /// At least one method.
        methods: Vec<Method>,
    },
    /// An open registration.
    Begun {
        /// Its id, to be given when the client is created.
        registration: String,
    },
    /// A new client.
    Created {
        /// Its name and password; the password is told only here.
        credentials: Credentials,
        /// Most API keys it may have.
        max_api_keys: u32,
        /// Most keys it may create.
        max_objects: u32,
    },
    /// An API key.
    ApiKey(ApiKeyView),
    /// The caller's address, in the family it used.
    ClientAddress {
        /// Over IPv4.
        ipv4: Option<Ipv4Addr>,
        /// Over IPv6.
        ipv6: Option<Ipv6Addr>,
    },
    /// What an API key may create.
    Operations {
        /// Where.
        environment: Environment,
        /// From the configuration.
        operations: Vec<Operation>,
        /// Approved one by one.
        approvals: Vec<Approval>,
    },
    /// A domain for the key of a certificate.
    DomainEnrolled {
        /// Its name.
        domain: String,
        /// The name servers that will serve it.
        controllers: Vec<String>,
        /// Its state.
        status: DomainStatus,
    },
    /// An open domain update.
    Challenge {
        /// To be given back.
        challenge: String,
        /// How to prove the domain is the caller's.
        authentication: DomainProof,
    },
    /// A changed domain.
    DomainUpdated {
        /// Its names.
        domains: Vec<String>,
        /// Where it points.
        addresses: Vec<IpAddr>,
        /// Whether those are private addresses.
        private: bool,
        /// Its state.
        status: DomainStatus,
    },
    /// Stored; nothing to tell.
    Accepted,
    /// State of a domain.
    DomainStatus(DomainStatus),
    /// A stored log.
    LogReceived {
        /// Names it towards support.
        reference: String,
        /// Leading zero bits the gateway asks for, where work was proven.
        effort_bits: Option<u32>,
    },
    /// A stored approval.
    Approved {
        /// For whom, as sent.
        api_key: Secret<ApiKeyText>,
        /// What.
        approval: Approval,
    },
}

/// An API key as its owner sees it.
pub struct ApiKeyView {
    /// The key.
    pub api_key: Secret<ApiKeyText>,
    /// Where it works.
    pub servers: Vec<Server>,
    /// For what.
    pub operations: Vec<Operation>,
    /// Whether it works.
    pub status: ApiKeyStatus,
}
