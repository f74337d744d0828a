//! How clients join the gateway: accounts, API keys, domain names, reports and approvals.
//!
//! Everything here is a decision over values: stored records, randomness, hashes, the caller's
//! address and the time come as arguments. Whoever executes a [`Request`] loads the records,
//! hashes passwords, verifies signatures with the closures it passes, and stores what comes back.
// spec: enigma-bridge 6

mod account;
mod address;
mod answer;
mod api_key;
mod domain;
mod effort;
mod function;
mod records;
mod report;
mod request;
mod settings;
mod throttle;

pub use account::{
    AuthName, ClientRecord, ClientStatus, Contact, Creation, Credentials, Method, PasswordHash,
    PendingClient, client_of, username,
};
pub use address::Addresses;
pub use answer::{Answer, ApiKeyView};
pub use api_key::{ApiKeyIndex, ApiKeyRecord, ApiKeyStatus, api_key_text, is_same_function};
pub use domain::{
    Challenge, DnsKind, DnsRecord, DomainName, DomainProof, DomainRecord, DomainStatus,
    domain_name, owner_fits,
};
pub use effort::{Effort, EffortError};
pub use function::Function;
pub use report::{
    Approval, ApprovalRecord, InstallRecord, InstallReport, LogIndex, LogPart, Totals,
    check_approval, split_log,
};
pub use request::{
    Call, Caller, EnrolDomain, NewApiKey, NewApproval, NewChallenge, NewClient, NewLog,
    NewRegistration, Properties, Request, SignedText, UpdateDomain,
};
pub use settings::{
    ClientType, DomainSettings, Endpoint, Environment, Operation, Protocol, Server, Settings,
};
pub use throttle::{Rule, Subject, Throttle, ThrottleRules};

#[cfg(test)]
mod tests;
