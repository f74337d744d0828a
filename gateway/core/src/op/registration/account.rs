//! Client accounts: who may open one, and what one holds.

use std::str::FromStr;

use subtle::ConstantTimeEq;

use super::request::{NewClient, NewRegistration, Properties};
use super::settings::{ClientType, Environment, Settings};
use crate::error::{Error, ErrorKind, Malformed};
use crate::id::{ClientId, PartitionId};
use crate::limits::{REGISTRATION_OPEN_MS, REGISTRATION_REPEAT_MS};
use crate::secret::Secret;
use crate::time::UnixMs;

/// How a client proves that it may register, or who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthName {
    /// It knows its type and the type's token.
    Type,
    /// It knows its name.
    Name,
    /// It has a token of its own.
    Token,
    /// A password.
    Password,
    /// A challenge, told over another channel.
    Challenge,
    /// A counter-based one-time code.
    Hotp,
    /// A time-based one-time code.
    Totp,
    /// A challenge-based one-time code.
    Ocra,
    /// A digital signature.
    Signature,
}

/// What a client must tell when it opens a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contact {
    /// An e-mail address.
    Email,
    /// A mobile telephone number.
    Mobile,
    /// An RSA public key.
    Rsa,
}

/// A way to register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: AuthName,
    /// Whether a registration must be opened and confirmed first.
    pub init: bool,
    /// What opening it needs.
    pub contacts: Vec<Contact>,
}

/// What a client gets when it is created.
pub struct Credentials {
    /// A version 4 UUID: the client's id.
    pub username: String,
    /// 256 bits as 64 hex digits.
    pub password: Secret<String>,
}

/// An argon2id hash with all that is needed to repeat it.
#[derive(Clone)]
pub struct PasswordHash {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// 128 random bits.
    pub salt: [u8; 16],
    /// The hash.
    pub hash: Secret<[u8; 32]>,
}

/// Whether an account works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientStatus {
    /// It works.
    Enabled,
    /// An operator paused it.
    Disabled,
    /// It is gone; only its name stays taken.
    Removed,
}

impl ClientStatus {
    /// Its name, as people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Removed => "removed",
        }
    }
}

/// A client account as stored.
#[derive(Clone)]
pub struct ClientRecord {
    /// Who it is.
    pub id: ClientId,
    /// Its tenant: every client has its own.
    pub partition: PartitionId,
    /// Its own name for itself.
    pub name: String,
    /// Its type at registration.
    pub client_type: String,
    /// Where it registered.
    pub environment: Environment,
    /// Contact address.
    pub email: Option<String>,
    /// What its machine said about itself.
    pub properties: Properties,
    /// What its password is checked against.
    pub password: PasswordHash,
    /// Most API keys it may have.
    pub max_api_keys: u32,
    /// Most keys it may create.
    pub max_objects: u32,
    /// API keys it was given, revoked ones included.
    pub api_keys: u32,
    /// Keys it created.
    pub objects: u32,
    /// Whether it works.
    pub status: ClientStatus,
    /// When it was created.
    pub created: UnixMs,
}

/// A registration that waits to be confirmed or used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingClient {
    /// Its id: 40 lower-case letters and digits, known to whoever opened it.
    pub id: String,
    /// The type it is for.
    pub client_type: String,
    /// How the client will prove itself.
    pub method: AuthName,
    /// Where to reach it: address, number, public key.
    pub contacts: [Option<String>; 3],
    /// Whether the client may be created: at once where the method needs no confirmation.
    pub confirmed: bool,
    /// The client made from it, and when.
    pub used: Option<(ClientId, UnixMs)>,
    /// When it was opened.
    pub created: UnixMs,
}

/// Which client a creation request makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// A new one.
    New,
    /// The one that the same registration made a moment ago, whose answer may have been lost. It
    /// gets a new password, provided it has no API key yet.
    Again(ClientId),
}

impl Credentials {
    /// Makes a client's id, name and password out of 48 random bytes.
    pub fn new(id: [u8; 16], password: &Secret<[u8; 32]>) -> (ClientId, Self) {
        let id = uuid_v4(id);
        let password = Secret::new(const_hex::encode(password.expose()));
        (id, Self { username: username(id), password })
    }
}

/// The user name of a client: its id in UUID form.
pub fn username(id: ClientId) -> String {
    let hex = const_hex::encode(id.0);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The client of a user name, whether it exists or not. `None` for names never given out: each
/// client has one spelling, so that failures in its name are counted together.
pub fn client_of(name: &str) -> Option<ClientId> {
    let id = name.replace('-', "").parse().ok()?;
    (username(id) == name).then_some(id)
}

impl Settings {
    /// Opens a registration. `random` becomes its id of 40 lower-case letters and digits.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] for unknown types and methods,
    /// [`ErrorKind::Malformed`] if a contact that the method needs is missing.
    pub fn begin(
        &self,
        request: NewRegistration,
        random: &[u8; 40],
        now: UnixMs,
    ) -> Result<PendingClient, Error> {
        let kind = self.client_type(&request.client_type).ok_or_else(not_accepted)?;
        let method = match request.method {
            Some(name) => kind.methods.iter().find(|one| one.name == name),
            None => kind.methods.first(),
        };
        let method = method.ok_or_else(not_accepted)?;
        let contacts = [request.email, request.mobile, request.rsa];
        if let Some(missing) = method.contacts.iter().find(|one| contacts[**one as usize].is_none())
        {
            return Err(Error::new(
                ErrorKind::Malformed(Malformed::Member),
                format!("member client.{} missing", missing.name()),
            ));
        }
        Ok(PendingClient {
            id: registration_id(random),
            client_type: request.client_type,
            method: method.name,
            contacts,
            confirmed: !method.init,
            used: None,
            created: now,
        })
    }

    /// Whether the client may be created, and as what.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] for an unknown type, a wrong token, an environment that is not
    /// served, another method than the registration was opened for, a registration that is
    /// unknown, unconfirmed, used or too old: one answer.
    pub fn admit(
        &self,
        environment: Environment,
        request: &NewClient,
        pending: Option<&PendingClient>,
        now: UnixMs,
    ) -> Result<(&ClientType, Creation), Error> {
        let kind = self.client_type(&request.client_type).ok_or_else(not_accepted)?;
        // Clients of every method say `type` here, or the method itself.
        let said = request.authentication;
        let fits = |method| said == AuthName::Type || said == method;
        let creation = match (&request.registration, pending) {
            (Some(_), Some(pending)) if fits(pending.method) => pending.creation(kind, now)?,
            (None, _) if kind.methods.iter().any(|one| !one.init && fits(one.name)) => {
                Creation::New
            }
            _ => return Err(not_accepted()),
        };
        let served = self.environments.contains(&environment);
        if served && kind.token_fits(request.token.as_ref()) {
            Ok((kind, creation))
        } else {
            Err(not_accepted())
        }
    }
}

/// One answer for every reason, so that types, tokens and registrations cannot be told apart.
fn not_accepted() -> Error {
    Error::new(ErrorKind::Forbidden, "client type, token or registration not accepted")
}

impl ClientType {
    fn token_fits(&self, given: Option<&Secret<String>>) -> bool {
        let Some(wanted) = &self.token else { return true };
        let given = given.map_or(&[][..], |token| token.expose().as_bytes());
        bool::from(wanted.expose().as_bytes().ct_eq(given))
    }
}

impl PendingClient {
    /// Whether its time has passed.
    pub fn is_over(&self, now: UnixMs) -> bool {
        now.since(self.created).as_millis() > u128::from(REGISTRATION_OPEN_MS)
    }

    fn creation(&self, kind: &ClientType, now: UnixMs) -> Result<Creation, Error> {
        if self.client_type != kind.name || !self.confirmed || self.is_over(now) {
            return Err(not_accepted());
        }
        match self.used {
            None => Ok(Creation::New),
            Some((id, at)) if now.since(at).as_millis() <= u128::from(REGISTRATION_REPEAT_MS) => {
                Ok(Creation::Again(id))
            }
            Some(_) => Err(not_accepted()),
        }
    }
}

impl ClientRecord {
    /// Room for one more key.
    ///
    /// # Errors
    /// [`ErrorKind::Quota`] at the limit.
    pub fn check_objects(&self) -> Result<(), Error> {
        if self.objects < self.max_objects {
            return Ok(());
        }
        let text = format!("all {} objects of this client are used", self.max_objects);
        Err(Error::new(ErrorKind::Quota, text))
    }

    /// A new account for an admitted request.
    pub fn new(
        (id, partition): (ClientId, PartitionId),
        kind: &ClientType,
        environment: Environment,
        request: NewClient,
        password: PasswordHash,
        now: UnixMs,
    ) -> Self {
        Self {
            id,
            partition,
            name: request.name,
            client_type: request.client_type,
            environment,
            email: request.email,
            properties: request.properties,
            password,
            max_api_keys: kind.max_api_keys,
            max_objects: kind.max_objects,
            api_keys: 0,
            objects: 0,
            status: ClientStatus::Enabled,
            created: now,
        }
    }
}

fn uuid_v4(mut bytes: [u8; 16]) -> ClientId {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    ClientId(bytes)
}

fn registration_id(random: &[u8; 40]) -> String {
    const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    random.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % 36])).collect()
}

impl Contact {
    /// As written in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Mobile => "mobile",
            Self::Rsa => "rsa",
        }
    }
}

impl AuthName {
    const ALL: [Self; 9] = [
        Self::Type,
        Self::Name,
        Self::Token,
        Self::Password,
        Self::Challenge,
        Self::Hotp,
        Self::Totp,
        Self::Ocra,
        Self::Signature,
    ];

    /// As written in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Name => "name",
            Self::Token => "token",
            Self::Password => "password",
            Self::Challenge => "challenge",
            Self::Hotp => "hotp",
            Self::Totp => "totp",
            Self::Ocra => "ocra",
            Self::Signature => "signature",
        }
    }
}

/// A name of no authentication method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown authentication method")]
pub struct UnknownAuthName;

impl FromStr for AuthName {
    type Err = UnknownAuthName;

    fn from_str(text: &str) -> Result<Self, UnknownAuthName> {
        Self::ALL.into_iter().find(|one| one.name() == text).ok_or(UnknownAuthName)
    }
}
