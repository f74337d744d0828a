//! API keys: what a client may have, and what is stored of one.

use super::account::{ClientRecord, ClientStatus, client_of};
use super::request::{NewApiKey, Properties};
use super::settings::{Environment, Operation, Settings};
use super::{Answer, ApiKeyView};
use crate::error::{Error, ErrorKind, Malformed, Unauthenticated};
use crate::id::{ApiKeyId, ClientId, PartitionId};
use crate::principal::{ApiKeyText, Principal, Proof};
use crate::secret::Secret;
use crate::time::UnixMs;

/// Whether an API key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiKeyStatus {
    /// It works.
    Enabled,
    /// An operator or its client revoked it.
    Revoked,
}

/// An API key as stored: under a digest of its text, which is nowhere kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// Names it without telling it.
    pub id: ApiKeyId,
    /// Keyed digest of its text, under which it is found.
    pub digest: [u8; 32],
    /// Whose it is.
    pub client: ClientId,
    /// Its client's tenant.
    pub partition: PartitionId,
    /// Where it may be used.
    pub environment: Environment,
    /// What its holder said about the place of use.
    pub endpoint: Properties,
    /// The key types its holder asked for, by the dialect's numbers; `None` for all. They decide
    /// which operations it is shown and which keys it may create.
    pub types: Option<Vec<u32>>,
    /// Whether it works.
    pub status: ApiKeyStatus,
    /// When it was made.
    pub created: UnixMs,
}

/// Where an API key stands, so that it is found by its id too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyIndex {
    /// Its id.
    pub id: ApiKeyId,
    /// Its digest.
    pub digest: [u8; 32],
}

/// Text of an API key made of 128 random bits: 32 lower-case hex digits.
pub fn api_key_text(random: &Secret<[u8; 16]>) -> Secret<ApiKeyText> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = Secret::new(ApiKeyText::new());
    for digit in random.expose().iter().flat_map(|byte| [byte >> 4, byte & 0xf]) {
        text.expose_mut().push(char::from(DIGITS[usize::from(digit)]));
    }
    text
}

/// Whether two types of the dialect name one function; the bits above say who makes which part.
// spec: enigma-bridge 3
pub fn is_same_function(one: u32, other: u32) -> bool {
    const FUNCTION: u32 = 0xffff;
    one & FUNCTION == other & FUNCTION
}

impl ApiKeyRecord {
    /// Gives `client` another API key, counted against its limit.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] for accounts that do not work, [`ErrorKind::Quota`] at the
    /// limit, [`ErrorKind::Forbidden`] for an environment that is not served,
    /// [`Malformed::Value`] for operations that are not offered.
    pub fn add(
        settings: &Settings,
        client: &mut ClientRecord,
        environment: Environment,
        request: NewApiKey,
        (id, digest): (ApiKeyId, [u8; 32]),
        now: UnixMs,
    ) -> Result<Self, Error> {
        if client.status != ClientStatus::Enabled {
            return Err(ErrorKind::Unauthenticated(Unauthenticated::Client).into());
        }
        if !settings.environments.contains(&environment) {
            return Err(Error::new(ErrorKind::Forbidden, "environment not served here"));
        }
        let types = request.operations.map(|names| settings.types_named(&names)).transpose()?;
        if client.api_keys >= client.max_api_keys {
            return Err(Error::new(
                ErrorKind::Quota,
                format!("all {} API keys of this client are used", client.max_api_keys),
            ));
        }
        client.api_keys += 1;
        Ok(Self {
            id,
            digest,
            client: client.id,
            partition: client.partition,
            environment,
            endpoint: request.endpoint,
            types,
            status: ApiKeyStatus::Enabled,
            created: now,
        })
    }

    /// Whether it may create keys of the dialect's type `foreign_type`, whatever its flags.
    pub fn covers(&self, foreign_type: u32) -> bool {
        let types = self.types.as_ref();
        types.is_none_or(|types| types.iter().any(|one| is_same_function(*one, foreign_type)))
    }

    /// Whom its holder acts for.
    ///
    /// # Errors
    /// [`Unauthenticated::ApiKey`] once it is revoked.
    pub fn principal(&self) -> Result<Principal, Error> {
        match self.status {
            ApiKeyStatus::Revoked => {
                Err(ErrorKind::Unauthenticated(Unauthenticated::ApiKey).into())
            }
            ApiKeyStatus::Enabled => Ok(Principal {
                partition: self.partition,
                client: Some(self.client),
                api_key: Some(self.id),
                proof: Proof::ApiKey,
            }),
        }
    }

    /// Checks that it works and belongs to whom the caller says it does.
    ///
    /// # Errors
    /// [`Unauthenticated::ApiKey`] otherwise.
    pub fn check_caller(&self, username: Option<&str>) -> Result<(), Error> {
        let belongs = username.is_none_or(|name| client_of(name) == Some(self.client));
        if belongs && self.status == ApiKeyStatus::Enabled {
            Ok(())
        } else {
            Err(ErrorKind::Unauthenticated(Unauthenticated::ApiKey).into())
        }
    }

    /// What its owner is shown.
    pub fn show(&self, settings: &Settings, text: Secret<ApiKeyText>) -> Answer {
        Answer::ApiKey(ApiKeyView {
            api_key: text,
            servers: settings.servers_of(self.environment),
            operations: self.operations(settings),
            status: self.status,
        })
    }

    /// The offered operations that it may be used for.
    pub fn operations(&self, settings: &Settings) -> Vec<Operation> {
        let offered = settings.operations.iter();
        offered.filter(|one| self.covers(one.foreign_type)).cloned().collect()
    }
}

impl Settings {
    fn types_named(&self, names: &[String]) -> Result<Vec<u32>, Error> {
        let type_of = |name: &String| {
            let found = self.operations.iter().find(|one| one.name == *name);
            found.map(|one| one.foreign_type).ok_or_else(|| {
                Error::new(
                    ErrorKind::Malformed(Malformed::Value),
                    "operations names one that is not offered",
                )
            })
        };
        names.iter().map(type_of).collect()
    }
}
