//! What an operator decides about registration, as data.

use super::account::Method;
use crate::secret::Secret;
use std::str::FromStr;

/// The operator's choices.
pub struct Settings {
    /// Types of client that may register; no other may.
    pub types: Vec<ClientType>,
    /// The environments this gateway serves.
    pub environments: Vec<Environment>,
    /// The servers that clients are told of.
    pub servers: Vec<Server>,
    /// The operations that clients are told of.
    pub operations: Vec<Operation>,
    /// Domain names; `None` refuses the domain functions.
    pub domains: Option<DomainSettings>,
    /// Leading zero bits of the SHA-1 that pays for a log sent without an API key.
    pub effort_bits: u32,
    /// What proves that someone may approve key types; `None` refuses approvals.
    pub approval_token: Option<Secret<String>>,
    /// Most client accounts.
    pub clients_max: u64,
}

/// A kind of client with its own way to register and its own limits.
pub struct ClientType {
    /// As clients send it.
    pub name: String,
    /// Ways to register, at least one. A method with `init` needs a confirmed registration.
    pub methods: Vec<Method>,
    /// Token that clients of the type must present; `None` accepts any.
    pub token: Option<Secret<String>>,
    /// Most API keys a client may have.
    pub max_api_keys: u32,
    /// Most keys a client may create.
    pub max_objects: u32,
}

/// Where clients may work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Development.
    #[default]
    Dev,
    /// Test.
    Test,
    /// Production.
    Prod,
}

/// A gateway as clients are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// A name for people.
    pub name: String,
    /// Security domain.
    pub domain: String,
    /// Which environment it serves.
    pub environment: Environment,
    /// Host name.
    pub fqdn: String,
    /// Where keys are used.
    pub process: Vec<Endpoint>,
    /// Where keys are created.
    pub enrol: Vec<Endpoint>,
    /// Where clients register.
    pub register: Vec<Endpoint>,
}

/// A listener as clients are told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// How to speak to it.
    pub protocol: Protocol,
    /// Its port.
    pub port: u16,
}

/// What a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP over TLS.
    Https,
    /// HTTP in clear.
    Http,
    /// JSON lines over TCP.
    Tcp,
}

/// An operation that keys may be created for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The dialect's number of the type.
    pub foreign_type: u32,
    /// Name.
    pub name: String,
}

/// How domain names are given out.
pub struct DomainSettings {
    /// Every name is one label before this.
    pub suffix: String,
    /// Name servers that serve the suffix.
    pub controllers: Vec<String>,
}

impl Settings {
    /// The type of that name.
    pub fn client_type(&self, name: &str) -> Option<&ClientType> {
        self.types.iter().find(|one| one.name == name)
    }

    /// The servers of one environment.
    pub fn servers_of(&self, environment: Environment) -> Vec<Server> {
        self.servers.iter().filter(|one| one.environment == environment).cloned().collect()
    }

    /// The operations that clients of the original service expect first.
    pub fn basic_operations() -> Vec<Operation> {
        let named = |foreign_type, name: &str| Operation { foreign_type, name: name.into() };
        vec![
            named(4, "basic_aes128_encrypt"),
            named(5, "basic_rsa1024_decrypt"),
            named(6, "basic_rsa2048_decrypt"),
        ]
    }
}

impl Environment {
    /// As written in requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Prod => "prod",
        }
    }
}

/// A name of no environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an environment is dev, test or prod")]
pub struct UnknownEnvironment;

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, UnknownEnvironment> {
        match text {
            "dev" => Ok(Self::Dev),
            "test" => Ok(Self::Test),
            "prod" => Ok(Self::Prod),
            _ => Err(UnknownEnvironment),
        }
    }
}

impl Protocol {
    /// As written in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Tcp => "tcp",
        }
    }
}
