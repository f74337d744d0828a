//! What a client asks for.

use super::account::AuthName;
use super::domain::{DnsRecord, DomainProof};
use super::report::InstallReport;
use super::settings::Environment;
use super::{Addresses, Function};
use crate::principal::ApiKeyText;
use crate::secret::Secret;

/// One registration request, parsed and within the limits of size.
pub struct Request {
    /// Which of the gateway's environments it is about.
    pub environment: Environment,
    /// What it wants.
    pub call: Call,
}

/// A function with its arguments.
pub enum Call {
    /// [`Function::AuthMethods`]
    AuthMethods {
        /// Type of the client to be.
        client_type: String,
    },
    /// [`Function::BeginRegistration`]
    BeginRegistration(NewRegistration),
    /// [`Function::CreateClient`]
    CreateClient(NewClient),
    /// [`Function::AddApiKey`]; the client comes with the principal.
    AddApiKey(NewApiKey),
    /// [`Function::ShowApiKey`]; the client comes with the principal.
    ShowApiKey {
        /// The key to show.
        api_key: Secret<ApiKeyText>,
    },
    /// [`Function::ClientAddress`]
    ClientAddress,
    /// [`Function::ListOperations`]
    ListOperations(Caller),
    /// [`Function::EnrolDomain`]
    EnrolDomain(EnrolDomain),
    /// [`Function::DomainChallenge`]
    DomainChallenge(NewChallenge),
    /// [`Function::UpdateDomain`]
    UpdateDomain(UpdateDomain),
    /// [`Function::InstallStatus`]
    InstallStatus {
        /// Who reports.
        caller: Caller,
        /// What.
        report: InstallReport,
    },
    /// [`Function::UnlockDomain`]
    UnlockDomain(Caller),
    /// [`Function::SendLog`]
    SendLog(NewLog),
    /// [`Function::ApproveType`]
    ApproveType(NewApproval),
}

/// The holder of an API key.
pub struct Caller {
    /// The key, the same that the credential carries.
    pub api_key: Secret<ApiKeyText>,
    /// The client it says it belongs to; checked where given.
    pub username: Option<String>,
}

/// Named texts a client tells about itself; at most
/// [`PROPERTIES_MAX`](crate::limits::PROPERTIES_MAX). Stored for support, never interpreted.
pub type Properties = Vec<(String, String)>;

/// Arguments of [`Function::BeginRegistration`].
pub struct NewRegistration {
    /// Type of the client to be.
    pub client_type: String,
    /// How it will prove itself; the type's first method where not given.
    pub method: Option<AuthName>,
    /// Where to reach it.
    pub email: Option<String>,
    /// Where to reach it.
    pub mobile: Option<String>,
    /// A public key in base64.
    pub rsa: Option<String>,
}

/// Arguments of [`Function::CreateClient`].
pub struct NewClient {
    /// The client's own name for itself.
    pub name: String,
    /// How it proves that it may register.
    pub authentication: AuthName,
    /// Its type.
    pub client_type: String,
    /// Proof for types that ask for one.
    pub token: Option<Secret<String>>,
    /// The id of an open registration.
    pub registration: Option<String>,
    /// Contact address.
    pub email: Option<String>,
    /// What its machine says about itself.
    pub properties: Properties,
}

/// Arguments of [`Function::AddApiKey`].
pub struct NewApiKey {
    /// Where the key will be used.
    pub endpoint: Properties,
    /// SHA-256 of the message: the same one again within
    /// [`API_KEY_REPEAT_MS`](crate::limits::API_KEY_REPEAT_MS) gets the key it made.
    pub digest: [u8; 32],
    /// Names of the operations that the key is for; all where not given.
    pub operations: Option<Vec<String>>,
}

/// Arguments of [`Function::EnrolDomain`].
pub struct EnrolDomain {
    /// Who asks.
    pub caller: Caller,
    /// X.509 certificate, DER.
    pub certificate: Vec<u8>,
}

/// Arguments of [`Function::DomainChallenge`].
pub struct NewChallenge {
    /// Who asks.
    pub caller: Caller,
    /// Where the domain shall point; the caller's own address where empty.
    pub addresses: Addresses,
    /// Whether the caller says that the addresses are private.
    pub private: bool,
}

/// Arguments of [`Function::UpdateDomain`].
pub struct UpdateDomain {
    /// Who asks.
    pub caller: Caller,
    /// Records to add to the domain.
    pub records: Vec<DnsRecord>,
    /// How it proves that the domain is its own.
    pub authentication: DomainProof,
    /// The challenge.
    pub response: Secret<String>,
    /// The signature, where [`DomainProof::Signature`] is used. The dialect has checked that the
    /// signed text says the same as the request.
    pub signature: Option<SignedText>,
}

/// A text and its signature.
pub struct SignedText {
    /// What was signed, as the bytes that travelled.
    pub text: Secret<String>,
    /// What the text says, decoded. The holder's API key is part of it.
    pub content: Secret<Vec<u8>>,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub signature: Vec<u8>,
}

/// Arguments of [`Function::SendLog`].
pub struct NewLog {
    /// Who sends it; without a valid one, work must be proven.
    pub caller: Option<Caller>,
    /// The proof of work.
    pub preimage: Option<String>,
    /// The log, as it travelled.
    pub log: String,
}

/// Arguments of [`Function::ApproveType`].
pub struct NewApproval {
    /// For whom.
    pub caller: Caller,
    /// What proves that the sender may approve.
    pub token: Option<Secret<String>>,
    /// The dialect's number of the type.
    pub foreign_type: u32,
    /// The client's template request, as it travelled.
    pub policy: String,
}

impl Request {
    /// Which function.
    pub fn function(&self) -> Function {
        match self.call {
            Call::AuthMethods { .. } => Function::AuthMethods,
            Call::BeginRegistration(_) => Function::BeginRegistration,
            Call::CreateClient(_) => Function::CreateClient,
            Call::AddApiKey(_) => Function::AddApiKey,
            Call::ShowApiKey { .. } => Function::ShowApiKey,
            Call::ClientAddress => Function::ClientAddress,
            Call::ListOperations(_) => Function::ListOperations,
            Call::EnrolDomain(_) => Function::EnrolDomain,
            Call::DomainChallenge(_) => Function::DomainChallenge,
            Call::UpdateDomain(_) => Function::UpdateDomain,
            Call::InstallStatus { .. } => Function::InstallStatus,
            Call::UnlockDomain(_) => Function::UnlockDomain,
            Call::SendLog(_) => Function::SendLog,
            Call::ApproveType(_) => Function::ApproveType,
        }
    }
}
