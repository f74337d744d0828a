//! Who asks: what was presented, and what it proves.

use arrayvec::ArrayString;

use crate::id::{ApiKeyId, ClientId, PartitionId};
use crate::limits;
use crate::secret::Secret;
use crate::time::UnixMs;

/// The text of an API key, held in place: every request carries one, so it must not allocate.
pub type ApiKeyText = ArrayString<{ limits::API_KEY_CHARS_MAX }>;

/// What a request presents to prove who sent it. Unchecked.
pub enum Credential {
    /// Nothing: functions open to everyone.
    None,
    /// The API key of a partition.
    ApiKey(Secret<ApiKeyText>),
    /// A registered client's name and password.
    Password {
        /// The name the gateway gave at registration.
        username: String,
        /// As sent; checked against argon2id.
        password: Secret<String>,
    },
    /// A signature under the secret of an access key.
    Signature(Box<Signed>),
}

/// A request that its sender signed with HMAC-SHA-256, in the form of AWS Signature Version 4.
// spec: payments 12.1
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Names the access key.
    pub access_key: String,
    /// Day, region and service that the key of the signature is derived for.
    pub scope: [String; 3],
    /// When it was signed.
    pub at: UnixMs,
    /// What was signed; the server has hashed the body itself.
    pub to_sign: Vec<u8>,
    /// The signature.
    pub signature: [u8; 32],
}

/// How a principal proved itself. Part of its identity: policy may trust one more than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proof {
    /// Nobody in particular.
    Anonymous,
    /// Possession of an API key.
    ApiKey,
    /// A password.
    Password,
    /// An access token of an instance.
    Token,
    /// A signature under the secret of an access key.
    Signature,
    /// Someone who runs `typex` on the gateway's own machine.
    Operator,
}

impl Proof {
    /// Every proof.
    pub const ALL: [Self; 6] = [
        Self::Anonymous,
        Self::ApiKey,
        Self::Password,
        Self::Token,
        Self::Signature,
        Self::Operator,
    ];
}

/// Who sent a request, after authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The tenant it acts for.
    pub partition: PartitionId,
    /// The registered client, where one is known.
    pub client: Option<ClientId>,
    /// Which of the client's API keys it presented, where it presented one.
    pub api_key: Option<ApiKeyId>,
    /// How it proved itself.
    pub proof: Proof,
}

impl Principal {
    /// Whoever runs `typex` on the gateway's own machine.
    pub const OPERATOR: Self = Self::of_service(Proof::Operator);

    /// A caller that presented nothing. It owns no key.
    pub const ANONYMOUS: Self = Self::of_service(Proof::Anonymous);

    /// On whom quotas and failures count: the API key or access key, else the client, else the
    /// partition.
    pub fn counted_on(&self) -> [u8; 16] {
        let client = self.client.map(|client| client.0);
        self.api_key.map(|key| key.0).or(client).unwrap_or(self.partition.0)
    }

    const fn of_service(proof: Proof) -> Self {
        Self { partition: PartitionId::SERVICE, client: None, api_key: None, proof }
    }
}
